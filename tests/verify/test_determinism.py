"""The same problem has the same verdict, strategy and counterexample: budgets are counts, not clocks."""

from __future__ import annotations

import ast
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from pairs_corpus import ROOT, load_case

from compiler.toolchain import find_lowering_clang, resolve
from vecassist.problems import Place, problem
from vecassist.proving import prove
from vecassist.worker import WorkerLimits, WorkerPool
from verify.problem import Problem
from verify.verdict import Proved, Verdict

REPOSITORY = Path(__file__).resolve().parents[2]
PAIRS = (
    "isum/after_01_eq.c",
    "ub/al_two/after_02_ne.c",
    "ub/fp_min/after_03_ne.c",
)


def posed(name: str) -> Problem:
    pair = next(p for p in load_case((ROOT / name).parent).pairs if p.after == ROOT / name)
    place = Place(pair.before, pair.before.parent, pair.cflags, find_lowering_clang(), resolve("gcc"))
    texts = [path.read_text("latin-1") for path in (pair.before, pair.after)]
    return problem(place, texts[0], texts[1], pair.function, ("sequential",), after_name=pair.after)


def said(verdict: Verdict) -> object:
    """A verdict without its certificate, which may name the same facts in another order."""
    return replace(verdict, certificate={}) if isinstance(verdict, Proved) else verdict


def test_three_runs_at_a_time_say_the_same() -> None:
    problems = [posed(name) for name in PAIRS]

    def run(number: int) -> list[Verdict]:
        # A worker of its own each time; three of them are more than the machine has cores for; orders differ.
        order = problems if number % 2 else problems[::-1]
        with WorkerPool(1, WorkerLimits(seconds=240)) as pool:
            found = [prove(pool, one, find_lowering_clang()).verdict for one in order]
        return found if number % 2 else found[::-1]

    with ThreadPoolExecutor(3) as threads:
        first, *others = threads.map(run, range(3))
    assert [type(one).__name__ for one in first] == ["Proved", "Refuted", "Refuted"]
    for other in others:
        assert [said(one) for one in other] == [said(one) for one in first]


def test_the_prover_reads_no_clock() -> None:
    """`verify.check` reports how long it took; nothing else may know."""
    readers: set[str] = set()
    for path in sorted((REPOSITORY / "verify").rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if {name.split(".")[0] for name in names} & {
                "time",
                "datetime",
                "random",
                "secrets",
                "threading",
            }:
                readers.add(path.relative_to(REPOSITORY).as_posix())
    assert readers == {"verify/check.py"}


def test_the_solver_is_limited_by_its_work() -> None:
    texts = {path: path.read_text("utf-8") for path in (REPOSITORY / "verify").rglob("*.py")}
    timed = [path.name for path, text in texts.items() if '"timeout"' in text or "set_timeout" in text]
    assert timed == []
    assert any('"rlimit"' in text for text in texts.values())

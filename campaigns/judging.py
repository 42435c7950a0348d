"""What every campaign does: pose a problem, get a verdict from a killable process, run natively what is proved."""

from __future__ import annotations

import hashlib
import re
import tempfile
import threading
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from campaigns.native import Agreement, Bench, NotRunnable
from compiler.errors import CompilerError
from compiler.toolchain import find_lowering_clang, resolve
from vecassist.problems import Place, problem
from vecassist.worker import WorkerFailed, WorkerLimits, WorkerPool
from verify.problem import Limits, Problem
from verify.verdict import NotProved, Proved, Unsupported

ASSUME = ("sequential", "timing")


@dataclass(frozen=True, slots=True)
class Case:
    """A right rewrite with its original; `place` stands in for the file's name."""

    name: str
    function: str
    before: str
    after: str
    place: Path
    args: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """fate: "no-c" (does not compile), "unchanged" (IR seen before), "unproved", "proved"; said: why not proved."""

    fate: str
    said: str = ""


def cases() -> tuple[Case, ...]:
    """Every right rewrite of the corpus and of the ledger's cases."""
    from pairs_corpus import all_cases

    return tuple(
        Case(
            pair.name if not pair.ledger else f"ub/{pair.name}", pair.function, pair.before.read_text("latin-1"),
            pair.after.read_text("latin-1"), pair.after, pair.cflags,
        )
        for case in all_cases() for pair in case.pairs if pair.right
    )  # fmt: skip


def proof(posed: Problem, limits: Limits) -> tuple[str, str]:
    """The proof alone, as plain values; runs in a worker."""
    from verify.check import prove

    try:
        verdict = prove(posed, limits)
    except NotProved as failure:
        return "unproved", f"{failure.code}: {failure}"
    except Unsupported as failure:
        return "unproved", f"unsupported: {failure.construct}"
    if isinstance(verdict, Proved):
        return "proved", ""
    return "unproved", f"{verdict.code}: {verdict.reason}"


_NAMES = re.compile(r"!dbg !\d+|, !tbaa !\d+|^!\d+ = .*$|^source_filename.*$|^; .*$|#\d+", re.MULTILINE)


def fingerprint(ir: str) -> str:
    """A hash of IR without places in the source and debug records."""
    lines = (line for line in ir.splitlines() if "#dbg_" not in line and "llvm.dbg" not in line)
    return hashlib.sha256(_NAMES.sub("", "\n".join(lines)).encode()).hexdigest()


class Judge:
    """Workers for proofs, and a native bench for each original that is needed."""

    def __init__(self, jobs: int, seconds: float, inputs: int, seed: int) -> None:
        self._stack = ExitStack()
        self._pool = self._stack.enter_context(WorkerPool(jobs, WorkerLimits(seconds=seconds)))
        self._inputs, self._seed = inputs, seed
        self._folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="campaign-")))
        self._benches: dict[tuple[str, tuple[str, ...]], Bench | str] = {}
        self._seen: dict[str, set[str]] = {}
        self._lock = threading.Lock()
        self._bench_lock = threading.Lock()

    def problem(self, case: Case, after: str) -> Problem:
        """The problem that the command line would pose. Raises CompilerError."""
        place = Place(case.place, case.place.parent, case.args, find_lowering_clang(), resolve("gcc"))
        return problem(place, case.before, after, case.function, ASSUME)

    def verdict(self, case: Case, after: str) -> Outcome:
        """Lower a text and try to prove it, unless its IR was there before among those of the case."""
        try:
            posed = self.problem(case, after)
            new = self._is_new(case, posed)
        except CompilerError as error:
            return Outcome("no-c", str(error)[:200])
        return self._proved(posed) if new else Outcome("unchanged")

    def decided(self, case: Case) -> Outcome:
        """Whether the case's own rewrite is proved."""
        try:
            return self._proved(self.problem(case, case.after))
        except CompilerError as error:
            return Outcome("no-c", str(error)[:200])

    def _proved(self, posed: Problem) -> Outcome:
        try:
            return Outcome(*self._pool.call(proof, posed, Limits()))
        except WorkerFailed as failure:
            return Outcome("unproved", f"{failure.kind}: {failure}"[:200])

    def _is_new(self, case: Case, posed: Problem) -> bool:
        mark = fingerprint(posed.after.ir) + "|".join(posed.after.promises)
        with self._lock:
            fresh = case.name not in self._seen
            known = self._seen.setdefault(case.name, set())
        if fresh:
            original = self.problem(case, case.after)
            known |= {fingerprint(original.after.ir), fingerprint(posed.before.ir)}
        with self._lock:
            if mark in known:
                return False
            known.add(mark)
            return True

    def natively(self, case: Case, after: str) -> tuple[str, bool]:
        """What native runs say of a proved text, and whether it is that it differs."""
        with self._bench_lock:
            bench = self._bench(case)
            if isinstance(bench, str):
                return f"not run: {bench}", False
            try:
                found = bench.compare(after)
            except NotRunnable as error:
                return f"not run: {error}", False
        if isinstance(found, Agreement):
            return "agrees", False
        return f"{found.build}: {found.what}: {found.report}", True

    def _bench(self, case: Case) -> Bench | str:
        key = (case.before, case.args)
        if key not in self._benches:
            folder = self._folder / str(len(self._benches))
            folder.mkdir()
            ir = self.problem(case, case.before).before.ir
            try:
                self._benches[key] = Bench(
                    folder, case.before, case.function, case.args, ir, self._inputs, self._seed
                )
            except NotRunnable as error:
                self._benches[key] = str(error)
        return self._benches[key]

    def __enter__(self) -> Judge:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

"""TSVC_2 through the whole line. The suite is read from the user's folder; nothing of it is part of this project."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from compiler.process import run
from compiler.toolchain import Toolchain
from vecassist.bench.equal import differing
from vecassist.bench.rows import Row, rows_of
from vecassist.bench.strict import permits
from vecassist.errors import UserError
from vecassist.events import Event
from vecassist.model import Unit
from vecassist.pipeline import Proposer, Settings, Tools
from vecassist.run import optimize
from vecassist.survey import Survey, survey_unit

FLAGS = ("-O3", "-march=native", "-ffp-contract=off")
_HEAD = re.compile(r"^real_t\s+(\w+)\s*\(\s*struct args_t\b")
_REPORTS = {
    "gcc": (("-fopt-info-vec-optimized",), re.compile(r":(\d+):\d+: optimized: .*loop vectorized")),
    "clang": (("-Rpass=loop-vectorize",), re.compile(r":(\d+):\d+: remark: vectorized loop")),
}


@dataclass(frozen=True, slots=True)
class Bench:
    """rows in the order of the source; compared: for each compiler, how many functions ran in both programs and
    which of them left different bits; tokens and cost_usd of all model replies."""

    rows: tuple[Row, ...]
    compilers: tuple[str, ...]
    compared: Mapping[str, tuple[int, tuple[str, ...]]]
    tokens: int
    cost_usd: float
    patched: bytes


def sources(folder: Path) -> Path:
    """The folder with tsvc.c. Raises UserError where there is none, or where it lacks its companions."""
    for place in (folder, folder / "src"):
        if (place / "tsvc.c").is_file():
            missing = [n for n in ("common.c", "common.h", "dummy.c") if not (place / n).is_file()]
            if missing:
                raise UserError(f"{place}: {', '.join(missing)} not there; give a complete TSVC_2")
            return place
    raise UserError(f"{folder}: no tsvc.c there or in its src; give the folder of TSVC_2 with --tsvc-dir")


def bench(
    folder: Path,
    only: frozenset[str],
    proposers: Sequence[Proposer],
    settings: Settings,
    line: Tools,
    compilers: Sequence[Toolchain],
    jobs: int,
    emit: Callable[[Event], None],
) -> Bench:
    """Run the line over tsvc.c and compare the patched program with the original, bit by bit.

    only: functions to work on, all of them where empty. Raises UserError, CompilerError, Mismatch.
    """
    emit(Event("scanning", folder / "tsvc.c"))
    unit = Unit(Path("tsvc.c"), folder.resolve(), "gcc", FLAGS)
    survey = survey_unit(unit, compilers)
    spans = functions(survey.original.decode("latin-1"))
    unknown = sorted(only - spans.keys())
    if unknown:
        raise UserError(f"{folder / 'tsvc.c'}: no function {unknown[0]}; leave --only out to run all")
    chosen = [name for name in spans if not only or name in only]
    ran = optimize([_narrowed(survey, frozenset(chosen))], proposers, settings, line, jobs, emit)
    patched = next((change.after for change in ran.changes), survey.original)
    with tempfile.TemporaryDirectory(prefix="vecassist-") as scratch:
        compared = differing(folder, patched, _one_of_each(compilers), FLAGS, Path(scratch))
    announced = reported(folder, spans, _one_of_each(compilers))
    sites = survey.scan.sites
    strict: dict[str, str] = {}
    for site in sites:
        if site.function in chosen:
            said = permits(site)
            if strict.get(site.function, "no").startswith("no"):
                strict[site.function] = said
    rows = rows_of(chosen, sites, ran.outcomes, announced, strict)
    names = tuple(dict.fromkeys(view.compiler for site in sites for view in site.views))
    cost = sum(one.cost_usd for one in ran.outcomes)
    return Bench(rows, names, compared, sum(one.tokens for one in ran.outcomes), cost, patched)


def functions(text: str) -> dict[str, tuple[int, int]]:
    """The suite's functions with their first and last line, in order."""
    found: dict[str, tuple[int, int]] = {}
    name = ""
    for number, line in enumerate(text.splitlines(), 1):
        head = _HEAD.match(line)
        if head is not None:
            name = head.group(1)
            found[name] = (number, number)
        elif line.startswith("}") and name:
            found[name] = (found[name][0], number)
            name = ""
    return found


def reported(
    folder: Path, spans: Mapping[str, tuple[int, int]], tools: Sequence[Toolchain]
) -> dict[str, bool]:
    """Whether any compiler's own report names a vectorized loop in a function, lane by lane or not."""
    lines: set[int] = set()
    for tool in tools:
        options, pattern = _REPORTS[tool.kind]
        command = [*tool.argv, *FLAGS, "-w", *options, "-S", "-o", "/dev/null", "tsvc.c"]
        told = run(command, cwd=folder, timeout=120)
        lines |= {int(found.group(1)) for found in pattern.finditer(told.err)}
    return {name: any(first <= number <= last for number in lines) for name, (first, last) in spans.items()}


def _narrowed(survey: Survey, names: frozenset[str]) -> Survey:
    kept = tuple(site for site in survey.scan.sites if site.function in names)
    return replace(survey, scan=replace(survey.scan, sites=kept))


def _one_of_each(compilers: Sequence[Toolchain]) -> list[Toolchain]:
    first: dict[str, Toolchain] = {}
    for tool in compilers:
        first.setdefault(tool.kind, tool)
    return list(first.values())

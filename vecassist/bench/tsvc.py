"""TSVC_2 through the whole line. The suite is read from the user's folder; nothing of it is part of this project."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path

from compiler.process import run
from compiler.toolchain import Toolchain
from vecassist.bench.equal import differing
from vecassist.bench.journal import Journal, Record
from vecassist.bench.rows import Row, rows_of
from vecassist.deliver.edits import merge
from vecassist.errors import UserError
from vecassist.events import Event
from vecassist.model import Outcome, Site, Unit
from vecassist.pipeline import Proposer, Settings, Tools, attempt_line
from vecassist.propose.strict import permits
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
    proposers: Mapping[str, Proposer],
    settings: Settings,
    line: Tools,
    compilers: Sequence[Toolchain],
    threads: int,
    emit: Callable[[Event], None],
    out: Path | None = None,
) -> Bench:
    """Run the line over tsvc.c and compare the patched program with the original, bit by bit.

    only: functions to work on, all of them where empty; proposers: by name; out: a file of what is found, read at the
    start: functions that it has are not worked on again, except by proposers that have not been asked about them.
    Raises UserError, CompilerError, Mismatch.
    """
    emit(Event("scanning", folder / "tsvc.c"))
    unit = Unit(Path("tsvc.c"), folder.resolve(), "gcc", FLAGS)
    survey = survey_unit(unit, compilers)
    spans = functions(survey.original.decode("latin-1"))
    unknown = sorted(only - spans.keys())
    if unknown:
        raise UserError(f"{folder / 'tsvc.c'}: no function {unknown[0]}; leave --only out to run all")
    chosen = [name for name in spans if not only or name in only]
    sites = survey.scan.sites
    journal = None if out is None else Journal(out, survey.original, FLAGS)
    known = {} if journal is None else dict(journal.load(sites))
    remaining = [name for name in chosen if _left(known.get(name), proposers)]

    def work(name: str) -> Record:
        before = known.get(name)
        asked = _left(before, proposers)
        record = _one(survey, name, before, asked, settings, line, emit)
        if journal is not None:
            journal.add(record)
        return record

    with ThreadPoolExecutor(threads) as executor:
        waiting = [executor.submit(work, name) for name in remaining]
        for number, future in enumerate(as_completed(waiting), 1):
            if future.exception() is not None:
                executor.shutdown(wait=False, cancel_futures=True)
            record = future.result()
            known[record.function] = record
            told = next((one.status for one in record.outcomes), "no loop found")
            emit(Event("done", folder / "tsvc.c", 1, record.function, told, number, len(remaining)))
    records = [known[name] for name in chosen]
    patched = merge(survey.original, [edit for record in records for edit in record.edits])
    with tempfile.TemporaryDirectory(prefix="vecassist-") as scratch:
        compared = differing(folder, patched, _one_of_each(compilers), FLAGS, Path(scratch))
    announced = reported(folder, spans, _one_of_each(compilers))
    outcomes = [one for record in records for one in record.outcomes]
    rows = rows_of(chosen, sites, outcomes, announced, _strict(sites, chosen))
    names = tuple(dict.fromkeys(view.compiler for site in sites for view in site.views))
    cost = sum(one.cost_usd for one in outcomes)
    return Bench(rows, names, compared, sum(one.tokens for one in outcomes), cost, patched)


def _left(before: Record | None, proposers: Mapping[str, Proposer]) -> Mapping[str, Proposer]:
    """Who is still to be asked about a function; nobody where a compiler vectorizes all of its loops, or a rewrite was
    accepted."""
    if before is None:
        return proposers
    open_ = any(one.status in ("refused", "nothing proposed") for one in before.outcomes)
    if not open_ or any(one.status == "accepted" for one in before.outcomes):
        return {}
    return {name: one for name, one in proposers.items() if name not in before.asked}


def _one(
    survey: Survey,
    name: str,
    before: Record | None,
    asked: Mapping[str, Proposer],
    settings: Settings,
    line: Tools,
    emit: Callable[[Event], None],
) -> Record:
    """The line over one function. What others offered before goes to those who are asked now."""
    earlier = () if before is None else before.tried

    def told(propose: Proposer) -> Proposer:
        return lambda region, judge: propose(replace(region, tried=(*earlier, *region.tried)), judge)

    def trying(event: Event) -> None:
        if event.kind == "trying":
            emit(event)

    ran = optimize(
        [_narrowed(survey, name)], [told(one) for one in asked.values()], settings, line, 1, trying
    )
    outcomes, paid = ran.outcomes, before.outcomes if before is not None else ()
    by_place = {(one.site.line, one.site.key): one for one in paid}
    outcomes = tuple(_with_cost(one, by_place.get((one.site.line, one.site.key))) for one in outcomes)
    tried = [attempt_line(one) for attempts in ran.attempts.values() for one in attempts]
    everyone = (*(before.asked if before is not None else ()), *asked)
    edits = tuple(edit for one in ran.accepted for edit in one.edits)
    return Record(name, outcomes, edits, everyone, (*earlier, *tried))


def _with_cost(outcome: Outcome, before: Outcome | None) -> Outcome:
    """The outcome with what was spent on the loop before; where nobody had anything new, the outcome of then."""
    if before is None:
        return outcome
    spent = outcome.tokens + before.tokens, outcome.cost_usd + before.cost_usd
    kept = before if outcome.status == "nothing proposed" and before.status == "refused" else outcome
    return replace(kept, tokens=spent[0], cost_usd=spent[1], seconds=outcome.seconds + before.seconds)


def _strict(sites: Sequence[Site], chosen: Sequence[str]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for site in sites:
        if site.function in chosen:
            said = permits(site)
            if found.get(site.function, "no").startswith("no"):
                found[site.function] = said
    return found


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


def _narrowed(survey: Survey, name: str) -> Survey:
    sites = tuple(site for site in survey.scan.sites if site.function == name)
    skipped = tuple(skip for skip in survey.scan.skipped if skip.function == name)
    return replace(survey, scan=replace(survey.scan, sites=sites, skipped=skipped))


def _one_of_each(compilers: Sequence[Toolchain]) -> list[Toolchain]:
    first: dict[str, Toolchain] = {}
    for tool in compilers:
        first.setdefault(tool.kind, tool)
    return list(first.values())

"""The line over many files: scan all, work on regions side by side, merge what was accepted file by file."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path

from vecassist.answers.keep import Answers
from vecassist.deliver.edits import Edit, FileChange, merge
from vecassist.events import Event
from vecassist.model import Outcome, Site, Span
from vecassist.pipeline import (
    Accepted,
    Attempt,
    Proposer,
    Region,
    Result,
    Settings,
    Tools,
    optimize_region,
    prove_in,
)
from vecassist.survey import Survey


@dataclass(frozen=True, slots=True)
class Run:
    """outcomes in the order of files and lines; accepted without those that a conflict took out; changes:
    what they make together; attempts: by place, every candidate that was tried, in order."""

    outcomes: tuple[Outcome, ...]
    accepted: tuple[Accepted, ...]
    changes: tuple[FileChange, ...]
    attempts: Mapping[tuple[Path, Span], tuple[Attempt, ...]]


def regions(surveys: Sequence[Survey]) -> tuple[Region, ...]:
    """One region for each stretch of a file that is a site under any of its commands, in a stable order.

    A region that a further command reaches without its being a site there is left to `unreached_reason`.
    """
    found: dict[tuple[Path, Span], list[Site]] = {}
    for survey in surveys:
        for site in survey.scan.sites:
            found.setdefault((site.file.resolve(), site.span), []).append(site)
    originals = {survey.file: survey.original for survey in surveys}
    ordered = sorted(found.items(), key=lambda item: (str(item[0][0]), item[0][1].start))
    return tuple(Region(tuple(sites), originals[file]) for (file, _), sites in ordered)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do first and how much. order: places to work on, the first first, None for all in the order of the
    files; until: when no further region is started, on the monotonic clock; answers: of earlier runs; asks_model:
    whether a model is among the proposers."""

    order: Sequence[tuple[Path, Span]] | None = None
    until: float | None = None
    answers: Answers | None = None
    asks_model: bool = False


EVERYTHING = Plan()


def optimize(
    surveys: Sequence[Survey],
    proposers: Sequence[Proposer],
    settings: Settings,
    tools: Tools,
    jobs: int,
    emit: Callable[[Event], None],
    plan: Plan = EVERYTHING,
) -> Run:
    """Work on the regions of the plan, `jobs` at a time, then merge. Raises Mismatch when a proof was wrong."""
    remaining, left_out = _planned(regions(surveys), plan)
    counter = _Counter(len(remaining), jobs, emit)
    told = replace(tools, emit=counter.trying)

    def work(region: Region) -> Result:
        known = plan.answers.get(region) if plan.answers is not None else None
        if known is not None:
            return known
        if plan.until is not None and time.monotonic() >= plan.until:
            why = "the time budget was used up before this loop was tried"
            return Result(Outcome(region.site, "skipped", why, NOT_TRIED))
        blocked = hidden_command(region, surveys)
        if blocked is not None:
            return Result(Outcome(region.site, "refused", blocked, "not-proved-everywhere"))
        result = optimize_region(region, proposers, settings, told)
        if plan.answers is not None:
            plan.answers.put(region, result, always=not plan.asks_model)
        return result

    results = [*_side_by_side(remaining, work, jobs, counter), *left_out]
    order = {place_of(region.site): number for number, region in enumerate(regions(surveys))}
    results.sort(key=lambda result: order[place_of(result.outcome.site)])
    # A proof on record is as good as a new one where earlier answers are taken at all.
    again = tools if plan.answers is None else replace(tools, record=replace(tools.record, asks=True))
    accepted, dropped = _compatible([r.accepted for r in results if r.accepted], settings, again)
    outcomes = [_without(r.outcome, dropped) for r in results] + list(_skipped(surveys))
    outcomes.sort(key=lambda outcome: (str(outcome.site.file), outcome.site.line, outcome.site.span.start))
    attempts = {place_of(r.outcome.site): r.attempts for r in results}
    return Run(tuple(outcomes), accepted, changes(accepted), attempts)


NOT_TRIED = "not-tried"
NOT_HOT = "not-hot"


def _planned(found: Sequence[Region], plan: Plan) -> tuple[list[Region], list[Result]]:
    """The regions to work on in the order of the plan, and the rows of those that it leaves out."""
    if plan.order is None:
        return list(found), []
    rank = {place: number for number, place in enumerate(plan.order)}
    chosen = [region for region in found if place_of(region.site) in rank]
    chosen.sort(key=lambda region: rank[place_of(region.site)])
    why = "not among the loops that were asked for with --hot or --min-heat"
    rest = [region for region in found if place_of(region.site) not in rank]
    return chosen, [Result(Outcome(region.site, "skipped", why, NOT_HOT)) for region in rest]


class Stopped(Exception):
    """The run has ended early; nobody waits for this region any more."""


class _Counter:
    """Counts finished regions for progress; called from several threads."""

    def __init__(self, total: int, jobs: int, emit: Callable[[Event], None]) -> None:
        self._total = total
        self._jobs = jobs
        self._done = 0
        self._ended: Counter[str] = Counter()
        self._worked = 0
        self._seconds = 0.0
        self._cost = 0.0
        self._emit = emit
        self._lock = threading.Lock()
        self.stopped = False

    def trying(self, text: str, site: Site) -> None:
        if self.stopped:
            raise Stopped
        with self._lock:
            self._emit(self._event("trying", site, text))

    def finished(self, outcome: Outcome) -> None:
        with self._lock:
            self._done += 1
            verdict = outcome.verdict if outcome.verdict in ("refuted", "unknown") else ""
            self._ended["accepted" if outcome.status == "accepted" else verdict or ""] += 1
            self._cost += outcome.cost_usd
            if outcome.seconds:
                self._worked += 1
                self._seconds += outcome.seconds
            self._emit(self._event("done", outcome.site, outcome.status))

    def _event(self, kind: str, site: Site, text: str) -> Event:
        return Event(kind, site.file, site.line, site.function, text, self._done, self._total, self._tally())

    def _tally(self) -> str:
        """ "3 accepted, 1 refuted, 2 unknown, 40 s left, $0.12": how the run stands."""
        told = [f"{self._ended[name]} {name}" for name in ("accepted", "refuted", "unknown")]
        if self._worked:
            left = (self._total - self._done) * self._seconds / self._worked / self._jobs
            told.append(f"about {left:.0f} s left")
        if self._cost:
            told.append(f"${self._cost:.2f}")
        return ", ".join(told)


def _side_by_side(
    remaining: Sequence[Region], work: Callable[[Region], Result], jobs: int, counter: _Counter
) -> list[Result]:
    results: dict[int, Result] = {}
    executor = ThreadPoolExecutor(jobs)
    waiting: dict[Future[Result], int] = {
        executor.submit(work, region): i for i, region in enumerate(remaining)
    }
    try:
        while waiting:
            ready, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in ready:
                number = waiting.pop(future)
                results[number] = future.result()
                counter.finished(results[number].outcome)
    finally:
        # Whoever still works on a region learns of it before the next candidate.
        counter.stopped = True
        executor.shutdown(wait=False, cancel_futures=True)
    return [results[number] for number in range(len(remaining))]


def hidden_command(region: Region, surveys: Sequence[Survey]) -> str | None:
    """A compile command that reaches the region but under which it is no site; None where there is none."""
    proved = {(site.unit.directory, site.unit.compiler, site.unit.args) for site in region.sites}
    for survey in surveys:
        unit = survey.unit
        same = survey.file == region.site.file.resolve()
        if same and (unit.directory, unit.compiler, unit.args) in proved:
            continue
        if not survey.reaches(region.site):
            continue
        command = " ".join((unit.compiler, *unit.args, unit.path.name))
        return f"`{command}` in {unit.directory} compiles this loop too, where nothing can be proved about it"
    return None


def _compatible(
    accepted: Iterable[Accepted], settings: Settings, tools: Tools
) -> tuple[tuple[Accepted, ...], dict[tuple[Path, Span], str]]:
    """Accepted rewrites that hold together.

    Where one function gets several, each later one is proved again in the text that has the earlier ones,
    since its proof may rest on what stands around it.
    """
    kept: list[Accepted] = []
    dropped: dict[tuple[Path, Span], str] = {}
    groups: dict[tuple[Path, str], list[Accepted]] = {}
    for one in accepted:
        site = one.region.site
        groups.setdefault((site.file.resolve(), site.function), []).append(one)
    for group in groups.values():
        taken: list[Accepted] = []
        for one in group:
            problem = _conflict(one, taken, settings, tools) if taken else None
            if problem is None:
                taken.append(one)
            else:
                dropped[place_of(one.region.site)] = problem
        kept += taken
    return tuple(kept), dropped


def _conflict(one: Accepted, taken: Sequence[Accepted], settings: Settings, tools: Tools) -> str | None:
    original = one.region.original
    if one.ahead is not None and any(other.ahead is not None for other in taken):
        return "another rewrite of this function has its own text before the function"
    base = merge(original, _edits(taken))
    for site in one.region.sites:
        reason = prove_in(base, site, one.candidate, settings, tools)
        if reason is not None:
            return f"not proved together with another rewrite of this function: {reason}"
    return None


def changes(accepted: Iterable[Accepted]) -> tuple[FileChange, ...]:
    """What accepted rewrites make of their files, all edits of a file merged."""
    files: dict[Path, list[Accepted]] = {}
    for one in accepted:
        files.setdefault(one.region.site.file.resolve(), []).append(one)
    return tuple(
        FileChange(path, ones[0].region.original, merge(ones[0].region.original, _edits(ones)))
        for path, ones in sorted(files.items())
    )


def _edits(ones: Sequence[Accepted]) -> Iterable[Edit]:
    return [edit for one in ones for edit in one.edits]


def place_of(site: Site) -> tuple[Path, Span]:
    """Where a site is: its file and the bytes in it."""
    return site.file.resolve(), site.span


def _without(outcome: Outcome, dropped: Mapping[tuple[Path, Span], str]) -> Outcome:
    reason = dropped.get(place_of(outcome.site))
    if reason is None:
        return outcome
    return replace(outcome, status="refused", reason=reason, reason_code="conflict")


def kept(run: Run, fault: Callable[[tuple[FileChange, ...]], str | None], code: str) -> Run:
    """The run with the rewrites that a trial has nothing against: all of them, else those that pass it alone and then
    together in order.

    fault: why changes must not be taken, None where they may; code: the reason code of what is left out.
    """
    if fault(run.changes) is None:
        return run
    taken: list[Accepted] = []
    dropped: dict[tuple[Path, Span], str] = {}
    for one in run.accepted:
        why = fault(changes((*taken, one)))
        if why is None:
            taken.append(one)
        else:
            dropped[place_of(one.region.site)] = why
    outcomes = tuple(
        replace(_without(outcome, dropped), reason_code=code)
        if place_of(outcome.site) in dropped
        else outcome
        for outcome in run.outcomes
    )
    return replace(run, outcomes=outcomes, accepted=tuple(taken), changes=changes(taken))


def _skipped(surveys: Sequence[Survey]) -> Iterable[Outcome]:
    seen: set[tuple[Path, int, str]] = set()
    for survey in surveys:
        for skip in survey.scan.skipped:
            if (survey.file, skip.line, skip.reason) in seen:
                continue
            seen.add((survey.file, skip.line, skip.reason))
            site = Site(
                survey.unit, survey.file, skip.function, Span(0, 0), "", skip.line, skip.line, 0, None, ""
            )
            yield Outcome(site, "skipped", skip.reason, "skipped")

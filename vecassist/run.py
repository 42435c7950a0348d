"""The line over many files: scan all, work on regions side by side, merge what was accepted file by file."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from pathlib import Path

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


def optimize(
    surveys: Sequence[Survey],
    proposers: Sequence[Proposer],
    settings: Settings,
    tools: Tools,
    jobs: int,
    emit: Callable[[Event], None],
) -> Run:
    """Work on every region, `jobs` at a time, then merge. Raises Mismatch when a proof was wrong."""
    remaining = regions(surveys)
    counter = _Counter(len(remaining), emit)
    told = replace(tools, emit=counter.trying)

    def work(region: Region) -> Result:
        blocked = hidden_command(region, surveys)
        if blocked is not None:
            return Result(Outcome(region.site, "refused", blocked, "not-proved-everywhere"))
        return optimize_region(region, proposers, settings, told)

    results = _side_by_side(remaining, work, jobs, counter)
    accepted, dropped = _compatible([r.accepted for r in results if r.accepted], settings, tools)
    outcomes = [_without(r.outcome, dropped) for r in results] + list(_skipped(surveys))
    outcomes.sort(key=lambda outcome: (str(outcome.site.file), outcome.site.line, outcome.site.span.start))
    attempts = {place_of(r.outcome.site): r.attempts for r in results}
    return Run(tuple(outcomes), accepted, changes(accepted), attempts)


class Stopped(Exception):
    """The run has ended early; nobody waits for this region any more."""


class _Counter:
    """Counts finished regions for progress; called from several threads."""

    def __init__(self, total: int, emit: Callable[[Event], None]) -> None:
        self._total = total
        self._done = 0
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
            self._emit(self._event("done", outcome.site, outcome.status))

    def _event(self, kind: str, site: Site, text: str) -> Event:
        return Event(kind, site.file, site.line, site.function, text, self._done, self._total)


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

"""New loops to propose, one after the other, until enough are found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vecassist.model import Site
from vecassist.pipeline import Accepted, Proposer, Settings, Tools, already_vectorized, optimize_region
from vecassist.run import hidden_command, regions
from vecassist.store.entry import Entry
from vecassist.storing import entry
from vecassist.survey import Survey


@dataclass(frozen=True, slots=True)
class Found:
    """entries: accepted now; waiting: scalar loops that nobody has looked at, since enough were found."""

    entries: tuple[Entry, ...]
    waiting: tuple[Site, ...]


def find(
    surveys: Sequence[Survey],
    proposers: Sequence[Proposer],
    settings: Settings,
    tools: Tools,
    root: Path,
    known: Callable[[Site], bool],
    wanted: int,
    fault: Callable[[Accepted], str | None],
) -> Found:
    """Up to `wanted` rewrites that come through the whole line.

    known: loops to pass over; fault: what speaks against a rewrite that came through, None where nothing does.
    Raises Mismatch when a proof was wrong.
    """
    entries: list[Entry] = []
    waiting: list[Site] = []
    for region in regions(surveys):
        if known(region.site) or already_vectorized(region.site) or hidden_command(region, surveys):
            continue
        if len(entries) >= wanted:
            waiting.append(region.site)
            continue
        accepted = optimize_region(region, proposers, settings, tools).accepted
        # Text outside of the region is not in an entry, and so nothing that a branch could be renewed from.
        if accepted is not None and not accepted.candidate.needs and fault(accepted) is None:
            entries.append(entry(accepted, root))
    return Found(tuple(entries), tuple(waiting))

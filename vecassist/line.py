"""The values of the line over one region, and the tools that it works with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from compiler.toolchain import Toolchain, resolve
from vecassist.decide import FLOOR
from vecassist.deliver.edits import Edit, edit_between
from vecassist.evidence import Gauge
from vecassist.model import Candidate, CompilerOutcome, Outcome, Site
from vecassist.problems import Place
from vecassist.proving import Proof
from vecassist.store.machine import NOTHING, Record
from vecassist.worker import WorkerPool
from verify.problem import Limits
from verify.verdict import Counterexample


@dataclass(frozen=True, slots=True)
class Settings:
    """assume: granted assumptions; floor: least gain; seconds: for all that rules offer for one loop, and for each
    answer of a model. near: whether a rewrite near one that is not proved may be taken in its place."""

    assume: tuple[str, ...] = ()
    floor: float = FLOOR
    limits: Limits = field(default_factory=lambda: Limits(certified=True))
    seconds: float = 90.0
    near: bool = True


@dataclass(frozen=True, slots=True)
class Region:
    """The same bytes as a site of each compile command that reaches them; the first is the one that is
    timed. tried: in a line each, what was offered for it before and why it was not taken."""

    sites: tuple[Site, ...]
    original: bytes
    tried: tuple[str, ...] = ()

    @property
    def site(self) -> Site:
        return self.sites[0]


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of one candidate: `stage` is where it ended, "accepted" where it came through."""

    candidate: Candidate
    stage: str
    code: str
    reason: str
    verdict: str | None = None
    counterexample: Counterexample | None = None
    compilers: Mapping[str, CompilerOutcome] = field(default_factory=dict[str, CompilerOutcome])


@dataclass(frozen=True, slots=True)
class Accepted:
    """A rewrite that came through, with everything that its entry in the store says. ahead: what the tool writes
    before the function."""

    region: Region
    candidate: Candidate
    proofs: tuple[tuple[Site, Proof], ...]
    compilers: Mapping[str, CompilerOutcome]
    spliced: bytes
    ahead: Edit | None = None

    @property
    def placed(self) -> bytes:
        """What stands in the place of the region in the spliced file."""
        span, original = self.region.site.span, self.region.original
        added = len(self.ahead.new) if self.ahead else 0
        return self.spliced[span.start + added : len(self.spliced) - (len(original) - span.end)]

    @property
    def edits(self) -> tuple[Edit, ...]:
        """The changes of the file: what goes before the function, if anything, and the region's."""
        original, span = self.region.original, self.region.site.span
        inside = edit_between(original, original[: span.start] + self.placed + original[span.end :])
        return (self.ahead, inside) if self.ahead else (inside,)


@dataclass(frozen=True, slots=True)
class Result:
    """One region's row, and the rewrite if one was accepted."""

    outcome: Outcome
    accepted: Accepted | None = None
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Tools:
    """What the line works with; places: the resolved compile command of each site's unit; record: of what was
    proved on this machine; slots: held while a candidate is judged."""

    lowering: Toolchain
    pool: WorkerPool
    gauge: Gauge
    place: Callable[[Site], Place]
    emit: Callable[[str, Site], None]
    record: Record = NOTHING
    slots: AbstractContextManager[object] = field(default_factory=nullcontext[None])


def tools(
    lowering: Toolchain, pool: WorkerPool, gauge: Gauge, record: Record = NOTHING, slots: int | None = None
) -> Tools:
    """Tools that resolve each unit's compiler by the name in its command and tell nobody what they do. slots: how many
    candidates may be judged at the same time, however many regions wait for a model."""

    def place(site: Site) -> Place:
        unit = site.unit
        return Place(unit.path, unit.directory, unit.args, lowering, resolve(unit.compiler))

    held = nullcontext() if slots is None else threading.BoundedSemaphore(slots)
    return Tools(lowering, pool, gauge, place, lambda text, site: None, record, held)


Judge = Callable[[Candidate], Attempt]
"""Sends a candidate down the line; stage "accepted" ends the search."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a proposer says at its end: why it offers no more ("" where it simply has none), and what it
    cost."""

    code: str = ""
    reason: str = ""
    tokens: int = 0
    cost_usd: float = 0.0


Proposer = Callable[[Region, Judge], Asked]
"""Offers candidates to the judge, cheapest first, until one is accepted or none is left."""

# Candidates that came further say more about a loop, so the furthest one gives the reason for a refusal.

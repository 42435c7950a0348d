"""The straight line over one region: check - outline - lower - prove - splice - assembly - measure - decide.

A region is one stretch of a file under every compile command that reaches it. An edit is proved under all
of them, compiled and timed under the first. Nothing here prints: what happens is told as events.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from compiler.errors import CompilerError, UnsupportedFlag
from compiler.toolchain import Toolchain, resolve
from vecassist.decide import FLOOR, Decision, decide
from vecassist.evidence import Gauge, Unmeasurable
from vecassist.model import Candidate, CompilerOutcome, Outcome, Outlined, Site
from vecassist.problems import Place, dependent, problem
from vecassist.proving import Proof, counterexample, prove
from vecassist.scan.region import Lost
from vecassist.scan.sites import scan_text
from vecassist.splice import Refused, check_replacement, outline, splice
from vecassist.store.machine import NOTHING, Record
from vecassist.worker import WorkerPool
from verify.problem import Limits, Problem
from verify.verdict import Counterexample, Proved, Refuted, Unknown, Verdict


@dataclass(frozen=True, slots=True)
class Settings:
    """assume: granted assumptions; floor: least gain; measured: False takes rewrites on proof and assembly
    alone."""

    assume: tuple[str, ...] = ()
    floor: float = FLOOR
    limits: Limits = field(default_factory=Limits)
    seconds: float = 90.0


@dataclass(frozen=True, slots=True)
class Region:
    """The same bytes as a site of each compile command that reaches them; the first is the one that is
    timed."""

    sites: tuple[Site, ...]
    original: bytes

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
    """A rewrite that came through, with everything that its entry in the store says."""

    region: Region
    candidate: Candidate
    proofs: tuple[tuple[Site, Proof], ...]
    compilers: Mapping[str, CompilerOutcome]
    spliced: bytes

    @property
    def placed(self) -> bytes:
        """What stands in the place of the region in the spliced file."""
        span, original = self.region.site.span, self.region.original
        return self.spliced[span.start : len(self.spliced) - (len(original) - span.end)]


@dataclass(frozen=True, slots=True)
class Result:
    """One region's row, and the rewrite if one was accepted."""

    outcome: Outcome
    accepted: Accepted | None = None
    attempts: tuple[Attempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Tools:
    """What the line works with; places: the resolved compile command of each site's unit; record: of what was
    proved on this machine."""

    lowering: Toolchain
    pool: WorkerPool
    gauge: Gauge
    place: Callable[[Site], Place]
    emit: Callable[[str, Site], None]
    record: Record = NOTHING


def tools(lowering: Toolchain, pool: WorkerPool, gauge: Gauge, record: Record = NOTHING) -> Tools:
    """Tools that resolve each unit's compiler by the name in its command and tell nobody what they do."""

    def place(site: Site) -> Place:
        unit = site.unit
        return Place(unit.path, unit.directory, unit.args, lowering, resolve(unit.compiler))

    return Tools(lowering, pool, gauge, place, lambda text, site: None, record)


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
_STAGES = ("replace", "compile", "prove", "machine code", "measure")


_TOO_HARD = {
    "timeout",
    "memory-limit",
    "crash",
    "internal-error",
    "out-of-budget",
    "too-large",
    "needs-assumption",
}


class _Ended(Exception):
    """A candidate that goes no further."""

    def __init__(self, attempt: Attempt) -> None:
        super().__init__(attempt.reason)
        self.attempt = attempt


def optimize_region(
    region: Region, proposers: Sequence[Proposer], settings: Settings, tools: Tools
) -> Result:
    """Ask the proposers in turn until a candidate comes through.

    Raises Mismatch where a proved rewrite computes something else when it is run.
    """
    start = time.monotonic()
    site = region.site
    seen = already_vectorized(site)
    if seen is not None:
        return Result(Outcome(site, "already vectorized", seen, "already-vectorized"))
    attempts: list[Attempt] = []
    accepted: list[Accepted] = []

    def judge(candidate: Candidate) -> Attempt:
        if time.monotonic() - start > settings.seconds:
            attempt = Attempt(
                candidate, "replace", "out-of-time", "the time for this loop was used up before"
            )
            attempts.append(attempt)
            return attempt
        tools.emit(f"{candidate.proposer} {candidate.rule}".strip(), site)
        try:
            through, attempt = _try(region, candidate, settings, tools)
            accepted.append(through)
        except _Ended as ended:
            attempt = ended.attempt
        attempts.append(attempt)
        return attempt

    asked: list[Asked] = []
    for propose in proposers:
        asked.append(propose(region, judge))
        if accepted:
            break
    outcome = _outcome(site, attempts, asked, time.monotonic() - start)
    if not accepted:
        relaxed = tools.gauge.reassociated(tools.place(site), site)
        if relaxed:
            outcome = replace(outcome, reason=f"{outcome.reason}; {relaxed}")
    return Result(outcome, accepted[0] if accepted else None, tuple(attempts))


def already_vectorized(site: Site) -> str | None:
    """Which compiler vectorizes the loop as it stands; None where none does."""
    names = [view.compiler for view in site.views if view.vectorized]
    return f"vectorized by {' and '.join(names)} as it stands" if names else None


def _try(region: Region, candidate: Candidate, settings: Settings, tools: Tools) -> tuple[Accepted, Attempt]:
    proved = [_proof(region, site, candidate, settings, tools) for site in region.sites]
    spliced = splice(region.original, region.site, candidate.text)
    try:
        compilers, decision = _evidence(region.site, candidate, proved[0], spliced, settings, tools)
    except Unmeasurable as error:
        reason = f"proved, but it cannot be measured: {error}"
        raise _Ended(Attempt(candidate, "measure", "unmeasurable", reason, "proved")) from error
    except CompilerError as error:
        reason = f"proved, but the spliced file does not compile: {error}"
        raise _Ended(Attempt(candidate, "machine code", "does-not-compile", reason, "proved")) from error
    stage = "accepted" if decision.accepted else "measure"
    attempt = Attempt(candidate, stage, decision.code, decision.reason, "proved", None, compilers)
    if not decision.accepted:
        raise _Ended(attempt)
    proofs = tuple((site, one.proof) for site, one in zip(region.sites, proved, strict=True))
    return Accepted(region, candidate, proofs, compilers, spliced), attempt


def _evidence(
    site: Site, candidate: Candidate, proved: _Proved, spliced: bytes, settings: Settings, tools: Tools
) -> tuple[dict[str, CompilerOutcome], Decision]:
    """What the command's own compiler makes of the rewrite, and only where that is good, what others do."""
    place, gauge = tools.place(site), tools.gauge
    own = place.user
    made, why = gauge.machine_code(own, place, site, spliced)
    compilers = {own.name: made}
    if not made.after:
        reason = f"proved, but {own.name} still emits scalar code for it: {why}"
        raise _Ended(Attempt(candidate, "machine code", "not-vectorized", reason, "proved", None, compilers))
    request = gauge.request(place, proved.problem, proved.outlined)
    gain = gauge.speedup(own, request, site, proved.problem)
    compilers[own.name] = replace(made, speedup=gain)
    decision = decide(own.name, compilers, settings.floor)
    if not decision.accepted:
        return compilers, decision
    timed = {own.kind}
    for tool in gauge.others(place, site):
        try:
            compilers[tool.name], _ = gauge.machine_code(tool, place, site, spliced)
            # One of each kind is timed: what two versions of a compiler say differs little, and costs as much.
            if tool.kind not in timed:
                timed.add(tool.kind)
                gain = gauge.speedup(tool, request, site, proved.problem)
                compilers[tool.name] = replace(compilers[tool.name], speedup=gain)
        except (Unmeasurable, CompilerError):
            continue
    return compilers, decide(own.name, compilers, settings.floor)


def prove_in(text: bytes, site: Site, candidate: Candidate, settings: Settings, tools: Tools) -> str | None:
    """Prove a candidate once more where `text` stands in the place of the site's file, which is left alone.

    None where it is proved, else why not: the region is not there any more, or the proof fails.
    """
    unit = site.unit
    if text == (unit.directory / unit.path).read_bytes():
        return _refusal(Region((site,), text), site, candidate, settings, tools)
    home = (unit.directory / unit.path).resolve().parent
    with tempfile.TemporaryDirectory(prefix="vecassist-") as scratch:
        copy = Path(scratch).resolve() / unit.path.name
        copy.write_bytes(text)
        # What the file includes from its own folder is found there, as nothing else lies beside the copy.
        moved = replace(unit, path=copy, args=(*unit.args, "-iquote", str(home)))
        found = scan_text(moved, text.decode("latin-1")).sites
        same = [one for one in found if (one.function, one.text) == (site.function, site.text)]
        again = next((one for one in same if one.key == site.key), same[0] if len(same) == 1 else None)
        if again is None:
            return "the loop is not there any more"
        return _refusal(Region((again,), text), again, replace(candidate, site=again), settings, tools)


def _refusal(
    region: Region, site: Site, candidate: Candidate, settings: Settings, tools: Tools
) -> str | None:
    try:
        _proof(region, site, candidate, settings, tools)
    except _Ended as ended:
        return ended.attempt.reason
    return None


@dataclass(frozen=True, slots=True)
class _Proved:
    problem: Problem
    outlined: Outlined
    proof: Proof


def _proof(region: Region, site: Site, candidate: Candidate, settings: Settings, tools: Tools) -> _Proved:
    """Prove under one command: the region alone first, then inside its whole function, where facts from before
    the region may help. Ends the candidate where neither is proved."""
    refusal = check_replacement(site, candidate.text)
    if refusal is not None:
        raise _Ended(Attempt(candidate, "replace", "not-allowed", _under(region, site, refusal, tools)))
    built, outlined = _problem(region, site, candidate, settings, tools, whole=False)
    proof = prove(tools.pool, built, tools.lowering, settings.limits, tools.record)
    if not outlined.widened and _context_may_help(proof.verdict):
        try:
            wide, around = _problem(region, site, candidate, settings, tools, whole=True)
        except _Ended:
            wide = around = None
        if wide is not None and around is not None:
            second = prove(tools.pool, wide, tools.lowering, settings.limits, tools.record)
            if not isinstance(second.verdict, Unknown):
                built, outlined, proof = wide, around, second
            elif isinstance(proof.verdict, Refuted):
                # The inputs that tell the versions apart may never reach the region.
                proof = replace(proof, verdict=_apart(proof.verdict, second.verdict))
    match proof.verdict:
        case Proved():
            return _Proved(built, outlined, proof)
        case Refuted(counterexample, reason):
            text = _under(region, site, f"refuted: {reason}", tools)
            raise _Ended(Attempt(candidate, "prove", "refuted", text, "refuted", counterexample))
        case Unknown(code, reason, _, needs):
            option = f" (pass {needs})" if needs else ""
            text = _under(region, site, f"not proved: {reason}{option}", tools)
            raise _Ended(Attempt(candidate, "prove", code, text, "unknown"))


def _apart(alone: Refuted, inside: Unknown) -> Unknown:
    reason = f"{inside.reason}; taken alone the loop differs: {alone.reason}"
    return replace(inside, reason=reason)


def _context_may_help(verdict: Verdict) -> bool:
    """Whether facts from before the region could turn this verdict; more code does not make a hard proof easier."""
    return isinstance(verdict, Refuted) or (isinstance(verdict, Unknown) and verdict.code not in _TOO_HARD)


def _problem(
    region: Region, site: Site, candidate: Candidate, settings: Settings, tools: Tools, whole: bool
) -> tuple[Problem, Outlined]:
    """Outline and lower; whatever the text does not survive ends the candidate."""
    place = tools.place(site)
    try:
        outlined = outline(site, candidate.text, whole=whole)
        for text in (outlined.before, outlined.after):
            difference = dependent(place, text, place.name, outlined.function)
            if difference is not None:
                raise _Ended(Attempt(candidate, "compile", "compiler-dependent", difference))
        built = problem(place, outlined.before, outlined.after, outlined.function, settings.assume)
    except UnsupportedFlag as error:
        reason = _under(region, site, str(error), tools)
        raise _Ended(Attempt(candidate, "compile", "unsupported-flag", reason)) from error
    except CompilerError as error:
        reason = _under(region, site, f"the rewrite does not compile: {error}", tools)
        raise _Ended(Attempt(candidate, "compile", "does-not-compile", reason)) from error
    except (Refused, Lost) as error:
        reason = _under(region, site, str(error), tools)
        raise _Ended(Attempt(candidate, "replace", "not-allowed", reason)) from error
    return built, outlined


def _under(region: Region, site: Site, reason: str, tools: Tools) -> str:
    """The reason, with the compile command where there are several."""
    if len(region.sites) == 1:
        return reason
    unit = site.unit
    return f"under `{' '.join((unit.compiler, *unit.args))}` in {unit.directory}: {reason}"


def _outcome(site: Site, attempts: Sequence[Attempt], asked: Sequence[Asked], seconds: float) -> Outcome:
    tokens = sum(one.tokens for one in asked)
    cost = sum(one.cost_usd for one in asked)
    if not attempts:
        said = next((one for one in reversed(asked) if one.reason), None)
        reason = said.reason if said else "no rule offers a rewrite"
        code = said.code if said else "nothing-proposed"
        return Outcome(site, "nothing proposed", reason, code, tokens=tokens, cost_usd=cost, seconds=seconds)
    accepted = attempts[-1].stage == "accepted"
    told = attempts[-1] if accepted else max(reversed(attempts), key=lambda one: _STAGES.index(one.stage))
    found = told.counterexample
    return Outcome(
        site=site,
        status="accepted" if accepted else "refused",
        reason=told.reason,
        reason_code=told.code,
        candidate=told.candidate,
        verdict=told.verdict,
        scope="unbounded" if told.verdict == "proved" else None,
        compilers=dict(told.compilers),
        counterexample=counterexample(found) if found else None,
        tokens=tokens,
        cost_usd=cost,
        seconds=seconds,
    )

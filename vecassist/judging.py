"""One candidate down the line: check - outline - lower - prove - splice - assembly - measure - decide."""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from compiler.errors import CompilerError, UnsupportedFlag
from vecassist.decide import SLOWER, Decision, decide
from vecassist.deliver.edits import Edit
from vecassist.evidence import Unmeasurable
from vecassist.line import Accepted, Attempt, Region, Settings, Tools
from vecassist.model import Candidate, CompilerOutcome, Needs, Outlined, Site, Span
from vecassist.needs import ahead
from vecassist.problems import dependent, problem
from vecassist.proving import Proof, prove
from vecassist.scan.region import Lost, parse_region
from vecassist.scan.sites import scan_text
from vecassist.splice import Refused, check_replacement, outline, splice
from vecassist.splice.layout import newline
from vecassist.splice.outline import function_start
from vecassist.store.identity import canonical
from vecassist.worker import WorkerFailed
from verify.problem import Limits, Problem
from verify.refute import refute
from verify.verdict import Proved, Refuted, Unknown, Verdict

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


@dataclass
class Earlier:
    """What earlier candidates of one region left. failed: by what they lower to; refuted: whether
    any of them was, so that running both versions comes before any proof."""

    failed: dict[str, Attempt] = field(default_factory=dict[str, Attempt])
    refuted: bool = False


def judge(
    region: Region, candidate: Candidate, settings: Settings, tools: Tools, earlier: Earlier | None = None
) -> tuple[Attempt, Accepted | None]:
    """Send a candidate down the line as far as it goes. Raises Mismatch where a proof turns out wrong."""
    known = Earlier() if earlier is None else earlier
    with tools.slots:
        try:
            through, attempt = _try(region, candidate, settings, tools, known)
            return attempt, through
        except _Ended as ended:
            known.refuted |= ended.attempt.code == "refuted"
            return ended.attempt, None


def _try(
    region: Region, candidate: Candidate, settings: Settings, tools: Tools, earlier: Earlier
) -> tuple[Accepted, Attempt]:
    if candidate.proposer == "rules":
        _foreseen(region, candidate, tools)
    proved = [_proof(region, site, candidate, settings, tools, earlier) for site in region.sites]
    try:
        return _measured(region, candidate, proved, settings, tools)
    except _Ended as ended:
        earlier.failed.setdefault(_lowered(region.site, proved[0].problem), ended.attempt)
        raise


def _foreseen(region: Region, candidate: Candidate, tools: Tools) -> None:
    """Ends a candidate that the unit's own compiler would leave scalar: rules offer many, and to compile one takes less
    than to prove it."""
    site = region.site
    if check_replacement(site, candidate.text, candidate.needs) is not None:
        return
    place = tools.place(site)
    try:
        spliced = splice(region.original, site, candidate.text, candidate.needs)
        made, why = tools.gauge.machine_code(place.user, place, site, spliced)
    except (CompilerError, Refused, Lost):
        return
    if not made.after:
        reason = f"{place.user.name} would still emit scalar code for it: {why}"
        raise _Ended(Attempt(candidate, "compile", "not-vectorized", reason))


def _measured(
    region: Region, candidate: Candidate, proved: Sequence[_Proved], settings: Settings, tools: Tools
) -> tuple[Accepted, Attempt]:
    spliced = splice(region.original, region.site, candidate.text, candidate.needs)
    above = _written_ahead(region.original, region.site, candidate.needs)
    if above is not None:
        spliced = spliced[: above.span.start] + above.new + spliced[above.span.start :]
    try:
        compilers, decision = _evidence(region.site, candidate, proved[0], spliced, above, settings, tools)
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
    return Accepted(region, candidate, proofs, compilers, spliced, above), attempt


def _evidence(
    site: Site,
    candidate: Candidate,
    proved: _Proved,
    spliced: bytes,
    above: Edit | None,
    settings: Settings,
    tools: Tools,
) -> tuple[dict[str, CompilerOutcome], Decision]:
    """What the command's own compiler makes of the rewrite, and only where that is good, what others do."""
    place, gauge = tools.place(site), tools.gauge
    own, moved = place.user, above.new.count(b"\n") if above else 0
    made, why = gauge.machine_code(own, place, site, spliced, moved)
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
            compilers[tool.name], _ = gauge.machine_code(tool, place, site, spliced, moved)
            # One of each kind is timed: what two versions of a compiler say differs little, and costs as much.
            if tool.kind not in timed:
                timed.add(tool.kind)
                gain = gauge.speedup(tool, request, site, proved.problem)
                if gain.ratio < 1 - SLOWER:
                    # Whether it is slower or was disturbed.
                    again = gauge.speedup(tool, request, site, proved.problem)
                    gain = max(gain, again, key=lambda one: one.ratio)
                compilers[tool.name] = replace(compilers[tool.name], speedup=gain)
        except (Unmeasurable, CompilerError):
            continue
    return compilers, decide(own.name, compilers, settings.floor)


def prove_in(text: bytes, site: Site, candidate: Candidate, settings: Settings, tools: Tools) -> str | None:
    """Prove a candidate once more where `text` stands in the place of the site's file, which is left alone.

    None where it is proved, else why not: the region is not there any more, or the proof fails.
    """
    with _standing(text, site) as again:
        if again is None:
            return "the loop is not there any more"
        return _refusal(Region((again,), text), again, replace(candidate, site=again), settings, tools)


def posed_in(
    text: bytes, site: Site, candidate: Candidate, settings: Settings, tools: Tools
) -> tuple[Problem, ...]:
    """The problems that a proof of a candidate may be about, where `text` stands in the place of the site's file: the
    region alone, and in its whole function."""
    found: list[Problem] = []
    with _standing(text, site) as again:
        if again is None or check_replacement(again, candidate.text, candidate.needs) is not None:
            return ()
        for whole in (False, True):
            with contextlib.suppress(_Ended):
                region, moved = Region((again,), text), replace(candidate, site=again)
                found.append(_problem(region, again, moved, settings, tools, whole)[0])
    return tuple(found)


@contextlib.contextmanager
def _standing(text: bytes, site: Site) -> Generator[Site | None]:
    """The site in a text that stands in the place of its file, None where it is not there any more."""
    unit = site.unit
    if text == (unit.directory / unit.path).read_bytes():
        yield site
        return
    home = (unit.directory / unit.path).resolve().parent
    with tempfile.TemporaryDirectory(prefix="vecassist-") as scratch:
        copy = Path(scratch).resolve() / unit.path.name
        copy.write_bytes(text)
        # What the file includes from its own folder is found there, as nothing else lies beside the copy.
        moved = replace(unit, path=copy, args=(*unit.args, "-iquote", str(home)))
        found = scan_text(moved, text.decode("latin-1")).sites
        same = [one for one in found if (one.function, one.text) == (site.function, site.text)]
        yield next((one for one in same if one.key == site.key), same[0] if len(same) == 1 else None)


def _refusal(
    region: Region, site: Site, candidate: Candidate, settings: Settings, tools: Tools
) -> str | None:
    try:
        _proof(region, site, candidate, settings, tools, Earlier())
    except _Ended as ended:
        return ended.attempt.reason
    return None


def _written_ahead(original: bytes, site: Site, needs: Needs) -> Edit | None:
    """What a candidate needs before its function, where that is."""
    text = ahead(needs, newline(original.decode("latin-1"))) if needs else ""
    start = function_start(parse_region(site)) if text else None
    return None if start is None else Edit(Span(start, start), text.encode("latin-1"))


@dataclass(frozen=True, slots=True)
class _Proved:
    problem: Problem
    outlined: Outlined
    proof: Proof


def _proof(
    region: Region, site: Site, candidate: Candidate, settings: Settings, tools: Tools, earlier: Earlier
) -> _Proved:
    """Prove under one command: the region alone first, then inside its whole function, where facts from before
    the region may help. Ends the candidate where neither is proved, or where one that lowers to the same has failed
    already."""
    refusal = check_replacement(site, candidate.text, candidate.needs)
    if refusal is not None:
        raise _Ended(Attempt(candidate, "replace", "not-allowed", _under(region, site, refusal, tools)))
    built, outlined = _problem(region, site, candidate, settings, tools, whole=False)
    lowered = _lowered(site, built)
    same = earlier.failed.get(lowered)
    if same is not None:
        reason = same.reason.removeprefix(SAME)
        raise _Ended(replace(same, candidate=candidate, reason=f"{SAME}{reason}"))
    try:
        return _decided(region, site, candidate, settings, tools, built, outlined, earlier.refuted)
    except _Ended as ended:
        earlier.failed[lowered] = ended.attempt
        raise


def _lowered(site: Site, built: Problem) -> str:
    """What a candidate lowers to, whatever its variables are called."""
    names: dict[str, str] = {}
    text = canonical(built.after.ir, built.function)
    plain = _LOCAL.sub(lambda found: names.setdefault(found[0], f"%{len(names)}"), text)
    return "\0".join((*site.unit.args, *built.after.promises, plain))


_LOCAL = re.compile(r"%(?:\"[^\"\n]*\"|[-\w.$]+)")
SAME = "the same code as an earlier candidate: "


def _decided(
    region: Region,
    site: Site,
    candidate: Candidate,
    settings: Settings,
    tools: Tools,
    built: Problem,
    outlined: Outlined,
    run_first: bool,
) -> _Proved:
    """run_first: another candidate was wrong, so this one is run on the inputs before a proof is tried."""
    found = _difference(tools, built, settings.limits) if run_first else None
    proof = found or prove(tools.pool, built, tools.lowering, settings.limits, tools.record)
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


def _difference(tools: Tools, built: Problem, limits: Limits) -> Proof | None:
    """A refutation by running both versions alone; None where they do not differ."""
    try:
        found: Refuted | None = tools.pool.call(refute, built, limits)
    except WorkerFailed:
        return None
    # A store that puts the old value back may be granted by an assumption: the prover says which.
    granted = found is not None and found.scene is not None and found.scene.difference == "store"
    return None if found is None or granted else Proof(found, 0.0, {})


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
        outlined = outline(site, candidate.text, whole=whole, needs=candidate.needs)
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

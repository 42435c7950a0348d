"""From a run to its report: every loop's machine code is looked at once more, with and without its rewrite."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from compiler.asm import vectorized_in
from compiler.errors import CompilerError
from compiler.listing import Instruction, Work
from compiler.remarks import Inspection, inspect, of_loop
from compiler.toolchain import Toolchain
from vecassist.deliver.diff import shown
from vecassist.model import CompilerOutcome, Outcome, Site
from vecassist.model import Speedup as Gain
from vecassist.pipeline import Accepted
from vecassist.pipeline import Attempt as Tried
from vecassist.propose.llm.protocol import Reply, Request
from vecassist.proving import counterexample
from vecassist.report import data
from vecassist.run import Run, place_of
from vecassist.splice import Refused, splice
from vecassist.survey import NO_REASON, Survey, lines_of
from vecassist.versions import own_version
from verify.verdict import Counterexample, Proved

AROUND = 3
"""Lines of the file that are shown on either side of a region."""
LONGEST_CODE = 600
"""Lines of machine code that one pane shows."""
_VECTOR = {Work.FLOAT, Work.INT, Work.LOGIC, Work.SHUFFLE, Work.MEMORY}


@dataclass
class Talks:
    """The exchanges with a model during a run, by loop."""

    _turns: dict[tuple[str, str], list[data.Turn]] = field(
        default_factory=lambda: defaultdict[tuple[str, str], list[data.Turn]](list)
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def hear(self, request: Request, reply: Reply) -> None:
        """One exchange; may be called from any thread."""
        said = tuple((message.role, message.content) for message in request.messages)
        tokens = reply.prompt_tokens, reply.completion_tokens
        turn = data.Turn(request.model, said, reply.text, *tokens, reply.cost_usd)
        with self._lock:
            self._turns[request.subject.site, request.subject.place].append(turn)

    def about(self, site: Site) -> tuple[data.Turn, ...]:
        """What was said about a loop, in order."""
        with self._lock:
            found = [
                turn
                for (key, place), turns in self._turns.items()
                if key == site.key and place == f"{site.file.name}:{site.function}"
                for turn in turns
            ]
        return tuple(found)


def report(
    run: Run,
    surveys: Sequence[Survey],
    compilers: Sequence[Toolchain],
    talks: Talks,
    root: Path,
    jobs: int,
    heat: Callable[[Site], float | None],
) -> data.Report:
    """The report of a run. Compiles each loop's file with and without the rewrite; reads nothing else anew. heat: a
    loop's share of the run time as measured, None where nobody measured it."""
    by_unit = {survey.unit: survey for survey in surveys}
    accepted = {place_of(one.region.site): one for one in run.accepted}

    def loop(outcome: Outcome) -> data.Loop:
        survey = by_unit[outcome.site.unit]
        place = place_of(outcome.site)
        tried = run.attempts.get(place, ())
        made = _loop(outcome, survey, compilers, tried, accepted.get(place), talks, root)
        return replace(made, heat=heat(outcome.site) if outcome.site.text else None)

    with ThreadPoolExecutor(jobs) as executor:
        loops = tuple(executor.map(loop, run.outcomes))
    tools = {survey.user.version for survey in surveys} | {tool.version for tool in compilers}
    return data.Report(root.resolve().name, own_version(), tuple(sorted(tools)), loops)


def _loop(
    outcome: Outcome,
    survey: Survey,
    compilers: Sequence[Toolchain],
    tried: Sequence[Tried],
    accepted: Accepted | None,
    talks: Talks,
    root: Path,
) -> data.Loop:
    site, original = outcome.site, survey.original
    chosen = next((n for n, one in enumerate(tried) if one.candidate is outcome.candidate), -1)
    spliced = _spliced(site, original, tried[chosen] if chosen >= 0 else None, accepted)
    first, last = lines_of(site)
    end = last + (spliced.count(b"\n") - original.count(b"\n") if spliced is not None else 0)
    seen: tuple[data.Compiler, ...] = ()
    if site.text:
        tools = (survey.user, *(tool for tool in compilers if tool.name != survey.user.name))
        looked = (_compiler(tool, site, spliced, end, outcome.compilers) for tool in tools)
        seen = tuple(one for one in looked if one is not None)
    return data.Loop(
        file=shown(site.file, root),
        function=site.function,
        line=site.line,
        status=outcome.status,
        reason=outcome.reason,
        code=outcome.reason_code,
        heat=None,
        seconds=round(outcome.seconds, 3),
        tokens=outcome.tokens,
        cost_usd=outcome.cost_usd,
        before=_lines(original, first, last),
        after=() if spliced is None else _lines(spliced, first, end),
        shown=chosen if spliced is not None else -1,
        compilers=seen,
        proofs=tuple(_proof(accepted)) if accepted is not None else (),
        attempts=tuple(_attempt(one) for one in tried),
        turns=talks.about(site) if site.text else (),
    )


def _spliced(site: Site, original: bytes, tried: Tried | None, accepted: Accepted | None) -> bytes | None:
    if accepted is not None:
        return accepted.spliced
    if tried is None:
        return None
    try:
        return splice(original, site, tried.candidate.text)
    except Refused:
        return None


def _lines(text: bytes, first: int, last: int) -> tuple[data.Line, ...]:
    lines = text.decode("utf-8", "replace").removesuffix("\n").split("\n")
    start, stop = max(1, first - AROUND), min(len(lines), last + AROUND)
    return tuple(
        data.Line(number, lines[number - 1].rstrip("\r"), first <= number <= last)
        for number in range(start, stop + 1)
    )


def _compiler(
    tool: Toolchain, site: Site, spliced: bytes | None, end: int, made: Mapping[str, CompilerOutcome]
) -> data.Compiler | None:
    first, last = lines_of(site)
    try:
        before = _seen(_inspect(tool, site, None), site, (first, last))
    except CompilerError:
        # Its flags or language are for the unit's own compiler alone.
        return None
    after: data.Seen | None = None
    if spliced is not None:
        try:
            after = _seen(_inspect(tool, site, spliced), site, (first, end))
        except CompilerError as error:
            after = data.Seen(False, str(error), ())
    outcome = made.get(tool.name)
    gain = outcome.speedup if outcome is not None else None
    points = tuple(data.Point(*one) for one in gain.spread) if gain is not None else ()
    return data.Compiler(tool.name, before, after, _headline(gain), points)


def _headline(gain: Gain | None) -> data.Point | None:
    return None if gain is None else data.Point(gain.size, gain.ratio, gain.low, gain.high)


def _inspect(tool: Toolchain, site: Site, text: bytes | None) -> Inspection:
    unit = site.unit
    return inspect(tool, unit.path, unit.directory, unit.args, text)


def _seen(inspection: Inspection, site: Site, lines: tuple[int, int]) -> data.Seen:
    vectorized = vectorized_in(inspection, site.function, lines)
    remark = of_loop(inspection.remarks, *lines)
    reason = "" if vectorized else (remark.reason if remark is not None else "") or NO_REASON
    code = _stretch(inspection, site.function, lines)
    return data.Seen(vectorized, reason, code[:LONGEST_CODE], max(0, len(code) - LONGEST_CODE))


def _stretch(inspection: Inspection, function: str, lines: tuple[int, int]) -> tuple[data.Code, ...]:
    """The machine code from the first to the last instruction of the region, in every clone that has any."""
    first, last = lines
    found: list[data.Code] = []
    for body in inspection.listing.bodies(function):
        places = [n for n, one in enumerate(body) if not one.label and first <= one.line <= last]
        if places:
            found += _code(body, places[0], places[-1], lines)
    return tuple(found)


def _code(body: Sequence[Instruction], start: int, stop: int, lines: tuple[int, int]) -> list[data.Code]:
    while start > 0 and body[start - 1].label:
        start -= 1
    targets = {one.jump for one in body if one.jump}
    kept = [one for one in body[start : stop + 1] if not one.label or one.label in targets]
    return [
        data.Code(
            f"{one.label}:" if one.label else one.text.replace("\t", " "),
            one.line if lines[0] <= one.line <= lines[1] and not one.label else 0,
            bool(one.label),
            one.work in _VECTOR,
        )
        for one in kept
    ]


def _proof(accepted: Accepted) -> list[data.Proof]:
    found: list[data.Proof] = []
    for site, proof in accepted.proofs:
        verdict = proof.verdict
        assert isinstance(verdict, Proved)
        unit = site.unit
        command = " ".join((unit.compiler, *unit.args))
        certificate = json.dumps(verdict.certificate, indent=1, default=str)
        versions = tuple(sorted(proof.versions.items()))
        found.append(data.Proof(command, verdict.strategy, verdict.assumptions, certificate, versions))
    return found


def _attempt(tried: Tried) -> data.Attempt:
    candidate = tried.candidate
    return data.Attempt(
        candidate.proposer,
        candidate.rule,
        candidate.note,
        tried.stage,
        tried.reason,
        tried.code,
        tried.verdict or "",
        candidate.text.encode("latin-1", "replace").decode("utf-8", "replace"),
        _rows(tried.counterexample),
    )


def _rows(found: Counterexample | None) -> tuple[data.Row, ...]:
    if found is None:
        return ()
    plain = counterexample(found)
    sides = [plain[name] for name in ("inputs", "before", "after")]
    given, before, after = (dict[str, object](one) if isinstance(one, dict) else {} for one in sides)
    names = dict.fromkeys((*given, *before, *after))
    return tuple(
        data.Row(name, *(str(side[name]) if name in side else "" for side in (given, before, after)))
        for name in names
    )

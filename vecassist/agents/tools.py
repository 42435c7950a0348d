"""What an agent can ask: plain functions from plain values to plain values, for files below one folder.

All of them raise UserError for what a caller can mend.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vecassist.errors import UserError
from vecassist.model import Candidate, Site
from vecassist.units import Request, Selection, select

SECONDS = 60.0
"""For one proof."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where questions are answered. root: files outside of it are not looked at."""

    root: Path
    seconds: float = field(default=SECONDS)

    def file(self, name: str) -> Path:
        """A C file below the root."""
        path = (self.root / name).resolve()
        if not path.is_relative_to(self.root):
            raise UserError(f"{name}: outside {self.root}; name a file below it")
        if not path.is_file():
            raise UserError(f"{name}: no such file below {self.root}; check the spelling")
        return path


def scan_loops(desk: Desk, files: Sequence[str], flags: Sequence[str] | None) -> dict[str, object]:
    """The loops of C files, what compilers say of each, and the rules that may help."""
    from vecassist.survey import compilers_in_use, survey_all

    if not files:
        raise UserError("no file was named")
    selection = _selection(desk, files, flags)
    surveys = survey_all(selection.units, compilers_in_use(), 1, lambda event: None)
    rows = [_loop(site, desk.root) for survey in surveys for site in survey.scan.sites]
    skipped: list[dict[str, object]] = [
        {
            "file": _name(survey.file, desk.root),
            "line": skip.line,
            "function": skip.function,
            "why": skip.reason,
        }
        for survey in surveys
        for skip in survey.scan.skipped
    ]
    return {"loops": rows, "skipped": skipped, "notes": list(selection.notes)}


def verify_rewrite(
    desk: Desk,
    file: str,
    function: str,
    after: str,
    before: str | None,
    flags: Sequence[str] | None,
    assume: Sequence[str],
) -> dict[str, object]:
    """The prover's verdict on a function in two texts of a file, as `verify --output-format json` prints it."""
    from vecassist.cli.pairs import Pair
    from vecassist.cli.verify import decide, granted_to, place_of, verdict_json
    from vecassist.worker import WorkerLimits, WorkerPool

    start = time.monotonic()
    path = desk.file(file)
    if not function.strip():
        raise UserError("no function was named")
    unit = _selection(desk, [file], flags).units[0]
    first = path.read_bytes().decode("latin-1") if before is None else _bytes(before)
    pair = Pair(path, path, (first, _bytes(after)), function, unit.directory, unit.args, unit.compiler)
    place = place_of(pair, None, None)
    with WorkerPool(1, WorkerLimits(seconds=desk.seconds)) as pool:
        verdict, versions = decide(pool, place, pair, granted_to(pair, tuple(assume), place))
    return verdict_json(verdict, time.monotonic() - start, versions)


def measure_rewrite(
    desk: Desk, file: str, line: int, replacement: str, flags: Sequence[str] | None, assume: Sequence[str]
) -> dict[str, object]:
    """Whether the loop that begins on a line may be replaced: proved, then vectorized, then measured. It is measured
    only where it is proved."""
    from vecassist.cli.summary import row
    from vecassist.compilers import lowering
    from vecassist.config import load
    from vecassist.evidence import Gauge, Mismatch
    from vecassist.pipeline import Asked, Judge, Region, Settings, optimize_region, tools
    from vecassist.run import regions
    from vecassist.survey import compilers_in_use, survey_all
    from vecassist.worker import WorkerLimits, WorkerPool

    path = desk.file(file)
    selection = _selection(desk, [file], flags)
    compilers = compilers_in_use()
    surveys = survey_all(selection.units, compilers, 1, lambda event: None)
    found = [one for one in regions(surveys) if one.site.file.resolve() == path]
    region = next((one for one in found if one.site.line == line), None)
    if region is None:
        lines = ", ".join(str(one.site.line) for one in found) or "none"
        raise UserError(f"{file}:{line}: no loop nest begins there; they begin on lines {lines}")
    text = _bytes(replacement)

    def propose(asked: Region, judge: Judge) -> Asked:
        judge(Candidate(asked.site, text, "agent", "", ""))
        return Asked()

    config = load(desk.root)
    settings = Settings(tuple(assume), config.min_speedup - 1, near=False)
    with WorkerPool(1, WorkerLimits(seconds=desk.seconds)) as pool:
        line_of = tools(lowering(config.clang), pool, Gauge(compilers, pool))
        try:
            result = optimize_region(region, [propose], settings, line_of)
        except Mismatch as alarm:
            raise UserError(
                f"{file}:{line}: proved, but it computes something else when it runs ({alarm.reason}): "
                "a fault of the prover; do not use this rewrite"
            ) from alarm
    return row(result.outcome, result.attempts) | {"file": file}


def explain_reason(code: str) -> dict[str, object]:
    """What a reason code of a verdict or the id of a rule means, and what helps."""
    from vecassist.propose.rules.catalog import entries
    from verify.reasons import explain, reasons

    known = explain(code.strip())
    if known is not None:
        return {"code": known.code, "meaning": known.meaning, "help": known.help}
    rule = next((one for one in entries() if one.id == code.strip().upper()), None)
    if rule is None:
        raise UserError(f"{code}: no such code; codes are {', '.join(reasons())}, and the ids of rules")
    return {"code": rule.id, "meaning": rule.title, "help": rule.documented, "pays": rule.pays}


def _selection(desk: Desk, files: Sequence[str], flags: Sequence[str] | None) -> Selection:
    from vecassist.compilers import check_flags

    given = None if flags is None else tuple(flags)
    check_flags(given)
    return select(Request(tuple(desk.file(name) for name in files), None, given))


def _bytes(text: str) -> str:
    """A text as the line has it: one character a byte."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _name(path: Path, root: Path) -> str:
    resolved = path.resolve()
    return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else str(resolved)


def _loop(site: Site, root: Path) -> dict[str, object]:
    from vecassist.cli.scan import rules_for

    return {
        "file": _name(site.file, root),
        "function": site.function,
        "line": site.line,
        "end_line": site.line + site.text.count("\n"),
        "depth": site.depth,
        "trip_count": site.trip,
        "text": site.text.encode("latin-1").decode("utf-8", "replace"),
        "vectorized": any(view.vectorized for view in site.views),
        "compilers": {view.compiler: view.reason or "vectorized" for view in site.views},
        "rules": list(rules_for(site)),
    }

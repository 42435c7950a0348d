"""A report as one folder of pages: no network, no other file, every text escaped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from vecassist.figures import span
from vecassist.report import rows
from vecassist.report.data import Code, Compiler, Loop, Report, to_json
from vecassist.report.plot import plot

RUN = "run.json"
_STATIC = ("report.css", "report.js")
_ORDER = ("accepted", "refused", "nothing proposed", "already vectorized", "skipped")


@dataclass(frozen=True, slots=True)
class Entry:
    """A loop in the index. bar: what it gains as a share of the largest gain, in percent."""

    loop: Loop
    page: str
    rule: str
    bar: float


@dataclass(frozen=True, slots=True)
class Pane:
    """One side of a loop under one compiler."""

    title: str
    side: str
    vectorized: bool
    reason: str
    cut: int
    code: tuple[tuple[Code, int], ...]


def pages(report: Report) -> dict[str, bytes]:
    """Name to contents of every file of the folder, the run itself among them."""
    entries = ranked(report)
    environment = _environment()
    made: dict[str, bytes] = {RUN: to_json(report).encode()}
    for name in _STATIC:
        made[name] = files("vecassist.report").joinpath("templates", name).read_bytes()
    counts = Counter(loop.status for loop in report.loops)
    index = environment.get_template("index.html")
    made["index.html"] = _bytes(
        index.render(
            report=report,
            entries=entries,
            counts=[(status, counts[status]) for status in _ORDER if counts[status]],
            measured=any(loop.heat is not None for loop in report.loops),
            tokens=sum(loop.tokens for loop in report.loops),
            cost=sum(loop.cost_usd for loop in report.loops),
        )
    )
    template = environment.get_template("loop.html")
    for number, entry in enumerate(entries):
        near = (
            entries[number - 1] if number else None,
            entries[number + 1] if number + 1 < len(entries) else None,
        )
        made[entry.page] = _bytes(
            template.render(report=report, entry=entry, near=near, **_parts(entry.loop))
        )
    return made


def ranked(report: Report) -> tuple[Entry, ...]:
    """The loops by measured heat, then by what a rewrite gains, then by how far they came."""
    most = max((loop.gain.ratio for loop in report.loops if loop.gain is not None), default=1.0)

    def key(item: tuple[int, Loop]) -> tuple[float, int, float, int]:
        number, loop = item
        status = _ORDER.index(loop.status) if loop.status in _ORDER else len(_ORDER)
        return -(loop.heat or 0.0), status, -(loop.gain.ratio if loop.gain else 0.0), number

    return tuple(
        Entry(
            loop,
            f"loop-{number + 1}-{re.sub(r'[^A-Za-z0-9_]', '_', loop.function)[:60]}.html",
            _rule(loop),
            _bar(loop, most),
        )
        for number, loop in sorted(enumerate(report.loops), key=key)
    )


def _bar(loop: Loop, most: float) -> float:
    if loop.gain is None or most <= 1:
        return 0.0
    return round(100 * max(0.0, loop.gain.ratio - 1) / (most - 1), 1)


def _rule(loop: Loop) -> str:
    if loop.shown < 0 or loop.shown >= len(loop.attempts):
        return ""
    attempt = loop.attempts[loop.shown]
    return attempt.rule if attempt.proposer == "rules" else f"{attempt.proposer}: {attempt.rule}"


def _parts(loop: Loop) -> dict[str, object]:
    linked = _linked(loop.compilers, "before"), _linked(loop.compilers, "after")
    before, after = (
        rows.sides(loop.before, loop.after, linked)
        if loop.after
        else (rows.alone(loop.before, linked[0]), ())
    )
    tints = {"before": rows.tints(before), "after": rows.tints(after)}
    refused = [
        one for number, one in enumerate(loop.attempts) if number != loop.shown or one.stage != "accepted"
    ]
    return {
        "before": before,
        "after": after,
        "compilers": [(one, _panes(one, tints)) for one in loop.compilers],
        "plot": plot(loop.compilers),
        "refused": refused,
        "assumptions": sorted({name for proof in loop.proofs for name in proof.assumptions}),
    }


def _linked(compilers: Sequence[Compiler], side: str) -> frozenset[int]:
    seen = (getattr(one, side) for one in compilers)
    return frozenset(code.line for one in seen if one is not None for code in one.code if code.line)


def _panes(one: Compiler, tints: Mapping[str, Mapping[int, int]]) -> list[Pane]:
    panes: list[Pane] = []
    for side, seen in (("before", one.before), ("after", one.after)):
        if seen is not None:
            code = tuple((line, tints[side].get(line.line, -1)) for line in seen.code)
            panes.append(Pane(side.capitalize(), side, seen.vectorized, seen.reason, seen.cut, code))
    return panes


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("vecassist.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    known: dict[str, Any] = {"interval": span}
    made.globals.update(known)
    return made


def _bytes(text: str) -> bytes:
    # A lone surrogate stands for a byte that is no text; it has no form in UTF-8.
    return text.encode("utf-8", "replace")

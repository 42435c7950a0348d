"""Samples of perf: `perf script`, and `perf report --stdio`."""

from __future__ import annotations

import re
from collections import Counter

from vecassist.profile.weights import Malformed, Weights

SAMPLE = re.compile(
    r"^\s*\S.*?(?:\s+\d+(?:/\d+)?)?(?:\s+\[\d+\])?(?:\s+\d+\.\d+:)?\s+(?:(?P<period>\d+)\s+)?"
    r"(?P<event>[\w./=,-]*(?:cycles|clock|instructions|samples|misses|references|branches|ref|task)[\w./=,-]*"
    r"(?::[a-zA-Z]*)?):(?=\s|$)(?P<rest>.*)$"
)
"""The first line of a sample: command, process, time, period, event, and the frame where there is no call chain."""

_FRAME = re.compile(r"^\s*(?P<ip>[0-9a-f]{4,16})\s+(?P<symbol>\S.*?)(?:\+0x[0-9a-f]+)?(?:\s+\([^()]*\))*\s*$")
_INLINED = re.compile(r"^\s*(?P<symbol>\S+) \(inlined\)\s*$")
_PLACE = re.compile(r"^\s*(?P<file>[^\s:][^:]*):(?P<line>\d+)(?: \(discriminator \d+\))?\s*$")
_ROW = re.compile(r"^\s+(?P<first>\d+\.\d+)%(?:\s+(?P<second>\d+\.\d+)%)?\s+(?P<rest>\S.*)$")
_ROW_PLACE = re.compile(r"(?P<file>[^\s:]+\.[A-Za-z]\w*):(?P<line>\d+)(?=\s|$)")
_ROW_SYMBOL = re.compile(r"\[[.kguH]\]\s+(?P<symbol>\S+)")


def read_script(name: str, text: str) -> Weights:
    """Samples by line where `srcline` was among the fields, else by function. Of a call chain the innermost frame
    counts. Raises Malformed."""
    lines: Counter[tuple[str, int]] = Counter()
    functions: Counter[str] = Counter()
    total = 0
    weight = 0
    symbol: str | None = None
    placed = True

    def settle() -> None:
        if not placed:
            functions[symbol or "[unknown]"] += weight

    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        sample = SAMPLE.match(line)
        if sample is not None:
            settle()
            weight = int(sample["period"] or 1)
            total += weight
            symbol, placed = None, False
            rest = sample["rest"]
            if rest.strip():
                frame = _FRAME.match(rest)
                symbol = frame["symbol"] if frame is not None else None
        elif (place := _PLACE.match(line)) is not None:
            if not placed:
                lines[place["file"], int(place["line"])] += weight
                placed = True
        elif (frame := _INLINED.match(line) or _FRAME.match(line)) is not None:
            if total == 0:
                raise Malformed(name, number, "a frame before any sample; the profile is cut at its start")
            if symbol is None:
                symbol = frame["symbol"]
            elif not placed:
                # The caller's line must not be taken for that of a leaf whose own is unknown.
                settle()
                placed = True
        elif not line[0].isspace() and total == 0:
            raise Malformed(name, number, f"{line[:40]!r} is no sample of perf script; write it anew")
    settle()
    return Weights("perf", "samples", dict(lines), float(total), dict(functions))


def read_report(name: str, text: str) -> Weights:
    """Percents of a report, its own ("Self") where children are told too; call chains below a row are passed over.

    A report without sort key srcline has functions alone. Raises Malformed.
    """
    lines: Counter[tuple[str, int]] = Counter()
    functions: Counter[str] = Counter()
    total = 0.0
    seen = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("#") or not line.strip():
            seen = seen or "Overhead" in line or line.startswith("# Children")
            continue
        row = _ROW.match(line)
        if row is None:
            if line.lstrip()[0] in "|-" or line.startswith("   "):
                continue
            raise Malformed(name, number, f"{line[:40]!r} is no row of perf report --stdio; write it anew")
        percent = float(row["second"] or row["first"])
        total += percent
        place = _ROW_PLACE.search(row["rest"])
        symbol = _ROW_SYMBOL.search(row["rest"])
        if place is not None:
            lines[place["file"], int(place["line"])] += percent  # pyright: ignore[reportArgumentType]
        elif symbol is not None:
            functions[symbol["symbol"]] += percent  # pyright: ignore[reportArgumentType]
    if not seen:
        raise Malformed(name, 1, "no column headers; write the report with perf report --stdio")
    return Weights("perf", "percent", dict(lines), total, dict(functions))

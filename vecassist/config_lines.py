"""Which line of a TOML file sets a key: the standard parser does not say."""

from __future__ import annotations

import re

_TABLE = re.compile(r"[ \t]*\[{1,2}[ \t]*([^\]\[#]+?)[ \t]*\]{1,2}[ \t]*(?:#.*)?$")
_ENTRY = re.compile(
    r"""[ \t]*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:[ \t]*\.[ \t]*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)[ \t]*="""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


def line_of(text: str, name: str) -> int:
    """The 1-based line of the dotted key, or of the closest table around it, or 1. text: valid TOML."""
    wanted = tuple(name.split("."))
    best, depth = 1, 0
    table: tuple[str, ...] = ()
    closing = ""
    for number, line in enumerate(text.split("\n"), 1):
        if closing:
            closing = "" if closing in line else closing
            continue
        here: tuple[str, ...] | None = None
        if match := _TABLE.match(line):
            here = table = _parts(match[1])
        elif match := _ENTRY.match(line):
            here = (*table, *_parts(match[1]))
            closing = _opened(line[match.end() :])
        if here is not None and here[: len(wanted)] == wanted:
            return number
        if here is not None and here == wanted[: len(here)] and len(here) > depth:
            best, depth = number, len(here)
    return best


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _opened(value: str) -> str:
    """The mark that ends a multi-line string which starts in a value, "" if none does."""
    for mark in ('"""', "'''"):
        if value.count(mark) % 2:
            return mark
    return ""

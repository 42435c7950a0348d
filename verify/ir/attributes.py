"""Attributes, as they stand on parameters, returns, calls and functions."""

from __future__ import annotations

from collections.abc import Iterable

from verify.ir.constants import EXPR_OPS, VALUE_WORDS, Names, is_type_start
from verify.ir.tokens import Cursor, words

_NUMBERED = frozenset(("align", "alignstack", "cc"))
_OF_SYMBOL = words(
    "dso_local dso_preemptable default hidden protected dllimport dllexport ccc fastcc coldcc tailcc "
    "preserve_mostcc preserve_allcc"
)
_WITH_STRING = frozenset(("section", "partition", "gc"))


def take_attribute(c: Cursor) -> str:
    """Take one attribute: a keyword with its argument, or a string with its value."""
    start = c.pos
    token = c.next()
    if token.startswith('"'):
        if c.accept("="):
            c.next()
    elif c.peek == "(":
        c.skip_balanced()
    elif token in _NUMBERED:
        c.number()
    elif token in _WITH_STRING:
        c.next()
    return c.between(start, c.pos)


def _is_word(token: str) -> bool:
    return token[:1].isalpha() or token[:1] in ('"', "_")


def take_attributes(c: Cursor) -> frozenset[str]:
    """Take the attributes between a type and its value (or `,` or `)`)."""
    found: list[str] = []
    while _is_word(c.peek) and c.peek not in VALUE_WORDS and c.peek not in EXPR_OPS:
        if c.peek.startswith('c"'):
            break
        found.append(take_attribute(c))
    return frozenset(found)


def take_return_attributes(c: Cursor) -> list[str]:
    """Take what stands in front of a result type: linkage, calling convention, attributes of the result."""
    found: list[str] = []
    while not is_type_start(c.peek):
        found.append(take_attribute(c))
    return found


def of_result(lead: Iterable[str]) -> frozenset[str]:
    """What `take_return_attributes` found, "ret " put in front of what concerns the result."""
    return frozenset(a if a in _OF_SYMBOL or a.startswith("cc ") else f"ret {a}" for a in lead)


def take_function_attributes(c: Cursor, names: Names) -> frozenset[str]:
    """Take what follows a parameter or argument list, up to punctuation or the end; groups expanded."""
    found: set[str] = set()
    while c.peek and (c.peek[0] == "#" or _is_word(c.peek)):
        if c.peek[0] == "#":
            found |= group(c.next(), names)
        else:
            found.add(take_attribute(c))
    return frozenset(found)


def group(token: str, names: Names) -> frozenset[str]:
    """The attributes of group `#N`."""
    known = names.group_sets.get(token)
    if known is None:
        c = Cursor(names.groups.get(token, ""))
        found: list[str] = []
        while c.peek:
            start = c.pos
            if c.tokens[start] in _NUMBERED and c.look(1) == "=":
                c.pos += 3
                found.append(f"{c.tokens[start]} {c.tokens[start + 2]}")
            else:
                found.append(take_attribute(c))
        known = frozenset(found)
        names.group_sets[token] = known
    return known

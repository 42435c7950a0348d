"""Near misses: a rewrite that is right only under a condition which run-time code can test, or next to a right one.

    R  -->  if (CONDITION) R else ORIGINAL        no overlap, n >= k, n % k == 0, n > 0, n == 1
    R  -->  R with one number, or one `<` of a loop, changed by one

Each is a candidate like any other: nothing here knows whether it is right. The counterexample that refuted R says which
conditions can help at all: those that it does not meet.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from vecassist.errors import UserError
from vecassist.model import Candidate, Site
from vecassist.scan.lexer import Token, matching, tokenize

MOST = 16
"""At most this many for one candidate."""
_FEW = 3
"""At most this many where there is no counterexample, so that each costs a proof."""
_LARGEST = 4096
_NEXT = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "!=": "<"}


def salvaged(site: Site, candidate: Candidate, inputs: Mapping[str, str] | None) -> Iterator[Candidate]:
    """Candidates near `candidate`, which failed, the weakest conditions first. inputs: by name, those on which it
    differs; None where it is only not proved."""
    made = 0
    seen = {candidate.text, site.text}
    for text, what in _variants(site, candidate.text, inputs):
        if text in seen:
            continue
        seen.add(text)
        note = f"{candidate.note}; {what}" if candidate.note else what
        yield replace(candidate, text=text, note=note)
        made += 1
        if made >= (_FEW if inputs is None else MOST):
            return


def _variants(site: Site, text: str, inputs: Mapping[str, str] | None) -> Iterator[tuple[str, str]]:
    apart = _apart(site)
    conditions = [] if inputs is None else list(_conditions(site, text, inputs))
    overlapping = apart is not None and (inputs is None or any(_is_place(value) for value in inputs.values()))
    if apart is not None and overlapping:
        yield _guarded(site, text, apart)
    if inputs is not None:
        yield from _other_bounds(text)
    for condition in conditions[:4]:
        yield _guarded(site, text, condition)
    if apart is not None:
        for condition in conditions[:2]:
            yield _guarded(site, text, f"{apart} && {condition}")
    if inputs is not None:
        yield from _other_numbers(text)


def _guarded(site: Site, text: str, condition: str) -> tuple[str, str]:
    first, newline, rest = site.text.partition("\n")
    original = textwrap.indent(first + newline + textwrap.dedent(rest), "    ")
    inner = text if text.lstrip().startswith("{") else "{\n" + textwrap.indent(text, "    ") + "\n}"
    return f"if ({condition}) {inner} else {{\n{original}\n}}", f"only where {condition}"


def _apart(site: Site) -> str | None:
    """The condition under which the loop's pointers do not overlap, None where there is none to write down."""
    from pycparser import c_ast

    from vecassist.propose.macros import spelling
    from vecassist.propose.rules.version import versioned
    from vecassist.propose.view import region_nest
    from vecassist.scan.region import Lost, parse_region
    from verify.verdict import Unsupported

    try:
        nest = region_nest(parse_region(site))
        found = versioned(nest, nest.root)
    except (UserError, Lost, Unsupported):
        return None
    return spelling(found.cond) if isinstance(found, c_ast.If) else None


def _is_place(value: str) -> bool:
    """Whether a value of a counterexample is a place near another pointer's: "a + 1"."""
    return bool(re.match(r"[A-Za-z_(]", value))


def _conditions(site: Site, text: str, inputs: Mapping[str, str]) -> Iterator[str]:
    """Conditions on integers that the counterexample does not meet."""
    used = {token.text for token in tokenize(site.text) if token.kind == "id"}
    values = {
        name: int(value)
        for name, value in inputs.items()
        if name in used and re.fullmatch(r"-?\d{1,18}", value)
    }
    kept = {token.text for token in tokenize(text) if token.kind == "id"}
    old = _numbers(site.text)
    steps = sorted((n for n in _numbers(text) - old if 2 <= n <= _LARGEST), reverse=True)
    for name, value in values.items():
        if value <= 0 and name in kept:
            yield f"{name} > 0"
        yield from (f"{name} >= {step}" for step in steps if value < step)
        yield from (f"{name} % {step} == 0" for step in steps if value % step)
        # A factor that the rewrite has left out.
        if value != 1 and name not in kept:
            yield f"{name} == 1"


def _numbers(text: str) -> set[int]:
    return {value for token in tokenize(text) if (value := _number(token)) is not None}


def _number(token: Token) -> int | None:
    return int(token.text) if token.kind == "num" and re.fullmatch(r"0|[1-9]\d{0,8}", token.text) else None


def _other_bounds(text: str) -> Iterator[tuple[str, str]]:
    """The text with the bound or the start of a loop off by one."""
    tokens = tokenize(text)
    headers = _headers(tokens)
    for token in (tokens[n] for n in headers if tokens[n].text in _NEXT):
        yield _with(text, token, _NEXT[token.text])
    yield from _open_bounds(text, tokens, headers)


def _other_numbers(text: str) -> Iterator[tuple[str, str]]:
    """The text with a number off by one, those that are not 0 first."""
    found = [(token, value) for token in tokenize(text) if (value := _number(token)) is not None]
    for token, value in sorted(found, key=lambda item: item[1] == 0):
        if value <= _LARGEST:
            yield _with(text, token, str(value + 1))
            if value > 0:
                yield _with(text, token, str(value - 1))


def _open_bounds(text: str, tokens: Sequence[Token], headers: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Bounds and starts of loops that have no number to change."""
    for place in headers:
        if tokens[place].text in ("=", *_NEXT) and place + 1 < len(tokens):
            end = place + 1
            while end + 1 < len(tokens) and tokens[end + 1].text not in (";", ",", ")"):
                end += 1
            was = text[tokens[place + 1].start : tokens[end].end]
            numbered = any(_number(tokens[n]) is not None for n in range(place + 1, end + 1))
            if not numbered:
                for sign in ("-", "+"):
                    made = text[: tokens[end].end] + f" {sign} 1" + text[tokens[end].end :]
                    yield made, f"{was} became {was} {sign} 1"


def _headers(tokens: Sequence[Token]) -> list[int]:
    """Positions inside the parentheses of `for`."""
    found: list[int] = []
    for place, token in enumerate(tokens[:-1]):
        if token.text == "for" and tokens[place + 1].text == "(":
            end = matching(tokens, place + 1)
            found += range(place + 2, place + 1 if end is None else end)
    return found


def _with(text: str, token: Token, new: str) -> tuple[str, str]:
    around = text[max(0, token.start - 12) : token.start] + new + text[token.end : token.end + 12]
    return text[: token.start] + new + text[
        token.end :
    ], f"{' '.join(around.split())} instead of {token.text}"

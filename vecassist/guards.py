"""Conditions on the arguments of a function as part of its text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vecassist.errors import UserError
from vecassist.scan.lexer import matching, tokenize


@dataclass(frozen=True, slots=True)
class Condition:
    """A C condition that a caller grants. text: as granted; test: the same without pointers and names of <stdint.h>."""

    text: str
    test: str


def guarded(text: str, function: str, conditions: Sequence[Condition]) -> str:
    """The text with a test of each condition at the start of the function that makes other inputs undefined.

    Nothing moves to another line. Raises UserError where the function's body is not found.
    """
    if not conditions:
        return text
    tests = "".join(f" if (!({one.test})) __builtin_unreachable();" for one in conditions)
    tokens = tokenize(text)
    places: list[int] = []
    for index, token in enumerate(tokens[:-1]):
        if token.text != function or tokens[index + 1].text != "(":
            continue
        at = matching(tokens, index + 1)
        while (
            at is not None
            and at + 1 < len(tokens)
            and tokens[at + 1].text in ("__attribute__", "__attribute")
        ):
            at = matching(tokens, at + 2)
        if at is not None and at + 1 < len(tokens) and tokens[at + 1].text == "{":
            places.append(tokens[at + 1].end)
    if not places:
        raise UserError(
            f"--assume {conditions[0].text!r}: the body of {function} is not found; is it made by a macro?"
        )
    for place in reversed(places):
        text = text[:place] + tests + text[place:]
    return text

"""C text as tokens: enough to find statements, functions and declarations in text that may be anything at
all.

Nothing here decides whether text is valid C; the compiler does that. All scans are linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

_TOKEN = re.compile(
    r"""
      (?P<comment>/\*(?:.*?\*/|.*)|//(?:\\\n|[^\n])*)
    | (?P<directive>^[ \t]*\#(?:\\\n|[^\n])*)
    | (?P<word>[A-Za-z_$][A-Za-z0-9_$]*)
    | (?P<literal>"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)
    | (?P<number>\.?\d(?:[eEpP][+-]|[A-Za-z0-9_.])*)
    | (?P<sign>->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||\.\.\.|[-+*/%&|^]=|[^\sA-Za-z0-9_$])
    """,
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_WITH_HEADER = {"if", "for", "while", "switch"}
_NOT_A_FUNCTION = _WITH_HEADER | {"do", "else", "return", "sizeof", "case", "defined", "__attribute__"}
_DEEPEST = 100


class BadText(Exception):
    """The text cannot be divided into statements. The message says why in one line."""


class Token(NamedTuple):
    """kind: "comment", "directive", "word", "literal", "number" or "sign"; start, end: offsets in the
    text."""

    kind: str
    text: str
    start: int
    end: int


def tokens(text: str) -> tuple[Token, ...]:
    """All tokens of a text with comments left out."""
    return tuple(token for token in all_tokens(text) if token.kind != "comment")


def all_tokens(text: str) -> tuple[Token, ...]:
    """All tokens of a text, comments too."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or "sign"
        found.append(
            Token(kind, match[0].lstrip() if kind == "directive" else match[0], match.start(), match.end())
        )
    return tuple(found)


def spelling(sequence: Sequence[Token]) -> tuple[str, ...]:
    """What the tokens say, apart from layout."""
    return tuple(token.text for token in sequence)


def contains(sequence: Sequence[str], part: Sequence[str]) -> bool:
    """Whether `part` stands somewhere in `sequence` as one stretch."""
    # A separator that no token holds makes this one linear text search.
    joined, wanted = "\0".join(("", *sequence, "")), "\0".join(("", *part, ""))
    return wanted in joined


def partners(sequence: Sequence[Token]) -> dict[int, int]:
    """Index of the closing token for each opening bracket. Raises BadText where brackets do not match."""
    pairs: dict[int, int] = {}
    stack: list[int] = []
    for index, token in enumerate(sequence):
        if token.kind != "sign":
            continue
        if token.text in _CLOSING:
            stack.append(index)
        elif token.text in (")", "]", "}"):
            if not stack or _CLOSING[sequence[stack[-1]].text] != token.text:
                raise BadText(f"unbalanced brackets: `{token.text}` closes nothing")
            pairs[stack.pop()] = index
    if stack:
        opening = sequence[stack[-1]].text
        raise BadText(
            f"unbalanced brackets: {len(stack)} not closed, the last is `{opening}`; the text breaks off"
        )
    return pairs


def balanced_end(sequence: Sequence[Token]) -> int:
    """The number of leading tokens before a closing bracket that closes nothing, or before an opening one
    that is never closed: what follows code in prose does not spoil the code."""
    stack: list[int] = []
    for index, token in enumerate(sequence):
        if token.kind == "sign" and token.text in _CLOSING:
            stack.append(index)
        elif token.kind == "sign" and token.text in (")", "]", "}"):
            if not stack or _CLOSING[sequence[stack[-1]].text] != token.text:
                return stack[0] if stack else index
            stack.pop()
    return stack[0] if stack else len(sequence)


def statements(sequence: Sequence[Token], pairs: dict[int, int]) -> tuple[tuple[int, int], ...]:
    """Half-open index ranges of the statements that the tokens consist of. Raises BadText for a broken
    one."""
    found: list[tuple[int, int]] = []
    index = 0
    while index < len(sequence):
        end = statement_end(sequence, pairs, index)
        found.append((index, end))
        index = end
    return tuple(found)


def statement_end(sequence: Sequence[Token], pairs: dict[int, int], index: int) -> int:
    """Index after the statement that starts at `index`. Raises BadText for a broken one."""
    return _statement(sequence, pairs, index, 0)


def _statement(sequence: Sequence[Token], pairs: dict[int, int], index: int, depth: int) -> int:
    if depth > _DEEPEST:
        raise BadText("statements are nested too deeply")
    while index < len(sequence) and sequence[index].kind == "directive":
        index += 1
    if index >= len(sequence):
        raise BadText("a statement is missing at the end")
    text = sequence[index].text
    if text == "{":
        return pairs[index] + 1
    if text == "do":
        body = _statement(sequence, pairs, index + 1, depth + 1)
        return _simple(sequence, pairs, body)
    if text in _WITH_HEADER:
        end = _statement(sequence, pairs, _header(sequence, pairs, index), depth + 1)
        if text == "if" and end < len(sequence) and sequence[end].text == "else":
            return _statement(sequence, pairs, end + 1, depth + 1)
        return end
    if text == "else":
        raise BadText("`else` without `if`")
    if sequence[index].kind == "word" and index + 1 < len(sequence) and sequence[index + 1].text == ":":
        return _statement(sequence, pairs, index + 2, depth + 1)
    return _simple(sequence, pairs, index)


def _header(sequence: Sequence[Token], pairs: dict[int, int], index: int) -> int:
    """Index after the parenthesized header of the statement at `index`."""
    if index + 1 >= len(sequence) or sequence[index + 1].text != "(":
        raise BadText(f"`{sequence[index].text}` without its parenthesis")
    return pairs[index + 1] + 1


def _simple(sequence: Sequence[Token], pairs: dict[int, int], index: int) -> int:
    start = index
    while index < len(sequence):
        token = sequence[index]
        if token.kind == "directive":
            break
        if token.kind == "sign" and token.text == ";":
            return index + 1
        index = pairs[index] + 1 if index in pairs else index + 1
    words = " ".join(token.text for token in sequence[start : start + 6])
    raise BadText(f"no complete statement at `{words[:60]}`")


@dataclass(frozen=True, slots=True)
class Definition:
    """A function definition among tokens: indices of its first token, its name, the braces of its body."""

    first: int
    name: int
    opening: int
    closing: int


def definitions(sequence: Sequence[Token], pairs: dict[int, int]) -> tuple[Definition, ...]:
    """The function definitions that stand outside all braces."""
    found: list[Definition] = []
    first = index = 0
    while index < len(sequence):
        token = sequence[index]
        if token.kind == "directive" or token.text == ";":
            first = index + 1
        elif token.kind == "word" and token.text not in _NOT_A_FUNCTION and _opens(sequence, index + 1, "("):
            after = pairs[index + 1] + 1
            if index > first and _opens(sequence, after, "{"):
                found.append(Definition(first, index, after, pairs[after]))
                index, first = pairs[after], pairs[after] + 1
            else:
                index = after - 1
        elif index in pairs:
            index = pairs[index]
            first = index + 1 if token.text == "{" and not _opens(sequence, index + 1, ";") else first
        index += 1
    return tuple(found)


def _opens(sequence: Sequence[Token], index: int, sign: str) -> bool:
    return index < len(sequence) and sequence[index].text == sign

"""C tokens with exact offsets, of original text (directives in place) and of preprocessed text."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

Kind = Literal["id", "num", "str", "chr", "op", "dir", "bad"]


class Token(NamedTuple):
    """text is the spelling at [start, end). A directive ("dir") is one token with its continuation lines."""

    kind: Kind
    text: str
    start: int
    end: int


_new = tuple.__new__
_SPLICE = r"\\\r?\n"
_STRING = r'"(?:\\(?:\r\n|.)|[^"\\\n])*"'
_CHAR = r"'(?:\\(?:\r\n|.)|[^'\\\n])*'"
_COMMENT = rf"/\*.*?\*/|//(?:{_SPLICE}|[^\n])*"
_MASTER = re.compile(
    rf"(?P<space>(?:[ \t\r\n\f\v]|{_SPLICE}|{_COMMENT})+)"
    rf"|(?P<str>(?:u8|[uUL])?{_STRING})"
    rf"|(?P<chr>[uUL]?{_CHAR})"
    r"|(?P<id>[A-Za-z_$\x80-\xff][A-Za-z0-9_$\x80-\xff]*)"
    r"|(?P<num>\.?[0-9](?:[eEpP][+-]|[A-Za-z0-9_.])*)"
    r"|(?P<op>%:%:|\.\.\.|<<=|>>=|<:|:>|<%|%>|%:|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|\#\#"
    r"|[][(){}.&*+~!/%<>^|?:;=,#-])"
    r"|(?P<bad>.)",
    re.DOTALL,
)
_DIRECTIVE = re.compile(rf"(?:#|%:)(?:{_SPLICE}|{_COMMENT}|{_STRING}|[^\n])*", re.DOTALL)
_DIGRAPHS = {"<:": "[", ":>": "]", "<%": "{", "%>": "}"}
_CLOSER = {"(": ")", "[": "]", "{": "}"}


def tokenize(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """The tokens of text[start:end] without comments and white space. Never fails: strays are "bad" tokens."""
    tokens: list[Token] = []
    limit = len(text) if end is None else end
    position, line_open = start, True
    while position < limit:
        for match in _MASTER.finditer(text, position, limit):
            kind = match.lastgroup
            at = match.start()
            if kind == "space":
                line_open = line_open or "\n" in match[0]
                continue
            if line_open and text[at] in "#%":
                directive = _DIRECTIVE.match(text, at, limit)
                if directive:
                    position = directive.end() - (1 if directive[0].endswith("\r") else 0)
                    tokens.append(Token("dir", text[at:position], at, position))
                    break
            line_open = False
            spelling = match[0]
            if kind == "op":
                spelling = _DIGRAPHS.get(spelling, spelling)
            # As Token(...), without the call into its generated constructor: most of the time goes by here.
            tokens.append(_new(Token, (kind, spelling, at, match.end())))
        else:
            break
    return tokens


def directive_name(token: Token) -> str:
    """ "include", "if", "pragma"..., "" for the null directive."""
    found = re.match(rf"(?:#|%:)(?:[ \t]|{_SPLICE}|/\*.*?\*/)*([A-Za-z_]*)", token.text, re.DOTALL)
    return found.group(1) if found else ""


def matching(tokens: Sequence[Token], index: int) -> int | None:
    """Index of the bracket that closes the one at `index`; None where brackets do not balance."""
    stack: list[str] = []
    for place in range(index, len(tokens)):
        token = tokens[place]
        if token.kind != "op":
            continue
        if token.text in _CLOSER:
            stack.append(_CLOSER[token.text])
        elif token.text in ")]}":
            if not stack or stack.pop() != token.text:
                return None
            if not stack:
                return place
    return None


class Lines:
    """Line numbers of offsets in one text."""

    def __init__(self, text: str) -> None:
        self._starts = [0] + [match.end() for match in re.finditer("\n", text)]

    def line(self, offset: int) -> int:
        """1-based line that holds `offset`."""
        return bisect_right(self._starts, offset)

    def start(self, line: int) -> int:
        """Offset of the first character of the 1-based `line`."""
        return self._starts[line - 1]

    def __len__(self) -> int:
        return len(self._starts)


def first_at(tokens: Sequence[Token], offset: int) -> int:
    """Index of the first token that starts at or after `offset` (len(tokens) where none does)."""
    return bisect_left(tokens, offset, key=lambda token: token.start)


def between(tokens: Sequence[Token], start: int, end: int) -> Iterator[Token]:
    """The tokens that start in [start, end)."""
    for index in range(first_at(tokens, start), len(tokens)):
        if tokens[index].start >= end:
            return
        yield tokens[index]

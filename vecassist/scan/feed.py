"""pycparser fed with tokens that are at hand, so that nothing is lexed twice."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from vecassist.scan.lexer import Lines, Token

_AHEAD = 16
"""More than pycparser ever looks ahead."""


class Unlike(Exception):
    """A token that pycparser spells in a way of its own: its lexer has to read the text."""


class Stream:
    """The interface of pycparser's own token stream, over a list."""

    __slots__ = ("_end", "buffer", "index")

    def __init__(self, tokens: Sequence[Any]) -> None:
        self.buffer: list[Any] = [*tokens, *(None for _ in range(_AHEAD))]
        self.index = 0
        self._end = len(tokens)

    def peek(self, k: int = 1) -> Any:
        return self.buffer[self.index + k - 1] if k > 0 else None

    def next(self) -> Any:
        token = self.buffer[self.index]
        self.index = min(self.index + 1, self._end)
        return token

    def mark(self) -> int:
        return self.index

    def reset(self, mark: int) -> None:
        self.index = mark


def stream_of(tokens: Sequence[Token], lines: Lines, keywords: dict[str, str]) -> Stream:
    """The stream of `tokens`, their places as in the text of `lines`. Raises Unlike."""
    from pycparser import c_lexer

    lexer: Any = c_lexer
    make = lexer.Token

    fixed = _fixed()
    made: list[Any] = []
    start, end, line = 0, 0, 0
    before = ""
    for kind, text, at, _ in tokens:
        if at >= end:
            line = lines.line(at)
            start = lines.start(line)
            end = lines.start(line + 1) if line < len(lines) else at + len(text) + 1
        if kind == "id":
            if not text.isascii():
                raise Unlike(text)
            sort = keywords.get(text, "ID")
        elif kind == "op":
            # Two brackets in a row begin an attribute of C23, which is lexed by rules of its own.
            if text not in fixed or (text == "[" and before == "["):
                raise Unlike(text)
            sort = fixed[text]
        else:
            sort = _literal(text)
        made.append(make(sort, text, line, at - start + 1, ""))
        before = text
    return Stream(made)


@functools.cache
def _fixed() -> dict[str, str]:
    from pycparser import c_lexer

    lexer: Any = c_lexer
    return {entry.literal: entry.tok_type for entry in lexer._fixed_tokens}


@functools.lru_cache(maxsize=4096)
def _literal(text: str) -> str:
    from pycparser import c_lexer

    lexer: Any = c_lexer
    found = lexer._regex_master.match(text)
    if found is None or found.end() != len(text):
        raise Unlike(text)
    sort = found.lastgroup
    if lexer._regex_actions[sort][0] is not lexer._RegexAction.TOKEN:
        raise Unlike(text)
    return sort


@functools.cache
def parser_class() -> Any:
    """pycparser's parser, which spends most of its time on looking at the next token, made to look quickly."""
    from pycparser.c_parser import CParser

    class Parser(CParser):
        _tokens: Any
        _typedef_checked_token: Any
        _is_type_in_scope: Any

        def _peek(self, k: int = 1) -> Any:
            stream = self._tokens
            token = stream.buffer[stream.index + k - 1]
            if token is not self._typedef_checked_token:
                if token is not None and (token.type == "ID" or token.type == "TYPEID"):
                    token.type = "TYPEID" if self._is_type_in_scope(token.value) else "ID"
                self._typedef_checked_token = token
            return token

        def _peek_type(self, k: int = 1) -> Any:
            token = self._peek(k)
            return None if token is None else token.type

        def _accept(self, token_type: str) -> Any:
            token = self._peek()
            if token is not None and token.type == token_type:
                self._tokens.index += 1
                return token
            return None

    return Parser

"""Where a C statement ends, on tokens alone."""

from __future__ import annotations

from collections.abc import Sequence

from vecassist.scan.lexer import Token, matching

LOOPS = frozenset({"for", "while", "do"})


class Unbalanced(Exception):
    """The tokens are not a whole statement; the message says where it broke."""


def statement_end(tokens: Sequence[Token], index: int) -> int:
    """Index just past the statement (or declaration) that begins at `index`. Directives are stepped over.

    Labels belong to the statement behind them. Raises Unbalanced where the tokens do not form a statement.
    """
    index = _past_directives(tokens, index)
    if index >= len(tokens):
        raise Unbalanced("the statement has no end")
    token = tokens[index]
    if token.text == "{":
        return _close(tokens, index) + 1
    if token.text == "}":
        raise Unbalanced("the statement is empty")
    if token.kind == "id":
        if token.text in ("for", "while", "switch"):
            return statement_end(tokens, _head(tokens, index + 1))
        if token.text == "if":
            return _conditional(tokens, index)
        if token.text == "do":
            return _do(tokens, index)
        if token.text in ("case", "default"):
            return _labelled(tokens, index + 1)
        following = index + 1
        if following < len(tokens) and tokens[following].text == ":":
            return _labelled(tokens, following)
    return _simple(tokens, index)


def children(tokens: Sequence[Token], opening: int) -> list[tuple[int, int]]:
    """Token ranges [begin, end) of the statements directly inside the compound that opens at `opening`."""
    closing = _close(tokens, opening)
    spans: list[tuple[int, int]] = []
    index = _past_directives(tokens, opening + 1)
    while index < closing:
        end = statement_end(tokens, index)
        if end > closing:
            raise Unbalanced("a statement runs past its block")
        spans.append((index, end))
        index = _past_directives(tokens, end)
    return spans


def _past_directives(tokens: Sequence[Token], index: int) -> int:
    while index < len(tokens) and tokens[index].kind == "dir":
        index += 1
    return index


def _close(tokens: Sequence[Token], index: int) -> int:
    closing = matching(tokens, index)
    if closing is None:
        raise Unbalanced("brackets do not balance")
    return closing


def _head(tokens: Sequence[Token], index: int) -> int:
    index = _past_directives(tokens, index)
    if index >= len(tokens) or tokens[index].text != "(":
        raise Unbalanced("a parenthesis was expected")
    return _close(tokens, index) + 1


def _conditional(tokens: Sequence[Token], index: int) -> int:
    end = statement_end(tokens, _head(tokens, index + 1))
    follower = _past_directives(tokens, end)
    if follower < len(tokens) and tokens[follower].kind == "id" and tokens[follower].text == "else":
        return statement_end(tokens, follower + 1)
    return end


def _do(tokens: Sequence[Token], index: int) -> int:
    tail = _past_directives(tokens, statement_end(tokens, index + 1))
    if tail >= len(tokens) or tokens[tail].text != "while":
        raise Unbalanced("do without while")
    end = _head(tokens, tail + 1)
    if end >= len(tokens) or tokens[end].text != ";":
        raise Unbalanced("do-while without semicolon")
    return end + 1


def _labelled(tokens: Sequence[Token], index: int) -> int:
    pending = 0
    while index < len(tokens) and not (tokens[index].text == ":" and pending == 0):
        if tokens[index].text in ("{", "}", ";"):
            raise Unbalanced("a label without colon")
        pending += {"?": 1, ":": -1}.get(tokens[index].text, 0)
        index += 1
    follower = _past_directives(tokens, index + 1)
    if follower < len(tokens) and tokens[follower].text == "}":
        return index + 1
    return statement_end(tokens, index + 1)


def _simple(tokens: Sequence[Token], index: int) -> int:
    while index < len(tokens):
        token = tokens[index]
        if token.text in ("(", "[", "{"):
            index = _close(tokens, index)
        elif token.text in (")", "]", "}"):
            break
        elif token.text == ";":
            return index + 1
        elif token.kind == "id" and token.text in LOOPS | {"if", "else", "switch"}:
            raise Unbalanced("a macro stands where a statement begins")
        index += 1
    raise Unbalanced("the statement has no end")

"""External declarations parsed one by one: one that is not understood costs no other one.

pycparser takes a whole file or nothing. Here its parser is fed one declaration after the other, while its table of
typedef names stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from vecassist.scan.lexer import Lines, Token
from vecassist.scan.prune import Chunk

Node = Any
_POSITION = re.compile(r"[^:\n]*:(?P<line>\d+)(?::\d+)?: *(?P<text>.*)", re.DOTALL)
_C23 = re.compile(r"-std=(?:c|gnu)(?:2x|23|2y)")


@dataclass(frozen=True, slots=True)
class Failure:
    """A declaration that is not understood: line of the text, and what the parser said."""

    chunk: Chunk
    line: int
    message: str


def dialect(args: Sequence[str]) -> str:
    """pycparser's name for the language that a command asks for."""
    standards = [arg for arg in args if arg.startswith("-std=")]
    return "c23" if standards and _C23.fullmatch(standards[-1]) else "legacy"


def parse_chunks(
    text: str, tokens: Sequence[Token], chunks: Sequence[Chunk], lines: Lines, language: str
) -> tuple[Node, list[Failure]]:
    """The tree of the chunks that are understood, coordinates as in `text`, and the others."""
    from pycparser import c_ast

    parser = _Parser(language)
    external: list[Node] = []
    failures: list[Failure] = []
    for chunk in chunks:
        start, end = tokens[chunk.begin].start, tokens[chunk.end - 1].end
        line = lines.line(start)
        nodes, problem = parser.parse(text[start:end], line, start - lines.start(line))
        if problem is None:
            external += nodes
            continue
        found = _POSITION.fullmatch(problem)
        at, message = (int(found["line"]), found["text"]) if found else (line, problem.lstrip(": "))
        failures.append(Failure(chunk, at, message))
        names = _typedef_names(tokens, chunk)
        for name in names:
            nodes, _ = parser.parse(f"typedef int {name};", line, 0)
            external += nodes
    return c_ast.FileAST(external), failures


class _Parser:
    """pycparser's parser, its file scope kept from one declaration to the next."""

    def __init__(self, language: str) -> None:
        from pycparser.c_parser import CParser

        make: Any = CParser
        self._parser: Any = make(dialect="c23" if language == "c23" else "legacy")
        stream = type(self._parser._tokens)
        lexer = self._parser.clex

        def feed(text: str, line: int, column: int) -> None:
            lexer.input(text)
            lexer._lineno, lexer._line_start = line, -column
            self._parser._tokens = stream(lexer.token)
            self._parser._typedef_checked_token = None

        self._feed = feed

    def parse(self, text: str, line: int, column: int) -> tuple[list[Node], str | None]:
        """The nodes of `text`, which begins at `line` and 0-based `column`; else what is wrong with it."""
        from pycparser.c_parser import ParseError

        parser = self._parser
        self._feed(text, line, column)
        try:
            nodes: list[Node] = parser._parse_translation_unit_or_empty().ext
            rest = parser._peek()
            return nodes, None if rest is None else f":{rest.lineno}: before: {rest.value}"
        except (ParseError, AssertionError, RecursionError, AttributeError, IndexError, TypeError) as error:
            del parser._scope_stack[1:]
            return [], str(error) if isinstance(error, ParseError) else f":{line}: {type(error).__name__}"


def _typedef_names(tokens: Sequence[Token], chunk: Chunk) -> Iterator[str]:
    """The names that a typedef declares, read off its tokens."""
    inside = tokens[chunk.begin : chunk.end]
    if chunk.body is not None or not any(token.text == "typedef" for token in inside):
        return
    depth = 0
    name = ""
    for place, token in enumerate(inside):
        if token.text in ("{", "[", "("):
            pointer = token.text == "(" and inside[place + 1].text in ("*", "^")
            if pointer and depth == 0:
                name = next((one.text for one in inside[place + 1 :] if one.kind == "id"), "")
                depth += 1
                continue
            depth += 1
        elif token.text in ("}", "]", ")"):
            depth -= 1
        elif depth == 0 and token.text in (",", ";"):
            if name:
                yield name
            name = ""
        elif depth == 0 and token.kind == "id" and not (place and inside[place - 1].text == ")" and name):
            name = token.text

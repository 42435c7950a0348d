"""External declarations parsed one by one: one that is not understood costs no other one.

pycparser takes a whole file or nothing. Here its parser is fed one declaration after the other, while its table of
typedef names stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from vecassist.scan.feed import Stream, Unlike, parser_class, stream_of
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

    parser = Grammar(language)
    external: list[Node] = []
    failures: list[Failure] = []
    for chunk in chunks:
        found = parser.parse(text, tokens[chunk.begin : chunk.end], lines)
        if not isinstance(found, tuple):
            external += found
            continue
        failures.append(Failure(chunk, *found))
        for name in typedef_names(tokens[chunk.begin : chunk.end] if chunk.body is None else ()):
            external += parser.named(name, lines.line(tokens[chunk.begin].start))
    return c_ast.FileAST(external), failures


class Grammar:
    """pycparser's parser, its file scope kept from one declaration to the next."""

    def __init__(self, language: str) -> None:
        self._parser: Any = parser_class()(dialect="c23" if language == "c23" else "legacy")

    def declare(self, names: Iterable[str]) -> None:
        """From now on these names are types."""
        self._parser._scope_stack[0].update(dict.fromkeys(names, True))

    def named(self, name: str, line: int) -> list[Node]:
        """The nodes of a typedef of a name for some type, and from now on it is one."""
        found = self._parse(f"typedef int {name};", line, 0)
        return [] if isinstance(found, tuple) else found

    def parse(self, text: str, tokens: Sequence[Token], lines: Lines) -> list[Node] | tuple[int, str]:
        """The nodes of the declarations that `tokens` of `text` spell; else the line and what is wrong there."""
        start = tokens[0].start
        line = lines.line(start)
        try:
            return self._read(stream_of(tokens, lines, self._parser.clex._keyword_map), line)
        except Unlike:
            return self._parse(text[start : tokens[-1].end], line, start - lines.start(line))

    def _parse(self, text: str, line: int, column: int) -> list[Node] | tuple[int, str]:
        """As `parse`, of a text that begins at `line` and 0-based `column`."""
        from pycparser.c_parser import ParseError

        lexer = self._parser.clex
        lexer.input(text)
        lexer._lineno, lexer._line_start = line, -column
        tokens: list[Any] = []
        try:
            while (token := lexer.token()) is not None:
                tokens.append(token)
        except ParseError as error:
            return _place(str(error), line)
        return self._read(Stream(tokens), line)

    def _read(self, stream: Stream, line: int) -> list[Node] | tuple[int, str]:
        from pycparser.c_parser import ParseError

        parser = self._parser
        parser._tokens, parser._typedef_checked_token = stream, None
        try:
            nodes: list[Node] = parser._parse_translation_unit_or_empty().ext
            rest = parser._peek()
            return nodes if rest is None else (rest.lineno, f"before: {rest.value}")
        except (ParseError, AssertionError, RecursionError, AttributeError, IndexError, TypeError) as error:
            del parser._scope_stack[1:]
            told = str(error) if isinstance(error, ParseError) else f":{line}: {type(error).__name__}"
            return _place(told, line)


def _place(problem: str, line: int) -> tuple[int, str]:
    found = _POSITION.fullmatch(problem)
    return (int(found["line"]), found["text"]) if found else (line, problem.lstrip(": "))


def typedef_names(inside: Sequence[Token]) -> Iterator[str]:
    """The names that a declaration makes types, read off its tokens."""
    if not any(token.text == "typedef" for token in inside):
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

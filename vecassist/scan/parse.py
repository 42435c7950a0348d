"""One translation unit as a pycparser tree, tied to the original bytes."""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from vecassist.errors import UserError
from vecassist.model import Unit
from vecassist.scan.gnu import Hidden, hide
from vecassist.scan.lexer import Lines, Token, matching
from vecassist.scan.mapping import Mapped, map_source
from vecassist.scan.preprocess import preprocess
from vecassist.scan.prune import Chunk, needless

MOST_FAULTS = 40
"""Declarations that may fail to parse before the file is given up."""

Node = Any
"""A pycparser node; its classes carry no annotations."""


@dataclass(frozen=True, slots=True)
class Skip:
    """A function, or a loop in it, that is left alone, and why. line is of the file it stands in."""

    function: str
    line: int
    reason: str


@dataclass(frozen=True, eq=False)
class Parsed:
    """The tree of a unit and what ties it to the bytes. Trees are shared: never change a node.

    text    preprocessed text as pycparser sees it, offsets as in mapped.text
    tokens  tokens of `text`
    """

    unit: Unit
    mapped: Mapped
    text: str
    tokens: tuple[Token, ...]
    chunks: tuple[Chunk, ...]
    tree: Node
    hidden: tuple[Hidden, ...]
    skipped: tuple[Skip, ...]
    lines: Lines
    source_lines: Lines

    @property
    def source(self) -> str:
        return self.mapped.source

    def offset(self, node: Node) -> int:
        """Offset of a node's own coordinates in `text`; -1 where it has none."""
        coord = node.coord
        if coord is None or coord.column is None:
            return -1
        return self.lines.start(coord.line) + coord.column - 1

    def origin_of(self, chunk: Chunk) -> int | None:
        """Offset in the original where the external declaration starts; None where no mark shows it."""
        low = self.tokens[chunk.begin - 1].end if chunk.begin else 0
        high = self.tokens[chunk.begin].start
        inside = [origins[0] for at, origins in self.mapped.origins.items() if low <= at <= high]
        return min(inside, default=None)

    def chunk_at(self, offset: int) -> Chunk | None:
        """The external declaration that holds `offset` of `text`."""
        index = bisect_right(self.chunks, offset, key=lambda chunk: self.tokens[chunk.begin].start) - 1
        return self.chunks[index] if index >= 0 else None


def read_source(unit: Unit) -> str:
    """The unit's file, one character a byte. Raises UserError."""
    path = unit.directory / unit.path
    try:
        return path.read_bytes().decode("latin-1")
    except OSError as error:
        raise UserError(f"{unit.path}: cannot read: {error.strerror}") from error


def parse_unit(unit: Unit) -> Parsed:
    """Preprocess and parse the unit as it is on disk. Raises UserError where the preprocessor fails.

    A function whose body does not parse is cut out and listed in `skipped`.
    """
    return parse_text(unit, read_source(unit))


@functools.lru_cache(maxsize=4)
def parse_text(unit: Unit, source: str) -> Parsed:
    """As `parse_unit`, with `source` standing in the place of the unit's file."""
    if source.startswith("\xef\xbb\xbf"):
        # A byte order mark, as spaces: offsets stay, and what is put in front of it does no harm.
        source = "   " + source[3:]
    mapped = map_source(source, lambda text: preprocess(unit, text))
    visible = re.sub(r"(?m)^[ \t]*#[^\n]*", lambda found: " " * len(found.group()), mapped.text)
    text, tokens, hidden = hide(visible)
    chunks = tuple(_chunks(tokens))
    lines = Lines(text)
    system = [mapped.place(lines.line(tokens[chunk.begin].start)).system for chunk in chunks]
    text = _without(text, tokens, needless(tokens, chunks, system))
    tree, text, cut = _parse(text, tokens, chunks, lines)
    skipped = tuple(
        Skip(_name(tokens, chunk), place.line, f"not parsed: {message}")
        for chunk, message in cut
        if (place := mapped.place(lines.line(tokens[chunk.begin].start))).file == mapped.main
        and chunk.body is not None
    )
    return Parsed(unit, mapped, text, tokens, chunks, tree, hidden, skipped, lines, Lines(source))


def _chunks(tokens: Sequence[Token]) -> Iterator[Chunk]:
    begin, index, assigned = 0, 0, False
    while index < len(tokens):
        text = tokens[index].text
        end: int | None = None
        body: int | None = None
        if text == ";":
            end = index + 1
        elif text == "=":
            assigned = True
        elif text in ("(", "[", "{"):
            closing = matching(tokens, index)
            if closing is None:
                break
            if text == "{" and not assigned and (index == begin or tokens[index - 1].text == ")"):
                end, body = closing + 1, index
            index = closing
        index += 1
        if end is not None:
            yield Chunk(begin, end, body)
            begin, assigned = index, False
    if begin < len(tokens):
        yield Chunk(begin, len(tokens), None)


def _name(tokens: Sequence[Token], chunk: Chunk) -> str:
    for index in range(chunk.begin, chunk.end - 1):
        if tokens[index].kind == "id" and tokens[index + 1].text == "(":
            return tokens[index].text
    return ""


def _parse(
    text: str, tokens: Sequence[Token], chunks: Sequence[Chunk], lines: Lines
) -> tuple[Node, str, list[tuple[Chunk, str]]]:
    """The tree, the text that it was made from, and the chunks that were cut to make it parse."""
    from pycparser.c_parser import CParser, ParseError

    lexer = _recording_lexer()
    cut: list[tuple[Chunk, str]] = []
    for _ in range(MOST_FAULTS):
        parser = CParser(lexer=lexer)
        try:
            return parser.parse(text), text, cut
        except (ParseError, AssertionError, RecursionError) as error:
            line, column, message = _where(str(error), cast(Any, parser.clex).last)
            offset = lines.start(min(line, len(lines))) + column - 1
            chunk = _failed(chunks, tokens, offset, {chunk for chunk, _ in cut})
            if chunk is None:
                raise UserError(f"cannot parse: {error}") from error
            cut.append((chunk, message or type(error).__name__))
            text = _without(text, tokens, [chunk])
    raise UserError(f"cannot parse: more than {MOST_FAULTS} declarations are not understood")


def _where(message: str, last: tuple[int, int]) -> tuple[int, int, str]:
    """Line, column and text of a parser's message; many have no coordinates, then it is the last token read."""
    found = re.match(r"[^:]*:(\d+):(\d+): *(.*)", message, re.DOTALL)
    if found:
        return int(found.group(1)), int(found.group(2)), found.group(3)
    return *last, message.lstrip(": ")


@functools.cache
def _recording_lexer() -> Any:
    """pycparser's lexer, remembering in `last` the line and column of the token it gave out last."""
    from pycparser.c_lexer import CLexer

    class RecordingLexer(CLexer):
        last: tuple[int, int] = (1, 1)

        def token(self) -> Any:
            token = super().token()
            if token is not None:
                self.last = (token.lineno, token.column)
            return token

    return RecordingLexer


def _failed(chunks: Sequence[Chunk], tokens: Sequence[Token], offset: int, done: set[Chunk]) -> Chunk | None:
    index = bisect_right(chunks, offset, key=lambda chunk: tokens[chunk.begin].start) - 1
    while index >= 0 and chunks[index] in done:
        index -= 1
    return chunks[index] if index >= 0 else None


def _without(text: str, tokens: Sequence[Token], chunks: Sequence[Chunk]) -> str:
    """`text` with the chunks blanked."""
    pieces: list[str] = []
    done = 0
    for chunk in chunks:
        start, end = tokens[chunk.begin].start, tokens[chunk.end - 1].end
        pieces += [
            text[done:start],
            re.sub(r"[^\n]+", lambda found: " " * len(found.group()), text[start:end]),
        ]
        done = end
    pieces.append(text[done:])
    return "".join(pieces)

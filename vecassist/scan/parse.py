"""One translation unit as a pycparser tree, tied to the original bytes."""

from __future__ import annotations

import functools
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from vecassist.errors import UserError
from vecassist.model import Unit
from vecassist.scan.gnu import Hidden, hide
from vecassist.scan.grammar import dialect, parse_chunks
from vecassist.scan.lexer import Lines, Token, matching
from vecassist.scan.mapping import Mapped, map_source
from vecassist.scan.preprocess import preprocess
from vecassist.scan.prune import Chunk, needless

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
    return parse_mapped(unit, map_unit(unit, source))


def map_unit(unit: Unit, source: str) -> Mapped:
    """`source` preprocessed in the place of the unit's file. Raises UserError where the preprocessor fails."""
    if source.startswith("\xef\xbb\xbf"):
        # A byte order mark, as spaces: offsets stay, and what is put in front of it does no harm.
        source = "   " + source[3:]
    return map_source(source, lambda text: preprocess(unit, text))


def without_directives(text: str) -> str:
    """A preprocessed text with what is left of directives, such as pragmas, blanked."""
    return re.sub(r"(?m)^[ \t]*#[^\n]*", lambda found: " " * len(found.group()), text)


def parse_mapped(unit: Unit, mapped: Mapped) -> Parsed:
    """As `parse_unit`, of a text that is preprocessed."""
    text, tokens, hidden = hide(without_directives(mapped.text))
    chunks = tuple(_chunks(tokens))
    lines = Lines(text)
    system = [mapped.place(lines.line(tokens[chunk.begin].start)).system for chunk in chunks]
    left = set(needless(tokens, chunks, system))
    text = _without(text, tokens, [chunk for chunk in chunks if chunk in left])
    wanted = [chunk for chunk in chunks if chunk not in left]
    tree, failures = parse_chunks(text, tokens, wanted, lines, dialect(unit.args))
    text = _without(text, tokens, [failure.chunk for failure in failures])
    skipped = tuple(
        Skip(_name(tokens, failure.chunk), mapped.place(failure.line).line, f"not parsed: {failure.message}")
        for failure in failures
        if failure.chunk.body is not None
        and not mapped.place(lines.line(tokens[failure.chunk.begin].start)).system
    )
    return Parsed(unit, mapped, text, tokens, chunks, tree, hidden, skipped, lines, Lines(mapped.source))


def _chunks(tokens: Sequence[Token]) -> list[Chunk]:
    found: list[Chunk] = []
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
                if index == begin:
                    begin = _old_style(tokens, found, begin)
            index = closing
        index += 1
        if end is not None:
            found.append(Chunk(begin, end, body))
            begin, assigned = index, False
    if begin < len(tokens):
        found.append(Chunk(begin, len(tokens), None))
    return found


def _old_style(tokens: Sequence[Token], found: list[Chunk], begin: int) -> int:
    """Where a definition begins whose body stands behind declarations of its parameters; those leave `found`."""
    for back in range(1, min(len(found), 64) + 1):
        chunk = found[-back]
        if chunk.body is not None:
            break
        for index in range(chunk.begin, chunk.end - 1):
            if tokens[index].text == ")" and tokens[index + 1].kind == "id":
                del found[-back:]
                return chunk.begin
    return begin


def _name(tokens: Sequence[Token], chunk: Chunk) -> str:
    for index in range(chunk.begin, chunk.end - 1):
        if tokens[index].kind == "id" and tokens[index + 1].text == "(":
            return tokens[index].text
    return ""


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

"""Which token of the preprocessed text came from which token of the original.

Marks (unique identifiers) go into the original text before it is preprocessed. Where a mark comes out tells
exactly where the token behind it went, through macros, conditionals and includes; a group of lines whose mark
does not come out was not compiled.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vecassist.scan.lexer import Lines, Token, tokenize
from vecassist.scan.statements import LOOPS

_MARK = re.compile(r"__vecassist_at_(\d+)_ ?")
_MARKER = re.compile(r'^# (\d+) "((?:[^"\\]|\\.)*)"((?: \d)*)[^\n]*$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line of the preprocessed text comes from."""

    file: str
    line: int
    system: bool


@dataclass(frozen=True, eq=False)
class Mapped:
    """A preprocessed text and its ties to the original.

    tokens     the original's tokens that are compiled, directives included
    text       the preprocessed text without marks; line markers are blank lines
    to_text    original offset of a marked token -> offset of what stands in its place
    origins    offset in `text` -> original offsets of the marks right before it, ascending
    """

    source: str
    tokens: tuple[Token, ...]
    text: str
    to_text: dict[int, int]
    origins: dict[int, tuple[int, ...]]
    markers: tuple[tuple[int, Place], ...]

    @property
    def main(self) -> str:
        """The name that line markers give to the original, as it stands in them."""
        first = min(self.origins, default=0)
        return self.place(self.text.count("\n", 0, first) + 1).file

    def place(self, line: int) -> Place:
        """Origin of the 1-based `line` of `text`."""
        index = bisect_right(self.markers, line, key=lambda entry: entry[0]) - 1
        if index < 0:
            return Place("", line, False)
        first, place = self.markers[index]
        return Place(place.file, place.line + line - first, place.system)

    def compiled(self) -> dict[str, frozenset[int]]:
        """The lines of each file that something of is left after preprocessing, system headers left out."""
        # gcc marks the expansion of a system header's macro like the header, but names our file.
        ours = {place.file for _, place in self.markers if not place.system}
        lines = self.text.split("\n")
        found: dict[str, set[int]] = {}
        ends = [first - 2 for first, _ in self.markers[1:]]
        for (first, place), end in zip(self.markers, [*ends, len(lines)], strict=True):
            if place.file in ours:
                shift = place.line - first
                told = found.setdefault(place.file, set())
                told.update(number + shift for number in range(first, end + 1) if lines[number - 1].strip())
        return {file: frozenset(seen) for file, seen in found.items()}


def map_source(source: str, preprocess: Callable[[str], str]) -> Mapped:
    """Preprocess `source` (latin-1 text) by `preprocess` and tie the result to it."""
    tokens = tokenize(source)
    marked = sorted(set(_places(tokens, source)))
    pieces: list[str] = []
    done = 0
    for offset in marked:
        pieces += [source[done:offset], f"__vecassist_at_{offset}_ "]
        done = offset
    pieces.append(source[done:])
    return _unmark(source, tokens, preprocess("".join(pieces)))


def _places(tokens: Sequence[Token], source: str) -> list[int]:
    """Offsets to mark: starts of statements and declarations, loop keywords, what follows a directive."""
    places: list[int] = []
    before: Token | None = None
    for token in tokens:
        if token.kind != "dir":
            starts = before is None or before.kind == "dir" or before.text in (";", "{", "}")
            opens_line = token.kind == "id" and (token.start == 0 or source[token.start - 1] == "\n")
            if starts or opens_line or (token.kind == "id" and token.text in LOOPS):
                places.append(token.start)
        before = token
    return places


def _unmark(source: str, tokens: Sequence[Token], output: str) -> Mapped:
    markers: list[tuple[int, Place]] = []
    lines = Lines(output)

    def blank(found: re.Match[str]) -> str:
        place = Place(found.group(2), int(found.group(1)), "3" in found.group(3).split())
        markers.append((lines.line(found.start()) + 1, place))
        return ""

    without_markers = _MARKER.sub(blank, output)
    pieces: list[str] = []
    found_at: list[tuple[int, int]] = []
    done, length = 0, 0
    for found in _MARK.finditer(without_markers):
        piece = without_markers[done : found.start()]
        pieces.append(piece)
        length += len(piece)
        found_at.append((int(found.group(1)), length))
        done = found.end()
    pieces.append(without_markers[done:])
    text = "".join(pieces)

    seen: dict[int, int] = {}
    repeated: set[int] = set()
    for offset, position in found_at:
        if offset in seen:
            repeated.add(offset)
        seen[offset] = _skip_space(text, position)
    to_text = {offset: position for offset, position in seen.items() if offset not in repeated}
    origins: dict[int, list[int]] = {}
    for offset, position in to_text.items():
        origins.setdefault(position, []).append(offset)
    return Mapped(
        source,
        tuple(_active(tokens, seen)),
        text,
        to_text,
        {position: tuple(sorted(offsets)) for position, offsets in origins.items()},
        tuple(markers),
    )


_SPACE = re.compile(r"(?:\s|#pragma[^\n]*)*")


def _skip_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _active(tokens: Sequence[Token], seen: dict[int, int]) -> list[Token]:
    """The tokens that were compiled: each run behind a directive counts by the mark of its first token."""
    result: list[Token] = []
    active = True
    fresh = True
    for token in tokens:
        if token.kind == "dir":
            fresh = True
            result.append(token)
            continue
        if fresh:
            active = token.start in seen
            fresh = False
        if active:
            result.append(token)
    return result

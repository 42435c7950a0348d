"""Two sources side by side: equal lines beside each other, differing ones marked, words of C coloured."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING

from vecassist.report.data import Line

if TYPE_CHECKING:
    from markupsafe import Markup


@dataclass(frozen=True, slots=True)
class Cell:
    """A line in its pane, or the gap beside a line that only the other side has (number 0). tint: which colour links it
    with its machine code, -1 for none."""

    number: int
    html: Markup | str
    changed: bool
    inside: bool
    tint: int = -1


def sides(
    before: Sequence[Line], after: Sequence[Line], linked: tuple[frozenset[int], frozenset[int]]
) -> tuple[tuple[Cell, ...], tuple[Cell, ...]]:
    """The cells of both panes, equally many. linked: for each side the lines that have machine code."""
    texts = [[one.text for one in lines] for lines in (before, after)]
    shown = [coloured(text) for text in texts]
    cells: tuple[list[Cell], list[Cell]] = [], []
    tints = [_tints(lines, links) for lines, links in zip((before, after), linked, strict=True)]
    matcher = difflib.SequenceMatcher(None, *texts, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        for one, other in zip_longest(range(a, b), range(c, d)):
            for side, index in enumerate((one, other)):
                if index is None:
                    cells[side].append(Cell(0, "", True, False))
                    continue
                line = (before, after)[side][index]
                tint = tints[side].get(line.number, -1)
                cells[side].append(Cell(line.number, shown[side][index], kind != "equal", line.inside, tint))
    return tuple(cells[0]), tuple(cells[1])


def alone(lines: Sequence[Line], linked: frozenset[int]) -> tuple[Cell, ...]:
    """The cells of a source that has no counterpart."""
    tints = _tints(lines, linked)
    return tuple(
        Cell(line.number, html, False, line.inside, tints.get(line.number, -1))
        for line, html in zip(lines, coloured([line.text for line in lines]), strict=True)
    )


TINTS = 6


def _tints(lines: Sequence[Line], linked: frozenset[int]) -> dict[int, int]:
    numbers = [line.number for line in lines if line.number in linked]
    return {number: place % TINTS for place, number in enumerate(numbers)}


def coloured(lines: Sequence[str]) -> list[Markup]:
    """Each line of a C text as HTML with its words coloured; every character of the text is escaped."""
    from markupsafe import Markup, escape
    from pygments.lexers.c_cpp import CLexer

    text = "\n".join(lines)
    found = list(CLexer(stripnl=False, stripall=False, ensurenl=False).get_tokens(text))
    if "".join(value for _, value in found) != text:
        # The lexer changes carriage returns and byte order marks; nothing may be lost for colours.
        return [escape(line) for line in lines]
    done: list[Markup] = []
    current = Markup("")
    for kind, value in found:
        style = _style(kind)
        for number, part in enumerate(value.split("\n")):
            if number:
                done.append(current)
                current = Markup("")
            if part:
                shown = escape(part)
                current += Markup('<i class="{}">{}</i>').format(style, shown) if style else shown
    return [*done, current][: len(lines)]


def _style(kind: object) -> str:
    name = str(kind)
    for start, style in _STYLES:
        if name.startswith(start):
            return style
    return ""


_STYLES = (
    ("Token.Comment.Preproc", "p"),
    ("Token.Comment", "c"),
    ("Token.Keyword", "k"),
    ("Token.Literal.Number", "n"),
    ("Token.Literal.String", "s"),
)


def tints(cells: Sequence[Cell]) -> dict[int, int]:
    """The tint of each line, for its machine code."""
    return {cell.number: cell.tint for cell in cells if cell.tint >= 0}

"""A rewrite laid out in the lines of its region, so that every line of the file keeps its number.

Then debug information, coverage and __LINE__ outside the region are those of the source without a #line, and each
statement of the rewrite stands on the line of the region that it resembles most.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

from vecassist.scan.lexer import Token, tokenize


def laid_out(region: str, rewrite: str) -> str | None:
    """The rewrite's tokens on as many lines as the region has; None where it has lines of its own (#pragma)."""
    tokens = tokenize(rewrite)
    if not tokens or any(token.kind in ("dir", "bad") or "\n" in token.text for token in tokens):
        return None
    count = region.count("\n") + 1
    lines = _by_line(rewrite, tokens)
    if count > 1 and len(lines) == 1:
        # Something must stand on the last line, and the end of a statement is where one expects it.
        lines = [lines[0][:-1], lines[0][-1:]] if len(lines[0]) > 1 else lines
    places = _places(_plain(region), [_words(line) for line in lines], count)
    result = [""] * count
    for line, place in zip(lines, places, strict=True):
        text = _text(rewrite, line)
        result[place] = f"{result[place]} {text}" if result[place] else text
    return "\n".join(result) if result[-1] and result[0] else None


def _by_line(text: str, tokens: Sequence[Token]) -> list[list[Token]]:
    lines: list[list[Token]] = []
    last = -1
    for token in tokens:
        number = text.count("\n", 0, token.start)
        if number != last:
            lines.append([])
        lines[-1].append(token)
        last = number
    return lines


def _words(line: Sequence[Token]) -> str:
    return " ".join(token.text for token in line)


def _plain(region: str) -> list[str]:
    """Each line of the region as its tokens."""
    tokens = tokenize(region)
    found = [""] * (region.count("\n") + 1)
    for token in tokens:
        number = region.count("\n", 0, token.start)
        found[number] = f"{found[number]} {token.text}".strip()
    return found


def _text(source: str, line: Sequence[Token]) -> str:
    """The tokens as they stand, comments between them as one blank."""
    out: list[str] = []
    for before, token in zip([None, *line[:-1]], line, strict=True):
        if before is not None and before.end != token.start:
            out.append(" ")
        out.append(source[token.start : token.end])
    return "".join(out)


def _places(region: Sequence[str], lines: Sequence[str], count: int) -> list[int]:
    """For each line of the rewrite the line of the region on which it stands: never going back, from the first to
    the last."""
    anchors = [-1] * len(lines)
    for block in SequenceMatcher(None, region, lines, autojunk=False).get_matching_blocks():
        for step in range(block.size):
            anchors[block.b + step] = block.a + step
    anchors[0], places, here = 0, [], 0
    for number, anchor in enumerate(anchors):
        ahead = next((place for place in anchors[number + 1 :] if place >= 0), count - 1)
        if anchor >= here:
            here = anchor
        elif number and here < min(ahead, count - 1) and anchor < 0:
            here += 1
        places.append(here)
    places[-1] = count - 1
    return places

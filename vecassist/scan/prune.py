"""Which external declarations of a unit are worth parsing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vecassist.scan.lexer import Token


@dataclass(frozen=True, slots=True)
class Chunk:
    """One external declaration: token indices [begin, end); body is the index of a function's "{"."""

    begin: int
    end: int
    body: int | None


_TAGS = frozenset({"struct", "union", "enum"})


def needless(tokens: Sequence[Token], chunks: Sequence[Chunk], system: Sequence[bool]) -> list[Chunk]:
    """The chunks of system headers that nothing outside of system headers needs, neither directly nor through others.

    A name is taken to be declared where it occurs first, and a tag also where it is followed by a brace. Typedefs
    are always kept: a replacement may use a type that the file itself does not.
    """
    declaring: dict[str, list[int]] = {}
    for number, chunk in enumerate(chunks):
        for index in range(chunk.begin, chunk.end):
            token = tokens[index]
            if token.kind != "id":
                continue
            if token.text not in declaring or (
                index + 1 < chunk.end
                and tokens[index + 1].text == "{"
                and index > chunk.begin
                and tokens[index - 1].text in _TAGS
                and declaring[token.text][-1] != number
            ):
                declaring.setdefault(token.text, []).append(number)
    needed = {number for number in range(len(chunks)) if not system[number]}
    pending = list(needed)
    while pending:
        chunk = chunks[pending.pop()]
        for name in {
            tokens[index].text for index in range(chunk.begin, chunk.end) if tokens[index].kind == "id"
        }:
            for number in declaring[name]:
                if number not in needed:
                    needed.add(number)
                    pending.append(number)
    return [
        chunk
        for number, chunk in enumerate(chunks)
        if number not in needed
        and all(tokens[index].text != "typedef" for index in range(chunk.begin, chunk.end))
    ]

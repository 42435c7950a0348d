"""The part of a preprocessed unit that can bear on a function: all declarations, and the bodies that it reaches."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_WORD = re.compile(r"[A-Za-z_]\w*")
_NO_NAMES = {"typeof", "if", "for", "while", "switch", "sizeof", "return", "asm"}


@dataclass(frozen=True, slots=True)
class Context:
    """shared: the tokens outside of bodies; bodies: of functions, by name, several where a name is defined twice;
    roots: names in initializers, which may be called through the objects."""

    shared: str
    bodies: Mapping[str, tuple[str, ...]]
    roots: frozenset[str]

    def around(self, function: str) -> str:
        """What the function can see or reach. Everything, where it is not found."""
        if function not in self.bodies:
            return "\0".join((self.shared, *(text for texts in self.bodies.values() for text in texts)))
        done: set[str] = set()
        work = [function, *self.roots]
        while work:
            name = work.pop()
            if name in done or name not in self.bodies:
                continue
            done.add(name)
            for text in self.bodies[name]:
                work += set(text.split()) & self.bodies.keys()
        reached = (text for name in sorted(done) for text in self.bodies[name])
        return "\0".join((self.shared, *reached))


def context(tokens: Sequence[str]) -> Context:
    """Take a unit apart. Whatever is not plainly the definition of a function counts as shared."""
    shared: list[str] = []
    bodies: dict[str, tuple[str, ...]] = {}
    roots: set[str] = set()
    for head, body in _items(tokens):
        name = _defined(head) if body else None
        shared += head
        if name is None:
            shared += body
            if "=" in head or body:
                roots.update(word for word in (*head, *body) if _WORD.fullmatch(word))
        else:
            bodies[name] = (*bodies.get(name, ()), " ".join(body))
    return Context(" ".join(shared), bodies, frozenset(roots & bodies.keys()))


def _items(tokens: Sequence[str]) -> Iterator[tuple[list[str], list[str]]]:
    """(head, body) of each external declaration; body is empty where none follows a parameter list."""
    head: list[str] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token == "{":
            end = _closed(tokens, at)
            block = list(tokens[at:end])
            at = end
            if head and head[-1] == ")" and "=" not in head:
                yield head, block
                head = []
            else:
                head += block
            continue
        head.append(token)
        at += 1
        if token == ";":
            yield head, []
            head = []
    if head:
        yield head, []


def _closed(tokens: Sequence[str], at: int) -> int:
    depth = 0
    while at < len(tokens):
        depth += {"{": 1, "}": -1}.get(tokens[at], 0)
        at += 1
        if depth == 0:
            break
    return at


def _defined(head: Sequence[str]) -> str | None:
    """The name that a head defines: the first word before a parenthesis; None for whatever could be something else."""
    for word, following in itertools.pairwise(head):
        if following == "(":
            plain = _WORD.fullmatch(word) and not word.startswith("_") and word not in _NO_NAMES
            return word if plain else None
    return None

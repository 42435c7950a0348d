"""Jumps into and out of a stretch of statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from vecassist.scan.ctype import kind
from vecassist.scan.scope import walk

Node = Any


def following_label(path: Sequence[Node], last: Node) -> str:
    """The label right behind the region, "" where there is none: a jump there ends the region."""
    holder = path[-1]
    items = list((holder.block_items if kind(holder) == "Compound" else None) or ())
    for at, item in enumerate(items[:-1]):
        if item is last and kind(items[at + 1]) == "Label":
            return str(items[at + 1].name)
    return ""


def labels(statements: Iterable[Node]) -> frozenset[str]:
    """Labels that the statements define."""
    return frozenset(node.name for node in _all(statements) if kind(node) == "Label")


def gotos(statements: Iterable[Node]) -> frozenset[str]:
    """Labels that the statements jump to."""
    return frozenset(node.name for node in _all(statements) if kind(node) == "Goto")


def exits(statements: Sequence[Node], label: str) -> frozenset[str]:
    """How control leaves the statements other than at their end or by a jump to `label` right behind them.

    Values: "return", "break", "continue", "goto NAME".
    """
    own = labels(statements) | ({label} if label else set())
    found = {f"goto {name}" for name in gotos(statements) - own}
    for statement in statements:
        found.update(_leaves(statement, broken=False, continued=False))
    return frozenset(found)


def entries(function: Node, statements: Sequence[Node]) -> frozenset[str]:
    """How control gets into the statements other than at their start: "label NAME", "case"."""
    inside = {id(node) for node in _all(statements)}
    outside = frozenset(
        node.name for node in walk(function.body) if kind(node) == "Goto" and id(node) not in inside
    )
    found = {f"label {name}" for name in labels(statements) & outside}
    if any(_cases(statement) for statement in statements):
        found.add("case")
    return frozenset(found)


def _all(statements: Iterable[Node]) -> Iterator[Node]:
    for statement in statements:
        yield from walk(statement)


def _leaves(node: Node, *, broken: bool, continued: bool) -> Iterator[str]:
    """broken, continued: whether a break or continue here has its target inside."""
    match kind(node):
        case "Return":
            yield "return"
        case "Break" if not broken:
            yield "break"
        case "Continue" if not continued:
            yield "continue"
        case "For" | "While" | "DoWhile":
            yield from _leaves(node.stmt, broken=True, continued=True)
        case "Switch":
            yield from _leaves(node.stmt, broken=True, continued=continued)
        case _:
            for _, child in node.children():
                yield from _leaves(child, broken=broken, continued=continued)


def _cases(node: Node) -> bool:
    """Whether a case label below `node` belongs to a switch around it."""
    match kind(node):
        case "Case" | "Default":
            return True
        case "Switch":
            return False
        case _:
            return any(_cases(child) for _, child in node.children())

"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from vecassist.propose.access import Opaque
from vecassist.propose.nest import Nest, Place, places
from vecassist.propose.nodes import Node


@dataclass(frozen=True, slots=True)
class Rule:
    """One rewrite of a counted loop into other statements.

    id       stable, never reused
    title    a few words for reports
    rewrite  for a loop, the statement lists that can stand in its place
    again    whether applying the rule to its own result can make sense
    """

    id: str
    title: str
    rewrite: Callable[[Place], Iterable[list[Node]]]
    again: bool = False

    def apply(self, nest: Nest) -> Iterator[Nest]:
        """Every nest that one use of the rule makes out of `nest`."""
        for place in places(nest):
            try:
                for made in self.rewrite(place):
                    yield nest.exchange(place.loop.node, made)
            except Opaque:
                continue

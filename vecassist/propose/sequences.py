"""Short sequences of rules, applied to a nest until the estimate says that a compiler can vectorize it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vecassist.propose import nodes
from vecassist.propose.nest import Nest
from vecassist.propose.outlook import estimate
from vecassist.propose.rules.base import Rule

STEPS = 4
WIDTH = 12


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A rewritten nest, the rules that made it in order, and its estimated cost."""

    nest: Nest
    rules: tuple[Rule, ...]
    cost: float


def explore(nest: Nest, rules: Sequence[Rule], steps: int = STEPS, width: int = WIDTH) -> list[Rewrite]:
    """Every rewrite within `steps` rules, cheapest first; the `width` best of each depth are followed up."""
    start = Rewrite(nest, (), estimate(nest))
    seen = {nodes.text(nest.root)}
    found: list[Rewrite] = []
    front = [start]
    for _ in range(steps):
        made: list[Rewrite] = []
        for rewrite in front:
            made += list(_next(rewrite, rules, seen))
        found += made
        front = sorted(made, key=_rank)[:width]
    return sorted(found, key=_rank)


def _next(rewrite: Rewrite, rules: Sequence[Rule], seen: set[str]) -> Iterator[Rewrite]:
    for rule in rules:
        if rule in rewrite.rules and not rule.again:
            continue
        for nest in rule.apply(rewrite.nest):
            spelled = nodes.text(nest.root)
            if spelled not in seen:
                seen.add(spelled)
                yield Rewrite(nest, (*rewrite.rules, rule), estimate(nest))


def _rank(rewrite: Rewrite) -> tuple[float, int, int]:
    return round(rewrite.cost, 3), len(rewrite.rules), len(nodes.text(rewrite.nest.root))

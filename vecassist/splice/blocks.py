"""Blocks of events on variables, and the two dataflow analyses over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Node = Any


@dataclass(eq=False)
class Block:
    """Straight-line events on declarations: "use", "def", "touch" (maybe written), "begin" (declared)."""

    events: list[tuple[str, Node]] = field(default_factory=list[tuple[str, Node]])
    after: list[Block] = field(default_factory=list["Block"])


def liveness(blocks: Sequence[Block]) -> dict[int, frozenset[Node]]:
    """Variables live at the start of each block, by id of the block."""
    live: dict[int, frozenset[Node]] = {id(block): frozenset() for block in blocks}
    changed = True
    while changed:
        changed = False
        for block in reversed(blocks):
            now: set[Node] = set()
            for successor in block.after:
                now |= live[id(successor)]
            for what, variable in reversed(block.events):
                if what in ("def", "begin"):
                    now.discard(variable)
                elif what == "use":
                    now.add(variable)
            if not now <= live[id(block)]:
                live[id(block)] |= now
                changed = True
    return live


def forward(
    blocks: Sequence[Block], start: frozenset[Node], gains: tuple[str, ...], loses: tuple[str, ...]
) -> dict[int, frozenset[Node]]:
    """Variables of which some path from blocks[0], where `start` holds, has seen an event in `gains` after the last
    one in `loses`; at the start of each block."""
    reached: dict[int, frozenset[Node]] = {id(block): frozenset() for block in blocks}
    reached[id(blocks[0])] = start
    pending = list(reversed(blocks))
    while pending:
        block = pending.pop()
        now = set(reached[id(block)])
        for what, variable in block.events:
            if what in loses:
                now.discard(variable)
            elif what in gains:
                now.add(variable)
        for successor in block.after:
            if not now <= reached[id(successor)]:
                reached[id(successor)] |= now
                pending.append(successor)
    return reached

"""The control-flow facts that a summary looks up again and again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verify.ir import cfg
from verify.ir.cfg import Loop
from verify.ir.nodes import Block, Function


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """entry; blocks in reverse post-order; predecessors; loops by header; the innermost loop of each block."""

    entry: str
    order: tuple[str, ...]
    predecessors: Mapping[str, tuple[str, ...]]
    loops: Mapping[str, Loop]
    loop_of: Mapping[str, Loop | None]
    blocks: Mapping[str, Block]


def analyze(function: Function, metadata: Mapping[str, str]) -> Graph:
    """Raises Unsupported for irreducible control flow."""
    order = cfg.reverse_post_order(function)
    forest = cfg.loops(function, metadata)
    return Graph(
        order[0],
        order,
        cfg.predecessors(function),
        {loop.header: loop for loop in forest},
        {name: cfg.innermost(forest, name) for name in order},
        {block.name: block for block in function.blocks},
    )

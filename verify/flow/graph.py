"""The control-flow facts that a summary looks up again and again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from verify.ir import cfg
from verify.ir.cfg import Loop
from verify.ir.nodes import Block, Function, Local

PLACES = frozenset({("load", 0), ("store", 1), ("mload", 1), ("mstore", 2)})
TAIL = frozenset(
    {"add", "sub", "mul", "shl", "and", "or", "xor", "sext", "zext", "trunc", "br", "token", "going"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """entry; blocks in reverse post-order; predecessors; loops by header; the innermost loop of each block;
    immediate dominators (`above`); addresses that are nothing but places of loads and stores."""

    entry: str
    order: tuple[str, ...]
    predecessors: Mapping[str, tuple[str, ...]]
    loops: Mapping[str, Loop]
    loop_of: Mapping[str, Loop | None]
    blocks: Mapping[str, Block]
    above: Mapping[str, str | None]
    only_accessed: frozenset[str]

    def dominates(self, block: str, other: str) -> bool:
        """Whether every path to `other` passes `block`."""
        return cfg.dominates(self.above, block, other)


def analyze(function: Function, metadata: Mapping[str, str]) -> Graph:
    """Raises Unsupported for irreducible control flow."""
    order = cfg.reverse_post_order(function)
    blocks = {block.name: block for block in function.blocks}
    sources = cfg.predecessors(function)
    forest = _with_tails(cfg.loops(function, metadata), blocks, sources)
    return Graph(
        order[0],
        order,
        sources,
        {loop.header: loop for loop in forest},
        {name: cfg.innermost(forest, name) for name in order},
        blocks,
        cfg.dominators(function),
        _only_accessed(function),
    )


def _only_accessed(function: Function) -> frozenset[str]:
    plain: dict[str, bool] = {}
    for block in function.blocks:
        for user in block.instrs:
            for position, operand in enumerate(user.operands):
                if isinstance(operand, Local):
                    place = (user.op, position) in PLACES
                    plain[operand.name] = plain.get(operand.name, True) and place
    return frozenset(name for name, only in plain.items() if only)


def _with_tails(
    forest: tuple[Loop, ...], blocks: Mapping[str, Block], sources: Mapping[str, tuple[str, ...]]
) -> tuple[Loop, ...]:
    """Loops with several exits take in the blocks that only compute what an exit yields (`return i + 1`), so that it
    is seen in the iteration that leaves. Nothing in such a block touches memory."""
    made: dict[str, Loop] = {}
    for loop in forest:
        parent = made[loop.parent.header] if loop.parent is not None else None
        inside, exits = set(loop.blocks), list(loop.exits)
        for pred, target in loop.exits if len(loop.exits) > 1 else ():
            block = blocks[target]
            onward = cfg.successors(block)
            innermost = cfg.innermost(forest, target)
            if (
                sources[target] == (pred,)
                and len(onward) == 1
                and onward[0] not in loop.blocks
                and innermost == loop.parent
                and cfg.innermost(forest, pred) == loop
                and all(instr.op in TAIL for instr in block.instrs)
            ):
                inside.add(target)
                exits[exits.index((pred, target))] = (target, onward[0])
        made[loop.header] = replace(loop, blocks=frozenset(inside), exits=tuple(exits), parent=parent)
    return tuple(made.values())

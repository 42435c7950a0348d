"""The control-flow facts that a summary looks up again and again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from verify.ir import cfg
from verify.ir.cfg import Loop
from verify.ir.lanewise import LANE
from verify.ir.nodes import Block, ConstInt, Function, Instr, Local
from verify.ir.shapes import finest

PLACES = frozenset({("load", 0), ("store", 1), ("mload", 1), ("mstore", 2)})
TAIL = frozenset(
    {"add", "sub", "mul", "shl", "and", "or", "xor", "sext", "zext", "trunc", "br", "token", "going"}
)


@dataclass(frozen=True, slots=True, eq=False)
class Graph:
    """entry; blocks in reverse post-order; predecessors; loops by header; the innermost loop of each block;
    immediate dominators (`above`); addresses that are nothing but places of loads and stores; the natural loops, of
    which `loops` are extensions (`plain`); the lanes in which vectors are computed with."""

    entry: str
    order: tuple[str, ...]
    predecessors: Mapping[str, tuple[str, ...]]
    loops: Mapping[str, Loop]
    loop_of: Mapping[str, Loop | None]
    blocks: Mapping[str, Block]
    above: Mapping[str, str | None]
    only_accessed: frozenset[str]
    plain: Mapping[str, Loop]
    finest: Mapping[str, int]

    def dominates(self, block: str, other: str) -> bool:
        """Whether every path to `other` passes `block`."""
        return cfg.dominates(self.above, block, other)


def analyze(
    function: Function, metadata: Mapping[str, str], open_ended: frozenset[str] = frozenset()
) -> Graph:
    """The loops with headers in `open_ended` take in what follows them (`_continued`). Raises Unsupported for
    irreducible control flow."""
    order = cfg.reverse_post_order(function)
    blocks = {block.name: block for block in function.blocks}
    sources = cfg.predecessors(function)
    plain = cfg.loops(function, metadata)
    above = cfg.dominators(function)
    forest = _continued(plain, open_ended, blocks, above, order) if open_ended else plain
    forest = _with_tails(forest, blocks, sources)
    return Graph(
        order[0],
        order,
        sources,
        {loop.header: loop for loop in forest},
        {name: cfg.innermost(forest, name) for name in order},
        blocks,
        above,
        _only_accessed(function),
        {loop.header: loop for loop in plain},
        finest(function),
    )


RETURN = ""
"""The target of the edge by which a loop is left that takes in the end of the function."""


def _continued(
    forest: tuple[Loop, ...],
    open_ended: frozenset[str],
    blocks: Mapping[str, Block],
    above: Mapping[str, str | None],
    order: tuple[str, ...],
) -> tuple[Loop, ...]:
    """Loops that take in what comes after them, up to the end of the iteration around them: it runs in the iteration in
    which the loop is left, and what that has computed is known there under its own counter."""
    inside: dict[str, frozenset[str]] = {}
    for loop in forest:
        around = frozenset(order) if loop.parent is None else inside[loop.parent.header]
        body = loop.blocks
        if loop.header in open_ended:
            body |= {name for name in around if cfg.dominates(above, loop.header, name)}
        inside[loop.header] = body & around
    made: dict[str, Loop] = {}
    for loop in forest:
        own = inside[loop.header]
        outer = [o for o in made.values() if loop.header in o.blocks and own < o.blocks]
        parent = max(outer, key=lambda o: o.depth, default=None)
        exits = [
            (n, target)
            for n in order
            if n in own
            for target in cfg.successors(blocks[n])
            if target not in own
        ]
        exits += [(n, RETURN) for n in order if n in own and blocks[n].terminator.op == "ret"]
        depth = 1 if parent is None else parent.depth + 1
        made[loop.header] = replace(loop, blocks=own, exits=tuple(exits), parent=parent, depth=depth)
    return tuple(made.values())


def _only_accessed(function: Function) -> frozenset[str]:
    plain: dict[str, bool] = {}
    onward: list[tuple[str, str]] = []
    for block in function.blocks:
        for user in block.instrs:
            for position, operand in enumerate(user.operands):
                if not isinstance(operand, Local):
                    continue
                if position == 0 and user.result is not None and _same_place(user):
                    onward.append((operand.name, user.result))
                    continue
                place = (user.op, position) in PLACES
                plain[operand.name] = plain.get(operand.name, True) and place
    for base, made in reversed(onward):
        plain[base] = plain.get(base, True) and plain.get(made, False)
    return frozenset(name for name, only in plain.items() if only)


def _same_place(instr: Instr) -> bool:
    """An address that adds nothing to its base, or that of a lane, which is no pointer of the program's."""
    if instr.op != "getelementptr":
        return False
    steps = instr.operands[1:]
    return instr.meta(LANE[0]) is not None or all(isinstance(v, ConstInt) and v.value == 0 for v in steps)


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
            if target == RETURN:
                continue
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

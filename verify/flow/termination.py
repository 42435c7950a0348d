"""T ends wherever S does (C11 6.8.5p6 lets only S be assumed to).

Most loops have an affine exit. For the rest an endless run is led to a contradiction with something that the proof
shows anyway, or to one of S, which ends:

- a counter that signed addition moves in every iteration would overflow, which the duties exclude;
- a counter that moves by one meets its bound;
- an access in every iteration, at places further and further on, would leave the places that S accesses, of which there
  are finitely many: the duties again;
- T's loop goes on only as long as a loop of S does, so many iterations of that to one of its own.
"""

from __future__ import annotations

from verify.flow import progress, searches, spaces
from verify.flow.coinduct import Prover
from verify.flow.pair import Pair
from verify.flow.summary import Summary
from verify.ir import types
from verify.ir.cfg import Loop
from verify.ir.nodes import Instr
from verify.verdict import NotProved

STRIDES = (1, 2, 4, 8, 3, 16)


def check(pair: Pair, prover: Prover) -> None:
    """Raises NotProved for a loop of T that is not shown to end."""
    t = pair.after.summary
    for loop in t.cfg.loops.values():
        stuck = t.block_cond(loop.header).intersect(t.domain(loop).endless).intersect(pair.context)
        if stuck.is_empty() or _counts(t, loop) or progress.moves_on(t, loop) or _follows(pair, prover, loop):
            continue
        block = t.function.block(loop.header)
        loc = next((i.loc for i in block.instrs if i.loc is not None), t.function.loc)
        raise NotProved("non-termination", "a loop of the rewrite is not proved to end", loc)


def _counts(t: Summary, loop: Loop) -> bool:
    """A counter that cannot move for ever."""
    for phi in t.function.block(loop.header).instrs:
        if phi.op != "phi" or not isinstance(phi.type, types.IntType):
            continue
        step = progress.step(t, loop, phi)
        if step is None:
            continue
        moved, signed = step
        if signed or (
            abs(moved) == 1
            and any(_bounds(t, loop, phi, moved, edge) for edge in t.cfg.plain[loop.header].exits)
        ):
            return True
    return False


def _bounds(t: Summary, loop: Loop, phi: Instr, step: int, edge: tuple[str, str]) -> bool:
    """An exit that every iteration tests, on the counter itself against something fixed, met in steps of one."""
    pred, target = edge
    if t.loop_of(pred) != loop or not all(t.cfg.dominates(pred, latch) for latch in loop.latches):
        return False
    branch = t.function.block(pred).terminator
    test = progress.made(t, branch.operands[0]) if branch.op == "br" and branch.operands else None
    if test is None or test.op != "icmp" or len(set(branch.labels)) != 2:
        return False
    onward = test.predicate
    if branch.labels[0] == target:
        onward = INVERSE[onward]
    first, second = test.operands
    if second == phi.value:
        first, second, onward = second, first, MIRRORED[onward]
    if first != phi.value or not progress.fixed(t, loop, second):
        return False
    return onward == "ne" or onward in (("slt", "ult") if step > 0 else ("sgt", "ugt"))


INVERSE = {
    "eq": "ne", "ne": "eq", "slt": "sge", "sge": "slt", "sgt": "sle", "sle": "sgt",
    "ult": "uge", "uge": "ult", "ugt": "ule", "ule": "ugt",
}  # fmt: skip
MIRRORED = {
    "eq": "eq", "ne": "ne", "slt": "sgt", "sgt": "slt", "sle": "sge", "sge": "sle",
    "ult": "ugt", "ugt": "ult", "ule": "uge", "uge": "ule",
}  # fmt: skip


def _follows(pair: Pair, prover: Prover, loop: Loop) -> bool:
    """T's loop goes on at iteration t exactly if one of S's does at a multiple of t. Outermost loops only."""
    s, t = pair.before.summary, pair.after.summary
    if loop.parent is not None or len(t.counters_of(loop.header)) != 1:
        return False
    ours = searches.alive(t, loop, t.enter(loop))
    here = spaces.symbol(t.counters[loop.header])
    for other in s.cfg.loops.values():
        if other.parent is not None or not s.domain(other).data:
            continue
        theirs = searches.alive(s, other, s.enter(other))
        for stride in STRIDES:
            there = spaces.symbol(s.counters[other.header])
            where = there.eq_set(here.mul(spaces.constant(stride))).intersect(here.ge_set(spaces.constant(0)))
            where = where.intersect(t.block_cond(loop.header)).intersect(pair.context)
            if prover.equal(spaces.relation(where, theirs.ctx, ours.ctx), theirs, ours):
                return True
    return False

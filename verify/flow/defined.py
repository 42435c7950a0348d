"""Indeterminate values of T: none may reach an operator, a branch, an address, a lasting store or the return.

What T computes and does not use counts too (C11 6.3.2.1p2), so every instruction is looked at, not only results.
"""

from __future__ import annotations

import islpy as isl

from verify.flow import spaces
from verify.flow.definitions import definitions
from verify.flow.model import Side
from verify.flow.pair import Pair
from verify.flow.terms import Term
from verify.flow.values import Address, Datum
from verify.ir.nodes import Instr
from verify.verdict import NotProved

COPIES = frozenset({"phi", "token", "alloca", "insertelement", "shufflevector", "extractelement"})
RECURSIVE = frozenset({"load", "phi", "at", "walk", "next", "start"})
VISITS = 3


def check(pair: Pair) -> None:
    """Raises NotProved where an indeterminate value may be used."""
    side = pair.after
    s = side.summary
    search = _Search(side)
    for block in s.cfg.order:
        for instr in s.cfg.blocks[block].instrs:
            for term in _used(side, block, instr):
                if not search.may_reach(term):
                    continue
                where = s.block_cond(block).intersect(pair.context)
                extra = [name for name in s.counters_of(block) if name not in term.ctx]
                if not search.clean(term, spaces.points(spaces.forget(where, extra), term.ctx)):
                    raise NotProved("indeterminate", "an indeterminate value may be used", instr.loc)


def _used(side: Side, block: str, instr: Instr) -> list[Term]:
    s = side.summary
    if instr.op in COPIES or (instr.op == "call" and instr.callee.startswith("llvm.lifetime")):
        return []
    operands = list(instr.operands)
    if instr.op == "select":
        operands = operands[:1]
    if instr.op == "store":
        address = s.datum(instr.operands[1], block)
        own = isinstance(address, Address) and address.base.startswith(f"{s.side}.")
        operands = operands[1:] if own else operands
    found: list[Term] = []
    for operand in operands:
        found += _terms(s.datum(operand, block))
    return found


def _terms(datum: Datum) -> list[Term]:
    if isinstance(datum, tuple):
        return [term for lane in datum for term in _terms(lane)]
    return [datum.offset] if isinstance(datum, Address) else [datum]


class _Search:
    def __init__(self, side: Side) -> None:
        self.side = side
        self.reaching: dict[int, bool] = {}
        self.seen: dict[int, tuple[isl.Set, int]] = {}

    def sources(self, term: Term) -> list[Term]:
        if term.kind in RECURSIVE:
            return [kid for _, kid, _ in definitions(self.side, term)]
        return list(term.kids)

    def may_reach(self, term: Term) -> bool:
        """Whether an indeterminate value lies below the term at all, iterations aside."""
        if term.ident in self.reaching:
            return self.reaching[term.ident]
        seen: set[int] = set()
        stack = [term]
        while stack:
            item = stack.pop()
            if item.ident in seen:
                continue
            seen.add(item.ident)
            if item.kind == "token" or self.reaching.get(item.ident):
                self.reaching[term.ident] = True
                return True
            if item.ident not in self.reaching:
                stack.extend(self.sources(item))
        for ident in seen:
            self.reaching[ident] = False
        return False

    def clean(self, term: Term, where: isl.Set) -> bool:
        """Whether no indeterminate value reaches the term in these iterations."""
        if where.is_empty() or not self.may_reach(term):
            return True
        if term.kind == "token":
            return False
        before = self.seen.get(term.ident)
        if before is not None:
            if where.is_subset(before[0]):
                return True
            visits = before[1] + 1
            where = where.union(before[0])
            if visits > VISITS:
                where = isl.Set.universe(where.get_space())
        else:
            visits = 1
        self.seen[term.ident] = (where, visits)
        if term.kind in RECURSIVE:
            return all(
                self.clean(kid, _narrow(where.apply(step), dims, kid.ctx))
                for step, kid, dims in definitions(self.side, term)
            )
        if term.kind == "sel" and term.kids[0].kind == "cond":
            yes = spaces.points(term.kids[0].cond, term.ctx)
            parts = [(where.intersect(yes), term.kids[1]), (where.subtract(yes), term.kids[2])]
            return all(self.clean(kid, _narrow(part, term.ctx, kid.ctx)) for part, kid in parts)
        return all(self.clean(kid, _narrow(where, term.ctx, kid.ctx)) for kid in term.kids)


def _narrow(points: isl.Set, have: tuple[str, ...], want: tuple[str, ...]) -> isl.Set:
    for index in range(len(have) - 1, -1, -1):
        if have[index] not in want:
            points = points.project_out(isl.dim_type.set, index, 1)
    return points

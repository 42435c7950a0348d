"""Which iterations of S may do the same as iterations of T: relations to try, of which nothing is trusted."""

from __future__ import annotations

from typing import Protocol

import islpy as isl

from verify.flow import spaces
from verify.flow.coinduct import Prover
from verify.flow.model import Side
from verify.flow.spaces import Cond
from verify.flow.terms import Term


class Happening(Protocol):
    """What happens on operands, under a truth value."""

    @property
    def operands(self) -> tuple[Term, ...]: ...
    @property
    def guard(self) -> Term: ...


def guesses(prover: Prover, offer: Happening, duty: Happening, a: Term, b: Term) -> list[isl.Map]:
    """Relations between S's and T's iterations under which the operands may be equal."""
    found: list[isl.Map] = []
    affine = spaces.everywhere()
    useful = False
    for x, y in zip(offer.operands, duty.operands, strict=True):
        if x.kind == "int" and y.kind == "int":
            affine = affine.intersect(x.affine.eq_set(y.affine))
            useful = useful or bool(x.ctx or y.ctx)
    apart: list[Cond] = []
    for x, y in zip(offer.operands, duty.operands, strict=True):
        here = _same_places(_leaves(prover.before, (x,)), _leaves(prover.after, (y,)))
        if here is not None:
            apart.append(here)
    together = _same_places(_leaves(prover.before, offer.operands), _leaves(prover.after, duty.operands))
    if together is not None:
        affine, useful = affine.intersect(together), True
    below = spaces.everywhere()
    for x, y in _alike(offer.operands, duty.operands):
        if x.kind == y.kind == "int" and (x.ctx or y.ctx):
            below = below.intersect(x.affine.eq_set(y.affine))
    if not below.plain_is_universe():
        apart.append(below)
    for x, y in _alike((*offer.operands, offer.guard), (*duty.operands, duty.guard)):
        for lemma in prover.lemmas.get((x.ident, y.ident), ()):
            if not lemma.deps and set(x.ctx) == set(a.ctx) and set(y.ctx) == set(b.ctx):
                found.append(lemma.rel)
    if useful:
        found.append(spaces.relation(affine, a.ctx, b.ctx))
    found += [spaces.relation(cond, a.ctx, b.ctx) for cond in apart]
    found = list({str(rel): rel for rel in found}.values())
    first = spaces.everywhere()
    for x in a.ctx:
        first = first.intersect(spaces.symbol(x).eq_set(spaces.constant(0)))
    if a.ctx and not b.ctx:
        found.append(spaces.relation(first, a.ctx, b.ctx))
    if len(a.ctx) == len(b.ctx):
        same = spaces.everywhere()
        for x, y in zip(a.ctx, b.ctx, strict=True):
            same = same.intersect(spaces.symbol(x).eq_set(spaces.symbol(y)))
        found.append(spaces.relation(same, a.ctx, b.ctx))
    return found


def _same_places(
    ours: list[tuple[str, tuple[isl.PwAff, ...]]], theirs: list[tuple[str, tuple[isl.PwAff, ...]]]
) -> Cond | None:
    """That reads of the same arrays, in order, are of the same cells; None where there are none."""
    found: Cond | None = None
    for (array, subs), (other, places) in zip(ours, theirs, strict=False):
        if array == other and len(subs) == len(places):
            found = spaces.everywhere() if found is None else found
            for x, y in zip(subs, places, strict=True):
                found = found.intersect(x.eq_set(y))
    return found


def _alike(ours: tuple[Term, ...], theirs: tuple[Term, ...]) -> list[tuple[Term, Term]]:
    """Terms at the same places below the operands, while these have one shape."""
    found: list[tuple[Term, Term]] = []
    stack = list(zip(ours, theirs, strict=True))
    while stack and len(found) < 24:
        x, y = stack.pop(0)
        found.append((x, y))
        if x.kind == y.kind and x.data == y.data and len(x.kids) == len(y.kids):
            stack += zip(x.kids, y.kids, strict=True)
    return found


def _leaves(side: Side, operands: tuple[Term, ...]) -> list[tuple[str, tuple[isl.PwAff, ...]]]:
    """The affine reads below the operands, in order."""
    found: list[tuple[str, tuple[isl.PwAff, ...]]] = []

    def visit(term: Term, depth: int) -> None:
        if depth > 12 or len(found) > 12:
            return
        if term.kind == "load":
            site = side.of_access.get(id(term.data))
            if site is not None and site.cell is not None:
                found.append((site.array, site.cell))
            elif site is not None and site.access is not None:
                visit(site.access.address.offset, depth + 1)
        else:
            for kid in term.kids:
                visit(kid, depth + 1)

    for operand in operands:
        visit(operand, 0)
    return found

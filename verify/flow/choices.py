"""What the arms of a choice by data have in common: operands of nested operators of one ring."""

from __future__ import annotations

import functools

from verify.flow.definitions import resolved
from verify.flow.model import Side
from verify.flow.summands import Ring, extreme, neutral
from verify.flow.terms import Term, Terms


def addends(side: Side, term: Term, ring: Ring) -> list[tuple[int, Term]]:
    """The operands of nested operators of the ring, with signs."""
    if term.kind == "op" and ring.operator == "add" and term.data in ("add", "sub") and ring.exact_for(term):
        left, right = (addends(side, kid, ring) for kid in term.kids)
        return left + [(sign if term.data == "add" else -sign, kid) for sign, kid in right]
    if term.kind == "op" and ring.operator != "add" and term.data == ring.operator:
        return [item for kid in term.kids for item in addends(side, kid, ring)]
    if term.kind == "sel" and term.kids[0].kind != "cond":
        found = extreme(term, functools.partial(resolved, side))
        if found is not None and found[0] == ring.operator:
            return [item for kid in found[1:] for item in addends(side, kid, ring)]
    return [(1, term)]


def joined(terms: Terms, items: list[tuple[int, Term]], like: Term, ring: Ring) -> Term:
    """The operands of nested operators as one term; neutral without any."""
    result: Term | None = None
    for sign, kid in items:
        if sign < 0:
            result = terms.op("sub", like.type, result or terms.number(0, like.type), kid)
        else:
            result = kid if result is None else terms.op(ring.operator, like.type, result, kid)
    return result if result is not None else terms.number(neutral(ring.operator, like), like.type)

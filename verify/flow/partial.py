"""Parts of sums: where S adds up values that are not negative, a sum of some of them is at most S's whole sum, which
does not overflow (C11 6.5p5). So four signed sums instead of one do not either.

Of T's own additions those before are taken not to have overflowed: the first one that would is led to a contradiction.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import islpy as isl

from verify.flow import spaces
from verify.flow.coinduct import Prover
from verify.flow.pair import Pair
from verify.flow.terms import Term


class Operation(Protocol):
    """An operation on data of either program, as in `duties.Duty`."""

    @property
    def kind(self) -> str: ...
    @property
    def operands(self) -> tuple[Term, ...]: ...
    @property
    def guard(self) -> Term: ...
    @property
    def cond(self) -> spaces.Cond: ...
    @property
    def dims(self) -> tuple[str, ...]: ...


def bounded(pair: Pair, prover: Prover, duty: Operation, offers: Iterable[Operation]) -> bool:
    """Whether a signed addition of T stays in its type because S's sum of more does."""
    kind, op, *_ = f"{duty.kind}..".split(".")
    if (kind, op) != ("nsw", "add") or prover.reduce is None:
        return False
    s, t = pair.before.summary.terms, pair.after.summary.terms
    part = t.op("add", duty.operands[0].type, *duty.operands)
    places = _points(duty, part).intersect_params(pair.context)
    signed = _signed(pair)
    for offer in offers:
        if not s.is_true(offer.guard):
            continue
        whole = s.op("add", offer.operands[0].type, *offer.operands)
        last = _points(offer, whole).intersect_params(pair.context).lexmax()
        # Where S adds nothing, the part has to be small by itself.
        here = places.intersect_params(last.params())
        if here.is_empty() or not prover.reduce.at_most(prover, (whole, last), (part, here), signed):
            continue
        if prover.reduce.fits(prover, (part, places.subtract(here)), signed):
            return True
    return False


def _points(duty: Operation, term: Term) -> isl.Set:
    rest = [name for name in duty.dims if name not in term.ctx]
    return spaces.points(spaces.forget(duty.cond, rest), term.ctx)


def _signed(pair: Pair) -> dict[object, isl.Set]:
    """T's signed operations that are no matter of data, with the iterations that perform them."""
    t = pair.after.summary
    found: dict[object, isl.Set] = {}
    for duty in t.duties:
        parts = duty.kind.split(".")
        if parts[0] != "nsw" or not t.terms.is_true(t.guard(duty.block)):
            continue
        ctx = {name for kid in duty.operands for name in kid.ctx}
        names = sorted(ctx, key=lambda name: t.terms.order[name])
        rest = [name for name in t.counters_of(duty.block) if name not in ctx]
        runs = spaces.points(spaces.forget(t.block_cond(duty.block), rest), names)
        key = (parts[1], duty.operands)
        found[key] = found[key].union(runs) if key in found else runs
    return found

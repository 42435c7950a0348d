"""Sums that stay in their type: then the value is the sum as integers, not only modulo 2**width."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction
from typing import Protocol

import islpy as isl

from verify.flow import spaces
from verify.flow.coinduct import Prover
from verify.flow.integers import bits
from verify.flow.model import Side
from verify.flow.polynomials import Floors, TooComplex, number, variable
from verify.flow.ranges import Range, Ranges, limits, product
from verify.flow.summands import (
    OUT_,
    Collection,
    Factor,
    NoSum,
    Ring,
    Summand,
    at,
    identity,
    most_points,
    ring_of,
    selection,
    trivial,
)
from verify.flow.terms import Term

UNFOLDED = frozenset({"phi", "load", "at"})
MOST_CORNERS = 6


class Expander(Protocol):
    """What is asked of the expander of one program."""

    cut: bool

    @property
    def prover(self) -> Prover: ...
    @property
    def side(self) -> Side: ...
    @property
    def ranges(self) -> Ranges: ...
    @property
    def within(self) -> dict[tuple[int, bool, str], Collection | None]: ...
    @property
    def busy(self) -> set[object]: ...
    @property
    def signed_ops(self) -> dict[object, isl.Set]: ...
    def flat(self, term: Term, ring: Ring, points: isl.Set) -> Collection: ...
    def inner(
        self, term: Term, outer: Term, signed: bool, factor: Factor, where: isl.Map
    ) -> Collection | None: ...
    def defined(self, term: Term) -> isl.Set: ...
    def points(self, factor: Factor, where: isl.Map) -> isl.Set: ...


def exactly(e: Expander, term: Term, signed: bool, points: isl.Set) -> Collection | None:
    """Summands whose sum as integers is the value read as a signed or unsigned number, at these points."""
    key = (term.ident, signed, str(points))
    if key not in e.within:
        if ("within", key) in e.busy:
            e.cut = True
            return None
        e.busy.add(("within", key))
        try:
            e.within[key] = _exactly(e, term, signed, points)
        except (NoSum, TooComplex):
            e.within[key] = None
        finally:
            e.busy.discard(("within", key))
    return e.within[key]


def _exactly(e: Expander, term: Term, signed: bool, points: isl.Set) -> Collection | None:
    if signed and e.signed_ops:
        try:
            found = e.flat(term, Ring("add", 0, True), points)
        except NoSum:
            found = None
        if found is not None and not trivial(found, term):
            return found
    found = e.flat(term, ring_of(term), points)
    if trivial(found, term):
        return found
    known = bound(e, found, signed, points)
    low, high = limits(bits(term.type), signed)
    return found if known is not None and low <= known[0] and known[1] <= high else None


def quotient(
    e: Expander, term: Term, signed: bool, by: int, factor: Factor, where: isl.Map
) -> Collection | None:
    """The exact quotient of a polynomial by a number that divides it everywhere."""
    inner = term.kids[0]
    points = e.points(at(factor, inner), where)
    if not points.intersect_params(e.prover.context).is_subset(e.defined(inner)):
        return None
    found = exactly(e, inner, signed, points)
    if found is None:
        return None
    total, floors = number(0), Floors()
    for item in found.items:
        same = identity(len(inner.ctx)).intersect_domain(points)
        if item.where is None or item.where.dim(OUT_) != len(inner.ctx) or not item.where.is_equal(same):
            return None
        value = number(item.scale)
        for part in item.factors:
            if part.term.kind != "int" or part.term.affine.n_piece() != 1:
                return None
            names = [inner.ctx[place] for place in part.places]
            ((_, aff),) = spaces.renamed(part.term.affine, part.term.ctx, names).get_pieces()
            value = value * floors.of_aff(aff)
        total = total + value
    if floors.known or not total.divisible(by):
        return None
    found = e.inner(inner, term, signed, factor, where)
    if found is None:
        return None
    return Collection([replace(item, scale=item.scale / by) for item in found.items], found.folded)


def widened(e: Expander, item: Summand, signed: bool, to: str) -> Summand:
    """Leaves cast to a wider type, where they are the same integers."""
    terms = e.side.summary.terms
    factors: list[Factor] = []
    for factor in item.factors:
        term = factor.term
        if term.kind == "int":
            term = terms.integer(term.affine, to)
        elif bits(term.type) < bits(to):
            op = "sext" if signed else "zext"
            root = term.data.split(".")[0] if term.kind == "op" else ""
            if root in ("zext", op):
                # The sign of a zero-extended value is 0, and casts of one kind combine.
                op, term = root, term.kids[0]
            term = terms.op(f"{op}.{term.type}.{to}", to, term)
        factors.append(Factor(term, factor.places))
    return replace(item, factors=tuple(factors))


def bound(e: Expander, found: Collection, signed: bool, points: isl.Set) -> Range | None:
    """Bounds of the sum of the summands as integers, at any of these contexts."""
    known = points.intersect_params(e.prover.context)
    tight = _at_corners(e, found, signed, known)
    if tight is not None:
        return tight
    low = high = Fraction(0)
    for item in found.items:
        where = item.where
        if where is None:
            return None
        where = where.intersect_domain(known)
        if where.is_empty():
            continue
        one: Range = (1, 1)
        for factor in item.factors:
            place = where.apply_range(selection(where.dim(OUT_), factor.places)).range()
            value = e.ranges.of(factor.term, spaces.conditions(place, factor.term.ctx), signed)
            if value is None:
                return None
            one = product(one, value)
        count = most_points(where)
        if count is None:
            return None
        ends = [item.scale * end for end in one]
        if count == 1 and known.is_subset(where.domain()):
            low, high = low + min(ends), high + max(ends)
        else:
            low, high = low + min(min(ends) * count, 0), high + max(max(ends) * count, 0)
    return (int(low) - (low.denominator > 1), int(high) + (high.denominator > 1))


def _at_corners(e: Expander, found: Collection, signed: bool, known: isl.Set) -> Range | None:
    """Bounds of a sum without loops as a polynomial of independent values: one that is linear in each of them alone
    has its extremes where each is extreme. None for any other sum."""
    total = number(0)
    ends: dict[str, Range] = {}
    names: dict[tuple[int, str], str] = {}
    for item in found.items:
        where = item.where
        if where is None or not where.is_single_valued() or not known.is_subset(where.domain()):
            return None
        weight = number(item.scale)
        for factor in item.factors:
            reach = where.intersect_domain(known).apply_range(selection(where.dim(OUT_), factor.places))
            term = factor.term
            if term.kind == "int" and not term.ctx and term.affine.n_piece() == 1:
                floors = Floors()
                poly = floors.of_aff(term.affine.get_pieces()[0][1])
                bounds = {name: e.prover.bounds(name) for name in poly.names()}
                if floors.known or any(bound is None for bound in bounds.values()):
                    return None
                ends |= {name: bound for name, bound in bounds.items() if bound is not None}
                weight = weight * poly
                continue
            value = e.ranges.of(term, spaces.conditions(reach.range(), term.ctx), signed)
            if value is None:
                return None
            name = names.setdefault((term.ident, str(reach)), f"v{len(names)}_")
            ends[name] = value
            weight = weight * variable(name)
        total = total + weight
    used = sorted(total.names())
    if len(used) > MOST_CORNERS or any(len(set(m)) < len(m) for m, _ in total.terms):
        return None
    values: list[Fraction] = []
    for corner in itertools.product(*(ends[name] for name in used)):
        poly = total
        for name, end in zip(used, corner, strict=True):
            poly = poly.put(name, number(end))
        values.append(poly.terms[0][1] if poly.terms else Fraction(0))
    return math.floor(min(values)), math.ceil(max(values))


def range_of(e: Expander, term: Term, where: spaces.Cond) -> Range | None:
    """The signed values of an integer term in the iterations `where`, accumulated ones included."""
    if not term.type.startswith("i") or term.type == "i1":
        return None
    found = e.ranges.of(term, where, True) or limits(bits(term.type), True)
    plain = term.kind == "op" and term.data in ("add", "sub")
    if not plain and (term.kind not in UNFOLDED or found != limits(bits(term.type), True)):
        return found
    runs = spaces.points(spaces.forget(where, spaces.names_in(where) & _others(e, term)), term.ctx)
    runs = runs.intersect_params(e.prover.context)
    if not runs.is_subset(e.defined(term)):
        return found
    total = exactly(e, term, True, runs)
    known = None if total is None or trivial(total, term) else bound(e, total, True, runs)
    return found if known is None else (max(known[0], found[0]), min(known[1], found[1]))


def _others(e: Expander, term: Term) -> frozenset[str]:
    """Counters that a term does not depend on."""
    return frozenset(e.side.summary.terms.order) - set(term.ctx)

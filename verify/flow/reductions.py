"""Equality of values that loops accumulate: both sides dissolved into summands (`summands`), those counted (`columns`).

Two values are equal where every value counts equally often in both: as numbers modulo 2**width for sums, modulo a
divisor where both values are remainders by it, modulo 2 for exclusive or, exactly for products (as exponents), and at
all or not at all for operators by which x combined with x is x. Modular arithmetic and bit operations are associative
and commutative (C11 6.2.5p9 for unsigned types; that a *signed* sum may not overflow on the way is a duty of its own).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import islpy as isl

from verify.flow import exact, spaces
from verify.flow.coinduct import Deps
from verify.flow.columns import Column, Example, Piece, Tabulator
from verify.flow.counts import distinct, moved, negated, overlaid, placed, support
from verify.flow.definitions import definitions, resolved
from verify.flow.expand import UNFOLDED, Expander
from verify.flow.integers import bits
from verify.flow.polynomials import Floors, Poly, TooComplex, number
from verify.flow.ranges import limits
from verify.flow.spaces import Cond
from verify.flow.summands import IDEMPOTENT, OPERATORS, NoSum, Ring, constant_of, extreme, ring_of
from verify.flow.terms import Term

if TYPE_CHECKING:
    from verify.flow.coinduct import Prover
    from verify.flow.model import Side

Signed = dict[object, isl.Set]
MOST_SEEN = 120
MOST_MISSES = 3
STEPS = 3000


@dataclass(slots=True)
class Reducer:
    """The rule for reductions of one proof attempt, with what it has taken apart so far."""

    sides: dict[int, Expander] = field(default_factory=dict[int, Expander])
    misses: dict[tuple[int, int, Ring], int] = field(default_factory=dict[tuple[int, int, Ring], int])
    rings: dict[tuple[str, int], tuple[Ring, ...]] = field(
        default_factory=dict[tuple[str, int], "tuple[Ring, ...]"]
    )
    assumed: Expander | None = None

    def __call__(self, prover: Prover, rel: isl.Map, a: Term, b: Term) -> Deps | None:
        """Prove two integer terms equal as reductions; None where that is not possible."""
        if a.type != b.type or not a.type.startswith("i") or a.type == "i1":
            return None
        found = (*self._rings(prover.before, a), *self._rings(prover.after, b))
        # Sums of another width below say that sums of this width are worth looking at.
        sums = [ring_of(a)] if any(ring.operator == "add" for ring in found) else []
        rings = dict.fromkeys((*sums, *found))
        for ring in rings:
            key = (a.ident, b.ident, ring)
            if self.misses.get(key, 0) >= MOST_MISSES:
                continue
            deps = self._equal(prover, rel, a, b, ring)
            if deps is not None:
                return deps
            self.misses[key] = self.misses.get(key, 0) + 1
        return None

    def range_of(self, prover: Prover, side: Side, term: Term, where: Cond) -> tuple[int, int] | None:
        """The signed values of an integer term in the iterations `where`."""
        return exact.range_of(self.expander(prover, side), term, where)

    def computed(self, prover: Prover, term: Term, points: isl.Set) -> bool:
        """Whether S has certainly computed an operation, as a signed one, in all these iterations."""
        return self.expander(prover, prover.before).computed(term, points)

    def at_most(
        self, prover: Prover, whole: tuple[Term, isl.Set], part: tuple[Term, isl.Set], signed: Signed
    ) -> bool:
        """Whether T's sum `part`, at all of its points, is one of values that are not negative, each of which is in S's
        sum `whole` too: as integers, provided that T's `signed` operations have not overflowed before."""
        ring = Ring("add", 0, True)
        s, t = self.expander(prover, prover.before), self._assuming(prover, signed)
        try:
            left, right = s.flat(whole[0], ring, whole[1]), t.flat(part[0], ring, part[1])
            rel = isl.Map.from_domain_and_range(whole[1], part[1])
            comparison = _Comparison(prover, ring, rel, (whole[0], part[0]), (s, t))
            return comparison.contained((left, right))
        except (NoSum, TooComplex):
            return False

    def fits(self, prover: Prover, part: tuple[Term, isl.Set], signed: Signed) -> bool:
        """Whether T's sum `part` is in its type at all of its points by the ranges of its summands, as in `at_most`."""
        t = self._assuming(prover, signed)
        try:
            found = t.flat(part[0], Ring("add", 0, True), part[1])
        except (NoSum, TooComplex):
            return False
        known = exact.bound(t, found, True, part[1])
        low, high = limits(bits(part[0].type), True)
        return part[1].is_empty() or (known is not None and low <= known[0] and known[1] <= high)

    def _assuming(self, prover: Prover, signed: Signed) -> Expander:
        if self.assumed is None:
            self.assumed = Expander(prover, prover.after)
            self.assumed.signed_ops = signed
        self.assumed.steps = STEPS
        return self.assumed

    def expander(self, prover: Prover, side: Side) -> Expander:
        found = self.sides.get(id(side))
        if found is None or found.prover is not prover:
            found = self.sides[id(side)] = Expander(prover, side)
        found.steps = STEPS
        return found

    def _rings(self, side: Side, term: Term) -> tuple[Ring, ...]:
        key = (side.summary.side, term.ident)
        if key not in self.rings:
            self.rings[key] = _accumulated(side, term)
        return self.rings[key]

    def _equal(self, prover: Prover, rel: isl.Map, a: Term, b: Term, ring: Ring) -> Deps | None:
        s, t = self.expander(prover, prover.before), self.expander(prover, prover.after)
        for expander, term, points in ((s, a, rel.domain()), (t, b, rel.range())):
            if not points.intersect_params(prover.context).is_subset(expander.defined(term)):
                return None
        try:
            if ring.modulus not in (0, 1 << bits(a.type)):
                # Congruent values are equal only if both are remainders by the modulus.
                for expander, term in ((s, a), (t, b)):
                    known = expander.ranges.of(term, spaces.everywhere(), False)
                    if known is None or known[1] >= ring.modulus:
                        return None
            left = s.flat(a, ring, rel.domain().intersect_params(prover.context))
            right = t.flat(b, ring, rel.range().intersect_params(prover.context))
            if not (left.folded or right.folded):
                return None
            return _Comparison(prover, ring, rel, (a, b), (s, t)).decide((left, right))
        except (NoSum, TooComplex):
            return None


def _accumulated(side: Side, term: Term) -> tuple[Ring, ...]:
    """The rings in which a value is accumulated: operators on the way from a value around to itself."""
    found: dict[Ring, None] = {}
    state: dict[int, bool] = {}

    def visit(term: Term, path: tuple[Term, ...]) -> bool:
        """Whether a term that is being visited is met again below; collects the operators on the way."""
        term = resolved(side, term)
        if term.ident in state:
            return state[term.ident]
        if len(state) > MOST_SEEN:
            return False
        if term.kind in UNFOLDED:
            state[term.ident] = True
            around = False
            for _, kid, _ in definitions(side, term):
                around = visit(kid, ()) or around
            state[term.ident] = False
            return around
        if term.kind not in ("op", "sel"):
            return False
        around = False
        for kid in term.kids[1:] if term.kind == "sel" else term.kids:
            around = visit(kid, ()) or around
        if around:
            ring = _ring(side, term)
            if ring is not None:
                found.setdefault(ring)
        return around

    try:
        visit(term, ())
    except KeyError:
        return ()
    return tuple(found)


def _ring(side: Side, term: Term) -> Ring | None:
    if not term.type.startswith("i") or term.type == "i1":
        return None
    if term.kind == "sel":
        chosen = extreme(term, functools.partial(resolved, side))
        return Ring(chosen[0]) if chosen is not None else None
    if term.data in ("add", "sub"):
        return Ring("add", 1 << bits(term.type))
    if term.data == "urem" and (divisor := constant_of(term.kids[1])) is not None and divisor > 1:
        return Ring("add", divisor, False)
    return Ring(term.data) if term.data in OPERATORS else None


@dataclass(slots=True)
class _Comparison:
    prover: Prover
    ring: Ring
    rel: isl.Map
    terms: tuple[Term, Term]
    sides: tuple[Expander, Expander]

    def contained(self, found: tuple[object, object]) -> bool:
        """Whether all values are at least 0 and those on the right count on the left at least as often."""
        tables, _ = self._tables(found)
        left, right = tables[0].columns, tables[1].columns
        if not right.keys() <= left.keys():
            return False
        for key, column in left.items():
            if not all(self._positive(example) for example in column.examples):
                return False
            other = right[key].count if key in right else []
            for pieces in (column.count, other, [*column.count, *negated(other)]):
                if any(not _at_least_zero(poly) for _, poly in overlaid(pieces)):
                    return False
        return True

    def _positive(self, example: Example) -> bool:
        """Whether the product of the values at all of its points is at least 0."""
        for factor in example.factors:
            names = [example.dims[place] for place in factor.places]
            rest = spaces.names_in(example.cond) - set(names)
            known = [name for name in rest if name.endswith("_")]
            if len(set(names)) < len(names):
                return False
            points = spaces.points(spaces.forget(example.cond, known), names)
            where = spaces.conditions(points, factor.term.ctx)
            value = self.sides[0].ranges.of(factor.term, where, True)
            if value is None or value[0] < 0:
                return False
        return True

    def decide(self, found: tuple[object, object]) -> Deps | None:
        """What the equality rests on; None where some value is not seen to count equally."""
        tables, floors = self._tables(found)
        return self._decide(tables, floors)

    def _tables(self, found: tuple[object, object]) -> tuple[list[Tabulator], Floors]:
        a, b = self.terms
        names = tuple(f"q{i}_" for i in range(len(a.ctx) + len(b.ctx)))
        pairs = spaces.conditions(self.rel.wrap().flatten(), names).intersect(self.prover.context)
        floors = Floors()
        tables: list[Tabulator] = []
        for expander, own, items in (
            (self.sides[0], names[: len(a.ctx)], found[0]),
            (self.sides[1], names[len(a.ctx) :], found[1]),
        ):
            table = Tabulator(expander, self.ring, floors, pairs, own)
            table.add(items)  # type: ignore[arg-type]
            tables.append(table)
        return tables, floors

    def _decide(self, tables: list[Tabulator], floors: Floors) -> Deps | None:
        left, right = tables[0].columns, tables[1].columns
        open_left: list[tuple[Column, list[Piece]]] = []
        open_right: list[tuple[Column, list[Piece]]] = []
        for key, column in left.items():
            other = right.get(key)
            rest = self._rest(floors, column.count, other.count if other is not None else [])
            if rest:
                open_left.append((column, rest))
        for key, column in right.items():
            if key not in left:
                rest = self._rest(floors, [], column.count)
                if rest:
                    open_right.append((column, rest))
        return self._pair(floors, open_left, open_right)

    def _rest(self, floors: Floors, left: list[Piece], right: list[Piece]) -> list[Piece]:
        """Where the counts differ, with the difference."""
        if self.ring.operator in IDEMPOTENT:
            ours, theirs = support(left), support(right)
            pieces = [(ours.subtract(theirs), number(1)), (theirs.subtract(ours), number(-1))]
            return [piece for piece in pieces if not piece[0].is_empty()]
        modulus = 2 if self.ring.operator == "xor" else self.ring.modulus
        pieces = [*left, *((where, poly.scaled(Fraction(-1))) for where, poly in right)]
        return [(where, poly) for where, poly in overlaid(pieces) if not floors.zero_on(poly, where, modulus)]

    def _pair(
        self,
        floors: Floors,
        left: list[tuple[Column, list[Piece]]],
        right: list[tuple[Column, list[Piece]]],
    ) -> Deps | None:
        """Columns of different shape whose counts agree, if their values do."""
        deps: Deps = frozenset()
        places = [distinct(column, count) for column, count in right]
        for column, count in left:
            mine = distinct(column, count)
            for index, (other, theirs) in enumerate(right):
                if mine[0] != places[index][0]:
                    continue
                renaming = (mine[1], places[index][1])
                if self._rest(floors, placed(count, renaming[0]), negated(placed(theirs, renaming[1]))):
                    continue
                found = self._values(column, other, count, renaming)
                if found is not None:
                    deps |= found
                    del right[index], places[index]
                    break
            else:
                return None
        return deps if not right else None

    def _values(
        self,
        column: Column,
        other: Column,
        count: list[Piece],
        renaming: tuple[tuple[str, ...], tuple[str, ...]],
    ) -> Deps | None:
        """Prove the summands of two columns equal at equal coordinates."""
        deps: Deps = frozenset()
        where = support(count)
        for x in column.examples:
            for y in other.examples:
                found = self._example(x, y, where, renaming)
                if found is None:
                    return None
                deps |= found
        return deps

    def _example(
        self, x: Example, y: Example, where: Cond, renaming: tuple[tuple[str, ...], tuple[str, ...]]
    ) -> Deps | None:
        if len(x.factors) != len(y.factors):
            return None
        news = [f"e{i}_" for i in range(len(y.dims))]
        theirs = spaces.conditions(spaces.points(y.cond, y.dims), news)
        cond = moved(x.cond.intersect(where), renaming[0]).intersect(moved(theirs, renaming[1]))
        deps: Deps = frozenset()
        for f, g in zip(x.factors, y.factors, strict=True):
            ins, outs = [x.dims[p] for p in f.places], [news[p] for p in g.places]
            if len(set(ins)) < len(ins) or len(set(outs)) < len(outs):
                return None
            local = [name for name in spaces.names_in(cond) if name.endswith("_") and name[1:-1].isdigit()]
            rel = spaces.relation(
                spaces.forget(cond, [n for n in local if n not in (*ins, *outs)]), ins, outs
            )
            found = self.prover.prove(rel, f.term, g.term)
            if found is None:
                return None
            deps |= found
        return deps


def _at_least_zero(poly: Poly) -> bool:
    """Whether a polynomial is a number that is not negative."""
    return poly.degree == 0 and all(value >= 0 for _, value in poly.terms)

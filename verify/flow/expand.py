"""Values taken apart into summands: loops, reads and nested sums dissolved into what is combined.

For addition there is a ring. In the integers modulo m, with m a divisor of 2**width, addition, subtraction,
multiplication and truncation of that width are exact (C11 6.2.5p9). Any other ring (the integers themselves, or a
modulus like 255) takes a sum apart only if it stays in its type, by the ranges of its summands or because S certainly
executes the same operation as a signed one (C11 6.5p5). Values are then read as signed or as unsigned numbers.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import islpy as isl

from verify.flow import exact, spaces
from verify.flow.choices import addends, joined
from verify.flow.definitions import RECURSIVE, definitions, resolved
from verify.flow.integers import bits
from verify.flow.polynomials import TooComplex
from verify.flow.ranges import Ranges, limits
from verify.flow.summands import (
    ONE,
    OUT_,
    Collection,
    Factor,
    NoSum,
    Ring,
    Summand,
    at,
    compact,
    constant_of,
    extension,
    extreme,
    identity,
    parts,
    selection,
    trivial,
    whole,
)
from verify.flow.terms import Term

if TYPE_CHECKING:
    from verify.flow.coinduct import Prover
    from verify.flow.model import Side

UNFOLDED = frozenset({"phi", "load", "at"})
MOST_ITEMS = 64
MOST_STEPS = 3000
MOST_BELOW = 300


@dataclass(slots=True)
class Expander:
    """Dissolves terms of one program; remembers what it found."""

    prover: Prover
    side: Side
    cache: dict[tuple[int, Ring], Collection | None] = field(
        default_factory=dict[tuple[int, Ring], "Collection | None"]
    )
    within: dict[tuple[int, bool, str], Collection | None] = field(
        default_factory=dict[tuple[int, bool, str], "Collection | None"]
    )
    busy: set[object] = field(default_factory=set[object])
    recurrent: dict[int, bool] = field(default_factory=dict[int, bool])
    cut: bool = False
    steps: int = MOST_STEPS
    domains: dict[int, isl.Set] = field(default_factory=dict[int, isl.Set])
    ranges: Ranges = field(init=False)
    signed_ops: dict[object, isl.Set] = field(default_factory=dict[object, isl.Set])

    def __post_init__(self) -> None:
        self.ranges = Ranges(self.side, self.prover.context)
        if self.side is self.prover.before:
            self._signed_operations()

    def _signed_operations(self) -> None:
        """Signed operations that S certainly executes: in range wherever S is defined."""
        s = self.side.summary
        for duty in s.duties:
            parts = duty.kind.split(".")
            if parts[0] != "nsw" or not s.terms.is_true(s.guard(duty.block)):
                continue
            ctx = {name for kid in duty.operands for name in kid.ctx}
            names = sorted(ctx, key=lambda name: s.terms.order[name])
            rest = [name for name in s.counters_of(duty.block) if name not in ctx]
            runs = spaces.points(spaces.forget(s.block_cond(duty.block), rest), names)
            key = (parts[1], duty.operands)
            old = self.signed_ops.get(key)
            self.signed_ops[key] = runs if old is None else old.union(runs)

    def computed(self, term: Term, points: isl.Set) -> bool:
        """Whether S has certainly computed this operation, as a signed one, in all these iterations."""
        runs = self.signed_ops.get((term.data, term.kids))
        return runs is not None and points.intersect_params(self.prover.context).is_subset(runs)

    # Whole collections

    def collect(self, term: Term, ring: Ring) -> Collection | None:
        """The term's summands wherever it is defined, as far as they can be taken apart; None where that is too much or
        circular."""
        if term.kind == "load" and self.side.of_access[id(term.data)].anywhere is not None:
            return None
        key = (term.ident, ring)
        if key in self.cache:
            return self.cache[key]
        if key in self.busy:
            self.cut = True
            return None
        self.busy.add(key)
        outer, self.cut = self.cut, False
        found: Collection | None = None
        try:
            if term.kind in UNFOLDED:
                found = self._solve(term, ring)
            else:
                found = self.flat(term, ring, self.defined(term))
        except (NoSum, TooComplex):
            found = None
        finally:
            self.busy.discard(key)
        if not self.cut or not self.busy:
            # What was cut short at a term that was being taken apart is no answer for other occasions.
            self.cache[key] = found
        self.cut = self.cut or outer
        return found

    def flat(self, term: Term, ring: Ring, points: isl.Set) -> Collection:
        found = Collection()
        start = identity(len(term.ctx)).intersect_domain(points)
        self._expand(Summand(ONE, (), start), (whole(term),), ring, found, 0)
        return found

    def _solve(self, term: Term, ring: Ring) -> Collection | None:
        """The summands of a read, a loop-carried value or a loop's result. Where its definition is itself at earlier
        points plus others, the chain is followed to its end: it runs back in time, so it has one."""
        found = Collection()
        where = self.defined(term)
        for step, kid, dims in definitions(self.side, term):
            factor = Factor(kid, tuple(dims.index(name) for name in kid.ctx))
            self._expand(Summand(ONE, (), step.intersect_domain(where)), (factor,), ring, found, 0)
        selves = [item for item in found.items if any(f.term is term for f in item.factors)]
        if not selves:
            # A recurrence of another kind: one step back is no progress (on the way to one that is taken apart it is).
            return None if term.kind != "at" and not self.cut and self.recurs(term) else found
        width = len(term.ctx)
        back = isl.Map.empty(identity(width).get_space())
        for item in selves:
            if len(item.factors) != 1 or item.scale != 1 or item.where is None:
                return None
            step = item.where.apply_range(selection(item.where.dim(OUT_), item.factors[0].places))
            # Two ways back from one point would count what lies behind them twice.
            if not item.where.is_single_valued() or not step.domain().is_disjoint(back.domain()):
                return None
            back = back.union(step)
        chain, exact = back.transitive_closure()
        if not exact:
            return None
        chain = chain.union(identity(width)).coalesce()
        result = Collection([], True)
        for item in found.items:
            if item not in selves and item.where is not None:
                where = chain.apply_range(extension(width, item.where))
                factors = tuple(Factor(f.term, tuple(p + width for p in f.places)) for f in item.factors)
                if not where.is_empty():
                    result.items.append(Summand(item.scale, factors, where))
        return result

    def recurs(self, term: Term) -> bool:
        """Whether a term's value rests on itself at other iterations (or so much lies below that it may)."""
        found = self.recurrent.get(term.ident)
        if found is None:
            seen: set[int] = set()
            stack = [kid for _, kid, _ in definitions(self.side, term)]
            found = False
            while stack and not found:
                item = resolved(self.side, stack.pop())
                if item.ident in seen:
                    continue
                seen.add(item.ident)
                found = item is term or len(seen) > MOST_BELOW
                if item.kind in RECURSIVE:
                    stack.extend(kid for _, kid, _ in definitions(self.side, item))
                stack.extend(item.kids)
            self.recurrent[term.ident] = found
        return found

    def _expand(
        self, base: Summand, pending: tuple[Factor, ...], ring: Ring, out: Collection, depth: int
    ) -> None:
        """Take `base` times the pending factors apart; `base.where` is not None."""
        self.steps -= 1
        where = base.where
        if where is None or depth > 60 or self.steps < 0 or len(out.items) > MOST_ITEMS:
            raise NoSum
        if where.is_empty() or not base.scale:
            return
        if not pending:
            if ring.operator != "add" or not any(constant_of(f.term) == 0 for f in base.factors):
                out.items.append(compact(base))
            return
        factor, *rest = pending
        term = resolved(self.side, factor.term)
        if term is not factor.term:
            if not self.is_covered(factor, where):
                raise NoSum
            factor = at(factor, term)
        parts = self._dissolved(factor, where, ring)
        if parts is None:
            if term.kind == "token":
                raise NoSum
            affine = ring.operator == "add" and term.kind == "int" and not ring.exact_for(term)
            if affine and not self._fits(factor, where, ring.signed):
                raise NoSum
            self._expand(replace(base, factors=(*base.factors, factor)), tuple(rest), ring, out, depth + 1)
            return
        out.folded = out.folded or parts.folded
        for item in parts.items:
            if item.where is None:
                reached, places = where, factor.places
                inner = tuple(Factor(f.term, tuple(places[p] for p in f.places)) for f in item.factors)
            else:
                size = where.dim(OUT_)
                reach = selection(size, factor.places).apply_range(item.where)
                reached = where.apply_range(extension(size, reach))
                inner = tuple(Factor(f.term, tuple(p + size for p in f.places)) for f in item.factors)
            more = Summand(base.scale * item.scale, base.factors, reached)
            self._expand(more, (*inner, *rest), ring, out, depth + 1)

    # One term

    def _dissolved(self, factor: Factor, where: isl.Map, ring: Ring) -> Collection | None:
        """What one term is the combination of, over its own context; None for a leaf."""
        term = factor.term
        if term.kind in UNFOLDED:
            found = self.collect(term, ring)
            return found if found is not None and self.is_covered(factor, where) else None
        if term.kind == "sel":
            return self._choice(term, ring)
        if term.kind != "op":
            return None
        if ring.operator != "add":
            return parts(term, (ONE, 0), (ONE, 1)) if term.data == ring.operator else None
        return self._sum(factor, where, ring)

    def _sum(self, factor: Factor, where: isl.Map, ring: Ring) -> Collection | None:
        term = factor.term
        op = term.data.split(".")[0]
        second = constant_of(term.kids[1]) if len(term.kids) == 2 else None
        modular = ring.exact_for(term)
        if op in ("add", "sub", "mul", "shl"):
            same = ring.signed and op != "shl" and self.computed(term, self.points(factor, where))
            if not modular and not same:
                return self.inner(term, term, ring.signed, factor, where)
            if op == "mul":
                return Collection(
                    [Summand(ONE, (at(whole(term), term.kids[0]), at(whole(term), term.kids[1])))]
                )
            if op == "shl":
                if second is None or not 0 <= second < bits(term.type):
                    return None
                return parts(term, (Fraction(1 << second), 0))
            return parts(term, (ONE, 0), (ONE if op == "add" else -ONE, 1))
        if op == "trunc" and modular:
            return parts(term, (ONE, 0))
        if op == "and" and ring.modulus and second is not None:
            # x & (2**k - 1) is x modulo 2**k.
            size = second % (1 << bits(term.type)) + 1
            fine = size & (size - 1) == 0 and size % ring.modulus == 0 and modular
            return parts(term, (ONE, 0)) if fine else None
        if op in ("sext", "zext") and ring.exact_for(term.kids[0]):
            # The bits above are no matter.
            return parts(term, (ONE, 0))
        if op == "sext" and not modular and not ring.signed:
            return None
        if op in ("sext", "zext"):
            # A zero-extended value is the same number in both readings.
            return self.inner(term.kids[0], term, op == "sext", factor, where)
        if op == "urem" and ring.modulus and second is not None:
            # The remainder is congruent to the unsigned value, if the divisor is a multiple of the modulus.
            if second > 0 and second % ring.modulus == 0:
                return self.inner(term.kids[0], term, False, factor, where)
            return None
        if op in ("udiv", "sdiv", "lshr") and second is not None and (modular or ring.signed or op != "sdiv"):
            by = second if op != "lshr" else 1 << second if 0 <= second < bits(term.type) else 0
            return exact.quotient(self, term, op == "sdiv", by, factor, where) if by > 1 else None
        return None

    def inner(
        self, term: Term, outer: Term, signed: bool, factor: Factor, where: isl.Map
    ) -> Collection | None:
        """A sum that stays in its type, as the sum of its summands widened to the type of `outer`."""
        inner = at(factor, term)
        if not self.is_covered(inner, where):
            return None
        found = exact.exactly(self, term, signed, self.points(inner, where))
        if found is None or trivial(found, term):
            return None
        wide = [exact.widened(self, item, signed, outer.type) for item in found.items]
        names = {name: place for place, name in enumerate(outer.ctx)}
        reach = selection(len(outer.ctx), tuple(names[name] for name in term.ctx))
        items = [
            replace(
                item,
                where=reach.apply_range(item.where if item.where is not None else identity(len(term.ctx))),
            )
            for item in wide
        ]
        return Collection(items, found.folded)

    def _choice(self, term: Term, ring: Ring) -> Collection | None:
        """A choice: by affine conditions a division of the points; by data what both arms share, and the rest."""
        cond, then, other = term.kids
        start = whole(term)
        if cond.kind == "cond":
            where = spaces.points(cond.cond, term.ctx)
            same = identity(len(term.ctx))
            return Collection(
                [
                    Summand(ONE, (at(start, then),), same.intersect_domain(where)),
                    Summand(ONE, (at(start, other),), same.subtract_domain(where)),
                ]
            )
        found = extreme(term, functools.partial(resolved, self.side))
        if found is not None and found[0] == ring.operator:
            # The comparison has both operands; an arm may not have been computed where it is not chosen.
            return Collection([Summand(ONE, (at(start, kid),)) for kid in found[1:]])
        left, right = addends(self.side, then, ring), addends(self.side, other, ring)
        shared: list[tuple[int, Term]] = []
        for item in list(left):
            other = next((o for o in right if o[0] == item[0] and self._alike(item[1], o[1])), None)
            if other is not None:
                shared.append(item)
                left.remove(item)
                right.remove(other)
        if not shared:
            return None
        terms = self.side.summary.terms
        chosen = terms.choose(cond, joined(terms, left, term, ring), joined(terms, right, term, ring))
        items = [Summand(Fraction(sign), (at(start, kid),)) for sign, kid in shared]
        return Collection([*items, Summand(ONE, (at(start, chosen),))])

    def _alike(self, term: Term, other: Term) -> bool:
        """Whether two terms are one, or reads that see the same, the other wherever the one is defined."""
        if term is other or term.kind != "load" or other.kind != "load":
            return term is other
        same = term.ctx == other.ctx and resolved(self.side, term) is resolved(self.side, other)
        return same and self.defined(term).is_subset(self.defined(other))

    # Places

    def defined(self, term: Term) -> isl.Set:
        """The contexts in which a term has a value, over inputs of interest."""
        if term.ident not in self.domains:
            known = self.prover.known(self.side, term).intersect_params(self.prover.context)
            s = self.side.summary
            for header, counter in s.counters.items():
                # A value over a loop's counter belongs to an iteration that begins.
                if counter in term.ctx and set(s.counters_of(header)) <= set(term.ctx):
                    known = known.intersect(spaces.points(s.block_cond(header), term.ctx))
            self.domains[term.ident] = known.coalesce()
        return self.domains[term.ident]

    def points(self, factor: Factor, where: isl.Map) -> isl.Set:
        """The contexts in which a factor is looked at."""
        return where.apply_range(selection(where.dim(OUT_), factor.places)).range()

    def is_covered(self, factor: Factor, where: isl.Map) -> bool:
        """Whether the term is defined at all points at which it is looked at."""
        points = self.points(factor, where).intersect_params(self.prover.context)
        return points.is_subset(self.defined(factor.term))

    def _fits(self, factor: Factor, where: isl.Map, signed: bool) -> bool:
        low, high = limits(bits(factor.term.type), signed)
        inside = spaces.points(spaces.between(factor.term.affine, low, high + 1), factor.term.ctx)
        return self.points(factor, where).intersect_params(self.prover.context).is_subset(inside)

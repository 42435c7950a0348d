"""What values are collections of: summands with multiplicity, and the rings that they are added in.

A summand stands for one value at every point that `where` relates to a context: a term at context c is the sum (or
product, minimum, ...) over its summands and their points at c of scale * product of factors. Every point counts, so a
dimension that no factor looks at says how often the others count.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

import islpy as isl

from verify.flow import spaces
from verify.flow.integers import bits
from verify.flow.terms import Term

OUT_ = isl.dim_type.out
IN_ = isl.dim_type.in_
IDEMPOTENT = frozenset({"and", "or", "smax", "smin", "umax", "umin"})
OPERATORS = frozenset({"add", "mul", "xor"}) | IDEMPOTENT
ONE = Fraction(1)


class NoSum(Exception):
    """The term is no collection of this operator, or too large a one."""


@dataclass(frozen=True, slots=True)
class Ring:
    """What is computed in: an operator; for sums a modulus (0: the integers) and how values are read as integers."""

    operator: str
    modulus: int = 0
    signed: bool = True

    def exact_for(self, term: Term) -> bool:
        """Whether sums of the term's type are sums in the ring."""
        return self.modulus > 0 and (1 << bits(term.type)) % self.modulus == 0


def ring_of(term: Term, operator: str = "add") -> Ring:
    """Sums of the term's own type, wrapping."""
    return Ring(operator, 1 << bits(term.type)) if operator == "add" else Ring(operator)


@dataclass(frozen=True, slots=True)
class Factor:
    """A term at a point: `places` are the positions of its context among the point's dimensions."""

    term: Term
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Summand:
    """`where` is None where the point is the context itself."""

    scale: Fraction
    factors: tuple[Factor, ...]
    where: isl.Map | None = None


@dataclass(slots=True)
class Collection:
    """Summands over a term's context. `folded`: a loop was dissolved to get them."""

    items: list[Summand] = field(default_factory=list[Summand])
    folded: bool = False


def whole(term: Term) -> Factor:
    """A term at its own context."""
    return Factor(term, tuple(range(len(term.ctx))))


def at(factor: Factor, kid: Term) -> Factor:
    """A term whose context is a part of another's, at the same point."""
    places = dict(zip(factor.term.ctx, factor.places, strict=True))
    return Factor(kid, tuple(places[name] for name in kid.ctx))


def parts(term: Term, *items: tuple[Fraction, int]) -> Collection:
    return Collection([Summand(scale, (at(whole(term), term.kids[index]),)) for scale, index in items])


def extreme(term: Term, simple: Callable[[Term], Term]) -> tuple[str, Term, Term] | None:
    """The operator that a choice by comparison of its own arms is (`x < y ? x : y` is the minimum), and what is
    compared. `simple` finds the same value behind two reads."""
    cond, then, other = term.kids
    if cond.kind == "op" and cond.data in ("icmp.slt", "icmp.ult"):
        x, y = cond.kids
        compared, arms = (simple(x), simple(y)), (simple(then), simple(other))
        if compared == arms:
            return f"{cond.data[5]}min", x, y
        if compared == arms[::-1]:
            return f"{cond.data[5]}max", x, y
    return None


def trivial(found: Collection, term: Term) -> bool:
    """Whether nothing was taken apart."""
    return len(found.items) == 1 and [f.term for f in found.items[0].factors] == [term]


def constant_of(term: Term) -> int | None:
    return spaces.constant_of(term.affine) if term.kind == "int" else None


def neutral(operator: str, like: Term) -> int:
    half = 1 << (bits(like.type) - 1)
    return {"mul": 1, "and": -1, "smin": half - 1, "umin": -1, "smax": -half}.get(operator, 0)


def identity(width: int) -> isl.Map:
    return isl.Map.identity(isl.Space.alloc(isl.DEFAULT_CONTEXT, 0, width, width))


def selection(width: int, places: tuple[int, ...]) -> isl.Map:
    """From points to some of their dimensions."""
    names = [f"d{i}_" for i in range(width)]
    outs = [f"e{i}_" for i in range(len(places))]
    cond = spaces.everywhere()
    for out, place in zip(outs, places, strict=True):
        cond = cond.intersect(spaces.symbol(out).eq_set(spaces.symbol(names[place])))
    return spaces.relation(cond, names, outs)


def extension(width: int, reach: isl.Map) -> isl.Map:
    """From points to those points with what `reach` gives for them appended."""
    return identity(width).flat_range_product(reach)


def compact(item: Summand) -> Summand:
    """The summand without dimensions that nothing looks at and that follow from the others."""
    where = item.where
    if where is None:
        return item
    names, dims, cond = _named(where)
    hull = isl.Set.from_basic_set(cond.affine_hull())
    same = list(range(len(dims)))
    for place in range(len(dims)):
        for other in range(place):
            equal = spaces.symbol(dims[place]).eq_set(spaces.symbol(dims[other]))
            if same[other] == other and hull.is_subset(equal):
                same[place] = other
                break
    factors = tuple(Factor(f.term, tuple(same[p] for p in f.places)) for f in item.factors)
    used = {place for factor in factors for place in factor.places}
    gone = _determined(names, dims, cond, [place for place in range(len(dims)) if place not in used])
    if not gone:
        return Summand(item.scale, factors, where)
    kept = [place for place in range(len(dims)) if place not in gone]
    factors = tuple(Factor(f.term, tuple(kept.index(p) for p in f.places)) for f in factors)
    reduced = spaces.relation(spaces.forget(cond, [dims[p] for p in gone]), names, [dims[p] for p in kept])
    return Summand(item.scale, factors, reduced.coalesce())


def _named(where: isl.Map) -> tuple[list[str], list[str], spaces.Cond]:
    names = [f"c{i}_" for i in range(where.dim(IN_))]
    dims = [f"d{i}_" for i in range(where.dim(OUT_))]
    return names, dims, spaces.conditions(where.wrap().flatten(), [*names, *dims])


def _determined(names: list[str], dims: list[str], cond: spaces.Cond, spare: list[int]) -> set[int]:
    """Dimensions among `spare` that follow from the context and the dimensions that stay."""
    gone: set[int] = set()
    for place in reversed(spare):
        rest = [name for other, name in enumerate(dims) if other != place and other not in gone]
        left = spaces.forget(cond, [dims[p] for p in gone])
        if spaces.relation(left, [*names, *rest], [dims[place]]).is_single_valued():
            gone.add(place)
    return gone


def most_points(where: isl.Map) -> int | None:
    """An upper bound of the number of points related to one context; None without one."""
    names, dims, cond = _named(where)
    gone = _determined(names, dims, cond, list(range(len(dims))))
    total = 1
    for place, name in enumerate(dims):
        if place in gone:
            continue
        line = spaces.points(spaces.forget(cond, [other for other in dims if other != name]), [name])
        try:
            extent = line.dim_max(0).sub(line.dim_min(0)).max_val()
        except isl.Error:
            return None
        if not extent.is_int():
            return None
        total *= int(extent.to_python()) + 1
    free = [name for place, name in enumerate(dims) if place not in gone]
    if len(free) == 2:
        plane = spaces.forget(cond, [name for name in [*names, *dims] if name not in free])
        for one, other in (free, free[::-1]):
            area = _area(spaces.forget(plane, spaces.names_in(plane) - {one, other}), one, other)
            total = total if area is None else min(total, area)
    return total


def _area(plane: spaces.Cond, one: str, other: str) -> int | None:
    """At least the number of points of a set over two names: the lengths of its lines, summed as an affine function."""
    try:
        line = spaces.points(plane, (other,))
        length = line.dim_max(0).sub(line.dim_min(0)).add(spaces.constant(1)).coalesce()
        total = 0
        for cond, aff in length.get_pieces():
            ends = spaces.points(cond, (one,))
            low, high = ends.dim_min_val(0), ends.dim_max_val(0)
            if not low.is_int() or not high.is_int() or aff.dim(isl.dim_type.div):
                return None
            first, last = int(low.to_python()), int(high.to_python())
            place = aff.find_dim_by_name(isl.dim_type.param, one)
            step = aff.get_coefficient_val(isl.dim_type.param, place) if place >= 0 else spaces.val(0)
            start = aff.get_constant_val()
            if not step.is_int() or not start.is_int():
                return None
            by, base = int(step.to_python()), int(start.to_python())
            if base + by * first < 0 or base + by * last < 0:
                return None
            total += (last - first + 1) * (2 * base + by * (first + last)) // 2
        return total
    except isl.Error:
        return None

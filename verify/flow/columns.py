"""Collections of summands in a common form: for each kind of value how often it counts, as a function of its place.

A column holds the summands of one shape: an expression over cells of the initial memory, its affine parts left open.
Its coordinates are those parts, so a point of a column is one value, and `count` maps points to multiplicities.
Dimensions that are no coordinates are summed over: a sum over an interval of a polynomial is a polynomial (Faulhaber).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import islpy as isl

from verify.flow import spaces
from verify.flow.definitions import resolved
from verify.flow.integers import bits
from verify.flow.polynomials import Floors, Poly, TooComplex, number, summed
from verify.flow.summands import IDEMPOTENT, Factor, NoSum, Ring, Summand, at, constant_of, neutral
from verify.flow.terms import COMMUTATIVE, Term

if TYPE_CHECKING:
    from verify.flow.expand import Expander
    from verify.flow.summands import Collection

Piece = tuple[spaces.Cond, Poly]
MOST_PIECES = 64
MOST_COORDINATES = 16
OPEN = frozenset({"op", "sel", "not", "and", "or", "read"})


@dataclass(frozen=True, slots=True)
class Shape:
    """What the summands of a column have in common. `key` equal in both programs: equal values at equal coordinates.
    `arrays` says what each coordinate belongs to; `own` that the key is meaningful in one program only."""

    key: str
    arrays: tuple[str, ...]
    own: bool


@dataclass(frozen=True, slots=True)
class Example:
    """Where summands of a column come from: factors over `dims`, at `cond` (names: pair, dims, coordinates)."""

    factors: tuple[Factor, ...]
    dims: tuple[str, ...]
    cond: spaces.Cond


@dataclass(slots=True)
class Column:
    shape: Shape
    count: list[Piece] = field(default_factory=list[Piece])
    examples: list[Example] = field(default_factory=list[Example])


@dataclass(slots=True)
class Tabulator:
    """Sorts summands into columns. `pairs`: the related contexts of both programs, over the names `names`."""

    expander: Expander
    ring: Ring
    floors: Floors
    pairs: spaces.Cond
    names: tuple[str, ...]
    columns: dict[str, Column] = field(default_factory=dict[str, Column])

    def add(self, found: Collection) -> None:
        for item in found.items:
            self._summand(item)

    def _summand(self, item: Summand) -> None:
        if item.where is None:
            raise NoSum
        dims = tuple(f"d{i}_" for i in range(item.where.dim(isl.dim_type.out)))
        cond = spaces.conditions(item.where.wrap().flatten(), [*self.names, *dims]).intersect(self.pairs)
        if cond.is_empty():
            return
        if self.ring.operator != "add" and _is_neutral(item, self.ring.operator):
            return
        weights: list[Piece] = [(cond, number(item.scale))]
        kept: list[tuple[str, Factor, list[isl.PwAff], list[str], bool]] = []
        for factor in item.factors:
            if factor.term.kind == "int" and self.ring.operator == "add":
                value = spaces.renamed(factor.term.affine, factor.term.ctx, [dims[p] for p in factor.places])
                weights = [
                    (part, weight * poly)
                    for where, weight in weights
                    for piece, poly in self.floors.pieces(value)
                    if not (part := where.intersect(piece)).is_empty()
                ]
            else:
                form = _Form(self.expander, item.where, dims)
                key = form.shape(factor)
                kept.append((key, factor, form.coordinates, form.arrays, form.own))
        kept.sort(key=lambda part: part[0])
        coordinates = [value for part in kept for value in part[2]]
        shape = Shape(
            " * ".join(part[0] for part in kept),
            tuple(array for part in kept for array in part[3]),
            any(part[4] for part in kept),
        )
        column = self.columns.setdefault(shape.key, Column(shape))
        names = [f"z{i}_" for i in range(len(coordinates))]
        for where, weight in weights:
            for name, value in zip(names, coordinates, strict=True):
                where = where.intersect(spaces.symbol(name).eq_set(value))
            column.examples.append(Example(tuple(part[1] for part in kept), dims, where))
            if self.ring.operator in IDEMPOTENT:
                column.count.append((spaces.forget(where, dims), weight))
            else:
                column.count += self._eliminate([(where, weight)], dims)

    def _eliminate(self, pieces: list[Piece], dims: tuple[str, ...]) -> list[Piece]:
        """Sum over dimensions, innermost first."""
        for name in reversed(dims):
            pieces = [more for where, weight in pieces for more in self._sum_over(where, weight, name)]
            if len(pieces) > MOST_PIECES:
                raise TooComplex
        return pieces

    def _sum_over(self, where: spaces.Cond, weight: Poly, name: str) -> list[Piece]:
        if name not in spaces.names_in(where):
            raise TooComplex
        line = spaces.points(where, (name,))
        rest = spaces.forget(where, (name,))
        try:
            low, high = line.dim_min(0), line.dim_max(0)
        except isl.Error as error:
            raise TooComplex from error
        found: list[Piece] = []
        if low.plain_is_equal(high) or rest.is_subset(low.eq_set(high)):
            for piece, aff in low.coalesce().get_pieces():
                part = rest.intersect(piece)
                if not part.is_empty():
                    found.append((part, self.floors.substitute(weight, name, aff)))
            return found
        value = spaces.symbol(name)
        whole = rest.intersect(value.ge_set(low)).intersect(value.le_set(high))
        if not whole.is_subset(where):
            parts = [isl.Set.from_basic_set(part) for part in where.make_disjoint().get_basic_sets()]
            if len(parts) < 2:
                raise TooComplex
            return [more for part in parts for more in self._sum_over(part, weight, name)]
        if any(
            name in spaces.names_in(self.floors.known[item])
            for item in weight.names()
            if item in self.floors.known
        ):
            raise TooComplex
        for piece, first in low.coalesce().get_pieces():
            for other, last in high.coalesce().get_pieces():
                part = rest.intersect(piece).intersect(other)
                if not part.is_empty():
                    total = summed(weight, name, self.floors.of_aff(first), self.floors.of_aff(last))
                    found.append((part, total))
        return found


@dataclass(slots=True)
class _Form:
    """The shape of one factor, its affine parts as coordinates."""

    expander: Expander
    where: isl.Map
    dims: tuple[str, ...]
    coordinates: list[isl.PwAff] = field(default_factory=list[isl.PwAff])
    arrays: list[str] = field(default_factory=list[str])
    own: bool = False

    def shape(self, factor: Factor, depth: int = 0) -> str:
        side = self.expander.side
        term = resolved(side, factor.term)
        if term is not factor.term:
            if not self.expander.is_covered(factor, self.where):
                raise NoSum
            factor = at(factor, term)
        match term.kind:
            case "token":
                raise NoSum
            case "const" | "arg":
                return f"{term.kind} {term.data}"
            case "int":
                return f"int {term.type} {self._coordinate(factor, term, term.affine, '#')}"
            case "init":
                places = [
                    self._coordinate(at(factor, kid), kid, kid.affine, str(term.data)) for kid in term.kids
                ]
                return f"{term.type} {term.data}{places}"
            case kind if kind in OPEN and depth < 16:
                parts = [at(factor, kid) for kid in term.kids]
                if _commutes(term):
                    # Before coordinates are numbered, so that the order in the program does not matter.
                    parts.sort(key=lambda part: self.outline(part.term))
                kids = [self.shape(part, depth + 1) for part in parts]
                return f"{kind} {term.data} {term.type}({', '.join(kids)})"
            case _:
                return self._opaque(factor, term)

    def outline(self, term: Term, depth: int = 0) -> str:
        """The shape without coordinates."""
        term = resolved(self.expander.side, term)
        if term.kind in ("int", "cond") or depth > 8:
            return term.kind
        if term.kind in OPEN:
            kids = [self.outline(kid, depth + 1) for kid in term.kids]
            if _commutes(term):
                kids.sort()
            return f"{term.kind} {term.data}({', '.join(kids)})"
        return f"{term.kind} {term.data}" if term.kind in ("const", "arg", "init") else term.kind

    def _coordinate(self, factor: Factor, term: Term, value: isl.PwAff, array: str) -> int:
        value = spaces.renamed(value, term.ctx, [self.dims[p] for p in factor.places])
        if len(self.coordinates) >= MOST_COORDINATES:
            raise NoSum
        self.coordinates.append(value)
        self.arrays.append(array)
        return len(self.coordinates) - 1

    def _opaque(self, factor: Factor, term: Term) -> str:
        self.own = True
        name = f"{self.expander.side.summary.side}:{term.ident}"
        for place in factor.places:
            value = spaces.symbol(self.dims[place])
            self.coordinates.append(value)
            self.arrays.append("?")
        return name


def _is_neutral(item: Summand, operator: str) -> bool:
    """Whether a summand changes nothing it is combined with."""
    if len(item.factors) != 1:
        return False
    term = item.factors[0].term
    known = constant_of(term)
    return known is not None and (known - neutral(operator, term)) % (1 << bits(term.type)) == 0


def _commutes(term: Term) -> bool:
    return term.kind == "op" and len(term.kids) == 2 and term.data.split(".")[0] in COMMUTATIVE

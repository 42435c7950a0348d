"""How often the values of a column count: functions of its coordinates, given by pieces."""

from __future__ import annotations

from fractions import Fraction

from verify.flow import spaces
from verify.flow.columns import Column, Piece
from verify.flow.polynomials import Poly, TooComplex, variable
from verify.flow.spaces import Cond


def distinct(column: Column, count: list[Piece]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The coordinates of a column without repetitions: what they belong to, and their names."""
    arrays: list[str] = []
    names: list[str] = []
    where = support(count)
    for index, array in enumerate(column.shape.arrays):
        name = f"z{index}_"
        same = (
            other
            for other, known in zip(names, arrays, strict=True)
            if known == array and where.is_subset(spaces.symbol(name).eq_set(spaces.symbol(other)))
        )
        if next(same, None) is None:
            arrays.append(array)
            names.append(name)
    return tuple(arrays), tuple(names)


def moved(where: Cond, names: tuple[str, ...]) -> Cond:
    """A condition on the named coordinates alone, as one on w0_, w1_, ..."""
    rest = [n for n in spaces.names_in(where) if n.startswith("z") and n.endswith("_") and n not in names]
    return spaces.conditions(
        spaces.points(spaces.forget(where, rest), names), [f"w{i}_" for i in range(len(names))]
    )


def placed(pieces: list[Piece], names: tuple[str, ...]) -> list[Piece]:
    """Counts over the named coordinates. The others equal one of them, so nothing is lost; but a count that
    mentions another is out of reach."""
    if any(n.startswith("z") and n not in names for _, poly in pieces for n in poly.names()):
        raise TooComplex
    news = {name: f"w{i}_" for i, name in enumerate(names)}
    found: list[Piece] = []
    for where, poly in pieces:
        for name, new in news.items():
            if any(name in item and item != name for item in poly.names()):
                raise TooComplex
            poly = poly.put(name, variable(new))
        found.append((moved(where, names), poly))
    return found


def support(pieces: list[Piece]) -> Cond:
    result = spaces.nowhere()
    for where, _ in pieces:
        result = result.union(where)
    return result.coalesce()


def negated(pieces: list[Piece]) -> list[Piece]:
    return [(where, poly.scaled(Fraction(-1))) for where, poly in pieces]


def overlaid(pieces: list[Piece]) -> list[tuple[Cond, Poly]]:
    """The sum of functions given by pieces, as disjoint pieces."""
    found: list[tuple[Cond, Poly]] = []
    for where, poly in pieces:
        rest = where
        result: list[tuple[Cond, Poly]] = []
        for other, total in found:
            both = other.intersect(rest)
            if both.is_empty():
                result.append((other, total))
                continue
            result.append((both.coalesce(), total + poly))
            only = other.subtract(both)
            if not only.is_empty():
                result.append((only.coalesce(), total))
            rest = rest.subtract(both)
        if not rest.is_empty():
            result.append((rest.coalesce(), poly))
        if len(result) > 100:
            raise TooComplex
        found = result
    return found

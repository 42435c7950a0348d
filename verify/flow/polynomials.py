"""Polynomials over named integers, for how often a summand counts and for closed forms of sums.

A variable is the name of a parameter of isl, or stands for a floor (`Floors` keeps which). Coefficients are rational;
the polynomials in use take integer values wherever they are evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import comb, lcm

import islpy as isl

from verify.flow import spaces
from verify.flow.spaces import Affine, Cond

Monomial = tuple[str, ...]
DIV = isl.dim_type.div
MOST_TERMS = 200
MOST_DEGREE = 6


class TooComplex(Exception):
    """A polynomial outside of what is worked with."""


@dataclass(frozen=True, slots=True)
class Poly:
    """The sum of coefficient * product of the variables of a monomial (sorted, repeated for powers)."""

    terms: tuple[tuple[Monomial, Fraction], ...]

    @property
    def degree(self) -> int:
        return max((len(monomial) for monomial, _ in self.terms), default=0)

    def names(self) -> frozenset[str]:
        return frozenset(name for monomial, _ in self.terms for name in monomial)

    def __add__(self, other: Poly) -> Poly:
        return _collect([*self.terms, *other.terms])

    def __sub__(self, other: Poly) -> Poly:
        return self + other.scaled(Fraction(-1))

    def __mul__(self, other: Poly) -> Poly:
        if len(self.terms) * len(other.terms) > MOST_TERMS * 4 or self.degree + other.degree > MOST_DEGREE:
            raise TooComplex
        return _collect([(tuple(sorted(a + b)), x * y) for a, x in self.terms for b, y in other.terms])

    def scaled(self, by: Fraction) -> Poly:
        return _collect([(monomial, value * by) for monomial, value in self.terms])

    def power(self, exponent: int) -> Poly:
        result = number(1)
        for _ in range(exponent):
            result = result * self
        return result

    def put(self, name: str, by: Poly) -> Poly:
        """The polynomial with another in place of a variable."""
        result = number(0)
        for exponent, rest in self.by_powers(name).items():
            result = result + rest * by.power(exponent)
        return result

    def by_powers(self, name: str) -> dict[int, Poly]:
        """The polynomial as one in `name`: exponent to coefficient."""
        parts: dict[int, list[tuple[Monomial, Fraction]]] = {}
        for monomial, value in self.terms:
            rest = tuple(item for item in monomial if item != name)
            parts.setdefault(len(monomial) - len(rest), []).append((rest, value))
        return {exponent: _collect(items) for exponent, items in parts.items()}

    def divisible(self, by: int) -> bool:
        """Whether the value is a multiple of `by` for all integers in place of the variables: with whole
        coefficients it depends on their remainders alone."""
        names = sorted(self.names())
        if any(value.denominator != 1 for _, value in self.terms) or by ** len(names) > 4096:
            return False
        for index in range(by ** len(names)):
            at = {name: index // by**place % by for place, name in enumerate(names)}
            total = 0
            for monomial, value in self.terms:
                product = value.numerator
                for name in monomial:
                    product *= at[name]
                total += product
            if total % by:
                return False
        return True


def _collect(items: list[tuple[Monomial, Fraction]]) -> Poly:
    found: dict[Monomial, Fraction] = {}
    for monomial, value in items:
        found[monomial] = found.get(monomial, Fraction(0)) + value
    if len(found) > MOST_TERMS:
        raise TooComplex
    return Poly(tuple(sorted((m, v) for m, v in found.items() if v)))


def number(value: int | Fraction) -> Poly:
    return Poly((((), Fraction(value)),)) if value else Poly(())


def variable(name: str) -> Poly:
    return Poly((((name,), Fraction(1)),))


@dataclass(slots=True)
class Floors:
    """The floors that occur, as affine values by the name of the variable that stands for each."""

    known: dict[str, Affine] = field(default_factory=dict[str, Affine])

    def of_aff(self, aff: isl.Aff) -> Poly:
        """A single affine expression, its integer divisions as variables."""
        denominator = aff.get_denominator_val().to_python()
        result = number(Fraction(_int(aff.get_constant_val().mul(aff.get_denominator_val())), denominator))
        for position in range(aff.dim(spaces.PARAM)):
            value = aff.get_coefficient_val(spaces.PARAM, position)
            if not value.is_zero():
                name = aff.get_dim_name(spaces.PARAM, position) or ""
                result = result + variable(name).scaled(_fraction(value))
        for position in range(aff.dim(DIV)):
            value = aff.get_coefficient_val(DIV, position)
            if not value.is_zero():
                result = result + self._floor(aff.get_div(position)).scaled(_fraction(value))
        return result

    def _floor(self, aff: isl.Aff) -> Poly:
        """The floor of a fraction: whole multiples go before it, so that equal floors have one name."""
        value = aff.get_constant_val()
        result = number(_int(value.floor()))
        aff = aff.set_constant_val(value.sub(value.floor()))
        for position in range(aff.dim(spaces.PARAM)):
            value = aff.get_coefficient_val(spaces.PARAM, position)
            whole = value.floor()
            if not whole.is_zero():
                name = aff.get_dim_name(spaces.PARAM, position) or ""
                result = result + variable(name).scaled(Fraction(_int(whole)))
                aff = aff.set_coefficient_val(spaces.PARAM, position, value.sub(whole))
        return result + self.variable_of(isl.PwAff.from_aff(aff.floor()))

    def variable_of(self, floor: Affine) -> Poly:
        name = f"[{floor.drop_unused_params()}]"
        self.known.setdefault(name, floor)
        return variable(name)

    def pieces(self, value: Affine) -> list[tuple[Cond, Poly]]:
        """A piecewise affine value as conditions and polynomials."""
        return [(piece, self.of_aff(aff)) for piece, aff in value.get_pieces()]

    def mentions(self, poly: Poly, name: str) -> bool:
        """Whether the value depends on a parameter, inside of floors too."""
        return any(
            item == name or (item in self.known and name in spaces.names_in(self.known[item]))
            for item in poly.names()
        )

    def substitute(self, poly: Poly, name: str, by: isl.Aff) -> Poly:
        """The polynomial with an affine expression in place of a parameter, inside of floors too."""
        value = isl.PwAff.from_aff(by)
        for item in poly.names():
            floor = self.known.get(item)
            if floor is not None and name in spaces.names_in(floor):
                moved = spaces.substitute(floor, name, value)
                pieces = moved.get_pieces()
                if len(pieces) != 1:
                    raise TooComplex
                poly = poly.put(item, self.of_aff(pieces[0][1]))
        return poly.put(name, self.of_aff(by))

    def affine(self, poly: Poly) -> tuple[Affine, int] | None:
        """A polynomial of degree one or none as (affine value times d, d); None for a higher degree."""
        if poly.degree > 1:
            return None
        scale = lcm(*(value.denominator for _, value in poly.terms), 1)
        total = spaces.constant(0)
        for monomial, value in poly.terms:
            factor = int(value * scale)
            if not monomial:
                total = total.add(spaces.constant(factor))
            else:
                item = self.known.get(monomial[0])
                total = total.add(
                    (item if item is not None else spaces.symbol(monomial[0])).mul(spaces.constant(factor))
                )
        return total, scale

    def zero_on(self, poly: Poly, where: Cond, modulus: int) -> bool:
        """Whether the value is 0 (modulo `modulus`, if that is not 0) everywhere in `where`; False if in doubt."""
        scale = lcm(*(value.denominator for _, value in poly.terms), 1)
        if all(_is_multiple(int(value * scale), scale * modulus) for _, value in poly.terms):
            return True
        if poly.degree > 1:
            poly = self._reduced(poly, where)
        found = self.affine(poly)
        if found is None:
            return False
        value, scale = found
        if modulus:
            value = value.mod_val(spaces.val(modulus * scale))
        return where.is_subset(value.eq_set(spaces.constant(0)))

    def _reduced(self, poly: Poly, where: Cond) -> Poly:
        """The polynomial with variables replaced by what the equations of `where` say of them, and with floors that do
        not vary there as their numbers."""
        for name in sorted(poly.names() & self.known.keys()):
            here = self.known[name].intersect_domain(where)
            try:
                low, high = here.min_val(), here.max_val()
            except isl.Error:
                continue
            if low.is_int() and low.eq(high):
                poly = poly.put(name, number(_int(low)))
        hull = where.affine_hull()
        for constraint in hull.get_constraints():
            aff = constraint.get_aff()
            if not constraint.is_equality() or aff.dim(DIV):
                continue
            equation = self.of_aff(aff)
            for monomial, value in equation.terms:
                if len(monomial) == 1 and abs(value) == 1 and monomial[0] in poly.names():
                    poly = poly.put(monomial[0], variable(monomial[0]) - equation.scaled(1 / value))
                    break
        return poly


def _is_multiple(value: int, of: int) -> bool:
    return value == 0 if of == 0 else value % of == 0


def _int(value: isl.Val) -> int:
    return int(value.to_python())


def _fraction(value: isl.Val) -> Fraction:
    denominator = value.get_den_val()
    return Fraction(_int(value.mul(denominator)), _int(denominator))


def prefix_sum(exponent: int) -> list[Fraction]:
    """Coefficients of the polynomial S with S(m) = 0**e + 1**e + ... + m**e and S(-1) = 0 (Faulhaber).

    S(m) - S(m - 1) = m**e holds for every integer m, so sums from a to b are S(b) - S(a - 1) for all a <= b + 1."""
    # sum over k <= m of C(k, j) = C(m + 1, j + 1); powers are integer combinations of binomials.
    result = [Fraction(0)] * (exponent + 2)
    for j in range(exponent + 1):
        stirling = sum((-1) ** (j - i) * comb(j, i) * i**exponent for i in range(j + 1))
        if not stirling:
            continue
        # C(m + 1, j + 1) * j! * S2(e, j), where stirling == j! * S2(e, j)
        product = [Fraction(1)]
        for k in range(j + 1):
            # times (m + 1 - k)
            product = [
                (product[d - 1] if d > 0 else Fraction(0))
                + (1 - k) * (product[d] if d < len(product) else Fraction(0))
                for d in range(len(product) + 1)
            ]
        factorial = 1
        for k in range(2, j + 2):
            factorial *= k
        for d, value in enumerate(product):
            result[d] += value * stirling / factorial
    return result


def summed(poly: Poly, name: str, low: Poly, high: Poly) -> Poly:
    """The sum of a polynomial over low <= name <= high, for low <= high + 1."""
    result = number(0)
    for exponent, rest in poly.by_powers(name).items():
        coefficients = prefix_sum(exponent)
        part = number(0)
        for end, sign in ((high, 1), (low - number(1), -1)):
            for degree, value in enumerate(coefficients):
                if value:
                    part = part + end.power(degree).scaled(value * sign)
        result = result + rest * part
    return result

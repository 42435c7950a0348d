"""Affine values of the arguments alone as Z3 terms, so that they can be compared with data inside an operator tree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import islpy as isl

from verify.flow import spaces
from verify.flow.terms import Term

WIDE = 96
"""Bits in which affine expressions are evaluated: arguments have up to 64, coefficients and sums stay far below."""
SMALL = 1 << 24


@dataclass(frozen=True, slots=True)
class Linear:
    """constant + sum of coefficient * argument."""

    constant: int
    parts: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Pieces:
    """Disjoint cases: a disjunction of conjunctions of (expression, is an equality; else >= 0), and the value there."""

    cases: tuple[tuple[tuple[tuple[tuple[Linear, bool], ...], ...], Linear], ...]


def of(term: Term) -> Pieces | None:
    """The cases of an affine value or condition over arguments; None with counters, divisions or large numbers."""
    if term.ctx or term.kind not in ("int", "cond") or term.type == "i128":
        return None
    if term.kind == "cond":
        where = _conjunctions(term.cond)
        return None if where is None else Pieces(((where, Linear(1, ())),))
    cases: list[tuple[tuple[tuple[tuple[Linear, bool], ...], ...], Linear]] = []
    for piece, aff in term.affine.get_pieces():
        where, value = _conjunctions(piece), _linear(aff)
        if where is None or value is None:
            return None
        cases.append((where, value))
    return Pieces(tuple(cases))


def _linear(aff: isl.Aff) -> Linear | None:
    if aff.dim(isl.dim_type.div) or not aff.get_denominator_val().is_one():
        return None
    constant = aff.get_constant_val().to_python()
    parts: list[tuple[str, int]] = []
    for position in range(aff.dim(spaces.PARAM)):
        value = aff.get_coefficient_val(spaces.PARAM, position).to_python()
        if value:
            parts.append((aff.get_dim_name(spaces.PARAM, position) or "", value))
    if any(abs(value) > SMALL for _, value in parts) or abs(constant) > 1 << 70:
        return None
    return Linear(constant, tuple(parts))


def _conjunctions(cond: isl.Set) -> tuple[tuple[tuple[Linear, bool], ...], ...] | None:
    found: list[tuple[tuple[Linear, bool], ...]] = []
    for basic in cond.get_basic_sets():
        if basic.dim(isl.dim_type.div):
            return None
        conjunction: list[tuple[Linear, bool]] = []
        for constraint in basic.get_constraints():
            value = _linear(constraint.get_aff())
            if value is None:
                return None
            conjunction.append((value, constraint.is_equality()))
        found.append(tuple(conjunction))
    return tuple(found)


Bounds = Callable[[str], tuple[int, int] | None]


def expression(pieces: Pieces, term: Term, facts: list[Any], bounds: Bounds) -> Any:
    """The Z3 term: of the value's width, or a truth value. `bounds` knows the values of arguments; what it says is
    appended to the facts, or is in the width of the argument's constant."""
    import z3

    def argument(name: str) -> Any:
        known = bounds(name)
        low, high = known if known is not None else (-(1 << 65) + 1, (1 << 65) - 1)
        for width in (8, 16, 32, 64):
            # Bits that can vary alone, so that the solver sees no more.
            if (low, high) == (0, (1 << width) - 1):
                return z3.ZeroExt(WIDE - width, z3.BitVec(f"arg.{name}", width))
            if (low, high) == (-(1 << (width - 1)), (1 << (width - 1)) - 1):
                return z3.SignExt(WIDE - width, z3.BitVec(f"arg.{name}", width))
        value = z3.BitVec(f"arg.{name}", WIDE)
        facts.append(z3.And(value <= high, value >= low))
        return value

    def evaluate(linear: Linear, width: int = WIDE) -> Any:
        # Addition and multiplication modulo 2**width see the low bits alone.
        total = z3.BitVecVal(linear.constant, width)
        for name, coefficient in linear.parts:
            total = total + z3.BitVecVal(coefficient, width) * z3.Extract(width - 1, 0, argument(name))
        return z3.simplify(total)

    def holds(where: tuple[tuple[tuple[Linear, bool], ...], ...]) -> Any:
        return z3.Or(
            *[
                z3.And(
                    *[evaluate(value) == 0 if equal else evaluate(value) >= 0 for value, equal in conjunction]
                )
                for conjunction in where
            ]
        )

    if term.kind == "cond":
        return holds(pieces.cases[0][0])
    width = int(term.type[1:])
    result = evaluate(pieces.cases[-1][1], width)
    for where, value in reversed(pieces.cases[:-1]):
        result = z3.If(holds(where), evaluate(value, width), result)
    return result

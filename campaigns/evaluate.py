"""The prover's own rules, executed: a term is evaluated for one input, iteration by iteration, as the rules define it.

Integers are evaluated as isl's affine functions, operators as the bit-vector expressions that the prover hands to Z3,
reads and loop-carried values by the relations that the prover unfolds them with. So a wrong rule gives a wrong number
here, without a proof that needs it.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import islpy as isl

from verify.concrete.numbers import f32, fdiv, frem
from verify.flow import affine, spaces
from verify.flow.definitions import RECURSIVE, definitions
from verify.flow.leaves import Encoder
from verify.flow.model import Side
from verify.flow.terms import Term

Value = int | float | bool
Point = tuple[int, ...]
Memory = Callable[[str, tuple[int, ...], str], Value]
"""The contents of a cell when the function begins: array, subscripts, type."""

MOST_STEPS = 40_000


class NotEvaluated(Exception):
    """An operator without an executable meaning here, an indeterminate value, or too long a computation."""


class Wrong(Exception):
    """The rules contradict themselves: no definition applies, or two different ones do."""


def _coordinates(space: isl.Space, values: Mapping[str, int], dims: Point) -> isl.Point:
    point = isl.Point.zero(space)
    for position in range(space.dim(spaces.PARAM)):
        name = space.get_dim_name(spaces.PARAM, position)
        if name not in values:
            raise NotEvaluated(f"no value for {name}")
        point = point.set_coordinate_val(spaces.PARAM, position, spaces.val(values[name]))
    for position, value in enumerate(dims):
        point = point.set_coordinate_val(spaces.OUT, position, spaces.val(value))
    return point


def holds(cond: isl.Set, values: Mapping[str, int]) -> bool:
    """Whether a condition is true for these parameters and counters."""
    point = isl.Set.from_point(_coordinates(cond.get_space(), values, ()))
    return not cond.intersect(point).is_empty()


def number(value: isl.PwAff, values: Mapping[str, int]) -> int:
    """An affine value for these parameters and counters."""
    found = value.eval(_coordinates(value.get_domain_space(), values, ()))
    if not found.is_int():
        raise Wrong(f"an affine value is {found}")
    return found.to_python()


def signed(value: int, bits: int) -> int:
    """The pattern as a signed number."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


@dataclass
class Evaluator:
    """One program on one input. parameters: the integers that isl sees; arguments: the opaque ones."""

    side: Side
    parameters: Mapping[str, int]
    arguments: Mapping[str, Value]
    memory: Memory
    known: dict[tuple[int, Point], Value] = field(default_factory=dict[tuple[int, Point], Value])
    steps: int = MOST_STEPS
    encoder: Encoder = field(default_factory=lambda: Encoder(lambda _: None))

    def value(self, term: Term, point: Point) -> Value:
        """The value at a point of `term.ctx`. Integers are patterns of their width, truth values are bools."""
        key = (term.ident, point)
        if key not in self.known:
            self.steps -= 1
            if self.steps < 0:
                raise NotEvaluated("too many steps")
            self.known[key] = self._value(term, point)
        return self.known[key]

    def _kid(self, kid: Term, names: Mapping[str, int]) -> Value:
        return self.value(kid, tuple(names[name] for name in kid.ctx))

    def _value(self, term: Term, point: Point) -> Value:
        names = dict(zip(term.ctx, point, strict=True))
        values = {**self.parameters, **names}
        match term.kind:
            case "int":
                found = number(term.affine, values) & ((1 << _bits(term.type)) - 1)
                self._agrees(term, found)
                return found
            case "cond":
                truth = holds(term.cond, values)
                self._agrees(term, truth)
                return truth
            case "const":
                return _constant(term)
            case "arg":
                return self.arguments[term.data]
            case "sel":
                return self._kid(term.kids[1] if self._kid(term.kids[0], names) else term.kids[2], names)
            case "not":
                return not self._kid(term.kids[0], names)
            # What is affine first: it tells whether the others are computed at all.
            case "and":
                return all(self._kid(kid, names) for kid in _affine_first(term))
            case "or":
                return any(self._kid(kid, names) for kid in _affine_first(term))
            case "init":
                cell = tuple(signed(int(self._kid(kid, names)), 64) for kid in term.kids)
                return self.memory(term.data, cell, term.type)
            case "read":
                base, _ = term.data
                return self.memory(
                    f"bytes {base}", (signed(int(self._kid(term.kids[0], names)), 64),), term.type
                )
            case "op":
                return self._operator(term, [self._kid(kid, names) for kid in term.kids])
            case _ if term.kind in RECURSIVE:
                return self._unfolded(term, point)
            case _:
                raise NotEvaluated(term.kind)

    def _agrees(self, term: Term, found: Value) -> None:
        """Where the prover would hand an affine value to Z3, that expression has the same value."""
        import z3

        pieces = affine.of(term)
        if pieces is None or term.type == "i128":
            return
        facts: list[Any] = []
        text = affine.expression(pieces, term, facts, lambda _: None)
        known = [
            (z3.BitVec(f"arg.{name}", affine.WIDE), z3.BitVecVal(value, affine.WIDE))
            for name, value in self.parameters.items()
        ]
        plain = z3.simplify(z3.substitute(text, *known))
        seen = z3.is_true(plain) if term.kind == "cond" else plain.as_long()
        if seen != found:
            raise Wrong(f"{term.data[1]} is {found} for isl and {seen} for Z3")

    def _unfolded(self, term: Term, point: Point) -> Value:
        answers: list[Value] = []
        for step, kid, dims in definitions(self.side, term):
            start = isl.Set.from_point(_coordinates(step.get_space().domain(), self.parameters, point))
            image = start.apply(step)
            if image.is_empty():
                continue
            where = image.sample_point()
            if not image.subtract(isl.Set.from_point(where)).is_empty():
                raise Wrong("a definition at several iterations")
            place = {name: where.get_coordinate_val(spaces.OUT, n).to_python() for n, name in enumerate(dims)}
            answers.append(self._kid(kid, place))
        if not answers:
            raise Wrong(f"no definition of a {term.kind} at {point}")
        if any(not same(answer, answers[0]) for answer in answers):
            raise Wrong(f"different definitions of a {term.kind} at {point}")
        return answers[0]

    def _operator(self, term: Term, kids: list[Value]) -> Value:
        import z3

        root = term.data.split(".")[0]
        if root == "concat" and all(kid.type.startswith("i") for kid in term.kids):
            # The operator that joins lanes, the low bits first; Z3 does not know it.
            total, place = 0, 0
            for kid, value in zip(term.kids, kids, strict=True):
                total |= int(value) << place
                place += _bits(kid.type)
            return total
        floating = any(kid.type in ("float", "double") for kid in term.kids) or term.type in (
            "float",
            "double",
        )
        if floating:
            return _float_operator(term, root, kids)
        constants: list[Any] = []
        for kid, value in zip(term.kids, kids, strict=True):
            if kid.type == "i1":
                constants.append(z3.BoolVal(bool(value)))
            else:
                constants.append(z3.BitVecVal(int(value), _bits(kid.type)))
        found = z3.simplify(self.encoder.build(term, constants, ""))
        if z3.is_bv_value(found):
            return found.as_long()
        if z3.is_true(found) or z3.is_false(found):
            return z3.is_true(found)
        raise NotEvaluated(term.data)


def _affine_first(term: Term) -> list[Term]:
    return sorted(term.kids, key=lambda kid: kid.kind != "cond")


def same(a: Value, b: Value) -> bool:
    """Equal, or both not numbers."""
    if isinstance(a, float) and isinstance(b, float):
        return struct.pack("<d", a) == struct.pack("<d", b) or (a != a and b != b)
    return a == b


def _bits(type_: str) -> int:
    return 64 if type_ == "ptr" else int(type_[1:])


def _constant(term: Term) -> Value:
    type_, pattern = term.data
    if type_ in ("float", "double"):
        # The reader keeps a constant's bits at its own width.
        return decode(int(pattern).to_bytes(4 if type_ == "float" else 8, "little"), type_)
    raise NotEvaluated(f"constant of {type_}")


def decode(data: bytes, type_: str) -> Value:
    """A value of a type from its bytes."""
    if type_ == "float":
        return struct.unpack("<f", data)[0]
    if type_ == "double":
        return struct.unpack("<d", data)[0]
    return int.from_bytes(data, "little")


_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "oeq": lambda a, b: a == b,
    "olt": lambda a, b: a < b,
    "ole": lambda a, b: a <= b,
    "ogt": lambda a, b: a > b,
    "oge": lambda a, b: a >= b,
    "one": lambda a, b: a < b or a > b,
    "ord": lambda a, b: a == a and b == b,
    "ueq": lambda a, b: not (a < b or a > b),
}
_ARITHMETIC: dict[str, Callable[..., float]] = {
    "fadd": lambda a, b: a + b,
    "fsub": lambda a, b: a - b,
    "fmul": lambda a, b: a * b,
    "fdiv": fdiv,
    "frem": frem,
    "fneg": lambda a: -a,
    "fabs": abs,
    "copysign": math.copysign,
    "sqrt": lambda a: math.sqrt(a) if a >= 0 else (a if a == 0 else math.nan),
}


def _float_operator(term: Term, root: str, kids: list[Value]) -> Value:
    """Floating-point operators; Z3 sees them as uninterpreted, so only their names carry a meaning."""
    parts = term.data.split(".")
    try:
        if root == "fcmp":
            return _COMPARE[parts[1]](float(kids[0]), float(kids[1]))
        if root in _ARITHMETIC and len(parts) == 1:
            exact = _ARITHMETIC[root](*[float(kid) for kid in kids])
            return f32(exact) if term.type == "float" else exact
        if root in ("sitofp", "uitofp"):
            width = _bits(term.kids[0].type)
            whole = signed(int(kids[0]), width) if root == "sitofp" else int(kids[0])
            if term.type == "float" and abs(whole) >= 1 << 53:
                raise NotEvaluated("rounded twice")
            return f32(float(whole)) if term.type == "float" else float(whole)
        if root in ("fptosi", "fptoui"):
            bits, whole = _bits(term.type), int(kids[0])
            low = -(1 << (bits - 1)) if root == "fptosi" else 0
            if not low <= whole < low + (1 << bits):
                raise NotEvaluated("a conversion out of range")
            return whole & ((1 << bits) - 1)
        if root == "fpext":
            return float(kids[0])
        if root == "fptrunc":
            return f32(float(kids[0]))
        if root == "bitcast":
            data = _encoded(kids[0], term.kids[0].type)
            return decode(data, term.type)
    except (KeyError, OverflowError, ValueError) as error:
        raise NotEvaluated(f"{term.data}: {error}") from error
    raise NotEvaluated(term.data)


def _encoded(value: Value, type_: str) -> bytes:
    if type_ == "float":
        return struct.pack("<f", value)
    if type_ == "double":
        return struct.pack("<d", value)
    return int(value).to_bytes((_bits(type_) + 7) // 8, "little")

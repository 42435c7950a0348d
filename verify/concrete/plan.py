"""Which inputs to try, in which order: tiny sizes, overlapping pointers, boundary values, then contents at
larger sizes. Everything is a function of the parameters and what the first runs showed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from verify.concrete.contents import SPECIAL_FLOATS, Contents, boundary_ints, scramble
from verify.concrete.world import Input, Place
from verify.ir.types import FloatType, IntType, PtrType, Type

Scalars = tuple[int | float | None, ...]

_SIZES = (1, 2, 3, 0, 4, 5, 8, -1, 7, 9, 6, 16, 17, 33, 40)
_SMALL = (0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, -1, -2, -3, -4, -8, 31, 32, 33, 10)
_FLOATS = (0.1, 2.0, -1.5, 3.0, 1.0, 0.5, -0.0, 1e8, 0.3, 7.0)
_DATA = (
    Contents("count", "tenths"),
    Contents("below", "scales", 2),
    Contents("extreme", "special"),
    Contents("below", "count", 5),
    Contents("mixed", "mixed"),
    Contents("random", "tenths", 4, 3),
    Contents("constant", "constant", 0),
    Contents("constant", "each", -1, 0),
    Contents("below", "each", 3, 3),
    Contents("mixed", "holes", 3, 8),
    Contents("signed", "zeros", 1, 4),
    Contents("signed", "mixed", 3, 5),
    Contents("below", "special", 16, 9),
    Contents("constant", "constant", 3),
    Contents("extreme", "scales", 4, 11),
)


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of the parameters. may_overlap: pairs of pointer parameters that the first version lets
    overlap and that its accesses give compatible types, with the element size; into: globals that a pointer
    may point into; fitting: sizes that granted conditions admit, in order, empty where all are."""

    types: tuple[Type, ...]
    may_overlap: tuple[tuple[int, int, int], ...] = ()
    into: tuple[tuple[int, str, int, int], ...] = ()
    residue: tuple[int, ...] = ()
    fitting: tuple[int, ...] = ()

    def fit(self, size: int) -> int:
        """The next size that granted conditions admit."""
        if not self.fitting or size in self.fitting:
            return size
        return next((one for one in self.fitting if one > size), self.fitting[-1])

    @property
    def own(self) -> tuple[Place, ...]:
        return (Place(),) * len(self.types)


def scalars(shape: Shape, size: int, variant: int) -> Scalars:
    """Values for the non-pointer parameters: all integers `size` in variant 0, other small values mixed in
    later."""
    values: list[int | float | None] = []
    size = shape.fit(size)
    seen = 0
    for number, ty in enumerate(shape.types):
        match ty:
            case IntType(bits):
                value = size
                if variant and (scramble(variant, number) % 3 or not seen):
                    value = _SMALL[scramble(variant, number, size) % len(_SMALL)]
                    if seen == 0 and scramble(variant, 5) & 1:
                        value = size
                seen += 1
                values.append(clamp(value, bits))
            case FloatType(name):
                values.append(_round(_FLOATS[(variant + number) % len(_FLOATS)], name))
            case _:
                values.append(None)
    return tuple(values)


def clamp(value: int, bits: int) -> int:
    """The value as one of iN, wrapping."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if bits > 1 and value >> (bits - 1) else value


def _round(value: float, name: str) -> float:
    if name == "float":
        from verify.concrete.numbers import f32

        return f32(value)
    return value


def inputs(shape: Shape) -> Iterator[Input]:
    """The inputs in order; endless repetition is avoided by the caller, who skips what it has seen."""
    yield from _tiny(shape)
    yield from _overlaps(shape, (3, 5))
    yield from _boundaries(shape)
    yield from _pairs_of_boundaries(shape)
    yield from _data(shape, (9, 17, 33), len(_DATA))
    yield from _aligned(shape)
    yield from _needles(shape)
    yield from _overlaps(shape, (8, 17, 4))
    yield from _long(shape)
    yield from _mixtures(shape)


def _input(shape: Shape, values: Scalars, contents: Contents, half: int = 1024) -> Input:
    return Input(values, shape.own, contents, shape.residue, half)


def _tiny(shape: Shape) -> Iterator[Input]:
    for number, size in enumerate(_SIZES):
        for variant in (0, number + 1):
            yield _input(shape, scalars(shape, size, variant), _DATA[(number + 2 * bool(variant)) % 5])
    for number, ty in enumerate(shape.types):
        for size in (0, 3) if isinstance(ty, PtrType) else ():
            item = _input(shape, scalars(shape, size, 0), _DATA[0])
            places = (*shape.own[:number], Place("null"), *shape.own[number + 1 :])
            yield replace(item, places=places)
    for number in range(8):
        size = _SIZES[number % 5]
        yield _input(shape, scalars(shape, size, 20 + number), _DATA[number])


def _overlaps(shape: Shape, sizes: tuple[int, ...]) -> Iterator[Input]:
    deltas = (0, 1, -1, 2, -2, 3, -3, 5, -5, 8, -8)
    for size in sizes:
        for delta in deltas:
            for first, second, unit in shape.may_overlap:
                places = list(shape.own)
                places[second] = Place("with", first, delta * unit)
                contents = Contents("mixed" if delta & 1 else "count", "tenths", 4, size)
                yield Input(scalars(shape, size, 0), tuple(places), contents, shape.residue)
        for second, name, at, unit in shape.into:
            for delta in (0, 1, 2, 5):
                places = list(shape.own)
                places[second] = Place("global", 0, at + delta * unit, name)
                values = scalars(shape, size, delta)
                yield Input(values, tuple(places), Contents("below", "tenths", 4, size), shape.residue)
    pointers = [n for n, ty in enumerate(shape.types) if isinstance(ty, PtrType)]
    allowed = {(a, b) for a, b, _ in shape.may_overlap}
    if len(pointers) > 2 and all(pair in allowed for pair in combinations(pointers, 2)):
        for size in sizes:
            places = [
                Place("with", pointers[0], 0) if n in pointers[1:] else Place()
                for n in range(len(shape.types))
            ]
            yield Input(scalars(shape, size, 0), tuple(places), Contents("mixed"), shape.residue)


def _boundaries(shape: Shape) -> Iterator[Input]:
    integers = [(n, ty.bits) for n, ty in enumerate(shape.types) if isinstance(ty, IntType)]
    for number, bits in integers:
        top = 1 << (bits - 1)
        near = [top - 1, -top, *(v for d in (1, 3, 7, 15) for v in (-top + d, top - 1 - d))]
        for turn, value in enumerate(dict.fromkeys([*near, *boundary_ints(bits)])):
            others = scalars(shape, (2, 5, 9, 1)[turn % 4], turn % 3)
            chosen = tuple(clamp(value, bits) if n == number else o for n, o in enumerate(others))
            yield _input(shape, chosen, _DATA[(1, 6, 3)[turn % 3]])
    for ty_bits in {bits for _, bits in integers}:
        top = 1 << (ty_bits - 1)
        for value in (top - 1, -top, -1, -top + 1):
            chosen = tuple(
                clamp(value, ty.bits) if isinstance(ty, IntType) else o
                for ty, o in zip(shape.types, scalars(shape, 3, 0), strict=True)
            )
            yield _input(shape, chosen, _DATA[6])
    floats = [(n, ty.name) for n, ty in enumerate(shape.types) if isinstance(ty, FloatType)]
    for number, name in floats:
        for turn, value in enumerate(SPECIAL_FLOATS):
            others = scalars(shape, (5, 0, 1)[turn % 3], 0)
            chosen = tuple(_round(value, name) if n == number else o for n, o in enumerate(others))
            yield _input(shape, chosen, _DATA[turn % 5])


def _pairs_of_boundaries(shape: Shape) -> Iterator[Input]:
    """One integer small, usually a trip count, all others at boundaries: what only an empty loop keeps from
    being computed."""
    numbers = [n for n, ty in enumerate(shape.types) if isinstance(ty, (IntType, FloatType))]
    if len(numbers) < 2:
        return
    for chosen in numbers:
        for small in (0, -1):
            for turn in range(6):
                values: list[int | float | None] = []
                for number, ty in enumerate(shape.types):
                    match ty:
                        case IntType(bits) if number == chosen:
                            values.append(clamp(small, bits))
                        case IntType(bits):
                            top = 1 << (bits - 1)
                            table = (-top, -1, top - 1, 0, 1, 2)
                            values.append(clamp(table[(turn + number * (turn // 2)) % len(table)], bits))
                        case FloatType(name):
                            values.append(_round((float("nan"), 3e38, -3e38, 1.5, -1.0, 0.0)[turn], name))
                        case _:
                            values.append(None)
                yield _input(shape, tuple(values), _DATA[turn % 3])


def _aligned(shape: Shape) -> Iterator[Input]:
    """Objects that are better aligned than they must be, each in its own way."""
    pointers = [n for n, ty in enumerate(shape.types) if isinstance(ty, PtrType)]
    if not pointers:
        return
    for turn, residues in enumerate(((64, 64), (8, 8), (16, 1), (1, 16), (8, 1), (1, 8), (32, 16), (16, 32))):
        for size in (4, 9, 17):
            chosen = tuple(
                max(r, residues[pointers.index(n) % 2]) if n in pointers else r
                for n, r in enumerate(shape.residue)
            )
            item = _input(shape, scalars(shape, size, 0), _DATA[turn % 2])
            yield replace(item, residue=chosen)


def _data(shape: Shape, sizes: tuple[int, ...], count: int) -> Iterator[Input]:
    for turn in range(count):
        for number, size in enumerate(sizes):
            yield _input(shape, scalars(shape, size, (0, turn)[number & 1]), _DATA[(turn + number) % count])


def _needles(shape: Shape) -> Iterator[Input]:
    """One cell that differs from all others, for loops that look for something."""
    integers = [n for n, ty in enumerate(shape.types) if isinstance(ty, IntType)]
    for size in (16, 64):
        for at in dict.fromkeys((0, 1, 3, 7, 15, 31, size // 2, size - 2, size - 1)):
            contents = Contents("needle", "count", at, size)
            for chosen in (*integers, -1):
                base = scalars(shape, 1, 0)
                values = tuple(size if n == chosen else value for n, value in enumerate(base))
                yield _input(shape, values, contents)


def _long(shape: Shape) -> Iterator[Input]:
    for number, size in enumerate((64, 70, 130, 300, 520, 1040, 2056)):
        for contents in (_DATA[7], _DATA[(0, 5, 2)[number % 3]]):
            yield _input(shape, scalars(shape, size, 0), contents, 16384)


def _mixtures(shape: Shape) -> Iterator[Input]:
    for turn in range(1, 400):
        size = scramble(turn, 77) % 40
        base = _DATA[turn % len(_DATA)]
        contents = Contents(base.ints, base.floats, base.bound or turn % 20, turn)
        yield _input(shape, scalars(shape, size, turn), contents, 2048)

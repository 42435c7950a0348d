"""Initial contents of memory: a value for each cell as a function of its place, deterministic."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

from verify.concrete.arena import KIND_DOUBLE, KIND_FLOAT, Access, encode


@dataclass(frozen=True, slots=True)
class Contents:
    """How cells are filled.

    ints: "count", "below" (0..bound-1), "signed" (around 0), "extreme", "needle" (1 in cell `bound`, else 0),
    "constant" (bound), "random", "mixed"; floats: "count", "tenths", "scales", "special", "holes" (NaN),
    "zeros" (of both signs), "constant" (bound), "each" (one value an object), "mixed".
    """

    ints: str = "count"
    floats: str = "tenths"
    bound: int = 4
    seed: int = 1


def scramble(*parts: int) -> int:
    """A well-mixed 64-bit number of the parts."""
    state = 0x9E3779B97F4A7C15
    for part in parts:
        state = ((state ^ (part & 0xFFFFFFFFFFFFFFFF)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 29
    state = (state * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
    return state ^ (state >> 32)


def boundary_ints(bits: int) -> tuple[int, ...]:
    """Values of iN where something turns over, signed and unsigned."""
    top = 1 << (bits - 1)
    around = [0, 1, -1, top - 1, -top, top - 2, -top + 1, 2, -2]
    bytes_ = [127, 128, 255, 256, -128, -129, 32767, 32768, 65535, -32768]
    inexact = [(1 << 24) + 1, (1 << 53) + 1, (1 << 60) + (1 << 36) + 1]
    return tuple(dict.fromkeys(v for v in [*around, *bytes_, *inexact] if -top <= v < top))


SPECIAL_FLOATS = (
    *(math.nan, math.inf, -math.inf, -0.0, 0.0, 1.0, -1.0, 5e-324, 1e-45, 3e38, -3e38, 1e8, 0.1, 2.5),
    *(1.5e38, 1.7e19, 4.2e-45, 16777217.0, 2147483648.0, 1e300, 0.3, 1e-30),
)
_EACH = (-0.0, 1.0, -1.0, 0.0)
_SCALES = (1e8, 1.0, -1e8, 0.1, 3.0, -7.5, 1e-8, 1.0)


def fill_int(contents: Contents, access: Access, index: int, ordinal: int) -> int:
    """The integer in cell `index` of object number `ordinal`."""
    bits = access.bits
    mixed = scramble(contents.seed, index, ordinal)
    if access.boolean:
        return mixed & 1
    match contents.ints:
        case "count":
            value = index + 1 + 3 * ordinal
        case "below":
            value = (mixed >> 8) % contents.bound
        case "signed":
            value = (mixed >> 8) % (2 * contents.bound + 1) - contents.bound
        case "extreme":
            table = boundary_ints(bits) if bits > 1 else (0, 1)
            value = table[(mixed >> 8) % len(table)]
        case "needle":
            value = int(index == contents.bound)
        case "constant":
            value = contents.bound
        case "mixed":
            table = boundary_ints(bits) if bits > 1 else (0, 1)
            value = table[(mixed >> 8) % len(table)] if mixed & 3 == 0 else (mixed >> 8) % 16
        case _:
            value = mixed
    mask = (1 << bits) - 1
    value &= mask
    return value - (1 << bits) if bits > 1 and value >> (bits - 1) else value


def fill_float(contents: Contents, index: int, ordinal: int) -> float:
    """The floating-point value in cell `index` of object number `ordinal`."""
    mixed = scramble(contents.seed, index, ordinal, 7)
    match contents.floats:
        case "count":
            return float(index + 1 + 10 * ordinal)
        case "tenths":
            return 0.1 * ((mixed >> 8) % 201 - 100)
        case "scales":
            return _SCALES[(mixed >> 8) % len(_SCALES)]
        case "special":
            return SPECIAL_FLOATS[(mixed >> 8) % len(SPECIAL_FLOATS)]
        case "holes":
            return math.nan if mixed & 3 == 0 else 0.1 * ((mixed >> 8) % 201 - 100)
        case "zeros":
            return (0.0, -0.0, 0.0, -0.0, 1.0)[(mixed >> 8) % 5]
        case "each":
            return _EACH[(contents.seed + ordinal) % len(_EACH)]
        case "constant":
            return SPECIAL_FLOATS[contents.bound % len(SPECIAL_FLOATS)]
        case _:
            if mixed & 3 == 0:
                return SPECIAL_FLOATS[(mixed >> 8) % len(SPECIAL_FLOATS)]
            return 0.1 * ((mixed >> 8) % 201 - 100)


def fill_cell(contents: Contents, access: Access, index: int, ordinal: int) -> bytes:
    """The bytes of a cell that holds no pointer."""
    if access.kind in (KIND_FLOAT, KIND_DOUBLE):
        value = fill_float(contents, index, ordinal)
        if access.kind == KIND_FLOAT:
            from verify.concrete.numbers import f32

            return struct.pack("<f", f32(value))
        return struct.pack("<d", value)
    cell = bytearray(access.unit)
    encode(cell, 0, access, fill_int(contents, access, index, ordinal))
    return bytes(cell)

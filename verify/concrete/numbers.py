"""Arithmetic that Python does not have: rounding to float, division by zero, fused multiply-add, C's
division.

Integers are signed values of their width (i1: 0 or 1); `float` and `double` values are Python floats.
"""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Callable

from verify.concrete.faults import Fault, Undetermined

_CELL = array("f", [0.0])
_ALL_ONES = {4: 0xFFFFFFFF, 8: 0xFFFFFFFFFFFFFFFF}


def f32(x: float) -> float:
    """Rounded to the nearest float."""
    _CELL[0] = x
    return _CELL[0]


def signed(value: int, bits: int) -> int:
    """The pattern's value in this program's representation of iN."""
    value &= (1 << bits) - 1
    return value if bits == 1 or value < 1 << (bits - 1) else value - (1 << bits)


def fdiv(a: float, b: float) -> float:
    """IEEE division in double precision."""
    if b:
        return a / b
    if a != a or b != b or a == 0.0:
        return math.nan
    return math.copysign(math.inf, math.copysign(1.0, a) * math.copysign(1.0, b))


def frem(a: float, b: float) -> float:
    """C's fmod."""
    if math.isinf(a) or b == 0.0 or a != a or b != b:
        return math.nan
    return math.fmod(a, b)


def sdiv(a: int, b: int, bits: int) -> int:
    """Signed division towards zero."""
    if b == 0:
        raise Fault("division", "division by zero")
    q = abs(a) // abs(b)
    q = q if (a < 0) == (b < 0) else -q
    if q >= 1 << (bits - 1):
        raise Fault("overflow", "signed overflow in a division")
    return q


def srem(a: int, b: int, bits: int) -> int:
    """Signed remainder with the dividend's sign."""
    if b == 0:
        raise Fault("division", "division by zero")
    if b == -1 and a == -(1 << (bits - 1)):
        raise Fault("overflow", "signed overflow in a division")
    r = abs(a) % abs(b)
    return -r if a < 0 else r


def udiv(a: int, b: int, bits: int) -> int:
    """Unsigned division on patterns."""
    if b == 0:
        raise Fault("division", "division by zero")
    mask = (1 << bits) - 1
    return signed((a & mask) // (b & mask), bits)


def urem(a: int, b: int, bits: int) -> int:
    """Unsigned remainder on patterns."""
    if b == 0:
        raise Fault("division", "division by zero")
    mask = (1 << bits) - 1
    return signed((a & mask) % (b & mask), bits)


def round_ratio(num: int, den: int, precision: int, min_exponent: int, max_exponent: int) -> float:
    """num/den (den > 0) rounded once, ties to even, to a binary format; overflow gives an infinity."""
    if num == 0:
        return 0.0
    sign, num = (-1.0, -num) if num < 0 else (1.0, num)
    exponent = num.bit_length() - den.bit_length()
    if num << max(0, -exponent) < den << max(0, exponent):
        exponent -= 1
    unit = max(exponent - precision + 1, min_exponent)
    scaled, divisor = (num << -unit, den) if unit < 0 else (num, den << unit)
    q, r = divmod(scaled, divisor)
    if 2 * r > divisor or (2 * r == divisor and q & 1):
        q += 1
    if q.bit_length() + unit > max_exponent:
        return sign * math.inf
    return sign * math.ldexp(q, unit)


def round_to(num: int, den: int, single: bool) -> float:
    """num/den rounded once to float or double."""
    return round_ratio(num, den, 24, -149, 128) if single else round_ratio(num, den, 53, -1074, 1024)


def int_to_float(value: int, single: bool) -> float:
    """An integer rounded once."""
    return round_to(value, 1, True) if single else float(value)


def fma(a: float, b: float, c: float, single: bool) -> float:
    """a * b + c rounded once."""
    if not (math.isfinite(a) and math.isfinite(b) and math.isfinite(c)):
        return a * b + c if not math.isinf(c) or math.isinf(a) or math.isinf(b) or a != a or b != b else c
    an, ad = a.as_integer_ratio()
    bn, bd = b.as_integer_ratio()
    cn, cd = c.as_integer_ratio()
    num, den = an * bn * cd + cn * ad * bd, ad * bd * cd
    if num == 0:
        return a * b + c if a == 0.0 or b == 0.0 else 0.0
    return round_to(num, den, single)


def sqrt(x: float) -> float:
    """IEEE square root in double precision."""
    return math.sqrt(x) if x >= 0.0 else (x if x == 0.0 else math.nan)


def minnum(a: float, b: float) -> float:
    """C's fmin; which zero it gives is open."""
    if a != a or b != b:
        return b if a != a else a
    if a == b == 0.0 and math.copysign(1.0, a) != math.copysign(1.0, b):
        raise Undetermined
    return a if a < b else b


def maxnum(a: float, b: float) -> float:
    """C's fmax; which zero it gives is open."""
    if a != a or b != b:
        return b if a != a else a
    if a == b == 0.0 and math.copysign(1.0, a) != math.copysign(1.0, b):
        raise Undetermined
    return a if a > b else b


def minimum(a: float, b: float) -> float:
    """IEEE 754-2019 minimum: NaN wins, -0.0 is below 0.0."""
    if a != a or b != b:
        return math.nan
    if a == b:
        return a if math.copysign(1.0, a) < 0 else b
    return a if a < b else b


def maximum(a: float, b: float) -> float:
    """IEEE 754-2019 maximum."""
    return -minimum(-a, -b)


def rounding(function: Callable[[float], int]) -> Callable[[float], float]:
    """A C rounding function from Python's, with the sign of zero kept."""

    def rounded(x: float) -> float:
        if not math.isfinite(x) or abs(x) >= 4503599627370496.0:
            return x
        return math.copysign(float(function(x)), x)

    return rounded


def half_away(x: float) -> int:
    """C's round."""
    whole = math.floor(abs(x))
    whole += abs(x) - whole >= 0.5
    return -whole if x < 0 else whole


def float_bits(x: float, size: int) -> int:
    """The pattern of a value as a signed integer. A NaN that arithmetic may have made has no determined
    pattern; one of all ones is a comparison mask and keeps it."""
    raw = struct.pack("<f" if size == 4 else "<d", x)
    pattern = int.from_bytes(raw, "little")
    if x != x and pattern != _ALL_ONES[size]:
        raise Undetermined
    return signed(pattern, 8 * size)


def bits_float(pattern: int, size: int) -> float:
    """The value of a pattern."""
    if size == 4:
        return struct.unpack("<f", (pattern & 0xFFFFFFFF).to_bytes(4, "little"))[0]
    return struct.unpack("<d", (pattern & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "little"))[0]


def byteswap(value: int, bits: int) -> int:
    """llvm.bswap."""
    mask = (1 << bits) - 1
    return signed(int.from_bytes((value & mask).to_bytes(bits // 8, "little"), "big"), bits)


def bitreverse(value: int, bits: int) -> int:
    """llvm.bitreverse."""
    return signed(int(format(value & ((1 << bits) - 1), f"0{bits}b")[::-1], 2), bits)


def ctlz(value: int, bits: int, zero_is_poison: int) -> int:
    """llvm.ctlz."""
    value &= (1 << bits) - 1
    if zero_is_poison and not value:
        raise Fault("assume", "count of leading zeros of 0")
    return bits - value.bit_length()


def cttz(value: int, bits: int, zero_is_poison: int) -> int:
    """llvm.cttz."""
    value &= (1 << bits) - 1
    if not value:
        if zero_is_poison:
            raise Fault("assume", "count of trailing zeros of 0")
        return bits
    return (value & -value).bit_length() - 1


def saturate(value: int, low: int, high: int) -> int:
    """Clamped to [low, high]."""
    return low if value < low else high if value > high else value

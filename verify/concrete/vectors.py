"""Lane-wise functions built from the scalar templates. A vector value is a tuple with one entry a lane; an
indeterminate lane stays indeterminate through lane-wise operators."""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable
from functools import lru_cache

from verify.concrete.faults import POISON, Fault
from verify.concrete.numbers import float_bits
from verify.concrete.scalar import NAMES

Lanes = tuple[object, ...]
_HELPERS: dict[str, object] = {**NAMES, "array": array}


@lru_cache(maxsize=4096)
def lanewise(template: str, arity: int) -> Callable[..., Lanes]:
    """The template applied to each lane."""
    names = "abc"[:arity]
    lists = ", ".join(n.upper() for n in names)
    single = template.startswith("f32(") and template.endswith(")")
    scalar = template.format(a="a", b="b", c="c")
    body = template[3:].format(a="a", b="b", c="c") if single else scalar
    source = f"{lists}" if arity == 1 else f"zip({lists})"
    target = names if arity == 1 else ", ".join(names)
    inner = f"[{body} for {target} in {source}]"
    rounded = f"array('f', {inner})" if single else inner
    fast: Callable[..., Lanes] = eval(f"lambda {lists}: tuple({rounded})", dict(_HELPERS))
    one: Callable[..., object] = eval(f"lambda {', '.join(names)}: {scalar}", dict(_HELPERS))
    return _guarded(fast, one)


def lift(one: Callable[..., object]) -> Callable[..., Lanes]:
    """A scalar function applied to each lane of its vector arguments."""

    def fast(*vectors: Lanes) -> Lanes:
        return tuple(one(*lane) for lane in zip(*vectors, strict=True))

    return _guarded(fast, one)


def _guarded(fast: Callable[..., Lanes], one: Callable[..., object]) -> Callable[..., Lanes]:
    def lane(*values: object) -> object:
        return POISON if any(v is POISON for v in values) else one(*values)

    def apply(*vectors: Lanes) -> Lanes:
        try:
            return fast(*vectors)
        except Fault as fault:
            if fault.kind != "indeterminate":
                raise
            return tuple(lane(*values) for values in zip(*vectors, strict=True))

    return apply


def choose(condition: Lanes, then: Lanes, other: Lanes) -> Lanes:
    """select with a vector condition."""
    return tuple(
        POISON if c is POISON else a if c else b for c, a, b in zip(condition, then, other, strict=True)
    )


def extract(vector: Lanes, index: object) -> object:
    """extractelement with a computed index."""
    if not isinstance(index, int) or not 0 <= index < len(vector):
        raise Fault("bounds", "vector subscript out of range")
    return vector[index]


def insert(vector: Lanes, value: object, index: object) -> Lanes:
    """insertelement with a computed index."""
    if not isinstance(index, int) or not 0 <= index < len(vector):
        raise Fault("bounds", "vector subscript out of range")
    return (*vector[:index], value, *vector[index + 1 :])


def reinterpret(source: tuple[str, int, int], target: tuple[str, int, int]) -> Callable[[object], object]:
    """bitcast where one side is a vector. A side is (struct letter of a lane or "?" for i1 lanes, lanes,
    bits of a lane); lanes 0 is a scalar. A letter "n" is an integer of any width."""

    def to_pattern(value: object) -> int | None:
        letter, lanes, bits = source
        parts = value if lanes else (value,)
        assert isinstance(parts, tuple)
        total = 0
        for number, part in enumerate(parts):
            if part is POISON:
                return None
            if letter in "fd":
                assert isinstance(part, float)
                part = float_bits(part, bits // 8)
            assert isinstance(part, int)
            total |= (part & ((1 << bits) - 1)) << (bits * number)
        return total

    def from_pattern(pattern: int) -> object:
        letter, lanes, bits = target
        count = max(lanes, 1)
        if letter in "fd":
            raw = pattern.to_bytes(count * bits // 8, "little")
            values: Lanes = struct.unpack(f"<{count}{letter}", raw)
        else:
            mask, top = (1 << bits) - 1, 1 << (bits - 1)
            values = tuple(
                part - (1 << bits) if bits > 1 and part & top else part
                for part in ((pattern >> (bits * n)) & mask for n in range(count))
            )
        return values if lanes else values[0]

    def lane_by_lane(value: object) -> object:
        assert isinstance(value, tuple)
        ratio = target[2] // source[2] if target[2] >= source[2] else 1
        if target[2] < source[2] or not target[1]:
            return (POISON,) * target[1] if target[1] else POISON
        part = reinterpret((source[0], ratio, source[2]), (target[0], 0, target[2]))
        return tuple(part(value[n : n + ratio]) for n in range(0, len(value), ratio))

    def apply(value: object) -> object:
        pattern = to_pattern(value)
        return from_pattern(pattern) if pattern is not None else lane_by_lane(value)

    return apply

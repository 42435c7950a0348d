"""Widening of relations: what a recurrence will meet, guessed from two steps of it. Guesses are proved, not trusted."""

from __future__ import annotations

import islpy as isl

from verify.flow import spaces

SET = isl.dim_type.set


def translated(first: isl.Map, second: isl.Map) -> isl.Map | None:
    """If `second` is `first` moved by a constant vector d: first moved by every multiple t * d, t >= 0."""
    a, b = first.wrap().flatten(), second.wrap().flatten()
    vector = _shift(a, b)
    if vector is None or not any(vector):
        return None
    count = len(vector)
    moved = spaces.everywhere()
    steps = spaces.symbol("t_")
    moved = moved.intersect(steps.ge_set(spaces.constant(0)))
    ins, outs = [f"a{i}_" for i in range(count)], [f"b{i}_" for i in range(count)]
    for i, amount in enumerate(vector):
        after = spaces.symbol(ins[i]).add(steps.mul(spaces.constant(amount)))
        moved = moved.intersect(spaces.symbol(outs[i]).eq_set(after))
    ray = spaces.relation(spaces.forget(moved, ("t_",)), ins, outs)
    return _as_map(a.apply(ray), first)


def _shift(a: isl.Set, b: isl.Set) -> list[int] | None:
    vector: list[int] = []
    for i in range(a.dim(SET)):
        amount = _difference(a, b, i)
        if amount is None:
            return None
        vector.append(amount)
    return vector


def _difference(a: isl.Set, b: isl.Set, i: int) -> int | None:
    for end in ("dim_min", "dim_max"):
        try:
            gap = getattr(b, end)(i).sub(getattr(a, end)(i)).coalesce()
        except isl.Error:
            continue
        values = {aff.get_constant_val().to_python() if aff.is_cst() else None for _, aff in gap.get_pieces()}
        if len(values) == 1 and None not in values:
            value = values.pop()
            return value if isinstance(value, int) else None
    return None


def hull(first: isl.Map, second: isl.Map) -> isl.Map | None:
    """The affine hull of both."""
    return isl.Map.from_basic_map(first.union(second).affine_hull())


def _as_map(flat: isl.Set, like: isl.Map) -> isl.Map:
    count = like.dim(isl.dim_type.in_)
    result = isl.Map.from_range(flat)
    if count:
        result = result.move_dims(isl.dim_type.in_, 0, isl.dim_type.out, 0, count)
    return result

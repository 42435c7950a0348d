"""Makes a failing input smaller and plainer, as long as it fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from verify.concrete.arena import KIND_DOUBLE, KIND_FLOAT, KIND_POINTER
from verify.concrete.contents import Contents
from verify.concrete.judge import Bench, Trial, attempt
from verify.concrete.world import Input
from verify.ir.types import IntType

_TRIES = 200
_EXPENSIVE = 30_000
_NEAR = 256


def shrink(bench: Bench, item: Input, trial: Trial, fuel: int) -> tuple[Input, Trial]:
    """A simpler input of the same kind of difference, and its trial."""
    tries = _TRIES if trial.steps < _EXPENSIVE else 6
    changed = True
    seen: set[Input] = {item}
    while changed and tries > 0:
        changed = False
        for candidate in _simpler(bench, item, trial):
            if candidate in seen:
                continue
            if tries <= 0:
                break
            seen.add(candidate)
            tries -= 1
            result = attempt(bench, candidate, fuel)
            if result.outcome == "differs" and _same_kind(trial, result):
                item, trial, changed = candidate, result, True
                break
    if trial.difference is not None and trial.difference.kind == "fault":
        for number in range(len(bench.function.params)):
            for candidate in _extreme(bench, item, number):
                result = attempt(bench, candidate, fuel)
                if result.outcome == "differs" and _same_kind(trial, result):
                    item, trial = candidate, result
                    break
    return item, trial


def _extreme(bench: Bench, item: Input, number: int) -> Iterator[Input]:
    """Numbers close to the limit of their type put there: a compiler that folds `i <= n - 8` into `i < n - 7` shows no
    overflow for the least n that has one."""
    ty, value = bench.function.params[number].type, item.scalars[number]
    if not isinstance(ty, IntType) or not isinstance(value, int) or ty.bits < 16:
        return
    top = 1 << (ty.bits - 1)
    for limit in (-top, top - 1):
        if value != limit and abs(value - limit) < _NEAR:
            yield replace(item, scalars=_with(item.scalars, number, limit))


def _same_kind(old: Trial, new: Trial) -> bool:
    a, b = old.difference, new.difference
    return a is not None and b is not None and a.kind == b.kind and (a.kind != "fault" or a.after == b.after)


def _simpler(bench: Bench, item: Input, trial: Trial) -> Iterator[Input]:
    for contents in (
        Contents("constant", "constant", 4),
        Contents("count", "count"),
        Contents("below", "count", 2),
    ):
        if not item.overrides and _rank(contents) < _rank(item.contents):
            yield replace(item, contents=contents)
    for number, param in enumerate(bench.function.params):
        value = item.scalars[number]
        if isinstance(param.type, IntType) and isinstance(value, int):
            for smaller in _smaller(value):
                yield replace(item, scalars=_with(item.scalars, number, smaller))
        elif isinstance(value, float) and value not in (0.0, 1.0, 2.0):
            yield replace(item, scalars=_with(item.scalars, number, 1.0))
            yield replace(item, scalars=_with(item.scalars, number, 2.0))
    yield from _plainer_cells(item, trial)


def _rank(contents: Contents) -> int:
    order: list[str] = [
        "constant",
        "needle",
        "count",
        "each",
        "below",
        "tenths",
        "signed",
        "scales",
        "mixed",
        "zeros",
        "holes",
        "extreme",
        "special",
        "random",
    ]
    return order.index(contents.ints) + order.index(contents.floats)


def _smaller(value: int) -> Iterator[int]:
    if abs(value) <= 1:
        return
    for candidate in (0, 1, -1 if value < 0 else 2, value // 2, value - 1 if value > 0 else value + 1):
        if abs(candidate) < abs(value):
            yield candidate


def _with(
    values: tuple[int | float | None, ...], number: int, value: int | float
) -> tuple[int | float | None, ...]:
    return (*values[:number], value, *values[number + 1 :])


def _plainer_cells(item: Input, trial: Trial) -> Iterator[Input]:
    assert trial.first is not None
    chosen = dict(item.overrides)
    plain: list[tuple[tuple[tuple[object, ...], int], bytes]] = []
    for (ident, offset), access in sorted(trial.world.cells.items(), key=lambda c: c[0]):
        held = trial.first.objects.get(ident)
        if held is None or access.kind == KIND_POINTER or not held.lasting:
            continue
        if access.kind in (KIND_FLOAT, KIND_DOUBLE) or any(held.init[offset : offset + access.unit]):
            key = (held.key, offset - held.base)
            if key not in chosen and any(held.init[offset : offset + access.unit]):
                plain.append((key, bytes(access.unit)))
    if not plain or len(plain) > 200:
        return
    size = len(plain)
    while size >= 1:
        for start in range(0, len(plain), size):
            yield replace(item, overrides=(*item.overrides, *plain[start : start + size]))
        size //= 2

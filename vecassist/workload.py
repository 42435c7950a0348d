"""Inputs for running both versions of a region: sizes from its footprint, contents by its types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from compiler.workload import POINTER, Parameter, Workload
from compiler.workload import Global as Object
from vecassist.layouts import NoLayout, Pointer, Scalar, of_global, parameters, result
from vecassist.store.identity import canonical
from verify.footprint import Footprint, footprint
from verify.ir.nodes import Module
from verify.ir.read import read
from verify.problem import Problem
from verify.verdict import NotProved, Unsupported

SMALL = tuple(range(33))
LEVELS = (16 << 10, 256 << 10, 4 << 20)
"""Bytes that a timed run touches: inside the first-level cache, the second, beyond it."""
HEADLINE = LEVELS[0]
_LARGEST = 1 << 24
_REPEATS = 3
OUT = "vec_out_"
"""How the outlined function names the places that take a variable's last value."""
_DATA = (3, 1, 0, 2, -1, 7, 100)


class NoWorkload(Exception):
    """No inputs can be made; the message is one line."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The part of a request for a measurement that follows from the region."""

    parameters: tuple[Parameter, ...]
    globals: tuple[Object, ...]
    workloads: tuple[Workload, ...]
    returns: str


def inputs(problem: Problem) -> Inputs:
    """Inputs for the before side of a problem. Raises NoWorkload where none can be made."""
    try:
        module = read(problem.before.ir)
        function = module.functions[problem.function]
        known = parameters(module, function)
        found = footprint(problem)
        ranges = _Ranges(found, known)
        workloads = tuple(_workloads(ranges, module)) or tuple(_whole(problem, module, ranges, known))
        if not workloads:
            raise NoWorkload("its footprint is not known for any size")
        names = {name for workload in workloads for name in workload.ranges}
        objects = tuple(_objects(module, names - {parameter.name for parameter in known}))
        return Inputs(tuple(_parameter(one) for one in known), objects, workloads, result(function))
    except NoLayout as error:
        raise NoWorkload(f"no inputs can be made: {error}") from error
    except NotProved as error:
        raise NoWorkload(f"its footprint is not known: {error}") from error
    except Unsupported as error:
        raise NoWorkload(f"its footprint is not known: {error.construct}") from error


def _whole(
    problem: Problem, module: Module, ranges: _Ranges, known: Sequence[Scalar | Pointer]
) -> Iterator[Workload]:
    """Where places depend on data: every object of the file that the region reaches, as a whole. Nothing where it also
    reaches what a pointer leads to. Whatever leaves an object on such contents is undefined, and does not count."""
    found: dict[str, tuple[int, int]] = {}
    for one in known:
        if isinstance(one, Pointer):
            if not one.name.startswith(OUT):
                return
            found[one.name] = 0, _align(one.layout)
    text = canonical(problem.before.ir, problem.function)
    for name, variable in module.globals.items():
        if name.isidentifier() and re.search(rf"@{name}\b", text):
            found[name] = 0, module.layout.size_of(variable.type)
    integers = (*ranges.sizes, *ranges.data)
    touched = sum(high - low for low, high in found.values())
    for number, value in enumerate(_DATA if integers else _DATA[:1]):
        data = {name: int(bool(value)) if name in ranges.booleans else value for name in integers}
        yield Workload(touched, data, dict(found), headline=number == 0)


def _parameter(one: Scalar | Pointer) -> Parameter:
    if isinstance(one, Scalar):
        return Parameter(one.name, one.code)
    return Parameter(one.name, POINTER, _shortest(one.layout), _align(one.layout))


def _shortest(layout: str) -> str:
    return layout[0] if set(layout) == {layout[:1]} else layout


def _align(layout: str) -> int:
    return max(
        ({"b": 1, "?": 1, "x": 1, "h": 2, "i": 4, "f": 4}.get(code.lower(), 8) for code in layout), default=1
    )


def _objects(module: Module, names: Iterable[str]) -> Iterator[Object]:
    for name in sorted(names):
        variable = module.globals.get(name)
        if variable is None or not name.isidentifier():
            raise NoLayout(f"the object {name} cannot be reached from outside")
        size = module.layout.size_of(variable.type)
        yield Object(name, size, of_global(module.layout, variable), variable.constant)


class _Ranges:
    """The footprint for values of the integer parameters: those that sizes depend on, and those that are data."""

    def __init__(self, found: Footprint, known: Sequence[Scalar | Pointer]) -> None:
        integers = [one.name for one in known if isinstance(one, Scalar) and one.code not in "fd"]
        self._footprint = found
        self.sizes = tuple(name for name in integers if name in found.scalars)
        self.data = tuple(name for name in integers if name not in found.scalars)
        self.booleans = frozenset(one.name for one in known if isinstance(one, Scalar) and one.code == "?")

    def at(self, sizes: Mapping[str, int]) -> Mapping[str, tuple[int, int]] | None:
        return self._footprint.ranges(sizes)

    def bytes_at(self, sizes: Mapping[str, int]) -> int:
        found = self.at(sizes)
        return sum(high - low for low, high in found.values()) if found else 0


def _workloads(ranges: _Ranges, module: Module) -> Iterator[Workload]:
    if not ranges.sizes:
        found = ranges.at({})
        if found is None:
            return
        for number, value in enumerate(_DATA if ranges.data else _DATA[:1]):
            yield _workload(
                ranges, sum(high - low for low, high in found.values()), {}, value, found, number == 0
            )
        return
    del module
    for number, (size, sizes) in enumerate(_small(ranges.sizes)):
        found = ranges.at(sizes)
        if found is not None:
            yield _workload(ranges, size, sizes, _DATA[number % len(_DATA)], found, False)
    repeats = _repetitions(ranges)
    shape = max(_shapes(ranges.sizes, repeats), key=lambda shape: ranges.bytes_at(shape(64)))
    seen: set[int] = set()
    for level in LEVELS:
        size = _reach(ranges, shape, level)
        found = ranges.at(shape(size)) if size is not None and size not in seen else None
        if size is not None and found is not None:
            seen.add(size)
            yield _workload(ranges, size, shape(size), _DATA[0], found, level == HEADLINE)


def _repetitions(ranges: _Ranges) -> frozenset[str]:
    """Size parameters that only repeat the work: more of them touches no more memory."""
    usual = dict.fromkeys(ranges.sizes, 64)
    touched = ranges.bytes_at(usual)
    return frozenset(
        name for name in ranges.sizes if touched and ranges.bytes_at({**usual, name: 1024}) == touched
    )


class _Shape:
    """One way to set the size parameters for a size: all to it, but one to a share of it, and repetitions to a few."""

    def __init__(
        self,
        names: Sequence[str],
        other: str | None = None,
        share: float = 0.0,
        repeats: frozenset[str] = frozenset(),
    ) -> None:
        self._names = names
        self._repeats = repeats
        self._other = other
        self._share = share

    def __call__(self, size: int) -> dict[str, int]:
        found = dict.fromkeys(self._names, size)
        if self._other is not None:
            found[self._other] = int(size * self._share)
        return {
            name: min(value, _REPEATS) if name in self._repeats else value for name, value in found.items()
        }


def _shapes(names: Sequence[str], repeats: frozenset[str] = frozenset()) -> Iterator[_Shape]:
    yield _Shape(names, repeats=repeats)
    if len(names) > 1:
        for name in names:
            yield _Shape(names, name, 0.0, repeats)
            yield _Shape(names, name, 0.5, repeats)


def _small(names: Sequence[str]) -> Iterator[tuple[int, dict[str, int]]]:
    first, *others = _shapes(names)
    for size in SMALL:
        yield size, first(size)
    for shape in others:
        for size in (1, 5, 17, 32):
            yield size, shape(size)


def _reach(ranges: _Ranges, shape: _Shape, wanted: int) -> int | None:
    """The least size that touches `wanted` bytes, or the largest that is possible; None where nothing is touched."""
    low, high = 1, 64
    while ranges.bytes_at(shape(high)) < wanted:
        if high >= _LARGEST or not ranges.bytes_at(shape(high)):
            break
        if ranges.bytes_at(shape(high)) == ranges.bytes_at(shape(2 * high)):
            wanted = ranges.bytes_at(shape(high))
            break
        low, high = high, high * 2
    while high - low > max(1, low // 16):
        middle = (low + high) // 2
        if ranges.bytes_at(shape(middle)) < wanted:
            low = middle
        else:
            high = middle
    for size in (high, low):
        if ranges.bytes_at(shape(size)):
            return size
    return None


def _workload(
    ranges: _Ranges,
    size: int,
    sizes: Mapping[str, int],
    value: int,
    found: Mapping[str, tuple[int, int]],
    headline: bool,
) -> Workload:
    data = {name: int(bool(value)) if name in ranges.booleans else value for name in ranges.data}
    return Workload(size, {**sizes, **data}, dict(found), headline=headline)

"""The last writer of a read where no two writes come into question: cheaper than isl's general analysis, whose cost
grows steeply with the number of stores (each lane of a vector is one)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import islpy as isl

from verify.flow import spaces
from verify.flow.spaces import Affine, Cond

Schedule = tuple[int | str, ...]
W = TypeVar("W", bound="Place")


class Place(Protocol):
    """What is asked of a site."""

    @property
    def dims(self) -> tuple[str, ...]: ...
    @property
    def cond(self) -> Cond: ...
    @property
    def cell(self) -> tuple[Affine, ...] | None: ...
    @property
    def when(self) -> Schedule: ...


def touches(place: Place) -> isl.Map:
    """From the iterations of an access to its cell."""
    where = place.cond
    cells: list[str] = []
    for level, value in enumerate(place.cell or ()):
        cells.append(f"c{level}")
        where = where.intersect(spaces.symbol(cells[-1]).eq_set(value))
    return spaces.relation(where, place.dims, cells)


def earlier(reader: Place, writer: Place) -> isl.Map | None:
    """The iterations of the writer that come before each one of the reader; None where all do."""
    sooner, level_with = spaces.nowhere(), spaces.everywhere()
    for level in range(max(len(reader.when), len(writer.when))):
        a = writer.when[level] if level < len(writer.when) else 0
        b = reader.when[level] if level < len(reader.when) else 0
        if isinstance(a, int) and isinstance(b, int):
            if a < b and level == 0:
                return None
            if a != b:
                sooner = sooner.union(level_with) if a < b else sooner
                break
            continue
        x = spaces.constant(a) if isinstance(a, int) else spaces.symbol(f"{a}_w")
        y = spaces.constant(b) if isinstance(b, int) else spaces.symbol(b)
        sooner = sooner.union(level_with.intersect(x.lt_set(y)))
        level_with = level_with.intersect(x.eq_set(y))
    return spaces.relation(sooner, reader.dims, [f"{name}_w" for name in writer.dims])


@dataclass(frozen=True, slots=True)
class Group(Generic[W]):
    """Writes of neighbouring cells by one instruction: its lanes. `touches`: from its iterations to all their cells."""

    members: tuple[tuple[W, isl.Map], ...]
    touches: isl.Map


def grouped(writers: Sequence[W]) -> list[Group[W]]:
    """The writers, lanes of one store taken together."""
    found: list[list[W]] = []
    for writer in writers:
        if found and _adjoins(found[-1], writer):
            found[-1].append(writer)
        else:
            found.append([writer])
    return [_group(members) for members in found]


def _only_cell(place: Place) -> Affine | None:
    return place.cell[0] if place.cell is not None and len(place.cell) == 1 else None


def _adjoins(members: list[W], writer: W) -> bool:
    first = members[0]
    if first.when != writer.when or first.dims != writer.dims or not first.cond.plain_is_equal(writer.cond):
        return False
    start, cell = _only_cell(first), _only_cell(writer)
    return start is not None and cell is not None and spaces.constant_of(cell.sub(start)) == len(members)


def _group(members: list[W]) -> Group[W]:
    each = tuple((writer, touches(writer)) for writer in members)
    start = _only_cell(members[0])
    if len(members) == 1 or start is None:
        return Group(each, each[0][1])
    first, cell = members[0], spaces.symbol("c0")
    inside = cell.ge_set(start).intersect(cell.lt_set(start.add(spaces.constant(len(members)))))
    return Group(each, spaces.relation(first.cond.intersect(inside), first.dims, ["c0"]))


def candidates(
    reader: Place, cells: isl.Map, groups: Sequence[Group[W]]
) -> list[tuple[isl.Map, list[tuple[W, isl.Map]]]]:
    """The stores that may have written what the reader sees: the relation from its iterations to theirs, and the same
    for each lane."""
    found: list[tuple[isl.Map, list[tuple[W, isl.Map]]]] = []
    for group in groups:
        whole = cells.apply_range(group.touches.reverse())
        if whole.is_empty():
            continue
        order = earlier(reader, group.members[0][0])
        if order is not None:
            whole = whole.intersect(order)
            if whole.is_empty():
                continue
        lanes: list[tuple[W, isl.Map]] = []
        for writer, wrote in group.members:
            rel = cells.apply_range(wrote.reverse()) if len(group.members) > 1 else whole
            rel = rel if order is None else rel.intersect(order)
            if not rel.is_empty():
                lanes.append((writer, rel))
        found.append((whole, lanes))
    return found


def decided(found: Sequence[tuple[isl.Map, object]]) -> bool:
    """Whether every iteration of the reader has at most one iteration of one store to choose from. The lanes of a
    store touch different cells in one iteration, so that is one lane."""
    if not all(rel.is_single_valued() for rel, _ in found):
        return False
    domains = [rel.domain() for rel, _ in found]
    return all(x.is_disjoint(y) for n, x in enumerate(domains) for y in domains[:n])

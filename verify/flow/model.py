"""Both programs over shared memory: arrays of cells, the sites that touch them, and the last writer of every read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import islpy as isl

from verify.flow import entry, lastwriter, spaces
from verify.flow.bases import shared_bases
from verify.flow.spaces import Affine, Cond
from verify.flow.summary import Summary
from verify.flow.terms import Term
from verify.flow.values import ANYWHERE, SLOTS, Access, NeedsWorld
from verify.ir import types
from verify.ir.worlds import HEAP
from verify.verdict import NotProved


@dataclass(eq=False, slots=True)
class Site:
    """One access to one cell, for all iterations.

    dims    its counters; `cond` the iterations, over them; `cell` the subscripts; `when` its schedule, alternating
            positions and counters
    stored  what is written (guards included), None for a read
    term    the read's own term
    forward what a store of the same iteration has written, if the read always sees just that
    twin    the term of the first read that sees the same writers
    anywhere of a read at a place that depends on data: the read of the cell that the last dimension names (`spread`)
    happens when the store takes place, if that is more than the block's guard
    """

    array: str
    access: Access | None
    dims: tuple[str, ...]
    cond: Cond
    cell: tuple[Affine, ...] | None
    when: tuple[int | str, ...]
    stored: Term | None = None
    guarded: bool = False
    writers: list[tuple[Site, isl.Map]] = field(default_factory=list["tuple[Site, isl.Map]"])
    untouched: isl.Set | None = None
    term: Term | None = None
    forward: Term | None = None
    twin: Term | None = None
    anywhere: Term | None = None
    happens: Term | None = None

    @property
    def points(self) -> isl.Set:
        return spaces.points(self.cond, self.dims)


@dataclass(frozen=True, slots=True)
class Array:
    """A set of cells. `bytes_` is the cell's size, `extents` the number of cells in each dimension or None where not
    known; `dims` 1 for linear addressing. `bases` maps each base to the name of its address parameter in the heap."""

    name: str
    bytes_: int
    dims: int
    strides: tuple[int, ...]
    extents: tuple[int | None, ...]


@dataclass(slots=True)
class Side:
    """One program with its sites."""

    summary: Summary
    sites: list[Site] = field(default_factory=list[Site])
    of_access: dict[int, Site] = field(default_factory=dict[int, Site])
    finals: dict[str, Site] = field(default_factory=dict[str, Site])
    accesses: list[Access] = field(default_factory=list[Access])


def arrays_of(before: Side, after: Side, context: Cond) -> dict[str, Array]:
    """Which bases share cells, and how cells are addressed, decided on the accesses of both programs."""
    s = before.summary
    everything = [access for access in before.accesses + after.accesses if not access.settled]
    shared = shared_bases(s, everything)
    groups: dict[str, list[Access]] = {}
    for access in everything:
        name = HEAP if access.address.base in shared else access.address.base
        groups.setdefault(name, []).append(access)
    found: dict[str, Array] = {}
    for name, accesses in groups.items():
        sizes = {access.size for access in accesses}
        if len(sizes) > 1:
            raise NeedsWorld(
                "mixed-access-sizes",
                f"{spoken(s, name)} is accessed at several sizes",
                accesses[0].instr.loc,
                frozenset({name}),
            )
        cell = math.gcd(*sizes)
        shape = None if name == HEAP else _shape(before, after, accesses, cell, context)
        if shape is None:
            size = object_size(s, after.summary, name)
            found[name] = Array(name, cell, 1, (cell,), (None if size is None else size // cell,))
        else:
            found[name] = Array(
                name, cell, len(shape), tuple(k for k, _ in shape), tuple(c for _, c in shape)
            )
    return found


def _shape(
    before: Side, after: Side, accesses: list[Access], cell: int, context: Cond
) -> tuple[tuple[int, int | None], ...] | None:
    """Dimensions (bytes a step, elements), if every access of both programs stays inside its inner dimensions."""
    shape: tuple[tuple[int, int | None], ...] | None = None
    for access in accesses:
        strides = access.address.strides
        if strides is None or len(strides) < 2 or strides[-1][0] != cell:
            return None
        here = tuple((stride, count) for stride, count, _ in strides)
        if shape is not None and [k for k, _ in here] != [k for k, _ in shape]:
            return None
        if any(count is None for _, count in here[1:]):
            return None
        side = before if access.side == before.summary.side else after
        where = side.summary.block_cond(access.block).intersect(context)
        for _, count, index in strides[1:]:
            if not where.subtract(spaces.between(index, 0, count or 0)).is_empty():
                return None
        shape = here if shape is None else shape
    return shape


def object_size(s: Summary, t: Summary, base: str) -> int | None:
    """Bytes of an object of known size: a global that nothing can replace, or an automatic object."""
    if base.startswith("g."):
        variable = s.module.globals.get(base[2:])
        if (
            variable is None
            or variable.linkage not in ("external", "internal", "private")
            or isinstance(variable.type, types.StructType)
        ):
            return None
        # An array declared without a size is one of none here.
        return s.module.layout.size_of(variable.type) or None
    for summary in (s, t):
        if base.startswith(f"{summary.side}."):
            _, instr = summary.defs[base[2:]]
            if instr.source_type is not None:
                return summary.module.layout.size_of(instr.source_type)
    return None


def spoken(s: Summary, base: str) -> str:
    """A base as a person would name it."""
    if base == HEAP:
        return "memory reached through pointers"
    if base == ANYWHERE:
        return "memory that a pointer leads to"
    if base.startswith(entry.POINTER):
        return f"memory that a pointer in {spoken(s, base[2:].partition('+')[0])} leads to"
    if base[0] == "p" and base[1:].isdigit():
        return s.function.params[int(base[1:])].name
    return base[2:]


def cells(access: Access, array: Array) -> tuple[Affine, ...] | None:
    """The subscripts of an access in its array; None where they depend on data."""
    address = access.address
    if address.offset.kind != "int":
        return None
    if array.dims > 1:
        return tuple(index for _, _, index in address.strides or ())
    offset = address.offset.affine.scale_down_val(spaces.val(array.bytes_)).floor()
    if array.name == HEAP:
        offset = offset.add(spaces.symbol(spaces.spelled(f"at.{address.base}")))
    return (offset,)


def aligned(access: Access, array: Array, where: Cond) -> bool:
    """Whether the access begins at a cell's beginning, its base being aligned to a cell."""
    if array.dims > 1 or array.bytes_ == 1 or access.address.offset.kind != "int":
        return True
    rest = access.address.offset.affine.mod_val(spaces.val(array.bytes_)).ne_set(spaces.constant(0))
    return where.intersect(rest).is_empty()


def build(side: Side, arrays: Mapping[str, Array], shared: frozenset[str], context: Cond) -> None:
    """Make the sites of one program, guarded stores with the read of what they may leave."""
    s = side.summary
    order = {name: index for index, name in enumerate(s.cfg.order)}
    for access in side.accesses:
        cond = s.block_cond(access.block).intersect(context)
        if access.settled:
            at = order[access.block] * SLOTS + 2 * _index(s, access)
            dims = s.counters_of(access.block)
            side.sites.append(Site("", access, dims, cond, None, (*_outer(s, access.block, order), at)))
            continue
        name = HEAP if access.address.base in shared else access.address.base
        array = arrays[name]
        if not aligned(access, array, cond):
            raise NeedsWorld(
                "mixed-access-sizes",
                f"{spoken(s, name)} is accessed between its elements",
                access.instr.loc,
                frozenset({name}),
            )
        where = cells(access, array)
        dims = s.counters_of(access.block)
        place = order[access.block] * SLOTS + 2 * _index(s, access)
        when = (*_outer(s, access.block, order), place)
        if access.count > 1 and where is not None:
            dims, cond, where = _run(side, access, dims, cond, where)
        site = Site(name, access, dims, cond, where, when, term=access.value)
        if access.stored is not None:
            site.stored = access.stored
            guard = s.guard(access.block)
            if not s.terms.is_true(guard):
                old = Site(name, None, dims, cond, where, when)
                kept = old.term = s.terms.load(old, access.type, dims)
                side.of_access[id(old)] = old
                side.sites.append(old)
                site.stored = s.terms.choose(guard, access.stored, kept)
                site.guarded = True
            site.when = (*when[:-1], place + 1)
        side.of_access[id(access)] = site
        side.sites.append(site)


def _run(
    side: Side, access: Access, dims: tuple[str, ...], cond: Cond, cell: tuple[Affine, ...]
) -> tuple[tuple[str, ...], Cond, tuple[Affine, ...]]:
    """The cells of an access to many scalars, one for each value of a dimension of their own."""
    s = side.summary
    dim = f"{s.side}run{spaces.spelled(access.address.base)}"
    s.terms.order.setdefault(dim, 1000 + len(s.terms.order))
    inside = spaces.between(spaces.symbol(dim), 0, access.count)
    return (*dims, dim), cond.intersect(inside), (*cell[:-1], cell[-1].add(spaces.symbol(dim)))


def _index(s: Summary, access: Access) -> int:
    for number, instr in enumerate(s.function.block(access.block).instrs):
        if instr is access.instr:
            if 2 * number + 2 > SLOTS:
                raise NotProved("too-large", "a basic block is too large for one proof", instr.loc)
            return number
    raise KeyError(access.block)


def _outer(s: Summary, block: str, order: dict[str, int]) -> tuple[int | str, ...]:
    when: list[int | str] = []
    for loop in s.chain(block):
        when += [order[loop.header] * SLOTS, s.counters[loop.header]]
    return tuple(when)


def finals(side: Side, name: str, array: Array, written: Cond, type_: str) -> Term:
    """The contents of every written cell at the end, as a read after everything else."""
    dims = tuple(f"x{i}" for i in range(array.dims))
    for number, dim in enumerate(dims):
        side.summary.terms.order.setdefault(dim, number - 10)
    cell = tuple(spaces.symbol(dim) for dim in dims)
    site = Site(name, None, dims, written, cell, (1 << 40,))
    side.sites.append(site)
    side.of_access[id(site)] = site
    side.finals[name] = site
    site.term = side.summary.terms.load(site, type_, dims)
    return site.term


def shadow(side: Side, name: str, as_name: str) -> None:
    """Copies of an array's stores that only record, in an array of their own, that they happened."""
    s = side.summary
    for site in [site for site in side.sites if site.array == name and site.stored is not None]:
        copy = Site(as_name, None, site.dims, site.cond, site.cell, site.when, s.terms.true)
        guard = s.guard(site.access.block) if site.access is not None else s.terms.true
        guard = guard if site.happens is None else site.happens
        if site.guarded:
            old = Site(
                as_name, None, site.dims, site.cond, site.cell, (*site.when[:-1], int(site.when[-1]) - 1)
            )
            old.term = s.terms.load(old, "i1", site.dims)
            side.of_access[id(old)] = old
            side.sites.append(old)
            copy.stored = s.terms.choose(guard, s.terms.true, old.term)
            copy.guarded = True
        side.sites.append(copy)


def link(side: Side, arrays: Mapping[str, Array]) -> None:
    """Find the last writer of every read (must-sources: guarded stores write the old value back)."""
    for name in arrays:
        sites = [site for site in side.sites if site.array == name]
        writes = [site for site in sites if site.stored is not None]
        reads = [site for site in sites if site.stored is None and site.anywhere is None]
        if any(site.cell is None for site in writes) or (writes and any(site.cell is None for site in reads)):
            raise NeedsWorld(
                "data-subscript",
                f"{spoken(side.summary, name)} is written at a place that depends on data",
                next((s.access.instr.loc for s in sites if s.cell is None and s.access is not None), None),
                frozenset({name}),
            )
        if not writes:
            for site in reads:
                site.untouched = site.points
            continue
        _flow(reads, writes)


def _flow(reads: list[Site], writes: list[Site]) -> None:
    stores = lastwriter.grouped(writes)
    for site in reads:
        found = lastwriter.candidates(site, lastwriter.touches(site), stores)
        if lastwriter.decided(found):
            site.writers = [lane for _, lanes in found for lane in lanes]
            site.untouched = site.points
            for whole, _ in found:
                site.untouched = site.untouched.subtract(whole.domain())
        else:
            _analyzed([site], [writer for _, lanes in found for writer, _ in lanes])
    _forward(reads)


def _analyzed(reads: list[Site], writes: list[Site]) -> None:
    """The same by isl's analysis, for any overlap of writes."""
    depth = max(len(site.when) for site in reads + writes)
    schedule = isl.UnionMap("{}")
    sink, source = isl.UnionMap("{}"), isl.UnionMap("{}")
    named: dict[str, Site] = {}
    for number, site in enumerate(reads + writes):
        label = f"I{number}"
        named[label] = site
        ahead = spaces.everywhere()
        outs: list[str] = []
        for level in range(depth):
            item = site.when[level] if level < len(site.when) else 0
            value = spaces.constant(item) if isinstance(item, int) else spaces.symbol(item)
            outs.append(f"w{level}")
            ahead = ahead.intersect(spaces.symbol(outs[-1]).eq_set(value))
        touches = site.cond
        places: list[str] = []
        for level, value in enumerate(site.cell or ()):
            places.append(f"c{level}")
            touches = touches.intersect(spaces.symbol(places[-1]).eq_set(value))
        when = spaces.relation(ahead, site.dims, outs).set_tuple_name(spaces.IN, label)
        schedule = schedule.union(when.intersect_domain(site.points.set_tuple_name(label)))
        where = spaces.relation(touches, site.dims, places).set_tuple_name(spaces.IN, label)
        where = where.set_tuple_name(isl.dim_type.out, "A")
        if site.stored is None:
            sink = sink.union(where)
        else:
            source = source.union(where)
    info = isl.UnionAccessInfo.from_sink(sink).set_must_source(source).set_schedule_map(schedule)
    flow = info.compute_flow()

    def dependence(item: isl.Map) -> None:
        writer = named[item.get_tuple_name(spaces.IN)]
        reader = named[item.get_tuple_name(isl.dim_type.out)]
        plain = item.reset_tuple_id(spaces.IN).reset_tuple_id(isl.dim_type.out).reverse()
        reader.writers.append((writer, plain))

    def untouched(item: isl.Map) -> None:
        reader = named[item.get_tuple_name(spaces.IN)]
        domain = item.domain().reset_tuple_id()
        reader.untouched = domain if reader.untouched is None else reader.untouched.union(domain)

    flow.get_must_dependence().foreach_map(dependence)
    flow.get_must_no_source().foreach_map(untouched)


def _forward(reads: list[Site]) -> None:
    """What a read certainly sees of its own iteration, and reads that see the same."""
    twins: dict[object, Term | None] = {}
    for site in reads:
        if site.untouched is None:
            site.untouched = isl.Set.empty(site.points.get_space())
        seen = tuple(sorted((id(writer), str(step)) for writer, step in site.writers))
        cell = tuple(str(index) for index in site.cell or ())
        site.twin = twins.setdefault((site.dims, cell, seen, str(site.untouched)), site.term)
        if len(site.writers) == 1 and site.untouched.is_empty():
            writer, step = site.writers[0]
            if writer.dims == site.dims and step.is_subset(isl.Map.identity(step.get_space())):
                site.forward = writer.stored

"""What defines a term that stands for a read, a loop-carried value or the result of a loop."""

from __future__ import annotations

import islpy as isl

from verify.flow import entry, spaces
from verify.flow.model import Side, Site
from verify.flow.terms import Carried, Term

RECURSIVE = frozenset({"load", "phi", "at", "walk", "next", "start"})


def definitions(side: Side, term: Term) -> list[tuple[isl.Map, Term, tuple[str, ...]]]:
    """What defines a recursive term: (map from its iterations to the definition's, definition, dimensions)."""
    terms = side.summary.terms
    if term.kind == "load":
        site: Site = side.of_access[id(term.data)]
        result: list[tuple[isl.Map, Term, tuple[str, ...]]] = []
        if site.anywhere is not None:
            return [_any_cell(site, site.anywhere)]
        if not site.writers and site.cell is None:
            whole = isl.Map.identity(site.points.get_space().map_from_set())
            return [(whole, resolved(side, term), site.dims)]
        for writer, step in site.writers:
            stored = writer.stored
            if stored is None:
                raise KeyError("a writer without a value")
            if stored.type != term.type and stored.kind != "token":
                stored = terms.op(f"bitcast.{stored.type}.{term.type}", term.type, stored)
            result.append((step, stored, writer.dims))
        if site.untouched is not None and not site.untouched.is_empty():
            stay = isl.Map.identity(site.untouched.get_space().map_from_set())
            result.append((stay.intersect_domain(site.untouched), initial(side, site, term), site.dims))
        return result
    if term.kind == "phi":
        carried: Carried = term.data
        if carried.init is None or carried.latch is None:
            raise KeyError("a loop-carried value without a definition")
        counter = spaces.symbol(carried.counter)
        first = spaces.points(counter.eq_set(spaces.constant(0)), term.ctx)
        later = spaces.points(counter.ge_set(spaces.constant(1)), term.ctx)
        identity = isl.Map.identity(first.get_space().map_from_set())
        back = spaces.everywhere()
        olds = [f"{name}_" for name in term.ctx]
        for name, old in zip(term.ctx, olds, strict=True):
            value = spaces.symbol(old)
            if name == carried.counter:
                value = value.sub(spaces.constant(1))
            back = back.intersect(spaces.symbol(name).eq_set(value))
        shift = spaces.relation(back, olds, term.ctx)
        return [
            (identity.intersect_domain(first), carried.init, term.ctx),
            (shift.intersect_domain(later), carried.latch, term.ctx),
        ]
    if term.kind in ("walk", "next", "start"):
        return [_walk_step(term)]
    counter, iteration = term.data
    inner = term.kids[0]
    olds = [f"{name}_" for name in term.ctx]
    last = spaces.symbol(counter).eq_set(iteration)
    for name, old in zip(term.ctx, olds, strict=True):
        last = last.intersect(spaces.symbol(name).eq_set(spaces.symbol(old)))
    dims = tuple(sorted({*term.ctx, counter}, key=lambda name: side.summary.terms.order[name]))
    return [(spaces.relation(last, olds, dims), inner, dims)]


def _walk_step(term: Term) -> tuple[isl.Map, Term, tuple[str, ...]]:
    """The definition of a walk over a loop's iterations (see `searches`)."""
    if term.kind == "walk":
        tree = term.data.tree
        if tree is None:
            raise KeyError("a walk without a definition")
        count = len(term.ctx)
        return isl.Map.identity(isl.Space.alloc(isl.DEFAULT_CONTEXT, 0, count, count)), tree, term.ctx
    walk = term.kids[0]
    counter = term.data
    olds = [f"{name}_" for name in term.ctx]
    step = spaces.everywhere()
    for name, old in zip(term.ctx, olds, strict=True):
        value = spaces.symbol(old)
        if name == counter:
            value = value.add(spaces.constant(1))
        step = step.intersect(spaces.symbol(name).eq_set(value))
    if term.kind == "start":
        step = step.intersect(spaces.symbol(counter).eq_set(spaces.constant(0)))
    return spaces.relation(step, olds, walk.ctx), walk, walk.ctx


def _any_cell(site: Site, every: Term) -> tuple[isl.Map, Term, tuple[str, ...]]:
    """A read at a place that depends on data is one of the reads of single cells: what holds of all holds of it."""
    dims = (*site.dims, every.ctx[-1])
    olds = [f"{name}_" for name in site.dims]
    same = spaces.everywhere()
    for name, old in zip(site.dims, olds, strict=True):
        same = same.intersect(spaces.symbol(name).eq_set(spaces.symbol(old)))
    return (
        spaces.relation(same, olds, dims).intersect_range(spaces.points(every.data.cond, dims)),
        every,
        dims,
    )


def initial(side: Side, site: Site, term: Term) -> Term:
    """The contents of a site's cell when the function begins; of an automatic object they are indeterminate."""
    terms = side.summary.terms
    if site.array.startswith((f"{side.summary.side}.",)):
        return terms.token(f"contents of {site.array}", term.type)
    if site.cell is None:
        raise KeyError("a cell that depends on data")
    if site.access is not None:
        number = entry.contents(side.summary, site.access.address, term.type)
        if number is not None:
            return number
    return terms.init(site.array, tuple(terms.integer(index, "i64") for index in site.cell), term.type)


def resolved(side: Side, term: Term) -> Term:
    """A read as something simpler of equal value: what a store of its own iteration wrote, the initial contents or a
    gather of memory that nothing writes, or the first read that sees the same writers."""
    while term.kind == "load":
        site: Site = side.of_access[id(term.data)]
        if site.anywhere is not None:
            return term
        if not site.writers:
            return _unwritten(side, site, term)
        stored = site.forward
        if stored is None or stored.type != term.type:
            twin = site.twin
            return twin if twin is not None and twin.type == term.type else term
        term = stored
    return term


def _unwritten(side: Side, site: Site, term: Term) -> Term:
    if site.cell is not None:
        return initial(side, site, term)
    access = site.access
    if access is None:
        return term
    offset = access.address.offset
    ctx = frozenset(offset.ctx)
    base = access.address.base
    return side.summary.terms.make("read", (base, term.type), (offset,), term.type, ctx, base)

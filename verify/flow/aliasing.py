"""Loads that strict aliasing shields from stores: what T relies on, S must be undefined without (C11 6.5p7).

T may load a bound or a base pointer again after stores of other types only if those stores cannot reach it. They
cannot on every input on which S is defined, if S certainly stores and then loads with types that may not meet at just
those places.
"""

from __future__ import annotations

from collections.abc import Iterable

from verify.flow import roots, safety, spaces, tbaa
from verify.flow.model import Side, Site, spoken
from verify.flow.pair import Pair
from verify.flow.spaces import Affine, Cond
from verify.verdict import NotProved


def check(pair: Pair) -> None:
    """Raises NotProved where a load of T that was taken as initial contents may see a store of T."""
    t = pair.after
    clean = roots.clean_prefixes(t.summary.function)
    relied = [site for site in _settled(t) if not _first(t, site, clean)]
    if not relied:
        return
    stores = _stores(t)
    bad = _conflicts(pair, t, stores, relied)
    if bad.is_empty():
        return
    s = pair.before
    shown = [site for site in _settled(s) if _certain(s, site)]
    known = _conflicts(pair, s, [site for site in _stores(s) if _certain(s, site)], shown)
    if not bad.is_subset(known):
        access = relied[0].access
        name = spoken(t.summary, access.address.base) if access is not None else ""
        loc = access.instr.loc if access is not None else None
        raise NotProved("aliasing", f"{name} is read again where a store may have changed it", loc)


def _settled(side: Side) -> list[Site]:
    """Loads that were taken as initial contents: settled, and without a value of their own."""
    return [
        s
        for s in side.sites
        if s.access is not None and s.access.settled and s.access.value is None and not s.access.is_store
    ]


def _stores(side: Side) -> list[Site]:
    own = f"{side.summary.side}."
    return [
        s
        for s in side.sites
        if s.access is not None and s.access.is_store and not s.access.address.base.startswith(own)
    ]


def _first(side: Side, site: Site, clean: dict[str, int]) -> bool:
    access = site.access
    if access is None:
        return True
    instrs = side.summary.function.block(access.block).instrs
    place = next(n for n, instr in enumerate(instrs) if instr is access.instr)
    return place < clean.get(access.block, 0)


def _certain(side: Side, site: Site) -> bool:
    return site.access is not None and safety.certain(side.summary, site.access.block)


def _conflicts(pair: Pair, side: Side, stores: Iterable[Site], loads: Iterable[Site]) -> Cond:
    """The arguments on which one of the stores precedes one of the loads and touches what it reads."""
    module = side.summary.module
    found = spaces.nowhere()
    for store in stores:
        for load in loads:
            if store.access is None or load.access is None:
                continue
            if store.access.address.offset.kind != "int":
                found = found.union(pair.context)
            elif side is pair.after or not tbaa.may_meet(module, store.access.instr, load.access.instr):
                found = found.union(_meeting(store, load))
    return found.intersect(pair.context).coalesce()


def _meeting(store: Site, load: Site) -> Cond:
    fresh = {name: f"{name}_w" for name in store.dims}
    where = load.cond.intersect(_renamed(store.cond, fresh)).intersect(_before(store, load, fresh))
    begin, end = _bytes(store)
    first, last = _bytes(load)
    for name, other in fresh.items():
        begin = spaces.substitute(begin, name, spaces.symbol(other))
        end = spaces.substitute(end, name, spaces.symbol(other))
    where = where.intersect(begin.lt_set(last)).intersect(first.lt_set(end))
    return spaces.forget(where, (*load.dims, *fresh.values()))


def _bytes(site: Site) -> tuple[Affine, Affine]:
    access = site.access
    if access is None:
        raise KeyError(site.array)
    start = spaces.symbol(spaces.spelled(f"adr.{access.address.base}")).add(access.address.offset.affine)
    return start, start.add(spaces.constant(access.size))


def _renamed(cond: Cond, names: dict[str, str]) -> Cond:
    for name, other in names.items():
        cond = spaces.substitute_in(cond, name, spaces.symbol(other))
    return cond


def _before(store: Site, load: Site, fresh: dict[str, str]) -> Cond:
    """The store's place in the execution order comes before the load's."""
    result, same = spaces.nowhere(), spaces.everywhere()
    for early, late in zip(store.when, load.when, strict=False):
        x = spaces.constant(early) if isinstance(early, int) else spaces.symbol(fresh[early])
        y = spaces.constant(late) if isinstance(late, int) else spaces.symbol(late)
        result = result.union(same.intersect(x.lt_set(y)))
        same = same.intersect(x.eq_set(y))
    return result

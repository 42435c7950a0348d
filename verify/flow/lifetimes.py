"""Automatic objects live from their declaration to the end of its block, anew at every entry (C11 6.2.4p6)."""

from __future__ import annotations

from collections.abc import Mapping

from verify.flow import spaces
from verify.flow.model import Array, Side, Site
from verify.flow.pair import Pair
from verify.flow.spaces import Cond
from verify.flow.values import SLOTS, Address
from verify.ir import nodes
from verify.ir.nodes import Instr
from verify.verdict import NotProved, Unsupported

MARKERS = ("llvm.lifetime.start", "llvm.lifetime.end")


def indeterminate_contents(side: Side, arrays: Mapping[str, Array], context: Cond) -> None:
    """Where an object's life begins or ends, its cells are overwritten with an indeterminate value."""
    s = side.summary
    order = {name: index for index, name in enumerate(s.cfg.order)}
    born: set[str] = set()
    for block in s.cfg.order:
        for number, instr in enumerate(s.cfg.blocks[block].instrs):
            if not _marks(instr):
                continue
            address = s.datum(instr.operands[-1], block)
            if not isinstance(address, Address):
                raise Unsupported("a lifetime marker of something that is no object", instr.loc)
            begins = instr.callee.startswith(MARKERS[0])
            if begins:
                born.add(address.base)
            array = arrays.get(address.base)
            if array is None or (begins and not s.chain(block)):
                continue
            dims = tuple(f"{s.side}y{i}" for i in range(array.dims))
            where = s.block_cond(block).intersect(context)
            for dim, extent in zip(dims, array.extents, strict=True):
                s.terms.order.setdefault(dim, 1000 + len(s.terms.order))
                if extent is None:
                    raise Unsupported("an automatic object of unknown size", instr.loc)
                where = where.intersect(spaces.between(spaces.symbol(dim), 0, extent))
            when: list[int | str] = []
            for loop in s.chain(block):
                when += [order[loop.header] * SLOTS, s.counters[loop.header]]
            cell = tuple(spaces.symbol(dim) for dim in dims)
            place = order[block] * SLOTS + 2 * number + 1
            kill = Site(address.base, None, (*s.counters_of(block), *dims), where, cell, (*when, place))
            kill.stored = s.terms.token(f"contents of {address.base}", "i8")
            side.sites.append(kill)
    for base in arrays:
        if base.startswith(f"{s.side}.") and base not in born and s.cfg.loops:
            raise NotProved("lifetime", f"the lifetime of {base[2:]} is not visible", s.function.loc)


def _marks(instr: Instr) -> bool:
    return instr.op == "call" and instr.callee.startswith(MARKERS)


def alive(pair: Pair) -> None:
    """T touches an automatic object only while it certainly lives. Raises NotProved."""
    s = pair.after.summary
    touched: dict[int, str] = {}
    for access in pair.after.accesses:
        if access.address.base.startswith(f"{s.side}."):
            touched[id(access.instr)] = access.address.base
    if not touched:
        return
    living: dict[str, frozenset[str] | None] = dict.fromkeys(s.cfg.order)
    living[s.cfg.entry] = frozenset()
    marked: set[str] = set()
    changed = True
    while changed:
        changed = False
        for block in s.cfg.order:
            ends = [_after(pair, pred, living, marked) for pred in s.cfg.predecessors[block]]
            known = [end for end in ends if end is not None]
            if block != s.cfg.entry and known:
                meet = frozenset.intersection(*known)
                if meet != living[block]:
                    living[block], changed = meet, True
    for block in s.cfg.order:
        here = set(living[block] or ())
        for instr in s.cfg.blocks[block].instrs:
            _step(pair, block, instr, here, marked)
            base = touched.get(id(instr))
            if base is not None and base not in here and base in marked:
                raise NotProved("lifetime", f"{base[2:]} may be used outside of its lifetime", instr.loc)


def _after(
    pair: Pair, block: str, living: Mapping[str, frozenset[str] | None], marked: set[str]
) -> frozenset[str] | None:
    before = living[block]
    if before is None:
        return None
    here = set(before)
    for instr in pair.after.summary.cfg.blocks[block].instrs:
        _step(pair, block, instr, here, marked)
    return frozenset(here)


def _step(pair: Pair, block: str, instr: nodes.Instr, here: set[str], marked: set[str]) -> None:
    if not _marks(instr):
        return
    address = pair.after.summary.datum(instr.operands[-1], block)
    if isinstance(address, Address):
        marked.add(address.base)
        if instr.callee.startswith(MARKERS[0]):
            here.add(address.base)
        else:
            here.discard(address.base)

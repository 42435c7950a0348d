"""Pointers that T forms and how its accesses are aligned: rows of the ledger that values do not show."""

from __future__ import annotations

from verify.flow import safety, spaces
from verify.flow.model import Side, object_size
from verify.flow.pair import Pair
from verify.flow.spaces import Cond
from verify.flow.values import Access, Address
from verify.ir import nodes
from verify.verdict import NotProved


def doubtful(pair: Pair) -> list[Access]:
    """T's accesses that are not seen at once to be aligned as they say."""
    return [access for access in pair.after.accesses if not _aligned(pair, access)]


def unshown(pair: Pair) -> list[tuple[str, nodes.Instr, Address]]:
    """Pointers of T that are not seen at once to lie in their objects or one past the end (C11 6.5.6p8): duties. An
    address that is only accessed needs no check of its own: the access has one. Raises NotProved for null."""
    t = pair.after.summary
    found: list[tuple[str, nodes.Instr, Address]] = []
    valid: dict[str, Cond] = {}
    for block, instr, address in addresses(pair.after):
        if instr.result in t.cfg.only_accessed or address.base in ("null", "indeterminate"):
            if address.base in ("null", "indeterminate"):
                raise NotProved("pointer-formed", "an address is computed from a null pointer", instr.loc)
            continue
        if address.offset.kind != "int" or t.called(block) is not None:
            found.append((block, instr, address))
            continue
        size = object_size(pair.before.summary, t, address.base)
        where = t.block_cond(block).intersect(pair.context)
        if size is not None:
            outside = where.subtract(spaces.between(address.offset.affine, 0, size + 1))
        else:
            if address.base not in valid:
                valid[address.base] = _valid_offsets(pair, address.base)
            at = where.intersect(spaces.symbol("o").eq_set(address.offset.affine))
            outside = spaces.forget(at, t.counters_of(block)).subtract(valid[address.base])
        if not outside.is_empty():
            found.append((block, instr, address))
    return found


def addresses(side: Side) -> list[tuple[str, nodes.Instr, Address]]:
    s = side.summary
    found: list[tuple[str, nodes.Instr, Address]] = []
    for block in s.cfg.order:
        for instr in s.cfg.blocks[block].instrs:
            if instr.op == "getelementptr" and instr.result is not None:
                known = s.known(("formed", instr.result))
                if known is not None:
                    found.append(known)
    return found


def _valid_offsets(pair: Pair, base: str) -> Cond:
    """Byte offsets o that S shows to lie in the object or one past it: the hull of the pointer itself, of what S
    certainly accesses (and the byte after), and of the pointers that S certainly forms."""
    s = pair.before.summary
    shown = spaces.symbol("o_").eq_set(spaces.constant(0))
    for access in pair.before.accesses:
        offset = access.address.offset
        if access.address.base != base or offset.kind != "int" or not safety.certain(s, access.block):
            continue
        where = s.block_cond(access.block).intersect(pair.context)
        for place in safety.shown(access, 0):
            at = where.intersect(spaces.symbol("o_").eq_set(place))
            shown = shown.union(spaces.forget(at, s.counters_of(access.block)))
    for block, _, address in addresses(pair.before):
        if address.base == base and address.offset.kind == "int" and safety.certain(s, block):
            where = s.block_cond(block).intersect(pair.context)
            at = where.intersect(spaces.symbol("o_").eq_set(address.offset.affine))
            shown = shown.union(spaces.forget(at, s.counters_of(block)))
    below = spaces.forget(shown.intersect(spaces.symbol("o_").le_set(spaces.symbol("o"))), ("o_",))
    above = spaces.forget(shown.intersect(spaces.symbol("o_").ge_set(spaces.symbol("o"))), ("o_",))
    return below.intersect(above)


def _aligned(pair: Pair, access: Access) -> bool:
    """C11 6.3.2.3p7: T assumes no more alignment of an address than its object or S's own accesses give."""
    wanted = access.instr.align
    if wanted <= 1 or access.lane:
        return True
    base = access.address.base
    given = _alignment(pair, base)
    offset = access.address.offset
    t = pair.after.summary
    if given >= wanted and offset.kind == "int":
        where = t.block_cond(access.block).intersect(pair.context)
        off = offset.affine.mod_val(spaces.val(wanted)).ne_set(spaces.constant(0))
        if where.intersect(off).is_empty():
            return True
    return given >= wanted and offset.kind != "int" and wanted <= access.size


def _alignment(pair: Pair, base: str) -> int:
    """Bytes to which a base is certainly aligned wherever S accesses memory through it."""
    s, t = pair.before.summary, pair.after.summary
    if base.startswith("g."):
        variable = s.module.globals.get(base[2:])
        return variable.align if variable is not None else 1
    if base.startswith("t."):
        return t.defs[base[2:]][1].align
    found: int | None = None
    for access in pair.before.accesses:
        if access.address.base != base or access.lane:
            continue
        align = access.instr.align
        offset = access.address.offset
        if offset.kind == "int":
            where = s.block_cond(access.block).intersect(pair.context)
            while align > 1:
                off = offset.affine.mod_val(spaces.val(align)).ne_set(spaces.constant(0))
                if where.intersect(off).is_empty():
                    break
                align //= 2
        found = align if found is None else min(found, align)
    return found or 1

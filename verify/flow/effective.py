"""Effective types (C11 6.5p7): T accesses memory only through types by which S accesses it there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from verify.flow import spaces
from verify.flow.model import Side
from verify.flow.pair import Pair
from verify.flow.safety import certain
from verify.flow.spaces import Cond
from verify.flow.tbaa import CHARACTER, base_of, tag_of
from verify.flow.values import Access
from verify.ir.nodes import Instr, Module
from verify.ir.types import StructType


def doubtful(pair: Pair) -> list[tuple[Access, str]]:
    """Accesses of T, with their types, that are not seen at once to be where S accesses so. Character types may access
    everything; automatic objects of T are judged by the dataflow."""
    found: list[tuple[Access, str]] = []
    seen: dict[str, dict[str, list[Access]]] = {}
    members: dict[tuple[str, str], dict[str, list[Access]]] = {}
    for access in pair.before.accesses:
        tag, struct = _type(pair.before, access)
        seen.setdefault(access.address.base, {}).setdefault(tag, []).append(access)
        members.setdefault((access.address.base, struct), {}).setdefault(tag, []).append(access)
    for access in pair.after.accesses:
        base = access.address.base
        tag, struct = _type(pair.after, access)
        if base.startswith("t.") or tag == "" or (tag == CHARACTER and not struct):
            continue
        # A member named as such says more than its type: what names a member of another struct is apart from it.
        of_base = members.get((base, struct), {}) if struct else seen.get(base, {})
        living = pair.after.summary.called(access.block) is None
        plain = all(a.address.whole is None for a in of_base.get(tag, [])) and access.address.whole is None
        if living and plain and set(of_base) == {tag}:
            continue
        if not living or (
            not _places(pair.after, [access], pair.context).is_subset(
                _places(pair.before, of_base.get(tag, []), pair.context)
            )
            and not _member(pair, access)
        ):
            found.append((access, f"{tag} in {struct}" if struct else tag))
    return found


def names(side: Side, access: Access) -> Iterator[str]:
    """The types by which an access of S permits one of T: by its own type, and as the member that it names."""
    tag, struct = _type(side, access)
    yield tag
    if struct:
        yield f"{tag} in {struct}"


def _type(side: Side, access: Access) -> tuple[str, str]:
    """The type of an access, and the struct of which it names a member, "" for none."""
    module = side.summary.module
    return tag_of(module, access.instr), base_of(module, access.instr) or ""


def _member(pair: Pair, access: Access) -> bool:
    """Whether a read of T names a member, as the type that it has, of a struct of which S certainly accesses one."""
    if access.address.whole is None or access.is_store:
        return False
    start, _, ty = access.address.whole
    if not _of_struct(pair.after.summary.module, access.instr, ty):
        return False
    shown = [
        replace(other, address=replace(other.address, offset=other.address.whole[0]))
        for other in pair.before.accesses
        if other.address.base == access.address.base
        and other.address.whole is not None
        and other.address.whole[2] == ty
    ]
    here = replace(access, address=replace(access.address, offset=start))
    return _places(pair.after, [here], pair.context).is_subset(_places(pair.before, shown, pair.context))


def _of_struct(module: Module, instr: Instr, ty: StructType) -> bool:
    """Whether an access goes by its tag to a member of this struct (LangRef, struct-path TBAA)."""
    name = base_of(module, instr)
    return name is not None and ty.name is not None and ty.name.removeprefix("struct.") == name


def _places(side: Side, accesses: list[Access], context: Cond) -> Cond:
    """Byte offsets `o` at which accesses begin; everywhere where they depend on data."""
    result = spaces.nowhere()
    s = side.summary
    for access in accesses:
        offset = access.address.offset
        if side.summary.side == "s" and not certain(s, access.block):
            continue
        if offset.kind != "int":
            return spaces.everywhere() if side.summary.side == "t" else spaces.nowhere()
        where = s.block_cond(access.block).intersect(context)
        at = where.intersect(spaces.symbol("o").eq_set(offset.affine))
        result = result.union(spaces.forget(at, s.counters_of(access.block)))
    return result

"""Effective types (C11 6.5p7): T accesses memory only through types by which S accesses it there."""

from __future__ import annotations

from verify.flow import spaces
from verify.flow.model import Side, spoken
from verify.flow.pair import Pair
from verify.flow.safety import certain
from verify.flow.spaces import Cond
from verify.flow.values import Access
from verify.ir.nodes import Instr, Module
from verify.verdict import NotProved

CHARACTER = "omnipotent char"


def check(pair: Pair) -> None:
    """Raises NotProved. Character types may access everything; automatic objects of T are judged by the dataflow."""
    seen: dict[str, dict[str, list[Access]]] = {}
    for access in pair.before.accesses:
        tag = tag_of(pair.before.summary.module, access.instr)
        seen.setdefault(access.address.base, {}).setdefault(tag, []).append(access)
    for access in pair.after.accesses:
        base = access.address.base
        tag = tag_of(pair.after.summary.module, access.instr)
        if base.startswith("t.") or tag in (CHARACTER, ""):
            continue
        of_base = seen.get(base, {})
        if set(of_base) == {tag}:
            continue
        if not _places(pair.after, [access], pair.context).is_subset(
            _places(pair.before, of_base.get(tag, []), pair.context)
        ):
            name = spoken(pair.after.summary, base)
            raise NotProved(
                "effective-type", f"{name} is accessed as {tag} where the original does not", access.instr.loc
            )


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


def tag_of(module: Module, instr: Instr) -> str:
    """The name of the access type in `!tbaa`; "" without one."""
    tag = instr.meta("tbaa")
    if tag is None:
        return ""
    node = module.metadata.get(tag.lstrip("!"), "")
    parts = node.removeprefix("distinct ").strip("!{} ").split(",")
    access = module.metadata.get(parts[1].strip().lstrip("!"), "") if len(parts) > 1 else ""
    return access.partition('!"')[2].partition('"')[0] or access

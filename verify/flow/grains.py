"""The scalars in which memory is accessed: one size for each set of objects that share cells.

Where one program reads words and the other bytes of the same memory, words are read and written as their bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from verify.flow.bases import shared_bases
from verify.flow.model import HEAP, Side
from verify.flow.summary import Summary
from verify.flow.values import Access, scalar_type
from verify.ir import types
from verify.ir.nodes import Instr

Grain = tuple[int, str]
"""Bytes and type text of what one cell holds."""

KEY = "grains"


def of(s: Summary, base: str) -> Grain | None:
    """The cells of a base as far as they are known: from the other accesses, or from its declaration."""
    found: Mapping[str, Grain] = s.known(KEY) or {}
    if base in found:
        return found[base]
    if base.startswith(f"{s.side}.") and base[2:] in s.defs:
        made = s.defs[base[2:]][1].source_type
        while isinstance(made, types.ArrayType):
            made = made.elem
        if isinstance(made, types.IntType | types.FloatType):
            return s.module.layout.store_size(made), scalar_type(made, None)
    return None


def pieces(s: Summary, base: str, instr: Instr, ty: types.Type) -> tuple[int, int, str]:
    """How an access of this type touches memory: how many scalars, of how many bytes and which type."""
    lane = ty.elem if isinstance(ty, types.VectorType) else ty
    count = ty.count if isinstance(ty, types.VectorType) else 1
    text = scalar_type(lane, instr.loc)
    size = s.module.layout.store_size(lane)
    grain = of(s, base)
    whole = text in ("float", "double") or (text.startswith("i") and int(text[1:]) == 8 * size)
    if grain is None or not whole or size % grain[0] or not s.module.layout.little_endian:
        return count, size, text
    return count * (size // grain[0]), *grain


def settled(known: Mapping[str, Grain], before: Side, after: Side) -> dict[str, Grain] | None:
    """The cells under which all accesses of both programs to the same memory have one size; None where they do."""
    accesses = [access for access in before.accesses + after.accesses if not access.settled]
    shared = shared_bases(before.summary, accesses)
    groups: dict[str, list[Access]] = {}
    for access in accesses:
        base = access.address.base
        groups.setdefault(HEAP if base in shared else base, []).append(access)
    found = dict(known)
    for members in groups.values():
        size = math.gcd(*(access.size for access in members))
        if any(access.size != size for access in members):
            for base in {access.address.base for access in members}:
                found[base] = (size, _text(base, size, members))
    return found if found != known else None


def seen(accesses: Iterable[Access]) -> dict[str, Grain]:
    """What one program's accesses, each base in one size, say of the other's."""
    found: dict[str, Grain] = {}
    for access in accesses:
        if not access.settled:
            found.setdefault(access.address.base, (access.size, access.type))
    return found


def _text(base: str, size: int, members: Iterable[Access]) -> str:
    for access in members:
        if access.address.base == base and access.size == size:
            return access.type
    return f"i{8 * size}"

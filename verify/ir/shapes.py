"""In which lanes vectors are computed with: x86 code keeps all integer vectors as <2 x i64> or <4 x i64>."""

from __future__ import annotations

from collections.abc import Mapping

from verify.ir.nodes import Function, Instr, Local, Value
from verify.ir.types import FLOAT_BITS, FloatType, IntType, Type, VectorType

NEUTRAL = frozenset({"phi", "select", "and", "or", "xor", "bitcast", "shufflevector", "insertelement"})
"""Operations that mean the same in lanes of any width that they respect."""

IDLE = frozenset({"extractelement", "store", "load", "token", "ret"})


def finest(function: Function) -> Mapping[str, int]:
    """For vector values by name: the width of the narrowest lanes in which they, or values that they pass through
    neutral operations, are computed with. Values that are only moved are not in it."""
    above: dict[str, str] = {}

    def root(name: str) -> str:
        while above.setdefault(name, name) != name:
            name = above[name]
        return name

    widths: list[tuple[str, int]] = []
    for block in function.blocks:
        for instr in block.instrs:
            here = [v.name for v in instr.operands if isinstance(v, Local) and _lane(v.type)]
            if instr.result is not None and _lane(instr.type):
                here.append(instr.result)
            if instr.op in NEUTRAL:
                for name in here[1:]:
                    above[root(name)] = root(here[0])
            elif instr.op not in IDLE:
                widths += _used(instr)
    found: dict[str, int] = {}
    for name, width in widths:
        group = root(name)
        found[group] = min(width, found.get(group, width))
    return {name: found[root(name)] for name in list(above) if root(name) in found}


def _lane(ty: Type) -> int:
    """Bits of a lane of a vector of numbers; 0 for anything else, vectors of truth values among them."""
    match ty:
        case VectorType(_, IntType(bits)) if bits % 8 == 0:
            return bits
        case VectorType(_, FloatType(name)):
            return FLOAT_BITS[name]
        case _:
            return 0


def _used(instr: Instr) -> list[tuple[str, int]]:
    values: list[Value] = list(instr.operands)
    if instr.metadata and instr.meta("noundef") is not None:
        return []
    if instr.result is not None:
        values.append(instr.value)
    return [(v.name, _lane(v.type)) for v in values if isinstance(v, Local) and _lane(v.type)]

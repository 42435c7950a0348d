"""memcpy of one whole scalar or vector variable as a load and a store: how C spells an unaligned access."""

from __future__ import annotations

from dataclasses import replace

from verify.ir.nodes import Block, ConstInt, Function, Instr, Local, Value
from verify.ir.types import DataLayout, FloatType, IntType, Type, VectorType


def with_copies(function: Function, layout: DataLayout) -> Function:
    """The function with such calls replaced. The variable's padding-free bytes are copied as one value; the other side
    keeps the alignment that the call gives it, and no access type."""
    variables = {
        i.result: i.source_type
        for b in function.blocks
        for i in b.instrs
        if i.op == "alloca" and i.result is not None and i.source_type is not None and not _count(i)
    }
    taken = {i.result for b in function.blocks for i in b.instrs}
    blocks: list[Block] = []
    for block in function.blocks:
        instrs: list[Instr] = []
        for instr in block.instrs:
            ty = _copied(instr, variables, layout)
            if ty is None:
                instrs.append(instr)
                continue
            target, source = instr.operands[0], instr.operands[1]
            number = len(taken)
            while f"copied.{number}" in taken:
                number += 1
            name = f"copied.{number}"
            taken.add(name)
            instrs.append(Instr("load", name, ty, (source,), align=_align(instr, 1), loc=instr.loc))
            stored = (Local(name, ty), target)
            instrs.append(Instr("store", None, ty, stored, align=_align(instr, 0), loc=instr.loc))
        blocks.append(Block(block.name, tuple(instrs)))
    return replace(function, blocks=tuple(blocks))


def _count(alloca: Instr) -> bool:
    return bool(alloca.operands) and not (
        isinstance(alloca.operands[0], ConstInt) and alloca.operands[0].value == 1
    )


def _copied(instr: Instr, variables: dict[str, Type], layout: DataLayout) -> Type | None:
    """The type of the variable that a memcpy copies as a whole, from or to anything else."""
    if instr.op != "call" or not instr.callee.startswith("llvm.memcpy.p0.p0."):
        return None
    length, volatile = instr.operands[2], instr.operands[3]
    if not isinstance(length, ConstInt) or not isinstance(volatile, ConstInt) or volatile.value:
        return None
    for value in instr.operands[:2]:
        ty = variables.get(_name(value))
        if isinstance(ty, IntType | FloatType | VectorType) and _solid(ty, length.value, layout):
            return ty
    return None


def _name(value: Value) -> str:
    return value.name if isinstance(value, Local) else ""


def _solid(ty: Type, size: int, layout: DataLayout) -> bool:
    lane = ty.elem if isinstance(ty, VectorType) else ty
    plain = isinstance(lane, FloatType) and lane.name in ("float", "double")
    plain = plain or (isinstance(lane, IntType) and lane.bits in (8, 16, 32, 64))
    return plain and layout.store_size(ty) == size == layout.size_of(ty)


def _align(instr: Instr, place: int) -> int:
    words = instr.attributes[place] if place < len(instr.attributes) else frozenset[str]()
    return max((int(word[6:]) for word in words if word.startswith("align ")), default=1)

"""Copies and fillings of a few bytes as loads and stores: what clang makes of structs and of reading words by `memcpy`.

A copy is of bytes; it is made in the scalars of which the object on one side consists, where that leaves no padding,
else in words. All is loaded before anything is stored, so that overlapping objects (memmove) are right too. They
have no access type (C11 6.5p6).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from verify.ir.nodes import Block, ConstInt, Function, GlobalRef, Instr, Local, Value
from verify.ir.types import (
    ArrayType,
    DataLayout,
    FloatType,
    IntType,
    PtrType,
    StructType,
    Type,
    VectorType,
    VoidType,
)

MOVES = ("llvm.memcpy.p0.p0.", "llvm.memmove.p0.p0.", "llvm.memset.p0.")
MOST_BYTES = 128
MOST_PARTS = 32
Parts = list[tuple[int, Type]]


def with_copies(function: Function, layout: DataLayout) -> Function:
    """The function with small memcpy, memmove and memset of constant size as loads and stores."""
    made = {i.result: i for b in function.blocks for i in b.instrs if i.result is not None}
    blocks: list[Block] = []
    changed = False
    for block in function.blocks:
        body: list[Instr] = []
        for place, instr in enumerate(block.instrs):
            parts = _parts(instr, made, layout)
            if parts is None:
                body.append(instr)
            else:
                changed = True
                body += _moved(instr, parts, f"{block.name}.copy{place}")
        blocks.append(Block(block.name, tuple(body)))
    return replace(function, blocks=tuple(blocks)) if changed else function


def _parts(instr: Instr, made: Mapping[str, Instr], layout: DataLayout) -> Parts | None:
    """The scalars, with their byte offsets, that a call moves; None for what is left as it is."""
    if instr.op != "call" or not instr.callee.startswith(MOVES):
        return None
    target, source, length, volatile = instr.operands
    if not isinstance(length, ConstInt) or not isinstance(volatile, ConstInt) or volatile.value:
        return None
    if not 0 < length.value <= MOST_BYTES or isinstance(source, GlobalRef):
        return None
    if instr.callee.startswith("llvm.memset."):
        # An initializer, which is known as such elsewhere.
        automatic = isinstance(target, Local) and target.name in made and made[target.name].op == "alloca"
        if automatic or not isinstance(source, ConstInt):
            return None
        return _words(length.value)
    for pointer in (target, source):
        ty = pointee(pointer, made)
        if ty is not None:
            found = list(flat(ty, layout, 0))
            sizes = [layout.store_size(part) for _, part in found if not isinstance(part, VoidType)]
            if len(sizes) == len(found) <= MOST_PARTS and sum(sizes) == length.value:
                return found
    return _words(length.value)


def _words(length: int) -> Parts | None:
    size = next(size for size in (8, 4, 2, 1) if length % size == 0)
    if length // size > MOST_PARTS:
        return None
    return [(at, IntType(8 * size)) for at in range(0, length, size)]


def pointee(pointer: Value, made: Mapping[str, Instr]) -> Type | None:
    """The type of the object or member that a pointer was made to name."""
    if not isinstance(pointer, Local) or pointer.name not in made:
        return None
    instr = made[pointer.name]
    if instr.op == "alloca":
        return instr.source_type
    if instr.op != "getelementptr":
        return None
    inner = instr.source_type
    for index in instr.operands[2:]:
        if isinstance(inner, ArrayType):
            inner = inner.elem
        elif isinstance(inner, StructType) and isinstance(index, ConstInt):
            inner = (inner.fields or ())[index.value]
        else:
            return None
    return inner


def flat(ty: Type, layout: DataLayout, offset: int) -> Iterator[tuple[int, Type]]:
    match ty:
        case IntType(bits) if bits in (8, 16, 32, 64):
            yield offset, ty
        case FloatType(name) if name in ("float", "double"):
            yield offset, ty
        case VectorType(count, elem) if layout.store_size(ty) == count * layout.size_of(elem):
            yield offset, ty
        case ArrayType(count, elem):
            for number in range(min(count, MOST_PARTS + 1)):
                yield from flat(elem, layout, offset + number * layout.size_of(elem))
        case StructType(fields, _, _) if fields is not None:
            for number, field in enumerate(fields):
                yield from flat(field, layout, offset + layout.field_offset(ty, number))
        case PtrType():
            yield offset, ty
        case _:
            yield offset, VoidType()


def _moved(instr: Instr, parts: Parts, prefix: str) -> Iterator[Instr]:
    target, source = instr.operands[:2]
    values: list[Value] = []
    filling = instr.callee.startswith("llvm.memset.")
    for number, (offset, ty) in enumerate(parts):
        if filling:
            byte = source.value if isinstance(source, ConstInt) else 0
            size = ty.bits // 8 if isinstance(ty, IntType) else 0
            values.append(ConstInt(int.from_bytes(bytes((byte,)) * size, "little"), ty))
            continue
        yield from _address(source, offset, f"{prefix}.from{number}", instr)
        name = f"{prefix}.{number}"
        place = _place(source, offset, f"{prefix}.from{number}")
        yield Instr("load", name, ty, (place,), align=_align(instr, 1, offset), loc=instr.loc)
        values.append(Local(name, ty))
    for number, ((offset, ty), value) in enumerate(zip(parts, values, strict=True)):
        yield from _address(target, offset, f"{prefix}.to{number}", instr)
        place = _place(target, offset, f"{prefix}.to{number}")
        yield Instr("store", None, ty, (value, place), align=_align(instr, 0, offset), loc=instr.loc)


def _place(pointer: Value, offset: int, name: str) -> Value:
    return Local(name, PtrType()) if offset else pointer


def _address(pointer: Value, offset: int, name: str, instr: Instr) -> Iterator[Instr]:
    if offset:
        operands = (pointer, ConstInt(offset, IntType(64)))
        yield Instr(
            "getelementptr",
            name,
            PtrType(),
            operands,
            frozenset({"inbounds"}),
            source_type=IntType(8),
            loc=instr.loc,
        )


def _align(instr: Instr, argument: int, offset: int) -> int:
    """The alignment of a part, from what the call says of its pointer."""
    words = instr.attributes[argument] if argument < len(instr.attributes) else frozenset[str]()
    align = next((int(word.split()[1]) for word in words if word.startswith("align ")), 1)
    while offset % align:
        align //= 2
    return align

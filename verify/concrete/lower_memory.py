"""Memory instructions: alloca, load, store, getelementptr."""

from __future__ import annotations

import re

from verify.concrete.arena import (
    KIND_DOUBLE,
    KIND_FLOAT,
    KIND_INT,
    KIND_POINTER,
    MASK,
    READY,
    SHIFT,
    Access,
    struct_format,
)
from verify.concrete.emit import Emitter
from verify.ir.nodes import ConstInt, Instr, Local, Value
from verify.ir.types import ArrayType, DataLayout, FloatType, IntType, PtrType, StructType, Type, VectorType
from verify.verdict import Unsupported

_FAR = 1 << 43
_LARGE = 1 << 18


def access_of(ty: Type, layout: DataLayout, ins: Instr) -> Access:
    """How a value of the type lies in memory."""
    match ty:
        case IntType(bits):
            return Access(KIND_INT, (bits + 7) // 8, bits)
        case FloatType("float"):
            return Access(KIND_FLOAT, 4, 32)
        case FloatType("double"):
            return Access(KIND_DOUBLE, 8, 64)
        case PtrType(0) if layout.pointer_bytes == 8:
            return Access(KIND_POINTER, 8, 64)
        case VectorType(count, elem):
            lane = access_of(elem, layout, ins)
            if isinstance(elem, IntType) and elem.bits % 8:
                raise Unsupported(f"memory access of {ty}", ins.loc)
            return Access(lane.kind, lane.unit, lane.bits, count)
        case _:
            raise Unsupported(f"memory access of {ty}", ins.loc)


def plain(ins: Instr) -> None:
    """Raises Unsupported for volatile and atomic accesses."""
    if ins.flags & {"volatile", "atomic"}:
        raise Unsupported(f"{'volatile' if 'volatile' in ins.flags else 'atomic'} {ins.op}", ins.loc)


def alloca(e: Emitter, ins: Instr) -> None:
    assert ins.result is not None
    assert ins.source_type is not None
    if ins.result in e.promoted:
        return
    if ins.operands and not (isinstance(ins.operands[0], ConstInt) and ins.operands[0].value == 1):
        raise Unsupported("alloca of variable size", ins.loc)
    layout = e.names.module.layout
    align = ins.align or layout.align_of(ins.source_type)
    if layout.size_of(ins.source_type) > _LARGE:
        raise Unsupported("large automatic variable", ins.loc)
    name = e.assign(ins, f"NEW({layout.size_of(ins.source_type)}, {align}, {ins.result!r})")
    e.memory_locals.append(name)


def _locate(e: Emitter, pointer: str, align: int) -> None:
    e.line(f"o = O[{pointer} >> {SHIFT}]; q = {pointer} & {MASK}")
    if align > 1:
        e.line(f"if q & {align - 1}: aln()")


_VIEW = {
    (KIND_INT, 1): "b",
    (KIND_INT, 2): "h",
    (KIND_INT, 4): "i",
    (KIND_INT, 8): "q",
    (KIND_FLOAT, 4): "f",
    (KIND_DOUBLE, 8): "d",
    (KIND_POINTER, 8): "q",
}


def _view(access: Access, align: int) -> str | None:
    """The typed view's subscript for a naturally aligned scalar."""
    if access.lanes or access.bits != 8 * access.unit or align < access.unit:
        return None
    letter = _VIEW.get((access.kind, access.unit))
    shift = access.unit.bit_length() - 1
    return None if letter is None else f"o.{letter}[q >> {shift}]" if shift else f"o.{letter}[q]"


def _range(e: Emitter, ins: Instr) -> tuple[int, int] | None:
    node = ins.meta("range")
    if node is None:
        return None
    text = e.names.module.metadata.get(node.lstrip("!"), node)
    found = re.fullmatch(r".*!\{i\d+ (-?\d+), i\d+ (-?\d+)\}", text.strip())
    if found is None:
        raise Unsupported("range metadata", ins.loc)
    return int(found[1]), int(found[2])


def load(e: Emitter, ins: Instr) -> None:
    plain(ins)
    pointer = ins.operands[0]
    if isinstance(pointer, Local) and pointer.name in e.promoted:
        e.assign(ins, e.promoted[pointer.name], poison=True)
        return
    access = access_of(ins.type, e.names.module.layout, ins)
    bounds = _range(e, ins)
    if bounds == (0, 2):
        access = Access(access.kind, access.unit, access.bits, access.lanes, True)
    align = ins.align or e.names.module.layout.align_of(ins.type)
    _locate(e, e.value(pointer), align)
    name = e.define(ins, poison=True)
    kept = e.names.pool(access)
    view = _view(access, align)
    ones = repr(bytes((READY,)) * access.size)
    ready = f"o.s[q:q + {access.size}] == {ones}"
    if view is not None:
        e.line(f"{name} = {view} if {ready} else SL(o, q, {kept})")
    elif (fmt := struct_format(access)) is not None:
        import struct

        unpack = e.names.pool(struct.Struct(fmt).unpack_from)
        part = "" if access.lanes else "[0]"
        e.line(f"{name} = {unpack}(o.m, q){part} if {ready} else SL(o, q, {kept})")
    else:
        e.line(f"{name} = SL(o, q, {kept})")
    if bounds is not None:
        e.line(f"if {name} is not POISON and not {bounds[0]} <= {name} < {bounds[1]}: trp()")
    if e.names.record_reads:
        e.line(f"o.r[q:q + {access.size}] = {ones}")


def store(e: Emitter, ins: Instr) -> None:
    plain(ins)
    value, pointer = ins.operands
    text = e.value(value)
    if isinstance(pointer, Local) and pointer.name in e.promoted:
        e.line(f"{e.promoted[pointer.name]} = {text}")
        return
    access = access_of(ins.type, e.names.module.layout, ins)
    align = ins.align or e.names.module.layout.align_of(ins.type)
    _locate(e, e.value(pointer), align)
    kept = e.names.pool(access)
    view = _view(access, align)
    if view is None:
        e.line(f"SS(o, q, {kept}, {text})")
        return
    determined = f" and {text} is not POISON" if e.may_be_poison(value) else ""
    ones, kinds = (bytes((code,)) * access.size for code in (READY, access.kind))
    e.line(f"if o.t[q:q + {access.size}] == {ones!r}{determined}:")
    e.line(f"{view} = {text}; o.w[q:q + {access.size}] = {kinds!r}", 1)
    e.line(f"else: SS(o, q, {kept}, {text})")


def _is_small(e: Emitter, value: Value) -> bool:
    """Whether an index is known to be of at most 32 bits."""
    if not isinstance(value, Local):
        return True
    if isinstance(value.type, IntType) and value.type.bits <= 32:
        return True
    source = e.definitions.get(value.name)
    return (
        source is not None
        and source.op in ("sext", "zext")
        and isinstance(source.source_type, IntType)
        and source.source_type.bits <= 32
    )


def _dereferenced_only(e: Emitter, ins: Instr) -> bool:
    assert ins.result is not None
    return all(
        use.op == "load" or (use.op == "store" and use.operands[0] != ins.value)
        for use in e.uses.get(ins.result, [])
    )


def getelementptr(e: Emitter, ins: Instr) -> None:
    assert ins.result is not None
    assert ins.source_type is not None
    if isinstance(ins.type, VectorType):
        raise Unsupported("vector of pointers", ins.loc)
    layout = e.names.module.layout
    inbounds = "inbounds" in ins.flags
    constant, terms, ty, at = 0, list[str](), None, ""
    strict = _dereferenced_only(e, ins)
    for operand in ins.operands[1:]:
        if isinstance(ty, StructType):
            index = e.constant(operand)
            assert isinstance(index, int)
            constant += layout.field_offset(ty, index)
            ty = (ty.fields or ())[index]
            continue
        if isinstance(ty, (ArrayType, VectorType)):
            count, ty = ty.count, ty.elem
        else:
            count, ty = 0, ins.source_type
        size = layout.size_of(ty)
        text = e.value(operand)
        if count > 1 and inbounds:
            e.line(f"if not 0 <= {text} {'<' if strict else '<='} {count}: bnd({text}, {count})")
        if isinstance(operand, ConstInt):
            index = e.constant(operand)
            assert isinstance(index, int)
            constant += index * size
            continue
        if not _is_small(e, operand):
            e.line(f"if not -{_FAR} < {text} * {size} < {_FAR}: ptr()")
        if "nuw" in ins.flags and not _is_unsigned(e, operand):
            e.line(f"if {text} < 0: ptr()")
        terms.append(text if size == 1 else f"{text} * {size}")
        if len(terms) == 1 and operand is ins.operands[1]:
            at = terms[0]
    parts = [e.value(ins.operands[0]), *terms, *([str(constant)] if constant > 0 else [])]
    text = " + ".join(parts) + (f" - {-constant}" if constant < 0 else "")
    if isinstance(ins.source_type, StructType) and len(ins.operands) > 2:
        _whole(e, ins, ins.source_type, at)
    name = e.assign(ins, text)
    if inbounds and (terms or len(ins.operands) == 2) and _needs_check(e, ins):
        e.line(f"o = O[{name} >> {SHIFT}]")
        e.line(f"if not o.low <= {name} & {MASK} <= o.high: FRM(o, {name} & {MASK})")


def _whole(e: Emitter, ins: Instr, ty: StructType, index: str) -> None:
    """Naming a member shows the whole struct (`DataLayout.firm_size`). `index`: bytes, if it varies."""
    layout = e.names.module.layout
    first = ins.operands[1]
    constant = e.constant(first) if isinstance(first, ConstInt) else 0
    assert isinstance(constant, int)
    start = e.value(ins.operands[0]) + (f" + {index}" if index else f" + {constant * layout.size_of(ty)}")
    e.line(f"p = {start}")
    e.line(f"o = O[p >> {SHIFT}]")
    e.line(f"p &= {MASK}")
    e.line("if p < o.from_: o.from_ = p")
    e.line(f"if p + {layout.firm_size(ty)} > o.to: o.to = p + {layout.firm_size(ty)}")


def _is_unsigned(e: Emitter, value: Value) -> bool:
    source = e.definitions.get(value.name) if isinstance(value, Local) else None
    return source is not None and source.op == "zext"


def _needs_check(e: Emitter, ins: Instr) -> bool:
    """Whether the pointer goes anywhere but into accesses and further address arithmetic, which check it."""
    assert ins.result is not None
    return any(
        not (use.op in ("load", "getelementptr") or (use.op == "store" and use.operands[0] != ins.value))
        for use in e.uses.get(ins.result, [])
    )

"""Calls: functions of the module, intrinsics with and without effects on memory, the C library's math."""

from __future__ import annotations

from collections.abc import Callable

from verify.concrete import intrinsics, x86
from verify.concrete.emit import Emitter
from verify.concrete.events import leave
from verify.concrete.lower_memory import access_of
from verify.concrete.lower_ops import apply
from verify.ir.nodes import ConstInt, Instr, Local
from verify.ir.types import FloatType, IntType, VectorType
from verify.verdict import Unsupported

_PROMISES = ("byval", "sret", "inalloca", "preallocated", "byref", "swifterror", "nest")


def _lifetime(e: Emitter, ins: Instr) -> None:
    pointer = ins.operands[-1]
    if not isinstance(pointer, Local):
        raise Unsupported("lifetime marker of something else than a variable", ins.loc)
    if pointer.name in e.promoted:
        from verify.concrete.emit import undefined

        ty = e.definitions[pointer.name].source_type
        assert ty is not None
        e.line(f"{e.promoted[pointer.name]} = {e.names.pool(undefined(ty))}")
    else:
        e.line(f"{'LB' if 'start' in ins.callee else 'LE'}({e.value(pointer)})")


def _memcpy(e: Emitter, ins: Instr) -> None:
    _not_volatile(e, ins)
    target, source, count = (e.value(v) for v in ins.operands[:3])
    _aligned(e, ins, (target, source))
    e.line(f"CPY({target}, {source}, {count}, {'memmove' in ins.callee})")


def _memset(e: Emitter, ins: Instr) -> None:
    _not_volatile(e, ins)
    target, byte, count = (e.value(v) for v in ins.operands[:3])
    _aligned(e, ins, (target,))
    e.line(f"SET({target}, {byte}, {count})")


def _not_volatile(e: Emitter, ins: Instr) -> None:
    flag = ins.operands[3]
    if not isinstance(flag, ConstInt) or flag.value:
        raise Unsupported("volatile memory intrinsic", ins.loc)


def _aligned(e: Emitter, ins: Instr, pointers: tuple[str, ...]) -> None:
    for pointer, attributes in zip(pointers, ins.attributes, strict=False):
        for attribute in attributes:
            if attribute.startswith("align ") and int(attribute[6:]) > 1:
                e.line(f"if {pointer} & {int(attribute[6:]) - 1}: aln()")


def _assume(e: Emitter, ins: Instr) -> None:
    e.line(f"{e.names.pool(intrinsics.assume)}({e.value(ins.operands[0])})")


def _masked_load(e: Emitter, ins: Instr) -> None:
    operands = list(ins.operands)
    if len(operands) == 4:
        operands.pop(1)
    assert isinstance(ins.type, VectorType)
    lane = access_of(ins.type.elem, e.names.module.layout, ins)
    pointer, mask, other = (e.value(v) for v in operands)
    e.assign(ins, f"ML({pointer}, {mask}, {other}, {e.names.pool(lane)})")


def _masked_store(e: Emitter, ins: Instr) -> None:
    operands = list(ins.operands)
    if len(operands) == 4:
        operands.pop(2)
    vector = operands[0].type
    if not isinstance(vector, VectorType):
        raise Unsupported("masked store", ins.loc)
    lane = access_of(vector.elem, e.names.module.layout, ins)
    value, pointer, mask = (e.value(v) for v in operands)
    e.line(f"MS({pointer}, {mask}, {value}, {e.names.pool(lane)})")


_EFFECTS: dict[str, Callable[[Emitter, Instr], None]] = {
    "llvm.lifetime.": _lifetime,
    "llvm.memcpy.": _memcpy,
    "llvm.memmove.": _memcpy,
    "llvm.memset.": _memset,
    "llvm.assume": _assume,
    "llvm.masked.load.": _masked_load,
    "llvm.masked.store.": _masked_store,
}


def call(e: Emitter, ins: Instr) -> None:
    name = ins.callee
    if not name:
        raise Unsupported("indirect call or inline assembly", ins.loc)
    if name.startswith("llvm."):
        _intrinsic(e, ins)
        return
    arguments = ", ".join(e.value(v) for v in ins.operands)
    function = e.names.module.functions.get(name)
    if function is not None and function.blocks:
        promises = [p for attributes in ins.attributes for p in attributes if p.split("(")[0] in _PROMISES]
        if promises or function.variadic:
            raise Unsupported(f"call of {name} with {', '.join(promises) or '...'}", ins.loc)
        e.line("FU[0] = f")
        text = f"{e.names.function_name(name)}({arguments})"
    else:
        known = intrinsics.library(ins)
        if known is None:
            _unknown(e, ins)
        elif isinstance(known, str):
            apply(e, ins, known, ins.operands, False)
        else:
            e.assign(ins, f"{e.names.pool(known)}({arguments})")
        return
    if ins.result is None:
        e.line(text)
    else:
        e.assign(ins, text, poison=True)
    e.line("f = FU[0]")


def _unknown(e: Emitter, ins: Instr) -> None:
    """A call of a function that is only declared: an event."""
    declared = e.names.module.functions.get(ins.callee)
    attributes = (ins.attributes[-1] if ins.attributes else frozenset[str]()) | (
        declared.attributes if declared is not None else frozenset()
    )
    if "returns_twice" in attributes or any(a.startswith("memory(") for a in attributes):
        raise Unsupported(f"call of {ins.callee}", ins.loc)
    arguments = "".join(f"{e.value(v)}, " for v in ins.operands)
    text = f"EV({ins.callee!r}, ({arguments}))"
    if "noreturn" in attributes:
        e.line(f"{text}; {e.names.pool(leave)}()")
        return
    if ins.result is None:
        e.line(text)
        return
    if not isinstance(ins.type, (IntType, FloatType)):
        raise Unsupported(f"call of {ins.callee}", ins.loc)
    result = access_of(ins.type, e.names.module.layout, ins)
    e.line(text)
    e.assign(ins, f"EVR({e.names.pool(result)})")


def _intrinsic(e: Emitter, ins: Instr) -> None:
    for prefix, handler in _EFFECTS.items():
        if ins.callee.startswith(prefix):
            handler(e, ins)
            return
    if any(ins.callee.startswith(f"llvm.{name}") for name in intrinsics.IGNORED):
        return
    if ins.callee.startswith("llvm.x86."):
        x86.emit(e, ins)
        return
    reduction = intrinsics.reduction(ins)
    if reduction is not None:
        e.assign(
            ins, f"{e.names.pool(reduction)}({', '.join(e.value(v) for v in ins.operands)})", poison=True
        )
        return
    template = intrinsics.template(ins)
    used = ins.operands[: 3 if "{c}" in template else 2 if "{b}" in template else 1]
    apply(e, ins, template, used, isinstance(ins.type, VectorType))

"""Counters that move by a constant in every iteration, and accesses that move with them.

Where every iteration accesses memory a constant number of bytes further on, the loop cannot go on for long: no object
reaches over the end of the address space. That bounds the iterations that can really happen even where only data ends
the loop.
"""

from __future__ import annotations

from verify.flow import spaces
from verify.flow.summary import Summary
from verify.flow.terms import affine_under
from verify.ir import types
from verify.ir.cfg import Loop
from verify.ir.nodes import ConstInt, GlobalRef, Instr, Local, Value

SPAN = 1 << 62
"""No object is larger: user space ends below it on every supported target."""


def made(s: Summary, value: Value) -> Instr | None:
    """The instruction that computes a value."""
    return s.defs[value.name][1] if isinstance(value, Local) and value.name in s.defs else None


def step(s: Summary, loop: Loop, phi: Instr) -> tuple[int, bool] | None:
    """The constant by which every iteration moves a counter in the loop's header, and whether always by signed addition
    (which must not overflow, C11 6.5p5); None for any other phi."""
    found: set[int] = set()
    signed = True
    for value, label in zip(phi.operands, phi.labels, strict=True):
        if label not in loop.blocks:
            continue
        latch = made(s, value)
        if latch is None or latch.op not in ("add", "sub") or latch.operands[0] != phi.value:
            return None
        by = latch.operands[1]
        if not isinstance(by, ConstInt) or not isinstance(by.type, types.IntType):
            return None
        number = _signed(by)
        found.add(number if latch.op == "add" else -number)
        signed = signed and "nsw" in latch.flags
    if len(found) != 1 or 0 in found:
        return None
    return found.pop(), signed


def fixed(s: Summary, loop: Loop, value: Value) -> bool:
    """Whether a value is the same in all iterations of one run of the loop."""
    if isinstance(value, Local):
        return value.name not in s.defs or s.defs[value.name][0] not in loop.blocks
    return isinstance(value, ConstInt | GlobalRef)


def moves_on(s: Summary, loop: Loop) -> int:
    """The bytes by which an access of every iteration moves from one to the next; 0 if none does. In a loop inside, it
    is the access of that loop's first iteration."""
    for name in s.cfg.order:
        inside = s.loop_of(name)
        if inside is None or not _every_time(s, loop, inside, name):
            continue
        for instr in s.cfg.blocks[name].instrs:
            if instr.op in ("load", "store", "mload", "mstore"):
                by = _stride(s, (loop, inside), instr.operands[-1])
                if by:
                    return by
    return 0


def _every_time(s: Summary, loop: Loop, inside: Loop, name: str) -> bool:
    """Whether every iteration of the loop comes to a block; in a loop directly inside, in its first iteration."""
    if inside.header == loop.header:
        return all(s.cfg.dominates(name, latch) for latch in loop.latches)
    if inside.parent is None or inside.parent.header != loop.header:
        return False
    if not all(s.cfg.dominates(inside.header, latch) for latch in loop.latches):
        return False
    first = spaces.symbol(s.counters[inside.header]).eq_set(spaces.constant(0))
    begun = s.block_cond(inside.header).intersect(first)
    return begun.is_subset(affine_under(s.reach(name)))


def most(s: Summary, loop: Loop) -> int | None:
    """A bound on the counter of iterations that begin, None where none is seen."""
    by = moves_on(s, loop)
    return SPAN // abs(by) + 1 if by else None


def _signed(value: ConstInt) -> int:
    half = 1 << (value.type.bits - 1) if isinstance(value.type, types.IntType) else 1
    return (value.value + half) % (2 * half) - half


def _stride(s: Summary, loops: tuple[Loop, Loop], value: Value) -> int | None:
    """By how much a pointer or number moves in one iteration; None where that varies or it may wrap."""
    loop, inside = loops
    if fixed(s, loop, value):
        return 0
    instr = made(s, value)
    if instr is None:
        return None
    match instr.op:
        case "phi" if isinstance(value, Local) and s.defs[value.name][0] == loop.header:
            if isinstance(instr.type, types.PtrType):
                return _pointer_step(s, loop, instr)
            moved = step(s, loop, instr)
            wide = isinstance(instr.type, types.IntType) and instr.type.bits == 64
            return moved[0] if moved is not None and (moved[1] or wide) else None
        case "phi" if isinstance(value, Local) and s.defs[value.name][0] == inside.header:
            arms = zip(instr.operands, instr.labels, strict=True)
            begins = [first for first, label in arms if label not in inside.blocks]
            return _stride(s, loops, begins[0]) if len(begins) == 1 else None
        case "sext" | "zext":
            return _stride(s, loops, instr.operands[0])
        case "add" | "sub" if "nsw" in instr.flags or instr.type == types.IntType(64):
            parts = [_stride(s, loops, operand) for operand in instr.operands]
            if parts[0] is None or parts[1] is None:
                return None
            return parts[0] + parts[1] if instr.op == "add" else parts[0] - parts[1]
        case "getelementptr":
            return _address_stride(s, loops, instr)
        case _:
            return None


def _pointer_step(s: Summary, loop: Loop, phi: Instr) -> int | None:
    found: set[int] = set()
    for value, label in zip(phi.operands, phi.labels, strict=True):
        if label not in loop.blocks:
            continue
        latch = made(s, value)
        if latch is None or latch.op != "getelementptr" or latch.operands[0] != phi.value:
            return None
        if (
            len(latch.operands) != 2
            or not isinstance(latch.operands[1], ConstInt)
            or latch.source_type is None
        ):
            return None
        found.add(_signed(latch.operands[1]) * s.module.layout.size_of(latch.source_type))
    return found.pop() if len(found) == 1 else None


def _address_stride(s: Summary, loops: tuple[Loop, Loop], instr: Instr) -> int | None:
    total = _stride(s, loops, instr.operands[0])
    inner = instr.source_type
    if total is None or inner is None:
        return None
    layout = s.module.layout
    for position, operand in enumerate(instr.operands[1:]):
        if position and isinstance(inner, types.StructType):
            number = operand.value if isinstance(operand, ConstInt) else 0
            inner = (inner.fields or ())[number]
            continue
        if position:
            if not isinstance(inner, types.ArrayType):
                return None
            inner = inner.elem
        by = _stride(s, loops, operand)
        if by is None:
            return None
        total += by * layout.size_of(inner)
    return total

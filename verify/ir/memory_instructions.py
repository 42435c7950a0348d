"""Instructions on memory."""

from __future__ import annotations

from dataclasses import replace

from verify.ir.constants import Names, parse_type, parse_typed
from verify.ir.grammar import Parser, made, take_flags, take_operands
from verify.ir.nodes import Instr, Value
from verify.ir.tokens import Cursor
from verify.ir.types import IntType, PtrType, StructType, VectorType, VoidType

_ORDERINGS = frozenset(("unordered", "monotonic", "acquire", "release", "acq_rel", "seq_cst"))


def _alloca(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    source = parse_type(c, names)
    operands: tuple[Value, ...] = ()
    align, space = 0, 0
    while c.peek == "," and not c.look(1).startswith("!"):
        c.pos += 1
        if c.accept("align"):
            align = c.number()
        elif c.accept("addrspace"):
            c.expect("(")
            space = c.number()
            c.expect(")")
        else:
            operands = (parse_typed(c, names),)
    return replace(made(op, PtrType(space), operands, flags, source_type=source), align=align)


def _ordering(c: Cursor) -> set[str]:
    found = take_flags(c)
    while c.peek in _ORDERINGS:
        found.add(c.next())
    return found


def _load(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    ty = parse_type(c, names)
    c.expect(",")
    pointer = parse_typed(c, names)
    return made(op, ty, (pointer,), flags | _ordering(c))


def _store(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    value = parse_typed(c, names)
    c.expect(",")
    pointer = parse_typed(c, names)
    return made(op, value.type, (value, pointer), flags | _ordering(c))


def _fence(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    return made(op, VoidType(), (), flags | _ordering(c))


def _atomicrmw(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    operation = c.next()
    pointer = parse_typed(c, names)
    c.expect(",")
    value = parse_typed(c, names)
    return made(op, value.type, (pointer, value), flags | _ordering(c), predicate=operation)


def _cmpxchg(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    operands = take_operands(c, names)
    ty = StructType((operands[1].type, IntType(1)))
    return made(op, ty, operands, flags | _ordering(c))


def _va_arg(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    operand = parse_typed(c, names)
    c.expect(",")
    return made(op, parse_type(c, names), (operand,), flags)


def _getelementptr(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    source = parse_type(c, names)
    c.expect(",")
    operands = take_operands(c, names)
    vectors = [o.type for o in operands if isinstance(o.type, VectorType)]
    base = operands[0].type
    ty = VectorType(vectors[0].count, base) if vectors and not isinstance(base, VectorType) else base
    return made(op, ty, operands, flags, source_type=source)


MEMORY: dict[str, Parser] = {
    "alloca": _alloca,
    "load": _load,
    "store": _store,
    "fence": _fence,
    "atomicrmw": _atomicrmw,
    "cmpxchg": _cmpxchg,
    "va_arg": _va_arg,
    "getelementptr": _getelementptr,
}

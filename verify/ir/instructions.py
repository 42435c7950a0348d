"""One printed instruction to one `Instr`.

A call through a pointer carries the pointer as one operand more, after the arguments, and "indirect" among
its own attributes; a call of inline assembly carries "asm" and the text of the assembly there. Attributes of a
call's or function's result are prefixed with "ret ".
"""

from __future__ import annotations

from dataclasses import replace

from verify.ir.attributes import of_result, take_attributes, take_function_attributes, take_return_attributes
from verify.ir.constants import CAST_OPS, Names, parse_callee_type, parse_type, parse_typed, parse_value
from verify.ir.grammar import Parser, made, take_flags, take_operands
from verify.ir.memory_instructions import MEMORY
from verify.ir.nodes import (
    ConstAggregate,
    ConstInt,
    ConstPoison,
    ConstUndef,
    GlobalRef,
    Instr,
    Value,
)
from verify.ir.tokens import Cursor, name_of, words
from verify.ir.types import (
    ArrayType,
    FunctionType,
    IntType,
    OtherType,
    PtrType,
    StructType,
    VectorType,
    VoidType,
)
from verify.verdict import Unsupported

_BINARY = words("add sub mul udiv sdiv urem srem shl lshr ashr and or xor fadd fsub fmul fdiv frem")


def parse_instr(line: str, names: Names) -> Instr | None:
    """The instruction on this line (a switch with its cases joined to one line); None for debug records."""
    c = Cursor(line)
    result: str | None = None
    if c.peek.startswith("%") and c.look(1) == "=":
        result = name_of(c.next())
        c.pos += 1
    lead: set[str] = set()
    while c.peek in ("tail", "musttail", "notail"):
        lead.add(c.next())
    op = c.next()
    parser = _PARSERS.get(op)
    if parser is None:
        raise Unsupported(f"instruction {op}")
    flags = frozenset(lead | take_flags(c))
    instr = parser(c, names, op, flags)
    if instr.callee.startswith("llvm.dbg."):
        return None
    return _finish(c, names, instr, result)


def _finish(c: Cursor, names: Names, instr: Instr, result: str | None) -> Instr:
    """Take `, align N` and `, !kind !node`; nothing else may be left."""
    align = instr.align
    metadata: list[tuple[str, str]] = []
    loc = None
    while c.accept(","):
        token = c.next()
        if token == "align":
            align = c.number()
        elif token.startswith("!") and len(token) > 1:
            node = _node(c)
            if token == "!dbg":
                loc = names.loc(node)
            else:
                metadata.append((token[1:], node))
        else:
            raise c.bad()
    if c.peek:
        raise c.bad()
    return replace(instr, result=result, align=align, metadata=tuple(metadata), loc=loc)


def _node(c: Cursor) -> str:
    start = c.pos
    token = c.next()
    if not token.startswith("!"):
        raise c.bad()
    if c.peek in ("(", "{"):
        c.skip_balanced()
        return c.between(start, c.pos)
    return token[1:]


def _binary(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    first = parse_typed(c, names)
    c.expect(",")
    return made(op, first.type, (first, parse_value(c, first.type, names)), flags)


def _unary(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    operand = parse_typed(c, names)
    return made(op, operand.type, (operand,), flags)


def _cast(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    operand = parse_typed(c, names)
    c.expect("to")
    return made(op, parse_type(c, names), (operand,), flags, source_type=operand.type)


def _compare(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    predicate = c.next()
    first = parse_typed(c, names)
    c.expect(",")
    second = parse_value(c, first.type, names)
    bit = IntType(1)
    ty = VectorType(first.type.count, bit) if isinstance(first.type, VectorType) else bit
    return made(op, ty, (first, second), flags, predicate=predicate)


def _select(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    operands = take_operands(c, names)
    return made(op, operands[1].type, operands, flags)


def _phi(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    ty = parse_type(c, names)
    values: list[Value] = []
    labels: list[str] = []
    while True:
        c.expect("[")
        values.append(parse_value(c, ty, names))
        c.expect(",")
        labels.append(name_of(c.next()))
        c.expect("]")
        if c.peek != "," or c.look(1) != "[":
            return made(op, ty, tuple(values), flags, labels=tuple(labels))
        c.pos += 1


def _extractelement(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    operands = take_operands(c, names)
    vector = operands[0].type
    if not isinstance(vector, VectorType):
        raise c.bad()
    return made(op, vector.elem, operands, flags)


def _insertelement(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    operands = take_operands(c, names)
    return made(op, operands[0].type, operands, flags)


def _shufflevector(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    first, second, mask = take_operands(c, names)
    if not isinstance(first.type, VectorType) or not isinstance(mask.type, VectorType):
        raise c.bad()
    ty = VectorType(mask.type.count, first.type.elem)
    return made(op, ty, (first, second), flags, indices=_mask(c, mask, mask.type.count))


def _mask(c: Cursor, mask: Value, count: int) -> tuple[int, ...]:
    match mask:
        case ConstAggregate(None, _):
            return (0,) * count
        case ConstPoison() | ConstUndef():
            return (-1,) * count
        case ConstAggregate(tuple(elements), _):
            known = tuple(i for i in map(_lane, elements) if i is not None)
            if len(known) == count:
                return known
        case _:
            pass
    raise c.bad()


def _lane(element: Value) -> int | None:
    match element:
        case ConstInt(value, _):
            return value
        case ConstPoison() | ConstUndef():
            return -1
        case _:
            return None


def _indices(c: Cursor) -> tuple[int, ...]:
    found: list[int] = []
    while c.peek == "," and c.look(1).isdigit():
        c.pos += 1
        found.append(c.number())
    return tuple(found)


def _extractvalue(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    aggregate = parse_typed(c, names)
    indices = _indices(c)
    ty = aggregate.type
    for index in indices:
        match ty:
            case StructType(fields, _, _) if fields is not None:
                ty = fields[index]
            case ArrayType(_, elem):
                ty = elem
            case _:
                raise c.bad()
    return made(op, ty, (aggregate,), flags, indices=indices)


def _insertvalue(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    aggregate = parse_typed(c, names)
    c.expect(",")
    value = parse_typed(c, names)
    return made(op, aggregate.type, (aggregate, value), flags, indices=_indices(c))


def _label(c: Cursor) -> str:
    c.expect("label")
    return name_of(c.next())


def _br(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    if c.peek == "label":
        return made(op, VoidType(), (), flags, labels=(_label(c),))
    condition = parse_typed(c, names)
    c.expect(",")
    first = _label(c)
    c.expect(",")
    return made(op, VoidType(), (condition,), flags, labels=(first, _label(c)))


def _switch(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    operands = [parse_typed(c, names)]
    c.expect(",")
    labels = [_label(c)]
    c.expect("[")
    while not c.accept("]"):
        operands.append(parse_typed(c, names))
        c.expect(",")
        labels.append(_label(c))
    return made(op, VoidType(), tuple(operands), flags, labels=tuple(labels))


def _ret(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    ty = parse_type(c, names)
    if isinstance(ty, VoidType):
        return made(op, ty, (), flags)
    return made(op, VoidType(), (parse_value(c, ty, names),), flags)


def _unreachable(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    return made(op, VoidType(), (), flags)


def _call(c: Cursor, names: Names, op: str, flags: frozenset[str]) -> Instr:
    own = set(of_result(take_return_attributes(c)))
    kind = parse_callee_type(c, names)
    result = kind.result if isinstance(kind, FunctionType) else kind
    callee = ""
    extra: tuple[Value, ...] = ()
    start = c.pos
    if c.accept("asm"):
        while c.peek != "(":
            c.next()
        own |= {"asm", c.between(start, c.pos)}
    else:
        target = parse_value(c, PtrType(), names)
        if isinstance(target, GlobalRef):
            callee = target.name
        else:
            own.add("indirect")
            extra = (target,)
    arguments: list[Value] = []
    attributes: list[frozenset[str]] = []
    c.expect("(")
    while not c.accept(")"):
        if arguments:
            c.expect(",")
        ty = parse_type(c, names)
        is_metadata = isinstance(ty, OtherType)
        attributes.append(frozenset() if is_metadata else take_attributes(c))
        arguments.append(parse_value(c, ty, names))
    own |= take_function_attributes(c, names)
    if c.peek == "[":
        raise Unsupported("operand bundle")
    if isinstance(kind, FunctionType) and kind.variadic:
        own.add("variadic")
    sets = (*attributes, *(frozenset[str]() for _ in extra), frozenset(own))
    return Instr(op, None, result, (*arguments, *extra), flags, callee=callee, attributes=sets)


_PARSERS: dict[str, Parser] = {
    **MEMORY,
    **dict.fromkeys(_BINARY, _binary),
    **dict.fromkeys(CAST_OPS, _cast),
    "fneg": _unary,
    "freeze": _unary,
    "icmp": _compare,
    "fcmp": _compare,
    "select": _select,
    "phi": _phi,
    "extractelement": _extractelement,
    "insertelement": _insertelement,
    "shufflevector": _shufflevector,
    "extractvalue": _extractvalue,
    "insertvalue": _insertvalue,
    "br": _br,
    "switch": _switch,
    "ret": _ret,
    "unreachable": _unreachable,
    "call": _call,
}


def label_of(line: str) -> str | None:
    """The name of the block that this line opens, None if it opens none."""
    if line[:1] in ("", " ", "\t", "}"):
        return None
    if line.startswith('"'):
        end = line.index('"', 1)
        return name_of("%" + line[: end + 1])
    name, colon, _ = line.partition(":")
    return name if colon else None

"""Types and constants of printed LLVM IR, and the names that their text refers to."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from verify.ir.nodes import (
    ConstAggregate,
    ConstExpr,
    ConstFloat,
    ConstInt,
    ConstNull,
    ConstPoison,
    ConstUndef,
    GlobalRef,
    Loc,
    Local,
    MetadataValue,
    Value,
)
from verify.ir.tokens import Cursor, name_of, unescape, words
from verify.ir.types import (
    FLOAT_BITS,
    ArrayType,
    FloatType,
    FunctionType,
    IntType,
    OtherType,
    PtrType,
    StructType,
    Type,
    VectorType,
    VoidType,
)
from verify.verdict import Unsupported

VALUE_WORDS = words("true false null undef poison zeroinitializer splat none asm blockaddress")
CAST_OPS = words(
    "trunc zext sext fptrunc fpext fptoui fptosi uitofp sitofp ptrtoint ptrtoaddr inttoptr bitcast "
    "addrspacecast"
)
EXPR_OPS = words("getelementptr add sub mul xor shl icmp extractelement") | CAST_OPS
_INT = re.compile(r"i[1-9]\d*\Z")
_OTHER_TYPES = frozenset(("label", "metadata", "token", "x86_amx"))
_FIELD = re.compile(r'\b(line|column|scope|file|filename): ("[^"]*"|!?[\w.]+)')


def is_type_start(token: str) -> bool:
    """Whether a type can begin with this token."""
    return (
        token in ("ptr", "void", "[", "<", "{", "target")
        or token in FLOAT_BITS
        or token in _OTHER_TYPES
        or token.startswith("%")
        or _INT.match(token) is not None
    )


@dataclass(frozen=True)
class Names:
    """What the parts of one module refer to by name: struct types, attribute groups, metadata (raw texts)."""

    types: dict[str, str]
    groups: dict[str, str]
    metadata: dict[str, str]
    resolved: dict[str, Type] = field(default_factory=dict[str, Type])
    locs: dict[str, Loc | None] = field(default_factory=dict[str, "Loc | None"])
    group_sets: dict[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    def struct(self, name: str) -> Type:
        """The type that `%name` stands for."""
        known = self.resolved.get(name)
        if known is not None:
            return known
        text = self.types.get(name)
        if text is None:
            raise Unsupported(f"unknown type %{name}")
        if text == "opaque":
            made: Type = StructType(None, name=name)
        else:
            cursor = Cursor(text)
            made = parse_type(cursor, self)
            if isinstance(made, StructType):
                made = StructType(made.fields, made.packed, name)
        self.resolved[name] = made
        return made

    def loc(self, node: str) -> Loc | None:
        """The place that debug node `node` (a location or subprogram) names, None where it has none."""
        if node not in self.locs:
            self.locs[node] = self._loc(node)
        return self.locs[node]

    def _loc(self, node: str) -> Loc | None:
        fields = self._fields(node)
        line = int(fields.get("line", "0"))
        if not line:
            return None
        return Loc(line, int(fields.get("column", "0")), self._file(fields))

    def _file(self, fields: dict[str, str]) -> str:
        for _ in range(1000):
            if "file" in fields:
                name = self._fields(fields["file"].lstrip("!")).get("filename", '""')
                return unescape(name[1:-1])
            if "scope" not in fields:
                break
            fields = self._fields(fields["scope"].lstrip("!"))
        return ""

    def _fields(self, node: str) -> dict[str, str]:
        return dict(_FIELD.findall(self.metadata.get(node, "")))


def parse_type(c: Cursor, names: Names) -> Type:
    """Take a type (not a function type: see `parse_callee_type`)."""
    token = c.next()
    if token == "ptr":
        if c.accept("addrspace"):
            c.expect("(")
            space = c.number()
            c.expect(")")
            return PtrType(space)
        return PtrType()
    if _INT.match(token):
        return IntType(int(token[1:]))
    if token in FLOAT_BITS:
        return FloatType(token)
    if token == "void":
        return VoidType()
    if token == "[":
        count, elem = _sequence(c, names, "]")
        return ArrayType(count, elem)
    if token == "<":
        if c.accept("{"):
            fields = _fields(c, names)
            c.expect(">")
            return StructType(fields, packed=True)
        if c.peek == "vscale":
            raise Unsupported("scalable vector type")
        count, elem = _sequence(c, names, ">")
        return VectorType(count, elem)
    if token == "{":
        return StructType(_fields(c, names))
    if token.startswith("%"):
        return names.struct(name_of(token))
    if token in _OTHER_TYPES:
        return OtherType(token)
    raise Unsupported(f"type {token} in: {c.text.strip()[:120]}")


def parse_callee_type(c: Cursor, names: Names) -> Type:
    """Take a type that may be followed by parameter types, as in front of a callee."""
    result = parse_type(c, names)
    if not c.accept("("):
        return result
    params: list[Type] = []
    variadic = False
    while not c.accept(")"):
        if params or variadic:
            c.expect(",")
        if c.accept("..."):
            variadic = True
        else:
            params.append(parse_type(c, names))
    return FunctionType(result, tuple(params), variadic)


def _sequence(c: Cursor, names: Names, close: str) -> tuple[int, Type]:
    count = c.number()
    c.expect("x")
    elem = parse_type(c, names)
    c.expect(close)
    return count, elem


def _fields(c: Cursor, names: Names) -> tuple[Type, ...]:
    fields: list[Type] = []
    while not c.accept("}"):
        if fields:
            c.expect(",")
        fields.append(parse_type(c, names))
    return tuple(fields)


def parse_typed(c: Cursor, names: Names) -> Value:
    """Take a type and a value of it."""
    ty = parse_type(c, names)
    return parse_value(c, ty, names)


def parse_value(c: Cursor, ty: Type, names: Names) -> Value:
    """Take a value of type `ty`."""
    token = c.peek
    first = token[:1]
    if first == "%":
        c.pos += 1
        return Local(name_of(token), ty)
    if first == "@":
        c.pos += 1
        return GlobalRef(name_of(token), ty)
    if isinstance(ty, OtherType) and ty.name == "metadata":
        return _metadata_value(c, ty)
    simple = _WORDS.get(token)
    if simple is not None:
        c.pos += 1
        return simple(ty)
    if isinstance(ty, IntType):
        number = _integer(token)
        if number is not None:
            c.pos += 1
            return ConstInt(number % (1 << ty.bits), ty)
    elif isinstance(ty, FloatType):
        bits = float_bits(token, ty.name)
        if bits is not None:
            c.pos += 1
            return ConstFloat(bits, ty)
    if token in EXPR_OPS:
        return _expression(c, ty, names)
    return _aggregate(c, ty, names)


def _metadata_value(c: Cursor, ty: Type) -> Value:
    start = c.pos
    while c.peek and c.peek not in (",", ")"):
        if c.peek in ("(", "{"):
            c.skip_balanced()
        else:
            c.pos += 1
    if c.pos == start:
        raise c.bad()
    return MetadataValue(c.between(start, c.pos), ty)


def _zero(ty: Type) -> Value:
    match ty:
        case IntType():
            return ConstInt(0, ty)
        case FloatType():
            return ConstFloat(0, ty)
        case PtrType():
            return ConstNull(ty)
        case _:
            return ConstAggregate(None, ty)


_WORDS: dict[str, Callable[[Type], Value]] = {
    "true": lambda ty: ConstInt(1, ty),
    "false": lambda ty: ConstInt(0, ty),
    "null": ConstNull,
    "undef": ConstUndef,
    "poison": ConstPoison,
    "zeroinitializer": _zero,
}


def _integer(token: str) -> int | None:
    try:
        if token[:3] in ("u0x", "s0x"):
            return int(token[3:], 16) if token[0] == "u" else None
        return int(token)
    except ValueError:
        return None


def _aggregate(c: Cursor, ty: Type, names: Names) -> Value:
    token = c.next()
    if token == "splat" and isinstance(ty, VectorType):
        c.expect("(")
        element = parse_typed(c, names)
        c.expect(")")
        return ConstAggregate((element,) * ty.count, ty)
    if token.startswith('c"') and isinstance(ty, ArrayType):
        text = unescape(token[2:-1])
        return ConstAggregate(tuple(ConstInt(ord(ch), ty.elem) for ch in text), ty)
    if token == "<" and c.peek == "{":
        c.pos += 1
        elements = _elements(c, names, "}")
        c.expect(">")
        return ConstAggregate(elements, ty)
    close = {"[": "]", "{": "}", "<": ">"}.get(token)
    if close is None:
        raise Unsupported(f"constant {token} in: {c.text.strip()[:120]}")
    return ConstAggregate(_elements(c, names, close), ty)


def _elements(c: Cursor, names: Names, close: str) -> tuple[Value, ...]:
    elements: list[Value] = []
    while not c.accept(close):
        if elements:
            c.expect(",")
        elements.append(parse_typed(c, names))
    return tuple(elements)


def _expression(c: Cursor, ty: Type, names: Names) -> Value:
    op = c.next()
    flags: set[str] = set()
    while c.peek != "(":
        start = c.pos
        c.next()
        if c.tokens[start] == "inrange":
            c.skip_balanced()
        flags.add(c.between(start, c.pos))
    c.expect("(")
    source: Type | None = None
    if op == "getelementptr":
        source = parse_type(c, names)
        c.expect(",")
    operands = [parse_typed(c, names)]
    if op in CAST_OPS:
        c.expect("to")
        if parse_type(c, names) != ty:
            raise c.bad()
        source = operands[0].type
    while c.accept(","):
        operands.append(parse_typed(c, names))
    c.expect(")")
    return ConstExpr(op, tuple(operands), frozenset(flags), ty, source)


def float_bits(token: str, kind: str) -> int | None:
    """The bit pattern, in format `kind`, of a printed floating-point constant; None if it is not one."""
    if token.startswith("0x"):
        return _hex_bits(token[2:], kind)
    try:
        value = float(token)
    except ValueError:
        return None
    if kind == "double":
        return int.from_bytes(struct.pack("<d", value), "little")
    if kind == "float":
        return _narrow(int.from_bytes(struct.pack("<d", value), "little"))
    return None


def _hex_bits(digits: str, kind: str) -> int | None:
    form = digits[:1]
    if form in "KLMHR":
        expected = {"K": "x86_fp80", "L": "fp128", "H": "half", "R": "bfloat"}.get(form)
        if expected != kind:
            return None
        number = digits[1:]
        if form == "L":  # the low half is printed first
            number = number[16:] + number[:16]
        return int(number, 16)
    bits = int(digits, 16)
    if kind == "double":
        return bits
    return _narrow(bits) if kind == "float" else None


def _narrow(bits: int) -> int | None:
    """A double's pattern as the pattern of the float of the same value, None if there is none."""
    sign, exponent, mantissa = bits >> 63, (bits >> 52) & 0x7FF, bits & ((1 << 52) - 1)
    if exponent == 0x7FF:
        return None if mantissa & ((1 << 29) - 1) else (sign << 31) | (0xFF << 23) | (mantissa >> 29)
    value = struct.unpack("<d", bits.to_bytes(8, "little"))[0]
    try:
        packed = struct.pack("<f", value)
    except OverflowError:
        return None
    exact: float = struct.unpack("<f", packed)[0]
    return int.from_bytes(packed, "little") if exact == value else None

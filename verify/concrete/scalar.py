"""Scalar operators as Python expression templates over `{a}` and `{b}`, the closed table of what can be run.

Operands are names or literals, so a template may use them more than once; `r` is a scratch name. Integers
are signed values of their width, i1 is 0 or 1. The names that templates call are in `NAMES`.
"""

from __future__ import annotations

from verify.concrete import faults, numbers
from verify.ir.nodes import Instr
from verify.ir.types import FloatType, IntType, PtrType, Type, VectorType
from verify.verdict import Unsupported

NAMES: dict[str, object] = {
    "POISON": faults.POISON,
    "ovf": faults.overflow,
    "shf": faults.bad_shift,
    "cnv": faults.bad_conversion,
    "exa": faults.bad_exact,
    "f32": numbers.f32,
    "fdv": numbers.fdiv,
    "frm": numbers.frem,
    "sdv": numbers.sdiv,
    "srm": numbers.srem,
    "udv": numbers.udiv,
    "urm": numbers.urem,
    "i2f": numbers.int_to_float,
    "fbt": numbers.float_bits,
    "btf": numbers.bits_float,
}

_FAST = frozenset({"nnan", "ninf", "nsz", "arcp", "contract", "afn", "reassoc", "fast"})


def wrapped(expression: str, bits: int) -> str:
    """The expression reduced to iN's values."""
    if bits == 1:
        return f"({expression}) & 1"
    half, mask = 1 << (bits - 1), (1 << bits) - 1
    return f"(({expression}) + {half} & {mask}) - {half}"


def unsigned(operand: str, bits: int) -> str:
    """The operand read as unsigned."""
    return operand if bits == 1 else f"({operand} & {(1 << bits) - 1})"


def scalar_type(ty: Type) -> Type:
    """The lane type of a vector, the type itself otherwise."""
    return ty.elem if isinstance(ty, VectorType) else ty


def int_bits(ty: Type, ins: Instr) -> int:
    """The width of an integer type (of a vector's lanes)."""
    lane = scalar_type(ty)
    if not isinstance(lane, IntType):
        raise Unsupported(f"{ins.op} on {lane}", ins.loc)
    return lane.bits


def is_single(ty: Type, ins: Instr) -> bool:
    """Whether a floating-point type is float; others than float and double are not supported."""
    lane = scalar_type(ty)
    if not isinstance(lane, FloatType) or lane.name not in ("float", "double"):
        raise Unsupported(f"{ins.op} on {lane}", ins.loc)
    return lane.name == "float"


def _checked(raw: str, symbol: str, ins: Instr, bits: int) -> str:
    """add, sub, mul with their wrap flags."""
    half, mask = 1 << (bits - 1), (1 << bits) - 1
    if bits == 1:
        if ins.flags & {"nsw", "nuw"}:
            raise Unsupported(f"{ins.op} i1 with a wrap flag", ins.loc)
        return wrapped(raw, 1)
    if "nuw" in ins.flags:
        inside = f"0 <= ({{a}} & {mask}) {symbol} ({{b}} & {mask}) <= {mask}"
        signed_ok = f" and -{half} <= {raw} < {half}" if "nsw" in ins.flags else ""
        return f"{wrapped(raw, bits)} if {inside}{signed_ok} else ovf()"
    if "nsw" in ins.flags:
        return f"r if -{half} <= (r := {raw}) < {half} else ovf()"
    return wrapped(raw, bits)


def _shift(ins: Instr, bits: int) -> str:
    mask = (1 << bits) - 1
    half = 1 << (bits - 1)
    if ins.op == "shl":
        body = wrapped("{a} << {b}", bits)
        if "nsw" in ins.flags:
            body = f"(r if -{half} <= (r := {{a}} << {{b}}) < {half} else ovf())"
        if "nuw" in ins.flags:
            body = f"({body} if ({{a}} & {mask}) << {{b}} <= {mask} else ovf())"
    elif ins.op == "lshr":
        body = wrapped(f"({{a}} & {mask}) >> {{b}}", bits)
    else:
        body = "{a} >> {b}"
    if "exact" in ins.flags:
        body = f"({body} if not {{a}} & ((1 << {{b}}) - 1) else exa())"
    return f"{body} if 0 <= {{b}} < {bits} else shf()"


def _division(ins: Instr, bits: int) -> str:
    if bits == 1:
        raise Unsupported(f"{ins.op} i1", ins.loc)
    name = {"sdiv": "sdv", "srem": "srm", "udiv": "udv", "urem": "urm"}[ins.op]
    body = f"{name}({{a}}, {{b}}, {bits})"
    if "exact" in ins.flags:
        return f"{body} if not srm({{a}}, {{b}}, {bits}) else exa()"
    return body


def _float(ins: Instr) -> str:
    single = is_single(ins.type, ins)
    if ins.flags & _FAST:
        raise Unsupported("fast-math", ins.loc)
    if ins.op == "fneg":
        return "-{a}"
    body = {"fadd": "{a} + {b}", "fsub": "{a} - {b}", "fmul": "{a} * {b}", "frem": "frm({a}, {b})"}.get(
        ins.op
    )
    if body is None:
        body = "{a} / {b} if {b} else fdv({a}, {b})"
    return f"f32({body})" if single and ins.op != "frem" else body


def binary(ins: Instr) -> str:
    """The template of an arithmetic or bitwise instruction (for vectors: of one lane)."""
    if ins.op.startswith("f"):
        return _float(ins)
    bits = int_bits(ins.type, ins)
    match ins.op:
        case "add" | "sub" | "mul":
            symbol = {"add": "+", "sub": "-", "mul": "*"}[ins.op]
            return _checked(f"{{a}} {symbol} {{b}}", symbol, ins, bits)
        case "and" | "or" | "xor":
            if "disjoint" in ins.flags:
                return "{a} | {b} if not {a} & {b} else ovf()"
            return f"{{a}} {dict(zip(('and', 'or', 'xor'), '&|^', strict=True))[ins.op]} {{b}}"
        case "shl" | "lshr" | "ashr":
            return _shift(ins, bits)
        case "sdiv" | "srem" | "udiv" | "urem":
            return _division(ins, bits)
        case _:
            raise Unsupported(ins.op, ins.loc)


_SIGNED = {"slt": "<", "sle": "<=", "sgt": ">", "sge": ">="}
_UNSIGNED = {"ult": "<", "ule": "<=", "ugt": ">", "uge": ">="}
_FCMP = {
    "oeq": "{a} == {b}",
    "ogt": "{a} > {b}",
    "oge": "{a} >= {b}",
    "olt": "{a} < {b}",
    "ole": "{a} <= {b}",
    "one": "({a} < {b} or {a} > {b})",
    "ord": "({a} == {a} and {b} == {b})",
    "uno": "({a} != {a} or {b} != {b})",
    "ueq": "(not ({a} < {b} or {a} > {b}))",
    "ugt": "(not {a} <= {b})",
    "uge": "(not {a} < {b})",
    "ult": "(not {a} >= {b})",
    "ule": "(not {a} > {b})",
    "une": "{a} != {b}",
    "true": "True",
    "false": "False",
}


def compare(ins: Instr, operand_type: Type) -> str:
    """The template of icmp and fcmp."""
    if ins.op == "fcmp":
        is_single(operand_type, ins)
        if ins.flags & _FAST:
            raise Unsupported("fast-math", ins.loc)
        return _FCMP[ins.predicate]
    lane = scalar_type(operand_type)
    bits = 64 if isinstance(lane, PtrType) else int_bits(lane, ins)
    if ins.predicate in ("eq", "ne"):
        return "{a} == {b}" if ins.predicate == "eq" else "{a} != {b}"
    if ins.predicate in _UNSIGNED:
        return f"{unsigned('{a}', bits)} {_UNSIGNED[ins.predicate]} {unsigned('{b}', bits)}"
    if bits == 1:
        return f"-{{a}} {_SIGNED[ins.predicate]} -{{b}}"
    return f"{{a}} {_SIGNED[ins.predicate]} {{b}}"


def cast(ins: Instr) -> str:
    """The template of a cast over `{a}`; bitcast between scalars of one size only."""
    assert ins.source_type is not None
    source, target = scalar_type(ins.source_type), scalar_type(ins.type)
    match ins.op:
        case "trunc":
            bits = int_bits(target, ins)
            if ins.flags:
                raise Unsupported("trunc with flags", ins.loc)
            return wrapped("{a}", bits)
        case "zext":
            bits = int_bits(source, ins)
            if "nneg" in ins.flags:
                return "{a} if {a} >= 0 else ovf()"
            return "{a} + 0" if bits == 1 else unsigned("{a}", bits)
        case "sext":
            return "-{a}" if int_bits(source, ins) == 1 else "{a}"
        case "sitofp" | "uitofp":
            bits, single = int_bits(source, ins), is_single(target, ins)
            operand = unsigned("{a}", bits) if ins.op == "uitofp" else "{a}" if bits > 1 else "-{a}"
            if ins.flags - {"nneg"}:
                raise Unsupported(f"{ins.op} with flags", ins.loc)
            if single and bits > 53:
                return f"i2f({operand}, True)"
            return f"f32({operand})" if single else f"float({operand})"
        case "fptosi":
            bits = int_bits(target, ins)
            is_single(source, ins)
            return f"int({{a}}) if -{(1 << (bits - 1)) + 1} < {{a}} < {1 << (bits - 1)} else cnv()"
        case "fptoui":
            bits = int_bits(target, ins)
            is_single(source, ins)
            return f"({wrapped('int({a})', bits)}) if -1 < {{a}} < {1 << bits} else cnv()"
        case "fpext":
            return "{a}" if is_single(source, ins) and not is_single(target, ins) else _no(ins)
        case "fptrunc":
            return "f32({a})" if is_single(target, ins) and not is_single(source, ins) else _no(ins)
        case "ptrtoint":
            bits = int_bits(target, ins)
            return "{a}" if bits == 64 else wrapped("{a}", bits)
        case "inttoptr":
            return "{a}" if int_bits(source, ins) == 64 else _no(ins)
        case "bitcast":
            return _bitcast(ins, source, target)
        case _:
            raise Unsupported(ins.op, ins.loc)


def _bitcast(ins: Instr, source: Type, target: Type) -> str:
    if source == target:
        return "{a}"
    match source, target:
        case FloatType(), IntType():
            return f"fbt({{a}}, {4 if is_single(source, ins) else 8})"
        case IntType(), FloatType():
            return f"btf({{a}}, {4 if is_single(target, ins) else 8})"
        case _:
            return _no(ins)


def _no(ins: Instr) -> str:
    raise Unsupported(f"{ins.op} {ins.source_type} to {ins.type}", ins.loc)

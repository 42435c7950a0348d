"""Calls without effect on memory: llvm.* intrinsics and pure math functions of the C library, as templates
like those of scalar operators (see `scalar`), applied lane by lane to vectors."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from verify.concrete import numbers
from verify.concrete.faults import Fault, overflow
from verify.concrete.scalar import NAMES, int_bits, is_single, unsigned, wrapped
from verify.ir.nodes import ConstInt, Instr
from verify.ir.types import FloatType, IntType, VectorType
from verify.verdict import Unsupported


def _least_and_most(bits: int, is_signed: bool) -> tuple[int, int]:
    return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if is_signed else (0, (1 << bits) - 1)


def _choice(symbol: str, is_signed: bool) -> Callable[[int], str]:
    def template(bits: int) -> str:
        a, b = ("{a}", "{b}") if is_signed else (unsigned("{a}", bits), unsigned("{b}", bits))
        return f"({{a}} if {a} {symbol} {b} else {{b}})"

    return template


def _saturating(symbol: str, is_signed: bool) -> Callable[[int], str]:
    def template(bits: int) -> str:
        low, high = _least_and_most(bits, is_signed)
        a, b = ("{a}", "{b}") if is_signed else (unsigned("{a}", bits), unsigned("{b}", bits))
        return wrapped(f"sat({a} {symbol} {b}, {low}, {high})", bits)

    return template


def _with_overflow(symbol: str, is_signed: bool) -> Callable[[int], str]:
    def template(bits: int) -> str:
        low, high = _least_and_most(bits, is_signed)
        a, b = ("{a}", "{b}") if is_signed else (unsigned("{a}", bits), unsigned("{b}", bits))
        exact = f"{a} {symbol} {b}"
        return f"({wrapped(exact, bits)}, not {low} <= {exact} <= {high})"

    return template


def _funnel(left: bool) -> Callable[[int], str]:
    def template(bits: int) -> str:
        mask = (1 << bits) - 1
        both, amount = f"(({{a}} & {mask}) << {bits} | {{b}} & {mask})", f"({{c}} & {mask}) % {bits}"
        return wrapped(f"{both} >> {f'({bits} - {amount})' if left else f'({amount})'}", bits)

    return template


_INTEGER: dict[str, Callable[[int], str]] = {
    "smax": _choice(">", True),
    "smin": _choice("<", True),
    "umax": _choice(">", False),
    "umin": _choice("<", False),
    "ctpop": lambda bits: f"{unsigned('{a}', bits)}.bit_count()",
    "bswap": lambda bits: f"bsw({{a}}, {bits})",
    "bitreverse": lambda bits: f"brv({{a}}, {bits})",
    "fshl": _funnel(True),
    "fshr": _funnel(False),
    "sadd.sat": _saturating("+", True),
    "uadd.sat": _saturating("+", False),
    "ssub.sat": _saturating("-", True),
    "usub.sat": _saturating("-", False),
    "sadd.with.overflow": _with_overflow("+", True),
    "uadd.with.overflow": _with_overflow("+", False),
    "ssub.with.overflow": _with_overflow("-", True),
    "usub.with.overflow": _with_overflow("-", False),
    "smul.with.overflow": _with_overflow("*", True),
    "umul.with.overflow": _with_overflow("*", False),
}

# Their second operand is a constant flag: whether the odd case is undefined.
_FLAGGED = {
    "abs": "ab{flag}({{a}}, {bits})",
    "ctlz": "clz({{a}}, {bits}, {flag})",
    "cttz": "ctz({{a}}, {bits}, {flag})",
}

_FLOAT: dict[str, str] = {
    "fabs": "fab({a})",
    "copysign": "cps({a}, {b})",
    "sqrt": "sqt({a})",
    "minnum": "fmn({a}, {b})",
    "maxnum": "fmx({a}, {b})",
    "minimum": "mnm({a}, {b})",
    "maximum": "mxm({a}, {b})",
    "minimumnum": "fmn({a}, {b})",
    "maximumnum": "fmx({a}, {b})",
    "floor": "flr({a})",
    "ceil": "cel({a})",
    "trunc": "tru({a})",
    "rint": "rin({a})",
    "nearbyint": "rin({a})",
    "roundeven": "rin({a})",
    "round": "rnd({a})",
}

IGNORED = ("dbg.", "experimental.noalias.scope.decl", "prefetch", "donothing")
_CALL_FLAGS = frozenset({"tail", "musttail", "notail"})


def _absolute(value: int, bits: int) -> int:
    return overflow() if value == -(1 << (bits - 1)) else abs(value)


def _absolute_wrapping(value: int, bits: int) -> int:
    return numbers.signed(abs(value), bits)


NAMES.update(
    sat=numbers.saturate,
    bsw=numbers.byteswap,
    brv=numbers.bitreverse,
    ab1=_absolute,
    ab0=_absolute_wrapping,
    clz=numbers.ctlz,
    ctz=numbers.cttz,
    fab=math.fabs,
    cps=math.copysign,
    sqt=numbers.sqrt,
    fmn=numbers.minnum,
    fmx=numbers.maxnum,
    mnm=numbers.minimum,
    mxm=numbers.maximum,
    flr=numbers.rounding(math.floor),
    cel=numbers.rounding(math.ceil),
    tru=numbers.rounding(math.trunc),
    rin=numbers.rounding(round),
    rnd=numbers.rounding(numbers.half_away),
    fma=numbers.fma,
)


def template(ins: Instr) -> str:
    """The template over the call's arguments (those that are no constant flag). Raises Unsupported."""
    name = base_name(ins.callee.removeprefix("llvm."))
    if ins.flags - _CALL_FLAGS:
        raise Unsupported(f"{ins.callee} with {', '.join(sorted(ins.flags))}", ins.loc)
    if not ins.operands:
        raise Unsupported(f"call of {ins.callee}", ins.loc)
    operand = ins.operands[0].type
    if name in _INTEGER:
        if isinstance(operand, VectorType) and name.endswith("overflow"):
            raise Unsupported(f"call of {ins.callee}", ins.loc)
        return _INTEGER[name](int_bits(operand, ins))
    if name in _FLAGGED:
        flag = ins.operands[1]
        if not isinstance(flag, ConstInt):
            raise Unsupported(f"call of {ins.callee}", ins.loc)
        return _FLAGGED[name].format(flag=flag.value, bits=int_bits(operand, ins))
    if name in ("expect", "expect.with.probability"):
        return "{a}"
    if name in ("fma", "fmuladd", *_FLOAT):
        single = is_single(operand, ins)
        if name == "fma":
            return f"fma({{a}}, {{b}}, {{c}}, {single})"
        if name == "fmuladd":
            return "f32(f32({a} * {b}) + {c})" if single else "{a} * {b} + {c}"
        return f"f32({_FLOAT[name]})" if single and name == "sqrt" else _FLOAT[name]
    raise Unsupported(f"call of {ins.callee}", ins.loc)


def base_name(name: str) -> str:
    """Without the type suffixes: "smax.v8i32" is "smax", "vector.reduce.add.v4i32" is "vector.reduce.add"."""
    parts = name.split(".")
    while len(parts) > 1 and _is_type(parts[-1]):
        parts.pop()
    return ".".join(parts)


def _is_type(part: str) -> bool:
    head = part.rstrip("0123456789")
    return (head in ("i", "f", "p") and part != head) or (part[0] == "v" and part[1:2].isdigit())


@dataclass(frozen=True, slots=True)
class Reduction:
    """vector.reduce.*: lanes from the first to the last, by a step of two values."""

    step: Callable[[object, object], object]
    started: bool

    def __call__(self, *values: object) -> object:
        lanes = values[-1]
        assert isinstance(lanes, tuple)
        rest = (values[0], *lanes) if self.started else lanes
        total: object = rest[0]
        for lane in rest[1:]:
            total = self.step(total, lane)
        return total


def reduction(ins: Instr) -> Reduction | None:
    """The function behind a vector.reduce.* call, None for another callee. Raises Unsupported."""
    name = base_name(ins.callee.removeprefix("llvm."))
    if not name.startswith("vector.reduce."):
        return None
    if ins.flags - _CALL_FLAGS:
        raise Unsupported(f"{ins.callee} with {', '.join(sorted(ins.flags))}", ins.loc)
    kind = name.removeprefix("vector.reduce.")
    symbol = {"add": "+", "mul": "*", "and": "&", "or": "|", "xor": "^", "fadd": "+", "fmul": "*"}.get(kind)
    if kind in ("fadd", "fmul"):
        text = f"f32({{a}} {symbol} {{b}})" if is_single(ins.type, ins) else f"{{a}} {symbol} {{b}}"
    elif symbol is not None:
        text = wrapped(f"{{a}} {symbol} {{b}}", int_bits(ins.type, ins))
    elif kind in ("smax", "smin", "umax", "umin"):
        text = _INTEGER[kind](int_bits(ins.type, ins))
    else:
        raise Unsupported(f"call of {ins.callee}", ins.loc)
    return Reduction(eval(f"lambda a, b: {text.format(a='a', b='b')}", dict(NAMES)), kind in ("fadd", "fmul"))


def assume(condition: object) -> None:
    """llvm.assume."""
    if not condition:
        raise Fault("assume", "an assumption does not hold")


_LIBM = {
    **{n: t for n, t in _FLOAT.items() if "num" not in n and "imum" not in n and n != "roundeven"},
    "fmin": "fmn({a}, {b})",
    "fmax": "fmx({a}, {b})",
    "fmod": "frm({a}, {b})",
}
_SMOOTH = frozenset(
    ["sin", "cos", "tan", "exp", "log", "atan", "tanh", "exp2", "log2", "log10", "pow", "atan2", "hypot"]
)


def library(ins: Instr) -> str | Callable[..., object] | None:
    """A template or function for a pure function of the C library, None where it is not known."""
    if ins.flags - _CALL_FLAGS:
        raise Unsupported(f"{ins.callee} with {', '.join(sorted(ins.flags))}", ins.loc)
    name = ins.callee
    if isinstance(ins.type, IntType) and name in ("abs", "labs", "llabs"):
        return f"ab1({{a}}, {ins.type.bits})"
    if not isinstance(ins.type, FloatType) or ins.type.name not in ("float", "double"):
        return None
    single = ins.type.name == "float"
    if single and not name.endswith("f"):
        return None
    base = name.removesuffix("f") if single else name
    if base == "fma":
        return f"fma({{a}}, {{b}}, {{c}}, {single})"
    if base in _LIBM:
        return f"f32({_LIBM[base]})" if single else _LIBM[base]
    return _approximated(getattr(math, base), single) if base in _SMOOTH else None


def _approximated(function: Callable[..., float], single: bool) -> Callable[..., object]:
    """One possible result of a function whose last bit is the library's business, the same in both
    versions."""

    def apply(*values: object) -> float:
        try:
            result = function(*values)
        except OverflowError:
            result = math.inf
        except ValueError:
            result = math.nan
        return numbers.f32(result) if single else result

    return apply

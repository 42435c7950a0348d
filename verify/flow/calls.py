"""Calls: intrinsics and pure library functions, a closed list."""

from __future__ import annotations

from verify.flow.summary import Summary
from verify.flow.terms import Term
from verify.flow.values import Datum, NeedsWorld, element, scalar_type
from verify.ir import types
from verify.ir.nodes import Instr
from verify.ir.worlds import HEAP
from verify.verdict import NotProved, Unsupported

FAST_FLAGS = frozenset(["nnan", "ninf", "nsz", "arcp", "contract", "afn", "reassoc", "fast"])


# Pure on its operands, in the default floating-point environment, without errno (LangRef, "Standard C/C++ Library
# Intrinsics"); compared as operators.
PURE = {
    "llvm.fabs": "fabs", "llvm.copysign": "copysign", "llvm.floor": "floor", "llvm.ceil": "ceil",
    "llvm.trunc": "ftrunc", "llvm.rint": "rint", "llvm.nearbyint": "nearbyint", "llvm.round": "round",
    "llvm.roundeven": "roundeven", "llvm.sqrt": "sqrt", "llvm.fma": "fma", "llvm.minnum": "minnum",
    "llvm.maxnum": "maxnum", "llvm.ctpop": "ctpop", "llvm.bswap": "bswap", "llvm.bitreverse": "bitreverse",
    "llvm.uadd.sat": "uadd.sat", "llvm.usub.sat": "usub.sat", "llvm.sadd.sat": "sadd.sat",
    "llvm.ssub.sat": "ssub.sat", "llvm.fshl": "fshl", "llvm.fshr": "fshr",
}  # fmt: skip


EXTREMES = {f"llvm.{op}": op for op in ("smax", "smin", "umax", "umin")}


# C library functions that clang leaves as calls and that neither read nor write memory nor set errno (C11 7.12).
PURE_LIBRARY = frozenset(
    [
        "fabs",
        "fabsf",
        "fmax",
        "fmaxf",
        "fmin",
        "fminf",
        "floor",
        "floorf",
        "ceil",
        "ceilf",
        "trunc",
        "truncf",
        "copysign",
        "copysignf",
        "abs",
        "labs",
    ]
)


SETS_ERRNO = frozenset(
    [
        "sqrt",
        "sqrtf",
        "exp",
        "expf",
        "exp2",
        "exp2f",
        "log",
        "logf",
        "log2",
        "log2f",
        "log10",
        "log10f",
        "pow",
        "powf",
        "sin",
        "sinf",
        "cos",
        "cosf",
        "tan",
        "tanf",
    ]
)


IGNORED = ("llvm.lifetime.start", "llvm.lifetime.end", "llvm.experimental.noalias.scope.decl", "llvm.dbg.")


def _unknown(instr: Instr) -> Exception:
    name = instr.callee
    if name and not name.startswith("llvm."):
        return NeedsWorld("calls", f"{name} is called, which may do anything", instr.loc, frozenset({HEAP}))
    return Unsupported(f"a call of {name or 'a pointer'}", instr.loc)


def call(s: Summary, block: str, instr: Instr) -> Datum:
    """Intrinsics and pure library functions; any other call is Unsupported."""
    name = instr.callee
    if "asm" in {a for group in instr.attributes for a in group}:
        raise Unsupported("inline assembly", instr.loc)
    if name.startswith(IGNORED):
        return s.terms.token("void", "i32")
    root = name
    for _ in range(2):
        if root in PURE or root in EXTREMES or root in ("llvm.fmuladd", "llvm.abs"):
            break
        root = root.rpartition(".")[0]
    operands = [s.datum(value, block) for value in instr.operands]
    width = next((len(value) for value in operands if isinstance(value, tuple)), None)
    if width is None:
        return _call_lane(s, block, instr, root, operands)
    return tuple(
        _call_lane(s, block, instr, root, [v[i] if isinstance(v, tuple) else v for v in operands])
        for i in range(width)
    )  # type: ignore[return-value]


def _call_lane(s: Summary, block: str, instr: Instr, root: str, operands: list[Datum]) -> Datum:
    values = [operand for operand in operands if isinstance(operand, Term)]
    name = instr.callee
    if len(values) != len(operands) or not values:
        raise _unknown(instr)
    if isinstance(instr.type, types.VoidType):
        raise _unknown(instr)
    result = scalar_type(element(instr.type), instr.loc)
    suffix = sorted(instr.flags & FAST_FLAGS)
    if root in EXTREMES:
        return s.ints(block, instr).extreme(EXTREMES[root], values[0], values[1])
    if root == "llvm.abs":
        if not s.terms.is_false(values[1]):
            s.duty(f"abs.{result}", block, instr, values[0])
        return s.terms.op("abs", result, values[0])
    if root == "llvm.fmuladd":
        product = s.terms.op(".".join(["fmul", *suffix]), result, values[0], values[1])
        return s.terms.op(".".join(["fadd", *suffix]), result, product, values[2])
    if root in PURE:
        return s.terms.op(".".join([PURE[root], *suffix]), result, *values)
    own = s.module.functions.get(name)
    if name in PURE_LIBRARY and own is not None and not own.blocks:
        if name in ("abs", "labs"):
            s.duty(f"abs.{result}", block, instr, values[0])
            return s.terms.op("abs", result, values[0])
        plain = name[:-1] if name.endswith("f") and name != "f" else name
        plain = {"fmax": "maxnum", "fmin": "minnum", "trunc": "ftrunc"}.get(plain, plain)
        return s.terms.op(".".join([plain, *suffix]), result, *values)
    if name in SETS_ERRNO and own is not None and not own.blocks:
        quiet = {"memory(none)", "readnone"} & {a for group in instr.attributes for a in group}
        if quiet or s.known("errno-unobserved"):
            return s.terms.op(".".join([f"call.{name}", *suffix]), result, *values)
        raise NotProved(
            "needs-assumption", f"{name} may set errno", instr.loc, needs="--assume errno-unobserved"
        )
    raise _unknown(instr)

"""Calls: intrinsics and pure library functions, a closed list."""

from __future__ import annotations

from verify.flow import lanes, x86
from verify.flow.operands import lanes_of
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
    "llvm.maxnum": "maxnum", "llvm.bswap": "bswap", "llvm.bitreverse": "bitreverse", "llvm.fshl": "fshl",
    "llvm.fshr": "fshr",
}  # fmt: skip


# Saturating arithmetic as arithmetic of twice the width: (operator, extension).
SATURATING = {
    "llvm.uadd.sat": ("add", "zext"), "llvm.usub.sat": ("sub", "zext"), "llvm.sadd.sat": ("add", "sext"),
    "llvm.ssub.sat": ("sub", "sext"),
}  # fmt: skip


COUNTS = {"llvm.ctpop": "ctpop", "llvm.cttz": "cttz", "llvm.ctlz": "ctlz"}


REDUCTIONS = {
    f"llvm.vector.reduce.{op}": op
    for op in ("add", "mul", "and", "or", "xor", "smax", "smin", "umax", "umin", "fadd", "fmul")
}


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


KNOWN = frozenset(
    [*PURE, *SATURATING, *COUNTS, *REDUCTIONS, *EXTREMES, "llvm.fmuladd", "llvm.abs", "llvm.expect"]
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
        if root in KNOWN:
            break
        root = root.rpartition(".")[0]
    operands = [lanes_of(s, block, instr, value) for value in instr.operands]
    if name.startswith("llvm.x86."):
        return _machine(s, block, instr, operands)
    if root in REDUCTIONS:
        return _reduction(s, block, instr, REDUCTIONS[root], operands)
    width = next((len(value) for value in operands if isinstance(value, tuple)), None)
    if width is None:
        return _call_lane(s, block, instr, root, operands)
    return tuple(
        _call_lane(s, block, instr, root, [v[i] if isinstance(v, tuple) else v for v in operands])
        for i in range(width)
    )  # type: ignore[return-value]


def _machine(s: Summary, block: str, instr: Instr, operands: list[Datum]) -> Datum:
    """An instruction of the machine, by its lane program."""
    program = x86.program(instr.callee)
    if x86.operation(instr.callee) in ("vzeroupper", "vzeroall"):
        return s.terms.token("void", "i32")
    if program is None:
        raise Unsupported(f"a call of {instr.callee}", instr.loc)
    vectors = [
        [lane for lane in (datum if isinstance(datum, tuple) else (datum,)) if isinstance(lane, Term)]
        for datum in operands
    ]
    if not all(vectors) or instr.flags:
        raise Unsupported(f"a call of {instr.callee}", instr.loc)
    found = program(x86.Ops(s.ints(block, instr)), *vectors)
    return found if isinstance(instr.type, types.VectorType) else found[0]


def _reduction(s: Summary, block: str, instr: Instr, op: str, operands: list[Datum]) -> Term:
    """llvm.vector.reduce.*; of floats from the first lane to the last, as without `reassoc` (LangRef)."""
    vector = operands[-1]
    parts = [lane for lane in (vector if isinstance(vector, tuple) else ()) if isinstance(lane, Term)]
    started = [datum for datum in operands[:-1] if isinstance(datum, Term)]
    if not parts or len(started) != len(operands) - 1 or (op in ("fadd", "fmul")) != bool(started):
        raise Unsupported(f"a call of {instr.callee}", instr.loc)
    ints = s.ints(block, instr)
    suffix = sorted(instr.flags & FAST_FLAGS)
    found, *rest = [*started, *parts]
    for part in rest:
        if op in ("fadd", "fmul"):
            found = s.terms.op(".".join([op, *suffix]), found.type, found, part)
        elif op in ("add", "mul", "and", "or", "xor"):
            found = lanes.binary(ints, op, found, part)
        else:
            found = ints.extreme(op, found, part)
    return found


def _count(s: Summary, block: str, instr: Instr, op: str, values: list[Term]) -> Term:
    """ctpop, cttz, ctlz; of a mask of comparisons by its bits."""
    value, kind = values[0], values[0].type
    ints = s.ints(block, instr)
    bits = lanes.bits_of(ints, value)
    if op == "ctpop":
        if bits is None:
            return s.terms.op(op, kind, value)
        return x86.Ops(ints).sum([ints.cast("zext", bit, kind) for bit in bits if not s.terms.is_false(bit)])
    if not s.terms.is_false(values[1]):
        # C leaves __builtin_ctz(0) open, as LangRef does with is_zero_poison.
        s.duty("nonzero", block, instr, lanes.compare(ints, "ne", value, s.terms.number(0, kind)))
    if bits is None:
        return s.terms.op(op, kind, value)
    order = bits if op == "cttz" else bits[::-1]
    return lanes.first_set(ints, order, kind, len(bits))


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
    if root == "llvm.expect":
        return values[0]
    if root in SATURATING:
        ops = x86.Ops(s.ints(block, instr))
        return x86.saturating(ops, *SATURATING[root], *values)
    if root in COUNTS:
        return _count(s, block, instr, COUNTS[root], values)
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

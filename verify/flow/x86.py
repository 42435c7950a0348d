"""The llvm.x86.* intrinsics that SSE to AVX2 code of loops is made of, as lane programs over the scalar operators.

The key is the operation's name without instruction set and width ("llvm.x86.avx2.pmadd.wd" and
"llvm.x86.sse2.pmadd.wd" are "pmadd.wd"). An entry takes the operands lane by lane, as their IR types say, and gives
the lanes of the result (Intel SDM, volume 2, "Operation"). Memory operations are not here: `verify.ir.lanewise` has
made branches around scalar accesses of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from verify.flow import lanes, spaces
from verify.flow.integers import Integers
from verify.flow.terms import Term

Vector = Sequence[Term]
Program = Callable[..., tuple[Term, ...]]


@dataclass(frozen=True, slots=True)
class Ops:
    """The scalar operators that lane programs use."""

    ints: Integers

    def number(self, value: int, like: Term) -> Term:
        half = 1 << (lanes.width(like.type) - 1)
        return self.ints.terms.number((value + half) % (2 * half) - half, like.type)

    def binary(self, op: str, a: Term, b: Term) -> Term:
        return lanes.binary(self.ints, op, a, b)

    def cast(self, op: str, a: Term, bits: int) -> Term:
        return lanes.cast(self.ints, op, a, f"i{bits}")

    def less(self, a: Term, b: Term) -> Term:
        return self.ints.compare("slt", a, b)

    def choose(self, cond: Term, a: Term, b: Term) -> Term:
        return self.ints.terms.choose(cond, a, b)

    def clamp(self, a: Term, low: int, high: int) -> Term:
        """Signed saturation."""
        return self.ints.extreme(
            "smin", self.ints.extreme("smax", a, self.number(low, a)), self.number(high, a)
        )

    def sum(self, parts: Sequence[Term]) -> Term:
        found = parts[0]
        for part in parts[1:]:
            found = self.binary("add", found, part)
        return found

    def sign(self, a: Term) -> Term:
        return lanes.sign(self.ints, a)


def _extreme(predicate: str) -> Program:
    """MAXPS and MINPS: the second operand unless the comparison holds (NaN, equal zeros)."""

    def one(o: Ops, a: Term, b: Term) -> Term:
        return o.choose(o.ints.terms.op(f"fcmp.{predicate}", "i1", a, b), a, b)

    return _each(one)


def _each(one: Callable[..., Term]) -> Program:
    def program(o: Ops, *vectors: Vector) -> tuple[Term, ...]:
        return tuple(one(o, *values) for values in zip(*vectors, strict=True))

    return program


def _blendv(o: Ops, a: Vector, b: Vector, mask: Vector) -> tuple[Term, ...]:
    return tuple(o.choose(o.sign(m), y, x) for x, y, m in zip(a, b, mask, strict=True))


def _movmsk(o: Ops, a: Vector) -> tuple[Term, ...]:
    signs = [o.sign(lane) for lane in a]
    rest = [o.ints.terms.false] * (32 - len(signs))
    return (lanes.join(o.ints, signs + rest, "i32"),)


def _psad(o: Ops, a: Vector, b: Vector) -> tuple[Term, ...]:
    gaps: list[Term] = []
    for x, y in zip(a, b, strict=True):
        gap = o.binary("sub", o.cast("zext", x, 32), o.cast("zext", y, 32))
        gaps.append(o.cast("zext", o.ints.terms.op("abs", "i32", gap), 64))
    return tuple(o.sum(gaps[n : n + 8]) for n in range(0, len(gaps), 8))


def _pmadd_wd(o: Ops, a: Vector, b: Vector) -> tuple[Term, ...]:
    products = [
        o.binary("mul", o.cast("sext", x, 32), o.cast("sext", y, 32)) for x, y in zip(a, b, strict=True)
    ]
    return tuple(o.binary("add", *products[n : n + 2]) for n in range(0, len(products), 2))


def _pmadd_ub_sw(o: Ops, a: Vector, b: Vector) -> tuple[Term, ...]:
    products = [
        o.binary("mul", o.cast("zext", x, 32), o.cast("sext", y, 32)) for x, y in zip(a, b, strict=True)
    ]
    sums = [o.binary("add", *products[n : n + 2]) for n in range(0, len(products), 2)]
    return tuple(o.cast("trunc", o.clamp(total, -32768, 32767), 16) for total in sums)


def _high(extension: str) -> Callable[..., Term]:
    """PMULHW and PMULHUW: the upper half of the product."""

    def one(o: Ops, a: Term, b: Term) -> Term:
        product = o.binary("mul", o.cast(extension, a, 32), o.cast(extension, b, 32))
        return o.cast("trunc", o.binary("lshr", product, o.number(16, product)), 16)

    return one


def _pmul_hr(o: Ops, a: Term, b: Term) -> Term:
    product = o.binary("mul", o.cast("sext", a, 32), o.cast("sext", b, 32))
    rounded = o.binary("add", o.binary("lshr", product, o.number(14, product)), o.number(1, product))
    return o.cast("trunc", o.binary("lshr", rounded, o.number(1, rounded)), 16)


def _pack(low: int, high: int) -> Program:
    """Saturated halves of each 128-bit group of a, then of b."""

    def program(o: Ops, a: Vector, b: Vector) -> tuple[Term, ...]:
        bits = lanes.width(a[0].type)
        group = 128 // bits
        found: list[Term] = []
        for n in range(0, len(a), group):
            for lane in (*a[n : n + group], *b[n : n + group]):
                found.append(o.cast("trunc", o.clamp(lane, low, high), bits // 2))
        return tuple(found)

    return program


def _pick(o: Ops, table: Vector, index: Term, bits: int) -> Term:
    """table[index modulo 2**bits], chosen bit by bit where the index is data."""
    known = spaces.constant_of(index.affine) if index.kind == "int" else None
    if known is not None:
        return table[known % (1 << bits)]
    column = list(table)
    for bit in range(bits):
        mask = o.binary("and", index, o.number(1 << bit, index))
        clear = o.ints.compare("eq", mask, o.number(0, index))
        column = [o.choose(clear, column[n], column[n + 1]) for n in range(0, len(column), 2)]
    return column[0]


def _pshufb(o: Ops, a: Vector, b: Vector) -> tuple[Term, ...]:
    found: list[Term] = []
    for n, index in enumerate(b):
        group = a[n & ~15 : (n & ~15) + 16]
        found.append(o.choose(o.sign(index), o.number(0, index), _pick(o, group, index, 4)))
    return tuple(found)


def _permute(o: Ops, a: Vector, index: Vector) -> tuple[Term, ...]:
    return tuple(_pick(o, a, k, len(a).bit_length() - 1) for k in index)


def _vpermilvar(o: Ops, a: Vector, index: Vector) -> tuple[Term, ...]:
    bits = lanes.width(a[0].type)
    group = 128 // bits
    found: list[Term] = []
    for n, k in enumerate(index):
        here = a[n // group * group : n // group * group + group]
        if group == 2:
            k = o.binary("lshr", k, o.number(1, k))
        found.append(_pick(o, here, k, group.bit_length() - 1))
    return tuple(found)


def _horizontal(step: Callable[[Ops, Term, Term], Term]) -> Program:
    def program(o: Ops, a: Vector, b: Vector) -> tuple[Term, ...]:
        group = 128 // lanes.width(a[0].type)
        found: list[Term] = []
        for n in range(0, len(a), group):
            for side in (a, b):
                found += [step(o, side[k], side[k + 1]) for k in range(n, n + group, 2)]
        return tuple(found)

    return program


def saturating(o: Ops, op: str, extension: str, a: Term, b: Term) -> Term:
    """a op b with saturation, by a result of twice the width."""
    bits = lanes.width(a.type)
    wide = o.binary(op, o.cast(extension, a, 2 * bits), o.cast(extension, b, 2 * bits))
    half = 1 << (bits - 1)
    if extension == "sext":
        return o.cast("trunc", o.clamp(wide, -half, half - 1), bits)
    return o.cast("trunc", o.clamp(wide, 0, 2 * half - 1), bits)


def _wrapping(op: str) -> Callable[[Ops, Term, Term], Term]:
    return lambda o, a, b: o.binary(op, a, b)


def _float(op: str) -> Callable[[Ops, Term, Term], Term]:
    return lambda o, a, b: o.ints.terms.op(op, a.type, a, b)


def _psign(o: Ops, a: Term, b: Term) -> Term:
    zero = o.number(0, b)
    rest = o.choose(o.ints.compare("eq", b, zero), zero, a)
    return o.choose(o.less(b, zero), o.binary("sub", zero, a), rest)


def _average(o: Ops, a: Term, b: Term) -> Term:
    bits = lanes.width(a.type)
    total = o.binary("add", o.cast("zext", a, 2 * bits), o.cast("zext", b, 2 * bits))
    total = o.binary("add", total, o.number(1, total))
    return o.cast("trunc", o.binary("lshr", total, o.number(1, total)), bits)


def _shift(o: Ops, kind: str, value: Term, amount: Term) -> Term:
    """One lane by an amount that may be too large, read as unsigned."""
    bits = lanes.width(value.type)
    known = spaces.constant_of(amount.affine) if amount.kind == "int" else None
    if known is not None:
        known %= 1 << lanes.width(amount.type)
        if known >= bits and kind != "ashr":
            return o.number(0, value)
        return o.binary(kind, value, o.number(min(known, bits - 1), value))
    small = o.ints.compare("ult", amount, o.number(bits, amount))
    wanted = lanes.width(amount.type)
    by = o.cast("trunc" if wanted > bits else "zext", amount, bits) if wanted != bits else amount
    inside = o.binary(kind, value, by)
    beyond = o.binary("ashr", value, o.number(bits - 1, value)) if kind == "ashr" else o.number(0, value)
    return o.choose(small, inside, beyond)


def _uniform(kind: str) -> Program:
    """All lanes by one amount: an integer, or the low 64 bits of a vector."""

    def program(o: Ops, a: Vector, by: Vector) -> tuple[Term, ...]:
        amount = by[0]
        if len(by) > 1:
            amount = lanes.join(o.ints, by[: 64 // lanes.width(by[0].type)], "i64")
        return tuple(_shift(o, kind, value, amount) for value in a)

    return program


def _variable(kind: str) -> Program:
    def one(o: Ops, value: Term, amount: Term) -> Term:
        return _shift(o, kind, value, amount)

    return _each(one)


def _test(kind: str) -> Program:
    """PTEST, VTESTPS: Z where no bit is common, C where b has none outside of a."""

    def program(o: Ops, a: Vector, b: Vector) -> tuple[Term, ...]:
        terms = o.ints.terms
        common = [o.binary("and", x, y) for x, y in zip(a, b, strict=True)]
        rest = [o.binary("and", o.binary("xor", x, o.number(-1, x)), y) for x, y in zip(a, b, strict=True)]
        none = lanes.conjunction(terms, (o.ints.compare("eq", v, o.number(0, v)) for v in _finest(o, common)))
        inside = lanes.conjunction(terms, (o.ints.compare("eq", v, o.number(0, v)) for v in _finest(o, rest)))
        both = terms.both(terms.no(none), terms.no(inside))
        return (o.cast("zext", {"z": none, "c": inside, "nzc": both}[kind], 32),)

    return program


def _finest(o: Ops, values: Vector) -> list[Term]:
    """The pieces that values are made of, so that each can be compared with zero alone."""
    found: list[Term] = []
    for value in values:
        if value.kind == "op" and value.data == "concat":
            found += value.kids
        elif value.kind == "op" and value.data.startswith("zext."):
            found += _finest(o, value.kids)
        else:
            found.append(value)
    return [lanes.cast(o.ints, "zext", v, "i8") if v.type == "i1" else v for v in found]


def _addsub(o: Ops, a: Vector, b: Vector) -> tuple[Term, ...]:
    names = ("fsub", "fadd")
    return tuple(
        o.ints.terms.op(names[n & 1], x.type, x, y) for n, (x, y) in enumerate(zip(a, b, strict=True))
    )


def _named(name: str, result: str) -> Program:
    """An operation of which nothing is known but that equal operands give equal results."""

    def one(o: Ops, a: Term) -> Term:
        return o.ints.terms.op(name, result, a)

    return _each(one)


def _first(program: Program) -> Program:
    """The lowest lane by the program, the others of the first operand."""

    def lowest(o: Ops, a: Vector, b: Vector) -> tuple[Term, ...]:
        return (*program(o, a[:1], b[:1]), *a[1:])

    return lowest


_PROGRAMS: dict[str, Program] = {
    "max.ps": _extreme("ogt"),
    "max.pd": _extreme("ogt"),
    "min.ps": _extreme("olt"),
    "min.pd": _extreme("olt"),
    "max.ss": _first(_extreme("ogt")),
    "max.sd": _first(_extreme("ogt")),
    "min.ss": _first(_extreme("olt")),
    "min.sd": _first(_extreme("olt")),
    **dict.fromkeys(("blendv.ps", "blendv.pd", "blendvps", "blendvpd", "pblendvb"), _blendv),
    **dict.fromkeys(("movmsk.ps", "movmsk.pd", "pmovmskb"), _movmsk),
    "psad.bw": _psad,
    "pmadd.wd": _pmadd_wd,
    "pmadd.ub.sw": _pmadd_ub_sw,
    "pmulh.w": _each(_high("sext")),
    "pmulhu.w": _each(_high("zext")),
    "pmul.hr.sw": _each(_pmul_hr),
    "packsswb": _pack(-128, 127),
    "packuswb": _pack(0, 255),
    "packssdw": _pack(-32768, 32767),
    "packusdw": _pack(0, 65535),
    "pshuf.b": _pshufb,
    "phadd.w": _horizontal(_wrapping("add")),
    "phadd.d": _horizontal(_wrapping("add")),
    "phadd.sw": _horizontal(lambda o, a, b: saturating(o, "add", "sext", a, b)),
    "phsub.w": _horizontal(_wrapping("sub")),
    "phsub.d": _horizontal(_wrapping("sub")),
    "phsub.sw": _horizontal(lambda o, a, b: saturating(o, "sub", "sext", a, b)),
    "hadd.ps": _horizontal(_float("fadd")),
    "hadd.pd": _horizontal(_float("fadd")),
    "hsub.ps": _horizontal(_float("fsub")),
    "hsub.pd": _horizontal(_float("fsub")),
    "psign.b": _each(_psign),
    "psign.w": _each(_psign),
    "psign.d": _each(_psign),
    "permd": _permute,
    "permps": _permute,
    "vpermilvar.ps": _vpermilvar,
    "vpermilvar.pd": _vpermilvar,
    "pavg.b": _each(_average),
    "pavg.w": _each(_average),
    "ptestz": _test("z"),
    "ptestc": _test("c"),
    "ptestnzc": _test("nzc"),
    "addsub.ps": _addsub,
    "addsub.pd": _addsub,
    # Of operands out of range the result is INT_MIN; C leaves it open, so it need not be known here.
    **dict.fromkeys(("cvtt.ps2dq", "cvttps2dq"), _named("fptosi.float.i32", "i32")),
    **dict.fromkeys(("cvt.ps2dq", "cvtps2dq"), _named("x86.cvtps2dq", "i32")),
}

_SHIFT = re.compile(r"p(sll|srl|sra)(i|v|)\.([wdq])")
_KINDS = {"sll": "shl", "srl": "lshr", "sra": "ashr"}
_WIDTH = re.compile(r"\.(128|256)$")


def operation(callee: str) -> str:
    """The table's key for an intrinsic's full name."""
    _, _, name = callee.removeprefix("llvm.x86.").partition(".")
    return _WIDTH.sub("", name)


def program(callee: str) -> Program | None:
    """The lane program of an intrinsic; None where it is not in the table."""
    name = operation(callee)
    if found := _SHIFT.fullmatch(name):
        kind = _KINDS[found[1]]
        return _variable(kind) if found[2] == "v" else _uniform(kind)
    return _PROGRAMS.get(name)


def operations() -> frozenset[str]:
    """The operations that have a program, shifts aside."""
    return frozenset(_PROGRAMS)

"""llvm.x86.* intrinsics: the closed table of those that clang still emits for SSE to AVX2 code, by the operation's
name without instruction set and width ("llvm.x86.avx2.pmadd.wd" and "llvm.x86.sse2.pmadd.wd" are "pmadd.wd")."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from verify.concrete import vectors
from verify.concrete.emit import Emitter
from verify.concrete.lower_memory import access_of
from verify.concrete.numbers import f32, saturate, signed
from verify.ir.nodes import Instr, Value
from verify.ir.types import FloatType, IntType, VectorType
from verify.verdict import Unsupported

Ints = tuple[int, ...]
Floats = tuple[float, ...]


def _max(a: float, b: float) -> float:
    return a if a > b else b


def _min(a: float, b: float) -> float:
    return a if a < b else b


def _first_lane(one: Callable[[float, float], float]) -> Callable[[Floats, Floats], Floats]:
    return lambda a, b: (one(a[0], b[0]), *a[1:])


def _sign(value: float) -> bool:
    return math.copysign(1.0, value) < 0


def _movmsk(lanes: tuple[float, ...]) -> int:
    return signed(sum(_sign(v) << n for n, v in enumerate(lanes)), 32)


def _blendv(a: Floats, b: Floats, mask: Floats) -> Floats:
    return tuple(y if _sign(m) else x for x, y, m in zip(a, b, mask, strict=True))


def _psad(a: Ints, b: Ints) -> Ints:
    gaps = [abs((x & 255) - (y & 255)) for x, y in zip(a, b, strict=True)]
    return tuple(sum(gaps[n : n + 8]) for n in range(0, len(gaps), 8))


def _pmadd_wd(a: Ints, b: Ints) -> Ints:
    products = [x * y for x, y in zip(a, b, strict=True)]
    return tuple(signed(products[n] + products[n + 1], 32) for n in range(0, len(products), 2))


def _pmadd_ub_sw(a: Ints, b: Ints) -> Ints:
    products = [(x & 255) * y for x, y in zip(a, b, strict=True)]
    return tuple(saturate(products[n] + products[n + 1], -32768, 32767) for n in range(0, len(products), 2))


def _pmul_hr(a: int, b: int) -> int:
    return signed(((a * b >> 14) + 1) >> 1, 16)


def _pack(low: int, high: int, bits: int, lanes: int) -> Callable[[Ints, Ints], Ints]:
    """Halves of each 128-bit group of a, then of b, saturated; `lanes` source lanes a group."""

    def apply(a: Ints, b: Ints) -> Ints:
        result: list[int] = []
        for n in range(0, len(a), lanes):
            result += [signed(saturate(v, low, high), bits) for v in (*a[n : n + lanes], *b[n : n + lanes])]
        return tuple(result)

    return apply


def _pshufb(a: Ints, b: Ints) -> Ints:
    return tuple(0 if k < 0 else a[(n & ~15) + (k & 15)] for n, k in enumerate(b))


def _horizontal(
    step: Callable[[float, float], float], bytes_: int
) -> Callable[[tuple[float, ...], tuple[float, ...]], tuple[float, ...]]:
    group = 16 // bytes_

    def apply(a: tuple[float, ...], b: tuple[float, ...]) -> tuple[float, ...]:
        result: list[float] = []
        for n in range(0, len(a), group):
            for side in (a, b):
                result += [step(side[k], side[k + 1]) for k in range(n, n + group, 2)]
        return tuple(result)

    return apply


def _psign(a: int, b: int, bits: int) -> int:
    return 0 if b == 0 else a if b > 0 else signed(-a, bits)


def _shift(kind: str, bits: int) -> Callable[[int, int], int]:
    """One lane shifted by an amount that may be too large."""
    mask = (1 << bits) - 1

    def apply(value: int, amount: int) -> int:
        if kind == "sra":
            return value >> min(amount, bits - 1)
        if amount >= bits:
            return 0
        return signed(value << amount if kind == "sll" else (value & mask) >> amount, bits)

    return apply


def _uniform(kind: str, bits: int) -> Callable[[Ints, int | Ints], Ints]:
    """All lanes by one amount: an integer, or the low 64 bits of a vector."""
    one = _shift(kind, bits)
    mask = (1 << bits) - 1

    def apply(a: Ints, by: int | Ints) -> Ints:
        if isinstance(by, tuple):
            amount = sum((lane & mask) << (bits * n) for n, lane in enumerate(by[: 64 // bits]))
        else:
            amount = by & 0xFFFFFFFF
        return tuple(one(value, amount) for value in a)

    return apply


def _variable(kind: str, bits: int) -> Callable[..., object]:
    one = _shift(kind, bits)
    mask = (1 << bits) - 1

    def apply(value: int, amount: int) -> int:
        return one(value, amount & mask)

    return vectors.lift(apply)


def _permute(a: tuple[object, ...], index: Ints) -> tuple[object, ...]:
    return tuple(a[k & (len(a) - 1)] for k in index)


def _vpermilvar(bits: int) -> Callable[[Floats, Ints], Floats]:
    group = 128 // bits

    def apply(a: Floats, index: Ints) -> Floats:
        pick = [k & 3 if group == 4 else (k >> 1) & 1 for k in index]
        return tuple(a[n // group * group + k] for n, k in enumerate(pick))

    return apply


def _to_int(rounded: Callable[[float], int]) -> Callable[[float], int]:
    def apply(value: float) -> int:
        if not -2147483649.0 < value < 2147483648.0:
            return -2147483648
        result = rounded(value)
        return result if -2147483648 <= result <= 2147483647 else -2147483648

    return apply


def _average(bits: int) -> Callable[[int, int], int]:
    mask = (1 << bits) - 1
    return lambda a, b: signed(((a & mask) + (b & mask) + 1) >> 1, bits)


def _test(kind: str) -> Callable[[Ints, Ints], int]:
    def apply(a: Ints, b: Ints) -> int:
        zero = not any(x & y for x, y in zip(a, b, strict=True))
        carry = not any(~x & y for x, y in zip(a, b, strict=True))
        return int(zero if kind == "z" else carry if kind == "c" else not zero and not carry)

    return apply


def _addsub(a: Floats, b: Floats) -> Floats:
    return tuple(x + y if n & 1 else x - y for n, (x, y) in enumerate(zip(a, b, strict=True)))


def _rounded(function: Callable[..., Floats]) -> Callable[..., Floats]:
    """A function on vectors of float whose results still need rounding."""
    return lambda *values: tuple(f32(v) for v in function(*values))


def _lanes(one: Callable[[int, int], int] | Callable[[float, float], float]) -> Callable[..., object]:
    return vectors.lift(one)


def _scalar(rounded: Callable[[float], int]) -> Callable[[Floats], int]:
    one = _to_int(rounded)
    return lambda lanes: one(lanes[0])


def _pmulh(a: int, b: int) -> int:
    return a * b >> 16


def _pmulhu(a: int, b: int) -> int:
    return signed((a & 65535) * (b & 65535) >> 16, 16)


def _sign_by(bits: int) -> Callable[[int, int], int]:
    return lambda a, b: _psign(a, b, bits)


_PLAIN: dict[str, Callable[..., object]] = {
    "max.ps": _lanes(_max),
    "max.pd": _lanes(_max),
    "min.ps": _lanes(_min),
    "min.pd": _lanes(_min),
    "max.ss": _first_lane(_max),
    "max.sd": _first_lane(_max),
    "min.ss": _first_lane(_min),
    "min.sd": _first_lane(_min),
    **dict.fromkeys(("blendv.ps", "blendv.pd", "blendvps", "blendvpd", "pblendvb"), _blendv),
    **dict.fromkeys(("movmsk.ps", "movmsk.pd", "pmovmskb"), _movmsk),
    "psad.bw": _psad,
    "pmadd.wd": _pmadd_wd,
    "pmadd.ub.sw": _pmadd_ub_sw,
    "pmulh.w": _lanes(_pmulh),
    "pmulhu.w": _lanes(_pmulhu),
    "pmul.hr.sw": _lanes(_pmul_hr),
    "packsswb": _pack(-128, 127, 8, 8),
    "packuswb": _pack(0, 255, 8, 8),
    "packssdw": _pack(-32768, 32767, 16, 4),
    "packusdw": _pack(0, 65535, 16, 4),
    "pshuf.b": _pshufb,
    "phadd.w": _horizontal(lambda a, b: signed(int(a + b), 16), 2),
    "phadd.d": _horizontal(lambda a, b: signed(int(a + b), 32), 4),
    "phadd.sw": _horizontal(lambda a, b: saturate(int(a + b), -32768, 32767), 2),
    "phsub.w": _horizontal(lambda a, b: signed(int(a - b), 16), 2),
    "phsub.d": _horizontal(lambda a, b: signed(int(a - b), 32), 4),
    "phsub.sw": _horizontal(lambda a, b: saturate(int(a - b), -32768, 32767), 2),
    "hadd.ps": _horizontal(lambda a, b: f32(a + b), 4),
    "hadd.pd": _horizontal(lambda a, b: a + b, 8),
    "hsub.ps": _horizontal(lambda a, b: f32(a - b), 4),
    "hsub.pd": _horizontal(lambda a, b: a - b, 8),
    "psign.b": _lanes(_sign_by(8)),
    "psign.w": _lanes(_sign_by(16)),
    "psign.d": _lanes(_sign_by(32)),
    "permd": _permute,
    "permps": _permute,
    "vpermilvar.ps": _vpermilvar(32),
    "vpermilvar.pd": _vpermilvar(64),
    "cvtps2dq": vectors.lift(_to_int(round)),
    "cvt.ps2dq": vectors.lift(_to_int(round)),
    "cvttps2dq": vectors.lift(_to_int(math.trunc)),
    "cvtt.ps2dq": vectors.lift(_to_int(math.trunc)),
    "cvtss2si": _scalar(round),
    "cvttss2si": _scalar(math.trunc),
    "cvtsd2si": _scalar(round),
    "cvttsd2si": _scalar(math.trunc),
    "pavg.b": _lanes(_average(8)),
    "pavg.w": _lanes(_average(16)),
    "ptestz": _test("z"),
    "ptestc": _test("c"),
    "ptestnzc": _test("n"),
    "addsub.ps": _rounded(_addsub),
    "addsub.pd": _addsub,
}

_SUFFIX_BITS = {"w": 16, "d": 32, "q": 64}
_SHIFT = re.compile(r"p(sll|srl|sra)(i|v|)\.([wdq])")
_WIDTH = re.compile(r"\.(128|256)$")
_GATHER = re.compile(r"gather\.([dq])\.(d|q|ps|pd)")
_MASKED = re.compile(r"mask(load|store)\.(d|q|ps|pd)")


def emit(e: Emitter, ins: Instr) -> None:
    """The call of one such intrinsic. Raises Unsupported for what is not in the table."""
    _, _, name = ins.callee.removeprefix("llvm.x86.").partition(".")
    name = _WIDTH.sub("", name)
    if name in ("vzeroupper", "vzeroall"):
        return
    if found := _MASKED.fullmatch(name):
        _masked(e, ins, found[1] == "load")
        return
    if _GATHER.fullmatch(name):
        _gather(e, ins)
        return
    function = _PLAIN.get(name)
    if found := _SHIFT.fullmatch(name):
        bits = _SUFFIX_BITS[found[3]]
        function = _variable(found[1], bits) if found[2] == "v" else _uniform(found[1], bits)
    if function is None or ins.result is None:
        raise Unsupported(f"call of {ins.callee}", ins.loc)
    arguments = ", ".join(e.value(v) for v in ins.operands)
    e.assign(ins, f"{e.names.pool(function)}({arguments})", poison=True)


def _vector(value: Value, ins: Instr) -> VectorType:
    ty = value.type
    if not isinstance(ty, VectorType) or not isinstance(ty.elem, (IntType, FloatType)):
        raise Unsupported(f"call of {ins.callee}", ins.loc)
    return ty


def _masked(e: Emitter, ins: Instr, is_load: bool) -> None:
    mask_type = _vector(ins.operands[1], ins)
    data = _vector(ins.operands[1] if is_load else ins.operands[2], ins)
    elem = ins.type.elem if isinstance(ins.type, VectorType) else data.elem
    lane = e.names.pool(access_of(elem, e.names.module.layout, ins))
    pointer, mask = e.value(ins.operands[0]), e.value(ins.operands[1])
    chosen = f"{e.names.pool(_signs)}({mask})"
    if is_load:
        zero = 0.0 if isinstance(elem, FloatType) else 0
        other = e.names.pool((zero,) * mask_type.count)
        e.assign(ins, f"ML({pointer}, {chosen}, {other}, {lane})")
    else:
        e.line(f"MS({pointer}, {chosen}, {e.value(ins.operands[2])}, {lane})")


def _signs(mask: tuple[float, ...]) -> tuple[bool, ...]:
    return tuple(_sign(m) for m in mask)


def _gather(e: Emitter, ins: Instr) -> None:
    source, pointer, index, mask, scale = (e.value(v) for v in ins.operands)
    if not isinstance(ins.type, VectorType) or len(ins.operands) != 5:
        raise Unsupported(f"call of {ins.callee}", ins.loc)
    lane = e.names.pool(access_of(ins.type.elem, e.names.module.layout, ins))
    chosen = f"{e.names.pool(_signs)}({mask})"
    e.assign(ins, f"GA({pointer}, {index}, {scale}, {chosen}, {source}, {lane})")


def operations() -> frozenset[str]:
    """The operations on values that can be run, shifts aside."""
    return frozenset(_PLAIN)

"""The concrete semantics against LLVM's JIT on random straight-line code, and on each x86 intrinsic."""

from __future__ import annotations

import math
import random
import re
import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jit_support import SIZE, concretely, header, natively, result_bytes
from llvmlite import binding

from verify.concrete.faults import Fault, Undetermined

INTS = ("i1", "i8", "i16", "i32", "i64")
FLOATS = ("float", "double")
FCMP = ("oeq", "ogt", "oge", "olt", "ole", "one", "ord", "uno", "ueq", "ugt", "uge", "ult", "ule", "une")
ICMP = ("eq", "ne", "slt", "sle", "sgt", "sge", "ult", "ule", "ugt", "uge")
LANEWISE = (
    *("smax", "smin", "umax", "umin", "ctpop", "fshl", "fshr", "bitreverse"),
    *("sadd.sat", "uadd.sat", "ssub.sat", "usub.sat"),
)
LANES = {"i8": 8, "i16": 8, "i32": 4, "i64": 2, "float": 4, "double": 2}
SPECIAL = (0.0, -0.0, 1.0, -1.5, 0.1, 1e8, 3e38, 1e-45, 5e-324, math.inf, -math.inf, math.nan, 2.5, 1e300)
IDIOMS = (
    0,
    1,
    2,
    3,
    7,
    8,
    31,
    63,
    127,
    128,
    255,
    256,
    32767,
    32768,
    65535,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**63,
)


def literal(ty: str, rng: random.Random) -> str:
    if ty in FLOATS:
        value = rng.choice(SPECIAL)
        if ty == "float":
            value = (
                struct.unpack("<f", struct.pack("<f", min(max(value, -3e38), 3e38)))[0]
                if value == value
                else value
            )
        return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"
    bits = int(ty[1:])
    return str(rng.choice((rng.choice(IDIOMS), -rng.choice(IDIOMS), rng.getrandbits(bits))) % (1 << bits))


def constant(ty: str, rng: random.Random) -> str:
    if not ty.startswith("<"):
        return literal(ty, rng)
    count, elem = re.fullmatch(r"<(\d+) x (\w+)>", ty).groups()
    return "<" + ", ".join(f"{elem} {literal(elem, rng)}" for _ in range(int(count))) + ">"


class Builder:
    """Random straight-line code over scalars and small vectors; every value is stored at the end."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.lines: list[str] = []
        self.values: dict[str, list[str]] = {}
        self.declared: set[str] = set()
        self.count = 0

    def operand(self, ty: str) -> str:
        known = self.values.get(ty, [])
        return self.rng.choice(known) if known and self.rng.random() < 0.75 else constant(ty, self.rng)

    def define(self, ty: str, text: str) -> str:
        name = f"%v{self.count}"
        self.count += 1
        self.lines.append(f"{name} = {text}")
        self.values.setdefault(ty, []).append(name)
        return name

    def call(self, ty: str, name: str, arguments: list[tuple[str, str]]) -> None:
        self.declared.add(f"declare {ty} @{name}({', '.join(a for a, _ in arguments)})")
        self.define(ty, f"call {ty} @{name}({', '.join(f'{a} {v}' for a, v in arguments)})")

    def some_type(self, elems: tuple[str, ...]) -> tuple[str, str]:
        elem = self.rng.choice(elems)
        if elem in LANES and self.rng.random() < 0.4:
            return f"<{LANES[elem]} x {elem}>", elem
        return elem, elem

    def step(self) -> None:
        self.rng.choice(
            (
                self.arithmetic,
                self.arithmetic,
                self.shift,
                self.compare,
                self.cast,
                self.floats,
                self.intrinsic,
            )
        )()

    def arithmetic(self) -> None:
        ty, elem = self.some_type(INTS)
        op = self.rng.choice(("add", "sub", "mul", "and", "or", "xor", "sdiv", "udiv", "srem", "urem"))
        if op[1:] in ("div", "rem") and elem == "i1":
            op = "xor"
        flags = (
            self.rng.choice(("", "", " nsw", " nuw")) if op in ("add", "sub", "mul") and elem != "i1" else ""
        )
        second = self.operand(ty)
        if op[1:] in ("div", "rem"):
            one = "1" if ty == elem else "<" + ", ".join([f"{elem} 1"] * LANES[elem]) + ">"
            second = self.define(ty, f"or {ty} {second}, {one}")
        self.define(ty, f"{op}{flags} {ty} {self.operand(ty)}, {second}")

    def shift(self) -> None:
        ty, elem = self.some_type(INTS[1:])
        amount = literal(elem, self.rng)
        amount = str(int(amount) % int(elem[1:]))
        if ty != elem:
            amount = "<" + ", ".join(f"{elem} {amount}" for _ in range(LANES[elem])) + ">"
        self.define(ty, f"{self.rng.choice(('shl', 'lshr', 'ashr'))} {ty} {self.operand(ty)}, {amount}")

    def compare(self) -> None:
        ty, elem = self.some_type(INTS + FLOATS)
        if elem in FLOATS:
            text = f"fcmp {self.rng.choice(FCMP)}"
        else:
            text = f"icmp {self.rng.choice(ICMP)}"
        result = "i1" if ty == elem else f"<{LANES[elem]} x i1>"
        name = self.define(result, f"{text} {ty} {self.operand(ty)}, {self.operand(ty)}")
        self.define(ty, f"select {result} {name}, {ty} {self.operand(ty)}, {ty} {self.operand(ty)}")

    def cast(self) -> None:
        source, target = self.rng.choice(INTS), self.rng.choice(INTS)
        kind = self.rng.randrange(6)
        if kind < 2 and source != target:
            wider = int(target[1:]) > int(source[1:])
            op = self.rng.choice(("sext", "zext")) if wider else "trunc"
            self.define(target, f"{op} {source} {self.operand(source)} to {target}")
        elif kind == 2:
            to = self.rng.choice(FLOATS)
            self.define(
                to, f"{self.rng.choice(('sitofp', 'uitofp'))} {source} {self.operand(source)} to {to}"
            )
        elif kind == 3:
            of = self.rng.choice(FLOATS)
            target = self.rng.choice(INTS[1:])
            op = self.rng.choice(("fptosi", "fptoui"))
            self.define(target, f"{op} {of} {self.operand(of)} to {target}")
        elif kind == 4:
            op, of, to = self.rng.choice((("fpext", "float", "double"), ("fptrunc", "double", "float")))
            self.define(to, f"{op} {of} {self.operand(of)} to {to}")
        else:
            of, to = self.rng.choice(
                (
                    ("i32", "float"),
                    ("double", "i64"),
                    ("<4 x i32>", "<8 x i16>"),
                    ("<2 x i64>", "<4 x float>"),
                    ("<8 x i8>", "i64"),
                    ("i64", "<8 x i8>"),
                )
            )
            self.define(to, f"bitcast {of} {self.operand(of)} to {to}")

    def floats(self) -> None:
        ty, _ = self.some_type(FLOATS)
        op = self.rng.choice(("fadd", "fsub", "fmul", "fdiv", "fneg"))
        second = "" if op == "fneg" else f", {self.operand(ty)}"
        self.define(ty, f"{op} {ty} {self.operand(ty)}{second}")

    def intrinsic(self) -> None:
        kind = self.rng.randrange(4)
        if kind == 0:
            ty, elem = self.some_type(FLOATS)
            name = self.rng.choice(
                ("fabs", "sqrt", "floor", "ceil", "trunc", "rint", "round", "copysign", "fma")
            )
            count = {"copysign": 2, "fma": 3}.get(name, 1)
            suffix = {"float": "f32", "double": "f64"}[elem]
            suffix = suffix if ty == elem else f"v{LANES[elem]}{suffix}"
            self.call(ty, f"llvm.{name}.{suffix}", [(ty, self.operand(ty)) for _ in range(count)])
            return
        ty, elem = self.some_type(INTS[1:])
        suffix = elem if ty == elem else f"v{LANES[elem]}{elem}"
        if kind == 1:
            name = self.rng.choice(("abs", "ctlz", "cttz"))
            self.call(ty, f"llvm.{name}.{suffix}", [(ty, self.operand(ty)), ("i1", "false")])
        elif kind == 2 and ty == elem:
            name = f"{self.rng.choice('su')}{self.rng.choice(('add', 'sub', 'mul'))}.with.overflow"
            pair = f"{{{ty}, i1}}"
            self.call(pair, f"llvm.{name}.{suffix}", [(ty, self.operand(ty)), (ty, self.operand(ty))])
            last = self.values[pair][-1]
            self.define(ty, f"extractvalue {pair} {last}, 0")
            self.define("i1", f"extractvalue {pair} {last}, 1")
        else:
            name = self.rng.choice([*LANEWISE, *(["bswap"] if elem != "i8" else [])])
            count = {"ctpop": 1, "bitreverse": 1, "bswap": 1, "fshl": 3, "fshr": 3}.get(name, 2)
            self.call(ty, f"llvm.{name}.{suffix}", [(ty, self.operand(ty)) for _ in range(count)])

    def text(self) -> str:
        loads: list[str] = []
        for number, ty in enumerate((*INTS[1:], *FLOATS, *(f"<{n} x {e}>" for e, n in LANES.items()))):
            loads.append(f"%p{number} = getelementptr i8, ptr %in, i64 {64 * number}")
            loads.append(f"%l{number} = load {ty}, ptr %p{number}")
            self.values.setdefault(ty, []).append(f"%l{number}")
        for _ in range(12):
            self.step()
        stores: list[str] = []
        at = 1024
        for ty, names in self.values.items():
            for name in names:
                if not name.startswith("%v") or "i1" in re.findall(r"\bi1\b", ty):
                    continue
                stores.append(f"%q{at} = getelementptr i8, ptr %out, i64 {at}")
                stores.append(f"store {ty} {name}, ptr %q{at}")
                at += 32
        body = "\n  ".join((*loads, *self.lines, *stores, "ret void"))
        return (
            f"{header()}\n"
            + "\n".join(self.declared)
            + f"\ndefine void @f(ptr %in, ptr %out) {{\n  {body}\n}}\n"
        )


def contents(rng: random.Random) -> bytes:
    image = bytearray(SIZE)
    for at in range(0, 1024, 8):
        kind = rng.randrange(4)
        if kind == 0:
            image[at : at + 8] = struct.pack("<d", rng.choice(SPECIAL))
        elif kind == 1:
            small = [v for v in SPECIAL if abs(v) < 1e39 or v != v]
            image[at : at + 8] = struct.pack("<2f", rng.choice(small), rng.uniform(-100, 100))
        elif kind == 2:
            image[at : at + 8] = (rng.choice(IDIOMS) & (2**64 - 1)).to_bytes(8, "little")
        else:
            image[at : at + 8] = rng.getrandbits(64).to_bytes(8, "little")
    return bytes(image)


def agree(ours: bytes, native: bytes, kinds: bytes) -> str | None:
    """Where two images differ, NaN equal to NaN in cells whose last store was of a floating type."""
    at = 0
    while at < SIZE:
        width, fmt = {2: (4, "<f"), 3: (8, "<d")}.get(kinds[at], (1, ""))
        a, b = ours[at : at + width], native[at : at + width]
        if a != b:
            values = [struct.unpack(fmt, x)[0] for x in (a, b)] if fmt else []
            if not values or values[0] == values[0] or values[1] == values[1]:
                return f"byte {at}: {a.hex()} natively {b.hex()}"
        at += width
    return None


@settings(
    max_examples=120, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
@given(st.integers(0, 2**32))
def test_random_straight_line_code(seed: int) -> None:
    text, memory = Builder(seed).text(), contents(random.Random(seed + 1))
    try:
        item = concretely(text, memory)
    except (Fault, Undetermined):
        return
    difference = agree(result_bytes(item), natively(text, memory), bytes(item.w[64 : 64 + SIZE]))
    assert difference is None, f"{difference}\n{text}"


F4, F8, D2, D4 = "<4 x float>", "<8 x float>", "<2 x double>", "<4 x double>"
B16, B32, W8, W16, I4, I8, Q2, Q4 = (
    "<16 x i8>", "<32 x i8>", "<8 x i16>", "<16 x i16>", "<4 x i32>", "<8 x i32>", "<2 x i64>", "<4 x i64>"
)  # fmt: skip
X86: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    *((f"sse.{m}.ps", F4, (F4, F4)) for m in ("max", "min")),
    *((f"sse2.{m}.pd", D2, (D2, D2)) for m in ("max", "min")),
    *((f"avx.{m}.ps.256", F8, (F8, F8)) for m in ("max", "min", "hadd", "hsub", "addsub")),
    *((f"avx.{m}.pd.256", D4, (D4, D4)) for m in ("max", "min", "hadd", "hsub", "addsub")),
    ("sse.max.ss", F4, (F4, F4)),
    ("sse2.min.sd", D2, (D2, D2)),
    ("avx.blendv.ps.256", F8, (F8, F8, F8)),
    ("avx2.pblendvb", B32, (B32, B32, B32)),
    ("sse.movmsk.ps", "i32", (F4,)),
    ("avx.movmsk.pd.256", "i32", (D4,)),
    ("avx2.pmovmskb", "i32", (B32,)),
    ("sse2.pmovmskb.128", "i32", (B16,)),
    ("sse2.psad.bw", Q2, (B16, B16)),
    ("avx2.psad.bw", Q4, (B32, B32)),
    ("avx2.pmadd.wd", I8, (W16, W16)),
    ("avx2.pmadd.ub.sw", W16, (B32, B32)),
    *((f"avx2.{m}", W16, (W16, W16)) for m in ("pmulh.w", "pmulhu.w", "pmul.hr.sw", "pavg.w")),
    ("avx2.pavg.b", B32, (B32, B32)),
    *((f"avx2.{m}", B32, (W16, W16)) for m in ("packsswb", "packuswb")),
    *((f"avx2.{m}", W16, (I8, I8)) for m in ("packssdw", "packusdw")),
    ("sse2.packsswb.128", B16, (W8, W8)),
    ("ssse3.pshuf.b.128", B16, (B16, B16)),
    ("avx2.pshuf.b", B32, (B32, B32)),
    *((f"avx2.{m}", W16, (W16, W16)) for m in ("phadd.w", "phadd.sw", "phsub.w", "phsub.sw", "psign.w")),
    *((f"avx2.{m}", I8, (I8, I8)) for m in ("phadd.d", "phsub.d", "psign.d")),
    ("avx2.psign.b", B32, (B32, B32)),
    ("avx2.permd", I8, (I8, I8)),
    ("avx2.permps", F8, (F8, I8)),
    ("avx.vpermilvar.ps.256", F8, (F8, I8)),
    ("avx.vpermilvar.pd.256", D4, (D4, Q4)),
    ("sse2.cvtps2dq", I4, (F4,)),
    ("sse2.cvttps2dq", I4, (F4,)),
    ("avx.cvt.ps2dq.256", I8, (F8,)),
    ("avx.cvtt.ps2dq.256", I8, (F8,)),
    ("sse.cvtss2si", "i32", (F4,)),
    ("sse2.cvttsd2si", "i32", (D2,)),
    *((f"avx.{m}.256", "i32", (Q4, Q4)) for m in ("ptestz", "ptestc", "ptestnzc")),
    *((f"avx2.p{k}.w", W16, (W16, W8)) for k in ("sll", "srl", "sra")),
    *((f"avx2.p{k}.d", I8, (I8, I4)) for k in ("sll", "srl", "sra")),
    *((f"avx2.p{k}.q", Q4, (Q4, Q2)) for k in ("sll", "srl")),
    *((f"avx2.p{k}i.d", I8, (I8, "i32")) for k in ("sll", "srl", "sra")),
    *((f"avx2.p{k}v.d.256", I8, (I8, I8)) for k in ("sll", "srl", "sra")),
    *((f"avx2.p{k}v.q.256", Q4, (Q4, Q4)) for k in ("sll", "srl")),
)


def has_avx2() -> bool:
    return bool(binding.get_host_cpu_features().get("avx2"))


@pytest.mark.skipif(not has_avx2(), reason="the JIT needs a processor with AVX2")
@pytest.mark.parametrize(("name", "result", "arguments"), X86, ids=[x[0] for x in X86])
def test_x86_intrinsic(name: str, result: str, arguments: tuple[str, ...]) -> None:
    lines: list[str] = []
    for turn in range(12):
        values: list[str] = []
        for number, ty in enumerate(arguments):
            lines.append(f"%p{turn}.{number} = getelementptr i8, ptr %in, i64 {(turn * 3 + number) * 32}")
            lines.append(f"%l{turn}.{number} = load {ty}, ptr %p{turn}.{number}, align 4")
            values.append(f"{ty} %l{turn}.{number}")
        lines.append(f"%r{turn} = call {result} @llvm.x86.{name}({', '.join(values)})")
        lines.append(f"%q{turn} = getelementptr i8, ptr %out, i64 {2048 + 64 * turn}")
        lines.append(f"store {result} %r{turn}, ptr %q{turn}, align 4")
    declared = f"declare {result} @llvm.x86.{name}({', '.join(arguments)})"
    text = (
        f"{header()}{declared}\ndefine void @f(ptr %in, ptr %out) {{\n" + "\n".join(lines) + "\nret void\n}\n"
    )
    rng = random.Random(name)
    image = bytearray(contents(rng) + bytes(SIZE))[:SIZE]
    if "psll" in name or "psrl" in name or "psra" in name:
        for turn in range(12):
            at = (turn * 3 + 1) * 32
            image[at : at + 32] = (rng.choice((0, 1, 5, 15, 16, 31, 32, 63, 64, 2**40))).to_bytes(
                8, "little"
            ) * 4
    item = concretely(text, bytes(image))
    difference = agree(result_bytes(item), natively(text, bytes(image)), bytes(item.w[64 : 64 + SIZE]))
    assert difference is None, difference

"""Random straight-line LLVM IR, and random memory for it, for comparing executions."""

from __future__ import annotations

import math
import random
import re
import struct

from campaigns.jit import SIZE, header

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

    def __init__(self, seed: int, arguments: tuple[str, ...] = ()) -> None:
        self.rng = random.Random(seed)
        self.lines: list[str] = []
        self.values: dict[str, list[str]] = {}
        self.declared: set[str] = set()
        self.count = 0
        self.arguments = [(ty, f"%a{number}") for number, ty in enumerate(arguments)]
        for ty, name in self.arguments:
            # Twice, so that affine values are as frequent as data.
            self.values.setdefault(ty, []).extend((name, name))

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
        parameters = (("ptr", "%in"), ("ptr", "%out"), *self.arguments)
        body = "\n  ".join((*loads, *self.lines, *stores, "ret void"))
        return (
            f"{header()}\n"
            + "\n".join(self.declared)
            + f"\ndefine void @f({', '.join(f'{ty} {name}' for ty, name in parameters)}) {{\n  {body}\n}}\n"
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

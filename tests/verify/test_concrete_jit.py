"""The concrete semantics against LLVM's JIT on random straight-line code, and on each x86 intrinsic."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from llvmlite import binding

from campaigns.jit import SIZE, concretely, header, natively, result_bytes
from campaigns.random_ir import Builder, agree, contents
from verify.concrete.faults import Fault, Undetermined


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

"""Reading IR: values, types, flags, places, and a round trip through LLVM of real clang output."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ir_support import instrs, lowered, verified
from llvmlite import binding

from verify.ir.constants import float_bits
from verify.ir.nodes import (
    ConstAggregate,
    ConstExpr,
    ConstFloat,
    ConstInt,
    ConstNull,
    GlobalRef,
    Instr,
    Loc,
    Local,
)
from verify.ir.read import parse_layout, read
from verify.ir.types import ArrayType, FloatType, IntType, PtrType, StructType, VectorType
from verify.verdict import Unsupported

PAIRS = Path(__file__).parent.parent / "pairs"
I32, I1, F32, PTR = IntType(32), IntType(1), FloatType("float"), PtrType()


def only(text: str) -> Instr:
    """The first instruction of the only function of `text`."""
    module = read(text)
    return next(f for f in module.functions.values() if f.blocks).blocks[0].instrs[0]


def in_function(line: str, params: str = "i32 %a, i32 %b, ptr %p, float %x, <4 x i32> %v") -> Instr:
    return only(f"declare void @g(...)\ndefine void @f({params}) {{\nentry:\n  {line}\n  ret void\n}}\n")


@pytest.mark.parametrize(
    ("token", "kind", "bits"),
    [
        ("1.000000e+00", "float", 0x3F800000),
        ("0x3FB99999A0000000", "float", 0x3DCCCCCD),
        ("0x36A0000000000000", "float", 1),
        ("0x7FF0000000000000", "float", 0x7F800000),
        ("0x7FF8000000000000", "float", 0x7FC00000),
        ("0x7FF0000020000000", "float", 0x7F800001),
        ("-0.000000e+00", "float", 0x80000000),
        ("0x3FB999999999999A", "float", None),
        ("0x3FB999999999999A", "double", 0x3FB999999999999A),
        ("-2.500000e+00", "double", 0xC004000000000000),
        ("0xH3C00", "half", 0x3C00),
        ("0xR3F80", "bfloat", 0x3F80),
        ("0xH3C00", "bfloat", None),
        ("0xK3FFF8000000000000000", "x86_fp80", 0x3FFF8000000000000000),
        ("0xL00000000000000003FFF000000000000", "fp128", 0x3FFF0000000000000000000000000000),
    ],
)
def test_float_constants_are_patterns_of_their_own_format(token: str, kind: str, bits: int | None) -> None:
    assert float_bits(token, kind) == bits


def test_arithmetic_keeps_every_flag() -> None:
    instr = in_function("%r = add nuw nsw i32 %a, -1")
    assert (instr.op, instr.result, instr.type, instr.flags) == ("add", "r", I32, {"nuw", "nsw"})
    assert instr.operands == (Local("a", I32), ConstInt(0xFFFFFFFF, I32))
    fast = in_function("%r = fmul nnan contract float %x, 2.0")
    assert fast.flags == {"nnan", "contract"}
    assert fast.operands[1] == ConstFloat(0x40000000, F32)


def test_comparisons_and_casts() -> None:
    compare = in_function("%r = icmp samesign ult i32 %a, %b")
    assert (compare.predicate, compare.flags, compare.type) == ("ult", {"samesign"}, I1)
    lanes = in_function("%r = icmp slt <4 x i32> %v, splat (i32 7)")
    assert lanes.type == VectorType(4, I1)
    assert lanes.operands[1] == ConstAggregate((ConstInt(7, I32),) * 4, VectorType(4, I32))
    cast = in_function("%r = zext nneg i32 %a to i64")
    assert (cast.type, cast.source_type, cast.flags) == (IntType(64), I32, {"nneg"})


def test_memory() -> None:
    load = in_function("%r = load volatile i32, ptr %p, align 2")
    assert (load.flags, load.align, load.operands) == ({"volatile"}, 2, (Local("p", PTR),))
    atomic = in_function('store atomic i32 %a, ptr %p syncscope("agent") release, align 4')
    assert atomic.flags == {"atomic", "release", 'syncscope("agent")'}
    assert (atomic.type, atomic.operands) == (I32, (Local("a", I32), Local("p", PTR)))
    address = in_function("%r = getelementptr inbounds nuw { i8, [3 x i32] }, ptr %p, i64 1, i32 1, i64 2")
    assert address.source_type == StructType((IntType(8), ArrayType(3, I32)))
    assert address.flags == {"inbounds", "nuw"}
    space = in_function("%r = alloca [4 x i32], i32 2, align 64")
    assert (space.source_type, space.align, space.operands) == (ArrayType(4, I32), 64, (ConstInt(2, I32),))
    swap = in_function("%r = atomicrmw volatile add ptr %p, i32 1 seq_cst, align 4")
    assert (swap.predicate, swap.flags) == ("add", {"volatile", "seq_cst"})


def test_vectors_and_aggregates() -> None:
    shuffle = in_function("%r = shufflevector <4 x i32> %v, <4 x i32> poison, <2 x i32> <i32 3, i32 poison>")
    assert (shuffle.indices, shuffle.type) == ((3, -1), VectorType(2, I32))
    zero = in_function(
        "%r = shufflevector <4 x i32> %v, <4 x i32> zeroinitializer, <8 x i32> zeroinitializer"
    )
    assert zero.indices == (0,) * 8
    part = in_function("%r = extractvalue { i32, [2 x float] } undef, 1, 0")
    assert (part.type, part.indices) == (F32, (1, 0))


def test_calls() -> None:
    call = only(
        "declare float @g(ptr, i32, ...) #1\n"
        "define void @f(ptr %p) {\n"
        "  %r = tail call fast float (ptr, i32, ...) @g(ptr noundef nonnull align 8 %p, i32 range(i32 0, 5) 3) #0\n"
        "  ret void\n}\n"
        'attributes #0 = { nounwind memory(none) "k"="v" }\nattributes #1 = { willreturn }\n'
    )
    assert (call.callee, call.flags, call.type) == ("g", {"tail", "fast"}, F32)
    assert call.attributes == (
        {"noundef", "nonnull", "align 8"},
        {"range(i32 0, 5)"},
        {"nounwind", "memory(none)", '"k"="v"', "variadic"},
    )
    indirect = in_function("call void %p(i32 noundef %a)")
    assert (indirect.callee, indirect.operands[-1]) == ("", Local("p", PTR))
    assert "indirect" in indirect.attributes[-1]
    assert len(indirect.attributes) == len(indirect.operands) + 1
    asm = in_function('call void asm sideeffect "nop; nop", "~{memory}"()')
    assert (asm.op, asm.callee) == ("call", "")
    assert {"asm", 'asm sideeffect "nop; nop", "~{memory}"'} <= asm.attributes[-1]
    with pytest.raises(Unsupported, match="bundle"):
        in_function('call void @g() [ "deopt"(i32 1) ]')


def test_debug_records_vanish_and_places_stay() -> None:
    module = read(lowered("int f(int a)\n{\n    int twice = a * 2;\n    return twice;\n}\n"))
    function = module.functions["f"]
    assert not any(i.callee.startswith("llvm.dbg") for i in instrs(function))
    product = next(i for i in instrs(function) if i.op == "mul")
    assert product.loc == Loc(3, 19, "<stdin>")
    assert function.loc == Loc(1, 0, "<stdin>")
    assert [p.name for p in function.params] == ["a"]


def test_switch_and_unnamed_values() -> None:
    module = read(
        "define i32 @f(i32 %0) {\n  switch i32 %0, label %2 [\n    i32 1, label %3\n    i32 -1, label %3\n  ]\n"
        "2:\n  ret i32 0\n3:\n  %4 = add i32 %0, 1\n  ret i32 %4\n}\n"
    )
    function = module.functions["f"]
    assert [b.name for b in function.blocks] == ["1", "2", "3"]
    jump = function.blocks[0].terminator
    assert jump.labels == ("2", "3", "3")
    assert jump.operands == (Local("0", I32), ConstInt(1, I32), ConstInt(0xFFFFFFFF, I32))


def test_globals_and_constant_expressions() -> None:
    module = read(
        "%struct.p = type { i32, ptr }\n"
        '@s = private unnamed_addr constant [3 x i8] c"a\\22\\00", align 1\n'
        "@t = internal global [2 x %struct.p] zeroinitializer, align 16\n"
        "@q = dso_local global %struct.p { i32 7, ptr getelementptr inbounds (i8, ptr @t, i64 4) }\n"
        "@d = global i64 sub (i64 ptrtoint (ptr @t to i64), i64 ptrtoint (ptr @q to i64))\n"
        "@e = external thread_local global i32, align 4\n"
        "@n = global ptr null\n"
        "@al = alias i32, ptr @e2\n@e2 = global i32 1\n"
    )
    text = module.globals["s"]
    assert (text.constant, text.linkage, text.flags) == (True, "private", {"unnamed_addr"})
    assert text.initializer == ConstAggregate(
        tuple(ConstInt(n, IntType(8)) for n in b'a"\0'), ArrayType(3, IntType(8))
    )
    table = module.globals["t"]
    assert isinstance(table.type, ArrayType)
    assert table.type.elem == StructType((I32, PTR), name="struct.p")
    assert (table.initializer, table.align) == (ConstAggregate(None, table.type), 16)
    pair = module.globals["q"].initializer
    assert isinstance(pair, ConstAggregate)
    assert pair.elements is not None
    assert pair.elements[1] == ConstExpr(
        "getelementptr",
        (GlobalRef("t", PTR), ConstInt(4, IntType(64))),
        frozenset({"inbounds"}),
        PTR,
        IntType(8),
    )
    difference = module.globals["d"].initializer
    assert isinstance(difference, ConstExpr)
    assert difference.op == "sub"
    assert difference.operands[0] == ConstExpr(
        "ptrtoint", (GlobalRef("t", PTR),), frozenset(), IntType(64), PTR
    )
    assert module.globals["e"].initializer is None
    assert "thread_local" in module.globals["e"].flags
    assert module.globals["n"].initializer == ConstNull(PTR)
    assert module.aliases == {"al"}


def test_functions_carry_linkage_and_attributes() -> None:
    module = read(
        'define internal signext i8 @f(ptr noalias noundef align 16 dereferenceable(8) %p, ...) #0 section "x" {\n'
        '  ret i8 0\n}\nattributes #0 = { noinline "no-nans-fp-math"="true" }\n'
        "declare extern_weak void @g(i32 signext)\n"
    )
    f = module.functions["f"]
    assert (f.linkage, f.variadic) == ("internal", True)
    assert {"noinline", '"no-nans-fp-math"="true"', "ret signext", 'section "x"'} <= f.attributes
    assert f.params[0].attributes == {"noalias", "noundef", "align 16", "dereferenceable(8)"}
    assert module.functions["g"].linkage == "extern_weak"
    assert not module.functions["g"].blocks


def test_what_is_not_understood_is_unsupported() -> None:
    with pytest.raises(Unsupported, match="LLVM refuses"):
        read("define i32 @f( {")
    with pytest.raises(Unsupported, match="module asm"):
        read('module asm "nop"\n')
    with pytest.raises(Unsupported, match="scalable"):
        in_function("%r = add <vscale x 4 x i32> poison, poison")
    with pytest.raises(Unsupported, match="indirectbr"):
        in_function("indirectbr ptr %p, []")


def test_functions_are_read_when_asked_for() -> None:
    module = read(
        "define void @bad(ptr %p) {\n  indirectbr ptr %p, []\n}\ndefine void @good() {\n  ret void\n}\n"
    )
    assert module.functions["good"].blocks
    assert "bad" in module.functions
    with pytest.raises(Unsupported):
        module.functions["bad"]


def test_layout() -> None:
    wide = parse_layout("e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128")
    assert (wide.pointer_bytes, wide.align_of(IntType(64)), wide.align_of(FloatType("double"))) == (8, 8, 8)
    narrow = parse_layout("e-m:e-p:32:32-p270:32:32-i128:128-f64:32:64-f80:32-n8:16:32-S128")
    assert (narrow.pointer_bytes, narrow.align_of(IntType(64)), narrow.align_of(FloatType("double"))) == (
        4,
        4,
        4,
    )
    assert narrow.align_of(FloatType("x86_fp80")) == 4
    assert not parse_layout("E-m:e").little_endian


_NOISE = re.compile(r"(?:, !\w[\w.]* !?\d+)|#\d+|;.*|\b(?:noundef|signext|zeroext|dso_local|internal)\b")
_ATTRIBUTES = re.compile(
    r"\b(?:nonnull|immarg|align \d+(?= [%@]))|\b(?:captures|dereferenceable|range)\([^)]*\)"
)


def stripped(text: str) -> list[str]:
    """The instructions of a printed function without metadata and attributes."""
    lines: list[str] = []
    for line in text[text.index("define ") :].splitlines()[1:]:
        if line.strip().startswith("#dbg") or not line.strip():
            continue
        line = re.sub(r'%"(\d+)"', r"%\1", line)
        lines.append(" ".join(_ATTRIBUTES.sub("", _NOISE.sub("", line)).split()))
    return lines


@pytest.mark.parametrize(
    "name",
    [
        "absdiff_sum/after_01_eq",
        "aos_move/before",
        "byte_find/before",
        "dot_i8/after_02_eq",
        "fir7/before",
        "mat_ptr/after_01_eq",
        "relu_leaky/after_02_eq",
        "tile_transpose/before",
        "xor_walk/after_02_eq",
    ],
)
def test_round_trip_of_real_code(name: str) -> None:
    text = lowered((PAIRS / f"{name}.c").read_text(), "-mavx2", "-mfma")
    module = read(text)
    original = binding.parse_assembly(text, binding.create_context())
    for function in module.functions.values():
        if function.blocks:
            expected = stripped(str(original.get_function(function.name)))
            assert stripped(verified(text, module, function)) == expected

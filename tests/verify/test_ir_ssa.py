"""Promotion: what becomes a value, what stays, and where contents are opaque."""

from __future__ import annotations

from pathlib import Path

import pytest
from ir_support import check_ssa, instrs, lowered, ops, verified

from verify.ir.load import load
from verify.ir.nodes import ConstInt, Function, Instr, Local
from verify.ir.read import read
from verify.ir.ssa import promote
from verify.ir.types import IntType

PAIRS = Path(__file__).parent.parent / "pairs"


def promoted(source: str, name: str = "f") -> Function:
    text = lowered(source)
    module = read(text)
    function = promote(module.functions[name])
    check_ssa(function)
    verified(text, module, function)
    return function


def tokens(function: Function) -> list[Instr]:
    return [i for i in instrs(function) if i.op == "token"]


def test_scalars_vanish_and_the_rest_stays_in_order() -> None:
    text = lowered("int f(int *p, int n) { int s = 0; for (int i = 0; i < n; i++) s += p[i] * 3; return s; }")
    before = read(text).functions["f"]
    after = promote(before)
    check_ssa(after)
    assert "alloca" not in ops(after)
    assert ops(after).count("load") == 1
    assert "store" not in ops(after)

    def kept(function: Function) -> list[tuple[str, str | None]]:
        gone = {"alloca", "load", "store", "phi", "token", "call"}
        return [(i.op, i.result) for i in instrs(function) if i.op not in gone]

    assert kept(after) == kept(before)
    assert [b.name for b in after.blocks] == [b.name for b in before.blocks]
    assert all(i.loc is not None for i in instrs(after) if i.op in ("mul", "add"))


def test_phis_are_pruned_by_liveness() -> None:
    function = promoted(
        "int f(int n) { int s = 0; for (int i = 0; i < n; i++) { int t = i * i; s += t; } return s; }"
    )
    phis = {i.result: i for i in instrs(function) if i.op == "phi"}
    assert len(phis) == 2
    zero = ConstInt(0, IntType(32))
    assert all(zero in phi.operands for phi in phis.values())


def test_a_token_at_each_declaration() -> None:
    function = promoted(
        "int f(int n) { int r = 0; for (int i = 0; i < n; i++) { int t; if (i) t = i; r += t; } return r; }"
    )
    found = {t.result: t for t in tokens(function)}
    assert {"tok.r.0", "tok.i.0", "tok.t.0"} == set(found)
    body = next(b for b in function.blocks if b.name == "for.body")
    assert any(i.result == "tok.t.0" for i in body.instrs)
    joined = next(
        i for i in instrs(function) if i.op == "phi" and Local("tok.t.0", IntType(32)) in i.operands
    )
    assert any(joined.value in i.operands for i in instrs(function) if i.op == "add")
    assert all(t.loc is not None for t in found.values())
    assert not any(t.metadata for t in found.values())


def test_a_variable_whose_declaration_is_jumped_over_is_unscoped() -> None:
    function = promoted(
        "int f(int n) { goto in; back:; int x; if (n > 9) return x; n++; in: x = n; goto back; }"
    )
    marked = [t for t in tokens(function) if t.meta("unscoped")]
    assert [t.result for t in marked] == ["tok.x.0"]
    assert marked[0] in function.blocks[0].instrs


def test_an_array_whose_declaration_is_jumped_over_is_unscoped() -> None:
    function = promoted(
        "int g(int *); int f(int n) { goto in; back:; int x[4]; if (g(x)) return x[0]; in: x[n] = n; goto back; }"
    )
    assert [i.result for i in instrs(function) if i.op == "alloca" and i.meta("unscoped")] == ["x"]


def test_parameters_and_results_are_not_unscoped() -> None:
    function = promoted(
        "struct s { int a, b; };\n"
        "int f(struct s v, _Bool b, int n) { for (int i = 0; i < n; i++) if (b) return i; n = v.b; return n; }"
    )
    assert not any(i.meta("unscoped") for i in instrs(function))


def test_what_is_not_promoted() -> None:
    source = (
        "void g(int *); int f(void) { int a = 1; volatile int b = 2; int c = 3; g(&a); return a + b + c; }"
    )
    kept = {i.result for i in instrs(promoted(source)) if i.op == "alloca"}
    assert kept == {"a", "b"}


@pytest.mark.parametrize(
    ("body", "promotes"),
    [
        ("%v = load i32, ptr %x, align 4", True),
        ("%v = load atomic i32, ptr %x monotonic, align 4", False),
        ("%v = load i32, ptr %x, align 8", False),
        ("%w = load i16, ptr %x, align 2", False),
        ("store ptr %x, ptr @g, align 8", False),
        ("%v = load i32, ptr %x, align 4, !range !0", False),
        ("%p = getelementptr i8, ptr %x, i64 0", False),
    ],
)
def test_only_plain_whole_accesses_promote(body: str, promotes: bool) -> None:
    text = (
        "@g = global ptr null\n"
        "define void @f(i32 %n) {\nentry:\n  %x = alloca i32, align 4\n  store i32 %n, ptr %x, align 4\n"
        f"  {body}\n  ret void\n}}\n!0 = !{{i32 0, i32 2}}\n"
    )
    assert ("alloca" not in ops(promote(read(text).functions["f"]))) == promotes


def test_booleans_promote_where_the_stored_values_are_booleans() -> None:
    function = promoted("int f(int n) { _Bool b = n > 3; if (n == 7) b = 0; return b ? n : -n; }")
    assert "alloca" not in ops(function)


def test_a_value_after_the_end_of_a_lifetime_is_opaque() -> None:
    text = (
        "declare void @llvm.lifetime.start.p0(ptr)\ndeclare void @llvm.lifetime.end.p0(ptr)\n"
        "define i32 @f() {\nentry:\n  %x = alloca i32, align 4\n  call void @llvm.lifetime.start.p0(ptr %x)\n"
        "  store i32 5, ptr %x, align 4\n  call void @llvm.lifetime.end.p0(ptr %x)\n"
        "  %v = load i32, ptr %x, align 4\n  ret i32 %v\n}\n"
    )
    function = promote(read(text).functions["f"])
    assert ops(function) == ["token", "token", "ret"]
    assert function.blocks[0].terminator.operands == (Local("tok.x.1", IntType(32)),)


def test_unreachable_blocks_and_their_phi_entries_go() -> None:
    text = (
        "define i32 @f(i32 %n) {\nentry:\n  br label %end\ndead:\n  br label %end\n"
        "end:\n  %v = phi i32 [ %n, %entry ], [ 1, %dead ]\n  ret i32 %v\n}\n"
    )
    function = promote(read(text).functions["f"])
    assert [b.name for b in function.blocks] == ["entry", "end"]
    assert function.blocks[1].instrs[0].labels == ("entry",)


def test_names_do_not_collide() -> None:
    text = (
        "define i32 @f(i32 %x.c, i1 %k) {\nentry:\n  %x = alloca i32, align 4\n  store i32 %x.c, ptr %x, align 4\n"
        "  br i1 %k, label %a, label %c\na:\n  store i32 4, ptr %x, align 4\n  br label %c\n"
        "c:\n  %v = load i32, ptr %x, align 4\n  ret i32 %v\n}\n"
    )
    check_ssa(promote(read(text).functions["f"]))


@pytest.mark.parametrize("name", ["argmin_first/before", "byte_find/before", "tile_transpose/before"])
def test_real_code(name: str) -> None:
    text = lowered((PAIRS / f"{name}.c").read_text())
    module, function = load(text, name.partition("/")[0])
    check_ssa(function)
    verified(text, module, function)
    assert promote(function) == function

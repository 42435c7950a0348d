"""Inlining of helpers, and what it must not forget."""

from __future__ import annotations

from pathlib import Path

import pytest
from ir_support import check_ssa, instrs, lowered, ops, verified

from verify.ir.cfg import loops
from verify.ir.load import load
from verify.ir.nodes import Function, Instr, Local
from verify.ir.types import FloatType
from verify.verdict import Unsupported

PAIRS = Path(__file__).parent.parent / "pairs"


def loaded(source: str, *flags: str, promoted: bool = True, drop_promises: bool = False) -> Function:
    text = lowered(source, *flags)
    module, function = load(text, "f", promoted, drop_promises=drop_promises)
    check_ssa(function)
    verified(text, module, function)
    return function


def calls(function: Function) -> list[str]:
    return [i.callee for i in instrs(function) if i.op == "call" and not i.callee.startswith("llvm.lifetime")]


def test_static_helpers_vanish() -> None:
    function = loaded(
        "static int twice(int a) { return a * 2; }\n"
        "static int both(int a) { return a < 0 ? twice(-a) : twice(a) + 1; }\n"
        "int f(int a) { return both(a) + both(7); }\n"
    )
    assert calls(function) == []
    assert ops(function).count("mul") == 4
    assert all(i.loc is not None for i in instrs(function) if i.op == "mul")


def test_loops_of_helpers_and_phis_after_calls() -> None:
    function = loaded(
        "static int sum(const int *p, int n) { int s = 0; for (int i = 0; i < n; i++) s += p[i]; return s; }\n"
        "int f(const int *p, int n) { int r = n && sum(p, n); return r ? sum(p, 3) : (n > 4 ? sum(p, 5) : 0); }\n"
    )
    assert calls(function) == []


def test_what_can_be_replaced_or_is_recursive_stays() -> None:
    function = loaded(
        "int other(int a) { return a; }\nstatic int down(int n) { return n ? down(n - 1) : 0; }\n"
        "static int even(int n); static int odd(int n) { return n ? even(n - 1) : 0; }\n"
        "static int even(int n) { return n ? odd(n - 1) : 1; }\n"
        "__attribute__((always_inline)) inline int always(int n) { return n + 1; }\n"
        "int f(int a) { return other(a) + down(a) + odd(a) + always(a); }\n"
    )
    assert calls(function) == ["other", "down", "odd"]


def test_each_entry_of_a_helper_makes_its_objects_indeterminate() -> None:
    source = (
        "static int last(int a, int i) { int buffer[2]; if (i) buffer[0] = a; return buffer[0]; }\n"
        "static int keep(int a) { int x; if (a) x = a; return x; }\n"
        "int f(int n) { int s = 0; for (int i = 0; i < n; i++) s += last(n, i) + keep(i); return s; }\n"
    )
    plain = loaded(source, promoted=False)
    inside = loops(plain)[0].blocks
    begun = {
        i.operands[-1].name
        for i in instrs(plain)
        if i.callee.startswith("llvm.lifetime.start") and isinstance(i.operands[-1], Local)
    }
    inlined = {a.result for a in instrs(plain) if a.op == "alloca" and "." in (a.result or "")}
    assert {a.result for a in plain.blocks[0].instrs if a.op == "alloca"} >= inlined
    assert inlined - {"n.addr"} <= begun
    starts = [b.name for b in plain.blocks for i in b.instrs if i.callee.startswith("llvm.lifetime.start")]
    assert {name for name in starts if name != "entry"} <= inside
    after = loaded(source)
    assert any(i.op == "token" and "keep" in (i.result or "") for i in instrs(after))


def test_an_unscoped_object_of_a_helper_stays_marked() -> None:
    function = loaded(
        "static int odd(int n) { goto in; back:; int x; if (n > 9) return x; n++; in: x = n; goto back; }\n"
        "int f(int n) { return odd(n); }\n"
    )
    assert any(i.op == "token" and i.meta("unscoped") for i in instrs(function))


def test_an_indeterminate_argument_is_not_forgotten() -> None:
    helper = "static int first(int a, int unused) { return a; }\n"
    checked = loaded(helper + "int f(int n) { int x; if (n) x = 3; return first(n, x); }\n")
    checks = [i for i in instrs(checked) if i.meta("noundef")]
    assert [i.op for i in checks] == ["icmp"]
    clean = loaded(helper + "int f(int n) { int x = n; if (n) x = 3; return first(n, x); }\n")
    assert not any(i.meta("noundef") for i in instrs(clean))


@pytest.mark.parametrize(
    "declaration",
    [
        "static void h(float *restrict a, float *restrict b) { *a += *b; }",
        "static __attribute__((nonnull)) void h(float *a, float *b) { *a += *b; }",
        "static void h(float a[static 4], float *b) { *a += *b; }",
        "static __attribute__((pure)) float g(float *a) { return *a; } "
        "static void h(float *a, float *b) { *b = g(a); }",
    ],
)
def test_promises_of_helpers_are_refused_unless_dropped(declaration: str) -> None:
    source = declaration + "\nvoid f(float *a, float *b) { h(a, b); }\n"
    with pytest.raises(Unsupported):
        loaded(source)
    assert calls(loaded(source, drop_promises=True)) == []


def test_a_result_slot_is_a_promise_that_holds() -> None:
    source = (
        "struct big { long a[5]; };\n"
        "static struct big make(long n) { struct big r = {{0}}; r.a[2] = n; return r; }\n"
        "long f(long n) { struct big b = make(n); return b.a[2]; }\n"
    )
    assert [c for c in calls(loaded(source)) if not c.startswith("llvm.")] == []


def test_structs_by_value_in_memory_are_unsupported() -> None:
    with pytest.raises(Unsupported, match="by value"):
        loaded(
            "struct big { long a[5]; };\nstatic long get(struct big b) { return b.a[0]; }\n"
            "long f(struct big *p) { return get(*p); }\n"
        )


def test_fast_math_claims_of_a_call_stay() -> None:
    function = loaded(
        "static float same(float x) { return x; }\nvoid f(float *a) { a[0] = same(a[1]); }\n", "-ffast-math"
    )
    claims = [i for i in instrs(function) if i.op == "select"]
    assert claims
    assert all(i.type == FloatType("float") and i.flags for i in claims)
    assert any({"fast"} <= i.flags or {"nnan", "ninf"} <= i.flags for i in claims)


def test_a_helper_that_does_not_return() -> None:
    function = loaded(
        "static int stop(int n) { for (;;) { if (n) __builtin_trap(); } }\nint f(int n) { return stop(n) + 1; }\n"
    )
    assert "llvm.trap" in calls(function)


def test_missing_functions_are_named() -> None:
    with pytest.raises(KeyError, match="g"):
        load(lowered("int g(void) { return 1; } int h(void);"), "f")


def test_names_with_the_prefix_of_an_inlined_body_do_not_collide() -> None:
    text = (
        "define internal i32 @g(i32 %a) {\nentry:\n  %r = add i32 %a, 1\n  ret i32 %r\n}\n"
        "define i32 @f(i32 %n) {\nentry:\n  %g.1.r = call i32 @g(i32 %n)\n  ret i32 %g.1.r\n}\n"
    )
    function = load(text, "f")[1]
    check_ssa(function)
    assert ops(function) == ["add", "ret"]


@pytest.mark.parametrize("name", ["absdiff_sum/after_01_eq", "byte_find/after_01_eq", "xor_walk/after_02_eq"])
def test_intrinsic_wrappers_vanish(name: str) -> None:
    text = lowered((PAIRS / f"{name}.c").read_text(), "-mavx2", "-mfma")
    module, function = load(text, name.partition("/")[0])
    check_ssa(function)
    verified(text, module, function)
    assert all(c.startswith("llvm.") for c in calls(function))


def test_a_call_that_is_replaced_is_found_by_its_result() -> None:
    text = (
        "define internal i32 @g(i32 %a) {\nentry:\n  %k = icmp eq i32 %a, 0\n  br i1 %k, label %x, label %y\n"
        "x:\n  ret i32 1\ny:\n  ret i32 2\n}\n"
        "define i32 @f(i32 %n) {\nentry:\n  br label %head\nhead:\n"
        "  %i = phi i32 [ 0, %entry ], [ %r, %head ]\n  %r = call i32 @g(i32 %i)\n"
        "  %c = icmp eq i32 %r, %n\n  br i1 %c, label %out, label %head\nout:\n  ret i32 %r\n}\n"
    )
    function = load(text, "f")[1]
    check_ssa(function)
    phi: Instr = next(i for i in instrs(function) if i.result == "i")
    assert phi.labels[0] == "entry"
    assert phi.labels[1] != "head"

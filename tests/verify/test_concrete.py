"""The concrete semantics: memory, undefined behaviour, steps."""

from __future__ import annotations

import pytest
from ir_support import lowered

from verify.concrete.arena import FRESH, Access, Arena, Object, make_object
from verify.concrete.faults import Fault, OutOfFuel, Undetermined
from verify.concrete.numbers import fma, int_to_float, minnum, round_ratio
from verify.concrete.program import Program
from verify.ir.inline import inline
from verify.ir.nodes import Module
from verify.ir.read import read
from verify.ir.ssa import promote
from verify.verdict import Unsupported


def seven(item: Object, offset: int, access: Access) -> bytes:
    """Every fresh integer cell holds 7."""
    return (7).to_bytes(access.unit, "little")


def run(source: str, *arguments: object, fuel: int = 100_000, module: Module | None = None) -> object:
    """`f` on the arguments; "p" stands for a pointer to an object of 16 bytes."""
    arena = Arena(seven)
    item = arena.add(make_object(1, ("param", 0), 16, 16, True, False, True, FRESH))
    program = Program(module or read(lowered(source, "-ffp-contract=off")), {}, True)
    return program.run("f", tuple(item.address if a == "p" else a for a in arguments), arena, fuel)


@pytest.mark.parametrize(
    ("source", "arguments", "result"),
    [
        ("int f(int a, int b) { return a * b - 1; }", (7, -3), -22),
        ("unsigned f(unsigned a) { return a * 3u; }", (-1,), -3),
        (
            "int f(int *p, int n) { int s = 0; for (int i = 0; i < n; i++) s += p[i]; return s; }",
            ("p", 4),
            28,
        ),
        ("float f(float x) { return x * x; }", (0.10000000149011612,), 0.010000000707805157),
        ("int f(int n) { int a[4] = {0}; a[n]++; a[n]++; return a[0] + a[1] * 10; }", (1,), 20),
        ("static int g(int n) { return n < 2 ? 1 : n * g(n - 1); } int f(int n) { return g(n); }", (5,), 120),
        ("int f(int n) { switch (n) { case 1: return 5; case -2: return 6; default: return 7; } }", (-2,), 6),
        ("int f(char *p) { __builtin_memset(p, 3, 8); return *(int *)p; }", ("p",), 0x03030303),
        ("long f(int *p) { return &p[3] - p; }", ("p",), 3),
        ("int f(int n) { int i = 0; again: if (i * i < n) { i++; goto again; } return i; }", (50,), 8),
    ],
)
def test_results(source: str, arguments: tuple[object, ...], result: object) -> None:
    assert run(source, *arguments) == result
    old = read(lowered(source, "-ffp-contract=off"))
    functions = {n: promote(f) if f.blocks else f for n, f in old.functions.items()}
    functions["f"] = promote(inline(old, old.functions["f"]))
    module = Module(old.layout, old.triple, functions, old.globals, old.metadata, old.aliases)
    assert run(source, *arguments, module=module) == result


@pytest.mark.parametrize(
    ("source", "arguments", "kind"),
    [
        ("int f(int a) { return a + 1; }", (2**31 - 1,), "overflow"),
        ("int f(int a) { return -a; }", (-(2**31),), "overflow"),
        ("int f(int a, int b) { return a / b; }", (1, 0), "division"),
        ("int f(int a, int b) { return a % b; }", (-(2**31), -1), "overflow"),
        ("int f(int a, int b) { return a << b; }", (1, 32), "shift"),
        ("int f(float a) { return (int)a; }", (2147483648.0,), "conversion"),
        ("int f(int *p) { return p[4]; }", ("p",), "memory"),
        ("int f(int *p) { p[-1] = 0; return 0; }", ("p",), "memory"),
        ("int f(int *p) { return *p; }", (0,), "null"),
        ("int f(char *p) { return *(int *)(p + 1); }", ("p",), "align"),
        ("int f(int n) { int a[2][4] = {{0}}; return a[0][n]; }", (4,), "bounds"),
        ("int f(int n) { int x; if (n) x = 1; return x + 1; }", (0,), "indeterminate"),
        ("int f(int n) { int a[4]; a[0] = 1; return a[n] & 1; }", (1,), "indeterminate"),
        ("int f(int *p) { int a[4]; p[0] = a[0]; return 0; }", ("p",), "indeterminate"),
        ("int f(int n) { int *q; { int x = n; q = &x; } return *q; }", (1,), "memory"),
        (
            "static int *g(void) { int x = 1; int *q = &x; return q; } int f(void) { return *g(); }",
            (),
            "null",
        ),
        ("int f(int n) { if (n) __builtin_unreachable(); return 0; }", (1,), "unreachable"),
        ("void f(char *p) { __builtin_memcpy(p, p + 1, 4); }", ("p",), "promise"),
        ("int f(int n) { int a[4]; int *q = a + n; return q == a; }", (5,), "pointer"),
        (
            "int f(int n) { int s = 0;"
            " for (int i = 0; i < 2; i++) { int x; if (!i) x = n; s = x; } return s + 1; }",
            (1,),
            "indeterminate",
        ),
    ],
)
def test_undefined_behaviour(source: str, arguments: tuple[object, ...], kind: str) -> None:
    with pytest.raises(Fault) as caught:
        run(source, *arguments)
    assert caught.value.kind == kind


def test_place_of_a_fault() -> None:
    program = Program(read(lowered("int f(int a)\n{\n  int b = a;\n  return b + 1;\n}")), {}, False)
    with pytest.raises(Fault) as caught:
        program.run("f", (2**31 - 1,), Arena(seven), 100)
    place = program.place(caught.value)
    assert place is not None
    assert place.line == 4


def test_fuel() -> None:
    with pytest.raises(OutOfFuel):
        run("void f(int n) { while (n) ; }", 1)


def test_what_the_language_leaves_open() -> None:
    with pytest.raises(Undetermined):
        minnum(0.0, -0.0)
    with pytest.raises(Undetermined):
        run("int f(float x) { x -= x; return __builtin_signbit(x); }", float("inf"))


def test_unsupported() -> None:
    with pytest.raises(Unsupported):
        run("int f(volatile int *p) { return *p; }", "p")
    with pytest.raises(Unsupported):
        run("void *g(void); void f(void) { g(); }")


def test_rounding() -> None:
    assert fma(1 + 2.0**-30, 1 + 2.0**-30, -(1 + 2.0**-29), False) == 2.0**-60
    assert int_to_float((1 << 60) + (1 << 36) + 1, True) == float((1 << 60) + (1 << 37))
    assert round_ratio(1, 3, 24, -149, 128) == 0.3333333432674408
    assert round_ratio(3, 2**150, 24, -149, 128) == 2.0**-148
    assert round_ratio(2**128, 1, 24, -149, 128) == float("inf")

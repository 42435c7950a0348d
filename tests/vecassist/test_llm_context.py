"""What a model is told about the surroundings of a region."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from llm_support import REGION, SOURCE, site

from vecassist.model import Unit
from vecassist.propose.llm.context import NO_CONTEXT, gather
from vecassist.propose.llm.headers import with_headers
from vecassist.scan.sites import scan_text

LOOP = b"for (int i = 0; i < n; i++) a[i] = b[i];"


def declarations(source: bytes, region: bytes = LOOP, function: str = "f") -> tuple[str, ...]:
    return gather(site(source, region, function), source).declarations


def test_the_function_and_the_names_it_uses() -> None:
    context = gather(site(), SOURCE)
    assert context.function == "prefix"
    assert context.signature == "real prefix(const real *a, real *b, size_t n)"
    assert context.before.endswith("int shift = helper(3);\n    ")
    assert context.after == "\n    return sum + spare;\n}"
    assert context.declarations == (
        "#define N 64",
        "typedef float real;",
        "struct pair { real x, y; };",
        "static const real table[N] = { 1, 2, 3 };",
        "extern struct pair *pairs;",
        "real sum = 0, spare = 1;",
    )
    assert context.flags == ("-O3", "-march=x86-64-v3")


@pytest.mark.parametrize(
    "declaration",
    [
        "int n;",
        "enum { n = 3, m };",
        "enum size { other, n };",
        "static int a[2][3], *b;",
        "#define n 100",
        "typedef struct { int x; } t; extern t n;",
        "int (*b);",
    ],
)
def test_globals(declaration: str) -> None:
    source = f"{declaration}\nint unrelated(int n);\nvoid f(void)\n{{\n    {LOOP.decode()}\n}}\n".encode()
    assert " ".join(declarations(source)) == declaration


def test_used_functions_are_declared_without_their_bodies() -> None:
    source = b"static int g(int x) { return x + 1; }\nvoid f(int *a) { for (;;) a[0] = g(1); }\n"
    assert declarations(source, b"for (;;) a[0] = g(1);") == ("static int g(int x);",)


def test_long_initializers_are_left_out() -> None:
    source = b"int b[999] = {" + b"1," * 999 + b"};\nvoid f(int *a, int n) { " + LOOP + b" }"
    assert declarations(source) == ("int b[999]; /* initializer not shown */",)


def test_locals_in_outer_blocks() -> None:
    source = (
        b"void f(int *a, int *b) { if (a) { int m = 1, n = 2; x = 3; int k[2] = {1, 2}; { " + LOOP + b" } } }"
    )
    assert declarations(source) == ("int m = 1, n = 2;",)


@pytest.mark.parametrize(
    "source",
    [
        b"#ifdef A\nvoid f(int a) {\n#else\nvoid f(void) {\n#endif\n" + LOOP + b"\n}\n",
        b"void f(a, n) int *a; int n; {\n" + LOOP + b"\n}\n",
        b"))) {" + LOOP,
        LOOP,
    ],
)
def test_odd_files_give_less(source: bytes) -> None:
    context = gather(site(source, LOOP, "f"), source)
    assert context.function == "f"
    assert context.before == ""


def test_the_right_one_of_two_equal_loops() -> None:
    source = b"void g(void) { " + LOOP + b" }\nvoid f(int n) { int a[9]; " + LOOP + b" }\n"
    there = source.rindex(LOOP)
    found = site(source, source[there:], "f")
    assert gather(found, source).function == "f"
    assert gather(site(source, LOOP, "f"), source).signature == ""


def test_context_is_quick_on_a_large_file() -> None:
    source = b"int filler(int x) { return x * 2; }\n" * 20_000 + SOURCE
    assert gather(site(source, REGION), source).signature.startswith("real prefix")


def test_what_headers_declare_is_told(tmp_path: Path) -> None:
    (tmp_path / "k.h").write_text(
        "#define LENGTH (2 * HALF)\n#define HALF 32\ntypedef float real;\n"
        "__attribute__((aligned(64))) extern real a[LENGTH], b[LENGTH];\nstruct s;\n"
    )
    text = '#include "k.h"\nint own;\nvoid f(void)\n{\n    for (int i = 0; i < LENGTH; i++) a[i] = own;\n}\n'
    (tmp_path / "k.c").write_text(text)
    (found,) = scan_text(Unit(Path("k.c"), tmp_path, "gcc", ()), text).sites
    context = with_headers(found, gather(found, text.encode()))
    assert context.declarations == (
        "#define LENGTH (2 * 32)",
        "typedef float real;",
        "real a[2 * 32];",
        "int own;",
    )
    gone = replace(found, text="for (;;) ;")
    assert with_headers(gone, NO_CONTEXT) == NO_CONTEXT

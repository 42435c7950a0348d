"""What IR does not show must not pass for proved: promises in helpers, pragmas in force, order of side effects."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.toolchain import resolve, wheel_clang
from vecassist.problems import Place, problem
from verify.check import check
from verify.verdict import Proved

LOOP = "for (int i = 0; i < n; i++) p[i] = q[i] + 1;"
PLAIN = f"void f(int *p, int *q, int n) {{ {LOOP} }}\n"


def helper(promise: str) -> str:
    return f"static inline void h(int *p, int *q, int n) {{\n{promise}\n{LOOP} }}\n"


STEP = "static int c;\nstatic inline int inc(void) { c = c + 1; return c; }\n"
CASES = {
    "a promise in a helper that is newly called": (
        helper("#pragma GCC ivdep") + PLAIN,
        helper("#pragma GCC ivdep") + "void f(int *p, int *q, int n) { h(p, q, n); }\n",
    ),
    "restrict in a helper that is newly called": (
        helper("int *restrict r = p; (void)r;") + PLAIN,
        helper("int *restrict r = p; (void)r;") + "void f(int *p, int *q, int n) { h(p, q, n); }\n",
    ),
    "a function moved behind a pragma": (
        PLAIN + '#pragma GCC optimize("fast-math")\nvoid g(void) {}\n',
        '#pragma GCC optimize("fast-math")\nvoid g(void) {}\n' + PLAIN,
    ),
    "two calls in one expression": (
        STEP + "int f(void) { c = 5; int a = inc(); int b = inc(); return a * 10 + b; }\n",
        STEP + "int f(void) { c = 5; return inc() * 10 + inc(); }\n",
    ),
    "a call beside a variable that it changes": (
        STEP + "int f(void) { c = 5; int a = inc(); return a * 10 + c; }\n",
        STEP + "int f(void) { c = 5; return inc() * 10 + c; }\n",
    ),
    "an assignment beside a read": (
        "int f(int *s, int *q, int v) { int r = *q; *s = v; return r - v; }\n",
        "int f(int *s, int *q, int v) { return *q - (*s = v); }\n",
    ),
    "a type of variable size that clang may not warn of": (
        "int f(int *p, int n) { p[0] = n; return n; }\n",
        '#pragma GCC diagnostic ignored "-Wvla"\n#pragma GCC diagnostic ignored "-Wvla-extension"\n'
        "int f(int *p, int n) { typedef int T[n]; T *q = (T *)p; (*q)[0] = n; return n; }\n",
    ),
    "a type of variable size in what passes for a system header": (
        "int f(int *p, int n) { p[0] = n; return n; }\n",
        '# 1 "sys.h" 3\nint f(int *p, int n) { typedef int T[n]; T *q = (T *)p; (*q)[0] = n; return n; }\n',
    ),
    "another target": (
        PLAIN,
        f'__attribute__((target("avx2"))) void f(int *p, int *q, int n) {{ {LOOP} }}\n',
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_not_proved(name: str, tmp_path: Path) -> None:
    place = Place(tmp_path / "f.c", tmp_path, ("-ffp-contract=off",), wheel_clang(), resolve("gcc"))
    built = problem(place, *CASES[name], "f", ("sequential",))
    assert built.after.promises
    assert not isinstance(check(built).verdict, Proved)


def test_helpers_that_only_compute_may_be_called_side_by_side(tmp_path: Path) -> None:
    clamp = "static inline int clamp(int x) { return x < 0 ? 0 : x; }\nint a[100], b[100];\n"
    before = (
        clamp
        + "void f(int n) { for (int i = 0; i < n; i++) { int t = clamp(a[i]); b[i] = t + clamp(b[i]); } }\n"
    )
    after = clamp + "void f(int n) { for (int i = 0; i < n; i++) b[i] = clamp(a[i]) + clamp(b[i]); }\n"
    place = Place(tmp_path / "f.c", tmp_path, ("-ffp-contract=off",), wheel_clang(), resolve("gcc"))
    assert isinstance(check(problem(place, before, after, "f")).verdict, Proved)

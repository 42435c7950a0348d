from __future__ import annotations

from pathlib import Path

import pytest
from scan_support import only, scan

from vecassist.model import Site
from vecassist.splice import check_replacement

SOURCE = """\
#include <math.h>
#include <sys/time.h>
struct timeval *now;
#define N 100
#define PURR __attribute__((aligned(64)))
#define IVDEP _Pragma("GCC ivdep")
#define VOW __builtin_unreachable()
typedef float real;
void sink(real);
real a[N], b[N];
int limit;
void f(int n, real x) {
    int k = 0;
    for (int i = 0; i < n; i++) {
        a[i] = b[i] * x;
    }
    sink(a[k]);
done:
    limit = k;
}
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return only(tmp_path_factory.mktemp("check"), SOURCE)


@pytest.mark.parametrize(
    "text",
    [
        "for (int i = 0; i < n; i++) {\n        a[i] = b[i] * x;\n    }",
        "{ }",
        "a[0] = 1; for (int i = 0; i < n; i++) a[i] = 0;",
        "{ int i = 0; for (; i + 4 <= n; i += 4) { real t[4]; t[0] = 0; a[i] = t[0]; } }",
        "{ // note\n for (int i = 0; i < N; i++) a[i] = fmaxf(b[i], sqrtf(x)); }",
        "while (k < n) { a[k] = (real)k; k++; }",
        "{ if (n) goto out; a[0] = 1; out: ; }",
        "{\n#pragma GCC unroll 4\n for (int i = 0; i < n; i++) a[i] = 0; }",
        "{ for (int i = 0; i < n; i++) { if (a[i] > 0) continue; if (x > 1) break; a[i] = 1; } }",
        "{ unsigned char c[N]; c[0] = 1; a[0] = c[0]; }",
        "{ a[0] = b[0]; } // the end",
        "{ real *p = a; *p = 1; p++; }",
    ],
)
def test_what_may_be_tried(site: Site, text: str):
    assert check_replacement(site, text) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the text is empty"),
        ("int q = 0;", "put it in braces"),
        ("out: a[0] = 1;", "put it in braces"),
        ("{ } }  void g(void) { {", "brackets"),
        ("{ a[0] = 1;", "brackets"),
        ("} {", "brackets"),
        ("{ a[0] = ; }", "does not parse"),
        ("{ /* open", "comment"),
        ("{ } /* open", "comment"),
        ("{ } // and so on \\", "backslash"),
        ("{ } // and so on \\  ", "backslash"),
        ("{ } // and so on ??/", "trigraph"),
        ("{ a[0] = 0;\x00 }", "control character"),
        ("{ /* \u202e */ }", "invisible character"),
        ("{ struct timeval t[512]; t[0].tv_sec = 1; }", "bytes of local arrays"),
        ("{ union { char c[9000]; } t; t.c[0] = 1; }", "bytes of local arrays"),
        ('{ "open; }', "stray character"),
        ("{ @ }", "stray character"),
        ("{\n#include <stdio.h>\n}", "#include"),
        ("{\n#define N 3\n}", "#define"),
        ("{\n#pragma omp simd\nfor (int i = 0; i < n; i++) a[i] = 0; }", "omp simd"),
        ("{\n#pragma GCC ivdep\nfor (int i = 0; i < n; i++) a[i] = 0; }", "ivdep"),
        ("{\n#pragma clang loop vectorize(enable)\nfor (;;) break; }", "vectorize"),
        ('{ _Pragma("GCC ivdep") for (;;) break; }', "pragma"),
        ('{ asm(""); }', "assembly"),
        ('{ __asm__ volatile (""); }', "assembly"),
        ("{ int t __attribute__((unused)); }", "attribute"),
        ("{ PURR int t; }", "attribute"),
        ("{ VOW; }", "promise"),
        ("{ IVDEP for (int i = 0; i < n; i++) a[i] = 0; }", "GCC ivdep"),
        ("{ real *p = a; *p++ = *p; }", "p is changed"),
        ("{ real *restrict p = a; p[0] = 1; }", "restrict"),
        ("{ real *__restrict p = a; p[0] = 1; }", "restrict"),
        ("{ static int t; a[t++] = 1; }", "storage class"),
        ("{ extern int t; a[t] = 1; }", "storage class"),
        ("{ volatile int t = 0; a[t] = 1; }", "qualifier"),
        ("{ __builtin_assume(n > 0); }", "promise"),
        ("{ real *p = __builtin_alloca(8); p[0] = 1; }", "allocation"),
        ("{ real t[n]; t[0] = 1; }", "plain constant"),
        ("{ double t[N][8]; t[0][0] = 1; a[0] = t[0][0]; }", "bytes of local arrays"),
        ("{ int puts(const char *); }", "declaration of the function puts"),
        ("{ typedef int q; q t = 1; a[t] = 0; }", "storage class"),
        ("{ sink(1); }", "a call of sink"),
        ("{ free(a); }", "a call of free"),
        ("{ return; }", "return leaves"),
        ("{ break; }", "break leaves"),
        ("{ continue; }", "continue leaves"),
        ("{ goto done; }", "goto done leaves"),
        ("{ if (n) goto done; done: ; }", "label done exists"),
        ("{ a[0] = ({ 1; }); }", "statement expression"),
        ("{ __typeof__(n) t = 1; a[t] = 0; }", "inferred type"),
        ("{ int vecassist_region_x = 1; a[vecassist_region_x] = 0; }", "reserved"),
        ("{ int vec_out_k = 1; a[vec_out_k] = 0; }", "reserved"),
        ("{ k = k++ + 1; }", "k is changed"),
        ("{ a[k] = k++; }", "k is changed"),
        ("{ a[0] = b[0] = 1; }", "memory behind"),
        ("{ a[0] = (a[1] = 2) + a[2]; }", "memory behind"),
    ],
)
def test_what_is_refused(site: Site, text: str, why: str):
    reason = check_replacement(site, text)
    assert reason is not None
    assert why in reason
    assert "\n" not in reason


def test_the_body_of_another_statement_needs_braces(tmp_path: Path):
    site = only(
        tmp_path, "void f(int *a, int n) { if (n) for (int i = 0; i < n; i++) a[i] = 0; else a[0] = 1; }\n"
    )
    reason = check_replacement(site, "if (n > 2) a[0] = 0;")
    assert reason is not None
    assert "braces" in reason
    assert check_replacement(site, "{ if (n > 2) a[0] = 0; }") is None
    assert check_replacement(site, "a[0] = 0; a[1] = 0;") == reason


def test_ways_out_that_the_region_has_are_open_to_the_text(tmp_path: Path):
    source = """\
int f(const int *a, int n, int x) {
    for (int i = 0; i < n; i++) if (a[i] == x) return i;
    return -1;
}
int g(const int *a, int n, int x) {
    int at = -1;
    for (int i = 0; i < n; i++) if (a[i] == x) { at = i; goto found; }
found:
    return at;
}
"""
    first, second = scan(tmp_path, source).sites
    assert check_replacement(first, "{ for (int i = 0; i < n; i++) { if (a[i] == x) return i; } }") is None
    assert check_replacement(first, "{ goto found; }") == "goto found leaves the text"
    assert check_replacement(second, "{ if (n && a[0] == x) { at = 0; goto found; } }") is None


def test_calls_that_the_region_makes_are_open_to_the_text(tmp_path: Path):
    source = "int h(int);\nvoid f(int *a, int n) { for (int i = 0; i < n; i++) a[i] = h(i); }\n"
    assert (
        check_replacement(only(tmp_path, source), "{ for (int i = 0; i < n; i += 1) a[i] = h(i); }") is None
    )

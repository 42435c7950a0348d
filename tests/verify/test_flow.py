"""The dataflow proof on C: right rewrites that must be proved, and neighbours of them that must not."""

from __future__ import annotations

import pytest
from flow_support import proved, verdict_of

from verify.verdict import Proved, Refuted, Unknown

ARRAYS = "float a[1000], b[1000], c[1000], d[1000], m[64][64]; int k[1000]; unsigned u[1000];\n"


def f(body: str, params: str = "int n") -> str:
    return f"{ARRAYS}void f({params}) {{ {body} }}\n"


RIGHT = {
    "distribution": (
        f("for (int i = 0; i < n; i++) { a[i] = b[i] + c[i]; d[i] = a[i] * b[i]; }"),
        f("for (int i = 0; i < n; i++) a[i] = b[i] + c[i]; for (int i = 0; i < n; i++) d[i] = a[i] * b[i];"),
    ),
    "reordered statements": (
        f("for (int i = 0; i < n - 1; i++) { a[i] = a[i] * c[i]; b[i] += a[i + 1] * d[i]; }"),
        f("for (int i = 0; i < n - 1; i++) { b[i] += a[i + 1] * d[i]; a[i] = a[i] * c[i]; }"),
    ),
    "wrap-around scalar": (
        f("float x = b[0]; for (int i = 1; i < n; i++) { a[i] = b[i] + x; x = b[i]; }"),
        f("for (int i = 1; i < n; i++) a[i] = b[i] + b[i - 1];"),
    ),
    "interchange": (
        f("for (int i = 0; i < 64; i++) for (int j = 1; j < 64; j++) m[j][i] = m[j - 1][i] + 1.0f;"),
        f("for (int j = 1; j < 64; j++) for (int i = 0; i < 64; i++) m[j][i] = m[j - 1][i] + 1.0f;"),
    ),
    "index-set splitting": (
        f("for (int i = 0; i < n; i++) { if (i < h) a[i] = b[i]; else a[i] = c[i]; }", "int n, int h"),
        f(
            "int t = h < 0 ? 0 : h < n ? h : n; for (int i = 0; i < t; i++) a[i] = b[i];"
            "for (int i = t; i < n; i++) a[i] = c[i];",
            "int n, int h",
        ),
    ),
    "unrolling with epilogue": (
        f("for (int i = 0; i < n; i++) a[i] = b[i] * 2.0f;"),
        f("int i = 0; for (; i + 1 < n; i += 2) { a[i] = b[i] * 2.0f; a[i + 1] = b[i + 1] * 2.0f; }"
          "if (i < n) a[i] = b[i] * 2.0f;"),
    ),
    "guarded store on an array stored anyway": (
        f("for (int i = 0; i < n; i++) { if (b[i] > 0) a[i] = b[i]; else a[i] = c[i]; }"),
        f("for (int i = 0; i < n; i++) { a[i] = b[i] > 0 ? b[i] : c[i]; }"),
    ),
    "unsigned sum in two parts": (
        f("unsigned s = 0; for (int i = 0; i < n; i++) s += u[i]; *r = s;", "int n, unsigned *restrict r"),
        f("unsigned s = 0, t = 0; int i = 0; for (; i + 1 < n; i += 2) { s += u[i]; t += u[i + 1]; }"
          "if (i < n) s += u[i]; *r = s + t;", "int n, unsigned *restrict r"),
    ),
    "aliasing pointers in order": (
        f("for (int i = 0; i < n; i++) p[i] = q[i] + 1;", "int *p, int *q, int n"),
        f("int i = 0; for (; i + 1 < n; i += 2) { p[i] = q[i] + 1; p[i + 1] = q[i + 1] + 1; }"
          "if (i < n) p[i] = q[i] + 1;", "int *p, int *q, int n"),
    ),
    "huge trip counts": (
        f("for (long i = 0; i < n; i++) p[i] = p[i] + 1.0f;", "float *p, long n"),
        f("if (n > 0) for (long i = n - 1; i >= 0; i--) p[i] = p[i] + 1.0f;", "float *p, long n"),
    ),
}  # fmt: skip

WRONG = {
    "distribution against an anti-dependence": (
        f("for (int i = 0; i < n - 1; i++) { a[i] = b[i]; d[i] = a[i + 1]; }"),
        f("for (int i = 0; i < n - 1; i++) a[i] = b[i]; for (int i = 0; i < n - 1; i++) d[i] = a[i + 1];"),
    ),
    "interchange against a dependence": (
        f("for (int i = 1; i < 64; i++) for (int j = 0; j < 63; j++) m[i][j] = m[i - 1][j + 1] + 1.0f;"),
        f("for (int j = 0; j < 63; j++) for (int i = 1; i < 64; i++) m[i][j] = m[i - 1][j + 1] + 1.0f;"),
    ),
    "lost epilogue": (
        f("for (int i = 0; i < n; i++) a[i] = b[i];"),
        f("for (int i = 0; i + 1 < n; i += 2) { a[i] = b[i]; a[i + 1] = b[i + 1]; }"),
    ),
    "reassociated float sum": (
        f("float s = 0; for (int i = 0; i < n; i++) s += b[i]; a[0] = s;"),
        f("float s = 0, t = 0; int i = 0; for (; i + 1 < n; i += 2) { s += b[i]; t += b[i + 1]; }"
          "if (i < n) s += b[i]; a[0] = s + t;"),
    ),
    "signed sum in two parts may overflow": (
        f("int s = 0; for (int i = 0; i < n; i++) s += k[i]; *r = s;", "int n, int *restrict r"),
        f("int s = 0, t = 0; int i = 0; for (; i + 1 < n; i += 2) { s += k[i]; t += k[i + 1]; }"
          "if (i < n) s += k[i]; *r = s + t;", "int n, int *restrict r"),
    ),
    "aliasing ignored": (
        f("for (int i = 0; i < n; i++) p[i] = q[i] + 1;", "int *p, int *q, int n"),
        f("int i = 0; for (; i + 1 < n; i += 2) { int x = q[i], y = q[i + 1]; p[i] = x + 1; p[i + 1] = y + 1; }"
          "if (i < n) p[i] = q[i] + 1;", "int *p, int *q, int n"),
    ),
    "a fault after two thousand million iterations": (
        f("for (long i = 0; i < n; i++) p[i] = 1.0f;", "float *p, long n"),
        f("for (long i = 0; i < n; i++) p[i] = i == 2147483648 ? 2.0f : 1.0f;", "float *p, long n"),
    ),
    "a store that the original does not make": (
        f("for (int i = 0; i < n; i++) if (q[i] > 0) p[i] = 1;", "int *restrict p, int *restrict q, int n"),
        f("for (int i = 0; i < n; i++) p[i] = q[i] > 0 ? 1 : p[i];", "int *restrict p, int *restrict q, int n"),
    ),
    "a read ahead": (
        f("for (int i = 0; i < n; i++) p[i] = q[i];", "int *restrict p, int *restrict q, int n"),
        f("int x = q[0]; for (int i = 0; i < n; i++) { p[i] = x; x = q[i + 1]; }",
          "int *restrict p, int *restrict q, int n"),
    ),
    "a sum of partial sums counted once": (
        "unsigned f(const unsigned *a, int n) { unsigned s = 0, t = 0;"
        " for (int i = 0; i < n; i++) { t += s; s += a[i]; } return t; }",
        "unsigned f(const unsigned *a, int n) { unsigned t = 0; for (int i = 1; i < n; i++) t += a[i - 1]; return t; }",
    ),
    "an object after its scope": (
        "int f(int n, const int *a) { int s = 0; for (int i = 0; i < 8; i++) s += a[i] * n; return s; }",
        "int f(int n, const int *a) { int *p; { int x[8]; for (int i = 0; i < 8; i++) x[i] = a[i] * n; p = x; }"
        " int y[8]; for (int i = 0; i < 8; i++) y[i] = p[i];"
        " int s = 0; for (int i = 0; i < 8; i++) s += y[i]; return s; }",
    ),
    "an overflow that is congruent": (
        "long f(int n) { return (-9223372036854775807L - 1) + (long)n; }",
        "long f(int n) { return 9223372036854775807L + ((long)n + 1); }",
    ),
    "pointers compared by their low halves": (
        "void f(int *a, int *b) { a[0] = 1; b[0] = 2; }",
        "void f(int *a, int *b) { if ((unsigned)(unsigned long)a != (unsigned)(unsigned long)b)"
        " { b[0] = 2; a[0] = 1; } else b[0] = 2; }",
    ),
    "elements between elements": (
        "typedef int u __attribute__((aligned(1)));"
        "void f(u *a, u *b, int n) { for (int i = 0; i < n; i++) a[i] = b[i] + 1; }",
        "typedef int u __attribute__((aligned(1)));"
        "void f(u *a, u *b, int n) { if ((long)a - (long)b < 4 && (long)a - (long)b > 0) return;"
        " for (int i = 0; i < n; i++) a[i] = b[i] + 1; }",
    ),
    "another meaning of the returned byte": (
        "unsigned char f(unsigned char x) { return x; }",
        "signed char f(unsigned char x) { return x; }",
    ),
    "wrap-around of a narrow index": (
        "short a[256]; void f(unsigned char s, unsigned char e) { for (unsigned char i = s; i != e; i++) a[i]++; }",
        "short a[256]; void f(unsigned char s, unsigned char e) { for (int i = s; i < e; i++) a[i]++; }",
    ),
    "an endless loop": (
        f("for (int i = 0; i < n; i++) a[i] = 1.0f;"),
        f("for (unsigned i = 0; i <= (unsigned)n - 1u; i++) if ((int)i < n) a[i] = 1.0f;"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_rewrite_is_proved(name: str) -> None:
    before, after = RIGHT[name]
    assert isinstance(verdict_of(before, after).verdict, Proved)


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rewrite_is_not_proved(name: str) -> None:
    before, after = WRONG[name]
    assert not isinstance(verdict_of(before, after).verdict, Proved)


def test_a_proof_leaves_a_certificate() -> None:
    before, after = RIGHT["reordered statements"]
    verdict = verdict_of(before, after).verdict
    assert isinstance(verdict, Proved)
    assert verdict.certificate["format"] == 2
    assert verdict.certificate["objects"] == ["a", "b"]
    assert verdict.certificate["obligations"]


def test_the_original_that_is_always_undefined_proves_nothing() -> None:
    before = "int a[4]; void f(void) { a[4] = 1; }"
    after = "int a[4]; void f(void) { a[0] = 1; }"
    verdict = verdict_of(before, after).verdict
    assert isinstance(verdict, Unknown)
    assert verdict.code == "vacuous"


def test_a_guarded_store_needs_the_assumption_about_other_threads() -> None:
    before = f("for (int i = 0; i < n; i++) if (b[i] > 0) a[i] = 1;")
    after = f("for (int i = 0; i < n; i++) a[i] = b[i] > 0 ? 1 : a[i];")
    assert not proved(before, after)
    assert proved(before, after, ("sequential",))


def test_a_verdict_does_not_depend_on_the_trip_count() -> None:
    for count in (1000, 2_000_000_000):
        before = f"float *p; void f(float *restrict q) {{ for (int i = 0; i < {count}; i++) q[i] += 1.0f; }}"
        after = (
            f"float *p; void f(float *restrict q) {{ for (int i = {count} - 1; i >= 0; i--) q[i] += 1.0f; }}"
        )
        assert proved(before, after)


def test_a_refutation_is_replayed() -> None:
    before, after = WRONG["lost epilogue"]
    verdict = verdict_of(before, after).verdict
    assert isinstance(verdict, Refuted)
    assert verdict.counterexample.replayed
    assert "n" in verdict.counterexample.inputs


def test_assembly_and_other_volatile_accesses_are_not_supported() -> None:
    again = "volatile int x = 0; x++;"
    for body, other in ((again, again + " x++;"), ('asm volatile("");', 'asm volatile("");')):
        text = f"void g(int); void f(int n) {{ {body} }}"
        verdict = verdict_of(text, text.replace(body, other)).verdict
        assert isinstance(verdict, Unknown)
        assert verdict.code == "unsupported"

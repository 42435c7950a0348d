"""Refutation of wrong rewrites by running both versions, and silence about right ones."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from ir_support import lowered

from verify.problem import Limits, Problem, Side
from verify.refute import refute
from verify.verdict import Refuted

PAIRS = Path(__file__).parent.parent / "pairs"


def verdict(before: str, after: str, assume: tuple[str, ...] = (), *flags: str) -> Refuted | None:
    sides = [Side(lowered(text, "-ffp-contract=off", *flags)) for text in (before, after)]
    return refute(Problem(sides[0], sides[1], "f", assume), Limits())


ADD = "void f(int *a, const int *b, int n) { for (int i = 0; i < n; i++) a[i] = b[i] + 1; }"
NODE = "struct l { int v; struct l *n; };"
TABLE = "int t[16]; int f(int k) { return t[k & 15]; }"


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        (ADD, ADD.replace("i < n", "i <= n"), "reads b[1], outside of what before accesses"),
        (ADD, ADD.replace("i = 0", "i = 1"), "a[0] ends as"),
        (ADD, ADD.replace("b[i] + 1;", "b[i] + 1; n > 0 ? (void)b[n] : (void)0;"), "reads b["),
        (
            ADD,
            "void f(int *a, const int *b, int n) { int i = 0;"
            "for (; i + 1 < n; i += 2) { int x = b[i], y = b[i+1]; a[i] = x + 1; a[i+1] = y + 1; }"
            "for (; i < n; i++) a[i] = b[i] + 1; }",
            "a[1] ends as",
        ),
        (
            ADD,
            "void f(int *a, const int *b, int n) { int m = n - 8; (void)m;"
            " for (int i = 0; i < n; i++) a[i] = b[i] + 1; }",
            "signed overflow (line 1)",
        ),
        (
            "void f(int *a, int n) { for (int i = 0; i < n; i++) if (a[i] < 0) a[i] = 0; }",
            "void f(int *a, int n) { for (int i = 0; i < n; i++) a[i] = a[i] < 0 ? 0 : a[i]; }",
            "after stores to a[0], which before does not",
        ),
        (
            "float f(const float *a, int n) { float s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }",
            "float f(const float *a, int n) { float s = 0; for (int i = n - 1; i >= 0; i--) s += a[i]; return s; }",
            "returns",
        ),
        (
            "float f(float x) { return x < 0 ? 0 : x; }",
            "float f(float x) { return x > 0 ? x : 0; }",
            "returns",
        ),
        (TABLE, TABLE.replace("k & 15", "k % 16"), "subscript -1 is outside the array of 16 (line 1)"),
        (
            "int f(int n) { int s = 0; for (int i = 0; i < n; i++) s += i; return s; }",
            "int f(int n) { int s; for (int i = 0; i < n; i++) s = i ? s + i : 0; return s; }",
            "indeterminate",
        ),
        (
            "int f(const int *a, int n) { int k = 0; while (k < n && a[k]) k++; return k; }",
            "int f(const int *a, int n) { int k = 0; while (k != n && a[k]) k++; return k; }",
            "reads a[0]",
        ),
        (ADD, ADD.replace("int *a, const", "int *restrict a, const"), "breaks the promise restrict of a"),
        (
            "int f(const int *a, int n) { int s = 0; for (int i = 0; i < n; i++) s ^= a[i]; return s; }",
            "int f(const int a[static 4], int n) { int s = 0; for (int i = 0; i < n; i++) s ^= a[i]; return s; }",
            "promises 16 bytes at a",
        ),
        (
            NODE + "int f(struct l *p) { int s = 0; while (p) { s ^= p->v; p = p->n; } return s; }",
            NODE + "int f(struct l *p) { int s = 0; do { s ^= p->v; p = p->n; } while (p); return s; }",
            "null",
        ),
        (
            ADD,
            "void f(int *a, const int *b, int n) { const int *q = b - 1;"
            " for (int i = 0; i < n; i++) a[i] = *++q + 1; }",
            "forms the pointer &b[-1], before the start of b (line 1)",
        ),
        (
            "int f(int n) { return n > 3; }",
            "int f(int n) { while (n > 3) ; return 0; }",
            "does not terminate",
        ),
        (
            "void f(char *p) { p[0] = p[1] = p[2] = p[3] = 0; }",
            "void f(char *p) { *(unsigned *)p = 0; }",
            "misaligned",
        ),
        (
            "int f(int **rows, int n) { int s = 0; for (int i = 0; i < n; i++) s += rows[i][1] & 7; return s; }",
            "int f(int **rows, int n) { int s = 0; for (int i = 0; i < n; i++) s += rows[i][0] & 7; return s; }",
            "reads (*rows[0])[0]",
        ),
    ],
)
def test_wrong_rewrites_fall(before: str, after: str, reason: str) -> None:
    found = verdict(before, after)
    assert found is not None
    assert found.counterexample.replayed
    assert reason in found.reason, found.reason


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (ADD, ADD.replace("i < n", "n > i")),
        (
            "void f(int *restrict a, const int *b, int n) { for (int i = 0; i < n; i++) a[i] = b[i] + 1; }",
            "void f(int *restrict a, const int *b, int n) { for (int i = n; i > 0; i--) a[i - 1] = b[i - 1] + 1; }",
        ),
        (
            "int f(int a, int b) { return a + b; }",
            "int f(int a, int b) { return (int)((unsigned)a + (unsigned)b); }",
        ),
        (
            "float f(float x) { return x < 0 ? -x : x + 0; }",
            "float f(float x) { return x < 0 ? 0 - x : x + 0; }",
        ),
        (
            "struct s { int n; float *p; }; void f(struct s *q) { for (int i = 0; i < q->n; i++) q->p[i] *= 2; }",
            "struct s { int n; float *p; }; void f(struct s *q) { for (int i = 0; i < q->n; i++) q->p[i] += q->p[i]; }",
        ),
        (
            "extern int g[8]; int f(int k) { return k >= 0 && k < 4 ? g[k] : 0; }",
            "extern int g[8]; int f(int k) { int x = g[k & 7]; return k >= 0 && k < 4 ? x : 0; }",
        ),
        (
            "static int t[4] = {1, 2, 3, 4}; int f(int k) { return t[k & 3]; }",
            "static int t[4] = {1, 2, 3, 4}; int f(int k) { return (k & 3) + 1; }",
        ),
        (
            "struct s { char c; int n; }; void f(struct s *q, struct s *p) { q->c = p->c; q->n = p->n; }",
            "struct s { char c; int n; }; void f(struct s *q, struct s *p) { struct s t = *p; *q = t; }",
        ),
        (
            "struct c { float r, i; }; void f(struct c *d, struct c *s, int n)"
            "{ for (int k = 0; k < n; k++) { d[k].r = s[k].r; d[k].i = s[k].i; } }",
            "struct c { float r, i; }; void f(struct c *d, struct c *s, int n)"
            "{ for (int k = 0; k < n; k++) { float i = s[k].i; d[k].r = s[k].r; d[k].i = i; } }",
        ),
        (
            "static const int t[4] = {1, 2, 3, 4}; int f(int k) { return t[k & 3]; }",
            "int f(int k) { return (k & 3) + 1; }",
        ),
    ],
)
def test_right_rewrites_stand(before: str, after: str) -> None:
    assert verdict(before, after) is None


def test_stores_to_globals_under_the_assumption_sequential() -> None:
    before = "int g[4]; void f(int n) { for (int i = 0; i < 4; i++) if (n > i) g[i] = 1; }"
    after = "int g[4]; void f(int n) { for (int i = 0; i < 4; i++) g[i] = n > i ? 1 : g[i]; }"
    assert verdict(before, after, ("sequential",)) is None
    found = verdict(before, after)
    assert found is not None
    assert "stores to g[" in found.reason


def test_the_same_counterexample_every_time() -> None:
    after = ADD.replace("+ 1", "+ (i == 5 ? 2 : 1)")
    assert verdict(ADD, after) == verdict(ADD, after)


def test_counterexample_is_in_c_terms_and_small() -> None:
    found = verdict(ADD, ADD.replace("b[i] + 1", "b[i] + (b[i] == 3 ? 2 : 1)"))
    assert found is not None
    assert set(found.counterexample.inputs) == {"a", "b", "n"}
    assert int(found.counterexample.inputs["n"]) <= 3
    assert "3" in found.counterexample.inputs["b"]
    assert re.fullmatch(r"a\[\d\] ends as 4 before, 5 after", found.reason)


def test_what_is_not_modelled_is_not_refuted() -> None:
    assert (
        verdict("int f(volatile int *p) { return *p; }", "int f(volatile int *p) { return *p + 1; }") is None
    )
    before = "int *g(int); int f(int n) { return *g(n); }"
    assert verdict(before, "int *g(int); int f(int n) { return *g(n + 1); }") is None


CALLS = "void g(int); void f(int *a, int n) { for (int i = 0; i < n; i++) { a[i] = i; g(a[i]); } }"


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        (CALLS.replace("g(a[i])", "g(i + 1)"), "calls g with 1 where before passes 0"),
        (
            CALLS.replace("{ a[i] = i; g(a[i]); }", "{ g(i); a[i] = i; }"),
            "while memory is not as before has it",
        ),
        (CALLS.replace("i < n", "i < n - 1"), "does not call g where before does"),
        (CALLS.replace("for", "if (n > 0) a[n - 1] = n - 1; for"), ""),
        (CALLS.replace("g(a[i]); }", "g(i); }"), None),
    ],
)
def test_calls_of_unknown_functions(after: str, reason: str | None) -> None:
    found = verdict(CALLS, after)
    assert (found is None) == (reason is None)
    assert found is None or (reason or "") in found.reason


KERNELS = (
    "affine_map",
    "carried_delta",
    "find_key",
    "hist_alias",
    "masked_copy",
    "mat_small",
    "sat_add_u8",
    "isum",
)


@pytest.mark.parametrize("kernel", KERNELS)
def test_corpus_kernel(kernel: str) -> None:
    folder = PAIRS / kernel
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    for name, entry in meta["after"].items():
        flags = ("-ffp-contract=off", *(("-mavx2", "-mfma") if "avx2" in entry["style"] else ()))
        sides = [Side(lowered((folder / f).read_text("utf-8"), *flags)) for f in ("before.c", name)]
        found = refute(Problem(sides[0], sides[1], meta["function"], ("sequential",)), Limits())
        assert (found is not None) == (entry["expected"] == "not_equivalent"), f"{name}: {found}"

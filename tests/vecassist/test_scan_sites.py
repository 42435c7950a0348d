from __future__ import annotations

from pathlib import Path

import pytest
from scan_support import only, reasons, scan, unit

from vecassist.errors import UserError
from vecassist.model import Unit
from vecassist.scan.sites import scan_unit


def test_a_span_is_the_exact_bytes_of_the_loop(tmp_path: Path):
    head = b"void f(int *a, int n)\r\n{\r\n\tint i;\r\n"
    text = head + b"\tfor (i = 0; i < n; i++)\t/* } */\r\n\t\ta[i] = '}'; // {\r\n}\r\n"
    site = only(tmp_path, text)
    assert site.text == "for (i = 0; i < n; i++)\t/* } */\r\n\t\ta[i] = '}';"
    assert text[site.span.start : site.span.end].decode("latin-1") == site.text
    assert (site.function, site.line, site.inner_line, site.depth, site.trip) == ("f", 4, 4, 1, None)


def test_bytes_that_are_not_ascii_do_not_move_spans(tmp_path: Path):
    text = '/* \u00e4\u00f6\u20ac */ int a[9];\nvoid f(void) { for (int i = 0; i < 9; i++) a[i] = "\u00e9"[0]; }\n'
    data = text.encode()
    site = only(tmp_path, data)
    assert data[site.span.start : site.span.end].decode("latin-1") == site.text
    assert site.trip == 9


def test_macros_in_expressions_and_multi_line_macros_before_the_loop(tmp_path: Path):
    text = """\
#define N 64
#define AT(x, i) ((x) \\
    [(i)])
#define WIDE int q = 0; \\
    q++
int a[N], b[N];
void f(void) {
    WIDE;
    for (int i = 0; i < N; i += 2) { AT(a, i) = AT(b, i) + N; }
}
"""
    site = only(tmp_path, text)
    assert site.text == "for (int i = 0; i < N; i += 2) { AT(a, i) = AT(b, i) + N; }"
    assert (site.line, site.trip) == (9, 32)


def test_a_loop_from_a_macro_is_skipped(tmp_path: Path):
    text = """\
#define EACH(i, n) for (int i = 0; i < (n); i++)
#define BEGIN {
#define ZERO(a, n) for (int k = 0; k < n; k++) a[k] = 0
void f(int *a, int n) {
    EACH(i, n) a[i] = 1;
    ZERO(a, n);
    for (int j = 0; j < n; j++) BEGIN a[j] = 2; }
    for (int j = 0; j < n; j++) EACH(k, n) a[k] = j;
    for (int j = 0; j < n; j++) { a[j] = 3; }
}
"""
    found = scan(tmp_path, text)
    assert [site.line for site in found.sites] == [9]
    assert [skip.line for skip in found.skipped] == [5, 6, 7, 8]
    assert "macro" in " ".join(reasons(found))


def test_conditional_lines_choose_which_loops_exist(tmp_path: Path):
    text = """\
void f(int *a, int n) {
#if 0
    for (int i = 0; i < n; i++) { a[i] = 0;
#else
    for (int i = n; i > 0; i--) { a[i - 1] = 1;
#endif
    }
#ifdef OTHER
    while (n) a[--n] = 2;
#endif
    for (int i = 0; i < n; i++) a[i]++;
}
"""
    plain = scan(tmp_path, text)
    assert [site.line for site in plain.sites] == [11]
    assert reasons(plain) == ["a preprocessor line (#endif) inside the loop"]
    assert [site.line for site in scan(tmp_path, text, ("-DOTHER",)).sites] == [9, 11]


def test_loops_of_included_files(tmp_path: Path):
    (tmp_path / "inner.inc").write_text("a[i] = 1;\n")
    (tmp_path / "loop.inc").write_text("for (int i = 0; i < n; i++) a[i] = 2;\n")
    (tmp_path / "helper.h").write_text(
        "static inline void g(int *a, int n) { for (int i = 0; i < n; i++) a[i] = 3; }\n"
    )
    text = """\
#include <string.h>
#include "helper.h"
void f(int *a, int n) {
    for (int i = 0; i < n; i++) {
#include "inner.inc"
    }
#include "loop.inc"
    for (int i = 0; i < n; i++) a[i] = 4;
}
"""
    found = scan(tmp_path, text)
    assert [site.line for site in found.sites] == [8]
    assert sorted(skip.function for skip in found.skipped) == ["f", "f", "g"]
    assert "a preprocessor line (#include) inside the loop" in reasons(found)
    assert sum("which is included" in reason for reason in reasons(found)) == 2


def test_a_loop_that_repeats_calls_is_stepped_into(tmp_path: Path):
    text = """\
void use(float *);
float a[100], b[100];
static float half(float x) { return x / 2; }
void f(int times) {
    for (int t = 0; t < times; t++) {
        for (int i = 0; i < 100; i++)
            for (int j = 0; j < 10; j++)
                a[i] += half(b[j]);
        use(a);
    }
    while (times--) use(b);
    do { for (int i = 0; i < 100; i++) do { a[i] = 0; } while (0); } while (0);
    for (int i = 0; i < 100; i++) { a[i] = b[i]; use(a); }
}
"""
    found = scan(tmp_path, text)
    assert [(site.line, site.inner_line, site.depth, site.trip) for site in found.sites] == [
        (6, 7, 2, 10),
        (12, 12, 1, 100),
        (13, 13, 1, 100),
    ]
    assert reasons(found) == ["the loop only calls functions"]


def test_keys_tell_twins_apart_and_survive_layout(tmp_path: Path):
    loop = "for (int i = 0; i < n; i++) a[i] = 0;"
    text = f"void f(int *a, int n) {{ {loop} {loop} }}\nvoid g(int *a, int n) {{ {loop} }}\n"
    first = scan(tmp_path, text).sites
    assert len({site.key for site in first}) == 3
    moved = text.replace("(int i", "(  int /* x */ i").replace("void g", "\n\nint other;\nvoid g")
    assert [site.key for site in scan(tmp_path, moved).sites] == [site.key for site in first]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('for (int i = 0; i < n; i++) asm volatile ("" ::: "memory");', "inline assembly in the loop"),
        ("for (int i = 0; i < n; i++) a[i] = ({ int z = i; z; });", "a statement expression in the loop"),
        ("n = ({ int z = 0; for (int i = 0; i < n; i++) z += a[i]; z; });", None),
        ("for (int i = 0; i < n; i++) { typeof(n) z = i; a[i] = z; }", "typeof in the loop"),
        ('_Pragma("omp simd") for (int i = 0; i < n; i++) a[i] = 0;', "under"),
        ("\n#pragma omp parallel for\nfor (int i = 0; i < n; i++) a[i] = 0;", "#pragma omp parallel for"),
    ],
)
def test_what_the_tree_does_not_show_is_left_alone(tmp_path: Path, body: str, reason: str | None):
    found = scan(tmp_path, f"void f(int *a, int n) {{ {body} }}\n")
    assert found.sites == ()
    assert (reason is None) or reason in " ".join(reasons(found))


def test_gnu_c_around_loops_is_hidden(tmp_path: Path):
    text = """\
#include <stdio.h>
#include <math.h>
#include <stdlib.h>
typedef float v4 __attribute__((vector_size(16)));
extern int g(int) __asm__("renamed");
static __inline__ __attribute__((always_inline)) int h(const int *__restrict p) { return __extension__ p[0]; }
__attribute__((noinline)) void f(int *__restrict a, int n) {
    __typeof__(n) m = n;
    __asm__ volatile ("" : "+r" (m));
    for (int i = 0; i < n; i++) a[i] = h(a + i);
}
"""
    assert only(tmp_path, text).line == 10


def test_a_function_that_does_not_parse_is_skipped_alone(tmp_path: Path):
    text = """\
void odd(int *a, int n) { for (int i = 0; i < n; i++) a[i] = n ?: 3; }
void f(int *a, int n) { for (int i = 0; i < n; i++) a[i] = 0; }
void jump(int *a) { int in(int b) { return b; } while (a[0]) a[0] = in(a[0]); }
void none(int *a) { int in(int b) { return b; } a[0] = in(1); }
"""
    found = scan(tmp_path, text)
    assert [site.function for site in found.sites] == ["f"]
    assert [(skip.function, skip.line) for skip in found.skipped] == [("jump", 3), ("odd", 1)]
    assert "not parsed" in found.skipped[0].reason


def test_functions_in_the_old_style_have_no_sites(tmp_path: Path):
    text = "int f(a, n) int *a; int n; { int s = 0; for (; n > 0; n--) s += a[n]; return s; }\n"
    found = scan(tmp_path, text)
    assert found.sites == ()
    assert reasons(found) == ["the function is defined in the old style"]


def test_line_directives_do_not_confuse_places(tmp_path: Path):
    text = '#line 100 "grammar.y"\nvoid f(int *a, int n) {\n    for (int i = 0; i < n; i++) a[i] = 0;\n}\n'
    assert only(tmp_path, text).line == 3


def test_what_cannot_be_preprocessed_is_the_users_error(tmp_path: Path):
    with pytest.raises(UserError, match=r"missing\.h"):
        scan(tmp_path, '#include "missing.h"\n')
    with pytest.raises(UserError, match=r"nowhere\.c"):
        scan_unit(Unit(Path("nowhere.c"), tmp_path, "gcc", ()))
    (tmp_path / "x.c").write_text("int x;\n")
    with pytest.raises(UserError):
        scan_unit(Unit(Path("x.c"), tmp_path, "no-such-compiler", ()))


def test_every_pair_of_the_corpus_has_its_loops(tmp_path: Path):
    corpus = Path(__file__).parents[1] / "pairs"
    for path in sorted(corpus.glob("*/before.c"))[::5]:
        found = scan_unit(unit(tmp_path, path.read_bytes(), path.parent.name + ".c"))
        loops = any(word in path.read_text() for word in ("for (", "while (", "goto "))
        assert found.sites or not loops or "only calls functions" in found.skipped[0].reason, path
        assert not found.skipped or not found.sites, path


@pytest.mark.parametrize("compiler", ["gcc", "wheel"])
def test_both_preprocessors_give_the_same_sites(tmp_path: Path, compiler: str):
    text = """\
#include <math.h>
#define N 8
float a[N];
void f(void) { for (int i = 0; i < N; i++) a[i] = sqrtf(a[i]); }
"""
    (tmp_path / "m.c").write_text(text)
    sites = scan_unit(Unit(Path("m.c"), tmp_path, compiler, ())).sites
    assert [(site.line, site.trip) for site in sites] == [(4, 8)]

from __future__ import annotations

from pathlib import Path

import pytest
from scan_support import compiles, only, scan

from vecassist.model import Outlined
from vecassist.scan.sites import scan_unit
from vecassist.scan.widen import widen
from vecassist.splice import Refused, outline, why_widened


def taken_out(folder: Path, text: str, replacement: str | None = None) -> Outlined:
    """The outline of the only site, compiled by every compiler."""
    site = only(folder, text)
    outlined = outline(site, site.text if replacement is None else replacement)
    for version in (outlined.before, outlined.after, outlined.both):
        compiles(folder, version)
    if not outlined.widened:
        assert outlined.before.replace(_inserted(outlined), "") == text
    return outlined


def _inserted(outlined: Outlined) -> str:
    start = outlined.before.index(f"void {outlined.function}(")
    end = outlined.before.index("#line", outlined.before.index("\n}", start))
    return outlined.before[start : outlined.before.index("\n", end) + 1]


def interface(outlined: Outlined) -> list[str]:
    assert not outlined.widened
    return [param.declaration.replace("* ", "*").replace("__restrict ", "") for param in outlined.params]


def test_live_ins_by_value_and_live_outs_through_pointers(tmp_path: Path):
    text = """\
typedef float real;
real f(const real *restrict a, unsigned n, real scale, int unused) {
    real sum = 0, last, twice;
    int count = 0;
    last = -1;
    for (unsigned i = 0; i < n; i++) {
        twice = a[i] * 2;
        sum += twice * scale;
        if (a[i] > 0) last = a[i];
        count++;
    }
    return sum + last;
}
"""
    outlined = taken_out(tmp_path, text)
    assert interface(outlined) == [
        "const real *a",
        "unsigned int n" if "unsigned int n" in outlined.before else "unsigned n",
        "real scale",
        "real sum",
        "real last",
        "int count",
        "real *vec_out_sum",
        "real *vec_out_last",
    ]
    body = _inserted(outlined)
    assert "    real twice;\n#line 6\n    for (unsigned" in body
    assert body.endswith("    *vec_out_sum = sum;\n    *vec_out_last = last;\n}\n#line 2\n")


def test_globals_and_constants_need_no_parameters(tmp_path: Path):
    text = "enum { K = 4 };\nint a[9], n;\nvoid f(void) { for (int i = 0; i < n; i++) a[i] = K; }\n"
    assert interface(taken_out(tmp_path, text)) == []


def test_arrays_become_plain_pointers(tmp_path: Path):
    text = """\
int f(int n, float p[static 8], float q[][4], int (*op)(int)) {
    float t[64] = { 0 }, m[8][16];
    m[n][0] = n;
    const short k[3] = { 1, 2, 3 };
    for (int i = 0; i < n; i++) t[i] = m[i][1] * k[i] + p[i] + q[i][2] + op(i);
    return t[3] > 0;
}
"""
    assert interface(taken_out(tmp_path, text)) == [
        "int n",
        "float *p",
        "float (*q)[4]",
        "int (*op)(int)",
        "float *t",
        "float (*m)[16]",
        "const short *k",
    ]


def test_an_array_that_only_the_region_uses_lives_in_it(tmp_path: Path):
    text = """\
void use(float *);
void f(const float *a, float *b, int n) {
    float t[4], left[4], later[4];
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < (int)(sizeof t / 4); k++) t[k] = a[i * 4 + k];
        b[i] = t[0] + t[3];
    }
}
"""
    outlined = taken_out(tmp_path, text)
    assert interface(outlined) == ["const float *a", "float *b", "int n"]
    assert "    float t[4];\n" in _inserted(outlined)
    site = only(
        tmp_path, text.replace("    }\n}\n", "    }\n    use(t);\n}\n").replace("sizeof t", "sizeof left")
    )
    assert why_widened(site, site.text) == "the contents of t are indeterminate where the region starts"


def test_names_of_the_replacement_that_only_the_function_knows(tmp_path: Path):
    text = """\
typedef short T;
void f(int *a, int n) {
    typedef int T;
    for (int i = 0; i < n; i++) a[i] = 0;
}
"""
    site = only(tmp_path, text)
    assert why_widened(site, "{ T t = 0; a[0] = t; }") == "the type T is declared inside the function"
    assert why_widened(site, site.text) == ""


def test_a_bound_in_a_cast_is_a_use(tmp_path: Path):
    text = "int n;\nvoid f(int *a) { int n = *a; for (int i = 0; i < 9; i++) (*(int (*)[n])a)[i] = 0; }\n"
    assert interface(taken_out(tmp_path, text)) == ["int *a", "int n"]


def test_the_loop_around_the_region_keeps_values_alive(tmp_path: Path):
    text = """\
int a[100];
void use(int);
int f(int times) {
    int best = 0, seen = 0;
    for (int t = 0; t < times; t++) {
        for (int i = 0; i < 100; i++) { if (a[i] > best) best = a[i]; seen = i; }
        use(t);
    }
    return 0;
}
"""
    assert interface(taken_out(tmp_path, text)) == ["int best", "int *vec_out_best"]


def test_a_jump_to_the_label_right_behind_the_region_stays_inside(tmp_path: Path):
    text = """\
int f(const int *a, int n, int x) {
    int at = -1;
    for (int i = 0; i < n; i++) { if (a[i] == x) { at = i; goto found; } }
found:
    return at;
}
"""
    outlined = taken_out(tmp_path, text, "{ if (n > 0 && a[0] == x) { at = 0; goto found; } }")
    assert interface(outlined) == ["const int *a", "int n", "int x", "int at", "int *vec_out_at"]
    assert "\nfound: ;\n    *vec_out_at = at;\n" in _inserted(outlined)


def test_names_that_only_the_replacement_uses(tmp_path: Path):
    text = """\
void f(int *a, int n, int spare) {
    int never;
    for (int i = 0; i < n; i++) a[i] = 0;
}
"""
    outlined = taken_out(tmp_path, text, "{ if (spare) never = 1; for (int i = 0; i < n; i++) a[i] = 0; }")
    assert interface(outlined) == ["int *a", "int n", "int spare"]
    assert "    int never;\n" in outlined.before
    assert "spare" not in _inserted(outlined).split("{", 1)[1]


def test_a_variable_that_the_replacement_changes_is_written_back(tmp_path: Path):
    text = "int f(int *a, int n) {\n    for (int i = 0; i < n; i++) a[i] = 0;\n    return n;\n}\n"
    assert interface(taken_out(tmp_path, text, "while (n > 0) a[--n] = 0;")) == [
        "int *a",
        "int n",
        "int *vec_out_n",
    ]


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (
            "int f(int *a, int n) { for (int i = 0; i < n; i++) if (a[i]) return i; return -1; }",
            "return leaves",
        ),
        ("void f(int *a, int n) { static int s; for (int i = 0; i < n; i++) s += a[i]; }", "static"),
        ("void f(int *a, int n) { int m[n]; for (int i = 0; i < n; i++) m[i] = a[i]; }", "variable length"),
        ("void f(int n, int m, int a[n][m]) { for (int i = 0; i < n; i++) a[i][0] = 0; }", "variable length"),
        (
            "void g(int *); void f(int *a, int n) { int s = 0; g(&s); for (int i = 0; i < n; i++) s += a[i]; }",
            "address",
        ),
        (
            "int f(int *a, int n) { int s; for (int i = 0; i < n; i++) if (a[i]) s = i; return s; }",
            "indeterminate",
        ),
        (
            "void f(int n) { int m[4] = {0}; for (int i = 0; i < sizeof m; i += n) m[i / 4] = i; }",
            "as an array",
        ),
        (
            "void f(int n) { struct s { int x; } m[4]; for (int i = 0; i < n; i++) m[i].x = i; }",
            "declared inside",
        ),
        (
            "struct s { int x; }; void f(int n, struct s m) { for (int i = 0; i < n; i++) m.x += i; }",
            "structure",
        ),
        (
            "void f(int *a, int n) { typedef int t; for (int i = 0; i < n; i++) a[i] = (t)i; }",
            "declared inside",
        ),
        (
            "void f(int *a, int n) { enum { K = 3 }; for (int i = 0; i < n; i++) a[i] = K; }",
            "declared inside",
        ),
        ("void f(int *a, int n) { int g(int); for (int i = 0; i < n; i++) a[i] = g(i); }", "declared inside"),
        ("void f(char *a, int n) { for (int i = 0; i < n; i++) a[i] = __func__[i]; }", "__func__"),
        ("void f(int *a, volatile int n) { for (int i = 0; i < n; i++) a[i] = 0; }", "volatile"),
        (
            '__attribute__((optimize("O1"))) void f(int *a, int n) { for (int i = 0; i < n; i++) a[i] = 0; }',
            "attribute",
        ),
        ("void f(int *a, int n) {\n#define W 3\nfor (int i = 0; i < n; i++) a[i] = W; }", "#define"),
        (
            "void f(int *a, int n) { if (n > 3) goto in; for (int i = 0; i < n; i++) { a[i] = 0; in: ; } }",
            "enters",
        ),
        ("void f(int *a, int n) { __typeof__(*a) s = 0; for (int i = 0; i < n; i++) a[i] = s; }", "typeof"),
        (
            'void f(int *a, int n) { int s = 0; __asm__("" : "+r"(s)); for (int i = 0; i < n; i++) a[i] = s; }',
            "asm",
        ),
        ("typedef int *restrict P; void f(P a, int n) { for (int i = 0; i < n; i++) a[i] = 0; }", "restrict"),
        (
            "int setjmp(int *); void f(int *a, int n) { setjmp(a); for (int i = 0; i < n; i++) a[i] = 0; }",
            "setjmp",
        ),
    ],
)
def test_what_must_be_proved_inside_the_whole_function(tmp_path: Path, function: str, why: str):
    site = only(tmp_path, function + "\n")
    assert why in why_widened(site, site.text)
    outlined = outline(site, site.text)
    assert outlined.widened
    assert outlined.function == "f"
    assert outlined.before == outlined.after == function + "\n"
    for version in (outlined.before, outlined.both):
        compiles(tmp_path, version, compilers=("gcc",))
    assert "f_before(" in outlined.both
    assert "f_after(" in outlined.both


def test_a_static_function_is_kept_alive_and_copied_without_its_linkage(tmp_path: Path):
    text = "static inline int f(const int *a, int n) { for (int i = 0; i < n; i++) if (a[i]) return i; return -1; }\n"
    outlined = taken_out(tmp_path, text, "{ for (int i = 0; i < n; i++) { if (a[i]) return i; } }")
    assert outlined.widened
    assert [param.declaration for param in outlined.params] == ["const int *a", "int n"]
    assert "= f;" in outlined.before
    copies = outlined.both[len(text) :]
    assert "static" not in copies
    assert "inline" not in copies
    assert "int f_before(" in copies
    assert "{ if (a[i]) return i; }" in copies.split("int f_after(")[1]


def test_whole_function_on_request(tmp_path: Path):
    text = "void f(int *restrict a, int n) { for (int i = 0; i < n; i++) a[i] = 0; }\n"
    site = only(tmp_path, text)
    outlined = outline(site, "{ a[0] = 0; }", whole=True)
    assert outlined.widened
    assert outlined.before == text
    assert "{ a[0] = 0; }" in outlined.after


def test_places_in_the_file(tmp_path: Path):
    text = """\
int a[9];
#ifdef OTHER
int f(int n)
#else
/* about f */
static int
f(int n)
#endif
{
    for (int i = 0; i < n; i++) a[i] = __LINE__;
    return __LINE__;
}
"""
    outlined = taken_out(tmp_path, text)
    start = outlined.before.index("void vecassist_region_")
    assert outlined.before[:start].endswith("/* about f */\n")
    assert "#line 10\n    for" in outlined.before
    assert "}\n#line 6\nstatic int\nf(int n)\n" in outlined.before


def test_a_head_from_a_macro(tmp_path: Path):
    text = "#define HEAD(f) void f(int *a, int n)\nHEAD(f) { for (int i = 0; i < n; i++) a[i] = 0; }\n"
    assert interface(taken_out(tmp_path, text)) == ["int *a", "int n"]
    site = only(tmp_path, text)
    assert outline(site, site.text, whole=True).both == ""


def test_crlf_files_stay_so(tmp_path: Path):
    text = "int s;\r\nvoid f(int *a, int n)\r\n{\r\n\tfor (int i = 0; i < n; i++)\r\n\t\ts += a[i];\r\n}\r\n"
    outlined = outline(only(tmp_path, text), "{\n    s += a[0];\n}")
    for version in (outlined.before, outlined.after, outlined.both):
        assert version.count("\n") == version.count("\r\n")
        compiles(tmp_path, version)


def test_what_does_not_parse_or_leaves_is_refused(tmp_path: Path):
    site = only(tmp_path, "void f(int *a, int n) { for (int i = 0; i < n; i++) a[i] = 0; }\n")
    for text in ("{ a[0] = ; }", "", "{ return; }"):
        with pytest.raises(Refused):
            outline(site, text)


def test_a_widened_site_takes_its_neighbours_along(tmp_path: Path):
    text = """\
float f(const float *a, float *b, int n) {
    float s, p; int k;
    n -= 1;
    b[0] = 1; /* first */
    s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    k = 2; p = 1;
    for (int i = 0; i < n; i++) p *= a[i] + k;
    k = 5;
    if (n) s = 1;
    return s * p;
}
"""
    first, second = scan(tmp_path, text).sites
    wide = widen(first)
    assert wide is not None
    other = widen(second)
    assert other is not None
    assert (other.span, other.key) == (wide.span, wide.key)
    assert wide.text.startswith("n -= 1;")
    assert wide.text.endswith("p *= a[i] + k;")
    assert wide.key not in (first.key, second.key)
    assert widen(wide) is None
    outlined = outline(wide, wide.text)
    for version in (outlined.after, outlined.both):
        compiles(tmp_path, version)
    assert interface(outlined) == [
        "const float *a",
        "float *b",
        "int n",
        "int *vec_out_n",
        "float *vec_out_s",
        "float *vec_out_p",
    ]


def test_nothing_to_widen_over(tmp_path: Path):
    text = "void f(int *a, int n) { int s = 0; for (int i = 0; i < n; i++) s += a[i]; if (s) a[0] = s; }\n"
    assert widen(only(tmp_path, text)) is None
    text = "void f(int *a, int n) { if (n) for (int i = 0; i < n; i++) a[i] = 0; }\n"
    assert widen(only(tmp_path, text)) is None


def test_every_pair_of_the_corpus_can_be_taken_out(tmp_path: Path):
    corpus = Path(__file__).parents[1] / "pairs"
    for path in sorted(corpus.glob("*/before.c"))[::7]:
        (tmp_path / "unit.c").write_bytes(path.read_bytes())
        for site in scan(tmp_path, path.read_bytes()).sites:
            outlined = outline(site, "{ " + site.text + " }")
            for version in (outlined.before, outlined.after, outlined.both):
                compiles(tmp_path, version)
            assert scan_unit(site.unit).sites

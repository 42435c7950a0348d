"""Each rule: what it makes of a small loop, and that what it makes computes the same for every trip count."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from pycparser import c_ast, c_parser

from vecassist.propose.nest import Nest
from vecassist.propose.printer import render, style_of
from vecassist.propose.rules import RULES, candidates
from vecassist.propose.rules.base import Rule
from vecassist.propose.rules.version import versioned
from vecassist.propose.view import nest_of

ARRAYS = """
float a[300], b[300], c[300], d[300], e[300];
float g[40][40], h[40][40];
int p[300], q[300];
"""
SCALARS = "float s; float t; int i; int j; int k; int m; int n; "


def nest(loop: str, live: frozenset[str] = frozenset({"t", "j", "k", "m"})) -> Nest:
    unit = c_parser.CParser().parse(f"{ARRAYS}\nvoid f(void) {{ {SCALARS}\n{loop}\n}}")
    types = {x.name: x.type for x in unit.ext if isinstance(x, c_ast.Decl)}
    items = unit.ext[-1].body.block_items
    types |= {x.name: x.type for x in items[:-1]}
    return nest_of(loop, items[-1], types, {}, live)


def rule(name: str) -> Rule:
    return next(r for r in RULES if r.id == name)


def made_by(name: str, loop: str) -> list[str]:
    source = nest(loop, frozenset("tjk" if name == "VA018" else "stjk"))
    return [render(made.root, style_of(loop)) for made in rule(name).apply(source)]


CASES = {
    "VA001": (
        """for (int i = 1; i < n; i++) {
    a[i] = b[i - 1] + c[i];
    b[i] = c[i] * d[i];
}""",
        """for (int i = 1; i < n; i++) {
    b[i] = c[i] * d[i];
    a[i] = b[i - 1] + c[i];
}""",
    ),
    "VA002": (
        """for (int i = 1; i < n; i++) {
    a[i] = b[i] * c[i];
    d[i] = d[i - 1] + a[i];
}""",
        """{
    for (int i = 1; i < n; i++) {
        a[i] = b[i] * c[i];
    }
    for (int i = 1; i < n; i++) {
        d[i] = d[i - 1] + a[i];
    }
}""",
    ),
    "VA003": (
        """for (int i = 0; i < n; i++) {
    a[i] = b[i] * c[i];
    d[i] = a[i] + a[i + 1];
}""",
        """for (int i = 0; i < n; i++) {
    float a_next = a[i + 1];
    a[i] = b[i] * c[i];
    d[i] = a[i] + a_next;
}""",
    ),
    "VA004": (
        """for (int i = 0; i < n; i++) {
    s = a[i] + 1;
    b[i] = s;
    s = c[i] + 2;
    d[i] = s;
}""",
        """for (int i = 0; i < n; i++) {
    float s1 = a[i] + 1;
    b[i] = s1;
    s = c[i] + 2;
    d[i] = s;
}""",
    ),
    "VA005": (
        """for (int i = 0; i < n; i++) {
    a[i] = b[i] * s;
    s = c[i];
}""",
        """if (0 < n) {
    a[0] = b[0] * s;
    for (int i = 1; i < n; i++) {
        a[i] = b[i] * c[i - 1];
    }
    s = c[n - 1];
}""",
    ),
    "VA006": (
        """for (int i = 0; i < n; i++) {
    j += 2;
    a[i] = b[j];
}""",
        """{
    for (int i = 0; i < n; i++) {
        a[i] = b[j + 2LL * i + 2];
    }
    if (0 < n) {
        j += 2LL * n;
    }
}""",
    ),
    "VA007": (
        """for (int i = 0; i < m; i++) {
    for (int j = i + 1; j < m; j++) {
        g[j][i] = h[j][i] * 2;
    }
}""",
        """for (int j = 1; j < m; j++) {
    for (int i = 0; i < j; i++) {
        g[j][i] = h[j][i] * 2;
    }
}""",
    ),
    "VA008": (
        """for (int i = 0; i < m; i++) {
    if (a[i] > 0) {
        for (int j = 1; j < m; j++) {
            g[j][i] = g[j - 1][i] * 2;
        }
    }
}""",
        """for (int i = 0; i < m; i++) {
    for (int j = 1; j < m; j++) {
        if (a[i] > 0) {
            g[j][i] = g[j - 1][i] * 2;
        }
    }
}""",
    ),
    "VA009": (
        """for (int i = 0; i < n; i++) {
    if (a[i] > 0) goto other;
    b[i] = c[i];
    goto done;
other:
    d[i] = c[i];
done:
    e[i] = b[i] + d[i];
}""",
        """for (int i = 0; i < n; i++) {
    if (a[i] > 0) {
        d[i] = c[i];
    } else {
        b[i] = c[i];
    }
    e[i] = b[i] + d[i];
}""",
    ),
    "VA010": (
        """for (int i = 0; i < n; i++) {
    if (c[i] > 0) {
        a[i] += b[i] * d[i];
    }
}""",
        """for (int i = 0; i < n; i++) {
    float a_value = a[i] + b[i] * d[i];
    a[i] = c[i] > 0 ? a_value : a[i];
}""",
    ),
    "VA011": (
        """for (int i = 0; i < 100; i++) {
    a[i] = a[50] + b[i];
}""",
        """{
    float a_held = a[50];
    for (int i = 0; i < 51; i++) {
        a[i] = a_held + b[i];
    }
    a_held = a[50];
    for (int i = 51; i < 100; i++) {
        a[i] = a_held + b[i];
    }
}""",
    ),
    "VA012": (
        """for (int i = 0; i < 99; i += 3) {
    a[i] = b[i] * 2;
    a[i + 1] = b[i + 1] * 2;
    a[i + 2] = b[i + 2] * 2;
}""",
        """for (int i = 0; i < 99; i++) {
    a[i] = b[i] * 2;
}""",
    ),
    "VA013": (
        """for (int i = 0; i < n; i++) {
    if (a[i] > s) {
        s = a[i];
        k = i;
    }
}""",
        """{
    int i = 0;
    for (; n - i >= 64; i += 64) {
        int found = 0;
        for (int k2 = i; k2 < i + 64; k2++) {
            found |= a[k2] > s;
        }
        if (found) {
            for (int k2 = i; k2 < i + 64; k2++) {
                if (a[k2] > s) {
                    s = a[k2];
                    k = k2;
                }
            }
        }
    }
    for (; i < n; i++) {
        if (a[i] > s) {
            s = a[i];
            k = i;
        }
    }
}""",
    ),
    "VA014": (
        """for (int i = 0; i < 128; i++) {
    if (a[i] > 0) {
        s = d[i];
    }
    b[i] = s * c[i];
}""",
        """for (int i0 = 0; i0 < 128; i0 += 64) {
    float s_now[64];
    for (int i = i0; i < i0 + 64; i++) {
        if (a[i] > 0) {
            s = d[i];
        }
        s_now[i - i0] = s;
    }
    for (int i = i0; i < i0 + 64; i++) {
        b[i] = s_now[i - i0] * c[i];
    }
}""",
    ),
    "VA015": (
        """for (int i = 0; i < n; i++) {
    a[i] = b[i] * c[i];
    a[i + 1] = d[i] - a[i + 1];
}""",
        """if (0 < n) {
    for (int i = 0; i < n; i++) {
        a[i] = b[i] * c[i];
    }
    a[n] = d[n - 1] - a[n];
}""",
    ),
    "VA016": (
        """for (int i = 0; i < m; i++) {
    for (int j = 1; j < 40; j++) {
        a[j] = 1 - a[j - 1];
    }
    for (int j = 1; j < 40; j++) {
        g[j][i] = a[j] + h[j][i];
    }
}""",
        """if (0 < m) {
    for (int j = 1; j < 40; j++) {
        a[j] = 1 - a[j - 1];
    }
    for (int i = 0; i < m; i++) {
        for (int j = 1; j < 40; j++) {
            g[j][i] = a[j] + h[j][i];
        }
    }
}""",
    ),
    "VA018": (
        """for (int j = 0; j < m; j++) {
    s = 0;
    for (int k = 0; k < m; k++) {
        s += h[1][k] * h[k][j];
    }
    g[1][j] = s;
}""",
        """for (int j = 0; j < m; j++) {
    g[1][j] = 0;
    for (int k = 0; k < m; k++) {
        g[1][j] += h[1][k] * h[k][j];
    }
}""",
    ),
    "VA017": (
        """for (int i = 4; i < n; i++) {
    a[i] = a[i - 4] + b[i];
}""",
        """{
    int i = 4;
    for (; n >= 4 && i <= n - 4; i += 4) {
        for (int k2 = i; k2 < i + 4; k2++) {
            a[k2] = a[k2 - 4] + b[k2];
        }
    }
    for (; i < n; i++) {
        a[i] = a[i - 4] + b[i];
    }
}""",
    ),
    "VA020": (
        """for (int i = 0; i < 32; i++) {
    for (int j = 0; j < i; j++) {
        g[i][j] = g[j][i] + h[i][j];
    }
}""",
        """for (int i0 = 0; i0 < 32; i0 += 16) {
    for (int j0 = 0; j0 < i0; j0 += 16) {
        float tile[16][16];
        for (int j = 0; j < 16; j++) {
            for (int i = 0; i < 16; i++) {
                tile[i][j] = g[j0 + j][i0 + i];
            }
        }
        for (int i = 0; i < 16; i++) {
            for (int j = 0; j < 16; j++) {
                g[i0 + i][j0 + j] = tile[i][j] + h[i0 + i][j0 + j];
            }
        }
    }
    for (int i = i0; i < i0 + 16; i++) {
        for (int j = i0; j < i; j++) {
            g[i][j] = g[j][i] + h[i][j];
        }
    }
}""",
    ),
    "VA022": (
        """for (int j = 1; j < 40; j++) {
    for (int i = 1; i < 40; i++) {
        g[j][i] = (g[j][i - 1] + g[j - 1][i]) * 0.5f;
    }
}""",
        """for (int d2 = 2; d2 < 79; d2++) {
    for (int j = d2 < 41 ? 1 : d2 - 39; j < (d2 < 40 ? d2 : 40); j++) {
        g[j][d2 - j] = (g[j][d2 - j - 1] + g[j - 1][d2 - j]) * 0.5f;
    }
}""",
    ),
    "VA021": (
        """for (int i = 0; i < m; i++) {
    float x = 0;
    for (int j = 0; j < m; j++) {
        x += h[i][j] * a[j];
    }
    b[i] = x;
}""",
        """{
    int i = 0;
    for (; m - i >= 16; i += 16) {
        float last[16];
        for (int r = 0; r < 16; r++) {
            last[r] = 0;
        }
        int j0 = 0;
        for (; m - j0 >= 16; j0 += 16) {
            float tile[16][16];
            for (int r = 0; r < 16; r++) {
                for (int c2 = 0; c2 < 16; c2++) {
                    tile[c2][r] = h[i + r][j0 + c2];
                }
            }
            for (int c2 = 0; c2 < 16; c2++) {
                for (int r = 0; r < 16; r++) {
                    last[r] = last[r] + tile[c2][r] * a[j0 + c2];
                }
            }
        }
        for (; j0 < m; j0++) {
            for (int r = 0; r < 16; r++) {
                last[r] = last[r] + h[i + r][j0] * a[j0];
            }
        }
        for (int r = 0; r < 16; r++) {
            b[i + r] = last[r];
        }
    }
    for (; i < m; i++) {
        float x = 0;
        for (int j = 0; j < m; j++) {
            x += h[i][j] * a[j];
        }
        b[i] = x;
    }
}""",
    ),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_rule_makes_the_documented_rewrite(name: str) -> None:
    before, after = CASES[name]
    assert after in made_by(name, before)


def test_every_rule_has_a_case_and_its_own_id() -> None:
    assert [r.id for r in RULES] == sorted({r.id for r in RULES})
    assert set(CASES) == {r.id for r in RULES}


UNTOUCHED = {
    "VA001": "for (int i = 1; i < n; i++) { a[i] = b[i - 1]; b[i] = a[i - 1]; }",
    "VA002": "for (int i = 1; i < n; i++) { a[i] = b[i - 1]; b[i] = a[i - 1]; }",
    "VA003": "for (int i = 1; i < n; i++) { a[i] = b[i]; c[i] = a[i - 1]; }",
    "VA004": "for (int i = 0; i < n; i++) { b[i] = s; s = a[i]; c[i] = s; s = d[i]; }",
    "VA005": "for (int i = 0; i < n; i++) { a[i] = b[i] * s; s = a[i]; }",
    "VA006": "for (int i = 0; i < n; i++) { if (a[i] > 0) { j++; b[j] = a[i]; } }",
    "VA007": "for (int i = 1; i < m; i++) for (int j = 0; j < m - 1; j++) g[i][j] = g[i - 1][j + 1];",
    "VA008": "for (int i = 0; i < m; i++) if (g[1][i] > 0) for (int j = 0; j < m; j++) g[j][i] = -1;",
    "VA009": "for (int i = 0; i < n; i++) { again: a[i] += 1; if (a[i] < 0) goto again; }",
    "VA010": "for (int i = 0; i < n; i++) if (a[i] > 0) k++;",
    "VA012": "for (int i = 0; i < 100; i += 2) { a[i] = b[i]; a[i + 1] = c[i + 1]; }",
    "VA013": "for (int i = 0; i < n; i++) { a[i] += 1; if (a[i] > s) break; }",
    "VA015": "for (int i = 0; i < n; i++) { a[i] = b[i]; c[i] = a[i + 1]; a[i + 1] = d[i]; e[i] = a[i + 1]; }",
    "VA018": "for (int j = 0; j < m; j++) { s = 0; for (int k = 0; k < m; k++) s += g[1][k]; g[1][j] = s; }",
    "VA016": "for (int i = 0; i < m; i++) { for (int j = 1; j < 40; j++) a[j] += 1; b[i] = a[3]; }",
    "VA020": "for (int i = 0; i < m; i++) for (int j = 0; j < m; j++) g[i][j] = g[j][i] + 1;",
    "VA021": "for (int i = 1; i < m; i++) for (int j = 1; j < m; j++) g[i][j] = g[i][j - 1] + g[i - 1][j];",
    "VA022": "for (int j = 1; j < 40; j++) for (int i = 1; i < 40; i++) g[j][i] = g[j][i - 1] + h[j][i];",
    "VA017": "for (int i = 2; i < n; i++) a[i] = a[i - 2] + b[i];",
}


@pytest.mark.parametrize("name", sorted(UNTOUCHED))
def test_rule_leaves_alone_what_it_would_break(name: str) -> None:
    assert made_by(name, UNTOUCHED[name]) == []


def test_overlapping_pointers_keep_the_original() -> None:
    loop = """for (int i = 1; i < n; i++) {
    x[i] = y[i - 1] + 1;
    y[i] = x[i - 1];
    x[i - 1] = 2;
}"""
    unit = c_parser.CParser().parse(f"void f(float *x, float *y, int n) {{\n{loop}\n}}")
    types = {p.name: p.type for p in unit.ext[0].decl.type.args.params}
    source = nest_of(loop, unit.ext[0].body.block_items[0], types, {})
    made = versioned(source, c_ast.EmptyStatement())
    assert made is not None
    head = render(made, style_of(loop)).splitlines()[0]
    assert head == (
        "if (1 < n && ((__UINTPTR_TYPE__)(x + n) <= (__UINTPTR_TYPE__)y || "
        "(__UINTPTR_TYPE__)(y + n) <= (__UINTPTR_TYPE__)x)) {}"
    )


MORE = (
    "for (int i = 0; i < n; i++) { t = b[i] * c[i]; a[i] = t + s; s = t; }",
    "for (int i = 0; i < n; i++) { a[i] = (b[i] + b[j] + b[k]); k = j; j = i; }",
    "for (int i = 0; i < n; i++) { if (i + 1 < m) a[i] += b[i]; else a[i] -= c[i]; }",
    "for (int i = 0; i < n; i++) { t = a[n - 1 - i] + b[i]; c[i] = t; a[i] = t * 2; }",
    "for (int i = 0; i < n; i++) { s = a[i] + 1; b[i] = s + c[i]; s = c[i] * 2; d[i] = s; }",
    "for (int i = 1; i < n; i++) { a[i] = b[i] + c[i - 1]; c[i] = c[i] * d[i]; e[i] = e[i - 1] * a[i]; }",
    "for (int i = 0; i < n; i++) { if (b[i] < 0) goto x; a[i] = c[i]; goto y; x: c[i + 1] = a[i]; y:; }",
    "for (int i = 0; i < m; i++) { for (int j = 0; j < m; j++) g[j][i] = 0; g[i][i] = 1; }",
    "for (int i = 1; i < m; i++) { a[i] += b[i]; for (int j = 1; j < m; j++) g[j][i] = g[j - 1][i] * a[i]; }",
    "for (int i = 1; i < m; i++) for (int j = 0; j < m; j++) { a[i] = g[j][i] - a[i - 1]; g[j][i] = a[i] + 1; }",
    "for (int i = 0; i < n; i++) { a[i] = b[i] + c[i]; b[i] = c[i] * d[i]; a[i + 1] = b[i] + a[i + 1]; }",
    "for (int i = 0; i < n; i++) { a[i] = s * e[i]; s = b[i] + c[i]; b[i] = a[i] + d[i]; }",
    "for (int i = 0; i < n; i++) { a[i] += b[i]; if (c[i] > 2) break; }",
    "for (int i = 0; i < n; i++) { j++; a[j] = b[i] + d[i] * e[i]; if (c[i] > 0) { j++; a[j] = c[i]; } }",
    "for (int i = 0; i < n; i++) { p[i] += q[i]; if (p[i] > 5) p[i] = 0; else q[i] = p[i]; }",
    "for (int i = 0; i < n; i++) { if (a[i] > b[i]) { a[i] += b[i]; if (d[i] > 0) c[i] += d[i]; } else c[i] = 1; }",
    "for (i = 0; i < n; i++) { a[i] = b[i] * s; s = c[i]; }",
    "for (int i = 0; i <= n; i++) { k++; a[k] = b[i]; }",
    "for (int i = n; i >= 1; i--) { k += 1; a[i] = b[k]; }",
    "for (int i = 0; i < m; i++) for (int j = 0; j <= i; j++) g[j][i] = h[j][i] + a[j];",
    "for (int i = 1; i < n; i++) { a[i] = a[i - 1] + b[i] * c[i]; d[i] = a[i] * e[i] + b[i] * c[i]; }",
    "for (int i = 0; i < n; i++) { s += 2; a[i] = s * b[i]; }",
    "for (int i = 0; i < n; i += 2) { a[i] = b[i] * 2; a[i + 1] = b[i + 1] * 2; }",
    "for (int i = 0; i < m; i++) for (int j = 0; j < i; j++) g[i][j] = g[j][i] + h[i][j];",
    "for (int i = 0; i < n; i++) { float x = b[i]; a[i] = x - s; s = x; }",
    "for (int i = 0; i < m; i++) for (int j = 0; j < m; j++) g[i][j] = h[j][i] * a[i] + h[i][j];",
    "for (int i = 0; i < 32; i++) for (int j = 0; j < i; j++) g[i][j] = g[j][i] - a[j];",
    "for (int i = 0; i < m; i++) for (int j = 1; j < m; j++) g[i][j] = g[i][j - 1] * s + h[i][j] * a[j];",
    "for (int i = 1; i < m; i++) for (int j = 1; j <= i; j++) g[i][j] = g[i][j - 1] * 0.5f + h[j][i];",
    "for (int i = 0; i < m; i++) { float x = a[i]; for (int j = 0; j <= 20; j++) x = x * 0.5f + h[i][j] * g[j][i]; "
    "b[i] = x + 1; c[i] -= x; }",
    "for (int i = 0; i < m; i++) for (int j = 0; j < m; j++) { float x = 1; "
    "for (int k = 0; k < m; k++) x += h[i][k] * h[k][j]; g[i][j] = x; }",
)

DRIVER = """
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
typedef void body(int n, int m);
static float s_, t_;
static int j_, k_, m_;
static unsigned state;
static unsigned draw(void) { return (state = state * 1664525u + 1013904223u) >> 12; }
static void fill(float *x, int size) { for (int i = 0; i < size; i++) x[i] = ((int)(draw() % 2001) - 1000) / 128.0f; }
static void start(unsigned seed) {
    state = seed;
    fill(a, 300); fill(b, 300); fill(c, 300); fill(d, 300); fill(e, 300); fill(&g[0][0], 1600); fill(&h[0][0], 1600);
    for (int i = 0; i < 300; i++) { p[i] = (int)(draw() % 21) - 10; q[i] = (int)(draw() % 21) - 10; }
    s_ = 1.5f; t_ = -2.25f; j_ = 1; k_ = 2; m_ = 0;
}
static void take(unsigned char *to) {
    void *from[] = {a, b, c, d, e, g, h, p, q, &s_, &t_, &j_, &k_};
    size_t size[] = {sizeof a, sizeof b, sizeof c, sizeof d, sizeof e, sizeof g, sizeof h, sizeof p, sizeof q,
                     sizeof s_, sizeof t_, sizeof j_, sizeof k_};
    for (int i = 0; i < 13; i++) { memcpy(to, from[i], size[i]); to += size[i]; }
}
int main(void) {
    static unsigned char one[40000], two[40000];
    int sizes[] = {-3, 0, 1, 2, 3, 4, 5, 7, 8, 17, 36, 63, 64, 65, 100, 128, 131};
    for (int f = 1; f < COUNT; f++)
        for (unsigned z = 0; z < sizeof sizes / sizeof *sizes; z++)
            for (int m = -1; m < 38; m += 3) {
                start(z + 7); all[0](sizes[z], m); take(one);
                start(z + 7); all[f](sizes[z], m); take(two);
                if (memcmp(one, two, sizeof one)) { printf("%d n=%d m=%d\\n", f, sizes[z], m); return 1; }
            }
    return 0;
}
"""


def _function(number: int, loop: str) -> str:
    head = f"static void f{number}(int n, int m) {{ float s = s_, t = t_; int i, j = j_, k = k_; (void)i;\n"
    return f"{head}{loop}\ns_ = s; t_ = t; j_ = j; k_ = k; (void)m; (void)n; }}\n"


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
@pytest.mark.parametrize("loop", [*(before for before, _ in CASES.values()), *MORE])
def test_candidates_compute_the_same(loop: str, tmp_path: Path) -> None:
    found = [text for text, _ in candidates(nest(loop, frozenset({"s", "t", "j", "k"})), loop, "")]
    texts = [loop, *found]
    source = ARRAYS + DRIVER.replace(
        "int main",
        "".join(_function(*x) for x in enumerate(texts)) + f"enum {{ COUNT = {len(texts)} }};\n"
        "static body *all[] = {" + ", ".join(f"f{x}" for x in range(len(texts))) + "};\nint main",
    )
    path = tmp_path / "all.c"
    path.write_text(source)
    flags = ["-O1", "-ffp-contract=off", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    built = subprocess.run(
        ["gcc", "-std=gnu11", "-w", *flags, str(path), "-o", str(tmp_path / "all")],
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    ran = subprocess.run([str(tmp_path / "all")], capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, (
        ran.stdout + ran.stderr[:600] + "\n" + "\n".join(f"{n}: {x}" for n, x in enumerate(texts))
    )

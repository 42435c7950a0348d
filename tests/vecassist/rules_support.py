"""What the tests of rules share: loops over known arrays and pointers, and a program that runs every candidate."""

from __future__ import annotations

import subprocess
from pathlib import Path

from pycparser import c_ast, c_parser

from vecassist.propose.nest import Nest
from vecassist.propose.printer import render, style_of
from vecassist.propose.rules import RULES, candidates
from vecassist.propose.rules.base import Rule
from vecassist.propose.view import nest_of

ARRAYS = """
float a[300], b[300], c[300], d[300], e[300];
float g[40][40], h[40][40];
int p[300], q[300];
float *u, *v, *w;
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


DRIVER = """
#include <stdio.h>
#include <string.h>
#include <stdlib.h>
typedef void body(int n, int m);
static float s_, t_, pool[3][300];
static int j_, k_, m_;
static unsigned state;
static unsigned draw(void) { return (state = state * 1664525u + 1013904223u) >> 12; }
static void fill(float *x, int size) { for (int i = 0; i < size; i++) x[i] = ((int)(draw() % 2001) - 1000) / 128.0f; }
static void start(unsigned seed) {
    state = seed;
    fill(a, 300); fill(b, 300); fill(c, 300); fill(d, 300); fill(e, 300); fill(&g[0][0], 1600); fill(&h[0][0], 1600);
    u = pool[0]; v = pool[1]; w = pool[2]; fill(&pool[0][0], 900);
    for (int i = 0; i < 300; i++) { p[i] = (int)(draw() % 21) - 10; q[i] = (int)(draw() % 21) - 10; }
    s_ = 1.5f; t_ = -2.25f; j_ = 1; k_ = 2; m_ = 0;
}
static void take(unsigned char *to) {
    void *from[] = {a, b, c, d, e, g, h, p, q, &s_, &t_, &j_, &k_, pool};
    size_t size[] = {sizeof a, sizeof b, sizeof c, sizeof d, sizeof e, sizeof g, sizeof h, sizeof p, sizeof q,
                     sizeof s_, sizeof t_, sizeof j_, sizeof k_, sizeof pool};
    for (int i = 0; i < 14; i++) { memcpy(to, from[i], size[i]); to += size[i]; }
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


def all_compute_the_same(loop: str, tmp_path: Path) -> None:
    """Every candidate leaves what the loop leaves, for many trip counts, without undefined behaviour."""
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

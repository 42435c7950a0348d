"""GNU C that pycparser does not take, hidden without moving a column."""

from __future__ import annotations

from pathlib import Path

import pytest
from pycparser import c_parser
from scan_support import scan

from vecassist.propose.nodes import substitute, text
from vecassist.scan.gnu import hide
from vecassist.scan.grammar import parse_chunks
from vecassist.scan.lexer import Lines
from vecassist.scan.prune import Chunk

FIRST = "int kept(int *a, int n) { int s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }\n"
LAST = "void last(int *a, int n) { for (int i = 0; i < n; i++) a[i] += 2; }\n"


@pytest.mark.parametrize(
    "odd",
    [
        "int f(int c) { static void *t[] = {&&l0, &&l1}; goto *t[c]; l0: return 1; l1: return c && kept(0, 0); }",
        "int f(int c) { switch (c) { case 1 ... 5: return 1; case 'a' ... 'z': return 2; default: return 0; } }",
        "int t[9] = {[0 ... 3] = 1, [4] = 2}; int f(void) { return t[0]; }",
        "int f(int c) { return c ?: 3; }",
        "int f(int c) { return c ? : 3; }",
        "unsigned long f(int *c) { return __alignof__(*c) + _Alignof(int); }",
        "int f(a, n) int *a; long n; { return a[n]; }",
        "int (*f(g, n))(void) int (*g)(void); int n; { return n ? g : 0; }",
        "typedef int v4 __attribute__((vector_size(16))); v4 f(v4 a) { return a + (v4){1, 2, 3, 4}; }",
        'int f(int c) { asm goto("" : : : : out); return ({ int k = c; k; }); out: return 0; }',
    ],
)
def test_what_is_gnu_c_costs_no_function(tmp_path: Path, odd: str):
    found = scan(tmp_path, FIRST + odd + "\n" + LAST)
    assert [site.function for site in found.sites] == ["kept", "last"]
    assert [skip.reason for skip in found.skipped if "not parsed" in skip.reason] == []


def test_many_broken_functions_cost_only_themselves(tmp_path: Path):
    # A nested function of gcc: the grammar of C has no place for it.
    broken = "".join(
        f"int b{i}(int c) {{ int in(int d) {{ return d; }} while (c) c = in(c); return c; }}\n"
        for i in range(60)
    )
    found = scan(tmp_path, FIRST + broken + LAST)
    assert [site.function for site in found.sites] == ["kept", "last"]
    assert [skip.function for skip in found.skipped] == [f"b{i}" for i in range(60)]


def test_a_typedef_that_is_not_understood_still_names_a_type(tmp_path: Path):
    odd = "typedef struct { int a; @; } odd, *row[4];\n"
    hidden, tokens, _ = hide(odd)
    chunks = (Chunk(0, len(tokens), None),)
    rest = "odd f(row r) { return 0; }"
    more = tuple(
        token._replace(start=token.start + len(odd), end=token.end + len(odd)) for token in hide(rest)[1]
    )
    body = next(at for at, token in enumerate(more) if token.text == "{") + len(tokens)
    chunks += (Chunk(len(tokens), len(tokens) + len(more), body),)
    tree, failures = parse_chunks(hidden + rest, tokens + more, chunks, Lines(odd + rest), "legacy")
    assert [failure.chunk for failure in failures] == [chunks[0]]
    assert [type(node).__name__ for node in tree.ext] == ["Typedef", "Typedef", "FuncDef"]


def test_offsets_stay():
    for text_ in ("int a = x ?: y; goto *p;\n", "case 1 ... 2: t = &&l;\n"):
        assert len(hide(text_)[0]) == len(text_)


def test_members_keep_their_names():
    parser = c_parser.CParser()
    tree = parser.parse("int f(void) { return p->n + n + q.n; }")
    value = tree.ext[0].body.block_items[0].expr
    one = parser.parse("int g = m;").ext[0].init
    assert text(substitute(value, {"n": one})) == "p->n + m + q.n"

"""Rewrites keep what the text that they replace says beside its meaning: comments and macros."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from scan_support import only

from vecassist.propose.comments import bare
from vecassist.propose.rules import propose
from vecassist.splice.check import check_replacement

HEAD = """#define N 1024
#define AT(x, i) x[i]
#define SCALE (s * 2.0f)
#define REAL float
#define TOP(p, q) ((p) > (q) ? (p) : (q))
float a[N], b[N], c[N], d[N], s, m[N][N];
"""


def first(folder: Path, loop: str, newline: str = "\n") -> str:
    text = f"{HEAD}void f(void)\n{{\n{loop}\n}}\n".replace("\n", newline)
    site = only(folder, text.encode())
    made = next(propose(site))
    assert check_replacement(site, made.text) is None
    return made.text


PARTED = """for (int i = 1; i < N - 1; i++) { /* on for */
    // first
    a[i] = b[i] * SCALE; // product
    /* of its
     * own */
    d[i] = d[i-1] + a[i]; /* sum */
    // end
}"""
PARTED_MADE = """{
    for (int i = 1; i < N - 1; i++) { /* on for */
        // first
        a[i] = b[i] * SCALE; // product
    }
    for (int i = 1; i < N - 1; i++) {
        /* of its
         * own */
        d[i] = d[i-1] + a[i]; /* sum */
        // end
    }
}"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_comments_and_macros_go_with_their_statements(tmp_path: Path, newline: str) -> None:
    assert first(tmp_path, PARTED, newline) == PARTED_MADE


def test_a_changed_loop_keeps_its_comments(tmp_path: Path) -> None:
    made = first(
        tmp_path,
        """for (int i = 0; i < N - 1; i++) // header
{
    a[i] = b[i] * SCALE; // product
    /* the next one */
    b[i] = a[i] + AT(a, i + 1) * d[i] * SCALE; // "//" and /*
}""",
    )
    assert (
        made
        == """for (int i = 0; i < N - 1; i++) // header
{
    float a_next = AT(a, i + 1);
    a[i] = b[i] * SCALE; // product
    /* the next one */
    b[i] = a[i] + a_next * d[i] * SCALE; // "//" and /*
}"""
    )


def test_exchanged_loops_keep_their_comments(tmp_path: Path) -> None:
    made = first(
        tmp_path,
        """for (int i = 0; i < N; i++) { // columns
    // rows
    for (int j = 1; j < N; j++) { // row
        m[j][i] = m[j - 1][i] + SCALE; // step
    } // of rows
}""",
    )
    assert (
        made
        == """// rows
for (int j = 1; j < N; j++) { // row
    for (int i = 0; i < N; i++) { // columns
        m[j][i] = m[j - 1][i] + SCALE; // step
    }
} /* of rows */"""
    )


def test_only_a_changed_statement_loses_function_like_macros(tmp_path: Path) -> None:
    made = first(
        tmp_path,
        """for (int i = 1; i < N - 1; i++) {
    AT(a, i) = AT(b, i + 1) * c[i] + TOP(b[i],c[i]);
    REAL x = d[i - 1];
    d[i] = x + AT(a,i);
}""",
    )
    assert (
        made
        == """{
    for (int i = 1; i < N - 1; i++) {
        AT(a, i) = AT(b, i + 1) * c[i] + TOP(b[i],c[i]);
    }
    for (int i = 1; i < N - 1; i++) {
        REAL x = d[i - 1];
        d[i] = x + AT(a,i);
    }
}"""
    )


def test_no_comment_is_lost_in_any_rewrite(tmp_path: Path) -> None:
    loop = """for (int i = 0; i < N - 1; i++) { // C1
    // C2
    if (c[i] > 0) { // C3
        a[i] = b[i] * SCALE; // C4
        // C5
    } else { // C6
        a[i] = /* C7 */ b[i]; // C8
    } // C9
    /* C10 */ d[i] = a[i] + a[i + 1]; // C11
    // C12
}"""
    site = only(tmp_path, f"{HEAD}void f(void)\n{{\n{loop}\n}}\n")
    made = list(propose(site))
    assert made
    for candidate in made:
        found = re.findall(r"\bC\d+", candidate.text)
        assert sorted(found) == sorted(f"C{n}" for n in range(1, 13)), candidate.text
        assert not re.search(r"\bC\d+", bare(candidate.text))
        assert check_replacement(site, candidate.text) is None


def test_comments_of_an_inner_loop_stay_inside(tmp_path: Path) -> None:
    loop = """for (int r = 0; r < 10; r++) { // C1
    /* C2 */
    for (int i = 0; i < N - 1; i++) { // C3
        a[i] = b[i] * s; // C4
        d[i] = a[i] + a[i + 1];
    }
    c[r] = 0;
}"""
    site = only(tmp_path, f"{HEAD}void f(void)\n{{\n{loop}\n}}\n")
    made = list(propose(site))
    assert made
    for candidate in made:
        head = candidate.text.index("for (int r")
        assert all(head < candidate.text.index(f"C{n}") for n in range(1, 5)), candidate.text


def test_unreadable_spelling_puts_the_comments_on_top(tmp_path: Path) -> None:
    made = first(
        tmp_path,
        """#define BOTH(i) a[i] = b[i] * 2; d[i] = d[i - 1] + a[i]
for (int i = 1; i < N - 1; i++) { // C1
    BOTH(i); // C2
}""",
    )
    assert made.startswith("// C1\n// C2\n")


MEMBERS = """typedef struct { int n; float gain, *in; float level[512], out[512]; } voice;
struct bank { voice first; };
static void f(struct bank *b, voice v)
{
"""


def test_members_are_names_of_their_own(tmp_path: Path) -> None:
    loop = """    for (int i = 1; i < b->first.n; i++) {
        b->first.level[i] = b->first.out[i - 1] * v.gain;
        b->first.out[i] = v.in[i] + b->first.gain;
    }"""
    made = next(propose(only(tmp_path, f"{MEMBERS}{loop}\n}}\n".encode()))).text
    assert made.index("b->first.out[i] = v.in[i] + b->first.gain") < made.index("b->first.level[i] =")


def test_a_structure_that_changes_is_not_seen_through(tmp_path: Path) -> None:
    loop = """    for (int i = 1; i < 100; i++) {
        b->first.level[i] = b->first.out[i - 1];
        b->first.out[i] = v.gain;
        b++;
    }"""
    assert list(propose(only(tmp_path, f"{MEMBERS}{loop}\n}}\n".encode()))) == []


def test_a_name_made_from_a_member_is_an_identifier(tmp_path: Path) -> None:
    loop = """    for (int i = 0; i < 511; i++) {
        b->first.level[i] = v.gain * i;
        b->first.out[i] = b->first.level[i + 1];
    }"""
    texts = [one.text for one in propose(only(tmp_path, f"{MEMBERS}{loop}\n}}\n".encode()))]
    assert any("float level_next = b->first.level[i + 1];" in text for text in texts)

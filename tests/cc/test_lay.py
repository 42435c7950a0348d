"""A rewrite in the lines of its region."""

from __future__ import annotations

import pytest

from vecassist.cc.lay import laid_out
from vecassist.scan.lexer import tokenize

REGION = "for (int i = 0; i < n; i++) {\n    out[i] = f(in[i]);\n    prev = i;\n}"


@pytest.mark.parametrize(
    "rewrite",
    [
        "memcpy(out, in, n);",
        "for (;;) ;",
        "if (0 < n) { // a comment\n    out[0] = 1; /* and\n another */\n    for (;;) {\n        x();\n    }\n}",
        "{\n" + "    x++;\n" * 20 + "}",
        "for (int i = 0; i < n; i++) {\n    out[i] = f(in[i]);\n}",
    ],
)
def test_lines_and_tokens_stay(rewrite: str) -> None:
    laid = laid_out(REGION, rewrite)
    assert laid is not None
    assert laid.count("\n") == REGION.count("\n")
    assert [token.text for token in tokenize(laid)] == [token.text for token in tokenize(rewrite)]


def test_statements_stand_where_they_stood() -> None:
    rewrite = "for (int i = 0; i < n; i++) {\n    int t = 0;\n    out[i] = f(in[i]);\n    prev = i;\n}"
    laid = laid_out(REGION, rewrite)
    assert laid is not None
    assert laid.split("\n")[2].strip() == "prev = i;"
    assert "out[i] = f(in[i]);" in laid.split("\n")[1]


def test_one_line() -> None:
    assert laid_out("for (;;) x();", "if (a) {\n    y(); // no\n}\nz();") == "if (a) { y(); } z();"


@pytest.mark.parametrize("rewrite", ["#pragma GCC unroll 4\nfor (;;) x();", ""])
def test_what_needs_lines_of_its_own(rewrite: str) -> None:
    assert laid_out(REGION, rewrite) is None

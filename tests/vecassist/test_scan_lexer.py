from __future__ import annotations

import pytest

from vecassist.scan.lexer import Lines, directive_name, matching, tokenize
from vecassist.scan.statements import Unbalanced, children, statement_end


def spellings(text: str) -> list[str]:
    return [token.text for token in tokenize(text)]


def test_comments_strings_and_splices_are_no_tokens_of_their_own():
    text = 'a /* } "x */ + "/* no */ \\" }" // { for\n- \'}\' * b\\\n- c'
    assert spellings(text) == ["a", "+", '"/* no */ \\" }"', "-", "'}'", "*", "b", "-", "c"]


def test_offsets_are_exact_with_tabs_and_crlf():
    text = "\tif (x)\r\n\t\tfor (;;)\r\n\t\t\t;\r\n"
    for token in tokenize(text):
        assert text[token.start : token.end] == token.text


def test_a_directive_is_one_token_with_its_continuations_and_comments():
    text = "#define A(x) \\\n  for (;;) { /* open\n } */ x\nint y;\r\n# pragma once\r\nz"
    tokens = tokenize(text)
    assert [token.kind for token in tokens] == ["dir", "id", "id", "op", "dir", "id"]
    assert directive_name(tokens[0]) == "define"
    assert directive_name(tokens[4]) == "pragma"
    assert tokens[4].text == "# pragma once"


def test_a_hash_inside_a_line_is_no_directive():
    assert all(token.kind != "dir" for token in tokenize("a # b"))


def test_digraphs_are_brackets():
    assert spellings("<% a<:1:> %>") == ["{", "a", "[", "1", "]", "}"]


def test_matching_brackets():
    tokens = tokenize("{ ( [ ] ) { } } }")
    assert matching(tokens, 0) == 7
    assert matching(tokenize("{ ( ] }"), 0) is None
    assert matching(tokenize("{ ("), 0) is None


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("for (int i = 0; i < n; i++) a[i] = 0; b;", "for (int i = 0; i < n; i++) a[i] = 0;"),
        ("if (a) for (;;) x; else while (b) y; z;", "if (a) for (;;) x; else while (b) y;"),
        ("do { x; } while (y); z;", "do { x; } while (y);"),
        ("do x; while (y); z;", "do x; while (y);"),
        ("switch (a) { case 1: b; } c;", "switch (a) { case 1: b; }"),
        ("L: M: for (;;) { } c;", "L: M: for (;;) { }"),
        ("int a[] = { 1, 2 }, b; c;", "int a[] = { 1, 2 }, b;"),
        ("case a ? b : c: x; y;", "case a ? b : c: x;"),
        ("x = (T){ .a = 1 }; y;", "x = (T){ .a = 1 };"),
    ],
)
def test_where_a_statement_ends(text: str, count: str):
    tokens = tokenize(text)
    assert tokens[statement_end(tokens, 0) - 1].end == len(count)


@pytest.mark.parametrize("text", ["MACRO(x) for (;;) ;", "for (;;", "do x; y;", "}", "a"])
def test_what_is_no_statement(text: str):
    with pytest.raises(Unbalanced):
        statement_end(tokenize(text), 0)


def test_the_statements_of_a_block():
    text = "{ int a; L: ; if (x) y; else { z; } for (;;) { } }"
    tokens = tokenize(text)
    found = [text[tokens[low].start : tokens[high - 1].end] for low, high in children(tokens, 0)]
    assert found == ["int a;", "L: ;", "if (x) y; else { z; }", "for (;;) { }"]


def test_lines():
    lines = Lines("a\nb\r\n\nc")
    assert [lines.line(offset) for offset in (0, 1, 2, 4, 5, 6)] == [1, 1, 2, 2, 3, 4]
    assert lines.start(4) == 6

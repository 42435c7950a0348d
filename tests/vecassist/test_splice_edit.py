from __future__ import annotations

from pathlib import Path

import pytest
from scan_support import only

from vecassist.errors import UserError
from vecassist.splice import splice

LOOP = "for (int i = 0; i < n; i++)"


def edited(folder: Path, text: str, replacement: str) -> str:
    data = text.encode("latin-1")
    return splice(data, only(folder, data), replacement).decode("latin-1")


def test_only_the_region_changes(tmp_path: Path):
    text = f"/* \u00e9 */ void f(int *a, int n) {{\n    {LOOP} a[i] = 0; /* kept */\n}}\n"
    assert edited(tmp_path, text, "{ }") == text.replace(f"{LOOP} a[i] = 0;", "{ }")
    assert edited(tmp_path, text, f"{LOOP} a[i] = 0;") == text


def test_the_text_takes_the_indentation_of_the_site(tmp_path: Path):
    text = (
        f"void f(int *a, int n) {{\n    if (n)\n    {{\n        {LOOP}\n            a[i] = 0;\n    }}\n}}\n"
    )
    new = "if (n > 3) {\n  a[0] = 1;\n\n  a[1] = 2;\n}"
    wanted = "        if (n > 3) {\n            a[0] = 1;\n\n            a[1] = 2;\n        }\n    }\n}\n"
    assert edited(tmp_path, text, new).endswith("    {\n" + wanted)


def test_braces_that_mean_nothing_go(tmp_path: Path):
    text = f"void f(int *a, int n) {{\n    {LOOP} {{\n        a[i] = 0;\n    }}\n}}\n"
    new = f"{{\n    {LOOP}\n        a[i] = 1;\n    // then\n    {LOOP} a[i]++;\n    n = 2;\n}}"
    flat = f"    {LOOP}\n        a[i] = 1;\n    // then\n    {LOOP} a[i]++;\n    n = 2;\n}}\n"
    out = edited(tmp_path, text, new)
    assert out.endswith("n) {\n" + flat)
    start = out.index(LOOP)
    assert edited(tmp_path, text, out[start : out.rindex("\n}")]) == out
    for kept in ("{ int k = 0; a[k] = 0; }", "{ T(a); }", "{ }", "{ x * y; }", "{ a[0] = 0; } // why"):
        assert kept in edited(tmp_path, text, kept)
    inner = f"void f(int *a, int n) {{ if (n) {LOOP} a[i] = 0; else n++; }}\n"
    assert "{ a[0] = 0; a[1] = 1; }" in edited(tmp_path, inner, "{ a[0] = 0; a[1] = 1; }")


def test_tabs_and_crlf_are_kept(tmp_path: Path):
    text = f"void f(int *a, int n)\r\n{{\r\n\t{LOOP}\r\n\t\ta[i] = 0;\r\n}}\r\n"
    new = "{\n    int k;\n    for (k = 0; k < n; k++) {\n        a[k] = 0;\n    }\n}\n"
    wanted = "\t{\r\n\t\tint k;\r\n\t\tfor (k = 0; k < n; k++) {\r\n\t\t\ta[k] = 0;\r\n\t\t}\r\n\t}\r\n}\r\n"
    out = edited(tmp_path, text, new)
    assert out.endswith(wanted)
    assert out.count("\n") == out.count("\r\n")


def test_a_text_cut_out_of_a_file_has_lost_its_first_indentation(tmp_path: Path):
    text = f"void f(int *a, int n) {{\n        {LOOP} {{\n            a[i] = 0;\n        }}\n}}\n"
    new = f"{LOOP} {{\n            a[i] = 1;\n        }}"
    assert edited(tmp_path, text, new) == text.replace("= 0;", "= 1;").replace("int i = 1", "int i = 0")


def test_lines_aligned_by_hand_stay_aligned(tmp_path: Path):
    text = f"void f(int *a, int n) {{\n  {LOOP}\n    a[i] = 0;\n}}\n"
    new = "{\n    int k = 1 +\n           2;\n}"
    assert "  {\n      int k = 1 +\n             2;\n  }\n" in edited(tmp_path, text, new)


def test_a_file_that_changed_is_refused(tmp_path: Path):
    text = f"void f(int *a, int n) {{ {LOOP} a[i] = 0; }}\n".encode()
    site = only(tmp_path, text)
    with pytest.raises(UserError, match="has changed"):
        splice(b" " + text, site, "{ }")


def test_text_beyond_latin_1_goes_in_as_utf_8(tmp_path: Path):
    text = f"void f(int *a, int n) {{ {LOOP} a[i] = 0; }}\n"
    data = text.encode()
    assert (
        splice(data, only(tmp_path, data), "{ /* \u2192 */ }")
        == "void f(int *a, int n) { { /* \u2192 */ } }\n".encode()
    )

from __future__ import annotations

import re
from pathlib import Path

import pytest

from compiler.errors import CompileFailed
from compiler.reasons import CLANG_NAMES, REASONS, in_words, of_clang, of_gcc
from compiler.remarks import Remark, of_loop, remarks, why_silent
from compiler.toolchain import Toolchain

HERE = Path(__file__).parent
CASES = HERE / "remarks.c"


def test_each_loop_has_its_reason(toolchain: Toolchain) -> None:
    found = remarks(toolchain, Path(CASES.name), HERE, ["-O3", "-Wall"])
    lines = CASES.read_text().splitlines()
    for number, line in enumerate(lines, 1):
        marked = re.search(r"/\* (.*) \*/", line)
        if not marked:
            continue
        codes, _, words = marked[1].partition(": ")
        end = next(at for at in range(number, len(lines)) if lines[at].startswith("}")) + 1
        one = of_loop(found, number, end)
        assert one is not None, line
        assert one.vectorized == (codes == "-"), (line, one)
        assert (one.code or "-") in codes.split(), (line, one)
        assert not words or one.reason == words, (line, one)
        assert one.vectorized == (not one.reason)


def test_replaced_text_and_other_flags(toolchain: Toolchain, tmp_path: Path) -> None:
    loop = "void g(int *a, int n) {\n    for (int i = 0; i < n; i++)\n        a[i] += 1;\n}\n"
    text = f'#include "loop.h"\n\n{loop}'
    header = "static inline void h(int *a, int n) { for (int i = 1; i < n; i++) a[i] = a[i - 1] * 3; }\n"
    (tmp_path / "loop.h").write_text(header)
    found = remarks(toolchain, Path("unit.c"), tmp_path, ["-O3", "-MD"], text)
    assert [(one.line, one.vectorized) for one in found] == [(4, True)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loop.h"]
    assert remarks(toolchain, Path("unit.c"), tmp_path, ["-O0"], text) == ()


def test_a_text_that_does_not_compile(toolchain: Toolchain, tmp_path: Path) -> None:
    with pytest.raises(CompileFailed, match=r"unit\.c:1.*error"):
        remarks(toolchain, Path("unit.c"), tmp_path, ["-O3"], "int f(void) { return x; }\n")


def remark(line: int, code: str) -> Remark:
    return Remark(line, 1, "f", not code, in_words(REASONS[code]) if code else "", code)


def test_of_loop_prefers_the_inner_loop_and_the_best_outcome() -> None:
    found = [remark(3, "outer-loop"), remark(4, "call"), remark(9, "")]
    assert of_loop(found, 3, 6, 4) == found[1]
    assert of_loop(found, 3, 9) == found[2]
    assert of_loop(found, 20, 30) is None
    assert of_loop([remark(5, "not-profitable"), remark(5, "trip-count")], 5, 6) == remark(5, "trip-count")


def test_a_loop_without_a_remark(gcc: Toolchain) -> None:
    off, none = REASONS["disabled"].text, REASONS["unknown"].text
    for args, words in (
        ([], off), (["-O1"], off), (["-O3"], none), (["-O3", "-fno-tree-vectorize"], off),
        (["-O1", "-ftree-vectorize"], none), (["-O3", "-O0"], off), (["-Ofast"], none),
    ):  # fmt: skip
        assert why_silent(gcc, args) == words, args


def test_the_inner_loop_of_a_vectorized_outer_loop(gcc: Toolchain, tmp_path: Path) -> None:
    text = """float a[24][22], b[22][40], c[24][40];
void f(void) {
    for (int i = 0; i < 24; i++)
        for (int j = 0; j < 40; j++) {
            float s = 0;
            for (int k = 0; k < 22; k++)
                s += a[i][k] * b[k][j];
            c[i][j] = s;
        }
}
"""
    inner = of_loop(remarks(gcc, Path("unit.c"), tmp_path, ["-O3"], text), 3, 9, 6)
    assert inner is not None
    assert inner.vectorized


@pytest.mark.parametrize(
    ("message", "code", "name"),
    [
        ("  statement clobbers memory: _5 = ext (_4);", "call", "ext"),
        ("not vectorized: relevant stmt not supported: _5 = sin (_4);", "call", "sin"),
        ("not vectorized: relevant stmt not supported: _5 = _4 / _3;", "no-vector-form", ""),
        ('statement clobbers memory: __asm__ __volatile__("" : );', "inline-asm", ""),
        ("not vectorized, possible dependence between data-refs *_4 and *_7", "carried-dependence", ""),
        ("not vectorized: volatile type: *_3 ={v} i_13;", "volatile", ""),
        ("not vectorized: number of iterations cannot be computed.", "trip-count", ""),
        ("reduction: unsafe fp math optimization: s_1 = s_2 + _3;", "float-reduction", ""),
        ("not vectorized: multiple nested loops.", "outer-loop", ""),
    ],
)
def test_messages_of_gcc(message: str, code: str, name: str) -> None:
    assert of_gcc(message) == (REASONS[code], name)


def test_messages_that_are_no_reason() -> None:
    assert of_gcc("loop vectorized using 16 byte vectors") is None
    assert of_gcc("bad data dependence.") is None
    assert of_clang("MissedDetails") is None


def test_the_vocabulary_is_closed() -> None:
    assert set(CLANG_NAMES.values()) <= set(REASONS)
    assert all("\n" not in reason.text for reason in REASONS.values())
    assert in_words(REASONS["call"], "f") == "call to f"
    assert in_words(REASONS["call"]) == "call to a function"

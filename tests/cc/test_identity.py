"""What a proof on record is tied to, and what it is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from compiler.lower import lower
from compiler.toolchain import find_lowering_clang
from vecassist.store.identity import canonical, identity
from vecassist.store.machine import Recalling, Record
from verify.problem import LoopPromise, Problem, Semantics, Side
from verify.verdict import Proved, Unknown

HELPER = "static int twice(int x) { return x * 2; }\n"
FUNCTION = """\
struct pair { int x, y; };
extern int table[8];
int f(struct pair *p, int n)
{
    int s = 0;
    for (int i = 0; i < n; i++)
        s += twice(p[i].x) + table[i & 7] + (int)sizeof "text";
    return s;
}
"""
OTHER = """\
#include <stdio.h>
#include <stdlib.h>
struct other { long a; struct { int b; } c; };
static const char *text = "before";
int g(struct other *o) { puts(text); return twice(o->c.b); }
"""


def ir(folder: Path, text: str, *args: str) -> str:
    folder.mkdir(exist_ok=True)
    (folder / "k.c").write_text(text)
    return lower(find_lowering_clang(), text, Path("k.c"), folder, args)


def test_what_stands_around_does_not_count(tmp_path: Path) -> None:
    first = ir(tmp_path / "a", HELPER + FUNCTION)
    second = ir(tmp_path / "b", HELPER + OTHER + "\n\n" + FUNCTION, "-O3")
    assert first != second
    assert canonical(first, "f") == canonical(second, "f")
    assert "DILocation" not in canonical(first, "f")


@pytest.mark.parametrize(
    ("old", "new", "args"),
    [
        ("x * 2", "x * 3", ()),
        ("int x, y;", "int y, x;", ()),
        ("table[i & 7]", "table[i & 3]", ()),
        ("", "", ("-fwrapv",)),
        ("", "", ("-mavx2",)),
        ("extern int table[8];", "static const int table[8] = {1};", ()),
    ],
)
def test_what_bears_on_the_meaning_counts(tmp_path: Path, old: str, new: str, args: tuple[str, ...]) -> None:
    text = HELPER + FUNCTION
    assert old in text
    one = canonical(ir(tmp_path / "a", text), "f")
    other = canonical(ir(tmp_path / "a", text.replace(old, new, 1), *args), "f")
    assert one != other


def test_every_part_of_a_problem_counts(tmp_path: Path) -> None:
    text = ir(tmp_path / "a", HELPER + FUNCTION)
    problem = Problem(Side(text), Side(text), "f")
    others = [
        replace(problem, assume=("sequential",)),
        replace(problem, semantics=Semantics(strict_aliasing=False)),
        replace(problem, conditions=("n > 0",)),
        replace(problem, after=Side(text, ("restrict",))),
        replace(problem, after=Side(text, (), (LoopPromise("pragma omp simd", 5, "everything"),))),
    ]
    keys = {identity(one) for one in [problem, *others]}
    assert len(keys) == len(others) + 1


def test_the_record(tmp_path: Path) -> None:
    text = ir(tmp_path / "a", HELPER + FUNCTION)
    problem = Problem(Side(text), Side(text), "f")
    record = Record(tmp_path / "cache", asks=True)
    assert record.recall(problem) is None
    assert isinstance(Recalling(tmp_path / "cache", asks=True).recall(problem), Unknown)
    record.remember(problem, Proved("dataflow"))
    found = record.recall(problem)
    assert isinstance(found, Proved)
    assert Record(tmp_path / "cache").recall(problem) is None
    place = record.place(problem)
    other = replace(problem, assume=("sequential",))
    record.place(other).parent.mkdir(exist_ok=True)
    record.place(other).write_bytes(place.read_bytes())
    assert record.recall(other) is None
    place.write_bytes(place.read_bytes()[:-20])
    assert record.recall(problem) is None

"""The short version of `make mutate`, and whether its parts can fail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from campaigns.ctext import Text
from campaigns.judging import Case, Judge, cases, fingerprint
from campaigns.mutate import OPERATORS, campaign, choose
from campaigns.mutation import mutants

SMALL = (
    "isum/", "fir7/", "even_scale/", "reverse_copy/", "version_scale/", "isolate_rec/", "floor_zero/",
    "ub/ovf_reduce/", "ub/store_clamp/", "ub/al_distance/", "ub/indet_reenter/",
)  # fmt: skip
COUNT = 16


@pytest.fixture(scope="module")
def found() -> tuple[Case, ...]:
    return cases()


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with Judge(jobs=1, seconds=8.0, inputs=300, seed=1) as made:
        yield made


def test_no_broken_rewrite_is_proved(found: tuple[Case, ...], judge: Judge) -> None:
    small = tuple(case for case in found if case.name.startswith(SMALL) and "immintrin" not in case.after)
    results = list(campaign(choose(small, COUNT, 3), judge, jobs=1))
    assert [result for result in results if result.unsound] == []
    assert len(results) == COUNT
    assert sum(result.fate in ("proved", "unproved") for result in results) > COUNT // 2


def test_every_operator_applies_to_the_corpus(found: tuple[Case, ...]) -> None:
    waiting = {operator.name for operator in OPERATORS}
    assert len(waiting) == len(OPERATORS) >= 30
    for case in found:
        text = Text(case.after)
        waiting -= {
            o.name for o in OPERATORS if o.name in waiting and next(o.changes(text), None) is not None
        }
    assert waiting == set()


def test_mutants_are_the_same_each_time_and_each_text_once(found: tuple[Case, ...]) -> None:
    first = [mutant.text for mutant in mutants(found[0].after, OPERATORS)]
    assert first == [mutant.text for mutant in mutants(found[0].after, OPERATORS)]
    assert len(first) == len(set(first)) > 50
    some = found[:5]
    assert choose(some, 30, 1) == choose(some, 30, 1) != choose(some, 30, 2)


BEFORE = (
    "void f(int *a, const int *b, int n)\n{\n    for (int i = 0; i < n; i++)\n        a[i] = b[i] & 7;\n}\n"
)


@pytest.mark.parametrize(
    ("old", "new", "seen"),
    [
        ("b[i] & 7", "b[i] & 7", "agrees"),
        ("i < n", "i < n - 1", "memory"),
        ("i < n", "i <= n", "fault"),
        ("a[i] = b", "if (n != 7) a[i] = b", "memory"),
        ("a[i] = b[i] & 7;", "{ int x = b[i]; if (x & 1) a[i] = x & 7; else a[i] = (x & 7) + 0 * a[i - 1]; }", "fault"),
        ("    for", "    int t = n - 1; (void)t;\n    for", "undefined"),
        ("    for", "    int t; if (t == 0 && n > 3) a[0] = 9;\n    for", "memory"),
        ("    for", "    if (n > 0) a[n] = a[n];\n    for", "fault"),
        ("    for", "    while (n == 5) {}\n    for", "no end"),
        ("a[i] = b[i] & 7;", "{ int t[2]; t[i & 3] = b[i]; a[i] = t[i & 3] & 7; }", ""),
    ],
)  # fmt: skip
def test_native_runs_see_what_is_wrong(old: str, new: str, seen: str, judge: Judge) -> None:
    assert old in BEFORE
    case = Case("f", "f", BEFORE, BEFORE, Path("f.c").absolute(), ("-ffp-contract=off",))
    said, differs = judge.natively(case, BEFORE.replace(old, new, 1))
    assert seen in said
    assert differs is (seen != "agrees")


def test_native_runs_overlap_pointers(judge: Judge) -> None:
    after = BEFORE.replace("    for", "    int last = n > 0 ? b[n - 1] & 7 : 0;\n    for").replace(
        "a[i] = b[i] & 7;", "a[i] = i == n - 1 ? last : b[i] & 7;"
    )
    case = Case("f", "f", BEFORE, BEFORE, Path("f.c").absolute(), ("-ffp-contract=off",))
    assert judge.natively(case, after)[1]
    apart = BEFORE.replace("*b", "*restrict b")
    case = Case("g", "f", apart, apart, Path("f.c").absolute(), ("-ffp-contract=off",))
    assert judge.natively(case, after)[0] == "agrees"


def test_ir_is_told_apart_by_what_it_does() -> None:
    ir = "define i32 @f(i32 %x) {\n  %y = add i32 %x, 1, !dbg !5\n  ret i32 %y, !dbg !6\n}\n!5 = !{}\n!6 = !{}\n"
    assert fingerprint(ir) == fingerprint(ir.replace("!5", "!7"))
    assert fingerprint(ir) != fingerprint(ir.replace("x, 1", "x, 2"))

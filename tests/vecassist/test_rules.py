"""Rules, family by family: what they make, and that it computes the same; the guard against overlap."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import rules_choices
import rules_groups
import rules_nests
import rules_order
from pycparser import c_ast, c_parser
from rules_support import all_compute_the_same, made_by

from vecassist.propose.printer import render, style_of
from vecassist.propose.rules import RULES
from vecassist.propose.rules.version import versioned
from vecassist.propose.view import nest_of

FAMILIES = (rules_order, rules_nests, rules_choices, rules_groups)
CASES = [(name, *case) for family in FAMILIES for name, case in sorted(family.CASES.items())]
UNTOUCHED = [case for family in FAMILIES for case in sorted(family.UNTOUCHED.items())]
RUN = [*(before for _, before, _ in CASES), *(loop for family in FAMILIES for loop in family.MORE)]


def test_every_rule_has_a_case_and_its_own_id() -> None:
    assert [r.id for r in RULES] == sorted({r.id for r in RULES})
    assert {name for name, _, _ in CASES} == {r.id for r in RULES}


@pytest.mark.parametrize(("name", "before", "after"), CASES, ids=[name for name, _, _ in CASES])
def test_rule_makes_the_documented_rewrite(name: str, before: str, after: str) -> None:
    assert after in made_by(name, before)


@pytest.mark.parametrize(("name", "loop"), UNTOUCHED, ids=[name for name, _ in UNTOUCHED])
def test_rule_leaves_alone_what_it_would_break(name: str, loop: str) -> None:
    assert made_by(name, loop) == []


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
@pytest.mark.parametrize("loop", RUN)
def test_candidates_compute_the_same(loop: str, tmp_path: Path) -> None:
    all_compute_the_same(loop, tmp_path)


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

"""The table of rules, and the guard against overlap."""

from __future__ import annotations

import test_rules_choices
import test_rules_groups
import test_rules_nests
import test_rules_order
from pycparser import c_ast, c_parser

from vecassist.propose.printer import render, style_of
from vecassist.propose.rules import RULES
from vecassist.propose.rules.version import versioned
from vecassist.propose.view import nest_of

FAMILIES = (test_rules_order, test_rules_nests, test_rules_choices, test_rules_groups)


def test_every_rule_has_a_case_and_its_own_id() -> None:
    assert [r.id for r in RULES] == sorted({r.id for r in RULES})
    assert {name for family in FAMILIES for name in family.CASES} == {r.id for r in RULES}


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

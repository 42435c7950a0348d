"""The short version of `make fuzz-semantics`, and whether its parts can fail."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from campaigns.executions import BYTES, Compiled, Input, Rules
from campaigns.semantics import Tally, loops, one_loop, straight_line
from compiler.lower import lower
from compiler.toolchain import find_lowering_clang
from verify.flow import integers
from verify.flow.terms import Terms


def lowered(text: str) -> str:
    return lower(find_lowering_clang(), text, Path("f.c"), Path.cwd(), ("-ffp-contract=off",))


def test_straight_line_code_has_one_meaning() -> None:
    tally = Tally()
    for seed in range(60):
        straight_line(seed, tally)
    assert tally.wrong == []
    assert tally.compared["straight-line values: rules and JIT"] > 500


def test_loops_have_one_meaning() -> None:
    tally = Tally()
    loops(6, 2, tally)
    assert tally.wrong == []
    assert tally.compared["loops: rules and JIT"] > 30


TEXT = """#include <stdint.h>
uint32_t f(uint32_t k, uint32_t *restrict a, const uint32_t *restrict b, int n)
{
    uint32_t s = k;
    for (int i = 0; i < n; i++) {
        s = s * 3u + b[i];
        if (b[i] & 1)
            a[i] = s >> 3;
        else
            a[i] += b[(i ^ 1) & 7] / 5u;
    }
    return s;
}
"""


def test_reads_guards_and_carried_values_have_one_meaning() -> None:
    tally = Tally()
    one_loop(lowered(TEXT), "text", random.Random(1), tally)
    assert tally.wrong == []
    assert tally.compared["loops: rules and JIT"] == 6


def test_a_wrong_integer_rule_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = integers.Integers._affine

    def wrong(self: integers.Integers, op: str, *arguments: object) -> object:
        return right(self, "ashr" if op == "lshr" else op, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(integers.Integers, "_affine", wrong)
    tally = Tally()
    body = "for (int i = 0; i < 4; i++) a[i] = ((unsigned)i - 2u) >> 1;"
    text = f"void f(unsigned *restrict a, int n)\n{{\n    {body}\n}}\n"
    one_loop(lowered(text), "text", random.Random(1), tally)
    assert tally.wrong


def test_a_wrong_truth_value_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Terms.no
    monkeypatch.setattr(Terms, "no", lambda self, term: right(self, term) if term.kind == "cond" else term)
    tally = Tally()
    one_loop(lowered(TEXT), "text", random.Random(1), tally)
    assert tally.wrong


def test_inputs_that_are_taken_away_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    ir = lowered(TEXT)
    given = Input(bytes(BYTES), (0, 256, 1024, 0), {}, (1, 0, 0, 3))
    assert Rules(ir, "f").allowed(given)
    compiled = Compiled(ir, "f")
    assert compiled.agree(compiled.natively(given), compiled.concretely(given))
    from verify.flow import proof, spaces

    right = proof.settle_before
    fewer = spaces.symbol("p3").le_set(spaces.constant(2))
    monkeypatch.setattr(proof, "settle_before", lambda s, context: right(s, context).intersect(fewer))
    assert not Rules(ir, "f").allowed(given)

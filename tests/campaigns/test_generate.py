"""The short version of `make fuzz-loops`, and whether its parts can fail."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from campaigns.generate import FLAGS, judged, pairs, summary
from campaigns.judging import Case, Judge
from campaigns.loops import Binary, Load, Nest, Statement, function, plain
from campaigns.transformations import TRANSFORMATIONS, distribute, interchange, reverse

COUNT = 25


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with Judge(jobs=1, seconds=5.0, inputs=200, seed=1) as made:
        yield made


def test_legal_transformations_are_proved_and_illegal_ones_are_not(judge: Judge) -> None:
    results = [judged(pair, judge, check_legal=False) for pair in pairs(COUNT, 4)]
    found = summary(results, 4)
    assert found["unsound"] == []
    assert found["pairs"] == COUNT
    assert 8 < found["legal"] < COUNT - 5
    assert found["legal proved percent"] >= 80


def test_pairs_are_made_again_from_the_seed() -> None:
    assert list(pairs(30, 1)) == list(pairs(30, 1)) != list(pairs(30, 2))
    assert {pair.transformation for pair in pairs(400, 1)} == set(TRANSFORMATIONS)


def shifted(left: tuple[int, ...], array: str, right: tuple[int, ...]) -> Statement:
    return Statement("a", left, Binary("+", Load(array, right), Load("b", right)))


@pytest.mark.parametrize(
    ("read", "apart", "legal"),
    [(("b", 0), True, True), (("a", 0), True, True), (("a", -1), True, False), (("b", 0), False, False)],
)
def test_the_condition_for_a_reversed_loop(read: tuple[str, int], apart: bool, legal: bool) -> None:
    made = Nest("uint32_t", 1, ("a", "b"), apart, False, (shifted((0,), read[0], (read[1],)),))
    assert reverse(made, random.Random(1))[1] is legal


@pytest.mark.parametrize(
    ("distance", "legal"), [((0, 0), True), ((-1, -1), True), ((1, -1), False), ((-1, 1), False)]
)
def test_the_condition_for_interchange(distance: tuple[int, int], legal: bool) -> None:
    made = Nest("float", 2, ("a", "b"), True, True, (shifted((0, 0), "a", distance),))
    assert interchange(made, random.Random(1))[1] is legal


def test_an_illegal_pair_differs_natively_and_a_legal_one_does_not(judge: Judge) -> None:
    for at, legal in ((1, True), (-1, False)):
        first = Statement("a", (0,), Load("b", (at,)))
        second = Statement("b", (0,), Load("a", (0,)))
        made = Nest("uint32_t", 1, ("a", "b"), True, False, (first, second))
        body, said = distribute(made, random.Random(1))
        assert said is legal
        before, after = function(made, plain(made)), function(made, body)
        case = Case(f"pair {at}", "f", before, after, Path("f.c").absolute(), FLAGS)
        assert judge.natively(case, after)[1] is not legal
        assert (judge.decided(case).fate == "proved") is legal

"""When the prover may use what it has shown or supposed: lemmas, hypotheses, and what rests on them."""

from __future__ import annotations

from typing import Any, cast

import islpy as isl
import pytest

from verify.flow import spaces
from verify.flow.coinduct import Hypothesis, Lemma, Prover, Widen
from verify.flow.leaves import by_solver
from verify.flow.model import Side
from verify.flow.terms import Carried, Term, Terms

ALL = isl.Map("{ [i] -> [j] : i = j and i >= 0 }")
SOME = isl.Map("{ [i] -> [j] : i = j and 0 <= i < 9 }")


@pytest.fixture
def terms() -> Terms:
    return Terms({"i": 0, "j": 0})


@pytest.fixture
def prover() -> Prover:
    # Terms that no read and no loop defines are looked at without their program.
    nothing = cast(Side, None)
    return Prover(nothing, nothing, spaces.everywhere(), steps_left=50)


def phi(terms: Terms, name: str) -> Term:
    return terms.phi(Carried("i", name), "float", ("i",))


def pair(terms: Terms) -> tuple[Term, Term]:
    """Two operators that nothing shows to be equal."""
    return terms.op("f", "float", phi(terms, "a")), terms.op("g", "float", phi(terms, "b"))


def test_a_lemma_holds_where_it_was_shown(terms: Terms, prover: Prover) -> None:
    a, b = pair(terms)
    prover.lemmas[(a.ident, b.ident)] = [Lemma(SOME, frozenset())]
    assert prover.prove(SOME, a, b) == frozenset()
    assert prover.prove(ALL, a, b) is None


def test_a_lemma_dies_with_the_hypothesis_it_rests_on(terms: Terms, prover: Prover) -> None:
    a, b = pair(terms)
    prover.lemmas[(a.ident, b.ident)] = [Lemma(ALL, frozenset({7}))]
    prover.open.add(7)
    assert prover.prove(SOME, a, b) == {7}
    prover.open.discard(7)
    assert prover.prove(SOME, a, b) is None


def test_an_abandoned_hypothesis_takes_its_lemmas_along(terms: Terms, prover: Prover) -> None:
    a, b = pair(terms)
    prover.lemmas[(a.ident, b.ident)] = [Lemma(ALL, frozenset({7})), Lemma(SOME, frozenset({8}))]
    prover._forget(7)
    assert prover.lemmas[(a.ident, b.ident)] == [Lemma(SOME, frozenset({8}))]
    prover._close(8, frozenset({3}))
    assert prover.lemmas[(a.ident, b.ident)] == [Lemma(SOME, frozenset({3}))]


def test_what_closes_on_a_hypothesis_rests_on_it(terms: Terms, prover: Prover) -> None:
    a, b = phi(terms, "a"), phi(terms, "b")
    prover.active[(a.ident, b.ident)] = [Hypothesis(5, SOME)]
    prover.open.add(5)
    assert prover.prove(SOME, a, b) == {5}
    with pytest.raises(Widen):
        prover.prove(ALL, a, b)


def test_a_token_equals_nothing(terms: Terms, prover: Prover) -> None:
    token = terms.token("t", "i32")
    empty: Any = isl.Map("{ [] -> [] }")
    assert prover.prove(empty, token, token) is None
    number = terms.number(3, "i32")
    assert prover.prove(empty, number, number) == frozenset()


@pytest.mark.parametrize(
    ("name", "equal"),
    [("fadd", True), ("fmul", True), ("fsub", False), ("sub", False), ("shl", False), ("fcmp.olt", False)],
)
def test_which_operators_commute(name: str, equal: bool, terms: Terms, prover: Prover) -> None:
    x, y = (terms.constant(bits, "float") for bits in (1, 2))
    a, b = terms.op(name, "float", x, y), terms.op(name, "float", y, x)
    assert (prover.prove(isl.Map("{ [] -> [] }"), a, b) is not None) is equal


def test_conditions_agree_where_they_are_false_too(terms: Terms, prover: Prover) -> None:
    more = terms.truth(spaces.symbol("i").ge_set(spaces.constant(1)))
    same, most = (terms.truth(spaces.symbol("j").ge_set(spaces.constant(bound))) for bound in (1, 2))
    assert prover.prove(ALL, more, same) is not None
    assert prover.prove(ALL, more, most) is None
    assert prover.prove(isl.Map("{ [i] -> [j] : i = j and i >= 2 }"), more, most) is not None


def test_contents_of_cells_are_equal_at_equal_subscripts(terms: Terms, prover: Prover) -> None:
    i, j = spaces.symbol("i"), spaces.symbol("j")
    here = terms.init("a", (terms.integer(i, "i64"),), "i32")
    there = terms.init("a", (terms.integer(j.add(spaces.constant(1)), "i64"),), "i32")
    other = terms.init("b", (terms.integer(j.add(spaces.constant(1)), "i64"),), "i32")
    next_to = isl.Map("{ [i] -> [j] : i = j + 1 and j >= 0 }")
    assert prover.prove(ALL, here, there) is None
    assert prover.prove(next_to, here, there) is not None
    assert prover.prove(next_to, here, other) is None


def test_the_solver_pairs_only_leaves_that_are_proved_equal(terms: Terms, prover: Prover) -> None:
    prover.leaves = lambda p, rel, a, b: by_solver(p, rel, a, b, 1_000_000)
    x, y, z = (terms.argument(name, "i32") for name in "xyz")
    tree = terms.op("sub", "i32", terms.op("add", "i32", x, y), y)
    once = isl.Map("{ [] -> [] }")
    assert prover.prove(once, tree, x) == frozenset()
    assert prover.prove(once, tree, y) is None
    assert prover.prove(once, tree, z) is None

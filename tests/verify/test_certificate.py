"""Certificates: isl's tests as SMT-LIB, solvers that agree or not, and edits that are found."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import islpy as isl
import pytest

from verify.certificate import faults, sealed
from verify.check import check
from verify.discharge import answers, certified, differing, expected, packed, unpacked
from verify.flow.decisions import Decision, recorded
from verify.flow.smt import queries, script
from verify.problem import Limits, Problem, Side
from verify.verdict import Proved, Unknown

IR = """
define i32 @f(i32 %n) {
entry:
  br label %head
head:
  %i = phi i32 [ 0, %entry ], [ %next, %body ]
  %s = phi i32 [ 0, %entry ], [ %sum, %body ]
  %go = icmp slt i32 %i, %n
  br i1 %go, label %body, label %done
body:
  %sum = add i32 %s, %i
  %next = add nsw i32 %i, 1
  br label %head
done:
  ret i32 %s
}
"""
MASKED = "%masked = and i32 %i, 2147483647\n  %sum = add i32 %masked, %s"
OTHER = IR.replace("%sum = add i32 %s, %i", MASKED)


@pytest.fixture(scope="module")
def certificate() -> dict[str, Any]:
    report = check(Problem(Side(IR), Side(OTHER), "f"), Limits(certified=True))
    assert isinstance(report.verdict, Proved)
    return json.loads(json.dumps(sealed({**report.verdict.certificate, "subject": {"flags": 1}})))


@pytest.mark.parametrize("solver", ["z3", "cvc5"])
def test_solvers_agree_with_every_test_of_a_proof(certificate: dict[str, Any], solver: str) -> None:
    text = unpacked(certificate["tests"])
    assert len(answers(text, solver)) == certificate["tests"]["count"] > 10
    assert differing(text, solver) == (0, 0)
    assert faults(certificate, [{"flags": 1}], solver) is None


@pytest.mark.parametrize("solver", ["z3", "cvc5"])
def test_what_isl_decides_is_what_solvers_decide(solver: str) -> None:
    texts = [
        "[n] -> { [i] : 0 <= i < n and i mod 3 = 1 }", "[n] -> { [i] : exists e : i = 6e and 0 <= i <= n }",
        "[n] -> { [i] : 2i = n or i > n }", "[n] -> { [i] : floor((i + n)/4) >= 2 and i < 40 }", "{ [i] : 2i = 1 }",
        "[m] -> { [i] : i mod 6 = 0 }", "{ [i] : }",
    ]  # fmt: skip
    with recorded() as noted:
        sets = [isl.Set(text) for text in texts]
        for one in sets:
            one.is_empty()
            for other in sets:
                one.is_subset(other)
                one.is_disjoint(other)
        isl.Map("[n] -> { [i] -> [j] : 2j <= i < 2j + 2 }").is_single_valued()
        isl.Map("[n] -> { [i] -> [j] : 2j <= i < 2j + 3 }").is_single_valued()
    assert {one.answer for one in noted} == {True, False}
    text = script(queries(noted))
    assert {"sat", "unsat"} == set(expected(text))
    assert answers(text, solver) == expected(text)


def test_a_solver_that_disagrees_ends_the_proof() -> None:
    proof = Proved("dataflow", (), {"inputs": "{ : }"})
    wrong = Decision("is_empty", isl.Set("[n] -> { [i] : 0 <= i < n }"), None, True)
    verdict = certified(proof, [wrong])
    assert isinstance(verdict, Unknown)
    assert verdict.code == "solver-disagrees"
    vacuous = certified(Proved("dataflow", (), {"inputs": "{ : false }"}), [])
    assert isinstance(vacuous, Unknown)


def _without_a_test(body: dict[str, Any]) -> None:
    text = unpacked(body["tests"])
    body["tests"] = packed(text[: text.rindex("; ")])
    body["tests"]["count"] += 1


def _other_answer(body: dict[str, Any]) -> None:
    body["tests"] = packed(unpacked(body["tests"]).replace("; unsat", "; sat", 1))


@pytest.mark.parametrize(
    ("change", "seal", "said"),
    [
        (lambda body: body.update(inputs="{ : }"), False, "was changed"),
        (lambda body: body["obligations"].pop(), False, "was changed"),
        (lambda body: body.pop("tests"), False, "no certificate"),
        (lambda body: body["tests"].update(sha256="0"), True, "its hash names"),
        (lambda body: body["tests"].update(xz="!"), True, "cannot be read"),
        (lambda body: body["obligations"].append({}), True, "not a pair"),
        (lambda body: body["rules"].update(magic=1), True, "rules that there are not"),
        (lambda body: body["subject"].update(flags=2), True, "about another flags"),
        (_without_a_test, True, "number of its tests"),
        (_other_answer, True, "z3 denies 1"),
    ],
)
def test_an_edit_is_found(
    certificate: dict[str, Any], change: Callable[[dict[str, Any]], object], seal: bool, said: str
) -> None:
    body = json.loads(json.dumps(certificate))
    change(body)
    found = faults(sealed(body) if seal else body, [{"flags": 1}])
    assert found is not None
    assert said in found

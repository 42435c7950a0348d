"""Recall: entries whose proof rests on a known fault of the prover, with an invented fault."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from compiler.toolchain import find_lowering_clang
from vecassist.audit import audit_store
from vecassist.errors import UserError
from vecassist.proving import prove
from vecassist.store.advisories import SHIPPED, Advisory, affecting, shipped, table
from vecassist.store.entry import Command, Entry, Proof
from vecassist.store.machine import Record
from vecassist.worker import WorkerPool
from verify.problem import Problem, Side
from verify.rules import RULES
from verify.verdict import Proved, Unknown

TABLE = """
[[advisory]]
id = "TEST-1"
title = "sums were counted twice"
strategy = ["dataflow"]
rules = { reductions = 7 }
tools = { islpy = ["2024.1", "2024.2"] }
"""
FAULT = Advisory(
    "TEST-1", "sums were counted twice", ("dataflow",), {"reductions": 7}, {"islpy": ("2024.1", "2024.2")}
)
IR = "define i32 @f(i32 %n) {\n  ret i32 %n\n}\n"


def entry(strategy: str, rules: object, tools: Mapping[str, str]) -> Entry:
    certificate = {} if rules is None else {"rules": rules}
    proof = Proof(Command(".", "gcc", ()), "proved", "unbounded", strategy, (), certificate, tools)
    fine = replace(proof, certificate={"rules": {"numbers": 1}})
    return Entry("0", "k.c", "f", 1, "x;", "y;", "rules", "VA001", "", 0, 0.0, (fine, proof), {})


def test_the_table(tmp_path: Path) -> None:
    place = tmp_path / "faults.toml"
    place.write_text(TABLE)
    assert table(place) == (FAULT,)
    assert table() == shipped()
    assert all(name in RULES for one in shipped() for name in one.rules), SHIPPED


@pytest.mark.parametrize(
    ("strategy", "rules", "tools", "hit"),
    [
        ("dataflow", {"reductions": 7}, {"islpy": "2024.2"}, True),
        ("dataflow", {"reductions": 3, "lanes": 9}, {"islpy": "2024.1"}, True),
        ("dataflow", None, {}, True),
        ("dataflow", {"reductions": "new"}, {}, True),
        ("worlds", {"reductions": 7}, {"islpy": "2024.2"}, False),
        ("dataflow", {"reductions": 8}, {"islpy": "2024.2"}, False),
        ("dataflow", {"lanes": 1}, {"islpy": "2024.2"}, False),
        ("dataflow", {"reductions": 7}, {"islpy": "2025.1"}, False),
    ],
)
def test_what_an_advisory_affects(strategy: str, rules: object, tools: Mapping[str, str], hit: bool) -> None:
    assert affecting(entry(strategy, rules, tools), [FAULT]) == ((FAULT,) if hit else ())


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("advisory = 3", "not a table"),
        ("[[advisory]]\nid = 'A'\ntitle = ''", "names nothing"),
        ("[[advisory]]\nid = 'A'\ntitle = ''\nrules = {}\nrule = 1", "unknown key rule"),
        ("[[advisory]]\nid = 'A'\ntitle = ''\nstrategy = 'dataflow'", "no list"),
        ("[[advisory]]\nid = 'A'\ntitle = ''\nrules = { lanes = '1' }", "a rule has a number"),
        ("[[advisory]]\nid = 'A'\ntitle = ''\nstrategy = ['x']\n" * 2, "used twice"),
        ("[[", "not a table"),
    ],
)
def test_a_wrong_table(tmp_path: Path, text: str, what: str) -> None:
    (tmp_path / "faults.toml").write_text(text)
    with pytest.raises(UserError, match=what):
        table(tmp_path / "faults.toml")


def test_audit_fails_written_in_place_or_not(tmp_path: Path) -> None:
    for text, said in (
        ("int f(void) { x; }", "not applied in builds"),
        ("int f(void) { y; }", "take it out"),
    ):
        (tmp_path / "k.c").write_text(text)
        (found,) = audit_store([entry("dataflow", None, {})], tmp_path, None, [FAULT])
        assert (found.status, found.proved) == ("recalled", False)
        assert "TEST-1: sums were counted twice" in found.reason
        assert said in found.reason


def test_a_proof_of_today_is_no_proof_either(tmp_path: Path) -> None:
    problem = Problem(Side(IR), Side(IR), "f")
    clang = find_lowering_clang()
    with WorkerPool(1) as pool:
        kept = Record(tmp_path, asks=True, advisories=())
        assert isinstance(prove(pool, problem, clang, record=kept).verdict, Proved)
        again = prove(pool, problem, clang, record=kept).verdict
        assert isinstance(again, Proved)
        assert again.certificate["rules"] == {"lockstep": RULES["lockstep"]}
        fault = Advisory("TEST-2", "all wrong", (), {"lockstep": RULES["lockstep"]})
        for folder in (tmp_path, tmp_path / "empty"):
            verdict = prove(
                pool, problem, clang, record=Record(folder, asks=True, advisories=(fault,))
            ).verdict
            assert isinstance(verdict, Unknown)
            assert (verdict.code, "TEST-2" in verdict.reason) == ("recalled", True)
        assert not (tmp_path / "empty").exists()

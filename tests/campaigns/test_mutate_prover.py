"""The short version of `make mutate-prover`: the table fits the prover, and some of its faults are caught."""

from __future__ import annotations

from pathlib import Path

import pytest

from campaigns.mutate_prover import REPOSITORY, command, stale, trial
from campaigns.seeded import Seed, seeds


def test_each_fault_can_be_put_in() -> None:
    assert len(seeds()) >= 40
    assert len({seed.name for seed in seeds()}) == len(seeds())
    assert {seed.name: stale(seed) for seed in seeds() if stale(seed)} == {}


def test_each_fault_changes_the_program_and_names_what_catches_it() -> None:
    for seed in seeds():
        assert seed.old != seed.new
        place = seed.caught_by.split("::")[0]
        known = REPOSITORY / place if "::" in seed.caught_by else REPOSITORY / "tests/pairs" / place
        assert known.is_file(), seed.name
        text = (REPOSITORY / "verify" / seed.file).read_text("utf-8").replace(seed.old, seed.new)
        compile(text, seed.file, "exec")


@pytest.mark.parametrize("name", ["lemmas outlive their hypotheses", "the rewrite never overflows"])
def test_a_fault_is_caught(name: str) -> None:
    (seed,) = [seed for seed in seeds() if seed.name == name]
    found = trial(seed)
    assert (found.fate, found.said) == ("caught", found.said)


def test_a_harmless_change_is_missed() -> None:
    where = "tests/verify/test_coinduct.py::test_a_token_equals_nothing"
    harmless = Seed("nothing", "flow/coinduct.py", "ROUNDS = 5", "ROUNDS = 6", where)
    assert trial(harmless).fate == "missed"


def test_a_fault_that_does_not_fit_is_told() -> None:
    gone = Seed("gone", "flow/coinduct.py", "no such text", "", "")
    assert trial(gone).fate == "stale"
    assert command(gone) == ["tests/verify"]
    assert Path(command(seeds()[0])[0].split("::")[0]).suffix == ".py"

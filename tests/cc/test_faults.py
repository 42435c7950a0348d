"""A short version of the fault campaign; `make faults` runs the whole."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest
from builds import make

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from campaigns.broken import FAULTS, Bench
from campaigns.faults import Stage, inject, stage

QUICK = (
    "damaged_cache", "damaged_entry", "forged_in_place", "stale_header", "unreadable_cache", "no_packages",
    "killed",
)  # fmt: skip


@pytest.fixture(scope="module")
def on(tmp_path_factory: pytest.TempPathFactory, launcher: Path) -> Stage:
    scratch = tmp_path_factory.mktemp("faults")
    return stage(make(scratch / "p", (str(launcher), "cc")), scratch)


@pytest.mark.parametrize("fault", QUICK)
def test_a_fault_fails_no_build_and_applies_nothing_wrong(on: Stage, fault: str) -> None:
    assert inject(on, fault, 7).wrong == ""


def test_the_campaign_sees_a_rewrite_that_must_not_be(on: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(bench: Bench, _rng: random.Random) -> None:
        bench.allowed = False

    monkeypatch.setitem(FAULTS, "nothing", nothing)
    assert inject(on, "nothing", 7).wrong == "a stale or forged rewrite was applied"

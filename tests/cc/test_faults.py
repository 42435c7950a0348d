"""A short version of the fault campaign; `make faults` runs the whole."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from builds import Build

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from campaigns.faults import inject

QUICK = (
    "damaged_cache", "damaged_entry", "forged_in_place", "stale_header", "unreadable_cache", "no_packages",
    "killed",
)  # fmt: skip


@pytest.mark.parametrize("fault", QUICK)
def test_a_fault_fails_no_build_and_applies_nothing_wrong(warm: Build, fault: str) -> None:
    assert inject(warm, fault, 7).wrong == ""

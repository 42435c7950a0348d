"""Faults to put into the prover, each a text replaced by another, and what must catch it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Seed:
    """name; the file below verify/; what stands there and what stands there instead; what catches it.

    caught_by: a wrong rewrite of tests/pairs, which a prover with that fault proves and the gate of the suite
    (tests/verify/test_pairs.py) then reports; or a test of the suite that fails.
    """

    name: str
    file: str
    old: str
    new: str
    caught_by: str


def seeds() -> tuple[Seed, ...]:
    """The table, seeded.toml."""
    table = tomllib.loads(Path(__file__).with_name("seeded.toml").read_text("utf-8"))
    return tuple(Seed(**entry) for entry in table["seed"])

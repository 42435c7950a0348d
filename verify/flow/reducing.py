"""What a proof asks of the rule for reductions (`reductions`)."""

from __future__ import annotations

from typing import Protocol, TypeVar

import islpy as isl

from verify.flow.model import Side
from verify.flow.spaces import Cond
from verify.flow.terms import Term

P = TypeVar("P", contravariant=True)
Deps = frozenset[int]
"""The hypotheses that something rests on."""


class Reductions(Protocol[P]):
    """What is asked of the rule for reductions: an equality, and the values of an integer term."""

    def __call__(self, prover: P, rel: isl.Map, a: Term, b: Term) -> Deps | None: ...
    def range_of(self, prover: P, side: Side, term: Term, where: Cond) -> tuple[int, int] | None: ...
    def computed(self, prover: P, term: Term, points: isl.Set) -> bool: ...
    def at_most(
        self,
        prover: P,
        whole: tuple[Term, isl.Set],
        part: tuple[Term, isl.Set],
        signed: dict[object, isl.Set],
    ) -> bool: ...
    def fits(self, prover: P, part: tuple[Term, isl.Set], signed: dict[object, isl.Set]) -> bool: ...

"""What isl decided during a proof: every emptiness and inclusion test with its operands and its answer.

The tests are noted where isl is called, so that no rule of the prover can forget one. Answers that isl has from the
form of a set alone (`plain_...`) are no tests.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import islpy as isl

_TESTS = ("is_empty", "is_subset", "is_disjoint", "is_equal", "is_single_valued")
_CLASSES = (isl.Set, isl.Map)


@dataclass(frozen=True, slots=True)
class Decision:
    """kind: isl's name of the test; left, right: sets or maps, right is None for a test of one; answer: isl's."""

    kind: str
    left: isl.Set | isl.Map
    right: isl.Set | isl.Map | None
    answer: bool


@contextmanager
def recorded() -> Generator[list[Decision]]:
    """The list to which every test of this process is added until the block ends."""
    found: list[Decision] = []
    plain: list[tuple[Any, str, Callable[..., Any]]] = []
    for kind in _CLASSES:
        for name in _TESTS:
            if hasattr(kind, name):
                plain.append((kind, name, getattr(kind, name)))
    try:
        for kind, name, test in plain:
            setattr(kind, name, _noted(name, test, found))
        yield found
    finally:
        for kind, name, test in plain:
            setattr(kind, name, test)


def _noted(name: str, test: Callable[..., Any], found: list[Decision]) -> Callable[..., Any]:
    def noted(self: Any, *others: Any) -> Any:
        answer = test(self, *others)
        found.append(Decision(name, self, others[0] if others else None, bool(answer)))
        return answer

    return noted

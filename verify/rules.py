"""The rules of the prover by name, with their versions: what a certificate rests on, and what an advisory can name.

A version rises with every change after which the rule may prove something else. A fault that was found in a rule is
an advisory against the versions that had it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

RULES: Mapping[str, int] = {
    "numbers": 2,  # integers as affine values and the ranges that are claimed of them
    "memory": 3,  # objects, aliasing, the last writer of every read
    "duties": 2,  # what the rewrite must not do
    "termination": 2,  # why the loops of the rewrite end
    "induction": 2,  # hypotheses, unfolding, widening
    "reductions": 2,  # sums and other folds as polynomials of their places
    "trees": 1,  # operator trees that Z3 finds equal
    "searches": 1,  # loops that data ends
    "worlds": 1,  # memory as a value
    "lockstep": 1,  # both programs do the same in the same order
    "lanes": 2,  # vectors lane by lane, and intrinsics
}
ALWAYS = ("numbers", "memory", "duties", "termination")
"""What every proof rests on."""


def versions(used: Iterable[str]) -> dict[str, int]:
    """The rules of one proof with their versions: those named and those that every proof rests on."""
    names = {*ALWAYS, *used}
    return {name: version for name, version in RULES.items() if name in names}

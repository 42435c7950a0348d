"""Checks of the prover that the text of a program would fail as well: each must hold alone, on IR without its text."""

from __future__ import annotations

import pytest
from flow_support import proved

BEFORE = "void f(int *a, const int *restrict b, int n)\n{\n    for (int i = 0; i < n; i++)\n        a[i] = b[i];\n}\n"


def test_the_original_refines_itself() -> None:
    assert proved(BEFORE, BEFORE)


@pytest.mark.parametrize("parameter", ["int *restrict a", "int a[static 1]"])
def test_a_parameter_promises_nothing_new(parameter: str) -> None:
    assert not proved(BEFORE, BEFORE.replace("int *a", parameter))


def test_automatic_storage_is_limited() -> None:
    def with_room(count: int) -> str:
        return BEFORE.replace(
            "        a[i] = b[i];", f"        {{ int t[{count}]; t[0] = b[i]; a[i] = t[0]; }}"
        )

    assert proved(BEFORE, with_room(100))
    assert not proved(BEFORE, with_room(100_000))


def test_a_constant_condition_grants_no_end() -> None:
    stays = "void f(int n)\n{\n    if (n)\n        for (;;) { }\n}\n"
    assert not proved(stays, "void f(int n)\n{\n    (void)n;\n}\n")


def test_results_are_compared() -> None:
    assert not proved("int f(int n) { return n & 7; }\n", "int f(int n) { return n & 3; }\n")

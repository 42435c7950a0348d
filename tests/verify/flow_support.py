"""C text to a proof, for tests of the dataflow prover."""

from __future__ import annotations

from pathlib import Path

from compiler.lower import lower
from compiler.toolchain import wheel_clang
from verify.check import Report, check
from verify.problem import Limits, Problem, Side


def verdict_of(before: str, after: str, function: str = "f", assume: tuple[str, ...] = ()) -> Report:
    """Lower both texts with the wheel's clang and check them."""
    clang = wheel_clang()
    sides = [
        Side(lower(clang, text, Path("f.c"), Path.cwd(), ("-ffp-contract=off",))) for text in (before, after)
    ]
    return check(Problem(*sides, function, assume), Limits())


def proved(before: str, after: str, assume: tuple[str, ...] = ()) -> bool:
    return type(verdict_of(before, after, assume=assume).verdict).__name__ == "Proved"

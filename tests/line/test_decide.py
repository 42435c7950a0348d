"""Which rewrites are taken."""

from __future__ import annotations

import pytest

from vecassist.decide import decide
from vecassist.figures import outward, times
from vecassist.model import CompilerOutcome, Speedup


def made(
    ratio: float, low: float | None = None, high: float | None = None, after: bool = True
) -> CompilerOutcome:
    return CompilerOutcome(False, after, Speedup(ratio, low or ratio, high or ratio))


@pytest.mark.parametrize(
    ("compilers", "code"),
    [
        ({"gcc-12": made(2.0)}, "accepted"),
        ({"gcc-12": made(2.0, after=False)}, "not-vectorized"),
        ({"gcc-12": made(1.04)}, "not-faster"),
        ({"gcc-12": made(1.2, 0.99, 1.4)}, "not-faster"),
        ({"gcc-12": made(0.5)}, "not-faster"),
        ({"gcc-12": CompilerOutcome(False, True)}, "unmeasurable"),
        ({"gcc-12": made(2.0), "clang-22": made(0.98)}, "accepted"),
        ({"gcc-12": made(2.0), "clang-22": made(0.97)}, "slower-elsewhere"),
        ({"gcc-12": made(2.0), "clang-22": made(0.97, 0.95, 0.99)}, "slower-elsewhere"),
        ({"gcc-12": made(2.0), "clang-22": made(0.5)}, "slower-elsewhere"),
        ({"gcc-12": made(2.0), "clang-22": CompilerOutcome(False, False)}, "accepted"),
    ],
)
def test_decisions(compilers: dict[str, CompilerOutcome], code: str) -> None:
    decision = decide("gcc-12", compilers)
    assert decision.code == code
    assert decision.accepted is (code == "accepted")


def test_sizes_that_lose_are_told() -> None:
    sizes = ((2, 0.7), (4, 0.9), (16, 1.5), (4096, 3.0))
    gain = CompilerOutcome(False, True, Speedup(3.0, 2.9, 3.1, sizes))
    assert "slower at sizes (gcc-12: 2 to 4, least 0.70x)" in decide("gcc-12", {"gcc-12": gain}).reason
    assert "slower" not in decide("gcc-12", {"gcc-12": made(2.0)}).reason


def test_an_interval_is_written_as_wide_as_it_was_measured_or_wider() -> None:
    assert times(2.1, 2.053, 2.139) == "2.10x (2.05 to 2.14)"
    assert times(1.363, 1.3629, 1.3631) == "1.36x (1.36 to 1.37)"
    assert times(2.0, 2.0, 2.0) == "2.00x (1.99 to 2.01)"
    assert outward(1.1111, 1.1112, 3) == (1.111, 1.112)

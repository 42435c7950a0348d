"""How measured ratios are written: what is printed of an interval never claims more than what was measured."""

from __future__ import annotations

import math


def outward(low: float, high: float, digits: int = 2) -> tuple[float, float]:
    """The ends of an interval at so many digits, rounded away from each other; never the same."""
    scale = 10**digits
    least, most = math.floor(low * scale), math.ceil(high * scale)
    if least == most:
        least, most = least - 1, most + 1
    return least / scale, most / scale


def span(low: float, high: float, digits: int = 2) -> str:
    """An interval in words: "2.05 to 2.14"."""
    least, most = outward(low, high, digits)
    return f"{least:.{digits}f} to {most:.{digits}f}"


def times(ratio: float, low: float, high: float, digits: int = 2) -> str:
    """A ratio with its interval: "2.10x (2.05 to 2.14)"."""
    return f"{ratio:.{digits}f}x ({span(low, high, digits)})"

"""Gains over sizes as a picture: coordinates for inline SVG, both axes logarithmic."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vecassist.figures import times
from vecassist.report.data import Compiler, Point

WIDTH, HEIGHT = 460, 250
LEFT, RIGHT, TOP, BOTTOM = 40, 14, 14, 34


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Dot:
    """One measurement with the ends of its interval. title: what it says in words."""

    x: float
    y: float
    low: float
    high: float
    title: str
    headline: bool


@dataclass(frozen=True, slots=True)
class Curve:
    """One compiler's measurements. line: points of a polyline; band: of the polygon of its intervals."""

    name: str
    number: int
    line: str
    band: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture. even: where both versions take the same time."""

    curves: tuple[Curve, ...]
    columns: tuple[Tick, ...]
    rows: tuple[Tick, ...]
    even: float
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    bottom: int = HEIGHT - BOTTOM


def plot(compilers: Sequence[Compiler]) -> Plot | None:
    """The picture for one loop; None where nothing was timed."""
    timed = [one for one in compilers if one.points]
    points = [point for one in timed for point in one.points if _usable(point)]
    if not points:
        return None
    largest = _place(max(point.size for point in points))
    smallest = _place(min(point.size for point in points))
    low = math.floor(min(-0.5, *(math.log2(point.low) for point in points)) * 2) / 2
    high = math.ceil(max(0.5, *(math.log2(point.high) for point in points)) * 2) / 2

    def x(size: int) -> float:
        share = (_place(size) - smallest) / (largest - smallest) if largest > smallest else 0.5
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(ratio: float) -> float:
        share = (math.log2(ratio) - low) / (high - low)
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    curves: list[Curve] = []
    for number, one in enumerate(timed):
        good = sorted((point for point in one.points if _usable(point)), key=lambda point: point.size)
        above = [f"{x(point.size)},{y(point.high)}" for point in good]
        below = [f"{x(point.size)},{y(point.low)}" for point in reversed(good)]
        line = " ".join(f"{x(point.size)},{y(point.ratio)}" for point in good)
        dots = tuple(_dot(one, point, x(point.size), y) for point in good)
        curves.append(Curve(one.name, number, line, " ".join(above + below), dots))
    columns = tuple(Tick(x(size), _amount(size)) for size in _sizes(points))
    rows = tuple(
        Tick(y(2.0**power), f"{2.0**power:g}x")
        for power in range(math.ceil(low), math.floor(high) + 1, 1 if high - low <= 7 else 2)
    )
    return Plot(tuple(curves), columns, rows, y(1.0))


def _usable(point: Point) -> bool:
    return 0 < point.low <= point.ratio <= point.high < math.inf and point.size >= 0


def _dot(one: Compiler, point: Point, x: float, y: Callable[[float], float]) -> Dot:
    headline = one.gain is not None and one.gain.size == point.size
    told = f"{one.name}, size {point.size:,}: {times(point.ratio, point.low, point.high)}"
    return Dot(x, y(point.ratio), y(point.low), y(point.high), told, headline)


def _place(size: int) -> float:
    return math.log2(size + 1)


def _sizes(points: Sequence[Point]) -> list[int]:
    """Sizes for the axis: powers of four in range, with the ends, where labels have room."""
    least, most = min(point.size for point in points), max(point.size for point in points)
    powers = [4**power for power in range(16) if least < 4**power < most]
    room = max(1.0, (_place(most) - _place(least)) / 7)
    chosen = [least]
    for size in powers:
        if _place(size) - _place(chosen[-1]) >= room and _place(most) - _place(size) >= room:
            chosen.append(size)
    return chosen if most == least else [*chosen, most]


def _amount(size: int) -> str:
    for unit, letter in ((1 << 20, "Mi"), (1 << 10, "Ki")):
        if size >= unit * 10:
            return f"{size / unit:.0f}{letter}"
        if size >= unit and size % unit == 0:
            return f"{size // unit}{letter}"
    return str(size)

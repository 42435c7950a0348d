"""`make bench-scaling`: how the time for a proof grows with the trip count, the statements and the depth of a nest.

Processor time of the prover alone, the median of some runs. Writes scaling.csv and scaling.svg beside this file, or
into the folder that is named. Exit code 1 where a proof fails.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from compiler.toolchain import find_lowering_clang, resolve
from vecassist.problems import Place, problem
from verify.check import check
from verify.verdict import Proved

TRIPS = (1_000, 1_000_000, 2_000_000_000)
STATEMENTS = (1, 2, 5, 10, 20, 30, 40)
DEPTHS = (1, 2, 3, 4)
FLAGS = ("-ffp-contract=off",)


@dataclass(frozen=True, slots=True)
class Point:
    """One proof: the series, the size, the seconds of processor time."""

    series: str
    size: int
    seconds: float
    verdict: str


def trips(count: int) -> tuple[str, str]:
    """A loop of `count` iterations, and the same unrolled by four with a short last block."""
    head = "void f(float *restrict a, const float *restrict b)\n{\n"
    before = f"{head}    for (int i = 0; i < {count}; i++) a[i] = b[i] * 3.0f + 1.0f;\n}}\n"
    block = "".join(f" a[i + {n}] = b[i + {n}] * 3.0f + 1.0f;" for n in range(4))
    after = (
        f"{head}    int i = 0;\n    for (; i + 3 < {count}; i += 4) {{{block} }}\n"
        f"    for (; i < {count}; i++) a[i] = b[i] * 3.0f + 1.0f;\n}}\n"
    )
    return before, after


def statements(count: int) -> tuple[str, str]:
    """A loop of `count` statements, and a loop for each."""
    arrays = "".join(f"int x{n}[4096];\n" for n in range(count))
    head = f"{arrays}void f(const int *restrict b, int n)\n{{\n"
    body = [f"x{n}[i] = b[i] ^ {n + 1};" for n in range(count)]
    limit = "i < n && i < 4096"
    before = f"{head}    for (int i = 0; {limit}; i++) {{ {' '.join(body)} }}\n}}\n"
    after = head + "".join(f"    for (int i = 0; {limit}; i++) {one}\n" for one in body) + "}\n"
    return before, after


def nests(depth: int) -> tuple[str, str]:
    """A nest over an array of `depth` dimensions, and the same with its loops in reverse order."""
    names = "ijkl"[:depth]
    place = "".join(f"[{name}]" for name in names)
    head = f"int a{'[24]' * depth};\nvoid f(int x)\n{{\n    "
    loops = [f"for (int {name} = 0; {name} < 24; {name}++) " for name in names]
    statement = f"a{place} = a{place} * 3 + x;\n}}\n".replace("* 3 + x", "^ x")
    if depth == 1:
        return head + loops[0] + statement, head + "for (int i = 23; i >= 0; i--) " + statement
    return head + "".join(loops) + statement, head + "".join(reversed(loops)) + statement


SERIES: dict[str, tuple[Callable[[int], tuple[str, str]], tuple[int, ...]]] = {
    "trip count": (trips, TRIPS),
    "statements": (statements, STATEMENTS),
    "depth": (nests, DEPTHS),
}


def measure(series: str, size: int, runs: int) -> Point:
    """The median time of `runs` proofs of one pair."""
    before, after = SERIES[series][0](size)
    with tempfile.TemporaryDirectory(prefix="scaling-") as folder:
        name = Path(folder) / "f.c"
        name.write_text(before)
        place = Place(name, Path(folder), FLAGS, find_lowering_clang(), resolve("gcc"))
        built = problem(place, before, after, "f", ("sequential",))
    times: list[float] = []
    verdict = "proved"
    for _ in range(runs):
        started = time.process_time()
        found = check(built).verdict
        times.append(time.process_time() - started)
        if not isinstance(found, Proved):
            verdict = getattr(found, "code", "refuted")
    return Point(series, size, round(statistics.median(times), 3), verdict)


def points(runs: int, only: Sequence[str]) -> Iterator[Point]:
    for series, (_, sizes) in SERIES.items():
        if not only or series in only:
            # The first proof of a process pays for imports.
            measure(series, sizes[0], 1)
            yield from (measure(series, size, runs) for size in sizes)


def table(found: Sequence[Point]) -> str:
    """The points as text, with the ratio that the trip count makes."""
    lines = [f"{one.series:12}{one.size:>14,}{one.seconds:>9.3f} s  {one.verdict}" for one in found]
    times = [one.seconds for one in found if one.series == "trip count"]
    if times:
        lines.append(f"trip count {TRIPS[0]:,} against {TRIPS[-1]:,}: {times[-1] / times[0]:.2f} times")
    many = {one.size: one.seconds for one in found if one.series == "statements"}
    if many:
        lines.append(f"per statement: {many[10] / 10:.3f} s of 10, {many[40] / 40:.3f} s of 40")
    return "\n".join(lines) + "\n"


def csv(found: Sequence[Point]) -> str:
    rows = [f"{one.series},{one.size},{one.seconds},{one.verdict}" for one in found]
    return "\n".join(["series,size,seconds,verdict", *rows, ""])


def plot(found: Sequence[Point]) -> str:
    """The series side by side as SVG."""
    width, height, gap = 240, 180, 56
    panels: list[str] = []
    for number, series in enumerate(SERIES):
        mine = [one for one in found if one.series == series]
        if not mine:
            continue
        left, top = gap + number * (width + gap), 36
        most = max(one.seconds for one in mine) * 1.1 or 1.0
        span = max(len(mine) - 1, 1)
        linear = series != "trip count"
        low, high = mine[0].size, mine[-1].size
        xs = [
            left + width * ((one.size - low) / max(high - low, 1) if linear else place / span)
            for place, one in enumerate(mine)
        ]
        ys = [top + height * (1 - one.seconds / most) for one in mine]
        panels.append(f'<text x="{left}" y="{top - 12}" font-size="13">seconds by {series}</text>')
        panels.append(f'<path d="M{left} {top}V{top + height}H{left + width}" fill="none" stroke="#888"/>')
        for share in (0.5, 1.0):
            y = top + height * (1 - share / 1.1)
            panels.append(
                f'<text x="{left - 6}" y="{y + 4:.0f}" text-anchor="end">{most / 1.1 * share:.2f}</text>'
            )
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
        panels.append(f'<polyline points="{line}" fill="none" stroke="#3465a4" stroke-width="2"/>')
        for one, x, y in zip(mine, xs, ys, strict=True):
            panels.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#3465a4"/>')
            panels.append(
                f'<text x="{x:.1f}" y="{top + height + 16}" text-anchor="middle">{one.size:,}</text>'
            )
    total = gap + len(SERIES) * (width + gap)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" height="{height + 76}" font-family="sans-serif" '
            'font-size="10">',
            '<rect width="100%" height="100%" fill="white"/>',
            *panels,
            "</svg>",
            "",
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", action="append", default=[], choices=tuple(SERIES))
    parser.add_argument("--folder", type=Path, default=Path(__file__).resolve().parent)
    options = parser.parse_args()
    found = list(points(options.runs, options.only))
    sys.stdout.write(table(found))
    (options.folder / "scaling.csv").write_text(csv(found), "utf-8")
    (options.folder / "scaling.svg").write_text(plot(found), "utf-8")
    return 1 if any(one.verdict != "proved" for one in found) else 0


if __name__ == "__main__":
    raise SystemExit(main())

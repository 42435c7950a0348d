"""What a profile says, as values: weights of source lines, and of functions where no line is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from vecassist.errors import UserError


@dataclass(frozen=True, slots=True)
class Weights:
    """One run, or several of one profiler added up.

    profiler: "gcov", "llvm-cov", "perf" or "callgrind"; unit: what is counted; lines: (file as the profiler names it,
    line) to its weight; functions: weight that is known for a function only; total: all weight of the run, be its place
    known or not.
    """

    profiler: str
    unit: str
    lines: Mapping[tuple[str, int], float]
    total: float
    functions: Mapping[str, float] = field(default_factory=dict[str, float])


class Malformed(UserError):
    """A profile that cannot be read: the message names file and line."""

    def __init__(self, name: str, line: int, what: str) -> None:
        super().__init__(f"{name}:{line}: {what}")


def added(runs: Iterable[Weights]) -> tuple[Weights, ...]:
    """Runs that count the same, added up; one for each profiler and unit."""
    groups: dict[tuple[str, str], list[Weights]] = {}
    for run in runs:
        groups.setdefault((run.profiler, run.unit), []).append(run)
    return tuple(_sum(ones) for ones in groups.values())


def _sum(ones: list[Weights]) -> Weights:
    lines: Counter[tuple[str, int]] = Counter()
    functions: Counter[str] = Counter()
    for one in ones:
        lines.update(one.lines)  # pyright: ignore[reportArgumentType] - Counter adds floats as well
        functions.update(one.functions)  # pyright: ignore[reportArgumentType]
    total = sum(one.total for one in ones)
    return Weights(ones[0].profiler, ones[0].unit, dict(lines), total, dict(functions))

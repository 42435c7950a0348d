"""What became of each function of a suite, as rows of a table and as CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from vecassist.model import Outcome, Site


@dataclass(frozen=True, slots=True)
class Row:
    """One function of a suite.

    before    for each compiler, whether the machine code of any of the function's loops works on whole vectors
    announced whether a compiler reports a vectorized loop, be it lane by lane
    outcomes  what the line made of its loops
    strict    "" where the function is not hard; else "yes", or "no: " and why exact results rule vectors out
    """

    function: str
    before: Mapping[str, bool]
    announced: bool
    outcomes: tuple[Outcome, ...]
    strict: str = ""

    @property
    def hard(self) -> bool:
        """No compiler vectorizes any of its loops as they stand."""
        return not any(self.before.values())

    @property
    def taken(self) -> Outcome | None:
        """The accepted rewrite with the best gain."""
        found = [one for one in self.outcomes if one.status == "accepted"]
        return max(found, key=lambda one: max(speedups(one).values(), default=0.0), default=None)

    @property
    def told(self) -> Outcome | None:
        """The outcome that says most: an acceptance, else the first refusal."""
        order = {"accepted": 0, "refused": 1, "nothing proposed": 2, "skipped": 3}
        return min(self.outcomes, key=lambda one: order.get(one.status, 4), default=None)


@dataclass(frozen=True, slots=True)
class Totals:
    """Figures over the hard functions of a suite. geomean, least: of the gains with the unit's own compiler."""

    functions: int
    hard: int
    silent: int
    unlocked: int
    unlocked_silent: int
    geomean: float
    least: float
    slower: tuple[str, ...]
    permitted: int
    per_compiler: Mapping[str, float] = field(default_factory=dict[str, float])


def speedups(outcome: Outcome) -> dict[str, float]:
    """The measured ratio with each compiler."""
    return {n: c.speedup.ratio for n, c in outcome.compilers.items() if c.speedup is not None}


def totals(rows: Sequence[Row]) -> Totals:
    """The figures that a suite is judged by."""
    hard = [row for row in rows if row.hard]
    won = [(row, speedups(row.taken)) for row in hard if row.taken is not None]
    own = [next(iter(gains.values())) for _, gains in won if gains]
    names = dict.fromkeys(name for _, gains in won for name in gains)
    return Totals(
        functions=len(rows),
        hard=len(hard),
        silent=sum(not row.announced for row in hard),
        unlocked=len(won),
        unlocked_silent=sum(not row.announced for row, _ in won),
        geomean=geomean(own),
        least=min(own, default=1.0),
        slower=tuple(row.function for row, gains in won if min(gains.values(), default=1.0) < 0.98),
        permitted=sum(row.strict == "yes" for row in hard),
        per_compiler={name: geomean([g[name] for _, g in won if name in g]) for name in names},
    )


def geomean(values: Iterable[float]) -> float:
    """The geometric mean, 1 for no values."""
    logs = [math.log(value) for value in values]
    return math.exp(sum(logs) / len(logs)) if logs else 1.0


def cells(row: Row, compilers: Sequence[str]) -> dict[str, str]:
    """The row as text, by column."""
    told = row.told
    gains = speedups(row.taken) if row.taken is not None else {}
    candidate = told.candidate if told is not None else None
    found = {"function": row.function}
    found |= {f"{name} before": "vector" if row.before.get(name) else "scalar" for name in compilers}
    found["reported"] = "yes" if row.announced else "no"
    found["hard"] = "yes" if row.hard else ""
    found["strict"] = row.strict
    found["by"] = f"{candidate.proposer} {candidate.rule}".strip() if candidate is not None else ""
    found["proved"] = "yes" if told is not None and told.verdict == "proved" else ""
    found |= {f"{name} speedup": f"{gains[name]:.2f}" if name in gains else "" for name in compilers}
    found["outcome"] = told.status if told is not None else "no loop found"
    found["reason"] = told.reason if told is not None and told.status != "accepted" else ""
    return found


def as_csv(rows: Sequence[Row], compilers: Sequence[str]) -> str:
    """All rows as CSV with a header."""
    out = io.StringIO()
    table = [cells(row, compilers) for row in rows]
    if table:
        writer = csv.DictWriter(out, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)
    return out.getvalue()


def rows_of(
    functions: Sequence[str],
    sites: Sequence[Site],
    outcomes: Sequence[Outcome],
    announced: Mapping[str, bool],
    strict: Mapping[str, str],
) -> tuple[Row, ...]:
    """One row a function, in the order given; sites carry what compilers make of them as they stand."""
    made: list[Row] = []
    for name in functions:
        before: dict[str, bool] = {}
        for site in sites:
            if site.function == name:
                for view in site.views:
                    before[view.compiler] = before.get(view.compiler, False) or view.vectorized
        mine = tuple(one for one in outcomes if one.site.function == name)
        hard = not any(before.values())
        verdict = ""
        if hard:
            won = any(one.status == "accepted" for one in mine)
            verdict = "yes" if won else strict.get(name, "yes")
        made.append(Row(name, before, announced.get(name, False), mine, verdict))
    return tuple(made)

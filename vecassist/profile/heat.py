"""Heat of loop nests: the share of a run's weight that lies on the lines of each.

A line belongs to the smallest nest that has it; several nests of one size, as on one line, share it. Weight that is
known for a function only goes to the function's nests, in equal parts: that is said of them.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from vecassist.model import Site, Span
from vecassist.profile.weights import Weights, added


@dataclass(frozen=True, slots=True)
class Heat:
    """Shares (0 to 1) of measured weight by place; profilers: where they come from, in words.

    rough: places whose share is that of their function. Without a profile nothing is known of any place.
    """

    shares: Mapping[tuple[Path, Span], float] = field(default_factory=dict[tuple[Path, Span], float])
    profilers: tuple[str, ...] = ()
    rough: frozenset[tuple[Path, Span]] = frozenset()

    def of(self, site: Site) -> float | None:
        """The measured share of a nest; 0.0 where the profile has nothing of it, None without a profile."""
        return self.shares.get(_place(site), 0.0) if self.profilers else None

    def weight(self, site: Site) -> float:
        """What to order by: the measured share, or the static estimate. Not comparable between the two."""
        measured = self.of(site)
        return static_estimate(site) if measured is None else measured


def heat_of(profiles: Iterable[Weights], sites: Iterable[Site]) -> Heat:
    """The heat of sites by profiles; runs of one profiler are added up, the shares of different ones averaged."""
    runs = added(profiles)
    places = {_place(site): site for site in sites}
    shares: dict[tuple[Path, Span], float] = defaultdict(float)
    rough: set[tuple[Path, Span]] = set()
    for run in runs:
        for place, weight in _attributed(run, places, rough).items():
            shares[place] += weight / run.total / len(runs)
    return Heat(dict(shares), tuple(f"{run.profiler} ({run.unit})" for run in runs), frozenset(rough))


USUAL_TRIPS = 64
"""What is assumed of a trip count that the text does not tell."""


def static_estimate(site: Site) -> float:
    """Iterations of one run of a nest as its text suggests them; an estimate, never to be shown as heat."""
    outer = USUAL_TRIPS ** (site.depth - 1)
    return float(outer * (USUAL_TRIPS if site.trip is None else site.trip))


def _place(site: Site) -> tuple[Path, Span]:
    return site.file.resolve(), site.span


def _attributed(
    run: Weights, places: Mapping[tuple[Path, Span], Site], rough: set[tuple[Path, Span]]
) -> dict[tuple[Path, Span], float]:
    found: dict[tuple[Path, Span], float] = defaultdict(float)
    by_file: dict[Path, list[tuple[tuple[Path, Span], Site]]] = defaultdict(list)
    for place, site in places.items():
        by_file[place[0]].append((place, site))
    names = _by_basename(run)
    for file, ones in by_file.items():
        weights = _lines_of(file, ones[0][1].unit.directory, names, run)
        for line, weight in weights.items():
            for place in (owners := _smallest(line, ones)):
                found[place] += weight / len(owners)
    functions: dict[str, list[tuple[Path, Span]]] = defaultdict(list)
    for place, site in places.items():
        functions[site.function].append(place)
    for name, weight in run.functions.items():
        # Clones of a compiler carry a suffix: kernel.constprop.0, kernel.part.1.
        owners = functions.get(name) or functions.get(name.split(".")[0], [])
        for place in owners:
            found[place] += weight / len(owners)
            rough.add(place)
    return found


def _smallest(line: int, ones: Sequence[tuple[tuple[Path, Span], Site]]) -> list[tuple[Path, Span]]:
    covering = [
        (site.text.count("\n"), place)
        for place, site in ones
        if site.line <= line <= site.line + site.text.count("\n")
    ]
    least = min((size for size, _ in covering), default=0)
    return [place for size, place in covering if size == least]


def _by_basename(run: Weights) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for name, _ in run.lines:
        found[os.path.basename(name)].add(name)
    return {base: frozenset(names) for base, names in found.items()}


def _lines_of(
    file: Path, directory: Path, names: Mapping[str, frozenset[str]], run: Weights
) -> dict[int, float]:
    """Weights of one file's lines, under whatever name the profiler knew the file."""
    mine = _matching(file, directory, names.get(file.name, frozenset()))
    found: dict[int, float] = defaultdict(float)
    for (name, line), weight in run.lines.items():
        if name in mine:
            found[line] += weight
    return found


def _matching(file: Path, directory: Path, names: frozenset[str]) -> frozenset[str]:
    """The names that mean this file: its own path, else the one with the longest common end, as after a build in
    another folder. A name that is another file here is not meant."""
    exact = frozenset(name for name in names if (directory / name).resolve() == file)
    others = [name for name in names - exact if not (directory / name).exists()]
    if exact:
        # perf prints names without folders next to full ones.
        return exact | {name for name in others if name == file.name}
    best = max((_common(name, file) for name in others), default=0)
    same = frozenset(name for name in others if _common(name, file) == best)
    return same if len(same) == 1 else frozenset()


def _common(name: str, file: Path) -> int:
    parts = [part for part in Path(name).parts if part not in ("/", ".", "..")]
    count = 0
    for one, other in zip(reversed(parts), reversed(file.parts), strict=False):
        if one != other:
            break
        count += 1
    return count

"""The corpus of rewrite pairs: loading with checks, judging, and the score table.

`tests/pairs/FORMAT.md` has the format. A pair is one `after_*.c` with its `before.c`.
"""

from __future__ import annotations

import json
import re
import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent / "pairs"
UB = ROOT / "ub"

STYLES = ("plain-c", "vector-extension", "intrinsics-avx2", "builtin", "openmp-simd")
FLOATS = ("none", "strict", "reassociates")
EXPECTED = {"eq": "equivalent", "ne": "not_equivalent"}
LEDGER = (
    "indeterminate", "bounds", "alignment", "null", "overflow", "division", "shift", "conversion",
    "pointer-formation", "pointer-comparison", "effective-types", "sequencing", "promises", "volatile", "calls",
    "termination", "inner-bounds", "stack", "stores", "late-fault", "lanes", "float", "integers", "aliasing",
)  # fmt: skip
REQUIRED_CFLAGS = ("-ffp-contract=off",)
AVX2_CFLAGS = ("-mavx2", "-mfma")

_CASE_KEYS = {"function", "category", "pattern", "signature_notes", "after"}
_OPTIONAL_CASE_KEYS = {"ledger", "cflags"}
_AFTER_KEYS = {"expected", "style", "fp"}
_OPTIONAL_AFTER_KEYS = {"expected_fast_math", "technique", "mistake", "witness"}
_AFTER_NAME = re.compile(r"after_[0-9]{2}_(eq|ne)\.c")


class CorpusError(Exception):
    """A case folder that does not follow the format; the message names it."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One rewrite. ledger: the row of the ledger that it attacks, "" for the general corpus."""

    name: str
    function: str
    before: Path
    after: Path
    expected: str
    style: str
    fp: str
    ledger: str
    cflags: tuple[str, ...]

    @property
    def right(self) -> bool:
        """Whether the rewrite is right."""
        return self.expected == "equivalent"


@dataclass(frozen=True, slots=True)
class Case:
    """One folder with its pairs."""

    name: str
    ledger: str
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """The verdict on one pair, as plain values. detail: reason, strategy or counterexample in one line."""

    pair: str
    expected: str
    style: str
    ledger: str
    verdict: str
    code: str
    detail: str
    seconds: float

    @property
    def unsound(self) -> bool:
        """A wrong rewrite proved, or a right one refuted."""
        return (self.verdict, self.expected) in {("proved", "not_equivalent"), ("refuted", "equivalent")}

    @property
    def broken(self) -> bool:
        """The prover failed rather than gave up: such a verdict says nothing about its soundness."""
        return self.verdict == "unknown" and self.code in {"internal-error", "crash"}


def cases(root: Path = ROOT) -> tuple[Case, ...]:
    """Every case folder directly below `root`, sorted by name. Raises CorpusError."""
    folders = sorted(path.parent for path in root.glob("*/meta.json"))
    return tuple(load_case(folder) for folder in folders)


def all_cases() -> tuple[Case, ...]:
    """The general corpus and the cases of the ledger."""
    return cases(ROOT) + cases(UB)


def load_case(folder: Path) -> Case:
    """One folder, its meta.json checked against the format and the files. Raises CorpusError."""
    meta = _object(folder / "meta.json")
    where = folder.name
    _keys(where, meta, _CASE_KEYS, _OPTIONAL_CASE_KEYS)
    _demand(meta["function"] == where, where, "function is not the folder's name")
    ledger = meta.get("ledger", "")
    if folder.parent.name == "ub":
        _demand(ledger in LEDGER, where, f"ledger row {ledger!r} is not known")
    after: Mapping[str, Mapping[str, Any]] = meta["after"]
    _demand(after, where, "no rewrites")
    files = {path.name for path in folder.iterdir()}
    _demand(files == {"before.c", "meta.json", *after}, where, "files differ from those that meta.json names")
    cflags = tuple(meta.get("cflags", ()))
    pairs = tuple(_pair(folder, name, after[name], ledger, cflags) for name in sorted(after))
    return Case(where, ledger, pairs)


def _pair(folder: Path, name: str, entry: Mapping[str, Any], ledger: str, cflags: tuple[str, ...]) -> Pair:
    where = f"{folder.name}/{name}"
    kind = _AFTER_NAME.fullmatch(name)
    _demand(kind is not None, where, "not named after_NN_eq.c or after_NN_ne.c")
    assert kind is not None
    _keys(where, entry, _AFTER_KEYS, _OPTIONAL_AFTER_KEYS)
    _demand(entry["expected"] == EXPECTED[kind.group(1)], where, "expected does not agree with the file name")
    _demand(entry["style"] in STYLES, where, f"style {entry['style']!r} is not known")
    _demand(entry["fp"] in FLOATS, where, f"fp {entry['fp']!r} is not known")
    for key in ("technique",) if kind.group(1) == "eq" else ("mistake", "witness"):
        _demand(bool(str(entry.get(key, "")).strip()), where, f"{key} is missing")
    _demand(
        entry.get("expected_fast_math", "equivalent") in EXPECTED.values(), where, "bad expected_fast_math"
    )
    extra = AVX2_CFLAGS if entry["style"] == "intrinsics-avx2" else ()
    return Pair(
        where, folder.name, folder / "before.c", folder / name, entry["expected"], entry["style"], entry["fp"],
        ledger, (*REQUIRED_CFLAGS, *cflags, *extra),
    )  # fmt: skip


def _object(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path.parent.name}: meta.json is not readable: {error}") from error
    _demand(isinstance(data, dict), path.parent.name, "meta.json is not an object")
    return data


def _keys(where: str, entry: Mapping[str, Any], required: set[str], optional: set[str]) -> None:
    missing, unknown = required - set(entry), set(entry) - required - optional
    _demand(not missing, where, f"missing keys: {', '.join(sorted(missing))}")
    _demand(not unknown, where, f"unknown keys: {', '.join(sorted(unknown))}")


def _demand(condition: object, where: str, message: str) -> None:
    if not condition:
        raise CorpusError(f"{where}: {message}")


def judge(pair: Pair, pool: Any) -> Score:
    """The prover's verdict on one pair, in a worker of `pool` (vecassist.worker.WorkerPool).

    The problem is the one that `vecassist verify --assume sequential -- FLAGS` poses.
    """
    from compiler.errors import CompilerError
    from compiler.toolchain import find_lowering_clang, resolve
    from vecassist.problems import Place, problem
    from vecassist.proving import prove
    from verify.verdict import Proved, Refuted

    started = time.perf_counter()
    lowering = find_lowering_clang()
    place = Place(pair.before, pair.before.parent, pair.cflags, lowering, resolve("gcc"))
    texts = [path.read_text("latin-1") for path in (pair.before, pair.after)]
    try:
        built = problem(
            place, texts[0], texts[1], pair.function, ("sequential", "timing"), after_name=pair.after
        )
    except CompilerError as error:
        raise CorpusError(f"{pair.name}: does not compile: {error}") from error
    verdict = prove(pool, built, lowering).verdict
    match verdict:
        case Proved():
            name, code, detail = "proved", verdict.strategy, ", ".join(verdict.assumptions)
        case Refuted():
            inputs = ", ".join(f"{key} = {value}" for key, value in verdict.counterexample.inputs.items())
            name, code, detail = "refuted", "counterexample", f"{verdict.reason}: {inputs}"
        case _:
            name, code, detail = "unknown", verdict.code, verdict.reason
    seconds = time.perf_counter() - started
    return Score(
        pair.name, pair.expected, pair.style, pair.ledger, name, code, detail[:300], round(seconds, 3)
    )


def as_dict(score: Score) -> dict[str, object]:
    """A score as plain JSON values."""
    return asdict(score)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank); 0.0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def summary(scores: Iterable[Score]) -> dict[str, object]:
    """Counts, percentages and wall times of one group of scores."""
    found = list(scores)
    right = [score for score in found if score.expected == "equivalent"]
    wrong = [score for score in found if score.expected != "equivalent"]
    seconds = [score.seconds for score in found]

    def count(group: list[Score], verdict: str) -> int:
        return sum(score.verdict == verdict for score in group)

    def percent(part: int, group: list[Score]) -> float | None:
        return round(100 * part / len(group), 1) if group else None

    return {
        "right": len(right),
        "right_proved": count(right, "proved"),
        "right_proved_percent": percent(count(right, "proved"), right),
        "right_refuted": count(right, "refuted"),
        "wrong": len(wrong),
        "wrong_refuted": count(wrong, "refuted"),
        "wrong_refuted_percent": percent(count(wrong, "refuted"), wrong),
        "wrong_proved": count(wrong, "proved"),
        "seconds_median": round(statistics.median(seconds), 3) if seconds else 0.0,
        "seconds_p95": round(percentile(seconds, 0.95), 3),
    }


def grouped(scores: Iterable[Score]) -> dict[str, list[Score]]:
    """The general corpus by style and the ledger's cases by row, each with its total first."""
    groups: dict[str, list[Score]] = defaultdict(list)
    found = list(scores)
    for group, chosen in (
        ("corpus", [score for score in found if not score.ledger]),
        ("ledger", [score for score in found if score.ledger]),
    ):
        if chosen:
            groups[group] = chosen
        for score in chosen:
            groups[f"{group}: {score.style if group == 'corpus' else score.ledger}"].append(score)
    return dict(groups)


def table(scores: Iterable[Score]) -> str:
    """The score table as text."""
    lines = [
        f"{'':28}{'right proved':>18}{'wrong refuted':>18}{'unsound':>9}{'broken':>8}{'median':>9}{'p95':>8}"
    ]
    for name, group in grouped(scores).items():
        row = summary(group)
        unsound, broken = (sum(getattr(score, kind) for score in group) for kind in ("unsound", "broken"))
        cells = [_share(row, kind, verdict) for kind, verdict in (("right", "proved"), ("wrong", "refuted"))]
        lines.append(
            f"{name:28}{cells[0]:>18}{cells[1]:>18}{unsound:>9}{broken:>8}"
            f"{row['seconds_median']:>8.2f}s{row['seconds_p95']:>7.2f}s"
        )
    return "\n".join(lines)


def _share(row: Mapping[str, object], kind: str, verdict: str) -> str:
    percent = row[f"{kind}_{verdict}_percent"]
    return "-" if percent is None else f"{row[f'{kind}_{verdict}']} of {row[kind]} ({percent:.0f} %)"

"""The gate: no wrong rewrite of the corpus is proved, no right one refuted."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pairs_corpus import (
    LEDGER,
    ROOT,
    UB,
    Case,
    CorpusError,
    Score,
    all_cases,
    as_dict,
    cases,
    judge,
    load_case,
    table,
)

from vecassist.worker import WorkerLimits, WorkerPool

SECONDS = 8.0


@pytest.fixture(scope="session")
def pool() -> Iterator[WorkerPool]:
    with WorkerPool(1, WorkerLimits(seconds=SECONDS)) as found:
        yield found


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.name)
def test_nothing_wrong_is_proved_and_nothing_right_refuted(
    case: Case, pool: WorkerPool, record_property: Callable[[str, Any], None]
) -> None:
    scores = [judge(pair, pool) for pair in case.pairs]
    record_property("pairs", [as_dict(score) for score in scores])
    unsound = [f"{score.pair} is {score.verdict}: {score.detail}" for score in scores if score.unsound]
    assert not unsound
    # An exception is no cautious verdict: a prover that fails on everything would pass the line above.
    assert not [f"{score.pair}: {score.code}: {score.detail}" for score in scores if score.broken]


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("isum/after_01_eq.c", "proved"),
        ("ub/epilogue_count/after_01_eq.c", "proved"),
        ("ub/shift_signed/after_01_eq.c", "proved"),
        ("ub/char_plain/after_02_ne.c", "refuted"),
        ("ub/oob_ahead/after_03_ne.c", "refuted"),
        ("ub/shift_rot/after_03_ne.c", "refuted"),
        ("ub/al_two/after_02_ne.c", "refuted"),
    ],
)
def test_easy_pairs_get_a_verdict(name: str, verdict: str, pool: WorkerPool) -> None:
    case = load_case((ROOT / name).parent)
    (pair,) = [pair for pair in case.pairs if pair.after == ROOT / name]
    score = judge(pair, pool)
    assert (score.verdict, score.detail) == (verdict, score.detail)


def test_every_row_of_the_ledger_has_wrong_rewrites_and_a_right_neighbour() -> None:
    wrong, right = Counter[str](), Counter[str]()
    for case in cases(UB):
        for pair in case.pairs:
            (right if pair.right else wrong)[case.ledger] += 1
    assert {row: (wrong[row] >= 2, right[row] >= 1) for row in LEDGER} == dict.fromkeys(LEDGER, (True, True))


def test_the_general_corpus_is_there() -> None:
    assert len(cases(ROOT)) >= 69


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(UB / "ovf_spec", tmp_path / "ub" / "ovf_spec"))


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    meta = json.loads((folder / "meta.json").read_text("utf-8"))
    change(meta)
    (folder / "meta.json").write_text(json.dumps(meta), "utf-8")


def test_a_case_is_loaded_with_its_flags(folder: Path) -> None:
    edit(folder, lambda meta: meta.update(cflags=["-mfma"]))
    found = load_case(folder)
    assert (found.name, found.ledger, len(found.pairs)) == ("ovf_spec", "overflow", 6)
    assert found.pairs[0].cflags == ("-ffp-contract=off", "-mfma")
    assert [pair.right for pair in found.pairs] == [True, True, False, False, False, False]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda meta: meta.pop("pattern"), "missing keys: pattern"),
        (lambda meta: meta.update(colour="red"), "unknown keys: colour"),
        (lambda meta: meta.update(function="f"), "function is not the folder's name"),
        (lambda meta: meta.update(ledger="weather"), "ledger row 'weather' is not known"),
        (lambda meta: meta["after"].pop("after_01_eq.c"), "files differ"),
        (lambda meta: meta["after"]["after_03_ne.c"].pop("witness"), "witness is missing"),
        (lambda meta: meta["after"]["after_01_eq.c"].update(technique=" "), "technique is missing"),
        (lambda meta: meta["after"]["after_01_eq.c"].update(expected="not_equivalent"), "does not agree"),
        (lambda meta: meta["after"]["after_01_eq.c"].update(style="baroque"), "style 'baroque' is not known"),
    ],
)
def test_a_case_that_breaks_the_format_is_rejected(
    folder: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    edit(folder, change)
    with pytest.raises(CorpusError, match=message):
        load_case(folder)


def test_the_table_counts_by_style_and_by_row() -> None:
    scores = [
        Score("a/after_01_eq.c", "equivalent", "plain-c", "", "proved", "dataflow", "", 0.5),
        Score("a/after_02_eq.c", "equivalent", "plain-c", "", "unknown", "memory", "", 1.5),
        Score("b/after_01_ne.c", "not_equivalent", "builtin", "null", "proved", "dataflow", "", 2.0),
    ]
    lines = [" ".join(line.split()) for line in table(scores).splitlines()[1:]]
    assert lines == [
        "corpus 1 of 2 (50 %) - 0 0 1.00s 1.50s",
        "corpus: plain-c 1 of 2 (50 %) - 0 0 1.00s 1.50s",
        "ledger - 0 of 1 (0 %) 1 0 2.00s 2.00s",
        "ledger: null - 0 of 1 (0 %) 1 0 2.00s 2.00s",
    ]


@pytest.mark.parametrize(
    ("verdict", "code", "broken"),
    [("unknown", "internal-error", True), ("unknown", "crash", True), ("unknown", "timeout", False)],
)
def test_a_prover_that_fails_is_told_from_one_that_gives_up(verdict: str, code: str, broken: bool) -> None:
    assert Score("a/after_01_eq.c", "equivalent", "plain-c", "", verdict, code, "", 0.1).broken is broken

"""From answers in text files to a recording that the line replays."""

from __future__ import annotations

from pathlib import Path

import pytest
from llm_support import SOURCE

from vecassist.model import Site, Unit
from vecassist.propose.llm import Budget, BudgetLimits, Feedback, Recorded, converse, gather
from vecassist.propose.llm.record import main
from vecassist.scan.sites import scan_unit


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sum.c").write_bytes(SOURCE)
    replies = tmp_path / "replies"
    replies.mkdir()
    (replies / "sum.prefix.1.md").write_text("```c\nb[0] = 1;\n```\n")
    (replies / "sum.prefix.2.md").write_text("```c\nb[0] = 2;\n```\n")
    return tmp_path


def run(*cflags: str) -> int:
    return main(["--replies", "replies", "--out", "r.jsonl", "--model", "some-model", "sum.c", "--", *cflags])


def prefix_site(folder: Path) -> Site:
    unit = Unit(folder / "sum.c", folder, "gcc", ("-O2",))
    return next(site for site in scan_unit(unit).sites if site.function == "prefix")


def test_a_recording_is_replayed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("-O3") == 0
    assert capsys.readouterr().out.splitlines() == [
        "sum.c:prefix round 1: 19 characters",
        "sum.c:prefix round 2: 19 characters",
    ]
    site, recorded = prefix_site(folder), Recorded.load(folder / "r.jsonl")
    answers = iter([Feedback("refuted", "n = 1"), None])
    done = converse(site, gather(site, SOURCE), lambda _: next(answers), recorded, Budget(BudgetLimits()))
    assert done.accepted is not None
    assert (done.accepted.text, done.accepted.rule) == ("b[0] = 2;", "some-model")
    assert recorded.notes == ()


def test_recording_twice_gives_the_same_bytes(folder: Path) -> None:
    run()
    first = (folder / "r.jsonl").read_bytes()
    run()
    assert (folder / "r.jsonl").read_bytes() == first
    assert str(folder).encode() not in first


def test_an_answer_without_its_loop_is_an_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "replies" / "sum.perfix.1.md").write_text("x")
    assert run() == 2
    assert "sum.perfix.1.md belongs to no loop" in capsys.readouterr().err


def test_a_file_that_is_not_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "sum.c").unlink()
    assert run() == 2
    assert "sum.c" in capsys.readouterr().err

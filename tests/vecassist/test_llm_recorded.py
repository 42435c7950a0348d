"""Recordings: the same run again without a model, and a clear word where it is not the same any more."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from llm_support import Script, request

from vecassist.errors import UserError
from vecassist.propose.llm.protocol import ModelError, Reply
from vecassist.propose.llm.recorded import Exchange, Recorded, Recorder, Written, load


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "replies.jsonl"
    recorder = Recorder(Script(Reply("first é", 10, 5, 0.25), Reply("second", 20, 6)), path)
    recorder.complete(request("one"), 5)
    recorder.complete(request("two", number=1), 5)
    return path


def test_what_was_recorded_is_answered(recording: Path) -> None:
    recorded = Recorded.load(recording, strict=True)
    assert recorded.complete(request("two", number=1), 5) == Reply("second", 20, 6)
    assert recorded.complete(request("one"), 5) == Reply("first é", 10, 5, 0.25)
    assert recorded.model == "m"
    assert recorded.notes == ()


def test_a_recording_keeps_what_was_sent(recording: Path) -> None:
    exchange = load(recording)[0]
    assert exchange.messages == (("system", "be brief"), ("user", "one"))
    assert recording.read_text("ascii").count("\n") == 2


def test_other_facts_about_the_same_loop_are_answered_silently(recording: Path) -> None:
    recorded = Recorded.load(recording)
    assert recorded.complete(request("one, says gcc 99"), 5).text == "first é"
    assert recorded.complete(request("two, says gcc 99", number=1), 5).text == "second"
    assert recorded.notes == ()


def test_changed_prompts_are_answered_with_a_note(recording: Path) -> None:
    recorded = Recorded.load(recording)
    for _ in range(2):
        assert recorded.complete(request("other words", prompts="p2"), 5).text == "first é"
    (note,) = recorded.notes
    assert "other prompts" in note
    assert str(recording) in note


@pytest.mark.parametrize(
    ("strict", "key", "number", "words"),
    [
        (True, "k1", 0, "exactly this request"),
        (False, "k1", 2, "no answer for sum.c:prefix, round 3; 2 recorded for this loop"),
        (False, "k2", 0, "the loop has changed since the recording"),
    ],
)
def test_what_is_missing_is_said(recording: Path, strict: bool, key: str, number: int, words: str) -> None:
    recorded = Recorded.load(recording, strict)
    with pytest.raises(ModelError, match=words):
        recorded.complete(request("other", number, key=key), 5)


def test_an_unknown_place() -> None:
    with pytest.raises(ModelError, match=r"record it with `python -m vecassist\.propose\.llm\.record`"):
        Recorded(()).complete(request(), 5)


def test_blank_lines_and_unknown_fields_are_fine(tmp_path: Path) -> None:
    line = json.loads(Exchange.of(request(), Reply("x")).line()) | {"later": 1}
    path = tmp_path / "r.jsonl"
    path.write_text(f"\n{json.dumps(line)}\n\n")
    assert Recorded.load(path).complete(request(), 5).text == "x"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "not a JSON object"),
        ("[]", "not a JSON object"),
        ("{}", "'site' is missing"),
        (Exchange.of(request(), Reply("x")).line().replace('"round": 0', '"round": true'), "'round'"),
        (Exchange.of(request(), Reply("x")).line().replace('"reply": "x"', '"reply": 3'), "'reply'"),
        ("[" * 100_000, "not a JSON object"),
    ],
)
def test_broken_recordings(tmp_path: Path, line: str, words: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(f"\n{line}\n")
    with pytest.raises(UserError, match=rf"r\.jsonl:2: .*{words}"):
        load(path)


def test_a_recording_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot read recorded replies"):
        load(tmp_path / "none.jsonl")


def test_surrogates_survive_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    Recorder(Script("\ud800"), path).complete(request(), 5)
    assert Recorded.load(path).complete(request(), 5).text == "\ud800"


def test_written_answers(tmp_path: Path) -> None:
    (tmp_path / "sum.prefix.1.md").write_text("first")
    (tmp_path / "sum.prefix.k1.2.md").write_text("second")
    written = Written(tmp_path, "by hand")
    assert written.complete(request(), 5).text == "first"
    assert written.complete(request(number=1), 5).text == "second"
    assert written.model == "by hand"
    with pytest.raises(ModelError, match=r"sum\.prefix\.k1\.3\.md"):
        written.complete(request(number=2), 5)
    other = request(number=1)
    with pytest.raises(ModelError, match="none of"):
        written.complete(replace(other, subject=replace(other.subject, site="k2")), 5)

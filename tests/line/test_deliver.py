"""Edits, diffs and files written whole."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from vecassist.deliver.diff import unified
from vecassist.deliver.edits import Edit, FileChange, edit_between, merge
from vecassist.deliver.write import fix, write_all
from vecassist.errors import UserError
from vecassist.model import Span


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a\nb\nc\n", b"a\nx\nc\n"),
        (b"a\nb", b"a\nb\n"),
        (b"a\r\nb\r\n", b"a\r\nb2\r\n"),
        (b"/* \xe9\x85 \x0c */ int a;\n", b"/* \xe9\x85 \x0c */ int b;\n"),
        (b"one\ntwo\n", b"two\n"),
        (b"x\n" * 50, b"x\n" * 20 + b"y\n" + b"x\n" * 30),
    ],
)
def test_git_applies_a_diff_byte_for_byte(tmp_path: Path, before: bytes, after: bytes) -> None:
    for name in ("f.c", "a file.c"):
        path = tmp_path / name
        path.write_bytes(before)
        diff = unified([FileChange(path, before, after)], tmp_path)
        subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff, check=True)
        assert path.read_bytes() == after


def test_edits_of_one_file_are_merged() -> None:
    original = b"0123456789"
    edits = [Edit(Span(7, 8), b"seven"), Edit(Span(2, 3), b"")]
    assert merge(original, edits) == b"013456seven89"
    with pytest.raises(ValueError, match="overlapping"):
        merge(original, [Edit(Span(2, 5), b"x"), Edit(Span(4, 6), b"y")])


@pytest.mark.parametrize(
    ("before", "after"), [(b"abc", b"abc"), (b"aXc", b"aYYc"), (b"aa", b"aaa"), (b"", b"x")]
)
def test_the_smallest_edit(before: bytes, after: bytes) -> None:
    edit = edit_between(before, after)
    assert merge(before, [edit]) == after
    assert len(edit.new) <= len(after)
    if before == after:
        assert edit.span.start == edit.span.end


def test_fix_writes_and_keeps_the_mode(tmp_path: Path) -> None:
    path = tmp_path / "f.c"
    path.write_bytes(b"old")
    path.chmod(0o640)
    fix([FileChange(path, b"old", b"new")])
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [entry.name for entry in tmp_path.iterdir()] == ["f.c"]


def test_fix_refuses_a_file_that_changed_meanwhile(tmp_path: Path) -> None:
    one, two = tmp_path / "1.c", tmp_path / "2.c"
    one.write_bytes(b"old")
    two.write_bytes(b"other")
    with pytest.raises(UserError, match="changed while"):
        fix([FileChange(one, b"old", b"new"), FileChange(two, b"old", b"new")])
    assert one.read_bytes() == b"old"


def test_nothing_is_written_where_one_file_cannot_be(tmp_path: Path) -> None:
    one = tmp_path / "1.c"
    one.write_bytes(b"old")
    with pytest.raises(UserError, match="cannot be written"):
        write_all({one: b"new", tmp_path / "missing" / "2.c": b"new"})
    assert one.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["1.c"]

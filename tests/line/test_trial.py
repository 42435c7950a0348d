"""The project's own commands decide on accepted rewrites, on a copy of the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from vecassist.deliver.edits import FileChange
from vecassist.errors import UserError
from vecassist.trial import compare, passes


@pytest.fixture
def change(tmp_path: Path) -> FileChange:
    source = tmp_path / "project" / "src" / "a.c"
    source.parent.mkdir(parents=True)
    source.write_text("before\n")
    return FileChange(source, b"before\n", b"after\n")


def test_tests_run_on_a_copy(change: FileChange) -> None:
    root = change.path.parents[1]
    assert passes(root, [change], "grep -q after src/a.c && touch made") is None
    told = passes(root, [change], "grep -q before src/a.c || { echo broken; exit 3; }")
    assert told == "exit code 3: broken"
    assert change.path.read_text() == "before\n"
    assert not (root / "made").exists()


def test_a_benchmark_gives_a_ratio(change: FileChange) -> None:
    ratio = compare(change.path.parents[1], [change], "grep -q after src/a.c || sleep 0.2")
    assert ratio.low > 2
    assert ratio.low <= ratio.median <= ratio.high


def test_a_benchmark_that_fails_is_an_error(change: FileChange) -> None:
    with pytest.raises(UserError, match=r"--bench-cmd `false` fails: exit code 1"):
        compare(change.path.parents[1], [change], "false")


def test_a_file_outside_the_repository(change: FileChange, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="outside"):
        passes(tmp_path / "project" / "src", [FileChange(tmp_path / "b.c", b"", b"x")], "true")

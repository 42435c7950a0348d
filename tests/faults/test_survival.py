"""Kills, full disks, other runs, broken databases and clocks that jump: files are whole, nothing wrong is reused."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from campaigns.kills import Stage, environment, files, killed_before, stage
from vecassist.answers.keep import Answers
from vecassist.cc.manifest import Manifest, facts, load, save
from vecassist.deliver.edits import FileChange
from vecassist.deliver.write import write_all
from vecassist.errors import UserError
from vecassist.line import Region, Result
from vecassist.model import Outcome, Unit
from vecassist.scan.sites import scan_unit

FUTURE = 4_000_000_000_000_000_000


@pytest.fixture(scope="module")
def optimizing(tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return stage("optimize", tmp_path_factory.mktemp("optimize"))


def start(on: Stage, *prefix: str, temporary: str = "") -> subprocess.Popen[str]:
    words = [*prefix, sys.executable, "-m", "vecassist", *on.command]
    return subprocess.Popen(
        words, cwd=on.folder, env=environment(on.folder) | ({"TMPDIR": temporary} if temporary else {}),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def test_a_killed_optimize_leaves_whole_files(optimizing: Stage) -> None:
    """At the write into the first file that is prepared, and between the two that are put in place."""
    delivering = optimizing.delivering()
    renames = [number for number in delivering if " os.rename " in optimizing.changes[number - 1]]
    assert len(renames) == 2
    for when in (delivering[1] + 1, renames[1]):
        assert killed_before(optimizing, when) == ""


def test_a_killed_hook_leaves_whole_files(tmp_path: Path) -> None:
    on = stage("hook", tmp_path)
    (rename,) = (number for number in on.delivering() if " os.rename " in on.changes[number - 1])
    assert killed_before(on, rename) == ""


def test_a_half_written_file_would_be_seen(optimizing: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(optimizing.after, "k.c", b"other")
    assert killed_before(optimizing, optimizing.delivering()[-1]) == "k.c is neither old nor new"


def test_two_runs_at_once(optimizing: Stage) -> None:
    optimizing.restore()
    runs = [start(optimizing), start(optimizing)]
    for one in runs:
        _, said = one.communicate(timeout=200)
        assert one.returncode in (0, 1) or "changed while it was being optimized" in said, said
    assert files(optimizing.folder) == optimizing.after


def test_a_limit_on_the_size_of_files(optimizing: Stage) -> None:
    optimizing.restore()
    limited = start(optimizing, "prlimit", "--fsize=10000")
    _, said = limited.communicate(timeout=200)
    assert limited.returncode == 2
    errors = [line for line in said.splitlines() if "error:" in line]
    assert len(errors) == 1
    assert "file too large; nothing was changed" in errors[0] or "no space left on a disk" in errors[0]
    assert files(optimizing.folder) == optimizing.before


def mounting(place: str, kilobytes: int) -> tuple[str, ...]:
    """The start of a command that has a small file system of its own in a place."""
    script = f'mount -t tmpfs -o size={kilobytes}k none {place} && exec "$@"'
    return ("unshare", "-rm", "sh", "-c", script, "sh")


@pytest.mark.skipif(
    subprocess.run([*mounting("/tmp", 4), "true"], capture_output=True).returncode != 0,
    reason="a small file system cannot be mounted here",
)
def test_full_disks(optimizing: Stage, tmp_path: Path) -> None:
    """Of the store, when everything is known; of the folder for temporary files."""
    optimizing.restore()
    store = optimizing.folder / ".vecassist"
    store.mkdir()
    temporary = str(tmp_path)
    runs = [
        start(optimizing, *mounting(str(store), 4)),
        start(optimizing, *mounting(temporary, 4), temporary=temporary),
    ]
    for full, told in zip(runs, ("cannot be written: no space left", "no space left on a disk"), strict=True):
        _, said = full.communicate(timeout=200)
        assert full.returncode == 2, said
        errors = [line for line in said.splitlines() if "error:" in line]
        assert len(errors) == 1
        assert told in errors[0]
        assert "Traceback" not in said
    assert files(optimizing.folder) == optimizing.before


@pytest.fixture
def region(tmp_path: Path) -> Region:
    text = "void f(int *a, int n) { for (int i = 0; i < n; i++) a[i] = 0; }\n"
    (tmp_path / "a.c").write_text(text)
    return Region(scan_unit(Unit(Path("a.c"), tmp_path, "gcc", ("-O2",))).sites, text.encode())


def damaged(data: bytes, how: str) -> bytes:
    match how:
        case "empty":
            return b""
        case "cut":
            return data[: len(data) // 2]
        case "another header":
            return b"x" * 64 + data[64:]
        case "a page of zeros":
            return data[:4096] + bytes(4096) + data[8192:]
        case _:
            return random.Random(1).randbytes(len(data))


@pytest.mark.parametrize("damage", ["empty", "cut", "another header", "random", "a page of zeros"])
def test_a_broken_database_answers_nothing_and_is_begun_anew(
    region: Region, tmp_path: Path, damage: str
) -> None:
    place = tmp_path / "answers.sqlite"
    kept = Result(Outcome(region.site, "refused", "not proved", "not-proved"), None, ())
    with Answers(place, lambda _: "key", 1.0) as answers:
        answers.put(region, kept)
        assert answers.get(region) == kept
    place.write_bytes(damaged(place.read_bytes(), damage))
    told = ""
    for _ in range(3):
        with Answers(place, lambda _: "key", 1.0) as answers:
            assert answers.get(region) in (None, kept)
            answers.put(region, kept)
            told += answers.fault
    assert ("taken away" in told) is (damage != "empty")
    with Answers(place, lambda _: "key", 1.0) as answers:
        assert answers.get(region) == kept
        assert answers.fault == ""


def test_a_changed_answer_in_a_good_database_is_none(region: Region, tmp_path: Path) -> None:
    place = tmp_path / "answers.sqlite"
    with Answers(place, lambda _: "key", 1.0) as answers:
        answers.put(region, Result(Outcome(region.site, "refused", "not proved", "not-proved"), None, ()))
    with sqlite3.connect(place) as base:
        base.execute("UPDATE answers SET body = replace(body, 'not proved', 'not moved!')")
    base.close()
    with Answers(place, lambda _: "key", 1.0) as answers:
        assert answers.get(region) is None


def test_a_database_that_cannot_be_opened_is_told(region: Region, tmp_path: Path) -> None:
    with Answers(tmp_path, lambda _: "key", 1.0) as answers:
        assert answers.get(region) is None
        assert "this run goes on without it" in answers.fault


@pytest.mark.parametrize("ahead", [0, FUTURE], ids=["now", "in the future"])
@pytest.mark.parametrize("made", [0, FUTURE], ids=["by a clock of today", "by a clock that was ahead"])
def test_a_manifest_does_not_hold_for_other_contents(tmp_path: Path, ahead: int, made: int) -> None:
    """Of the same size, and with the same time of change, whatever the clock said when it was made."""
    source, place = tmp_path / "a.c", str(tmp_path / "manifest")
    source.write_text("int a;")
    if ahead:
        os.utime(source, ns=(ahead, ahead))
    seen, known = Manifest(), facts(str(source))
    assert known is not None
    seen.made, seen.kind, seen.files[str(source)] = made or time.time_ns(), "gcc", known
    assert save(place, seen)
    assert load(place) is not None
    source.write_text("int b;")
    os.utime(source, ns=(int(known[0]), int(known[0])))
    assert load(place) is None
    source.write_text("int a;")
    assert load(place) is not None


def test_what_a_killed_run_had_prepared_is_taken_away(tmp_path: Path) -> None:
    place = tmp_path / "k.c"
    place.write_text("old")
    left = tmp_path / ".k.c.abcdefgh.vecassist-new"
    left.write_text("ne")
    other = tmp_path / ".kk.c.abcdefgh.vecassist-new"
    other.write_text("ne")
    with pytest.raises(UserError, match="changed while"):
        write_all({place: b"new"}, [FileChange(place, b"older", b"new")])
    assert left.exists()
    write_all({place: b"new"}, [FileChange(place, b"old", b"new")])
    assert sorted(path.name for path in tmp_path.iterdir()) == [other.name, "k.c"]


def test_a_broken_store_is_one_clear_line(optimizing: Stage) -> None:
    optimizing.restore()
    store = optimizing.folder / ".vecassist"
    store.mkdir()
    (store / "k.c-ring.json").write_text(json.dumps({"file": "k.c"})[:-3])
    words = [sys.executable, "-m", "vecassist", "audit"]
    done = subprocess.run(
        words, cwd=optimizing.folder, env=environment(optimizing.folder), capture_output=True, text=True
    )
    shutil.rmtree(store)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "k.c-ring.json" in done.stderr

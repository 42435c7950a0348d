"""Answers of earlier runs: what changes a key and what does not, what is kept, and the command that uses them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from vecassist.answers.context import context
from vecassist.answers.keep import Answers
from vecassist.answers.plain import dump, load
from vecassist.line import Attempt, Region, Result
from vecassist.model import Candidate, Outcome, Unit
from vecassist.promises import tokens
from vecassist.scan.sites import scan_unit
from vecassist.worker import WorkerFailed, WorkerLimits, WorkerPool

TEXT = """\
typedef int word;
static int helper(int x) { return x + 1; }
static int other(int x) { return x + 2; }
int table(int);
int (*hook)(int) = other;
void f(word *a, int n) { for (int i = 0; i < n; i++) a[i] = helper(a[i]); }
void g(word *a, int n) { for (int i = 0; i < n; i++) a[i] = 0; }
"""


def seen(text: str, function: str) -> str:
    return context([token.text for token in tokens(text)]).around(function)


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("a[i] = 0", "a[i] = 1", False),
        ("void g", "\n\n\nvoid g", False),
        ("x + 1", "x + 3", True),
        ("x + 2", "x + 4", True),
        ("typedef int", "typedef unsigned", True),
        ("helper(a[i])", "helper(a[i]) * 2", True),
        ("void g(word *a, int n)", "void g(word *a, long n)", True),
    ],
)
def test_a_function_sees_what_it_reaches(old: str, new: str, changes: bool) -> None:
    assert (seen(TEXT, "f") != seen(TEXT.replace(old, new), "f")) is changes


@pytest.fixture
def region(tmp_path: Path) -> Region:
    (tmp_path / "a.c").write_text(TEXT)
    site = scan_unit(Unit(Path("a.c"), tmp_path, "gcc", ("-O2",))).sites[-1]
    return Region((site,), TEXT.encode())


def ended(region: Region, code: str) -> Result:
    candidate = Candidate(region.site, "{ ; }", "rules", "VA001")
    attempt = Attempt(candidate, "prove", code, "not proved", "unknown")
    outcome = Outcome(region.site, "refused", "not proved", code, candidate, "unknown", tokens=3)
    return Result(outcome, None, (attempt,))


def test_a_result_comes_back_as_it_was(region: Region) -> None:
    result = ended(region, "not-proved")
    assert load(dump(result, region), region) == result


@pytest.mark.parametrize(
    ("code", "same_time", "more_time"),
    [
        ("no-hypothesis", True, True),
        ("timeout", True, False),
        ("killed", False, False),
        ("crash", False, False),
        ("memory-limit", False, False),
    ],
)
def test_what_is_kept(region: Region, tmp_path: Path, code: str, same_time: bool, more_time: bool) -> None:
    place = tmp_path / "answers.sqlite"
    with Answers(place, lambda _: "key", 10.0) as answers:
        answers.put(region, ended(region, code))
        assert (answers.get(region) is not None) is same_time
    with Answers(place, lambda _: "key", 60.0) as answers:
        assert (answers.get(region) is not None) is more_time


def test_a_broken_database_is_no_database(region: Region, tmp_path: Path) -> None:
    (tmp_path / "answers.sqlite").write_bytes(b"rubbish" * 1000)
    with Answers(tmp_path / "answers.sqlite", lambda _: "key", 10.0) as answers:
        answers.put(region, ended(region, "no-hypothesis"))
        assert answers.get(region) is None


def test_a_killed_worker_is_told_as_killed_and_replaced() -> None:
    with WorkerPool(1, WorkerLimits(seconds=30)) as pool:
        child = pool.call(os.getpid)
        threading.Timer(0.3, os.kill, (child, 9)).start()
        with pytest.raises(WorkerFailed) as caught:
            pool.call(time.sleep, 20)
        assert caught.value.kind == "killed"
        assert pool.call(os.getpid) != child


COMMAND = [
    *(sys.executable, "-m", "vecassist", "optimize", "a.c", "--proposer", "rules", "--no-store"),
    *("--output-format", "json"),
]
LOOPS = """\
void twice(float *restrict a, const float *restrict b, int n) {
    for (int i = 0; i < n; i++) a[i] = b[i] * 2.0f;
}
int last(const int *a, int n) {
    int s = 0;
    for (int i = 0; i < n; i++) s = (s * 3) ^ a[i];
    return s;
}
"""


def test_the_command_answers_from_earlier_runs_and_keeps_to_its_time(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text(LOOPS)

    def optimize(*words: str) -> tuple[dict[str, object], str]:
        done = subprocess.run(
            [*COMMAND, *words, "--", "-O2"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "VECASSIST_CACHE_DIR": ""},
        )
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout), done.stderr

    out_of_time, told = optimize("--time-budget", "0")
    assert {loop["reason_code"] for loop in out_of_time["loops"]} == {"not-tried"}  # type: ignore[index, union-attr]
    assert "2 loops untried" in told
    first, told = optimize()
    assert "earlier runs" not in told
    assert "not-tried" not in json.dumps(first)
    # What was answered costs no time, so it is there even without any.
    second, told = optimize("--time-budget", "0")
    assert "2 answers of earlier runs" in told
    assert second["loops"] == first["loops"]
    (tmp_path / "a.c").write_text(LOOPS.replace("s * 3", "s * 5"))
    _, told = optimize()
    assert "1 answer of earlier runs" in told

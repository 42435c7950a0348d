"""The project's own tests and benchmark on a copy of the repository, with the accepted rewrites in it.

The user's tree is never touched, so a command that is killed leaves nothing half done.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compiler.errors import TimedOut
from compiler.process import run
from vecassist.deliver.edits import FileChange
from vecassist.errors import UserError

PAIRS = 5
"""Runs of the benchmark with and without the rewrites, in turn."""
SECONDS = 1800.0
_LEFT_OUT = shutil.ignore_patterns(".git", ".vecassist", "__pycache__", ".venv", "node_modules")


@dataclass(frozen=True, slots=True)
class Ratio:
    """Time of the whole program before divided by time after: the median of pairs, and the least and largest."""

    median: float
    low: float
    high: float


def passes(root: Path, changes: Sequence[FileChange], command: str) -> str | None:
    """None where the command succeeds in a copy of `root` with the changes, else its last line.

    Raises UserError where the copy cannot be made.
    """
    with tempfile.TemporaryDirectory(prefix="vecassist-") as scratch:
        return _failure(_copy(root, changes, Path(scratch) / "after"), command)


def compare(root: Path, changes: Sequence[FileChange], command: str) -> Ratio:
    """The benchmark with and without the changes, interleaved after one run of each that does not count.

    Raises UserError where the command fails.
    """
    with tempfile.TemporaryDirectory(prefix="vecassist-") as scratch:
        before = _copy(root, (), Path(scratch) / "before")
        after = _copy(root, changes, Path(scratch) / "after")
        for folder in (before, after):
            failure = _failure(folder, command)
            if failure is not None:
                raise UserError(f"--bench-cmd `{command}` fails: {failure}")
        pairs = [(_seconds(before, command), _seconds(after, command)) for _ in range(PAIRS)]
    ratios = sorted(one / two for one, two in pairs)
    return Ratio(statistics.median(ratios), ratios[0], ratios[-1])


def _copy(root: Path, changes: Sequence[FileChange], target: Path) -> Path:
    try:
        shutil.copytree(root, target, symlinks=True, ignore=_LEFT_OUT)
    except (OSError, shutil.Error) as error:
        raise UserError(f"{root}: cannot be copied for the trial: {error}") from None
    for change in changes:
        path = change.path.resolve()
        if not path.is_relative_to(root.resolve()):
            raise UserError(f"{path}: outside {root}, so --test-cmd and --bench-cmd cannot try its rewrite")
        (target / path.relative_to(root.resolve())).write_bytes(change.after)
    return target


def _failure(folder: Path, command: str) -> str | None:
    try:
        done = run(["sh", "-c", command], cwd=folder, timeout=SECONDS)
    except TimedOut:
        return f"no end within {SECONDS:g} s"
    if done.returncode == 0:
        return None
    said = [line for line in (done.out + done.err).splitlines() if line.strip()]
    return f"exit code {done.returncode}" + (f": {said[-1].strip()[:200]}" if said else "")


def _seconds(folder: Path, command: str) -> float:
    start = time.perf_counter()
    failure = _failure(folder, command)
    if failure is not None:
        raise UserError(f"--bench-cmd `{command}` fails: {failure}")
    return time.perf_counter() - start

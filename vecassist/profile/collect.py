"""One run of a program under the best profiler that is present and works: perf, valgrind, else gcov's own counters."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from compiler.errors import CompilerError
from compiler.process import run
from vecassist.errors import UserError

_FIELDS = "comm,pid,time,event,period,ip,sym,dso,srcline"
_EVENTS = ("cycles:u", "cpu-clock:u")
_QUICK = 20.0


@dataclass(frozen=True, slots=True)
class Collected:
    """A profile as its profiler wrote it; code: what the program ended with; missing: why no better profiler ran."""

    profiler: str
    data: bytes
    code: int
    missing: tuple[str, ...]


def collect(command: Sequence[str], folder: Path) -> Collected:
    """Run the command once, with the terminal as its own. `folder` is where gcov's counters are looked for.

    Raises UserError where the program cannot be started or no profiler works, with what to install.
    """
    if shutil.which(command[0]) is None:
        raise UserError(f"{command[0]}: no such program; name one that can be run")
    missing: list[str] = []
    for attempt in (_perf, _callgrind, _gcov):
        with tempfile.TemporaryDirectory(prefix="vecassist-") as scratch:
            found = attempt(command, Path(scratch), folder, missing.append)
        if found is not None:
            return Collected(found[0], found[1], found[2], tuple(missing))
    raise UserError(f"no profiler works here: {'; '.join(missing)}; install perf or valgrind")


_Found = tuple[str, bytes, int] | None


def _perf(command: Sequence[str], scratch: Path, folder: Path, missing: Callable[[str], None]) -> _Found:
    del folder
    if shutil.which("perf") is None:
        missing("perf is not installed")
        return None
    record = scratch / "perf.data"
    event = next((event for event in _EVENTS if _works(record, event)), None)
    if event is None:
        missing("perf may not record here (see /proc/sys/kernel/perf_event_paranoid)")
        return None
    code = _call(["perf", "record", "-q", "-e", event, "-o", str(record), "--", *command])
    text = run(["perf", "script", "-i", str(record), "-F", _FIELDS], timeout=600)
    if text.returncode != 0 or not text.stdout.strip():
        why = "perf saw no sample" if text.returncode == 0 else "perf script failed"
        raise UserError(f"{command[0]}: {why}; let it run longer, or pass a profile of your own")
    return "perf", text.stdout, code


def _works(record: Path, event: str) -> bool:
    try:
        tried = run(
            ["perf", "record", "-q", "-e", event, "-o", str(record), "--", "sleep", "0"], timeout=_QUICK
        )
    except CompilerError:
        return False
    return tried.returncode == 0


def _callgrind(command: Sequence[str], scratch: Path, folder: Path, missing: Callable[[str], None]) -> _Found:
    del folder
    if shutil.which("valgrind") is None:
        missing("valgrind is not installed")
        return None
    # One file for each process: a program may start others.
    pattern = scratch / "callgrind.%p"
    tool = ["valgrind", "-q", "--tool=callgrind", "--trace-children=yes"]
    code = _call([*tool, f"--callgrind-out-file={pattern}", "--", *command])
    files = sorted(scratch.glob("callgrind.*"), key=lambda file: file.stat().st_size)
    if not files:
        raise UserError(f"{command[0]}: valgrind wrote no profile; does the program run under valgrind?")
    return "callgrind", files[-1].read_bytes(), code


def _gcov(command: Sequence[str], scratch: Path, folder: Path, missing: Callable[[str], None]) -> _Found:
    if shutil.which("gcov") is None:
        missing("gcov is not installed")
        return None
    if next(folder.rglob("*.gcno"), None) is None:
        missing(f"no file in {folder} was built with --coverage")
        return None
    start = time.time() - 1
    code = _call(list(command))
    fresh = [file for file in folder.rglob("*.gcda") if file.stat().st_mtime >= start]
    if not fresh:
        raise UserError(f"{command[0]}: wrote no coverage below {folder}; was it built with --coverage?")
    parts: list[bytes] = []
    for file in sorted(fresh):
        told = run(["gcov", "--json-format", "--stdout", str(file.resolve())], cwd=scratch)
        if told.returncode == 0:
            parts.append(told.stdout)
    return "gcov", b"".join(parts), code


def _call(argv: Sequence[str]) -> int:
    """Run a program whose output is the user's; a profiler's own standard output does not mix with results."""
    try:
        return subprocess.run(argv, check=False, env=os.environ).returncode
    except OSError as error:
        raise UserError(f"{argv[0]}: cannot be run: {error.strerror}") from error

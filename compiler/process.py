"""The only place that starts a program."""

from __future__ import annotations

import errno
import os
import re
import resource
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from compiler.errors import CompileFailed, TimedOut, ToolMissing

_FULL = re.compile(rb"No space left on device|Disk quota exceeded|File too large|File size limit exceeded")


COMPILER_MEMORY = 8 << 30
"""For a compiler on a text that somebody else wrote."""


@dataclass(frozen=True, slots=True)
class Completed:
    """A finished process. returncode is negative after a signal; the streams are raw bytes."""

    argv: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: bytes

    @property
    def out(self) -> str:
        return self.stdout.decode("utf-8", "replace")

    @property
    def err(self) -> str:
        return self.stderr.decode("utf-8", "replace")


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    stdin: bytes = b"",
    timeout: float = 60.0,
    env: Mapping[str, str] | None = None,
    memory: int | None = None,
) -> Completed:
    """Run argv to its end and return what it said; a non-zero exit is a result, not an exception.

    Messages are in the C locale. After `timeout` seconds the process and its children are killed: TimedOut.
    A program that cannot be started: ToolMissing. One that fails for want of space on a disk: OSError with ENOSPC,
    since that says nothing about its input.
    """
    environment = {**os.environ, "LC_ALL": "C", **(env or {})}
    try:
        process = subprocess.Popen(
            list(argv),
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        missing = cwd is not None and not cwd.is_dir()
        what = f"directory {cwd} does not exist" if missing else f"cannot run {argv[0]}: {error.strerror}"
        raise ToolMissing(what) from error
    if memory is not None:
        _limit(process.pid, memory, timeout)
    try:
        stdout, stderr = process.communicate(stdin, timeout)
    except BaseException as error:
        # The new session made the child the leader of its own group, so only what it started is hit.
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        if isinstance(error, subprocess.TimeoutExpired):
            raise TimedOut(f"{argv[0]} ran longer than {timeout:g} s", output) from error
        raise
    if process.returncode != 0 and _FULL.search(stderr):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), argv[0])
    return Completed(tuple(argv), process.returncode, stdout, stderr)


def _limit(pid: int, memory: int, seconds: float) -> None:
    """Limits on a process that has just been started: dearer ways would set them before it begins, and a compiler's
    driver has read nothing by now."""
    if not hasattr(resource, "prlimit"):
        return
    limits = ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CPU, int(seconds) + 1))
    for kind, most in limits:
        try:
            _, hard = resource.prlimit(pid, kind)
            if hard == resource.RLIM_INFINITY or most < hard:
                resource.prlimit(pid, kind, (most, most))
        except ProcessLookupError:
            return


def first_error(diagnostics: str) -> str:
    """The first line of a compiler's output that states an error, without the caret lines around it."""
    lines = [line.strip() for line in diagnostics.splitlines() if line.strip()]
    for line in lines:
        # The linker states its errors in its own form, and the driver only that there were some.
        if "error:" in line and not line.startswith("collect2:"):
            return line
    return lines[0] if lines else "the compiler failed without a message"


def checked(completed: Completed) -> Completed:
    """`completed` if it exited with 0, else CompileFailed with the compiler's first error line."""
    if completed.returncode == 0:
        return completed
    if completed.returncode < 0:
        name = signal.Signals(-completed.returncode).name
        raise CompileFailed(f"{completed.argv[0]} was ended by {name}", completed.err)
    raise CompileFailed(first_error(completed.err), completed.err)

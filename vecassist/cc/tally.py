"""What the compile path did, counted: one small record appended for each event, summed up when it is asked for."""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

EVENTS = (
    "applied", "done", "stale", "unchecked", "damaged", "no-store", "no-entries", "disabled", "kill-comment",
    "recursive", "linking", "preprocessing", "dependencies-only", "assembly", "no-object", "several-inputs",
    "no-input", "not-c", "language-option", "response-file", "stdin", "output-to-stdout", "intermediate-files",
    "records-the-command", "unusual-command", "coverage-mapping", "environment", "unsupported-flag",
    "unsupported-compiler", "not-scanned", "rewrite-does-not-compile", "cache-unusable", "not-prepared",
    "internal-error", "compiled", "recalled",
)  # fmt: skip
"""Names of events; a record holds the place in this list, so names are only ever added at the end."""

ENTRY_EVENTS = ("applied", "done", "stale", "unchecked", "damaged", "recalled")
"""Events of entries; "compiled" is a compilation for which there were entries, all others are commands left alone."""

RECORD = 8
_FILE = "tally"


def place(folder: str) -> str:
    """The file that holds the records."""
    return f"{folder}/{_FILE}"


def record(event: str, count: int, micros: int) -> bytes:
    """One record: the event, how often (at most 255), and microseconds spent on it."""
    code = EVENTS.index(event)
    return bytes((code, min(count, 255), 0, 0)) + min(micros, 0xFFFFFFFF).to_bytes(4, "little")


class Tally:
    """Collects the events of one command and writes them when it is decided."""

    __slots__ = ("_started", "events", "lines", "source")

    def __init__(self, started: int) -> None:
        self._started = started
        self.source = ""
        self.events: list[tuple[str, int]] = []
        self.lines: list[str] = []

    def add(self, event: str, count: int = 1, why: str = "") -> None:
        """An event, with a line for the log."""
        self.events.append((event, count))
        self.lines.append(f"{event}: {why}" if why else event)

    def write(self, folder: str, environ: Mapping[str, str]) -> None:
        """Append the events to the counts, and to the logs that the environment names; failures do no harm."""
        micros = (time.monotonic_ns() - self._started) // 1000
        data = b""
        for position, (event, count) in enumerate(self.events):
            data += record(event, count, 0 if position else micros)
        if folder:
            _append(place(folder), data)
        log, per_build = environ.get("VECASSIST_LOG", ""), environ.get("VECASSIST_STATSLOG", "")
        name = self.source or "-"
        if log:
            text = "".join(f"vecassist[{os.getpid()}] {name}: {line}\n" for line in self.lines)
            _append(log, text.encode("utf-8", "surrogateescape"))
        if per_build:
            text = f"# {name}\n" + "".join(f"{event}\n" * count for event, count in self.events)
            _append(per_build, text.encode("utf-8", "surrogateescape"))


def _append(path: str, data: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError:
        return
    try:
        os.write(descriptor, data)
    except OSError:
        pass
    finally:
        os.close(descriptor)

"""The database of answers: SQLite in the user's cache, safe to kill at any moment, never needed for a right answer."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from compiler.errors import CompilerError
from vecassist.answers.plain import Unkept, dump, load
from vecassist.cc.cache import cache_folder, digest, is_own
from vecassist.line import Region, Result

FORMAT = 2
_LIFE = 180 * 86400
_LOST = frozenset({"crash", "killed", "memory-limit", "internal-error"})
"""Ends of a proof that say nothing about the region: never kept."""
_LIMITED = frozenset({"timeout", "out-of-time", "out-of-budget", "unmeasurable"})
"""Ends that more time may change: kept with the time that was given, and asked anew where there is more."""
_BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_TABLE = (
    "CREATE TABLE IF NOT EXISTS answers"
    " (key TEXT PRIMARY KEY, body TEXT NOT NULL, mark TEXT NOT NULL, seconds REAL, used REAL)"
)


class Answers:
    """Kept answers of regions; shared by threads; a context manager.

    key: of a region; seconds: the time for one proof in this run. A database that is locked for long, broken or full
    is as if nothing were in it; fault: what is wrong with it, "" where nothing is. A broken one is taken away.
    """

    def __init__(self, place: Path, key: Callable[[Region], str], seconds: float) -> None:
        self._key = key
        self._seconds = seconds
        self._lock = threading.Lock()
        self._base: sqlite3.Connection | None = None
        self._place = place
        self.found = 0
        self.fault = ""
        try:
            self._base = _opened(place)
        except (sqlite3.Error, OSError) as error:
            self._failed(error)

    def get(self, region: Region) -> Result | None:
        """The answer of an earlier run, None where there is none that holds today."""
        try:
            key = self._key(region)
            with self._lock:
                if self._base is None:
                    return None
                row = self._base.execute(
                    "SELECT body, mark, seconds FROM answers WHERE key = ?", (key,)
                ).fetchone()
                if row is None or (row[2] is not None and row[2] < self._seconds):
                    return None
                if row[1] != _mark(key, row[0]):
                    return None
                result = load(row[0], region)
                self._base.execute("UPDATE answers SET used = ? WHERE key = ?", (time.time(), key))
                self.found += 1
                return result
        except sqlite3.Error as error:
            self._failed(error)
        except (Unkept, CompilerError):
            pass
        return None

    def put(self, region: Region, result: Result, always: bool = True) -> None:
        """Keep an answer if it is one. always: False keeps only what was accepted, as where a model was asked, which
        may know better next time."""
        codes = {result.outcome.reason_code, *(attempt.code for attempt in result.attempts)}
        if codes & _LOST or not (always or result.accepted):
            return
        # An accepted rewrite is proved, whatever ran out of time before it.
        limited = result.accepted is None and bool(codes & _LIMITED)
        try:
            key, body = self._key(region), dump(result, region)
            row = (
                key,
                body,
                _mark(key, body),
                self._seconds if limited else None,
                time.time(),
            )
            with self._lock:
                if self._base is not None:
                    self._base.execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?, ?, ?)", row)
        except sqlite3.Error as error:
            self._failed(error)
        except (Unkept, CompilerError):
            return

    def _failed(self, error: Exception) -> None:
        with self._lock:
            if getattr(error, "sqlite_errorcode", None) not in _BROKEN:
                self.fault = self.fault or f"{self._place}: {str(error).lower()}; this run goes on without it"
                return
            self.fault = (
                f"{self._place}: {str(error).lower()}; it was taken away, the next run begins a new one"
            )
            if self._base is not None:
                self._base.close()
                self._base = None
            for name in (self._place, *(Path(f"{self._place}{end}") for end in ("-wal", "-shm"))):
                with contextlib.suppress(OSError):
                    name.unlink()

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            if self._base is not None:
                self._base.close()
                self._base = None

    def __enter__(self) -> Answers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _mark(key: str, body: str) -> str:
    """Shows bytes that a disk has lost: SQLite has no sums of its own."""
    return digest(f"{key}\0{body}".encode("utf-8", "surrogateescape"))


def place() -> Path | None:
    """The database of this user; None where the cache folder cannot be relied on."""
    folder = cache_folder(os.environ)
    return Path(folder) / f"answers-{FORMAT}.sqlite" if is_own(folder) else None


def _opened(place: Path) -> sqlite3.Connection:
    # Each answer is a transaction of its own: what a killed run has finished is there for the next one.
    base = sqlite3.connect(place, timeout=5.0, isolation_level=None, check_same_thread=False)
    try:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = NORMAL")
        base.execute(_TABLE)
        base.execute("DELETE FROM answers WHERE used < ?", (time.time() - _LIFE,))
    except sqlite3.DatabaseError:
        base.close()
        raise
    os.chmod(place, 0o600)
    return base

"""Sums over what the compile path has recorded."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vecassist.cc.tally import ENTRY_EVENTS, EVENTS, RECORD, place
from vecassist.errors import UserError


@dataclass(frozen=True, slots=True)
class Stats:
    """entries: by event, counted in entries; untouched: commands left alone, by reason; compiled: commands with
    entries; seconds: spent before the compiler ran, over all commands."""

    entries: Mapping[str, int]
    untouched: Mapping[str, int]
    compiled: int
    seconds: float

    @property
    def commands(self) -> int:
        """All commands that came by."""
        return self.compiled + sum(self.untouched.values())


def read_stats(folder: str) -> Stats:
    """What is recorded in the cache. Raises UserError where it cannot be read."""
    try:
        data = Path(place(folder)).read_bytes() if folder else b""
    except FileNotFoundError:
        data = b""
    except OSError as error:
        raise UserError(
            f"{place(folder)}: cannot be read: {error.strerror}; check its permissions"
        ) from error
    counts: Counter[str] = Counter()
    micros = 0
    for at in range(0, len(data) - RECORD + 1, RECORD):
        code = data[at]
        if code < len(EVENTS):
            counts[EVENTS[code]] += data[at + 1]
            micros += int.from_bytes(data[at + 4 : at + RECORD], "little")
    return _stats(counts, micros / 1e6)


def read_build_log(path: Path) -> Stats:
    """The same over one build's VECASSIST_STATSLOG. Raises UserError."""
    try:
        lines = path.read_text("utf-8", "surrogateescape").splitlines()
    except OSError as error:
        raise UserError(
            f"{path}: cannot be read: {error.strerror}; set VECASSIST_STATSLOG in a build"
        ) from error
    return _stats(Counter(line for line in lines if not line.startswith("# ")), 0.0)


def _stats(counts: Counter[str], seconds: float) -> Stats:
    entries = {name: counts[name] for name in ENTRY_EVENTS if name in counts}
    others = {
        name: counts[name] for name in EVENTS if name in counts and name not in (*ENTRY_EVENTS, "compiled")
    }
    return Stats(entries, dict(sorted(others.items(), key=lambda one: -one[1])), counts["compiled"], seconds)


def zero(folder: str) -> None:
    """Forget what is recorded. Raises UserError."""
    try:
        os.truncate(place(folder), 0)
    except FileNotFoundError:
        return
    except OSError as error:
        raise UserError(
            f"{place(folder)}: cannot be emptied: {error.strerror}; check its permissions"
        ) from error

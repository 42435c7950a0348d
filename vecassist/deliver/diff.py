"""Unified diffs that `git apply` and `patch -p1` take, byte for byte."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from pathlib import Path

from vecassist.deliver.edits import FileChange

_NO_NEWLINE = "\\ No newline at end of file\n"


def unified(changes: Iterable[FileChange], root: Path) -> bytes:
    """One diff over all changed files, with paths relative to `root` where they are below it."""
    return b"".join(_one(change, root) for change in changes if change.before != change.after)


def _one(change: FileChange, root: Path) -> bytes:
    name = shown(change.path, root)
    # latin-1 keeps every byte as one character, so files in any encoding survive the round trip.
    before = _lines(change.before.decode("latin-1"))
    after = _lines(change.after.decode("latin-1"))
    # A tab ends a name with blanks in it, for git and patch alike.
    end = "\t" if " " in name else ""
    lines = difflib.unified_diff(before, after, f"a/{name}{end}", f"b/{name}{end}")
    head = f"diff --git a/{name} b/{name}\n"
    body = "".join(line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}" for line in lines)
    # Names are UTF-8 while contents are latin-1 here; only the headers hold names.
    headers, _, hunks = body.partition("@@")
    return (head + headers).encode("utf-8", "surrogateescape") + f"@@{hunks}".encode("latin-1")


def _lines(text: str) -> list[str]:
    """Lines by line feed alone: splitlines would also split at form feeds and at bytes such as 0x85."""
    *whole, rest = text.split("\n")
    return [f"{line}\n" for line in whole] + ([rest] if rest else [])


def shown(path: Path, root: Path) -> str:
    """A path as people and patches write it: relative to `root`, with forward slashes, where it is below."""
    absolute = path.resolve()
    base = root.resolve()
    return absolute.relative_to(base).as_posix() if absolute.is_relative_to(base) else os.fspath(absolute)

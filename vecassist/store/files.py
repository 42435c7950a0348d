"""Where entries live: one file each in .vecassist/ at the root of the repository that holds the source."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from vecassist.errors import UserError
from vecassist.store.entry import Entry, from_json, to_json

FOLDER = ".vecassist"


def repository_root(file: Path) -> Path:
    """The closest folder above `file` with .git or .vecassist in it; without one, the folder of the file."""
    start = file.resolve()
    folder = start if start.is_dir() else start.parent
    for parent in (folder, *folder.parents):
        if (parent / ".git").exists() or (parent / FOLDER).is_dir():
            return parent
    return folder


def relative(path: Path, root: Path) -> str:
    """`path` relative to the repository where it lies in it, else absolute; with forward slashes."""
    resolved, base = path.resolve(), root.resolve()
    return resolved.relative_to(base).as_posix() if resolved.is_relative_to(base) else resolved.as_posix()


def brings(root: Path, directory: Path, compiler: str) -> bool:
    """Whether a repository names a program of its own as the compiler: who looks at it has not asked to run that."""
    return "/" in compiler and (directory / compiler).resolve().is_relative_to(root.resolve())


def entry_files(root: Path, entries: Iterable[Entry]) -> dict[Path, bytes]:
    """The files that hold these entries. Makes the folder, or raises UserError."""
    contents = {root / FOLDER / entry.name: to_json(entry).encode() for entry in entries}
    if contents:
        try:
            (root / FOLDER).mkdir(exist_ok=True)
        except OSError as error:
            raise _unwritable(root / FOLDER, error.strerror) from error
    return contents


def check_writable(root: Path) -> None:
    """Raises UserError where the store could not be written at the end of a run; changes nothing."""
    folder = root / FOLDER
    if folder.exists() and not folder.is_dir():
        raise _unwritable(folder, "not a folder")
    if not os.access(folder if folder.exists() else root, os.W_OK):
        raise _unwritable(folder, "permission denied")


def _unwritable(folder: Path, reason: str | None) -> UserError:
    what = (reason or "unknown reason").lower()
    return UserError(f"{folder}: the store cannot be written: {what}; make it writable or pass --no-store")


def read_entries(root: Path) -> tuple[Entry, ...]:
    """Every entry of the repository, sorted by file name. Raises UserError for a damaged one."""
    folder = root / FOLDER
    if not folder.is_dir():
        return ()
    found: list[Entry] = []
    for path in sorted(folder.glob("*.json")):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UserError(
                f"{path}: cannot be read: {error}; restore it, or delete it and optimize again"
            ) from error
        found.append(from_json(text, str(path)))
    return tuple(found)


def of_file(root: Path, file: str | None) -> tuple[Entry, ...]:
    """The entries of one source of the repository, of all where `file` is None. Raises UserError for a damaged one;
    entries that do not say which file they are about are left out."""
    found: list[Entry] = []
    for path in sorted((root / FOLDER).glob("*.json")):
        try:
            text = path.read_text("utf-8")
            named = json.loads(text)["file"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
        if file is None or named == file:
            found.append(from_json(text, str(path)))
    return tuple(found)

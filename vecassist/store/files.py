"""Where entries live: one file each in .vecassist/ at the root of the repository that holds the source."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from vecassist.deliver.write import write_all
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


def write_entries(root: Path, entries: Iterable[Entry]) -> tuple[Path, ...]:
    """Write entries, all or none. Raises UserError where the store cannot be written."""
    folder = root / FOLDER
    contents = {folder / entry.name: to_json(entry).encode() for entry in entries}
    if not contents:
        return ()
    check_writable(root)
    write_all(contents)
    return tuple(contents)


def check_writable(root: Path) -> None:
    """Make the store's folder. Raises UserError where that is not possible."""
    folder = root / FOLDER
    try:
        folder.mkdir(exist_ok=True)
        probe = folder / ".probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UserError(
            f"{folder}: the store cannot be written: {reason}; make it writable or pass --no-store"
        ) from error


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

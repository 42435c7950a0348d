"""Files written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from vecassist.deliver.edits import FileChange, check_unchanged
from vecassist.errors import UserError


def fix(changes: Sequence[FileChange]) -> None:
    """Put every change in place. Raises UserError, with nothing changed, where one of them cannot be
    written."""
    check_unchanged(changes)
    write_all({change.path: change.after for change in changes if change.before != change.after})


def write_all(contents: Mapping[Path, bytes]) -> None:
    """Write several files: all are prepared next to their places first, then renamed into them.

    Raises UserError where one cannot be prepared; then none has changed. Links are followed, modes are kept.
    """
    prepared: list[tuple[Path, Path]] = []
    try:
        for path, data in contents.items():
            place = path.resolve()
            prepared.append((_prepare(place, data), place))
        for temporary, place in prepared:
            os.replace(temporary, place)
    except OSError as error:
        name = error.filename if isinstance(error.filename, str) else ", ".join(map(str, contents))
        reason = (error.strerror or str(error)).lower()
        raise UserError(f"{name}: cannot be written: {reason}; nothing was changed there") from error
    finally:
        for temporary, _ in prepared:
            temporary.unlink(missing_ok=True)


def _prepare(place: Path, data: bytes) -> Path:
    if place.exists() and not os.access(place, os.W_OK):
        raise PermissionError(13, "permission denied", os.fspath(place))
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(place)) from error
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        mode = place.stat().st_mode & 0o7777 if place.exists() else 0o666 & ~_umask()
        temporary.chmod(mode)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask

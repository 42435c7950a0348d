"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import glob
import os
import tempfile
from collections.abc import Generator, Iterable, Mapping, Sequence
from pathlib import Path

from vecassist.deliver.edits import FileChange, check_unchanged
from vecassist.errors import UserError

_SUFFIX = ".vecassist-new"


def fix(changes: Sequence[FileChange]) -> None:
    """Put every change in place. Raises UserError, with nothing changed, where one of them cannot be
    written."""
    write_all({change.path: change.after for change in changes if change.before != change.after}, changes)


def write_all(contents: Mapping[Path, bytes], expected: Sequence[FileChange] = ()) -> None:
    """Write several files: all are prepared next to their places first, then renamed into them, in this order.

    expected: files that must still be as they were before these changes. Other runs of this program that write
    beside the same files wait meanwhile. Raises UserError where a file was changed or one cannot be prepared; then none
    has changed. Links are followed, modes are kept. What a killed run had prepared is taken away.
    """
    places = {path: path.resolve() for path in contents}
    with _alone({place.parent for place in places.values()}) as alone:
        check_unchanged(expected)
        if alone:
            _sweep(places.values())
        prepared: list[tuple[Path, Path]] = []
        try:
            for path, data in contents.items():
                prepared.append((_prepare(places[path], data), places[path]))
            for temporary, place in prepared:
                os.replace(temporary, place)
        except OSError as error:
            name = error.filename if isinstance(error.filename, str) else ", ".join(map(str, contents))
            reason = (error.strerror or str(error)).lower()
            raise UserError(f"{name}: cannot be written: {reason}; nothing was changed there") from error
        finally:
            for temporary, _ in prepared:
                temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(folders: Iterable[Path]) -> Generator[bool]:
    """No other run writes in these folders meanwhile; False where the file system cannot say so."""
    with contextlib.ExitStack() as stack:
        locked = True
        # In one order for all runs, so that none waits for another one that waits for it.
        for folder in sorted(folders):
            try:
                descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                locked = False
                continue
            stack.callback(os.close, descriptor)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
            except OSError:
                locked = False
        yield locked


def _sweep(places: Iterable[Path]) -> None:
    for place in places:
        for left in place.parent.glob(f".{glob.escape(place.name)}.*{_SUFFIX}"):
            with contextlib.suppress(OSError):
                left.unlink()


def _prepare(place: Path, data: bytes) -> Path:
    if place.exists() and not os.access(place, os.W_OK):
        raise PermissionError(13, "permission denied", os.fspath(place))
    try:
        descriptor, name = tempfile.mkstemp(_SUFFIX, f".{place.name}.", place.parent)
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
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, os.fspath(place)) from error
    return temporary


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask

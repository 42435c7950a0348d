"""Which two versions of a function `verify` is asked about: files, stdin, or revisions of git."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vecassist.errors import UserError

STDIN = "-"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts of a function, one character a byte. before, after: the files in whose places they are compiled, in
    `directory` and with `flags`; compiler: of the command, None where none is known."""

    before: Path
    after: Path
    texts: tuple[str, str]
    function: str
    directory: Path
    flags: tuple[str, ...]
    compiler: str | None = None
    notes: tuple[str, ...] = ()


def of_files(before: str, after: str, function: str, flags: Sequence[str]) -> Pair:
    """Two files, one of which may be `-`: its text comes from stdin and stands in the place of the other.

    Raises UserError for one that cannot be read.
    """
    if before == after == STDIN:
        raise UserError("stdin can hold one of the two versions; name a file for the other")
    names = Path(before if before != STDIN else after), Path(after if after != STDIN else before)
    texts = _read(before), _read(after)
    return Pair(names[0].absolute(), names[1].absolute(), texts, function, Path.cwd(), tuple(flags))


def of_revisions(revisions: str, words: Sequence[str], function: str | None) -> Pair:
    """`REV` or `REV1..REV2` with `FILE.c:FUNCTION FLAGS...`; without a second revision the working tree is the other
    version. Without flags those of the compile database count.

    Raises UserError for a revision, a file or a function that is not there.
    """
    old, dots, new = revisions.partition("..")
    if not words or words[0].startswith("-"):
        raise UserError(
            f"{revisions}: with a revision, name what to compare behind `--`: FILE.c:FUNCTION; or name two files"
        )
    name, colon, named = words[0].rpartition(":")
    path, wanted = (Path(name), named) if colon else (Path(words[0]), function or "")
    if not wanted:
        raise UserError(f"{words[0]}: which function? name it as {words[0].rstrip(':')}:FUNCTION")
    if path.suffix != ".c":
        raise UserError(f"{path}: not a file named *.c; only C sources can be verified")
    folder = _top(path)
    relative = path.resolve().relative_to(folder).as_posix()
    first = _shown(folder, old or "HEAD", relative)
    second = _shown(folder, new or "HEAD", relative) if dots else _read(str(path))
    directory, flags, compiler, notes = _command(path, tuple(words[1:]))
    notes += _headers(folder, old or "HEAD", (new or "HEAD") if dots else None)
    place = path.absolute()
    return Pair(place, place, (first, second), wanted, directory, flags, compiler, notes)


def _read(name: str) -> str:
    if name == STDIN:
        return sys.stdin.buffer.read().decode("latin-1")
    path = Path(name)
    if path.is_dir():
        raise UserError(f"{name}: is a folder; name a C file")
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise UserError(f"{name}: no such file; check the spelling") from error
    except OSError as error:
        raise UserError(f"{name}: cannot be read: {(error.strerror or str(error)).lower()}") from error
    if path.suffix != ".c":
        raise UserError(f"{name}: not a file named *.c; only C sources can be verified")
    return data.decode("latin-1")


def _top(path: Path) -> Path:
    folder = path.absolute().parent
    if not folder.is_dir():
        raise UserError(f"{path}: its folder does not exist; check the spelling")
    done = _git(folder, "rev-parse", "--show-toplevel")
    if done is None:
        raise UserError(f"{path}: not in a git repository; name two files instead of a revision")
    return Path(os.fsdecode(done.rstrip(b"\n"))).resolve()


def _shown(folder: Path, revision: str, name: str) -> str:
    """A file at a revision."""
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise UserError(
            f"{revision}: no such revision in {folder}; name a commit, branch or tag, or two files"
        )
    text = _git(folder, "cat-file", "blob", f"{commit.decode().strip()}:{name}")
    if text is None:
        raise UserError(f"{name}: not there at {revision}; name an older or newer revision")
    return text.decode("latin-1")


def _headers(folder: Path, old: str, new: str | None) -> tuple[str, ...]:
    """A note where included files may have changed between the versions: both are compiled with those of today."""
    ranges = [old, new] if new else [old]
    changed = _git(folder, "diff", "--name-only", *ranges, "--", "*.h", "*.inc", "*.def")
    names = (changed or b"").decode("utf-8", "replace").split("\n")[:-1]
    if not names:
        return ()
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return (
        f"both versions are compiled with the headers of the working tree; {names[0]}{more} changed since",
    )


def _command(path: Path, flags: tuple[str, ...]) -> tuple[Path, tuple[str, ...], str | None, tuple[str, ...]]:
    from vecassist.units import Request, select

    if flags:
        return Path.cwd(), flags, None, ()
    chosen = select(Request((path,)))
    unit = chosen.units[0]
    more = f"; of {len(chosen.units)} commands only the first" if len(chosen.units) > 1 else ""
    return unit.directory, unit.args, unit.compiler, tuple(note + more for note in chosen.notes)


def _git(folder: Path, *arguments: str) -> bytes | None:
    from compiler.errors import ToolMissing
    from compiler.process import run

    try:
        done = run(["git", *arguments], cwd=folder)
    except ToolMissing as error:
        raise UserError(f"{error}; install git, or name two files") from error
    return done.stdout if done.returncode == 0 else None

"""Which translation units a command line means: files, folders, build folders, and flags after `--`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from compiler.compdb import DATABASE, CompileCommand, find, load, plain_flags
from vecassist.errors import UserError
from vecassist.model import Unit
from vecassist.store.files import brings, repository_root

DEFAULT_FLAGS = ("-O3", "-ffp-contract=off")
_OTHER_LANGUAGES = {
    ".cc",
    ".cpp",
    ".cxx",
    ".c++",
    ".C",
    ".m",
    ".mm",
    ".cu",
    ".hpp",
    ".hh",
    ".f90",
    ".f",
    ".rs",
    ".py",
}


@dataclass(frozen=True, slots=True)
class Request:
    """paths as given; build: the argument of -p; cflags: what stood after `--`, None where nothing did;
    compiler: for files that no database covers, None for the usual one."""

    paths: tuple[Path, ...]
    build: Path | None = None
    cflags: tuple[str, ...] | None = None
    compiler: str | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """The units to work on, in a stable order, and one line for each choice that a user should know of.

    database: the compile database, where it and not the user chose the files.
    """

    units: tuple[Unit, ...]
    notes: tuple[str, ...]
    database: Path | None = None


def select(request: Request) -> Selection:
    """Resolve the request. Raises UserError for whatever is not there or is no C."""
    if not request.paths and request.build is None:
        raise UserError("nothing to do: name a C file, a folder or a build folder with compile_commands.json")
    for path in request.paths:
        _check_path(path)
    if request.cflags is not None:
        return _plain(request, request.cflags, ())
    commands, origin = _database(request)
    if commands is None:
        listed = plain_flags(request.paths[0])
        if listed is not None:
            return _plain(request, listed[1], (f"flags from {listed[0]}",), listed[0].parent)
        return _plain(request, DEFAULT_FLAGS, (_default_note(),))
    return _from_database(request, commands, origin)


def _default_note() -> str:
    return f"no compile_commands.json: using {' '.join(DEFAULT_FLAGS)}; pass other flags after --"


def _check_path(path: Path) -> None:
    if not path.exists():
        raise UserError(f"{path}: no such file or folder; check the spelling")
    if path.is_dir():
        return
    if path.suffix == ".h":
        raise UserError(f"{path}: a header is optimized through a .c file that includes it; name that file")
    if path.suffix != ".c" and path.name != DATABASE:
        what = "not a C file" if path.suffix in _OTHER_LANGUAGES else "not a file named *.c"
        raise UserError(f"{path}: {what}; only C sources can be optimized")
    if not os.access(path, os.R_OK):
        raise UserError(f"{path}: cannot be read; check its permissions")


def _database(request: Request) -> tuple[tuple[CompileCommand, ...] | None, Path | None]:
    if request.build is not None:
        place = request.build if request.build.name == DATABASE else request.build / DATABASE
        if not place.is_file():
            raise UserError(
                f"{request.build}: no {DATABASE}; CMake writes it with -DCMAKE_EXPORT_COMPILE_COMMANDS=ON"
            )
        return load(place).commands, place
    for path in request.paths:
        if path.name == DATABASE:
            return load(path).commands, path
        if path.is_dir() and (path / DATABASE).is_file():
            return load(path / DATABASE).commands, path / DATABASE
    found = find(request.paths[0])
    return (load(found).commands, found) if found is not None else (None, None)


def _from_database(request: Request, commands: Sequence[CompileCommand], origin: Path | None) -> Selection:
    whole = not request.paths or any(_is_build(path) for path in request.paths)
    wanted = None if whole else tuple(path.resolve() for path in request.paths)
    chosen = dict.fromkeys(
        command
        for command in commands
        if command.file.suffix == ".c" and (wanted is None or _covers(wanted, command.file.resolve()))
    )
    for command in chosen:
        if not command.file.is_file():
            raise UserError(
                f"{origin}: names {command.file}, which does not exist; build first, or write it anew"
            )
        if not command.directory.is_dir():
            raise UserError(
                f"{origin}: names the folder {command.directory}, which does not exist; write it anew"
            )
        if command.compiler not in (request.compiler, os.environ.get("CC")) and brings(
            repository_root(command.file), command.directory, command.compiler
        ):
            raise UserError(
                f"{origin}: names a compiler that the repository brings, {command.compiler}; pass "
                f"--compiler {command.compiler} if it is to be run"
            )
    units = tuple(Unit(command.file, command.directory, command.compiler, command.args) for command in chosen)
    covered = {unit.path.resolve() for unit in units}
    missing = [
        path
        for path in request.paths
        if path.is_file() and path.suffix == ".c" and path.resolve() not in covered
    ]
    if missing and request.build is not None:
        raise UserError(
            f"{missing[0]}: no command for it in {origin}; build it there, or pass its flags after --"
        )
    notes: tuple[str, ...] = (f"compile commands from {origin}",)
    if missing:
        extra = _plain(Request(tuple(missing), compiler=request.compiler), DEFAULT_FLAGS, ())
        notes += (
            f"{missing[0]}: not in {origin}: using {' '.join(DEFAULT_FLAGS)}; pass other flags after --",
        )
        units += extra.units
    if not units:
        raise UserError(
            f"{origin}: no C file among its commands matches; name a file or folder that it covers"
        )
    return Selection(units, notes, origin if whole else None)


def _is_build(path: Path) -> bool:
    return path.name == DATABASE or (path.is_dir() and (path / DATABASE).is_file())


def _covers(wanted: Iterable[Path], file: Path) -> bool:
    return any(file == path or (path.is_dir() and file.is_relative_to(path)) for path in wanted)


def _plain(
    request: Request, flags: tuple[str, ...], notes: tuple[str, ...], directory: Path | None = None
) -> Selection:
    compiler = request.compiler or usual_compiler()
    place = directory or Path.cwd()
    files = [file for path in request.paths for file in _c_files(path)]
    if not files:
        raise UserError(f"{request.paths[0]}: no C file there; name a .c file or a folder with some")
    unique = dict.fromkeys(file.absolute() for file in files)
    return Selection(tuple(Unit(file, place, compiler, flags) for file in unique), notes)


def _c_files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    found = (
        file
        for file in path.rglob("*.c")
        if not any(part.startswith(".") for part in file.relative_to(path).parts)
    )
    return sorted(file for file in found if file.is_file())


def usual_compiler() -> str:
    """The compiler for files that no database covers: $CC, else gcc, cc, clang. Raises UserError without
    any."""
    named = os.environ.get("CC", "").strip()
    if named:
        return named
    for name in ("gcc", "cc", "clang"):
        if shutil.which(name):
            return name
    raise UserError("no C compiler found: install gcc or clang, or set CC")

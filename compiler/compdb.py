"""Compile databases: compile_commands.json, and compile_flags.txt where there is none."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from compiler.errors import BadDatabase
from compiler.flaglist import flag_list
from compiler.toolchain import split_launcher

DATABASE = "compile_commands.json"
PLAIN = "compile_flags.txt"
_DEPTH = 10


@dataclass(frozen=True, slots=True)
class CompileCommand:
    """How one file is compiled.

    directory  where the command runs (absolute)
    file       the source file (absolute, normalized)
    compiler   as the command spells it, without launchers such as ccache
    args       the rest, response files expanded, less the source file, -c and -o with its value
    """

    directory: Path
    file: Path
    compiler: str
    args: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Database:
    """All commands in the order of the file at `path`; one file may have several."""

    path: Path
    commands: tuple[CompileCommand, ...]

    def of(self, file: Path) -> tuple[CompileCommand, ...]:
        """The commands that compile `file`, duplicates left out; symbolic links are followed."""
        wanted = os.path.realpath(file)
        found = (command for command in self.commands if os.path.realpath(command.file) == wanted)
        return tuple(dict.fromkeys(found))


def expand_response_files(args: Sequence[str], directory: Path, depth: int = _DEPTH) -> tuple[str, ...]:
    """`@file` replaced by the arguments in it, as gcc does; where there is no such file it stays."""
    result: list[str] = []
    for arg in args:
        path = directory / arg[1:]
        if not arg.startswith("@") or not path.is_file():
            result.append(arg)
            continue
        if depth == 0:
            raise BadDatabase(f"{path}: response files are nested too deeply")
        try:
            inner = shlex.split(path.read_text("utf-8", "surrogateescape"))
        except (OSError, ValueError) as error:
            raise BadDatabase(f"{path}: {error}") from error
        result.extend(expand_response_files(inner, directory, depth - 1))
    return tuple(result)


def strip_command(argv: Sequence[str], directory: Path) -> tuple[str, tuple[str, ...]]:
    """A whole compile command as the compiler's spelling and the arguments that say how a file is compiled.

    Source files, other positional arguments, -c and -o go; nothing else does.
    """
    compiler, *rest = split_launcher(argv)
    args: list[str] = []
    words = iter(expand_response_files(rest, directory))
    for word in words:
        if word in flag_list().separate:
            value = next(words, None)
            if word != "-o":
                args.extend([word] if value is None else [word, value])
        elif word in ("-c", "--") or not word.startswith("-"):
            continue
        else:
            args.append(word)
    return compiler, tuple(args)


def _entry(entry: Any, path: Path, number: int) -> CompileCommand:
    place = f"{path}: entry {number}"
    if not isinstance(entry, dict):
        raise BadDatabase(f"{place} is not an object")
    fields = cast(dict[str, Any], entry)
    file, directory = fields.get("file"), fields.get("directory")
    if not isinstance(file, str) or not isinstance(directory, str):
        raise BadDatabase(f'{place} lacks "file" or "directory"')
    arguments, command = fields.get("arguments"), fields.get("command")
    try:
        argv = (
            [str(word) for word in arguments] if isinstance(arguments, list) else shlex.split(command or "")
        )
    except (ValueError, AttributeError) as error:
        raise BadDatabase(f"{place}: its command cannot be read: {error}") from error
    if not argv:
        raise BadDatabase(f'{place} has neither "arguments" nor "command"')
    where = Path(os.path.normpath(path.parent / directory))
    compiler, args = strip_command(argv, where)
    return CompileCommand(where, Path(os.path.normpath(where / file)), compiler, args)


def load(path: Path) -> Database:
    """Read a compile database. `path` is the file, or the build directory that holds it; else BadDatabase."""
    if path.is_dir():
        path = path / DATABASE
    try:
        entries = json.loads(path.read_text("utf-8", "surrogateescape"))
    except FileNotFoundError as error:
        raise BadDatabase(
            f"{path} does not exist; CMake writes it with -DCMAKE_EXPORT_COMPILE_COMMANDS=ON"
        ) from error
    except OSError as error:
        raise BadDatabase(f"{path}: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise BadDatabase(f"{path}:{error.lineno}: not JSON: {error.msg}") from error
    if not isinstance(entries, list):
        raise BadDatabase(f"{path} is not a list of compile commands")
    path = path.absolute()
    return Database(
        path, tuple(_entry(entry, path, number) for number, entry in enumerate(cast(list[Any], entries), 1))
    )


def find(start: Path) -> Path | None:
    """The nearest compile_commands.json in `start` (or its directory, for a file) and its parents."""
    start = start.absolute()
    for folder in (start, *start.parents):
        candidate = folder / DATABASE
        if candidate.is_file():
            return candidate
    return None


def plain_flags(start: Path) -> tuple[Path, tuple[str, ...]] | None:
    """The nearest compile_flags.txt upward and its flags, one a line; they are relative to its directory."""
    start = start.absolute()
    for folder in (start, *start.parents):
        candidate = folder / PLAIN
        if candidate.is_file():
            lines = candidate.read_text("utf-8", "surrogateescape").splitlines()
            return candidate, tuple(line.strip() for line in lines if line.strip())
    return None


def relative_to_command(command: CompileCommand) -> Path:
    """The file as a path for a command line in the command's directory."""
    return Path(os.path.relpath(command.file, command.directory))

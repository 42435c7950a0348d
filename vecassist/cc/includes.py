"""Which files a compilation reads, and which it would read instead if they came to be."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from compiler.flags import compile_args
from compiler.preprocess import preprocess
from compiler.process import run
from compiler.toolchain import Toolchain
from vecassist.errors import UserError
from vecassist.model import Unit

_MARKER = re.compile(r'^# \d+ "((?:[^"\\]|\\.)*)"', re.MULTILINE)
_INCLUDE = re.compile(
    rb"^[ \t]*(?:#|%:)[ \t]*(include|include_next|import|embed)[ \t]*[<\"]([^>\"\n]+)[>\"]"
    rb"|__has_(?:include|include_next|embed)[ \t]*\([ \t]*[<\"]([^>\"\n]+)[>\"]",
    re.MULTILINE,
)
_COMPUTED = re.compile(rb"^[ \t]*(?:#|%:)[ \t]*include(?:_next)?[ \t]+[A-Za-z_]", re.MULTILINE)
_MOST = 4000
"""Absent files that are looked for; a unit that would need more is not worth it."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """files: all that are read, the source left out; absent: names before them in the search that are not there."""

    files: tuple[str, ...]
    absent: tuple[str, ...]


def inputs(user: Toolchain, unit: Unit) -> Inputs:
    """What the compiler reads for the unit as it is on disk. Raises CompilerError where it does not preprocess."""
    text = preprocess(user, unit.path, unit.directory, unit.args)
    here = unit.directory
    names = dict.fromkeys(_unescaped(name) for name in _MARKER.findall(text))
    files = [name for name in names if not name.startswith("<") and (here / name).is_file()]
    folders = _search(user, unit)
    absent: dict[str, None] = {}
    tails: dict[str, None] = {}
    for name in (str(unit.path), *files):
        near = os.path.dirname(name)
        try:
            data = (here / name).read_bytes()
        except OSError:
            continue
        for found in _INCLUDE.finditer(data):
            spelled = os.fsdecode(found[2] or found[3])
            candidates = (os.path.normpath(here / folder / spelled) for folder in (near, *folders))
            # A search ends with the first file that is there, unless it was told to go on.
            absent |= dict.fromkeys(_missing(candidates, found[1] == b"include_next"))
        if _COMPUTED.search(data):
            tails |= dict.fromkeys(_tails(files))
    for tail in tails:
        absent |= dict.fromkeys(
            _missing((os.path.normpath(here / folder / tail) for folder in folders), True)
        )
    if len(absent) > _MOST:
        raise UserError(f"{unit.path}: more than {_MOST} places where an included file could come to be")
    own = os.path.normpath(here / unit.path)
    return Inputs(tuple(name for name in files if os.path.normpath(here / name) != own), tuple(absent))


def _missing(candidates: Iterable[str], all_of_them: bool) -> Iterator[str]:
    for path in candidates:
        if not os.path.lexists(path):
            yield path
        elif not all_of_them:
            return


def _tails(files: Iterable[str]) -> Iterator[str]:
    """Names under which a macro may spell one of the files."""
    for name in files:
        parts = name.split("/")
        for at in range(max(1, len(parts) - 3), len(parts)):
            yield "/".join(parts[at:])


def _unescaped(name: str) -> str:
    plain = re.sub(r"\\(.)", r"\1", name)
    return plain.encode("latin-1").decode("utf-8", "surrogateescape")


def _search(user: Toolchain, unit: Unit) -> list[str]:
    """The folders in which the compiler looks for includes, in its order."""
    flags: Sequence[str] = compile_args(unit.args)
    done = run([*user.argv, *flags, "-E", "-v", "-x", "c", os.devnull, "-o", os.devnull], cwd=unit.directory)
    return list(dict.fromkeys(_listed(done.stderr.decode("utf-8", "surrogateescape").splitlines())))


def _listed(lines: Iterable[str]) -> Iterator[str]:
    inside = False
    for line in lines:
        if line.startswith('#include "...') or line.startswith("#include <...>"):
            inside = True
        elif line.startswith("End of search list"):
            return
        elif inside:
            yield line.strip().removesuffix(" (framework directory)")

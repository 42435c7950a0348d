"""Whether the accepted rewrites of some files are fresh, by the manifests of the compile path.

What is known is looked up in milliseconds; what is not is found out as a build would, within the same limits. This
module is on the path of every commit and imports little.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vecassist.cc.arguments import read
from vecassist.cc.cache import cache_folder, is_own, is_set, read_bytes, store_above
from vecassist.cc.entry import KILL, program
from vecassist.cc.first import prepare
from vecassist.cc.index import lookup
from vecassist.cc.manifest import load, manifest_place
from vecassist.store.entry import Command, Entry
from vecassist.store.files import brings, of_file

_HEAD = 4096


@dataclass(frozen=True, slots=True)
class Event:
    """What one command says about the entries of a file: the names of `vecassist.cc.tally`, or "left-alone"."""

    name: str
    count: int
    why: str
    command: Command | None = None


@dataclass(frozen=True, slots=True)
class Checked:
    """One source with entries. root: of its repository; commands: under which it was looked at."""

    file: Path
    root: Path
    entries: tuple[Entry, ...]
    commands: tuple[Command, ...]
    events: tuple[Event, ...]

    def says(self, *names: str) -> Iterator[Event]:
        """The events of these names."""
        return (event for event in self.events if event.name in names)

    def doubt(self, entry: Entry, command: Command) -> str:
        """Why an entry was not proved under a command; "" where nothing was said."""
        start = f"{entry.name}: "
        said = (one.why for one in self.says("unchecked") if one.command == command)
        return next((why.removeprefix(start) for why in said if why.startswith(start)), "")

    @property
    def applicable(self) -> bool:
        """Whether the file has originals whose rewrites are proved here under some command."""
        return any(self.says("applied"))


def check(
    files: Sequence[Path], environ: Mapping[str, str], database: Callable[[Path, Path], Sequence[Command]]
) -> tuple[Checked, ...]:
    """Look at every source with entries among `files`; where a header is among them, at all of its repository.

    database: further commands of a file in the repository at a root. Raises UserError for a damaged entry of such a
    source.
    """
    if is_set(environ, "DISABLE"):
        return ()
    folder = cache_folder(environ)
    found: list[Checked] = []
    for source, root in _sources(files).items():
        relative = os.path.relpath(source, root)
        marks = lookup(folder, root, relative) if is_own(folder) else "unknown"
        entries = of_file(Path(root), relative) if marks else ()
        head = read_bytes(source)
        if not entries or head is None or KILL in head[:_HEAD]:
            continue
        own = (proof.command for entry in entries for proof in entry.proofs)
        commands = tuple(dict.fromkeys((*own, *database(Path(source), Path(root)))))
        if is_own(folder):
            events = [
                event for one in commands for event in _under(one, root, source, marks, environ, folder)
            ]
        else:
            events = [Event("cache-unusable", 1, folder or "there is no home for a cache")]
        found.append(Checked(Path(source), Path(root), entries, commands, tuple(events)))
    return tuple(found)


def _sources(files: Iterable[Path]) -> dict[str, str]:
    """The sources to look at, with the roots of their stores, each once."""
    found: dict[str, str] = {}
    whole: dict[str, None] = {}
    for file in files:
        real = os.path.realpath(file)
        root = store_above(real)
        if not root:
            continue
        if real.endswith(".c"):
            found[real] = root
        else:
            whole[root] = None
    for root in whole:
        for entry in of_file(Path(root), None):
            found[os.path.join(root, entry.file)] = root
    return found


def _under(
    command: Command, root: str, source: str, marks: str, environ: Mapping[str, str], folder: str
) -> Iterator[Event]:
    home = os.path.normpath(os.path.join(root, command.directory))
    if not os.path.isdir(home):
        yield Event("left-alone", 1, f"{home} does not exist: build first")
        return
    if brings(Path(root), Path(home), command.compiler):
        yield Event("left-alone", 1, f"{command.compiler}: a compiler that the repository brings is not run")
        return
    words = (command.compiler, *command.args, "-c", os.path.relpath(source, home))
    what = read(words, environ)
    if isinstance(what, str):
        yield Event("left-alone", 1, f"`{' '.join(words)}`: {what}")
        return
    with contextlib.chdir(home):
        place = manifest_place(folder, what, marks, environ, program(what, environ))
        found = load(place)
        if found is None:
            why = prepare(what, root, place)
            found = load(place) if not why else None
            if found is None:
                yield Event("not-prepared", 1, why or "what was prepared does not hold")
                return
    yield from (Event(*event, command) for event in found.events)

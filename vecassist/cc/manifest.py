"""What was found out about one compilation, with the files on which that rests.

A manifest holds while every file that it names has the same contents, and every file that it names as absent is
still absent: then the preparation would come to the same result. Times and sizes stand for contents where they are
older than the manifest, as git does it; else contents are compared.

    vecassist-manifest 1
    made TIME                 nanoseconds
    kind gcc|clang            how the compiler is given a text in the place of its file
    text DIGEST PATH          what is compiled, none where nothing can be applied
    map debug|macro OLD=NEW   the command's own prefix maps
    noisy                     the compiler has something to say about the source
    event NAME COUNT WHY
    file MTIME CTIME SIZE INODE DIGEST PATH
    absent PATH
    end DIGEST                of the lines above
"""

from __future__ import annotations

import os
import time

from vecassist.cc.arguments import Compilation
from vecassist.cc.cache import digest, read_bytes, stamp, write_whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FIRST = "vecassist-manifest 1"
RACY = 2_000_000_000
"""Files may change within one tick of the file system's clock without their times telling it."""

_OUTPUTS = ("-o", "-MF", "-MT", "-MQ", "-MJ")
MEANING = (
    "CPATH", "C_INCLUDE_PATH", "GCC_EXEC_PREFIX", "COMPILER_PATH", "CCC_OVERRIDE_OPTIONS", "SOURCE_DATE_EPOCH",
)  # fmt: skip


class Manifest:
    """kind, text, text_digest, events: as above; text is "" where nothing can be applied; files: path to its line;
    maps: the command's own prefix maps as (kind, old, new)."""

    __slots__ = ("absent", "events", "files", "kind", "made", "maps", "noisy", "text", "text_digest")

    def __init__(self) -> None:
        self.made = 0
        self.kind = ""
        self.text = ""
        self.text_digest = ""
        self.noisy = False
        self.maps: list[tuple[str, str, str]] = []
        self.events: list[tuple[str, int, str]] = []
        self.files: dict[str, tuple[str, ...]] = {}
        self.absent: list[str] = []


def manifest_place(
    folder: str, what: Compilation, entries: str, environ: Mapping[str, str], program: str
) -> str:
    """The file for one compilation: where it runs, all words that bear on the object, the compiler's program, the
    entries and this program."""
    words: list[str] = []
    rest = iter(what.words[what.compiler + 1 :])
    for word in rest:
        if word in _OUTPUTS:
            next(rest, None)
        elif not word.startswith(("-o", "-MF", "-MT", "-MQ")):
            words.append(word)
    try:
        seen = os.stat(program)
        identity = f"{program} {seen.st_mtime_ns} {seen.st_size}"
    except OSError:
        identity = program
    parts = [
        stamp(),
        os.getcwd(),
        os.path.realpath(what.name),
        entries,
        identity,
        *what.words[: what.compiler + 1],
        "",
        *words,
        "",
        *(f"{name}={environ.get(name, '')}" for name in MEANING),
    ]
    key = digest("\0".join(parts).encode("utf-8", "surrogateescape"))
    return f"{folder}/manifests/{key[:2]}/{key[2:]}"


def facts(path: str) -> tuple[str, ...] | None:
    """Times, size, inode and digest of a file; None where it cannot be read."""
    data = read_bytes(path)
    try:
        seen = os.stat(path)
    except OSError:
        return None
    if data is None:
        return None
    return (str(seen.st_mtime_ns), str(seen.st_ctime_ns), str(seen.st_size), str(seen.st_ino), digest(data))


def load(place: str) -> Manifest | None:
    """The manifest, or None where there is none that holds."""
    data = read_bytes(place)
    if data is None:
        return None
    body, mark, last = data.rpartition(b"end ")
    if not mark or last != digest(body).encode() + b"\n":
        return None
    found = _parse(body.decode("utf-8", "surrogateescape"))
    if found is None:
        return None
    renewed = False
    for path, known in found.files.items():
        same = _same(path, known, found.made)
        if same is None:
            return None
        renewed = renewed or not same
    if any(os.path.lexists(path) for path in found.absent):
        return None
    if found.text:
        text = read_bytes(found.text)
        if text is None or digest(text) != found.text_digest:
            return None
    if renewed:
        _renew(place, found)
    return found


def _same(path: str, known: tuple[str, ...], made: int) -> bool | None:
    """True: by times and size; False: by contents alone; None: it is another file."""
    try:
        seen = os.stat(path)
    except OSError:
        return None
    times = str(seen.st_mtime_ns), str(seen.st_ctime_ns), str(seen.st_size), str(seen.st_ino)
    if times == known[:4] and max(seen.st_mtime_ns, seen.st_ctime_ns) + RACY < made:
        return True
    data = read_bytes(path)
    return False if data is not None and digest(data) == known[4] else None


def _renew(place: str, found: Manifest) -> None:
    """Write down the times of today, so that contents need not be compared again."""
    files: dict[str, tuple[str, ...]] = {}
    # Before the files are read: what changes from now on is younger.
    found.made = time.time_ns()
    for path, known in found.files.items():
        now = facts(path)
        if now is None or now[4] != known[4]:
            return
        files[path] = now
    found.files = files
    save(place, found)


def save(place: str, found: Manifest) -> bool:
    """Write a manifest; whether that worked. Paths with line feeds cannot be written down."""
    lines = [FIRST, f"made {found.made}", f"kind {found.kind}"]
    if found.text:
        lines.append(f"text {found.text_digest} {found.text}")
    if found.noisy:
        lines.append("noisy")
    lines += [f"map {kind} {old}={new}" for kind, old, new in found.maps]
    lines += [f"event {name} {count} {' '.join(why.split())}" for name, count, why in found.events]
    lines += [f"file {' '.join(known)} {path}" for path, known in found.files.items()]
    lines += [f"absent {path}" for path in found.absent]
    names: Iterable[str] = (*found.files, *found.absent, *(old + new for _, old, new in found.maps))
    if any("\n" in name for name in names):
        return False
    body = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
    return write_whole(place, body + b"end " + digest(body).encode() + b"\n")


def _parse(text: str) -> Manifest | None:
    lines = text.split("\n")
    if lines[0] != FIRST:
        return None
    found = Manifest()
    try:
        for line in lines[1:-1]:
            kind, _, rest = line.partition(" ")
            if kind == "file":
                mtime, ctime, size, inode, mark, path = rest.split(" ", 5)
                found.files[path] = (mtime, ctime, size, inode, mark)
            elif kind == "absent":
                found.absent.append(rest)
            elif kind == "event":
                name, count, why = rest.split(" ", 2)
                found.events.append((name, int(count), why))
            elif kind == "map":
                which, _, pair = rest.partition(" ")
                old, _, new = pair.partition("=")
                found.maps.append((which, old, new))
            elif kind == "text":
                found.text_digest, _, found.text = rest.partition(" ")
            elif kind == "made":
                found.made = int(rest)
            elif kind == "kind":
                found.kind = rest
            elif kind == "noisy":
                found.noisy = True
    except ValueError:
        return None
    return found

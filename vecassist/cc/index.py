"""One file for each repository that says which sources have entries, so that most commands end there.

    vecassist-index 1
    root FOLDER
    store MTIME                     of .vecassist, in nanoseconds
    entry MTIME SIZE DIGEST NAME    each file in it
    file COUNT DIGEST PATH          each source with entries; DIGEST: of its entries' contents
    end

The launcher reads it too. It holds while the store and the entries have the times and sizes that it names.
"""

from __future__ import annotations

import os

from vecassist.cc.cache import STORE, digest, read_bytes, write_whole

FIRST = "vecassist-index 1"


def index_place(folder: str, root: str) -> str:
    """Where the index of a repository is."""
    return f"{folder}/index/{fnv(root.encode('utf-8', 'surrogateescape')):016x}"


def fnv(data: bytes) -> int:
    """FNV-1a with 64 bits: what C computes in four lines too. The index names its repository, so a clash is seen."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def lookup(folder: str, root: str, relative: str) -> str:
    """The digest of the entries of a source file, "" where it has none. Makes the index anew where it is out of
    date."""
    found = _read(folder, root, relative)
    if found is None:
        build(folder, root)
        found = _read(folder, root, relative)
    return found or ""


def _read(folder: str, root: str, relative: str) -> str | None:
    """None where the index is missing or out of date."""
    data = read_bytes(index_place(folder, root))
    if data is None:
        return None
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    if lines[0] != FIRST or lines[1:2] != [f"root {root}"] or lines[-2:] != ["end", ""]:
        return None
    found = ""
    try:
        for line in lines[2:-2]:
            kind, _, rest = line.partition(" ")
            if kind == "store":
                if os.stat(f"{root}/{STORE}").st_mtime_ns != int(rest):
                    return None
            elif kind == "entry":
                mtime, size, _, name = rest.split(" ", 3)
                seen = os.stat(f"{root}/{STORE}/{name}")
                if (seen.st_mtime_ns, seen.st_size) != (int(mtime), int(size)):
                    return None
            elif rest.split(" ", 2)[2] == relative:
                found = rest.split(" ", 2)[1]
    except (OSError, ValueError, IndexError):
        return None
    return found


def build(folder: str, root: str) -> None:
    """Write the index of a repository. An entry that cannot be read is listed with no source."""
    store = f"{root}/{STORE}"
    try:
        lines = [FIRST, f"root {root}", f"store {os.stat(store).st_mtime_ns}"]
        names = sorted(name for name in os.listdir(store) if name.endswith(".json") and "\n" not in name)
    except OSError:
        return
    sources: dict[str, list[str]] = {}
    for name in names:
        try:
            seen = os.stat(f"{store}/{name}")
        except OSError:
            continue
        data = read_bytes(f"{store}/{name}")
        mark = digest(data or b"")
        lines.append(f"entry {seen.st_mtime_ns} {seen.st_size} {mark} {name}")
        source = _source_of(data)
        if source and "\n" not in source:
            sources.setdefault(source, []).append(f"{name} {mark}")
    for source, entries in sorted(sources.items()):
        mark = digest("\n".join(entries).encode("utf-8", "surrogateescape"))
        lines.append(f"file {len(entries)} {mark} {source}")
    text = "\n".join([*lines, "end", ""])
    write_whole(index_place(folder, root), text.encode("utf-8", "surrogateescape"))


def _source_of(data: bytes | None) -> str:
    """The file that an entry claims to be about. Whether the entry is whole is checked when it is to be applied."""
    import json

    try:
        body = json.loads(data or b"")
    except (ValueError, RecursionError):
        return ""
    name = body.get("file") if isinstance(body, dict) else None
    return name if isinstance(name, str) else ""

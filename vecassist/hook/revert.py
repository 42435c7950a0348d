"""Original texts put back where their rewrites stand in a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vecassist.audit import find, unit_of
from vecassist.deliver.edits import FileChange
from vecassist.errors import UserError
from vecassist.store.entry import Entry
from vecassist.store.files import FOLDER


@dataclass(frozen=True, slots=True)
class Restored:
    """status: "restored", "original" (nothing to do) or "changed" (neither text is there)."""

    entry: Entry
    line: int
    status: str
    reason: str


def chosen(entries: Sequence[Entry], wanted: str, root: Path) -> Entry:
    """The one entry whose file name has `wanted` in it. Raises UserError where there is none, or several."""
    name = Path(wanted).name
    exact = [entry for entry in entries if entry.name in (name, f"{name}.json")]
    found = exact or [entry for entry in entries if wanted in entry.name]
    if not found:
        raise UserError(f"{wanted}: no such entry in {root / FOLDER}; `vecassist audit` lists them")
    if len(found) > 1:
        names = ", ".join(entry.name for entry in found)
        raise UserError(f"{wanted}: several entries have this in their names: {names}; name one")
    return found[0]


def restored(entries: Sequence[Entry], root: Path) -> tuple[tuple[FileChange, ...], tuple[Restored, ...]]:
    """What putting the originals back makes of the files, and what is said of each entry. Nothing is written."""
    texts: dict[Path, tuple[bytes, bytes]] = {}
    told: list[Restored] = []
    for entry in entries:
        path = (root / entry.file).resolve()
        try:
            original, text = texts.get(path) or (path.read_bytes(),) * 2
        except OSError as error:
            raise UserError(f"{path}: cannot be read: {error.strerror}; restore the file first") from error
        found = find(entry, unit_of(entry, entry.proofs[0].command, root), text) if entry.proofs else None
        if found is None:
            reason = "neither the rewrite nor the original stands there; restore the text by hand or from git"
            told.append(Restored(entry, entry.line, "changed", reason))
            continue
        if found.status == "applied":
            text = found.text
            told.append(Restored(entry, found.site.line, "restored", "the source has the original again"))
        else:
            told.append(Restored(entry, found.site.line, "original", "the source has the original"))
        texts[path] = original, text
    changes = tuple(FileChange(path, *pair) for path, pair in texts.items() if pair[0] != pair[1])
    return changes, tuple(told)

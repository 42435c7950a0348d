"""Which folder a run may write in: everything outside it is left alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from vecassist.errors import UserError
from vecassist.store.files import FOLDER
from vecassist.units import Selection


def ground(selection: Selection, here: Path) -> tuple[Selection, Path]:
    """What of the selection may be changed by a run that was started in `here`, with a note for each file that
    may not, and the root that holds it.

    Where a database chose the files: the repository of the working directory, else that of the database, else
    its folder. Files that were named may be elsewhere, in their own repository. Raises UserError where nothing
    is left.
    """
    root = _root(selection, here.resolve())
    inside = tuple(unit for unit in selection.units if unit.path.resolve().is_relative_to(root))
    outside = dict.fromkeys(unit.path for unit in selection.units if unit not in inside)
    if not inside:
        raise UserError(
            f"{next(iter(outside))}: outside {root}, and so is every other file; run in its git repository"
        )
    notes = tuple(f"{path}: skipped, it is outside {root}; run in its git repository" for path in outside)
    return replace(selection, units=inside, notes=selection.notes + notes), root


def _root(selection: Selection, here: Path) -> Path:
    files = [unit.path.resolve() for unit in selection.units]
    origin = files[0] if selection.database is None else selection.database.resolve()
    home = _marked(here)
    if home is not None and (selection.database is not None or origin.is_relative_to(home)):
        return home
    folder = origin.parent
    if (marked := _marked(folder)) is not None:
        return marked
    below = [file.is_relative_to(folder) for file in files]
    # A database in a folder with sources is at the root of a project; in one without, that is a build folder.
    holds = all(below) if selection.database is None else any(below)
    return here if not holds and origin.is_relative_to(here) else folder


def _marked(folder: Path) -> Path | None:
    for parent in (folder, *folder.parents):
        if (parent / ".git").exists() or (parent / FOLDER).is_dir():
            return parent
    return None

"""`vecassist revert ID`: take a rewrite out of the source again."""

from __future__ import annotations

from pathlib import Path

import click

from vecassist.cli import output
from vecassist.errors import UserError


@click.command(name="revert")
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@click.option("--forget", is_flag=True, help="Remove the entry too, so that no build applies it.")
@click.option(
    "-C", "folder", metavar="DIR", default=".", help="The repository. Default: that of this folder."
)
def command(ids: tuple[str, ...], forget: bool, folder: str) -> int:
    """Restore the original text of regions that were changed in place, from their entries in .vecassist.

    ID is the name of an entry's file or a part of it that no other has. Exit code 1 where a region can be restored
    no more, since it has been changed by hand; then no file is changed.
    """
    from vecassist.hook.revert import chosen, restored
    from vecassist.store.files import FOLDER, read_entries, repository_root

    if not Path(folder).is_dir():
        raise UserError(f"{folder}: no such folder; check the spelling")
    root = repository_root(Path(folder))
    entries = [chosen(read_entries(root), one, root) for one in dict.fromkeys(ids)]
    changes, told = restored(entries, root)
    for one in told:
        output.line(f"{one.entry.file}:{one.line} {one.entry.function}: {one.status}: {one.reason}")
    if any(one.status == "changed" for one in told):
        return 1
    from vecassist.deliver.write import fix

    fix(changes)
    for entry in entries if forget else ():
        (root / FOLDER / entry.name).unlink()
        output.line(f"removed {FOLDER}/{entry.name}")
    return 0

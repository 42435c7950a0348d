"""`vecassist init`: settings, hook and workflow of a repository, and the launcher that makes the compile path fast."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecassist.cli import output
from vecassist.errors import UserError

if TYPE_CHECKING:
    from vecassist.deliver.setup import Piece


@click.command(name="init")
@click.option("-y", "--yes", is_flag=True, help="Do everything without asking.")
@click.option(
    "--only",
    "wanted",
    multiple=True,
    type=click.Choice(["config", "hook", "workflow", "launcher"]),
    help="Do this, without asking. Repeatable.",
)
@click.option("--launcher", is_flag=True, help="The same as --only launcher.")
@click.option(
    "--folder", metavar="DIR", help="Where the launcher goes. Default: $XDG_DATA_HOME/vecassist/bin."
)
@click.option(
    "--link",
    "names",
    multiple=True,
    metavar="NAME",
    help="Also make DIR/links/NAME, which stands for that compiler in PATH. Repeatable.",
)
@click.option("--compiler", metavar="NAME", help="Builds the launcher. Default: CC, gcc, cc, clang.")
def command(
    yes: bool,
    wanted: tuple[str, ...],
    launcher: bool,
    folder: str | None,
    names: tuple[str, ...],
    compiler: str | None,
) -> int:
    """Set up a repository: vecassist.toml, a pre-commit hook, a GitHub workflow; and build the launcher.

    Each file is asked for on a terminal; none that exists is changed. The launcher is a small program in C that decides
    in a millisecond whether a command of a build concerns rewrites, and runs this installation where it does. With
    options for the launcher, or without a terminal and without --yes, only the launcher is built.
    """
    from vecassist.deliver.setup import PIECES

    terminal = sys.stdin.isatty()
    chosen = (*wanted, "launcher") if launcher or folder or names or compiler else wanted
    everything = yes and not chosen
    asks = terminal and not chosen and not yes
    pieces = tuple(
        piece
        for piece in PIECES
        if everything or piece.id in chosen or (asks and _asked(f"Write {piece.name}, {piece.what}?"))
    )
    if pieces:
        _set_up(pieces)
    if everything or "launcher" in chosen or (asks and _asked("Build the launcher for builds?")):
        _launch(folder, names, compiler)
    elif not asks and not chosen:
        _launch(folder, names, compiler)
        output.note(
            "only the launcher was built; `vecassist init --yes` also writes settings, hook and workflow"
        )
    return 0


def _asked(question: str) -> bool:
    return click.confirm(question, default=True, err=True)


def _set_up(pieces: tuple[Piece, ...]) -> None:
    from vecassist.deliver.setup import plan, write

    here = Path.cwd()
    root = next((one for one in (here, *here.parents) if (one / ".git").exists()), None)
    if root is None:
        raise UserError(f"{here}: not in a git repository; run `git init` first, or pass --launcher")
    fates = plan(root, pieces)
    write(root, fates)
    for fate in fates:
        name = fate.piece.name
        if fate.status == "written":
            output.line(f"wrote {name}")
        elif fate.status == "there":
            output.line(f"kept {name}: it is there already")
        else:
            output.line(f"kept {name}: it exists and was not changed; what would have been written:")
            for line in fate.piece.text.splitlines():
                output.line(f"    {line}".rstrip())


def _launch(folder: str | None, names: tuple[str, ...], compiler: str | None) -> None:
    import shlex

    from vecassist.cc.launcher import bin_folder, build, links
    from vecassist.units import usual_compiler

    place = Path(folder).absolute() if folder else bin_folder(os.environ)
    launcher = build(shlex.split(compiler or usual_compiler()), place)
    output.line(f"built {launcher}")
    for made in links(place / "links", launcher, names):
        output.line(f"made {made}")
    output.line(f'use it: export PATH="{place}:$PATH", then CC="vecassist cc gcc"')
    if names:
        output.line(f'or for all compilers of a build: export PATH="{place / "links"}:$PATH"')

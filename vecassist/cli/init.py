"""`vecassist init`: build the launcher that makes the compile path fast, and links to it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from vecassist.cli import output


@click.command(name="init")
@click.option("--folder", metavar="DIR", help="Where to put it. Default: $XDG_DATA_HOME/vecassist/bin.")
@click.option(
    "--link",
    "names",
    multiple=True,
    metavar="NAME",
    help="Also make DIR/links/NAME, which stands for that compiler in PATH. Repeatable.",
)
@click.option("--compiler", metavar="NAME", help="Builds the launcher. Default: CC, gcc, cc, clang.")
def command(folder: str | None, names: tuple[str, ...], compiler: str | None) -> int:
    """Build a small launcher in C, for builds: it decides in a millisecond whether a command concerns rewrites.

    It runs this installation for everything else, and the pure Python command does the same without it.
    """
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
    return 0

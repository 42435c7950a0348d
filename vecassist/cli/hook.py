"""`vecassist hook FILE...`: what runs at a commit."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecassist.cli import options, output

if TYPE_CHECKING:
    from vecassist.hook.check import Checked
    from vecassist.store.entry import Command

_HINTS = ("unchecked", "left-alone", "not-prepared", "not-scanned", "cache-unusable", "unsupported-flag",
          "unsupported-compiler")  # fmt: skip


@click.command(name="hook")
@click.argument("paths", nargs=-1)
@click.option("--fix", is_flag=True, help="Put proved rewrites of the store into the sources.")
@click.option(
    "--online/--offline",
    default=False,
    help="Look for new rewrites too, as `optimize` does, with a model where you configured one. Default: offline.",
)
@click.option("-p", "build", metavar="BUILD", help="Folder with compile_commands.json.")
def command(paths: tuple[str, ...], fix: bool, online: bool, build: str | None) -> int:
    """Check the accepted rewrites of these files, and apply them with --fix: no model, no network.

    An entry counts where this machine has proved it, or does so within VECASSIST_CHECK_SECONDS. Exit code 1 where an
    entry is stale or a file was changed, else 0. Files without entries cost nothing.
    """
    from vecassist.cc.cache import is_set
    from vecassist.hook.check import check

    files = [path for path in options.paths(paths) if path.suffix in (".c", ".h") and path.is_file()]
    strict = is_set(os.environ, "STRICT")
    found = check(files, os.environ, lambda file, root: _database(file, root, options.folder(build)))
    bad = _tell(found)
    if fix and any(one.applicable for one in found):
        bad = _apply([one for one in found if one.applicable]) or bad
    if online:
        bad = _online([path for path in files if path.suffix == ".c"], build, fix, strict) or bad
    lacking = any(event for one in found for event in one.says(*_HINTS))
    return 1 if bad or (strict and lacking) else 0


def _database(file: Path, root: Path, build: Path | None) -> Sequence[Command]:
    """The commands of the compile database for a file that has entries."""
    from compiler.compdb import find, load
    from vecassist.store.entry import Command
    from vecassist.store.files import relative

    place = build or find(file)
    if place is None:
        return ()
    commands = load(place).of(file)
    return [Command(relative(one.directory, root), one.compiler, one.args) for one in commands]


def _tell(found: Sequence[Checked]) -> bool:
    """Say what people should know; whether anything of it is a finding."""
    bad = False
    for one in found:
        name = os.path.relpath(one.file)
        for why in dict.fromkeys(event.why for event in one.says("stale", "damaged")):
            bad = True
            output.line(
                f"{name}: {why}; run `vecassist optimize {name}`, or remove the entry from .vecassist"
            )
        for why in dict.fromkeys(event.why for event in one.says("recalled")):
            bad = True
            output.line(f"{name}: recalled: {why}; take it out with `vecassist revert --forget`")
        for why in dict.fromkeys(event.why for event in one.says(*_HINTS)):
            output.note(f"{name}: skipped: {why}; `vecassist audit --reprove` says more")
    return bad


def _apply(found: Sequence[Checked]) -> bool:
    from vecassist.cc.first import limit
    from vecassist.deliver.write import fix
    from vecassist.hook.apply import apply, shown

    changes, told = apply(found, limit())
    for text in shown(told):
        output.line(text)
    fix(changes)
    return bool(changes)


def _online(files: Sequence[Path], build: str | None, fix: bool, strict: bool) -> bool:
    from compiler.compdb import find, plain_flags
    from vecassist.cli.optimize import command as optimize

    known = [path for path in files if build or find(path) or plain_flags(path)]
    if files and not known:
        output.note(
            "vecassist: skipped: no compile_commands.json: CMake writes it with "
            "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON, other builds with `bear -- make`; name its folder with -p"
        )
        return strict
    if not known:
        return False
    words = [*map(str, known), *(("-p", build) if build else ()), *(("--fix",) if fix else ())]
    return bool(optimize.main(args=words, prog_name="vecassist optimize", standalone_mode=False))

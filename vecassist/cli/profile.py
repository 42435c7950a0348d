"""`vecassist profile [-o FILE] -- CMD`: one run of a program under the best profiler present."""

from __future__ import annotations

from pathlib import Path

import click

from vecassist.cli import options, output
from vecassist.errors import UserError

_NAMES = {"perf": "vecassist.perf", "callgrind": "vecassist.callgrind", "gcov": "vecassist.gcov.json"}


@click.command(cls=options.DashDashCommand, name="profile")
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    help="Where the profile goes. Default: vecassist.perf, .callgrind or .gcov.json.",
)
@click.option("-q", "--quiet", is_flag=True, help="No notes.")
@click.pass_context
def command(ctx: click.Context, target: str | None, quiet: bool) -> int:
    """Run a program once under perf, else valgrind, else with its own gcov counters, and keep the profile.

    The program follows after --, with its arguments; build it with -g and your usual optimization. The profile
    is for --profile of `scan` and `optimize`. Exit code 0, also where the program's own is another.
    """
    from vecassist.cc.cache import write_whole
    from vecassist.profile.collect import collect

    words = options.cflags(ctx)
    if not words:
        raise UserError(
            "no program to run; give it after --, as in `vecassist profile -- ./bench --size 1000`"
        )
    if target is not None:
        options.writable(target)
    found = collect(words, Path.cwd())
    place = target or _NAMES[found.profiler]
    if not write_whole(str(Path(place).absolute()), found.data):
        raise UserError(f"{place}: cannot be written; name another file with -o")
    if not quiet:
        for text in found.missing:
            output.note(text)
        if found.code != 0:
            output.note(f"the program ended with {found.code}")
        output.note(f"{found.profiler}: wrote {place}; next: vecassist optimize --profile {place} ...")
    return 0

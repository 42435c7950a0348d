"""`vecassist stats`: what the compile path did, and why it left commands alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecassist.cli import options, output

if TYPE_CHECKING:
    from vecassist.cc.stats import Stats

_ENTRIES = {
    "applied": "entries applied",
    "done": "entries found done in the source",
    "stale": "entries that are stale",
    "recalled": "entries whose proof rests on a known fault of the prover",
    "unchecked": "entries not proved here",
    "damaged": "entries that are damaged",
}
_REASONS = {
    "no-store": "no .vecassist above the source",
    "no-entries": "no entries for the source",
    "disabled": "VECASSIST_DISABLE",
    "kill-comment": "vecassist:disable in the source",
    "recursive": "called by itself",
    "linking": "called for linking",
    "preprocessing": "called for preprocessing",
    "dependencies-only": "called for dependencies",
    "assembly": "called for assembly",
    "no-object": "no object is written",
    "several-inputs": "several inputs",
    "no-input": "no input",
    "not-c": "not a .c file",
    "language-option": "the language is named (-x)",
    "response-file": "arguments from a file (@)",
    "stdin": "source from stdin",
    "output-to-stdout": "output to stdout",
    "intermediate-files": "intermediate files are kept",
    "records-the-command": "the command is recorded in the object",
    "unusual-command": "unusual command",
    "coverage-mapping": "-fcoverage-mapping",
    "environment": "dependencies by environment",
    "unsupported-flag": "a flag whose meaning is not known",
    "unsupported-compiler": "a compiler that is not known",
    "not-scanned": "the source could not be scanned",
    "rewrite-does-not-compile": "the rewritten text does not compile",
    "cache-unusable": "the cache cannot be used",
    "not-prepared": "the preparation failed",
    "internal-error": "internal error",
}


@click.command(name="stats")
@click.option("-z", "--zero", is_flag=True, help="Forget all counts.")
@click.option("--log", metavar="FILE", help="Counts of one build, from its VECASSIST_STATSLOG.")
@options.output_format("text", "json")
def command(zero: bool, log: str | None, output_format: str) -> int:
    """Show how often rewrites were applied in builds, were stale or unchecked, and why commands were left alone."""
    from vecassist.cc import stats
    from vecassist.cc.cache import cache_folder

    folder = cache_folder(os.environ)
    if zero:
        stats.zero(folder)
        output.note("all counts are zero")
        return 0
    found = stats.read_stats(folder) if log is None else stats.read_build_log(Path(log))
    if output_format == "json":
        output.json_object(
            {
                "commands": found.commands,
                "compiled_with_entries": found.compiled,
                "entries": dict(found.entries),
                "untouched": dict(found.untouched),
                "seconds": round(found.seconds, 3),
            }
        )
    else:
        _show(found)
    return 0


def _show(found: Stats) -> None:
    rows = [("commands", found.commands), ("compilations with entries", found.compiled)]
    rows += [(_ENTRIES[name], number) for name, number in found.entries.items()]
    rows += [(f"left alone: {_REASONS.get(name, name)}", number) for name, number in found.untouched.items()]
    width = max(len(name) for name, _ in rows)
    for name, number in rows:
        output.line(f"{name.ljust(width)}  {number:8d}")
    output.line(f"{'seconds before the compiler'.ljust(width)}  {found.seconds:8.2f}")

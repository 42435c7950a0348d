"""`vecassist guard [PATH]`: fails a CI job when an accepted rewrite no longer holds."""

from __future__ import annotations

from pathlib import Path

import click

from vecassist.cli import findings, options, output
from vecassist.errors import UserError


@click.command(name="guard")
@click.argument("path", default=".")
@options.timeout(60.0)
@options.assume
@options.clang
@options.output_format("text", "json", "sarif", "github")
def command(
    path: str, timeout: float, assume: tuple[str, ...], clang_path: str | None, output_format: str
) -> int:
    """Check that every accepted rewrite of the repository is proved, not recalled, and vectorized today.

    A proof on record on this machine is taken; without one the rewrite is proved anew. No model and no network. Exit
    code 0 where all hold, 1 where one does not.
    """
    from vecassist.bot.guard import guard
    from vecassist.compilers import lowering
    from vecassist.evidence import Gauge
    from vecassist.pipeline import tools
    from vecassist.store.files import read_entries, repository_root
    from vecassist.store.machine import machine_record
    from vecassist.worker import WorkerLimits, WorkerPool

    if not Path(path).exists():
        raise UserError(f"{path}: no such file or folder; check the spelling")
    root = repository_root(Path(path))
    entries = read_entries(root)
    with WorkerPool(1, WorkerLimits(seconds=timeout)) as pool:
        line = tools(lowering(clang_path), pool, Gauge((), pool), machine_record(asks=True))
        judged = guard(entries, root, line, assume)
    bad = sum(not one.holds for one in judged)
    if output_format == "json":
        rows = [
            {
                "file": one.entry.file,
                "function": one.entry.function,
                "line": one.entry.line,
                "entry": one.entry.name,
                "status": one.status,
                "reason": one.reason,
            }
            for one in judged
        ]
        output.json_object({"entries": rows, "totals": {"entries": len(rows), "bad": bad}})
        return 1 if bad else 0
    if output_format in findings.FORMATS:
        findings.show(findings.of_guard(judged, root), output_format, "guard")
        return 1 if bad else 0
    for one in judged:
        entry = one.entry
        output.line(f"{entry.file}:{entry.line} {entry.function}: {one.status}: {one.reason}")
    output.line(f"{len(judged)} accepted rewrite{'' if len(judged) == 1 else 's'}, {bad} of them not held")
    return 1 if bad else 0

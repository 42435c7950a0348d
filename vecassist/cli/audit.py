"""`vecassist audit [PATH] [--reprove]`: check what is stored under .vecassist/."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from vecassist.cli import options, output
from vecassist.errors import UserError


@click.command(name="audit")
@click.argument("path", default=".")
@click.option("--reprove", is_flag=True, help="Prove every stored rewrite anew.")
@click.option(
    "--solver",
    type=click.Choice(["z3", "cvc5"]),
    default="z3",
    show_default=True,
    help="Who confirms the tests of a certificate.",
)
@click.option(
    "--advisories", metavar="FILE", help="Known faults of the prover, besides those that come with it."
)
@options.timeout(60.0)
@options.clang
@options.output_format("text", "json")
def command(
    path: str,
    reprove: bool,
    solver: str,
    advisories: str | None,
    timeout: float,
    clang_path: str | None,
    output_format: str,
) -> int:
    """Check the accepted rewrites of the repository that holds PATH, without a model and without a network.

    An entry whose loop has changed is stale; one whose proof rests on a known fault of the prover is recalled. Exit
    code 0 where all entries hold, else 1.
    """
    from vecassist.audit import BAD, Checking, audit_store
    from vecassist.compilers import lowering
    from vecassist.evidence import Gauge
    from vecassist.pipeline import tools
    from vecassist.store import advisories as known
    from vecassist.store.files import read_entries, repository_root
    from vecassist.store.machine import machine_record
    from vecassist.worker import WorkerLimits, WorkerPool
    from verify.discharge import NoSolver

    if not Path(path).exists():
        raise UserError(f"{path}: no such file or folder; check the spelling")
    root = repository_root(Path(path))
    entries = read_entries(root)
    faults = known.shipped() + (known.table(Path(advisories)) if advisories is not None else ())
    with WorkerPool(1, WorkerLimits(seconds=timeout)) as pool:
        record = replace(machine_record(), advisories=faults)
        line = tools(lowering(clang_path), pool, Gauge((), pool), record)
        checking = Checking(line, solver, entries)
        try:
            findings = audit_store(entries, root, line if reprove else None, faults, checking)
        except NoSolver as error:
            raise UserError(str(error)) from error
    bad = sum(finding.status in BAD for finding in findings)
    if output_format == "json":
        rows = [
            {
                "file": finding.entry.file,
                "function": finding.entry.function,
                "line": finding.entry.line,
                "entry": finding.entry.name,
                "status": finding.status,
                "reason": finding.reason,
                "reproved": finding.proved,
            }
            for finding in findings
        ]
        output.json_object({"entries": rows, "totals": {"entries": len(rows), "bad": bad}})
        return 1 if bad else 0
    for finding in findings:
        entry = finding.entry
        again = ", proved anew" if finding.proved and finding.status in {"valid", "applied"} else ""
        output.line(f"{entry.file}:{entry.line} {entry.function}: {finding.status}{again}: {finding.reason}")
    entries_said = "1 entry" if len(findings) == 1 else f"{len(findings)} entries"
    output.line(f"{entries_said}, {bad} of them stale, failed or recalled")
    return 1 if bad else 0

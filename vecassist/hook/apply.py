"""Proved rewrites put into the sources, each under every compile command that is known."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from compiler.errors import CompilerError
from vecassist.audit import find, unit_of
from vecassist.compilers import lowering
from vecassist.deliver.edits import FileChange
from vecassist.errors import UserError
from vecassist.evidence import Gauge
from vecassist.hook.check import Checked
from vecassist.model import Candidate
from vecassist.pipeline import Settings, Tools, prove_in, tools
from vecassist.splice import splice
from vecassist.store.advisories import affecting
from vecassist.store.entry import Entry, to_source
from vecassist.store.machine import Recalling, Record, machine_record
from vecassist.worker import WorkerLimits, WorkerPool


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of one entry: the line of its region where it was applied, else why it was not."""

    entry: Entry
    line: int
    reason: str


def apply(checked: Sequence[Checked], seconds: float) -> tuple[tuple[FileChange, ...], tuple[Applied, ...]]:
    """The changes that the entries make of their files, and what became of each. Nothing is written.

    An entry counts where this machine has the proof on record, or makes it in `seconds`: in the text that has the
    earlier ones, under all commands.
    """
    changes: list[FileChange] = []
    told: list[Applied] = []
    with WorkerPool(1, WorkerLimits(seconds=seconds or 1.0)) as pool:
        line = tools(lowering(None), pool, Gauge((), pool))
        for one in checked:
            original = text = one.file.read_bytes()
            for entry in sorted(one.entries, key=lambda entry: (entry.line, entry.name)):
                placed = _one(entry, one, text, replace(line, record=_record(entry, seconds)))
                if isinstance(placed, str):
                    told.append(Applied(entry, 0, placed))
                elif placed is not None:
                    text, at = placed
                    told.append(Applied(entry, at, ""))
            changes.append(FileChange(one.file, original, text))
    return tuple(change for change in changes if change.before != change.after), tuple(told)


def _record(entry: Entry, seconds: float) -> Record:
    record = machine_record(asks=True)
    # An assumption is for the one who builds to grant: what was proved here under it is on record.
    if not seconds or any(proof.assumptions for proof in entry.proofs):
        return Recalling(record.folder, asks=True)
    return record


def _one(entry: Entry, one: Checked, text: bytes, line: Tools) -> tuple[bytes, int] | str | None:
    """The text with the rewrite and its line there; None where it is done or has changed; else why not."""
    faults = affecting(entry)
    if faults:
        return f"recalled: {'; '.join(map(str, faults))}"
    placed: tuple[bytes, int] | None = None
    assumptions = tuple(sorted({name for proof in entry.proofs for name in proof.assumptions}))
    for command in one.commands:
        unit = unit_of(entry, command, one.root)
        reason = one.doubt(entry, command) or None
        try:
            found = find(entry, unit, text)
            if found is None or found.status == "applied":
                return None
            after = to_source(entry.after).decode("latin-1")
            candidate = Candidate(found.site, after, entry.proposer, entry.rule)
            reason = reason or prove_in(text, found.site, candidate, Settings(assumptions), line)
        except (UserError, CompilerError) as error:
            reason = str(error)
        else:
            placed = splice(text, found.site, after), found.site.line
        if reason is not None:
            where = os.path.relpath(unit.directory, one.root)
            return f"under `{' '.join((unit.compiler, *unit.args))}` in {where}: {reason}"
    return placed


def shown(told: Sequence[Applied]) -> Iterator[str]:
    """A line for each entry that was tried."""
    for one in told:
        entry = one.entry
        if one.reason:
            yield f"{entry.file}:{entry.line} {entry.function}: not applied: {one.reason}"
        else:
            yield f"{entry.file}:{one.line} {entry.function}: applied ({entry.proposer} {entry.rule})"

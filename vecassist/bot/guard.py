"""Whether accepted rewrites are still what they were accepted for: proved, not recalled, and vectorized."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from compiler.asm import vectorized
from compiler.errors import CompilerError
from vecassist.audit import BAD, audit_entry, find, unit_of
from vecassist.errors import UserError
from vecassist.pipeline import Tools
from vecassist.store.advisories import Advisory
from vecassist.store.entry import Entry, to_source
from vecassist.store.machine import Recalling


@dataclass(frozen=True, slots=True)
class Guarded:
    """status: "holds", or "stale", "failed", "recalled" as an audit says it, "not-granted" or "not-vectorized"."""

    entry: Entry
    status: str
    reason: str

    @property
    def holds(self) -> bool:
        return self.status == "holds"


def guard(
    entries: Sequence[Entry],
    root: Path,
    tools: Tools,
    granted: Sequence[str] = (),
    advisories: Sequence[Advisory] | None = None,
) -> tuple[Guarded, ...]:
    """Judge every entry by what this machine has on record or proves now.

    granted: assumptions that proofs may rest on; others count only where a proof under them is on record here.
    """
    return tuple(_judge(entry, root, tools, granted, advisories) for entry in entries)


def _judge(
    entry: Entry,
    root: Path,
    tools: Tools,
    granted: Sequence[str],
    advisories: Sequence[Advisory] | None,
) -> Guarded:
    asked = {name for proof in entry.proofs for name in proof.assumptions} - set(granted)
    if asked:
        tools = replace(tools, record=Recalling(tools.record.folder, asks=True))
    try:
        finding = audit_entry(entry, root, tools, advisories)
        if finding.status in BAD:
            lacking = finding.status == "failed" and finding.proved and asked
            options = " ".join(f"--assume {name!r}" for name in sorted(asked))
            if lacking:
                return Guarded(entry, "not-granted", f"the proof rests on an assumption: pass {options}")
            return Guarded(entry, finding.status, finding.reason)
        scalar = not_vectorized(entry, root, tools)
    except (CompilerError, UserError) as error:
        return Guarded(entry, "failed", str(error))
    if scalar is not None:
        return Guarded(entry, "not-vectorized", scalar)
    return Guarded(entry, "holds", finding.reason)


def not_vectorized(entry: Entry, root: Path, tools: Tools) -> str | None:
    """Which compiler of the entry's commands emits scalar code for the rewrite; None where none does.

    Raises CompilerError where a file does not compile, UserError where the region is not there.
    """
    source = (root / entry.file).read_bytes()
    for proof in entry.proofs:
        found = find(entry, unit_of(entry, proof.command, root), source)
        if found is None:
            raise UserError(f"{entry.file}: the loop has changed")
        text = rewritten(entry, found.text, found.site.span.start)
        place = tools.place(found.site)
        lines = found.site.line, found.site.line + entry.after.count("\n")
        if not vectorized(
            place.user, place.name, place.directory, place.args, entry.function, lines, text=text
        ):
            return f"{place.user.name} {' '.join(place.args)} emits scalar code for the rewrite now"
    return None


def rewritten(entry: Entry, text: bytes, start: int) -> bytes:
    """The text with the entry's rewrite in the place of its original, which starts at `start`."""
    before = to_source(entry.before)
    if text[start : start + len(before)] != before:
        raise UserError(f"{entry.file}: the loop has changed")
    return text[:start] + to_source(entry.after) + text[start + len(before) :]

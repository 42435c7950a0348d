"""Checking stored rewrites against the sources of today, and proving them anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vecassist.errors import UserError
from vecassist.judging import posed_in
from vecassist.model import Candidate, Site, Unit
from vecassist.pipeline import Settings, Tools, prove_in
from vecassist.scan.sites import scan_text
from vecassist.store.advisories import Advisory, affecting
from vecassist.store.entry import Command, Entry, Proof, to_source
from vecassist.store.files import FOLDER, brings
from vecassist.store.identity import subject
from verify.certificate import faults


@dataclass(frozen=True, slots=True)
class Finding:
    """status: "valid" (the source has the original), "applied" (it has the rewrite), "stale" (it has neither),
    "failed" (a proof does not hold) or "recalled" (a proof rests on a known fault of the prover); proved: whether the
    proofs were made anew."""

    entry: Entry
    status: str
    reason: str
    proved: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """Where an entry's region is. status: "valid" or "applied", as in a finding; text: the file with the original."""

    status: str
    text: bytes
    site: Site


BAD = frozenset({"stale", "failed", "recalled"})
"""What must not be relied on."""


@dataclass(frozen=True, slots=True)
class Checking:
    """How certificates are checked: with compilers and a solver. entries: all of the repository."""

    tools: Tools
    solver: str = "z3"
    entries: tuple[Entry, ...] = ()


def audit_entry(
    entry: Entry,
    root: Path,
    tools: Tools | None,
    advisories: Sequence[Advisory] | None = None,
    checking: Checking | None = None,
) -> Finding:
    """Check one entry. tools: with them every proof is made anew, or taken from their record; without them only the
    claims are checked, and with `checking` the certificates. advisories: known faults of the prover; those that come
    with this version unless others are given."""
    claim = _claim(entry)
    if claim is not None:
        return Finding(entry, "failed", claim)
    recalling = affecting(entry, advisories)
    if recalling:
        where = _whereabouts(entry, root)
        return Finding(entry, "recalled", f"{'; '.join(map(str, recalling))}; {where}")
    try:
        source = (root / entry.file).read_bytes()
    except OSError:
        return Finding(entry, "stale", "the file is gone")
    status = "valid"
    for proof in entry.proofs:
        found = find(entry, unit_of(entry, proof.command, root), source)
        if found is None:
            return Finding(entry, "stale", "the loop has changed")
        status = found.status
        if tools is not None:
            reason = _reprove(entry, proof, found, tools)
            if reason is not None:
                return Finding(entry, "failed", f"not proved any more: {reason}", proved=True)
        elif checking is not None:
            reason = _check(entry, proof, found, checking)
            if reason is not None:
                return Finding(entry, "failed", f"{reason}; `vecassist audit --reprove` proves it anew")
    said = {"valid": "the source has the original", "applied": "the source has the rewrite"}[status]
    return Finding(entry, status, said, proved=tools is not None)


def _whereabouts(entry: Entry, root: Path) -> str:
    try:
        written = to_source(entry.after) in (root / entry.file).read_bytes()
    except OSError:
        written = False
    return "the source has the rewrite: take it out" if written else "it is not applied in builds"


def audit_store(
    entries: Sequence[Entry],
    root: Path,
    tools: Tools | None,
    advisories: Sequence[Advisory] | None = None,
    checking: Checking | None = None,
) -> tuple[Finding, ...]:
    """Check every entry of a repository. Raises UserError where there is none."""
    if not entries:
        raise UserError(f"{root / FOLDER}: no accepted rewrites there; `vecassist optimize` writes them")
    return tuple(audit_entry(entry, root, tools, advisories, checking) for entry in entries)


def _claim(entry: Entry) -> str | None:
    if not entry.proofs:
        return "it has no proof"
    for proof in entry.proofs:
        if (proof.verdict, proof.scope) != ("proved", "unbounded"):
            return f"its proof is {proof.verdict} ({proof.scope}), not an unbounded one"
    return None


def unit_of(entry: Entry, command: Command, root: Path) -> Unit:
    """The file of an entry under one of its compile commands, on this machine. Raises UserError where the file lies
    outside of the repository, or the compiler in it: what a repository says is a claim."""
    file, directory = (root / entry.file).resolve(), (root / command.directory).resolve()
    if not file.is_relative_to(root.resolve()):
        raise UserError(
            f"{root / FOLDER / entry.name}: leads to {file}, outside of the repository; delete it"
        )
    if brings(root, directory, command.compiler):
        raise UserError(
            f"{root / FOLDER / entry.name}: names a compiler that the repository brings, {command.compiler}; it is not "
            "run: delete the entry, and optimize with a compiler of this machine"
        )
    return Unit(file, directory, command.compiler, command.args)


def find(entry: Entry, unit: Unit, source: bytes) -> Found | None:
    """The region of an entry in the text of its file, which has the original or the rewrite; None where it has
    neither. Raises UserError where the file cannot be scanned."""
    before, after = to_source(entry.before), to_source(entry.after)
    site = _site(entry, unit, source, before)
    if site is not None:
        return Found("valid", source, site)
    if source.count(after) != 1:
        return None
    restored = source.replace(after, before)
    site = _site(entry, unit, restored, before)
    return Found("applied", restored, site) if site is not None else None


def _site(entry: Entry, unit: Unit, source: bytes, before: bytes) -> Site | None:
    text = before.decode("latin-1")
    found = scan_text(unit, source.decode("latin-1")).sites
    return next((site for site in found if site.key == entry.key and site.text == text), None)


def _reprove(entry: Entry, proof: Proof, found: Found, tools: Tools) -> str | None:
    text = to_source(entry.after).decode("latin-1")
    candidate = Candidate(found.site, text, entry.proposer, entry.rule)
    return prove_in(found.text, found.site, candidate, Settings(proof.assumptions), tools)


def _check(entry: Entry, proof: Proof, found: Found, checking: Checking) -> str | None:
    """What is wrong with the certificate of one proof."""
    text = to_source(entry.after).decode("latin-1")
    candidate = Candidate(found.site, text, entry.proposer, entry.rule)
    settings = Settings(proof.assumptions)
    problems = posed_in(found.text, found.site, candidate, settings, checking.tools)
    about = [subject(one) for one in problems]
    if proof.certificate.get("subject") not in [json.loads(json.dumps(one)) for one in about]:
        # The proof was made where the file's other loops were as they had been.
        text = _restored(entry, found.text, checking.entries)
        site = _site(entry, found.site.unit, text, to_source(entry.before)) if text != found.text else None
        if site is not None:
            moved = replace(candidate, site=site)
            about += [subject(one) for one in posed_in(text, site, moved, settings, checking.tools)]
    return faults(proof.certificate, about, checking.solver)


def _restored(entry: Entry, text: bytes, entries: Sequence[Entry]) -> bytes:
    for other in entries:
        before, after = to_source(other.before), to_source(other.after)
        if other.file == entry.file and other.key != entry.key and text.count(after) == 1:
            text = text.replace(after, before)
    return text

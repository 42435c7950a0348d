"""One proof in a killable process; whatever goes wrong there is `unknown`, never `proved`."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from compiler.toolchain import Toolchain
from vecassist.store.advisories import affecting_proof
from vecassist.store.identity import subject
from vecassist.store.machine import NOTHING, Record
from vecassist.worker import WorkerFailed, WorkerPool
from verify.certificate import sealed
from verify.check import Report, check, differing
from verify.problem import Limits, Problem
from verify.verdict import Counterexample, Proved, Refuted, Unknown, Verdict

_PROOF = 0.8
"""The share of the time that a proof may take; the rest is for a counterexample."""
_PACKAGES = ("vecassist", "llvmlite", "z3-solver", "islpy")


@dataclass(frozen=True, slots=True)
class Proof:
    """A verdict, how long it took, and with which tools."""

    verdict: Verdict
    seconds: float
    versions: Mapping[str, str]
    notes: tuple[str, ...] = field(default=())


def prove(
    pool: WorkerPool,
    problem: Problem,
    lowering: Toolchain,
    limits: Limits | None = None,
    record: Record = NOTHING,
) -> Proof:
    """The proof on record, else what the prover says of the problem, which goes on record where it is proved. A
    timeout, a crash or an exception of the prover is `unknown` with its code, and so is a proof that an advisory
    affects."""
    known = record.recall(problem)
    if known is not None:
        versions = tool_versions(lowering)
        return Proof(_recalled(known, versions, record) or known, 0.0, versions)
    limits = limits or Limits()
    try:
        report, versions = pool.call(checked, problem, limits, lowering, seconds=_PROOF * pool.seconds)
    except WorkerFailed as failure:
        code = {"exception": "internal-error", "memory": "memory-limit"}.get(failure.kind, failure.kind)
        unknown = Unknown(code, f"the prover gave no verdict: {failure}")
        return Proof(_searched(pool, problem, limits, unknown), 0.0, tool_versions(lowering))
    verdict = _recalled(report.verdict, versions, record) or report.verdict
    if isinstance(verdict, Proved):
        record.remember(problem, verdict)
        if limits.certified:
            about = {**verdict.certificate, "subject": subject(problem)}
            verdict = replace(verdict, certificate=sealed(about))
    return Proof(verdict, report.seconds, versions, tuple(report.notes))


def _searched(pool: WorkerPool, problem: Problem, limits: Limits, unknown: Unknown) -> Refuted | Unknown:
    """The search for a counterexample, to which a proof that took all of its time or memory did not come."""
    if unknown.code not in ("timeout", "memory-limit"):
        return unknown
    try:
        return pool.call(differing, problem, limits, unknown, seconds=(1 - _PROOF) * pool.seconds)
    except WorkerFailed:
        return unknown


def checked(problem: Problem, limits: Limits, lowering: Toolchain) -> tuple[Report, Mapping[str, str]]:
    """What `verify.check.check` says, and `tool_versions`: what a worker is asked."""
    report = check(problem, limits)
    # Asked for here, where the module that knows them is loaded anyway.
    return report, {**tool_versions(lowering), **report.versions}


def comparable(pool: WorkerPool, problem: Problem, before: Path, after: Path) -> str | None:
    """Why the function cannot be compared, for a person, with the files' names; None where it can or where that is
    not known."""
    try:
        return pool.call(_mismatch, problem, before, after)
    except WorkerFailed:
        # The same will end the proof, which has words for it.
        return None


def _mismatch(problem: Problem, before: Path, after: Path) -> str | None:
    # Reading IR takes modules that the caller's process has no other need of.
    from vecassist.signatures import mismatch

    return mismatch(problem, before, after)


def _recalled(verdict: Verdict, versions: Mapping[str, str], record: Record) -> Unknown | None:
    if not isinstance(verdict, Proved):
        return None
    found = affecting_proof(verdict.strategy, verdict.certificate, versions, record.advisories)
    return (
        None
        if found is None
        else Unknown("recalled", f"the proof rests on a known fault of the prover: {found}")
    )


@functools.cache
def tool_versions(lowering: Toolchain) -> Mapping[str, str]:
    """Names and versions of everything that a verdict rests on."""
    from importlib.metadata import PackageNotFoundError, version

    found: dict[str, str] = {"clang": lowering.version}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def counterexample(found: Counterexample) -> dict[str, object]:
    """A counterexample as plain values."""
    return {
        "inputs": dict(found.inputs),
        "before": dict(found.before),
        "after": dict(found.after),
        "replayed": found.replayed,
    }

"""One proof in a killable process; whatever goes wrong there is `unknown`, never `proved`."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from compiler.toolchain import Toolchain
from vecassist.store.advisories import affecting_proof
from vecassist.store.identity import subject
from vecassist.store.machine import NOTHING, Record
from vecassist.worker import WorkerFailed, WorkerPool
from verify.certificate import sealed
from verify.check import Report, check
from verify.problem import Limits, Problem
from verify.verdict import Counterexample, Proved, Unknown, Verdict

MODULES = ("verify.flow.proof",)
"""What a worker had better import before its first proof."""
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
    versions = tool_versions(lowering)
    known = record.recall(problem)
    if known is not None:
        return Proof(_recalled(known, versions, record) or known, 0.0, versions)
    try:
        report: Report = pool.call(check, problem, limits or Limits())
    except WorkerFailed as failure:
        code = {"exception": "internal-error", "memory": "memory-limit"}.get(failure.kind, failure.kind)
        return Proof(Unknown(code, f"the prover gave no verdict: {failure}"), 0.0, versions)
    versions = {**versions, **report.versions}
    verdict = _recalled(report.verdict, versions, record) or report.verdict
    if isinstance(verdict, Proved):
        record.remember(problem, verdict)
        if limits is not None and limits.certified:
            about = {**verdict.certificate, "subject": subject(problem)}
            verdict = replace(verdict, certificate=sealed(about))
    return Proof(verdict, report.seconds, versions, tuple(report.notes))


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

"""The verdict on one pair: proof first, then the search for a counterexample, with the checks that guard a proof."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from verify.flow.spaces import OutOfBudget
from verify.problem import Limits, Problem, Side
from verify.verdict import NotProved, Proved, Refuted, Unknown, Unsupported, Verdict

RECURSION = 20_000
ASSUMPTIONS = frozenset({"sequential", "fp-contract", "errno-unobserved"})


@dataclass(frozen=True, slots=True)
class Report:
    """A verdict with the seconds it took, the versions of what it rests on, and remarks for people."""

    verdict: Verdict
    seconds: float
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    notes: tuple[str, ...] = ()


def check(problem: Problem, limits: Limits | None = None) -> Report:
    """Decide whether `after` refines `before` for every input.

    Never raises for what the programs contain: an unsupported construct, an exhausted budget or a failed search is
    `Unknown` with a stable code. Bad input (IR that does not parse, no such function) raises ValueError or KeyError.
    """
    started = time.perf_counter()
    limits = limits or Limits()
    sys.setrecursionlimit(max(sys.getrecursionlimit(), RECURSION))
    verdict: Verdict
    try:
        verdict = prove(problem, limits)
    except NotProved as failure:
        verdict = Unknown(failure.code, str(failure), failure.loc, failure.needs)
    except Unsupported as failure:
        verdict = Unknown("unsupported", f"not supported: {failure.construct}", failure.loc)
    if isinstance(verdict, Unknown):
        found = refutation(problem, limits)
        if found is not None:
            verdict = found
    return Report(verdict, time.perf_counter() - started, versions())


def prove(problem: Problem, limits: Limits) -> Proved | Unknown:
    """The proof alone. Raises NotProved and Unsupported, and KeyError where the function is missing."""
    from verify.flow.proof import prove as prove_dataflow
    from verify.ir.load import load

    unknown = next((a for a in problem.assume if a not in ASSUMPTIONS), None)
    if unknown is not None:
        raise NotProved("unknown-assumption", f"this assumption is not understood: {unknown}")
    # What the original promises may be used or ignored; ignoring keeps its helpers inlinable.
    before = load(problem.before.ir, problem.function, drop_promises=True)
    after = load(problem.after.ir, problem.function)
    _contraction(problem)

    def run(first: object, second: object, case: Problem) -> Proved | Unknown:
        try:
            return prove_dataflow(first, second, case, limits)  # type: ignore[arg-type]
        except OutOfBudget:
            return Unknown("out-of-budget", "the integer sets of this proof are too hard")
        except RecursionError:
            return Unknown("too-large", "the region is too large for one proof")

    return _guarded(run, before, after, problem)


def _guarded(
    run: Callable[[object, object, Problem], Proved | Unknown],
    before: object,
    after: object,
    problem: Problem,
) -> Proved | Unknown:
    """A proof counts only if each side also refines itself: a model in which it does not is a wrong model."""
    verdict = run(before, after, problem)
    if isinstance(verdict, Proved):
        for side, text in ((before, problem.before), (after, problem.after)):
            plain = Side(text.ir)
            mirror = Problem(plain, plain, problem.function, problem.assume, problem.semantics)
            itself = run(side, side, mirror)
            if not isinstance(itself, Proved):
                return Unknown("self-refinement", "a version is not proved equal to itself")
    return verdict


def _contraction(problem: Problem) -> None:
    """The proof is of unfused arithmetic; a compiler that may fuse needs the assumption."""
    semantics = problem.semantics
    if semantics.contract == "off" or not semantics.fma_target or "fp-contract" in problem.assume:
        return
    for text in (problem.before.ir, problem.after.ir):
        fused = "@llvm.fmuladd" in text
        if fused or ("fmul " in text and ("fadd " in text or "fsub " in text)):
            raise NotProved(
                "needs-assumption",
                "the compiler may fuse multiplications with additions differently in the two versions",
                needs="--assume fp-contract",
            )


def refutation(problem: Problem, limits: Limits) -> Refuted | None:
    """A replayed counterexample, if the search finds one."""
    from verify.refute import refute

    try:
        return refute(problem, limits)
    except (NotProved, Unsupported):
        return None


def versions() -> dict[str, str]:
    """Versions of the libraries that a verdict rests on."""
    from importlib.metadata import version

    return {name: version(name) for name in ("llvmlite", "islpy", "z3-solver")}

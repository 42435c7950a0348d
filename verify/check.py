"""The verdict on one pair: proof first, then the search for a counterexample, with the checks that guard a proof."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from verify.assume import apart, known, separated
from verify.problem import Limits, Problem, Side
from verify.verdict import NotProved, Proved, Refuted, Unknown, Unsupported, Verdict

if TYPE_CHECKING:
    from verify.ir.nodes import Function, Module

RECURSION = 20_000
_EQUAL = frozenset({"timing", "wiped"})
"""Reasons to refuse a rewrite whose results are those of the original."""


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
        verdict = _certified(problem, limits) if limits.certified else prove(problem, limits)
    except NotProved as failure:
        verdict = Unknown(failure.code, str(failure), failure.loc, failure.needs)
    except Unsupported as failure:
        verdict = Unknown("unsupported", f"not supported: {failure.construct}", failure.loc)
    if isinstance(verdict, Unknown) and verdict.code not in _EQUAL:
        verdict = differing(problem, limits, verdict)
    return Report(verdict, time.perf_counter() - started, versions())


def differing(problem: Problem, limits: Limits, verdict: Unknown) -> Refuted | Unknown:
    """What the search for a counterexample makes of a problem without a proof: a refutation, else why it is unknown."""
    found = refutation(_granted(problem, verdict), limits)
    return verdict if found is None else _only_alone(problem, limits, found) or found


def _certified(problem: Problem, limits: Limits) -> Proved | Unknown:
    """The proof, with all that isl decided in it put before Z3."""
    from verify.discharge import certified
    from verify.flow.decisions import recorded

    with recorded() as decisions:
        verdict = prove(problem, limits)
    return certified(verdict, decisions) if isinstance(verdict, Proved) else verdict


def _granted(problem: Problem, verdict: Unknown) -> Problem:
    """The problem under the assumption that the proof waits for: what only that excludes is no difference."""
    needs = (verdict.needs or "").removeprefix("--assume ")
    return replace(problem, assume=(*problem.assume, needs)) if known(needs) else problem


def _only_alone(problem: Problem, limits: Limits, found: Refuted) -> Unknown | None:
    """The verdict where the only difference is a store to a variable of the file that puts back what was there."""
    scene = found.scene
    if scene is None or scene.difference != "store" or scene.where is None or "sequential" in problem.assume:
        return None
    block = scene.blocks[scene.where.block]
    if block.role != "global":
        return None
    try:
        alone = prove(replace(problem, assume=(*problem.assume, "sequential")), limits)
    except (NotProved, Unsupported):
        return None
    if not isinstance(alone, Proved):
        return None
    reason = f"the rewrite stores to {block.name} where the original does not, and puts the old value back"
    from verify.ir.load import load

    loc = load(problem.after.ir, problem.function, promoted=False)[1].loc
    return Unknown("needs-assumption", reason, loc, "--assume sequential")


def prove(problem: Problem, limits: Limits) -> Proved | Unknown:
    """The proof alone. Raises NotProved and Unsupported, and KeyError where the function is missing."""
    verdict = _equal(problem, limits)
    if not isinstance(verdict, Proved):
        return verdict
    from verify.timing import leak

    try:
        found = leak(problem)
    except Unsupported:
        if "timing" in problem.assume:
            return verdict
        raise
    if found is None:
        return replace(verdict, assumptions=tuple(a for a in verdict.assumptions if a != "timing"))
    if "timing" in problem.assume:
        return verdict
    reason = f"{found.what} depends on the contents of an array, as none of the original does"
    return Unknown("timing", reason, found.loc, "--allow timing")


def _equal(problem: Problem, limits: Limits) -> Proved | Unknown:
    """The proof of what C says of both versions."""
    from verify.flow.proof import prove as prove_dataflow
    from verify.flow.spaces import OutOfBudget
    from verify.ir.load import load

    unknown = next((a for a in problem.assume if not known(a)), None)
    if unknown is not None:
        raise NotProved("unknown-assumption", f"this assumption is not understood: {unknown}")
    _overlaps(problem)
    found = _in_step(problem, limits)
    if found is not None:
        return found
    # What the original promises may be used or ignored; ignoring keeps its helpers inlinable.
    before = load(problem.before.ir, problem.function, drop_promises=True)
    after = load(problem.after.ir, problem.function, probed=True)
    pairs = apart(problem.assume)
    both = before[1], after[1]
    before = before[0], separated(before[1], before[0], pairs, both)
    after = after[0], separated(after[1], after[0], pairs, both)
    _contraction(problem)

    def run(first: object, second: object, case: Problem) -> Proved | Unknown:
        try:
            return prove_dataflow(first, second, case, limits)  # type: ignore[arg-type]
        except OutOfBudget:
            return Unknown("out-of-budget", "the integer sets of this proof are too hard")
        except RecursionError:
            return Unknown("too-large", "the region is too large for one proof")
        except (NotProved, Unsupported) as failure:
            # A reason without a place of its own is one of the whole function.
            failure.loc = failure.loc or second[1].loc  # type: ignore[index]
            raise

    verdict = _guarded(run, before, after, problem)
    if isinstance(verdict, Proved):
        _still_wiped(run, before, after, problem)
        return replace(verdict, assumptions=(*sorted(problem.assume), *problem.conditions))
    return verdict


def _in_step(problem: Problem, limits: Limits) -> Proved | None:
    """The proof that both versions do the same things in the same order: first, since it is cheap."""
    from verify.ir.load import parsed
    from verify.lockstep.proof import prove as prove_lockstep

    def run(first: Side, second: Side, case: Problem) -> Proved:
        before, after = (parsed(side.ir, problem.function) for side in (first, second))
        both = (before, before.functions[problem.function]), (after, after.functions[problem.function])
        return prove_lockstep(*both, case, limits)

    try:
        _contraction(problem)
        proof = run(problem.before, problem.after, problem)
        for side in (problem.before, problem.after):
            plain = Side(side.ir)
            run(plain, plain, replace(problem, before=plain, after=plain))
    except (NotProved, Unsupported, KeyError, RecursionError):
        return None
    return replace(proof, assumptions=(*sorted(problem.assume), *problem.conditions))


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


def _still_wiped(
    run: Callable[[object, object, Problem], Proved | Unknown],
    before: tuple[Module, Function],
    after: tuple[Module, Function],
    problem: Problem,
) -> None:
    """Raises NotProved where T does not leave what S stores into automatic objects last and nothing reads."""
    from verify.wiped import handed_in, wiped

    names = wiped(before[1])
    if not names:
        return
    both = handed_in(before[1], names), handed_in(after[1], names)
    reason = f"the original wipes {', '.join(sorted(names))} and the rewrite is not proved to do so"
    if both[0] is None or both[1] is None:
        raise NotProved("wiped", reason, after[1].loc)
    try:
        verdict = run((before[0], both[0]), (after[0], both[1]), problem)
    except (NotProved, Unsupported) as failure:
        raise NotProved("wiped", f"{reason}: {failure}", failure.loc or after[1].loc) from failure
    if not isinstance(verdict, Proved):
        raise NotProved("wiped", f"{reason}: {verdict.reason}", verdict.loc or after[1].loc)


def _overlaps(problem: Problem) -> None:
    """Copies are proved as loads and stores, which objects that overlap do not disturb."""
    if "@llvm.memcpy." not in problem.after.ir:
        return
    from verify.flow.overlaps import check as check_overlaps
    from verify.ir.load import load
    from verify.ir.ssa import promote
    from verify.ir.thread import threaded

    plain = (
        load(side.ir, problem.function, promoted=False, drop_promises=True)[1]
        for side in (problem.before, problem.after)
    )
    check_overlaps(*(promote(threaded(function)) for function in plain))


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

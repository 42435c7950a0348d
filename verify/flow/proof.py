"""The dataflow proof of one pair of functions, from IR nodes to `Proved` or the reason why not."""

from __future__ import annotations

from collections.abc import Mapping

import islpy as isl

from verify.flow import (
    carried,
    defined,
    duties,
    effective,
    grains,
    independence,
    instructions,
    lifetimes,
    pointers,
    safety,
    signed_vectors,
    spaces,
)
from verify.flow.certify import certificate
from verify.flow.claims import (
    Restart,
    address_ranges,
    collect,
    never_unreachable,
    parameter_ranges,
    settle_after,
    settle_before,
    unreached,
)
from verify.flow.coinduct import OutOfSteps, Prover
from verify.flow.graph import analyze
from verify.flow.leaves import by_solver
from verify.flow.model import Side, arrays_of, build, finals, link, shared_bases, spoken
from verify.flow.pair import Pair
from verify.flow.reductions import Reducer
from verify.flow.spaces import Cond
from verify.flow.summary import Meaning, Summary
from verify.flow.terms import Term
from verify.flow.values import RangeClaim
from verify.ir.lanewise import lanewise
from verify.ir.nodes import Function, Module
from verify.ir.thread import threaded
from verify.problem import Limits, Problem
from verify.verdict import NotProved, Proved

RESTARTS = 24
MEANING = Meaning(instructions.constant, instructions.evaluate, carried.header_phi)


def prove(
    before: tuple[Module, Function], after: tuple[Module, Function], problem: Problem, limits: Limits
) -> Proved:
    """Prove that the second function refines the first. Raises NotProved, Unsupported, OutOfBudget, OutOfSteps."""
    safety.signatures(before, after, problem)
    with spaces.budget(limits.isl_operations):
        pair = relate(before, after, problem)
        safety.footprints_and_text(pair, problem, limits)
        if problem.semantics.strict_aliasing:
            effective.check(pair)
        lifetimes.alive(pair)
        defined.check(pair)
        pointers.check(pair)
        independence.check(pair, problem)
        prover = Prover(
            pair.before,
            pair.after,
            pair.context,
            limits.steps,
            leaves=lambda p, rel, a, b: by_solver(p, rel, a, b, limits.z3_rlimit),
            reduce=Reducer(),
        )
        try:
            results(pair, prover)
            duties.discharge(pair, prover, problem)
        except OutOfSteps as error:
            raise NotProved("out-of-steps", "the proof search was cut at its step limit") from error
        return Proved("dataflow", tuple(sorted(problem.assume)), certificate(pair, prover))


def relate(before: tuple[Module, Function], after: tuple[Module, Function], problem: Problem) -> Pair:
    """Summarize both programs, find the inputs on which S is defined, and link reads to writers."""
    unsigned = unsigned_parameters(before[1], after[1])
    exact: dict[str, set[tuple[str, str]]] = {"s": set(), "t": set()}
    cells: dict[str, grains.Grain] = {}
    for _ in range(RESTARTS):
        side = "s"
        try:
            s = Side(_summary(*before, "s", unsigned, exact["s"], problem, cells))
            s.accesses = collect(s.summary)
            inputs = parameter_ranges(s.summary).intersect(address_ranges(before[1], after[1]))
            context = unreached(s.summary, settle_before(s.summary, inputs))
            context = safety.terminates_before(s.summary, context)
            context = safety.defined_bounds(s, context)
            if context.is_empty():
                raise NotProved("vacuous", "the original is undefined on every input")
            side = "t"
            t = Side(_summary(*after, "t", unsigned, exact["t"], problem, grains.seen(s.accesses) | cells))
            t.accesses = collect(t.summary)
            finer = grains.settled(cells, s, t)
            if finer is not None:
                cells = finer
                continue
            never_unreachable(t.summary, context)
            safety.terminates_after(t.summary, context)
            left = settle_after(t.summary, context)
        except Restart as restart:
            if restart.key in exact[side]:
                raise NotProved("range", "an integer leaves its range") from restart
            exact[side].add(restart.key)
            continue
        return _linked(s, t, context, left)
    raise NotProved("range", "too many integers leave their ranges")


def _summary(
    module: Module,
    function: Function,
    side: str,
    unsigned: frozenset[str],
    exact: set[tuple[str, str]],
    problem: Problem,
    cells: Mapping[str, grains.Grain],
) -> Summary:
    function = lanewise(threaded(function))
    summary = Summary(
        module, function, analyze(function, module.metadata), side, unsigned, MEANING, set(exact)
    )
    if "errno-unobserved" in problem.assume or not problem.semantics.math_errno:
        summary.learn("errno-unobserved", True)
    if problem.semantics.gcc:
        summary.learn(signed_vectors.KEY, True)
    summary.learn(grains.KEY, cells)
    return summary


def summarize_before(module: Module, function: Function, problem: Problem) -> Summary:
    """The summary of the original alone, ranges taken exactly where a claim fails."""
    unsigned = unsigned_parameters(function, function)
    exact: set[tuple[str, str]] = set()
    for _ in range(RESTARTS):
        side = Side(_summary(module, function, "s", unsigned, exact, problem, {}))
        try:
            collect(side.summary)
            never_unreachable(side.summary, settle_before(side.summary, parameter_ranges(side.summary)))
        except Restart as restart:
            exact.add(restart.key)
            continue
        return _summary(module, function, "s", unsigned, exact, problem, {})
    raise NotProved("range", "too many integers leave their ranges")


def _linked(s: Side, t: Side, context: Cond, left: list[RangeClaim]) -> Pair:
    arrays = arrays_of(s, t, context)
    everything = s.accesses + t.accesses
    shared = shared_bases(s.summary, everything)
    if not address_ranges(s.summary.function, t.summary.function).plain_is_universe():
        s.summary.learn("numbers", True)
    safety.aligned_bases(s, shared, arrays)
    context = safety.heap_facts(s.summary, shared, arrays, context)
    build(s, arrays, shared, context)
    build(t, arrays, shared, context)
    for side in (s, t):
        lifetimes.indeterminate_contents(side, arrays, context)
    for name, array in arrays.items():
        if name.startswith(("s.", "t.")):
            continue
        written = safety.written_cells(s, t, name, array)
        if written is not None:
            kind = next(a.type for a in everything if a.stored is not None and _name(a, shared) == name)
            finals(s, name, array, written, kind)
            finals(t, name, array, written, kind)
    for side in (s, t):
        link(side, arrays)
    return Pair(s, t, context, arrays, left)


def _name(access: object, shared: frozenset[str]) -> str:
    base = access.address.base  # type: ignore[attr-defined]
    return "heap" if base in shared else base


def unsigned_parameters(before: Function, after: Function) -> frozenset[str]:
    """Integer arguments that the code mostly reads as unsigned; a choice of representative only."""
    score: dict[str, int] = {}
    for function in (before, after):
        index = {param.name: f"p{i}" for i, param in enumerate(function.params)}
        for block in function.blocks:
            for instr in block.instrs:
                sign = 0
                if instr.op in ("zext", "udiv", "urem", "lshr", "uitofp") or instr.predicate.startswith("u"):
                    sign = 1 if instr.op != "fcmp" else 0
                elif (
                    instr.op in ("sext", "sdiv", "srem", "ashr", "sitofp")
                    or "nsw" in instr.flags
                    or (instr.op == "icmp" and instr.predicate.startswith("s"))
                ):
                    sign = -1
                for operand in instr.operands:
                    name = index.get(getattr(operand, "name", ""))
                    if name is not None:
                        score[name] = score.get(name, 0) + sign
    return frozenset(name for name, value in score.items() if value > 0)


def results(pair: Pair, prover: Prover) -> None:
    """The returned value and every object that outlives the call."""
    s, t = pair.before.summary, pair.after.summary
    first, second = safety.returned(s), safety.returned(t)
    if first is not None and second is not None:
        _demand(prover, first, second, pair.context, "value", "the returned value is not proved equal")
    for name, site in pair.before.finals.items():
        a, b = site.term, pair.after.finals[name].term
        if a is None or b is None:
            raise KeyError(name)
        cells = site.points.intersect_params(pair.context)
        rel = isl.Map.identity(cells.get_space().map_from_set()).intersect_domain(cells)
        if not prover.equal(rel, a, b):
            raise NotProved(
                "memory", f"the contents of {spoken(s, name)} are not proved equal{_where(prover)}"
            )


def _demand(prover: Prover, a: Term, b: Term, context: Cond, code: str, reason: str) -> None:
    rel = spaces.relation(context, a.ctx, b.ctx)
    if not prover.equal(rel, a, b):
        raise NotProved(code, reason + _where(prover))


def _where(prover: Prover) -> str:
    if prover.deepest is None:
        return ""
    a, b = prover.deepest
    return f" ({a.kind} {_short(a)} against {b.kind} {_short(b)})"


def _short(term: Term) -> str:
    if term.kind in ("int", "cond"):
        return str(term.data[1])[:60]
    return str(term.data)[:40] if isinstance(term.data, str) else term.type

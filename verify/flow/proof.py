"""The dataflow proof of one pair of functions, from IR nodes to `Proved` or the reason why not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import islpy as isl

from verify.flow import (
    aliasing,
    carried,
    cases,
    defined,
    duties,
    edges,
    grains,
    independence,
    instructions,
    lifetimes,
    roots,
    safety,
    signed_vectors,
    spaces,
    termination,
    worlds,
)
from verify.flow.arguments import unsigned_parameters
from verify.flow.bases import shared_bases
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
from verify.flow.entry import Entries
from verify.flow.graph import analyze
from verify.flow.leaves import by_solver
from verify.flow.model import HEAP, Side, arrays_of, build, finals, link, spoken
from verify.flow.pair import Pair
from verify.flow.reductions import Reducer
from verify.flow.spaces import Cond
from verify.flow.spread import spread
from verify.flow.summary import Meaning, Summary
from verify.flow.terms import Term
from verify.flow.values import NeedsWorld, RangeClaim
from verify.ir.lanewise import lanewise
from verify.ir.nodes import Function, Module
from verify.ir.rest import differing
from verify.problem import Limits, Problem
from verify.verdict import NotProved, Proved, Unsupported

RESTARTS = 24
MEANING = Meaning(instructions.constant, instructions.evaluate, carried.header_phi)


def prove(
    before: tuple[Module, Function], after: tuple[Module, Function], problem: Problem, limits: Limits
) -> Proved:
    """Prove that the second function refines the first. Raises NotProved, Unsupported, OutOfBudget.

    What the rewrite asks of addresses makes cases; where they are not all proved, all inputs are taken at once."""
    safety.signatures(before, after, problem)
    found = cases.prove(
        _cases(after, problem), lambda inputs: _prove(before, after, problem, limits, Plan(inputs))
    )
    return _prove(before, after, problem, limits, Plan()) if found is None else found


def _cases(after: tuple[Module, Function], problem: Problem) -> list[Cond]:
    """The cases that are worth a proof each."""
    if not any(instr.op == "ptrtoint" for block in after[1].blocks for instr in block.instrs):
        return []
    try:
        summary = _summary(*after, "t", frozenset(), set(), problem, Entries(), Plan(), {})
        found = cases.partition(summary)
    except (NotProved, Unsupported):
        return []
    return found if len(found) > 1 else []


def _prove(
    before: tuple[Module, Function],
    after: tuple[Module, Function],
    problem: Problem,
    limits: Limits,
    plan: Plan,
) -> Proved:
    """Arrays that the dataflow cannot follow become values, one attempt after the other."""
    headers: dict[frozenset[str], tuple[frozenset[str], frozenset[str]]] = {}

    def searching(sets: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
        if sets not in headers:
            headers[sets] = _searching(before, problem, sets), _searching(after, problem, sets)
        return headers[sets]

    while True:
        try:
            return _attempt(before, after, problem, limits, plan)
        except NeedsWorld as need:
            more = plan.worlds | {name for name in need.arrays if not name.startswith(("*", "m."))}
            spread = _by_cells(plan, more) if need.code == "data-subscript" else None
            if spread is not None:
                plan = spread
            elif more == plan.worlds or plan.spread or any(name.startswith(("s.", "t.")) for name in more):
                raise
            else:
                plan = replace(plan, worlds=more)
        except (NotProved, spaces.OutOfBudget) as failure:
            other = _otherwise(before[1], after[1], plan, searching(plan.worlds), failure)
            if other is None:
                raise
            plan = other


@dataclass(frozen=True, slots=True)
class Plan:
    """How to look at the two programs: the inputs in question, which decide branches (`cases`), arrays whose memory is
    a value, arrays that are stored to cell by cell (`spread`), and the loops of each that take in what follows them
    (`graph._continued`)."""

    inputs: Cond = field(default_factory=spaces.everywhere)
    worlds: frozenset[str] = frozenset()
    spread: frozenset[str] = frozenset()
    open_before: frozenset[str] = frozenset()
    open_after: frozenset[str] = frozenset()


PLAIN = Plan()
HARD = frozenset({"memory", "value", "out-of-steps"})


def _otherwise(
    before: Function,
    after: Function,
    plan: Plan,
    searching: tuple[frozenset[str], frozenset[str]],
    failure: Exception,
) -> Plan | None:
    """Another way to look at the two programs, after a failure; None where there is none left. `searching`: the headers
    of the loops of each that data ends."""
    if any(searching) and searching != (plan.open_before, plan.open_after):
        return replace(plan, open_before=searching[0], open_after=searching[1])
    hard = isinstance(failure, spaces.OutOfBudget) or getattr(failure, "code", "") in HARD
    if hard and plan.worlds and not plan.spread and HEAP not in plan.worlds:
        return Plan(plan.inputs, spread=plan.worlds)
    if hard and HEAP not in plan.worlds and (roots.overlap(before) or roots.overlap(after)):
        return Plan(plan.inputs, plan.worlds | {HEAP})
    return None


def _by_cells(plan: Plan, arrays: frozenset[str]) -> Plan | None:
    """The arrays as stored to cell by cell, where automatic objects are among them: their memory is no value."""
    if plan.spread >= arrays or not (plan.spread or any(name.startswith(("s.", "t.")) for name in arrays)):
        return None
    return Plan(plan.inputs, spread=plan.spread | arrays)


def _searching(program: tuple[Module, Function], problem: Problem, sets: frozenset[str]) -> frozenset[str]:
    """Headers of the loops that data ends."""
    summary = _summary(*program, "s", frozenset(), set(), problem, Entries(), Plan(worlds=sets), {})
    return frozenset(header for header, loop in summary.cfg.loops.items() if summary.domain(loop).data)


def _attempt(
    before: tuple[Module, Function],
    after: tuple[Module, Function],
    problem: Problem,
    limits: Limits,
    plan: Plan,
) -> Proved:
    with spaces.budget(limits.isl_operations):
        pair = relate(before, after, problem, plan)
        _elsewhere(before, after, pair, problem)
        safety.footprints_and_text(pair, problem, limits)
        aliasing.check(pair)
        lifetimes.alive(pair)
        defined.check(pair)
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
            termination.check(pair, prover)
            results(pair, prover)
            duties.discharge(pair, prover, problem, limits.z3_rlimit)
        except OutOfSteps as error:
            raise NotProved("out-of-steps", "the proof search was cut at its step limit") from error
        return Proved(
            "worlds" if plan.worlds else "dataflow",
            tuple(sorted(problem.assume)),
            certificate(pair, prover, problem),
        )


def _elsewhere(
    before: tuple[Module, Function], after: tuple[Module, Function], pair: Pair, problem: Problem
) -> None:
    """What either version calls or points to must be the same code and data in both files. Raises NotProved."""
    s, t = pair.before.summary, pair.after.summary
    worlds.check_calls(before[0], after[0], t.function)
    if worlds.leads_elsewhere(before[0], s.function) or worlds.leads_elsewhere(after[0], t.function):
        name = differing(problem.before.ir, problem.after.ir, problem.function)
        if name is not None:
            raise NotProved("calls", f"{name}, which the function may lead to, differs", t.function.loc)


def relate(
    before: tuple[Module, Function],
    after: tuple[Module, Function],
    problem: Problem,
    plan: Plan = PLAIN,
) -> Pair:
    """Summarize both programs, find the inputs on which S is defined, and link reads to writers."""
    unsigned = unsigned_parameters(before[1], after[1])
    exact: dict[str, set[tuple[str, str]]] = {"s": set(), "t": set()}
    cells: dict[str, grains.Grain] = {}
    for _ in range(RESTARTS):
        side = "s"
        entries = Entries()
        try:
            s = Side(_summary(*before, "s", unsigned, exact["s"], problem, entries, plan, cells))
            s.accesses = collect(s.summary)
            inputs = parameter_ranges(s.summary).intersect(address_ranges(before[1], after[1]))
            inputs = inputs.intersect(entries.context())
            context = unreached(s.summary, settle_before(s.summary, inputs))
            context = safety.terminates_before(s.summary, context)
            context = safety.defined_bounds(s, context)
            if context.intersect(plan.inputs).is_empty():
                raise NotProved("vacuous", "the original is undefined on every input")
            # The inputs in question have decided branches; of what else they say only equations are easy to work with.
            context = context.intersect(isl.Set.from_basic_set(plan.inputs.affine_hull()))
            side = "t"
            seen = grains.seen(s.accesses) | cells
            t = Side(_summary(*after, "t", unsigned, exact["t"], problem, entries, plan, seen))
            t.accesses = collect(t.summary)
            if not plan.worlds and not plan.inputs.plain_is_universe():
                cases.separate(s, t, context.intersect(plan.inputs))
            finer = grains.settled(cells, s, t)
            if finer is not None:
                cells = finer
                continue
            context = context.intersect(entries.context())
            never_unreachable(t.summary, context)
            left = settle_after(t.summary, context)
        except Restart as restart:
            if restart.key in exact[side]:
                raise NotProved("range", "an integer leaves its range") from restart
            exact[side].add(restart.key)
            continue
        return _linked(s, t, context, left, plan.spread)
    raise NotProved("range", "too many integers leave their ranges")


def _summary(
    module: Module,
    function: Function,
    side: str,
    unsigned: frozenset[str],
    exact: set[tuple[str, str]],
    problem: Problem,
    entries: Entries,
    plan: Plan,
    cells: Mapping[str, grains.Grain],
) -> Summary:
    function = worlds.transformed(module, lanewise(function), plan.worlds)
    open_ended = plan.open_before if side == "s" else plan.open_after
    summary = Summary(
        module, function, analyze(function, module.metadata, open_ended), side, unsigned, MEANING, set(exact)
    )
    if "errno-unobserved" in problem.assume or not problem.semantics.math_errno:
        summary.learn("errno-unobserved", True)
    summary.learn("entries", entries)
    summary.learn(edges.INPUTS, plan.inputs)
    summary.learn("strict-aliasing", problem.semantics.strict_aliasing)
    if problem.semantics.gcc:
        summary.learn(signed_vectors.KEY, True)
    summary.learn(grains.KEY, cells)
    return summary


def summarize_before(module: Module, function: Function, problem: Problem) -> Summary:
    """The summary of the original alone, ranges taken exactly where a claim fails."""
    unsigned = unsigned_parameters(function, function)
    exact: set[tuple[str, str]] = set()
    for _ in range(RESTARTS):
        entries = Entries()
        side = Side(_summary(module, function, "s", unsigned, exact, problem, entries, Plan(), {}))
        try:
            collect(side.summary)
            inputs = parameter_ranges(side.summary).intersect(entries.context())
            never_unreachable(side.summary, settle_before(side.summary, inputs))
        except Restart as restart:
            exact.add(restart.key)
            continue
        return _summary(module, function, "s", unsigned, exact, problem, Entries(), Plan(), {})
    raise NotProved("range", "too many integers leave their ranges")


def _linked(s: Side, t: Side, context: Cond, left: list[RangeClaim], every: frozenset[str]) -> Pair:
    arrays = arrays_of(s, t, context)
    everything = [access for access in s.accesses + t.accesses if not access.settled]
    shared = shared_bases(s.summary, everything)
    if not address_ranges(s.summary.function, t.summary.function).plain_is_universe():
        s.summary.learn("numbers", True)
    safety.aligned_bases(s, shared, arrays)
    context = safety.heap_facts(s.summary, shared, arrays, context)
    build(s, arrays, shared, context)
    build(t, arrays, shared, context)
    for side in (s, t):
        spread(side, arrays, every)
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
    return HEAP if base in shared else base


def results(pair: Pair, prover: Prover) -> None:
    """The returned value and every object that outlives the call."""
    s, t = pair.before.summary, pair.after.summary
    first, second = safety.returned(s), safety.returned(t)
    if first is not None and second is not None:
        _demand(prover, first, second, pair.context, "value", "the returned value is not proved equal")
    for name in sorted(name for name in s.defs if name.startswith("final.")):
        a, b = (side.returning(_contents(side, name), side.defs[name][0]) for side in (s, t))
        place = spoken(s, name.removeprefix("final."))
        _demand(prover, a, b, pair.context, "memory", f"the contents of {place} are not proved equal")
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


def _contents(s: Summary, name: str) -> Term:
    """The value of a memory at the end of the function."""
    datum = s.local(name)
    if not isinstance(datum, Term):
        raise KeyError(name)
    return datum


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

"""The proof in lockstep of one pair: both versions do the same, in the same order, on equal operands.

It proves whatever changes control flow alone: loops unrolled, peeled, inverted, split in two; `while`, `for`, `goto`;
code that stands twice. It asks nothing of the code itself: calls, volatile accesses, loops that data ends and memory
behind any pointer are all followed, since memory is the same in both at every moment.
"""

from __future__ import annotations

from dataclasses import replace

from verify.certificate import FORMAT
from verify.flow import safety, worlds
from verify.flow.certify import fingerprint
from verify.ir.copies import with_copies
from verify.ir.nodes import Function, Module
from verify.ir.rest import differing
from verify.ir.ssa import promote
from verify.ir.thread import threaded
from verify.lockstep import cycles
from verify.lockstep.paths import Facts, Machine, Path
from verify.lockstep.programs import Program
from verify.lockstep.states import State
from verify.lockstep.terms import MEMORY, Term, Terms
from verify.lockstep.walk import Walk, alike
from verify.problem import Limits, Problem
from verify.rules import RULES
from verify.verdict import NotProved, Proved

BUDGET = 60_000


def prove(
    before: tuple[Module, Function], after: tuple[Module, Function], problem: Problem, limits: Limits
) -> Proved:
    """Prove that the second function, as read and nothing inlined, keeps in step with the first. Raises NotProved and
    Unsupported."""
    safety.signatures(before, after, problem)
    if problem.after.loops:
        raise NotProved("promise", f"pragma {problem.after.loops[0].text}", after[1].loc)
    extra = after[1].attributes - before[1].attributes
    if extra:
        raise NotProved("promise", f"the rewrite is declared {sorted(extra)[0]}", after[1].loc)
    programs = {"s": _program(*before), "t": _program(*after)}
    if programs["t"].size() - programs["s"].size() > limits.stack_bytes:
        raise NotProved("stack", "the rewrite adds automatic storage", after[1].loc)
    target = programs["t"]
    try:
        walk = _walked(programs, target.headers | target.joins)
    except NotProved as failure:
        # States where control comes together may lose what is needed: once more without, for a small program.
        if not target.joins - target.headers or failure.code == "out-of-steps":
            raise
        try:
            walk = _walked(programs, target.headers)
        except NotProved:
            raise failure from None
    if not walk.ends:
        raise NotProved("vacuous", "no way to the end of the original was seen", after[1].loc)
    _elsewhere(before[0], after[0], programs, problem)
    return Proved("lockstep", tuple(sorted(problem.assume)), _certificate(programs, walk))


def _program(module: Module, function: Function) -> Program:
    return Program(module, promote(threaded(with_copies(function, module.layout))))


def _walked(programs: dict[str, Program], cuts: frozenset[str]) -> Walk:
    terms = Terms()
    machine = Machine(terms, programs)
    walk = Walk(machine, cuts, BUDGET)
    walk.run(_start(machine))
    cycles.check(walk.edges, programs["s"], programs["t"])
    return walk


def _start(machine: Machine) -> Path:
    """Both functions at their beginnings, with equal arguments and the same memory."""
    terms = machine.terms
    values: dict[str, dict[str, Term]] = {"s": {}, "t": {}}
    first, second = machine.programs["s"], machine.programs["t"]
    for one, other in zip(first.function.params, second.function.params, strict=True):
        values["s"][one.name] = values["t"][other.name] = terms.symbol(one.type)
    left = [name for name in first.objects if name not in first.scoped]
    for name, alloca in second.objects.items():
        if name in second.scoped:
            continue
        found = next((other for other in left if alike(first.objects[other], alloca)), None)
        if found is None:
            raise NotProved("lifetime", f"{name} is no object of the original", alloca.loc)
        left.remove(found)
        values["s"][found] = values["t"][name] = terms.symbol(alloca.type)
    for name in left:
        values["s"][name] = terms.symbol(first.objects[name].type)
    return Path((second.entry, 0), (first.entry, 0), values, terms.symbol(MEMORY), Facts())


def _elsewhere(before: Module, after: Module, programs: dict[str, Program], problem: Problem) -> None:
    """What either version calls or points to must be the same code and data in both files."""
    for module, program in ((before, programs["s"]), (after, programs["t"])):
        calls = any(
            i.op == "call" and not i.callee.startswith("llvm.")
            for b in program.function.blocks
            for i in b.instrs
        )
        if calls or worlds.leads_elsewhere(module, program.function):
            name = differing(problem.before.ir, problem.after.ir, problem.function)
            if name is not None:
                raise NotProved(
                    "calls", f"{name}, which the function may lead to, differs", program.function.loc
                )
    for block in programs["t"].function.blocks:
        for instr in block.instrs:
            if instr.op == "call" and instr.callee:
                one, other = before.functions[instr.callee], after.functions[instr.callee]
                if _declared(one) != _declared(other):
                    raise NotProved("promise", f"{instr.callee} is declared differently", instr.loc)


def _declared(function: Function) -> tuple[object, ...]:
    words = frozenset(word for word in function.attributes if not word.startswith("ret !"))
    params = tuple((p.type, p.attributes) for p in function.params)
    return words, params, function.result, function.variadic


def _certificate(programs: dict[str, Program], walk: Walk) -> dict[str, object]:
    """The relation: for each pair of places the values that are equal, and what is known there."""
    return {
        "format": FORMAT,
        "before": fingerprint(replace(programs["s"].function, name="")),
        "after": fingerprint(replace(programs["t"].function, name="")),
        "rules": {"lockstep": RULES["lockstep"]},
        "inputs": "{ : }",
        "objects": [],
        "inductions": [
            {"before": f"{place[0]}:{place[1]}", "after": block, "relation": _relation(state)}
            for (block, place), state in walk.states.items()
        ],
        "obligations": [
            {
                "before": f"{edge.source[1][0]}",
                "after": f"{edge.source[0]} to {edge.target[0]}",
                "relation": "in step",
            }
            for edge in walk.edges
        ],
    }


def _relation(state: State) -> str:
    classes: dict[Term, list[str]] = {}
    for (side, name), value in state.slots.items():
        if side != "m":
            classes.setdefault(value, []).append(f"{side}.{name}")
    return "; ".join(" = ".join(names) for names in classes.values() if len(names) > 1)

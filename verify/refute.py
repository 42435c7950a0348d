"""Search for an input on which the second version does not refine the first, by running both."""

from __future__ import annotations

from dataclasses import dataclass, replace

from verify.assume import apart
from verify.concrete.arena import KIND_INT, SHIFT
from verify.concrete.contents import Contents
from verify.concrete.explain import explain
from verify.concrete.judge import Bench, Trial, attempt
from verify.concrete.plan import Shape, inputs, scalars
from verify.concrete.program import Program
from verify.concrete.promises import number_in, restricted
from verify.concrete.shrink import shrink
from verify.concrete.survey import changed_globals, common_step, has_padding, struct_types
from verify.concrete.world import FIRST_GLOBAL, GlobalPlan, Input, Key, Place, plan_global
from verify.ir.nodes import Function, Module
from verify.ir.read import read
from verify.ir.types import FloatType, IntType, PtrType
from verify.problem import Limits, Problem
from verify.verdict import Refuted, Unsupported

_STEPS = 1_500_000
_FUEL = 40_000
_SIZES = 65
_MOST_FUEL = 2_000_000


def refute(problem: Problem, limits: Limits) -> Refuted | None:
    """A replayed counterexample, None where none was found or where the semantics does not cover the text.

    Deterministic: budgets count runs (`limits.runs`) and steps.
    """
    try:
        bench = _bench(problem)
    except Unsupported:
        return None
    return search(bench, limits.runs)


def search(bench: Bench, runs: int) -> Refuted | None:
    """The search behind `refute`, on a prepared bench."""
    run = _Search(bench, runs)
    shape = _explore(run)
    seen: set[Input] = set()
    growths = 4
    for item in inputs(shape):
        if not run.left:
            return None
        if item in seen:
            continue
        seen.add(item)
        trial = run.attempt(item)
        if trial.fault is not None and trial.fault.text == "runs out of" and growths > 0:
            growths -= 1
            item = replace(item, half=32 * item.half)
            trial = run.attempt(item)
        if trial.fault is not None and trial.fault.kind == "align":
            item = replace(item, residue=tuple(max(r, 16) for r in item.residue))
            trial = run.attempt(item)
        if trial.outcome == "differs":
            item, trial = shrink(bench, item, trial, run.fuel)
            return explain(bench, item, trial)
    return None


@dataclass
class _Search:
    """The budget: runs and steps that are left, the steps that the first version may take in one run."""

    bench: Bench
    runs: int
    steps: int = _STEPS
    fuel: int = _FUEL

    def attempt(self, item: Input) -> Trial:
        trial = attempt(self.bench, item, self.fuel)
        self.runs -= 1
        self.steps -= trial.steps + 300
        return trial

    def patient(self, item: Input) -> Trial:
        """Like `attempt`; where the first version takes long on a small input, it always gets more from now
        on."""
        trial = self.attempt(item)
        while trial.outcome == "fuel" and self.fuel < _MOST_FUEL:
            self.fuel *= 8
            trial = self.attempt(item)
            if trial.outcome != "fuel":
                self.steps = max(self.steps, 4 * trial.steps)
        return trial

    @property
    def left(self) -> bool:
        return self.runs > 0 and self.steps > 0


def _explore(run: _Search) -> Shape:
    """What a few runs show: the alignment that the first version needs, and the types of what pointers
    reach."""
    types = tuple(p.type for p in run.bench.function.params)
    residue = (1,) * len(types)
    kinds: dict[int, set[tuple[int, int]]] = {}
    fitting = _fitting(run.bench, Shape(types, residue=residue))
    for size in (3, 9, 2, 17):
        shape = Shape(types, residue=residue, fitting=fitting)
        for contents in (Contents("below", "tenths", 3), Contents("mixed", "mixed", 4, 2)):
            item = Input(scalars(shape, size, 0), shape.own, contents, residue)
            trial = run.patient(item) if size == 3 else run.attempt(item)
            while trial.fault is not None and trial.fault.kind == "align" and max(residue, default=64) < 64:
                residue = tuple(2 * r for r in residue)
                item = replace(item, residue=residue)
                trial = run.attempt(item)
            if _excluded(trial):
                trial = run.attempt(_together(run.bench, item))
            for (ident, _), access in trial.world.cells.items():
                for one in _reached_by(trial, ident):
                    kinds.setdefault(one, set()).add((access.kind, access.unit))
            if run.fuel > _FUEL:
                break
        if run.fuel > _FUEL:
            break
    residue = tuple(
        min(r, max((unit for _, unit in kinds.get(n + 1, ())), default=1)) for n, r in enumerate(residue)
    )
    return Shape(types, _overlapping(run.bench, kinds), _into(run.bench, kinds), residue, fitting)


def _fitting(bench: Bench, shape: Shape) -> tuple[int, ...]:
    """Sizes that the granted conditions admit as the value of every integer argument; empty without conditions."""
    if not bench.conditional:
        return ()
    found: list[int] = []
    for size in range(_SIZES):
        item = Input(scalars(shape, size, 0), shape.own, Contents("count", "tenths"), shape.residue)
        trial = attempt(bench, item, _FUEL)
        if not _excluded(trial) or not _excluded(attempt(bench, _together(bench, item), _FUEL)):
            found.append(size)
    return tuple(found)


def _excluded(trial: Trial) -> bool:
    """Whether the input is one that the first version promises not to get."""
    return trial.fault is not None and trial.fault.kind == "unreachable"


def _together(bench: Bench, item: Input) -> Input:
    """The input with all pointers at one place, for conditions that order pointers."""
    pointers = [n for n, p in enumerate(bench.function.params) if isinstance(p.type, PtrType)]
    places = (Place("with", pointers[0]) if n in pointers[1:] else p for n, p in enumerate(item.places))
    return replace(item, places=tuple(places))


def _reached_by(trial: Trial, ident: int) -> tuple[int, ...]:
    """The object and those of parameters that point to it instead of having one of their own."""
    places = trial.world.item.places
    with_it = (n + 1 for n, p in enumerate(places) if p.kind == "with" and p.other + 1 == ident)
    return (ident, *with_it)


def _granted_apart(bench: Bench, first: str, second: str) -> bool:
    return frozenset({first, second}) in bench.apart


def _shared(bench: Bench) -> list[int]:
    """Pointer parameters that may point into memory that others reach too."""
    return [
        n
        for n, p in enumerate(bench.function.params)
        if isinstance(p.type, PtrType) and "noalias" not in p.attributes
    ]


def _compatible(a: set[tuple[int, int]], b: set[tuple[int, int]]) -> int | None:
    """The element size by which to shift, None where one type may not see the other's stores."""
    byte = {(KIND_INT, 1)}
    if len(a) == 1 and (a == b or b == byte):
        return min(a)[1] if a == b else 1
    if a == byte and len(b) == 1:
        return 1
    return None


def _overlapping(bench: Bench, kinds: dict[int, set[tuple[int, int]]]) -> tuple[tuple[int, int, int], ...]:
    shared = _shared(bench)
    if bench.step is None:
        return ()
    found: list[tuple[int, int, int]] = []
    for at, first in enumerate(shared):
        for second in shared[at + 1 :]:
            if _granted_apart(bench, *(bench.function.params[n].name for n in (first, second))):
                continue
            unit = _compatible(kinds.get(first + 1, set()), kinds.get(second + 1, set()))
            if unit is not None:
                found.append((first, second, max(unit, bench.step)))
    return tuple(found)


def _into(bench: Bench, kinds: dict[int, set[tuple[int, int]]]) -> tuple[tuple[int, str, int, int], ...]:
    found: list[tuple[int, str, int, int]] = []
    for number in _shared(bench):
        for key in sorted(bench.used_before):
            plan = bench.plans[key]
            if plan.frozen or plan.item.linkage in ("internal", "private"):
                continue
            if _granted_apart(bench, bench.function.params[number].name, plan.item.name):
                continue
            unit = _compatible(kinds.get(number + 1, set()), kinds.get(plan.ident, set()))
            if unit is not None and bench.step is not None:
                found.append((number, key, 0, max(unit, bench.step)))
    return tuple(found)


def _bench(problem: Problem) -> Bench:
    before, after = read(problem.before.ir), read(problem.after.ir)
    function = _function(before, problem.function)
    other = _function(after, problem.function)
    if [p.type for p in function.params] != [p.type for p in other.params] or function.result != other.result:
        raise Unsupported("the function's type changed")
    for param in function.params:
        if not isinstance(param.type, (IntType, FloatType, PtrType)):
            raise Unsupported(f"parameter of type {param.type}")
        if isinstance(param.type, FloatType) and param.type.name not in ("float", "double"):
            raise Unsupported(f"parameter of type {param.type}")
        if any(a.startswith(("byval", "sret", "inalloca")) for a in param.attributes):
            raise Unsupported("aggregate passed by value")
    if before.layout.pointer_bytes != 8 or not before.layout.little_endian:
        raise Unsupported("a target other than 64-bit little-endian")
    plans, addresses = _globals(before, after)
    keys = {(plan.ident << SHIFT) + plan.align: key for key, plan in plans.items()}
    first = Program(before, addresses[0], True)
    second = Program(after, addresses[1], False)
    first.prepare(problem.function)
    second.prepare(problem.function)
    watched = Program(after, addresses[1], True) if restricted(function, other) else None
    exempt: frozenset[Key] = frozenset()
    if "sequential" in problem.assume:
        exempt = frozenset(
            ("global", name)
            for name, plan in plans.items()
            if not plan.item.constant
            and plan.item.initializer is not None
            and plan.item.linkage in ("external", "internal", "private")
        )
    structs = [struct_types(m.functions[problem.function]) for m in (before, after)]
    return Bench(
        first,
        second,
        function,
        other,
        plans,
        frozenset(keys[addresses[0][name]] for name in first.touched),
        frozenset(keys[addresses[1][name]] for name in second.touched),
        exempt,
        {n + 1: number_in(p.attributes, "dereferenceable") for n, p in enumerate(function.params)},
        watched,
        any(has_padding(t, before.layout) for t in structs[0] | structs[1]),
        common_step(structs[0], before.layout),
        apart(problem.assume),
        bool(problem.conditions),
    )


def _function(module: Module, name: str) -> Function:
    if name not in module.functions:
        raise Unsupported(f"no function {name}")
    function = module.functions[name]
    if not function.blocks or function.variadic:
        raise Unsupported(f"{name} has no plain definition")
    return function


def _has_state(*modules: Module) -> bool:
    """Whether there are variables that only this file can change."""
    for module in modules:
        for name in module.globals:
            try:
                item = module.globals[name]
            except Unsupported:
                continue
            if not item.constant and item.linkage in ("internal", "private"):
                return True
    return False


def _globals(
    before: Module, after: Module
) -> tuple[dict[str, GlobalPlan], tuple[dict[str, int], dict[str, int]]]:
    """Objects for all globals; the two address maps differ only in private constants of one name."""
    plans: dict[str, GlobalPlan] = {}
    maps: tuple[dict[str, int], dict[str, int]] = ({}, {})
    changed = changed_globals(before) | changed_globals(after) if _has_state(before, after) else frozenset()
    for module, other in ((before, None), (after, before)):
        for name in module.globals:
            if name.startswith("llvm."):
                continue
            shared = other is not None and name in other.globals
            try:
                plan = plan_global(
                    module, name, FIRST_GLOBAL + len(plans), other if shared else None, name in changed
                )
            except Unsupported:
                continue
            key = name
            known = plans.get(name)
            if known is not None and known.item.constant and known.image != plan.image:
                key = f"after:{name}"
            elif known is not None:
                plan = replace(known, align=min(known.align, plan.align))
            plans[key] = plan
    for key, plan in plans.items():
        address = (plan.ident << SHIFT) + plan.align
        name = key.removeprefix("after:")
        if key == name:
            maps[0][name] = address
            maps[1].setdefault(name, address)
        else:
            maps[1][name] = address
    return plans, maps

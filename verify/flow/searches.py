"""Loops that data ends: what is known when such a loop is left, as a walk forward over its iterations.

`walk` at iteration k is the value that the loop yields, given that iteration k begins: by the exits of the iteration
the value of the exit that is taken, else `next`, the walk at k + 1. `start` is the walk at iteration 0. Iterations
that never begin have walks too; nothing real depends on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from verify.flow.graph import Graph
from verify.flow.terms import Carried, Term, Terms
from verify.flow.values import Datum, Domain
from verify.ir import nodes
from verify.ir.cfg import Loop
from verify.ir.nodes import Instr


class Program(Protocol):
    """What is asked of a summary."""

    @property
    def terms(self) -> Terms: ...
    @property
    def cfg(self) -> Graph: ...
    @property
    def counters(self) -> dict[str, str]: ...
    def known(self, key: Any) -> Any: ...
    def learn(self, key: Any, value: Any) -> Any: ...
    def counters_of(self, block: str) -> tuple[str, ...]: ...
    def exit_condition(self, loop: Loop, pred: str, target: str) -> Term: ...
    def carried_term(
        self, counter: str, name: str, type_: str, ctx: tuple[str, ...]
    ) -> tuple[Carried, Term]: ...
    def loop_of(self, block: str) -> Loop | None: ...
    def chain(self, block: str) -> tuple[Loop, ...]: ...
    def child_toward(self, outer: Loop | None, block: str) -> Loop: ...
    def domain(self, loop: Loop) -> Domain: ...
    @property
    def defs(self) -> dict[str, tuple[str, Instr]]: ...
    @property
    def rank(self) -> dict[str, int]: ...
    def local(self, name: str) -> Datum: ...
    def datum(self, value: nodes.Value, block: str) -> Datum: ...


@dataclass(slots=True, eq=False)
class Walk:
    """A walk's counter and, once built, its decision tree over one iteration."""

    counter: str
    tree: Term | None = None


def start(s: Program, loop: Loop, values: dict[tuple[str, str], Term]) -> Term:
    """The value that leaves the loop, where `values` gives it for every exit edge, over the loop's counters."""
    counter = s.counters[loop.header]
    first = next(iter(values.values()))
    if all(value is first for value in values.values()) and counter not in first.ctx:
        return first
    key = ("walk", loop.header, tuple(values[edge].ident for edge in loop.exits))
    found = s.known(key)
    if found is not None:
        return found
    terms = s.terms
    ctx = frozenset(s.counters_of(loop.header))
    walk = Walk(counter)
    node = terms.make("walk", walk, (), first.type, ctx, id(walk))
    ahead = terms.make("next", counter, (node,), first.type, ctx, counter)
    tree = ahead
    for pred, target in reversed(loop.exits):
        tree = terms.choose(s.exit_condition(loop, pred, target), values[(pred, target)], tree)
    walk.tree = tree
    result = terms.make("start", counter, (node,), first.type, ctx - {counter}, counter)
    return s.learn(key, result)


def alive(s: Program, loop: Loop) -> Term:
    """Whether no exit on data was taken before this iteration: part of the guard of everything in the loop."""
    key = ("alive", loop.header)
    found = s.known(key)
    if found is None:
        ctx = s.counters_of(loop.header)
        carried, found = s.carried_term(s.counters[loop.header], f"alive.{loop.header}", "i1", ctx)
        s.learn(key, found)
        carried.init = s.terms.true
        stays = found
        for pred, target in loop.exits:
            stays = s.terms.both(stays, s.terms.no(s.exit_condition(loop, pred, target)))
        carried.latch = stays
    return found


Arm = tuple[nodes.Value, str]
Edge = tuple[str, str]


def exit_of(s: Program, pred: str, into: str, outer: Loop | None) -> tuple[Loop, Edge] | None:
    """The loop inside `outer` and its exit edge that alone leads over `pred` to `into`."""
    block, after = pred, into
    while s.loop_of(block) == outer:
        sources = s.cfg.predecessors[block]
        if len(sources) != 1:
            return None
        block, after = sources[0], block
    if outer is not None and outer not in s.chain(block):
        return None
    loop = s.child_toward(outer, block)
    return (loop, (block, after)) if (block, after) in loop.exits else None


def of_phi(s: Program, arms: list[Arm], block: str, outer: Loop | None) -> Term | None:
    """The value of a phi whose arms are exits of loops that data ends; None for any other phi.

    Where one exit of the first loop leads to further loops, whose exits are the other arms, the value of that exit is
    the value of the phi over those."""
    if len(arms) < 2:
        return None
    located: list[tuple[Arm, Loop, Edge]] = []
    for value, pred in arms:
        found = exit_of(s, pred, block, outer)
        if found is None:
            return None
        located.append(((value, pred), *found))
    loop = min((loop for _, loop, _ in located), key=lambda loop: s.rank[loop.header])
    if not s.domain(loop).data:
        return None
    values: dict[Edge, Term] = {}
    rest = [arm for arm, other, _ in located if other != loop]
    for (value, _), other, edge in located:
        if other == loop:
            term = _leaving(s, value, block, loop)
            if term is None or edge in values:
                return None
            values[edge] = term
    if rest:
        onward = [edge for edge in loop.exits if edge not in values]
        if len(onward) != 1 or not all(s.cfg.dominates(onward[0][1], pred) for _, pred in rest):
            return None
        if s.cfg.predecessors[onward[0][1]] != (onward[0][0],):
            return None
        further = of_phi(s, rest, block, outer)
        if further is None:
            return None
        values[onward[0]] = further
    kind = next(iter(values.values())).type
    return start(s, loop, {edge: values.get(edge) or s.terms.token("exit", kind) for edge in loop.exits})


def _leaving(s: Program, value: nodes.Value, block: str, loop: Loop) -> Term | None:
    """A value at an exit of the loop, over the loop's counters; None where it is computed elsewhere."""
    inside = s.chain(loop.header)
    home = s.defs[value.name][0] if isinstance(value, nodes.Local) and value.name in s.defs else None
    if home is not None and s.loop_of(home) != loop:
        earlier = s.rank[home] < s.rank[loop.header]
        if not earlier or not set(s.chain(home)) <= set(inside[:-1]):
            return None
    datum = s.local(value.name) if isinstance(value, nodes.Local) else s.datum(value, block)
    return datum if isinstance(datum, Term) else None

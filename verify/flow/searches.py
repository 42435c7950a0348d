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


def common_exits(
    s: Program, arms: list[tuple[object, str]], outer: Loop | None
) -> tuple[Loop, dict[str, tuple[str, str]]] | None:
    """If every arm of a phi comes from one data-ended loop, each by an exit edge of its own: the loop and the edges."""
    found: Loop | None = None
    edges: dict[str, tuple[str, str]] = {}
    for _, pred in arms:
        block, after = pred, ""
        while s.loop_of(block) == outer:
            sources = s.cfg.predecessors[block]
            if len(sources) != 1:
                return None
            block, after = sources[0], block
        chain = s.chain(block)
        if outer is not None and outer not in chain:
            return None
        loop = s.child_toward(outer, block)
        if found is not None and loop != found:
            return None
        found = loop
        edge = (block, after) if after else None
        if edge is None:
            target = [t for p, t in loop.exits if p == block]
            if len(target) != 1:
                return None
            edge = (block, target[0])
        if edge not in loop.exits or edge in edges.values():
            return None
        edges[pred] = edge
    if found is None or not s.domain(found).data:
        return None
    return found, edges


def of_phi(s: Program, arms: list[tuple[nodes.Value, str]], block: str, outer: Loop | None) -> Datum | None:
    """The value of a phi whose arms are the exits of one loop that data ends; None for any other phi."""
    if len(arms) < 2:
        return None
    found = common_exits(s, list(arms), outer)
    if found is None:
        return None
    loop, edges = found
    inside = s.chain(loop.header)
    values: dict[tuple[str, str], Term] = {}
    for value, pred in arms:
        home = s.defs[value.name][0] if isinstance(value, nodes.Local) and value.name in s.defs else None
        if home is not None and s.loop_of(home) != loop:
            earlier = s.rank[home] < s.rank[loop.header]
            if not earlier or not set(s.chain(home)) <= set(inside[:-1]):
                return None
        datum = s.local(value.name) if isinstance(value, nodes.Local) else s.datum(value, block)
        if not isinstance(datum, Term):
            return None
        values[edges[pred]] = datum
    kind = next(iter(values.values())).type
    return start(s, loop, {edge: values.get(edge) or s.terms.token("exit", kind) for edge in loop.exits})

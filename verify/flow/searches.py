"""Loops that data ends: what is known when such a loop is left, as a walk forward over its iterations.

`walk` at iteration k is the value that the loop yields, given that iteration k begins: by the exits of the iteration
the value of the exit that is taken, else `next`, the walk at k + 1. `start` is the walk at iteration 0. Iterations
that never begin have walks too; nothing real depends on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from verify.flow.graph import RETURN, Graph
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
    def enter(self, loop: Loop) -> Term: ...
    def reach(self, block: str) -> Term: ...
    def edge_condition(self, block: str, target: str) -> Term: ...
    @property
    def defs(self) -> dict[str, tuple[str, Instr]]: ...
    @property
    def rank(self) -> dict[str, int]: ...
    def local(self, name: str) -> Datum: ...
    def datum(self, value: nodes.Value, block: str) -> Datum: ...


MOST_WAYS = 20


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
    ways = [
        (conjuncts(way), values[edge])
        for edge in loop.exits
        for way in _disjuncts(s.exit_condition(loop, *edge))
    ]
    tree = _decision(terms, ways, ahead, []) if len(ways) <= MOST_WAYS else _shared(terms, ways, ahead)
    walk.tree = tree
    result = terms.make("start", counter, (node,), first.type, ctx - {counter}, counter)
    return s.learn(key, result)


def _disjuncts(cond: Term) -> list[Term]:
    if cond.kind != "or":
        return [cond]
    return [part for kid in cond.kids for part in _disjuncts(kid)]


def conjuncts(cond: Term) -> list[Term]:
    """The parts of a conjunction, in order."""
    if cond.kind != "and":
        return [cond]
    return [part for kid in cond.kids for part in conjuncts(kid)]


Ways = list[tuple[list[Term], Term]]


def _decision(terms: Terms, ways: Ways, ahead: Term, facts: list[Term]) -> Term:
    """The value of the first way whose conditions all hold, `ahead` where none does; nothing is asked twice."""
    for number, (parts, value) in enumerate(ways):
        known = [_truth(part, facts) for part in parts]
        if False in known:
            continue
        open_ = [part for part, truth in zip(parts, known, strict=True) if truth is None]
        if not open_:
            return _given(terms, value, facts)
        # Affine conditions first: the prover splits on them.
        first = next((part for part in open_ if part.kind == "cond"), open_[0])
        then = _decision(terms, ways[number:], ahead, [*facts, first])
        return terms.choose(first, then, _decision(terms, ways[number:], ahead, [*facts, terms.no(first)]))
    return ahead


def _shared(terms: Terms, ways: Ways, ahead: Term) -> Term:
    """The same for very many ways, with repeated conditions."""
    tree = ahead
    for parts, value in reversed(ways):
        result = _given(terms, value, parts)
        for part in reversed(parts):
            result = terms.choose(part, result, tree)
        tree = result
    return tree


def _given(terms: Terms, value: Term, facts: list[Term]) -> Term:
    """A choice as what it chooses where the facts hold."""
    conds = [fact.cond for fact in facts if fact.kind == "cond"]
    if value.kind == "int" and conds and value.affine.n_piece() > 1:
        where = conds[0]
        for cond in conds[1:]:
            where = where.intersect(cond)
        return terms.integer(value.affine.gist(where), value.type)
    while value.kind == "sel":
        known = _truth(value.kids[0], facts)
        if known is None:
            return value
        value = value.kids[1] if known else value.kids[2]
    return value


def _truth(cond: Term, facts: list[Term]) -> bool | None:
    """What the facts say of a truth value, as far as it is plain to see."""
    for fact in facts:
        if fact is cond:
            return True
        if (fact.kind == "not" and fact.kids[0] is cond) or (cond.kind == "not" and cond.kids[0] is fact):
            return False
        if fact.kind == cond.kind == "cond":
            if fact.cond.is_subset(cond.cond):
                return True
            if fact.cond.is_disjoint(cond.cond):
                return False
    if cond.kind == "not":
        inner = _truth(cond.kids[0], facts)
        return None if inner is None else not inner
    if cond.kind in ("and", "or"):
        kids = [_truth(kid, facts) for kid in cond.kids]
        absorbing = cond.kind == "or"
        if absorbing in kids:
            return absorbing
        return None if None in kids else not absorbing
    return None


def alive(s: Program, loop: Loop, entered: Term) -> Term:
    """Whether no exit on data was taken before this iteration: part of the guard of everything in the loop. `entered`:
    when the loop is entered at all, loops around it included."""
    key = ("alive", loop.header)
    found = s.known(key)
    if found is None:
        ctx = s.counters_of(loop.header)
        carried, found = s.carried_term(s.counters[loop.header], f"alive.{loop.header}", "i1", ctx)
        s.learn(key, found)
        carried.init = entered
        stays = found
        for part in _goes_on(s, loop):
            stays = s.terms.both(stays, part)
        carried.latch = stays
    return found


def _goes_on(s: Program, loop: Loop) -> list[Term]:
    """The conditions under all of which the next iteration begins."""
    if len(loop.latches) == 1 and s.loop_of(loop.latches[0]) == loop:
        latch = loop.latches[0]
        return [*conjuncts(s.reach(latch)), *conjuncts(s.edge_condition(latch, loop.header))]
    return [s.terms.no(s.exit_condition(loop, pred, target)) for pred, target in loop.exits]


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
        if (
            len(onward) != 1
            or onward[0][1] == RETURN
            or not all(s.cfg.dominates(onward[0][1], pred) for _, pred in rest)
        ):
            return None
        if s.cfg.predecessors[onward[0][1]] != (onward[0][0],):
            return None
        further = of_phi(s, rest, block, outer)
        if further is None:
            return None
        values[onward[0]] = further
    kind = next(iter(values.values())).type
    return start(s, loop, {edge: values.get(edge) or s.terms.token("exit", kind) for edge in loop.exits})


def grouped(
    s: Program, arms: list[Arm], block: str, outer: Loop | None
) -> dict[str, tuple[Term, Term] | None]:
    """Arms of a phi that are all the exits of one loop that data ends: when that loop is entered, and the value of the
    phi then, under the first of its arms; None under the others."""
    by_loop: dict[str, list[tuple[Arm, Edge]]] = {}
    loops: dict[str, Loop] = {}
    for value, pred in arms:
        found = exit_of(s, pred, block, outer)
        if found is not None and s.domain(found[0]).data:
            loops[found[0].header] = found[0]
            by_loop.setdefault(found[0].header, []).append(((value, pred), found[1]))
    result: dict[str, tuple[Term, Term] | None] = {}
    for header, leaving in by_loop.items():
        loop = loops[header]
        if {edge for _, edge in leaving} != set(loop.exits) or len(leaving) < 2:
            continue
        values: dict[Edge, Term] = {}
        for (value, _), edge in leaving:
            term = _leaving(s, value, block, loop)
            if term is not None:
                values[edge] = term
        if len(values) == len(leaving):
            last = leaving[-1][0][1]
            result |= {pred: None for (_, pred), _ in leaving}
            result[last] = (s.enter(loop), start(s, loop, values))
    return result


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

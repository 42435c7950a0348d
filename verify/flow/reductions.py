"""Reductions over an associative and commutative operator on integers, compared as collections of summands.

A value is flattened into items (term, dimensions, map from the value's context to the instances that are combined).
Two collections are equal when some relation that pairs equal summands is a bijection between their instances, or,
for an idempotent operator, covers both. Modular arithmetic and bit operations are associative (C11 6.2.5p9 for
unsigned types; that a *signed* sum may not overflow on the way is a duty of its own).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import islpy as isl

from verify.flow import spaces
from verify.flow.coinduct import Deps
from verify.flow.definitions import resolved
from verify.flow.spaces import IN, OUT
from verify.flow.terms import Term

if TYPE_CHECKING:
    from verify.flow.coinduct import Prover
    from verify.flow.model import Side

OUT_ = isl.dim_type.out
NEUTRAL = {"add": 0, "mul": 1, "and": -1, "or": 0, "xor": 0}
IDEMPOTENT = frozenset({"and", "or", "smax", "smin", "umax", "umin"})
OPERATORS = frozenset(NEUTRAL) | IDEMPOTENT
MOST_ITEMS = 40


@dataclass(frozen=True, slots=True)
class Item:
    """A summand: its instances are the points of `map`'s range, dimension names in `dims`."""

    term: Term
    dims: tuple[str, ...]
    map: isl.Map


class NoReduction(Exception):
    """The term is no sum of this operator, or too large a one."""


def by_reduction(prover: Prover, rel: isl.Map, a: Term, b: Term) -> Deps | None:
    """Prove two integer terms equal as reductions; None where that is not possible."""
    if a.type != b.type or not a.type.startswith("i") or a.type == "i1":
        return None
    operator = _operator(prover.before, a) or _operator(prover.after, b)
    if operator is None:
        return None
    try:
        left = _Flattener(prover.before, operator).flatten(a)
        right = _Flattener(prover.after, operator).flatten(b)
        if [item.term for item in left] == [a] and [item.term for item in right] == [b]:
            return None
        return _compare(prover, rel, a, b, left, right, operator)
    except NoReduction:
        return None


def _operator(side: Side, term: Term) -> str | None:
    """The operator by which a value is accumulated in a loop."""
    for _ in range(8):
        if term.kind == "at":
            term = term.kids[0]
        elif term.kind == "phi":
            latch = term.data.latch
            if latch is None:
                return None
            found = _operator_of_latch(latch, term)
            if found is not None:
                return found
            term = latch
        elif term.kind == "op" and term.data in OPERATORS:
            for kid in term.kids:
                found = _operator(side, kid)
                if found == term.data:
                    return found
            return None
        else:
            return None
    return None


def _operator_of_latch(latch: Term, phi: Term, depth: int = 0) -> str | None:
    if depth > 8:
        return None
    if latch.kind == "sel":
        return _operator_of_latch(latch.kids[1], phi, depth + 1) or _operator_of_latch(
            latch.kids[2], phi, depth + 1
        )
    if latch.kind == "op" and latch.data in OPERATORS:
        return latch.data
    return None


class _Flattener:
    def __init__(self, side: Side, operator: str) -> None:
        self.side = side
        self.terms = side.summary.terms
        self.operator = operator
        self.items: list[Item] = []
        self.stop: Term | None = None

    def flatten(self, term: Term) -> list[Item]:
        space = isl.Space.alloc(isl.DEFAULT_CONTEXT, 0, len(term.ctx), len(term.ctx))
        self._expand(term, term.ctx, isl.Map.identity(space), 0)
        return self.items

    def _emit(self, term: Term, dims: tuple[str, ...], where: isl.Map) -> None:
        if where.is_empty():
            return
        if len(self.items) >= MOST_ITEMS:
            raise NoReduction
        if term.kind == "int" and self.operator in NEUTRAL:
            known = spaces.constant_of(term.affine)
            if known is not None and (known - NEUTRAL[self.operator]) % (1 << int(term.type[1:])) == 0:
                return
        self.items.append(Item(term, dims, where))

    def _expand(self, term: Term, dims: tuple[str, ...], where: isl.Map, depth: int) -> None:
        if depth > 60 or where.is_empty():
            if depth > 60:
                raise NoReduction
            return
        if term is self.stop:
            self._emit(term, dims, where)
        elif term.kind == "op" and term.data == self.operator:
            for kid in term.kids:
                self._expand(kid, dims, where, depth + 1)
        elif term.kind == "sel":
            self._select(term, dims, where, depth)
        elif term.kind == "phi":
            self._accumulate(term, dims, where, depth)
        elif term.kind == "at":
            counter, iteration = term.data
            olds = [f"{name}_" for name in dims]
            last = spaces.symbol(counter).eq_set(_renamed(iteration, dims, olds))
            for name, old in zip(dims, olds, strict=True):
                last = last.intersect(spaces.symbol(name).eq_set(spaces.symbol(old)))
            inner = (*dims, counter)
            self._expand(
                term.kids[0], inner, where.apply_range(spaces.relation(last, olds, inner)), depth + 1
            )
        else:
            self._emit(term, dims, where)

    def _select(self, term: Term, dims: tuple[str, ...], where: isl.Map, depth: int) -> None:
        cond, then, other = term.kids
        if cond.kind == "cond":
            part = spaces.points(cond.cond, dims)
            self._expand(then, dims, where.intersect_range(part), depth + 1)
            self._expand(other, dims, where.subtract_range(part), depth + 1)
            return
        common = _common(self.operator, then, other)
        if common is None or self.operator not in NEUTRAL:
            self._emit(term, dims, where)
            return
        neutral = self.terms.number(NEUTRAL[self.operator], term.type)
        shared, left, right = common
        self._expand(shared, dims, where, depth + 1)
        self._emit(self.terms.choose(cond, left or neutral, right or neutral), dims, where)

    def _accumulate(self, term: Term, dims: tuple[str, ...], where: isl.Map, depth: int) -> None:
        carried = term.data
        if carried.init is None or carried.latch is None or carried.counter not in dims:
            self._emit(term, dims, where)
            return
        position = dims.index(carried.counter)
        step = _Flattener(self.side, self.operator)
        step.stop = term
        same = isl.Map.identity(isl.Space.alloc(isl.DEFAULT_CONTEXT, 0, len(term.ctx), len(term.ctx)))
        try:
            step._expand(carried.latch, term.ctx, same, depth + 1)
        except NoReduction:
            self._emit(term, dims, where)
            return
        selves = [item for item in step.items if item.term is term]
        if (
            len(selves) != 1
            or selves[0].dims[: len(term.ctx)] != term.ctx
            or not self._unchanged(selves[0], term)
        ):
            self._emit(term, dims, where)
            return
        if self.operator not in IDEMPOTENT:
            # Summands are counted: dropping the counter must not make two of them one.
            counted = all(item.map.is_injective() for item in step.items if item.term is not term)
            if not counted or not where.is_single_valued():
                self._emit(term, dims, where)
                return
        outer = where.project_out(OUT_, position, 1)
        self._expand(carried.init, (*dims[:position], *dims[position + 1 :]), outer, depth + 1)
        olds = [f"{name}_" for name in dims]
        earlier = spaces.everywhere()
        for name, old in zip(dims, olds, strict=True):
            if name == carried.counter:
                below = spaces.symbol(name).lt_set(spaces.symbol(old))
                earlier = earlier.intersect(below).intersect(spaces.symbol(name).ge_set(spaces.constant(0)))
            else:
                earlier = earlier.intersect(spaces.symbol(name).eq_set(spaces.symbol(old)))
        before = where.apply_range(spaces.relation(earlier, olds, dims))
        for item in step.items:
            if item.term is term:
                continue
            rest = tuple(name for name in dims if name not in term.ctx)
            # item.map: term.ctx -> item.dims; lift it to dims -> (rest, item.dims).
            lifted = _lift(item.map, term.ctx, item.dims, dims, rest)
            self._emit(item.term, (*rest, *item.dims), before.apply_range(lifted))

    def _unchanged(self, item: Item, term: Term) -> bool:
        """Whether the accumulator's own earlier value is that of the same iteration."""
        if len(item.dims) != len(term.ctx):
            return False
        same = isl.Map.identity(item.map.get_space())
        return item.map.is_subset(same) and item.map.domain().plain_is_universe()


def _renamed(value: isl.PwAff, names: tuple[str, ...], news: list[str]) -> isl.PwAff:
    for name, new in zip(names, news, strict=True):
        position = value.find_dim_by_name(spaces.PARAM, name)
        if position >= 0:
            value = value.set_dim_id(spaces.PARAM, position, isl.Id(new))
    return value


def _lift(
    rel: isl.Map, ins: tuple[str, ...], outs: tuple[str, ...], dims: tuple[str, ...], rest: tuple[str, ...]
) -> isl.Map:
    in_names = [f"i{n}_" for n in range(len(ins))]
    out_names = [f"o{n}_" for n in range(len(outs))]
    flat = rel.wrap().flatten()
    cond = spaces.conditions(flat, [*in_names, *out_names])
    for name in rest:
        cond = cond.intersect(spaces.symbol(f"r{name}").eq_set(spaces.symbol(f"q{name}")))
    domain = [in_names[ins.index(name)] if name in ins else f"q{name}" for name in dims]
    return spaces.relation(cond, domain, [*(f"r{name}" for name in rest), *out_names])


def _common(operator: str, a: Term, b: Term) -> tuple[Term, Term | None, Term | None] | None:
    """A summand shared by two values, and what each adds to it."""
    left = a.kids if a.kind == "op" and a.data == operator else (a,)
    right = b.kids if b.kind == "op" and b.data == operator else (b,)
    for i, x in enumerate(left):
        for j, y in enumerate(right):
            if x is y:
                rest_a = left[1 - i] if len(left) == 2 else None
                rest_b = right[1 - j] if len(right) == 2 else None
                return x, rest_a, rest_b
    return None


def _compare(
    prover: Prover,
    rel: isl.Map,
    a: Term,
    b: Term,
    left: list[Item],
    right: list[Item],
    operator: str,
) -> Deps | None:
    pairs = rel.wrap().flatten()
    width = pairs.dim(OUT)
    graphs_left = [_graph(pairs, item, 0, len(a.ctx)) for item in left]
    graphs_right = [_graph(pairs, item, len(a.ctx), len(b.ctx)) for item in right]
    whole_left, whole_right, matched = isl.UnionSet("{}"), isl.UnionSet("{}"), isl.UnionMap("{}")
    found: Deps = frozenset()
    for i, graph in enumerate(graphs_left):
        whole_left = whole_left.union(graph.set_tuple_name(f"S{i}"))
    for j, graph in enumerate(graphs_right):
        whole_right = whole_right.union(graph.set_tuple_name(f"T{j}"))
    for i, x in enumerate(left):
        for j, y in enumerate(right):
            guess = _alike(prover, x.term, y.term, x.dims, y.dims, 0)
            if guess is None:
                continue
            both = _joined(graphs_left[i], graphs_right[j], guess, width, len(x.dims), len(y.dims))
            if both.is_empty():
                continue
            used = _related(both, width, len(x.dims), len(y.dims))
            used = spaces.keep(used, IN, x.dims, x.term.ctx)
            used = _order(spaces.keep(used, OUT_, y.dims, y.term.ctx), x, y)
            deps = prover.prove(used, x.term, y.term)
            if deps is None:
                continue
            found |= deps
            matched = matched.union(both.set_tuple_name(IN, f"S{i}").set_tuple_name(OUT_, f"T{j}"))
    if not matched.domain().is_equal(whole_left) or not matched.range().is_equal(whole_right):
        return None
    if operator not in IDEMPOTENT and not matched.is_bijective():
        return None
    return found


def _order(rel: isl.Map, x: Item, y: Item) -> isl.Map:
    """Dimensions in the order of the terms' contexts (they are nested alike, so the orders agree)."""
    if tuple(n for n in x.dims if n in x.term.ctx) != x.term.ctx:
        raise NoReduction
    if tuple(n for n in y.dims if n in y.term.ctx) != y.term.ctx:
        raise NoReduction
    return rel


def _graph(pairs: isl.Set, item: Item, start: int, count: int) -> isl.Set:
    """All (x, y, instance) with (x, y) related and the instance combined there."""
    width = pairs.dim(OUT)
    whole = isl.Map.from_domain_and_range(pairs, item.map.range())
    # Keep only pairs whose own part maps to the instance.
    names = [f"p{i}_" for i in range(width)]
    outs = [f"u{i}_" for i in range(len(item.dims))]
    own = spaces.conditions(item.map.wrap().flatten(), [*names[start : start + count], *outs])
    return whole.intersect(spaces.relation(own, names, outs)).wrap().flatten()


def _joined(left: isl.Set, right: isl.Set, guess: isl.Map, width: int, count_x: int, count_y: int) -> isl.Map:
    """(x, y, u) -> (x, y, v) for equal summand instances u and v of one pair."""
    names = [f"p{i}_" for i in range(width)]
    us, vs = [f"u{i}_" for i in range(count_x)], [f"v{i}_" for i in range(count_y)]
    cond = spaces.conditions(left, [*names, *us]).intersect(spaces.conditions(right, [*names, *vs]))
    cond = cond.intersect(spaces.conditions(guess.wrap().flatten(), [*us, *vs]))
    again = [f"{name}2" for name in names]
    for name, other in zip(names, again, strict=True):
        cond = cond.intersect(spaces.symbol(name).eq_set(spaces.symbol(other)))
    return spaces.relation(cond, [*names, *us], [*again, *vs])


def _related(both: isl.Map, width: int, count_x: int, count_y: int) -> isl.Map:
    del count_x, count_y
    return both.project_out(IN, 0, width).project_out(OUT_, 0, width)


def _alike(
    prover: Prover, a: Term, b: Term, dims_a: tuple[str, ...], dims_b: tuple[str, ...], depth: int
) -> isl.Map | None:
    """A guess at the instances on which two summands are equal, from their shapes and subscripts."""
    cond = _alike_cond(prover, a, b, depth)
    return None if cond is None else spaces.relation(cond, dims_a, dims_b)


def _alike_cond(prover: Prover, a: Term, b: Term, depth: int) -> isl.Set | None:
    if depth > 20 or a.type != b.type:
        return None
    if a.kind == "load" and b.kind == "load":
        x, y = prover.before.of_access[id(a.data)], prover.after.of_access[id(b.data)]
        if x.array != y.array:
            return None
        if x.cell is not None and y.cell is not None:
            cond = spaces.everywhere()
            for i, j in zip(x.cell, y.cell, strict=True):
                cond = cond.intersect(i.eq_set(j))
            return cond
        a, b = resolved(prover.before, a), resolved(prover.after, b)
    if a.kind == "int" and b.kind == "int":
        return a.affine.eq_set(b.affine)
    if a.kind != b.kind or len(a.kids) != len(b.kids) or a.kind in ("phi", "at", "load"):
        return None
    if a.kind in ("const", "arg", "op", "read", "init") and a.data != b.data:
        return None
    if a.kind == "cond":
        return spaces.everywhere()
    cond = spaces.everywhere()
    for x, y in zip(a.kids, b.kids, strict=True):
        part = _alike_cond(prover, x, y, depth + 1)
        if part is None:
            return None
        cond = cond.intersect(part)
    return cond

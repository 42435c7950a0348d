"""VA006: integer scalars that advance by a constant each iteration become expressions of the index.

    for (i = 0; i < n; i++) { k += 2; a[i] = b[k]; }  -->  for (i = 0; i < n; i++) a[i] = b[k + 2 * i + 2];

Copies such as `k = i + 1` go the same way, and increments that both branches of a condition make.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pycparser import c_ast

from vecassist.propose.access import plain
from vecassist.propose.affine import Linear, expression, linear, symbol, tidy
from vecassist.propose.loops import assigned, beyond, increment, remake, runs, trip
from vecassist.propose.nest import INTEGERS, Place
from vecassist.propose.nodes import Node, assign, binary, ident, names, number, single, statements, walk
from vecassist.propose.rules.base import Rule

Env = dict[str, Linear]


class _Unfit(Exception):
    """The body does something with these scalars that has no linear form."""


def induction(place: Place) -> Iterator[list[Node]]:
    loop = place.loop
    if not all(plain(node) for node in loop.body):
        return
    moving = {n for n in assigned(loop.node.stmt) if place.resolved(place.element(n)) in INTEGERS}
    moving -= _in_inner_loops(loop.body)
    if not moving or abs(loop.step) != 1:
        return
    singles = [{name} for name in sorted(moving)] if len(moving) > 1 else []
    for attempt in (moving, *singles):
        made = _attempt(place, set(attempt))
        if made is not None:
            yield made
            return


def _in_inner_loops(body: list[Node]) -> set[str]:
    loops = [n for part in body for n in walk(part) if isinstance(n, c_ast.For | c_ast.While | c_ast.DoWhile)]
    return {name for n in loops for name in assigned(n)}


def _attempt(place: Place, moving: set[str]) -> list[Node] | None:
    loop = place.loop
    start: Env = {name: symbol(name) for name in moving}
    try:
        body, end = _run(loop.body, start, moving)
    except _Unfit:
        return None
    steps: dict[str, int] = {}
    for name in sorted(moving):
        gain = _valued(end[name].minus(symbol(name)), place).constant
        if gain is not None:
            steps[name] = gain
        elif set(end[name].symbols) & moving:
            return None
    if any((names(node) & moving) - set(steps) for node in body):
        return None
    low = linear(loop.lower)
    if low is None:
        return None
    turns = symbol(loop.index).minus(low).times(loop.step)
    known = trip(loop, place.constants)
    values = {n: _advanced(n, turns, g, known) for n, g in steps.items() if g}
    made = [_put(node, values) for node in body]
    try:
        return [remake(loop, made), *_finish(place, end, steps)]
    except _Unfit:
        return None


def _advanced(name: str, turns: Linear, gain: int, known: int | None) -> Node:
    """`name` after `turns` steps of `gain`, in an order of operations that overflows only where the steps do."""
    if known is not None and known * abs(gain) < 1 << 31:
        return expression(symbol(name).plus(turns.times(gain)))
    if gain == 1 and turns.const < 0:
        return binary("+", ident(name), expression(turns))
    if gain in (1, -1):
        return expression(symbol(name).plus(turns.times(gain)))
    factor = c_ast.Constant("long long int", f"{abs(gain)}LL")
    return binary("+" if gain > 0 else "-", ident(name), binary("*", factor, expression(turns)))


def _valued(form: Linear, place: Place) -> Linear:
    for name in form.symbols:
        if name in place.constants:
            form = form.put(name, Linear((), place.constants[name]))
    return form


def _put(node: Node, values: Mapping[str, Node]) -> Node:
    from vecassist.propose.affine import place as put

    return put(node, values)


def _finish(place: Place, end: Env, steps: Mapping[str, int]) -> list[Node]:
    """What leaves the loop: the scalars' last values, where anyone reads them."""
    loop = place.loop
    made: list[Node] = []
    turns = trip(loop, place.constants)
    for name in sorted(end):
        if not place.escapes(name):
            continue
        if name in steps:
            if steps[name] == 0:
                continue
            made.append(_advance(place, name, steps[name], turns))
        else:
            last = loop.limit if loop.relation in ("<=", ">=") else _last(loop.limit, loop.relation)
            made.append(assign(ident(name), tidy(expression(end[name]), {loop.index: last})))
    if not made or runs(loop, place.constants):
        return made
    return [c_ast.If(c_ast.BinaryOp(loop.relation, loop.lower, loop.limit), single(made), None)]


def _last(limit: Node, relation: str) -> Node:
    from vecassist.propose.affine import add

    return add(limit, -1 if relation == "<" else 1)


def _advance(place: Place, name: str, gain: int, turns: int | None) -> Node:
    loop = place.loop
    if turns is not None:
        low, high = linear(loop.lower), linear(beyond(loop)) if loop.step > 0 else None
        if low is not None and high is not None:
            return assign(ident(name), expression(high.minus(low).times(gain)), "+=")
        return assign(ident(name), number(gain * turns), "+=")
    low, high = linear(loop.lower), linear(loop.limit)
    if low is None or high is None:
        raise _Unfit
    extra = 1 if loop.relation in ("<=", ">=") else 0
    length = high.minus(low).times(loop.step).plus(extra)
    if gain in (1, -1):
        return assign(ident(name), expression(length.times(gain)), "+=")
    factor = c_ast.Constant("long long int", f"{gain}LL")
    return assign(ident(name), binary("*", factor, expression(length)), "+=")


def _run(body: list[Node], env: Env, moving: set[str]) -> tuple[list[Node], Env]:
    """The body without the assignments to `moving`, uses by their entry values, and the values at its end."""
    made: list[Node] = []
    now = dict(env)
    for node in body:
        value = _update(node, moving, now)
        if value is not None:
            now[value[0]] = value[1]
        elif isinstance(node, c_ast.If):
            cond = _seen(node.cond, now)
            then, one = _run(statements(node.iftrue), now, moving)
            other, two = _run(statements(node.iffalse), now, moving)
            if one != two:
                raise _Unfit
            now = one
            made += _branch(cond, then, other)
        elif assigned(node) & moving:
            raise _Unfit
        else:
            made.append(_seen(node, now))
    return made, now


def _branch(cond: Node, then: list[Node], other: list[Node]) -> list[Node]:
    from vecassist.propose.nodes import negate

    if then:
        return [c_ast.If(cond, single(then), single(other) if other else None)]
    return [c_ast.If(negate(cond), single(other), None)] if other else []


def _update(node: Node, moving: set[str], now: Env) -> tuple[str, Linear] | None:
    step = increment(node)
    if step is not None and step[0] in moving:
        form = linear(step[1])
        if form is None:
            raise _Unfit
        return step[0], now[step[0]].plus(_evaluated(form, now))
    target: str | None = None
    value: Node | None = None
    if isinstance(node, c_ast.Assignment) and node.op == "=" and isinstance(node.lvalue, c_ast.ID):
        target, value = node.lvalue.name, node.rvalue
    elif isinstance(node, c_ast.Decl):
        target, value = node.name, node.init
    if target not in moving or target is None:
        return None
    form = linear(value)
    if form is None:
        raise _Unfit
    return target, _evaluated(form, now)


def _evaluated(form: Linear, now: Env) -> Linear:
    value = Linear((), form.const)
    for name, factor in form.terms:
        value = value.plus(now.get(name, symbol(name)).times(factor))
    return value


def _seen(node: Node, now: Env) -> Node:
    changed = {n: expression(v) for n, v in now.items() if v != symbol(n)}
    return _put(node, changed) if names(node) & set(changed) else node


INDUCTION = Rule("VA006", "induction variables as functions of the index", induction, again=True)

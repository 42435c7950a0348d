"""VA011: split the range of the index where the iterations change their nature.

for (i) if (i < m) S else T                     -->  for (i < m) S; for (i >= m) T
for (i = 0; i < n; i++) a[i] = a[k] + b[i];     -->  one loop up to k with the old a[k], one after it
for (i = 0; i < n; i++) a[i] = a[n - 1 - i];    -->  one loop to the middle, one after it
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pycparser import c_ast

from vecassist.propose.affine import Linear, add, expression, linear
from vecassist.propose.dependence import certainly_at_most
from vecassist.propose.loops import Loop, assigned, beyond, remake, runs
from vecassist.propose.nest import Place, innermost, written_arrays
from vecassist.propose.nodes import (
    Node,
    assign,
    binary,
    block,
    declare,
    fresh,
    ident,
    names,
    number,
    same,
    statements,
    subscripted,
    transform,
    walk,
)
from vecassist.propose.rules.base import Rule


def split(place: Place) -> Iterator[list[Node]]:
    loop = place.loop
    if loop.step != 1 or not innermost(loop):
        return
    for guard in loop.body:
        if isinstance(guard, c_ast.If):
            cut = _threshold(guard.cond, loop)
            if cut is not None:
                below, point = cut
                yield _parted(
                    place, point, _chosen(loop, guard, below), _chosen(loop, guard, not below), None
                )
    for name, forms in _stores(place):
        for read in _reads(loop, name):
            form = _last_subscript(read, forms, place)
            if form is None:
                continue
            own = forms[-1]
            if form.coefficient(loop.index) == 0 and own.coefficient(loop.index) == 1:
                offset = own.without(loop.index).constant
                where = subscripted(read)
                if offset is not None and where is not None:
                    yield from _pivoted(place, read, name, add(where[1][-1], -offset))
            elif form.coefficient(loop.index) == -1 and own.coefficient(loop.index) == 1:
                total = form.minus(own).without(loop.index)
                middle = _middle(read, own, loop.index)
                if middle is not None and all(factor == 1 for _, factor in total.terms):
                    yield _parted(place, middle, loop.body, loop.body, None)


def _middle(read: Node, own: Linear, index: str) -> Node | None:
    """Where `total - i` and `i` meet, rounded up."""
    where = subscripted(read)
    form = None if where is None else linear(where[1][-1])
    if form is None:
        return None
    return binary("/", expression(form.minus(own).put(index, Linear()).plus(1)), number(2))


def _threshold(cond: Node, loop: Loop) -> tuple[bool, Node] | None:
    """For a condition on the index: whether it holds below the point, and the point."""
    if not isinstance(cond, c_ast.BinaryOp) or cond.op not in ("<", "<=", ">", ">="):
        return None
    left, right = linear(cond.left), linear(cond.right)
    if left is None or right is None or (names(cond) & assigned(loop.node.stmt)):
        return None
    gap = left.minus(right)
    factor = gap.coefficient(loop.index)
    if factor not in (1, -1):
        return None
    rest = gap.without(loop.index)
    op = cond.op
    if factor == -1:
        rest, op = rest.times(-1), {"<": ">", "<=": ">=", ">": "<", ">=": "<="}[op]
    point = rest.times(-1)
    if op in ("<=", ">"):
        point = point.plus(1)
    return op in ("<", "<="), expression(point)


def _chosen(loop: Loop, guard: c_ast.If, taken: bool) -> list[Node]:
    made: list[Node] = []
    for node in loop.body:
        made += statements(guard.iftrue if taken else guard.iffalse) if node is guard else [node]
    return made


def _parted(
    place: Place, point: Node, first: Sequence[Node], second: Sequence[Node], between: Node | None
) -> list[Node]:
    """Two loops, the first up to `point` (exclusive) and the second from there, both within the old range."""
    loop = place.loop
    limit = beyond(loop)
    within = _within(place, point)
    made: list[Node] = []
    cut: Node = point
    if not within:
        name = place.fresh("cut")
        made.append(declare("int", name, _clamped(point, loop, limit)))
        low = binary("<", ident(name), loop.lower)
        made.append(c_ast.If(low, assign(ident(name), loop.lower), None))
        cut = ident(name)
    parts: list[Node] = []
    if first:
        parts.append(remake(loop, first, limit=cut, relation="<"))
    if between is not None:
        parts.append(between)
    if second:
        parts.append(remake(loop, second, lower=cut))
    if made:
        return [block([*made, *parts])]
    return parts


def _clamped(point: Node, loop: Loop, limit: Node) -> Node:
    """The lesser of point and limit, computed so that the point's own arithmetic cannot overflow needlessly."""
    form, low = linear(point), linear(loop.lower)
    if form is not None and form.terms and form.const == 1:
        return c_ast.TernaryOp(binary("<", add(point, -1), limit), point, limit)
    least = c_ast.TernaryOp(binary("<", point, limit), point, limit)
    if form is not None and form.terms and form.const < 0 and low is not None and low.constant is not None:
        small = binary("<", add(point, -form.const), number(low.const - form.const))
        return c_ast.TernaryOp(small, loop.lower, least)
    return least


def _within(place: Place, point: Node) -> bool:
    loop = place.loop
    form, low, high = (linear(n, place.constants) for n in (point, loop.lower, beyond(loop)))
    if form is None or low is None or high is None:
        return False
    free = "one"
    one = Linear((), 0)
    return certainly_at_most(low, form, free, one, one, {}) and certainly_at_most(
        form, high, free, one, one, {}
    )


def _stores(place: Place) -> list[tuple[str, tuple[Linear, ...]]]:
    found: list[tuple[str, tuple[Linear, ...]]] = []
    for node in walk(place.loop.node.stmt):
        where = subscripted(node.lvalue) if isinstance(node, c_ast.Assignment) else None
        if where is None:
            continue
        forms = [linear(s, place.constants) for s in where[1]]
        whole = tuple(f for f in forms if f is not None)
        if len(whole) == len(forms) and (where[0], whole) not in found:
            found.append((where[0], whole))
    return found


def _reads(loop: Loop, name: str) -> list[Node]:
    targets = {id(n.lvalue) for n in walk(loop.node.stmt) if isinstance(n, c_ast.Assignment)}
    found: list[Node] = []
    for node in walk(loop.node.stmt):
        place = subscripted(node)
        if place is None or place[0] != name or id(node) in targets:
            continue
        if not any(same(node, other) for other in found):
            found.append(node)
    return found


def _last_subscript(read: Node, forms: tuple[Linear, ...], place: Place) -> Linear | None:
    where = subscripted(read)
    if where is None or len(where[1]) != len(forms):
        return None
    mine = [linear(s, place.constants) for s in where[1]]
    if any(a is None or a != b for a, b in zip(mine[:-1], forms[:-1], strict=True)):
        return None
    return mine[-1]


def _pivoted(place: Place, read: Node, name: str, pivot: Node) -> Iterator[list[Node]]:
    """The element at `pivot` is read in every iteration and written in one of them."""
    loop = place.loop
    if names(pivot) & (assigned(loop.node.stmt) | {loop.index}) or name not in written_arrays(loop.node.stmt):
        return
    base = place.element(name)
    if base is None:
        return
    held = fresh(f"{name}_held", place.taken())

    def visit(node: Node) -> Node | None:
        return ident(held) if same(node, read) and subscripted(node) is not None else None

    body = [_reading(node, visit) for node in loop.body]
    after = assign(ident(held), read)
    parts = _parted(place, add(pivot, 1), body, body, after)
    whole: list[Node] = [declare(base, held, read), *(statements(parts[0]) if len(parts) == 1 else parts)]
    if runs(loop, place.constants):
        yield [block(whole)]
    else:
        yield [c_ast.If(binary(loop.relation, loop.lower, loop.limit), block(whole), None)]


def _reading(node: Node, visit: Callable[[Node], Node | None]) -> Node:
    if isinstance(node, c_ast.Assignment):
        return c_ast.Assignment(node.op, node.lvalue, transform(node.rvalue, visit))
    return transform(node, visit)


SPLIT = Rule("VA011", "split the index range", split)

"""VA005: compute anew what a scalar carries from the previous iteration, and peel the first iteration.

for (i = 0; i < n; i++) { a[i] = b[i] + x; x = b[i]; }
-->
a[0] = b[0] + x; for (i = 1; i < n; i++) a[i] = b[i] + b[i - 1];
"""

from __future__ import annotations

from collections.abc import Iterator

from pycparser import c_ast

from vecassist.propose.access import plain
from vecassist.propose.affine import add, simplified
from vecassist.propose.affine import place as put
from vecassist.propose.loops import assigned, increment, remake, runs
from vecassist.propose.nest import Place, written_arrays
from vecassist.propose.nodes import Node, assign, block, ident, names, single, substitute, walk
from vecassist.propose.rules.base import Rule


def wraparound(place: Place) -> Iterator[list[Node]]:
    body = place.loop.body
    if not all(plain(node) for node in body):
        return
    for name in sorted(assigned(place.loop.node.stmt)):
        at = _only_definition(body, name)
        if at is None:
            continue
        value = _expanded(body, at, place)
        if value is None or name in names(value):
            continue
        before = any(name in names(node) for node in body[:at])
        after = any(name in names(node) for node in body[at + 1 :])
        if before and not after:
            yield _peeled(place, name, at, value)


def _only_definition(body: list[Node], name: str) -> int | None:
    found = [n for n, node in enumerate(body) if name in assigned(node)]
    if len(found) != 1:
        return None
    node = body[found[0]]
    if isinstance(node, c_ast.Assignment) and node.op == "=" and increment(node) is None:
        return found[0]
    return None


def _defining_value(body: list[Node], name: str) -> Node | None:
    for node in body:
        if isinstance(node, c_ast.Decl) and node.name == name:
            return node.init
        if not isinstance(node, c_ast.Assignment) or node.op != "=":
            continue
        if isinstance(node.lvalue, c_ast.ID) and node.lvalue.name == name:
            return node.rvalue
    return None


def _expanded(body: list[Node], at: int, place: Place) -> Node | None:
    """The defining expression in terms of the index, arrays that the loop leaves alone and its invariants."""
    node = body[at]
    assert isinstance(node, c_ast.Assignment)
    value = node.rvalue
    for _round in range(4):
        local = sorted(names(value) & {n for part in body for n in assigned(part)})
        if not local:
            break
        for name in local:
            earlier = _defining_value(body[:at], name)
            if earlier is None or sum(name in assigned(part) for part in body) != 1:
                return None
            value = substitute(value, {name: earlier})
    pure = not any(isinstance(n, c_ast.Assignment | c_ast.FuncCall) for n in walk(value))
    untouched = not (names(value) & written_arrays(place.loop.node.stmt))
    return value if pure and untouched and not names(value) & assigned(place.loop.node.stmt) else None


def _peeled(place: Place, name: str, at: int, value: Node) -> list[Node]:
    loop = place.loop
    body = loop.body
    stays = [node for n, node in enumerate(body) if n != at]
    first = [put(node, {loop.index: loop.lower}) for node in stays]
    earlier = put(value, {loop.index: add(ident(loop.index), -loop.step)})
    rest = remake(loop, [put(node, {name: earlier}) for node in stays], lower=add(loop.lower, loop.step))
    made: list[Node] = [*first, rest]
    if place.escapes(name):
        last = put(value, {loop.index: add(loop.limit, -1 if loop.relation == "<" else 0)})
        if abs(loop.step) != 1 or loop.relation not in ("<", "<="):
            first.append(assign(ident(name), put(value, {loop.index: loop.lower})))
            rest = remake(loop, [*_body(rest), assign(ident(name), value)], lower=add(loop.lower, loop.step))
            made = [*first, rest]
        else:
            made.append(assign(ident(name), simplified(last)))
    if runs(loop, place.constants):
        return made if not any(isinstance(n, c_ast.Decl) for n in made) else [block(made)]
    entered = c_ast.BinaryOp(loop.relation, loop.lower, loop.limit)
    return [c_ast.If(entered, single(made), None)]


def _body(node: Node) -> list[Node]:
    from vecassist.propose.nodes import statements

    assert isinstance(node, c_ast.For)
    return statements(node.stmt)


WRAPAROUND = Rule("VA005", "compute what the previous iteration left, peel the first", wraparound, again=True)

"""VA018: accumulate in the array element that the sum is stored to, so that the loops around it can be exchanged.

for (j) { s = 0; for (k) s += x[i][k] * y[k][j]; z[i][j] = s; }
-->
for (j) { z[i][j] = 0; for (k) z[i][j] += x[i][k] * y[k][j]; }
"""

from __future__ import annotations

from collections.abc import Iterator

from pycparser import c_ast

from vecassist.propose.loops import assigned, counted, remake
from vecassist.propose.nest import Place, declared
from vecassist.propose.nodes import Node, assign, names, statements, subscripted, substitute, walk
from vecassist.propose.rules.base import Rule


def accumulate(place: Place) -> Iterator[list[Node]]:
    body = place.loop.body
    for at in range(len(body) - 2):
        made = _in_place(place, body[at], body[at + 1], body[at + 2])
        if made is not None:
            rest = [*body[:at], *made, *body[at + 3 :]]
            if not any(_name(body[at]) in names(node) for node in rest):
                yield [remake(place.loop, rest)]


def _name(node: Node) -> str:
    if isinstance(node, c_ast.Decl):
        return node.name
    if isinstance(node, c_ast.Assignment) and node.op == "=" and isinstance(node.lvalue, c_ast.ID):
        return node.lvalue.name
    return ""


def _in_place(place: Place, start: Node, inner: Node, store: Node) -> list[Node] | None:
    name = _name(start)
    loop = counted(inner)
    value = start.init if isinstance(start, c_ast.Decl) else getattr(start, "rvalue", None)
    if not name or loop is None or value is None or name in names(value):
        return None
    if not isinstance(store, c_ast.Assignment) or store.op != "=" or subscripted(store.lvalue) is None:
        return None
    whole = isinstance(store.rvalue, c_ast.ID) and store.rvalue.name == name
    target = subscripted(store.lvalue)
    if not whole or target is None or name not in assigned(loop.node.stmt):
        return None
    if place.resolved(place.element(name)) != place.resolved(place.element(target[0])):
        return None
    local = name in declared(place.loop.node)
    if (not local and place.escapes(name)) or target[0] in names(loop.node):
        return None
    if names(store.lvalue) & assigned(loop.node):
        return None
    if any(isinstance(n, c_ast.For) for n in walk(loop.node.stmt)):
        return None
    each = [substitute(node, {name: store.lvalue}) for node in statements(loop.node.stmt)]
    return [assign(store.lvalue, value), remake(loop, each)]


ACCUMULATE = Rule("VA018", "accumulate in the array element", accumulate)

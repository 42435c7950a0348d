"""VA015: an element that later iterations overwrite unread is stored once, by the last iteration.

for (i) { a[i] = b[i]; a[i + 1] = c[i]; }       -->  for (i) a[i] = b[i]; a[n] = c[n - 1];
for (j) { s[i] = x[j][i] - y; x[j][i] = s[i]; }  -->  s[i] = x[m - 1][i] - y; for (j) x[j][i] = x[j][i] - y;
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pycparser import c_ast

from vecassist.propose.access import Atom
from vecassist.propose.affine import add
from vecassist.propose.affine import place as put
from vecassist.propose.dependence import Edge
from vecassist.propose.loops import final, remake, runs
from vecassist.propose.nest import Place
from vecassist.propose.nodes import Node, binary, declare, ident, names, same, single, subscripted, transform
from vecassist.propose.rules.base import Rule


def overwritten(place: Place) -> Iterator[list[Node]]:
    loop = place.loop
    if abs(loop.step) != 1:
        return
    body = place.atoms()
    edges = place.graph(body)
    last = {loop.index: final(loop)}
    for at, atom in enumerate(body):
        node = atom.node
        if atom.guards or not isinstance(node, c_ast.Assignment) or subscripted(node.lvalue) is None:
            continue
        rest = [n for n in loop.body if n is not node]
        if len(rest) != len(loop.body) - 1 or not rest:
            continue
        if loop.index in names(node.lvalue):
            if _dead(place, at, body, edges):
                yield _entered(place, [remake(loop, rest), put(node, last)])
        elif node.op == "=" and _movable(at, edges):
            made = _forwarded(place, node)
            if made is not None:
                yield _entered(place, [put(node, last), remake(loop, made)])


def _dead(place: Place, at: int, body: Sequence[Atom], edges: Sequence[Edge]) -> bool:
    """Whether each iteration's store is overwritten by the next one, unread, and can be made after the loop."""
    if any(e.source == at and e.kind == "flow" for e in edges):
        return False
    if any(e.source == at and not e.carried for e in edges):
        return False
    mine = body[at].node
    assert isinstance(mine, c_ast.Assignment)
    step = {place.loop.index: add(ident(place.loop.index), place.loop.step)}
    for other, atom in enumerate(body):
        node = atom.node
        if other == at or atom.guards or not isinstance(node, c_ast.Assignment):
            continue
        if subscripted(node.lvalue) is not None and same(put(node.lvalue, step), put(mine.lvalue, {})):
            return not any(
                e.target == at and e.carried and e.source != other for e in edges if e.kind == "flow"
            )
    return False


def _movable(at: int, edges: Sequence[Edge]) -> bool:
    """Whether the last iteration's value of a store to one fixed element can be computed before the loop."""
    into = [e for e in edges if e.target == at]
    own = any(e.source == at and e.kind != "output" for e in into)
    return not own and all(e.source == at or (e.kind == "anti" and e.source > at) for e in into)


def _forwarded(place: Place, node: c_ast.Assignment) -> list[Node] | None:
    """The body without the store, its value used in the statements after it in place of the element."""
    made: list[Node] = []
    uses = 0
    after = False

    def visit(part: Node) -> Node | None:
        nonlocal uses
        if subscripted(part) is not None and same(part, node.lvalue):
            uses += 1
            return node.rvalue
        return None

    for other in place.loop.body:
        if other is node:
            after = True
        elif after and isinstance(other, c_ast.Assignment):
            made.append(c_ast.Assignment(other.op, other.lvalue, transform(other.rvalue, visit)))
        else:
            made.append(other)
    if uses <= 1:
        return made
    where = subscripted(node.lvalue)
    spelled = place.element(where[0]) if where is not None else None
    if spelled is None or where is None:
        return None
    name = place.fresh(f"{where[0]}_now")
    return [
        declare(spelled, name, node.rvalue)
        if other is node
        else transform(
            other, lambda p: ident(name) if subscripted(p) is not None and same(p, node.lvalue) else None
        )
        for other in place.loop.body
    ]


def _entered(place: Place, made: list[Node]) -> list[Node]:
    loop = place.loop
    if runs(loop, place.constants):
        return made
    return [c_ast.If(binary(loop.relation, loop.lower, loop.limit), single(made), None)]


OVERWRITTEN = Rule("VA015", "store once what is overwritten unread", overwritten, again=True)

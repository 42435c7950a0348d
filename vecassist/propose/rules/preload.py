"""VA003: read an element before a statement of the same iteration stores to its neighbour.

    for (i) { a[i] = b[i]; c[i] = a[i + 1]; }
    -->
    for (i) { float a_next = a[i + 1]; a[i] = b[i]; c[i] = a_next; }

The anti dependence then runs forward. (Node splitting.)
"""

from __future__ import annotations

from collections.abc import Iterator

from pycparser import c_ast

from vecassist.propose.access import Access, Atom
from vecassist.propose.affine import linear
from vecassist.propose.dependence import conflicts
from vecassist.propose.loops import remake, span
from vecassist.propose.nest import Place
from vecassist.propose.nodes import Node, declare, fresh, ident, subscripted, transform
from vecassist.propose.rules.base import Rule


def preload(place: Place) -> Iterator[list[Node]]:
    body = place.atoms()
    late = _late_reads(place, body)
    if not late:
        return
    loads: list[Node] = []
    made = place.loop.body
    taken = place.taken()
    for access in late:
        base = place.element(access.name)
        if base is None:
            return
        name = fresh(f"{access.name}_next", taken)
        taken.add(name)
        found: list[Node] = []
        made = [_swap(node, access, name, place, found) for node in made]
        if not found:
            return
        loads.append(declare(base, name, found[0]))
    yield [remake(place.loop, [*loads, *made])]


def _late_reads(place: Place, body: tuple[Atom, ...]) -> list[Access]:
    """Reads of old values that come after the store which would overwrite them some iterations later."""
    outer = tuple(span(o, place.constants) for o in place.outer)
    here = place.range
    edges = place.graph(body)
    writes = [a for atom in body for a in atom.accesses if a.write and a.subscripts]
    found: list[Access] = []
    for edge in edges:
        if not edge.carried or edge.kind != "anti" or edge.before < edge.after:
            continue
        atom = body[edge.source]
        reads = [
            a for a in atom.accesses if a.position == edge.before and a.name == edge.name and not a.write
        ]
        for access in reads:
            if access.inner or atom.guards or not access.subscripts or None in access.subscripts:
                continue
            if any("=" in conflicts(access, w, here, outer) for w in writes if w.name == access.name):
                continue
            if all((a.name, a.subscripts) != (access.name, access.subscripts) for a in found):
                found.append(access)
    return [a for a in found if any(f is not None and f.coefficient(here.index) for f in a.subscripts)]


def _swap(node: Node, access: Access, name: str, place: Place, found: list[Node]) -> Node:
    def visit(part: Node) -> Node | None:
        where = subscripted(part)
        if where is None or where[0] != access.name:
            return None
        if tuple(linear(s, place.constants) for s in where[1]) != access.subscripts:
            return None
        found.append(part)
        return ident(name)

    if isinstance(node, c_ast.Assignment):
        right = transform(node.rvalue, visit)
        return c_ast.Assignment(node.op, node.lvalue, right)
    return transform(node, visit)


PRELOAD = Rule("VA003", "read old elements before they are overwritten", preload, again=True)

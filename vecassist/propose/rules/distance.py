"""VA017: a recurrence over a known distance runs in groups of that many independent iterations.

for (i = 4; i < n; i++) a[i] = a[i - 4] + b[i];
-->
for (; n - i >= 4; i += 4) for (k = i; k < i + 4; k++) a[k] = a[k - 4] + b[k];
for (; i < n; i++) a[i] = a[i - 4] + b[i];
"""

from __future__ import annotations

from collections.abc import Iterator

from vecassist.propose.access import Access, Atom
from vecassist.propose.affine import add
from vecassist.propose.affine import place as put
from vecassist.propose.dependence import least_distance
from vecassist.propose.loops import count, index_type, span
from vecassist.propose.nest import Place, innermost
from vecassist.propose.nodes import Node, ident
from vecassist.propose.rules.base import Rule
from vecassist.propose.rules.grouped import grouped


def distance(place: Place) -> Iterator[list[Node]]:
    loop = place.loop
    if loop.step != 1 or loop.relation not in ("<", "<=") or not innermost(loop):
        return
    body = place.atoms()
    outer = tuple(span(o, place.constants) for o in place.outer)
    least: int | None = None
    for edge in place.graph(body):
        if not edge.carried or edge.kind == "anti":
            continue
        first = _at(body[edge.source], edge.before, edge.name)
        second = _at(body[edge.target], edge.after, edge.name)
        if first is None or second is None or not first.subscripts:
            return
        gap = least_distance(first, second, place.range, outer)
        least = gap if least is None or gap is None else min(least, gap)
        if least is None or least < 4:
            return
    if least is None or least > 64:
        return
    size = 1 << (least.bit_length() - 1)
    inner = place.fresh("k")
    kind = index_type(loop) or place.element(loop.index) or "int"
    each = [put(node, {loop.index: ident(inner)}) for node in loop.body]
    group = count(inner, ident(loop.index), add(ident(loop.index), size), each, kind)
    yield grouped(place, size, [group])


def _at(atom: Atom, position: int, name: str) -> Access | None:
    return next((a for a in atom.accesses if a.position == position and a.name == name), None)


DISTANCE = Rule("VA017", "groups within the distance of a recurrence", distance)

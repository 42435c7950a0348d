"""VA008: move a condition around an inner loop into that loop, so that the loops can be exchanged.

for (i) if (c[i]) for (j) S  -->  for (i) for (j) if (c[i]) S
"""

from __future__ import annotations

from collections.abc import Iterator

from pycparser import c_ast

from vecassist.propose.access import accesses
from vecassist.propose.dependence import conflicts
from vecassist.propose.loops import counted, remake, span
from vecassist.propose.nest import Place
from vecassist.propose.nodes import Node, single, statements
from vecassist.propose.rules.base import Rule


def sink(place: Place) -> Iterator[list[Node]]:
    body = place.loop.body
    if len(body) != 1 or not isinstance(body[0], c_ast.If) or body[0].iffalse is not None:
        return
    guard = body[0]
    inside = statements(guard.iftrue)
    inner = counted(inside[0]) if len(inside) == 1 else None
    if inner is None:
        return
    reads = accesses(c_ast.If(guard.cond, c_ast.EmptyStatement(), None), place.constants, place.nest.pure)
    stores = [a for a in accesses(inside[0], place.constants, place.nest.pure) if a.write]
    outer = tuple(span(o, place.constants) for o in place.outer)
    if any("=" in conflicts(r, s, place.range, outer) for r in reads for s in stores if r.name == s.name):
        return
    yield [remake(place.loop, [remake(inner, [c_ast.If(guard.cond, single(inner.body), None)])])]


SINK = Rule("VA008", "move a condition into the inner loop", sink, again=True)

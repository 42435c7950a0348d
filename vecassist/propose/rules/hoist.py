"""VA016: an inner loop that computes the same each time is run once, before the outer loop.

for (i) { for (j) a[j] = 1 - a[j - 1]; for (j) b[j][i] = a[j]; }
-->
for (j) a[j] = 1 - a[j - 1]; for (i) for (j) b[j][i] = a[j];
"""

from __future__ import annotations

from collections.abc import Iterator

from pycparser import c_ast

from vecassist.propose.access import Access, accesses
from vecassist.propose.dependence import conflicts
from vecassist.propose.loops import Loop, Range, counted, remake, runs, span
from vecassist.propose.nest import Place
from vecassist.propose.nodes import Node, binary, names, single
from vecassist.propose.rules.base import Rule


def hoist(place: Place) -> Iterator[list[Node]]:
    loop = place.loop
    if len(loop.body) < 2:
        return
    first, rest = loop.body[0], loop.body[1:]
    inner = counted(first)
    if inner is None or loop.index in names(first) or len(inner.body) != 1:
        return
    mine = accesses(first, place.constants, place.nest.pure)
    touched = {a.name for a in mine}
    others = [a for node in rest for a in accesses(node, place.constants, place.nest.pure)]
    if any(a.write and a.name in touched for a in others) or not _settles(place, inner):
        return
    made = [first, remake(loop, rest)]
    if runs(loop, place.constants):
        yield made
    else:
        yield [c_ast.If(binary(loop.relation, loop.lower, loop.limit), single(made), None)]


def _settles(place: Place, inner: Loop) -> bool:
    """Whether running the loop again changes nothing: it reads nothing that it writes afterwards."""
    found = accesses(inner.body[0], place.constants, place.nest.pure)
    writes = [a for a in found if a.write]
    if not all(a.subscripts for a in writes):
        return False
    here = span(inner, place.constants)
    return not any(_later(read, write, here) for read in found if not read.write for write in writes)


def _later(read: Access, write: Access, here: Range) -> bool:
    return read.name == write.name and bool({"<", "="} & conflicts(read, write, here))


HOIST = Rule("VA016", "run an unchanging inner loop once", hoist)

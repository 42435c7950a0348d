"""VA022: go over a plane diagonal by diagonal where each element needs its neighbours above and to the left.

for (j = 1..9) for (i = 1..9) a[j][i] = a[j][i - 1] + a[j - 1][i];
-->
for (d = 2..18) for (j = the rows on diagonal d) a[j][d - j] = a[j][d - j - 1] + a[j - 1][d - j];

The elements of one diagonal do not need each other. (Loop skewing.)
"""

from __future__ import annotations

from collections.abc import Iterator

from pycparser import c_ast

from vecassist.propose.affine import Linear, expression, linear, symbol
from vecassist.propose.affine import place as put
from vecassist.propose.loops import Loop, count, counted, final, index_type, trip
from vecassist.propose.nest import Place, innermost
from vecassist.propose.nodes import Node, binary, ident, subscripted
from vecassist.propose.rules.base import Rule


def wavefront(place: Place) -> Iterator[list[Node]]:
    outer = place.loop
    inner = counted(outer.body[0]) if len(outer.body) == 1 else None
    if inner is None or not innermost(inner) or outer.step != 1 or inner.step != 1 or len(inner.body) != 1:
        return
    store = inner.body[0]
    if not isinstance(store, c_ast.Assignment) or subscripted(store.lvalue) is None:
        return
    deep = Place(place.nest, inner, (*place.outer, outer))
    across = any(e.carried and e.kind == "flow" for e in place.graph(place.atoms()))
    along = any(e.carried and e.kind == "flow" for e in deep.graph(deep.atoms()))
    ends = [_ends(loop, place) for loop in (outer, inner)]
    if not across or not along or None in ends or outer.declared is None:
        return
    yield [_skewed(place, inner, store, *[end for end in ends if end is not None])]


def _ends(loop: Loop, place: Place) -> tuple[Linear, Linear] | None:
    """First and last value, where the number of iterations is a constant."""
    low, high = linear(loop.lower), linear(final(loop))
    if low is None or high is None or trip(loop, place.constants) is None:
        return None
    return low, high


def _skewed(
    place: Place, inner: Loop, store: Node, rows: tuple[Linear, Linear], columns: tuple[Linear, Linear]
) -> Node:
    outer = place.loop
    name = place.fresh("d")
    kind = index_type(outer) or "int"
    diagonal = symbol(name)
    early = rows[0].plus(columns[1]).plus(1)
    late = rows[1].plus(columns[0])
    first = _chosen(name, early, rows[0], diagonal.minus(columns[1]))
    past = _chosen(name, late, diagonal.minus(columns[0]).plus(1), rows[1].plus(1))
    body = put(store, {inner.index: binary("-", ident(name), ident(outer.index))})
    row = count(outer.index, first, past, [body], kind)
    whole = rows[1].plus(columns[1]).plus(1)
    return count(name, expression(rows[0].plus(columns[0])), expression(whole), [row], kind)


def _chosen(name: str, bound: Linear, small: Linear, large: Linear) -> Node:
    return c_ast.TernaryOp(binary("<", ident(name), expression(bound)), expression(small), expression(large))


WAVEFRONT = Rule("VA022", "diagonal by diagonal", wavefront)

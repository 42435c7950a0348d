"""VA007: exchange two perfectly nested loops, triangular ones included.

for (i) for (j) a[j][i] = a[j - 1][i];  -->  for (j) for (i) a[j][i] = a[j - 1][i];
for (i = 0; i < n; i++) for (j = i; j < n; j++) S  -->  for (j = 0; j < n; j++) for (i = 0; i <= j; i++) S
"""

from __future__ import annotations

from collections.abc import Iterator

from vecassist.propose.access import accesses
from vecassist.propose.affine import Linear, expression, symbol
from vecassist.propose.dependence import certainly_at_most, meet_across
from vecassist.propose.loops import Loop, counted, final, remake, span
from vecassist.propose.nest import Place
from vecassist.propose.nodes import Node, block
from vecassist.propose.rules.base import Rule


def interchange(place: Place) -> Iterator[list[Node]]:
    outer = place.loop
    if len(outer.body) != 1:
        return
    inner = counted(outer.body[0])
    if inner is None or not _legal(place, inner):
        return
    headers = _headers(place, inner)
    if headers is not None:
        first, second = headers
        yield [_with_bounds(inner, first, [_with_bounds(outer, second, inner.body)])]


def _legal(place: Place, inner: Loop) -> bool:
    found = accesses(block(inner.body), place.constants, place.nest.pure)
    written = {a.name for a in found if a.write}
    around = tuple(span(o, place.constants) for o in place.outer)
    here, deep = place.range, span(inner, place.constants)
    for a in found:
        for b in found:
            if a.name != b.name or not (a.write or b.write) or a.name not in written:
                continue
            if not a.subscripts:
                return False
            if meet_across(a, b, here, deep, around):
                return False
    return True


Bounds = tuple[Node, Node] | None


def _headers(place: Place, inner: Loop) -> tuple[Bounds, Bounds] | None:
    """New (first, last) of the loops after the exchange, None for a loop that keeps its own header."""
    outer = place.loop
    low, high = _ends(inner)
    if low is None or high is None:
        return None if _mentions(inner, outer.index) else (None, None)
    by_low, by_high = low.coefficient(outer.index), high.coefficient(outer.index)
    if not by_low and not by_high:
        return None, None
    if outer.step != 1 or inner.step != 1 or (by_low and by_high) or (by_low or by_high) != 1:
        return None
    start, end = _ends(outer)
    if start is None or end is None:
        return None
    across = symbol(inner.index)
    if by_low:
        offset = low.without(outer.index)
        new_low, new_high = start.plus(offset), high
        bound = across.minus(offset)
        if not _below(place, bound, end, across, new_low, new_high):
            return None
        return (expression(new_low), expression(new_high)), (expression(start), expression(bound))
    offset = high.without(outer.index)
    new_low, new_high = low, end.plus(offset)
    bound = across.minus(offset)
    if not _below(place, start, bound, across, new_low, new_high):
        return None
    return (expression(new_low), expression(new_high)), (expression(bound), expression(end))


def _below(place: Place, small: Linear, large: Linear, across: Linear, low: Linear, high: Linear) -> bool:
    return certainly_at_most(small, large, across.symbols[0], low, high, place.constants)


def _ends(loop: Loop) -> tuple[Linear | None, Linear | None]:
    from vecassist.propose.affine import linear

    return linear(loop.lower), linear(final(loop))


def _mentions(inner: Loop, name: str) -> bool:
    from vecassist.propose.nodes import names

    return name in names(inner.lower) | names(inner.limit)


def _with_bounds(loop: Loop, bounds: Bounds, body: list[Node]) -> Node:
    if bounds is None:
        return remake(loop, body)
    from vecassist.propose.affine import add, linear

    first, last = bounds
    past = add(last, 1)
    form = linear(past)
    if loop.relation == "<" or (form is not None and form.const == 0):
        return remake(loop, body, lower=first, limit=past, relation="<")
    return remake(loop, body, lower=first, limit=last)


INTERCHANGE = Rule("VA007", "exchange two nested loops", interchange, again=True)

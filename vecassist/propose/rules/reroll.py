"""VA012: roll a loop that was unrolled by hand back up.

for (i = 0; i < 9; i += 3) { a[i] = 0; a[i + 1] = 0; a[i + 2] = 0; }  -->  for (i = 0; i < 9; i++) a[i] = 0;
"""

from __future__ import annotations

from collections.abc import Iterator

from pycparser import c_ast

from vecassist.propose.affine import add, expression, linear
from vecassist.propose.affine import place as put
from vecassist.propose.loops import beyond, remake, trip
from vecassist.propose.nest import Place, innermost
from vecassist.propose.nodes import Node, binary, ident, number, text
from vecassist.propose.rules.base import Rule


def reroll(place: Place) -> Iterator[list[Node]]:
    loop = place.loop
    many, body = loop.step, loop.body
    if many < 2 or not innermost(loop) or not body or len(body) % many:
        return
    group = len(body) // many
    first = body[:group]
    for turn in range(1, many):
        ahead = {loop.index: add(ident(loop.index), turn)}
        for sample, node in zip(first, body[turn * group :], strict=False):
            if text(put(sample, ahead)) != text(put(node, {loop.index: add(ident(loop.index), 0)})):
                return
    limit = _limit(place, many)
    if limit is not None:
        relation = "<" if limit is not loop.limit else loop.relation
        yield [remake(loop, first, limit=limit, relation=relation, step=1)]


def _limit(place: Place, many: int) -> Node | None:
    """Where the rerolled loop ends: the old one always makes whole groups."""
    loop = place.loop
    low, high = linear(loop.lower), linear(beyond(loop))
    turns = trip(loop, place.constants)
    if low is None or high is None:
        return None
    if turns is not None:
        known = linear(beyond(loop), place.constants)
        start = linear(loop.lower, place.constants)
        exact = start.plus(turns * many) if start is not None else None
        if exact is not None and known is not None and exact == known:
            return beyond(loop)
        return expression(exact) if exact is not None else None
    length = high.minus(low).plus(many - 1)
    whole = binary("*", binary("/", expression(length), number(many)), number(many))
    grouped = whole if low.constant == 0 else binary("+", expression(low), whole)
    return c_ast.TernaryOp(binary(loop.relation, loop.lower, loop.limit), grouped, loop.lower)


REROLL = Rule("VA012", "roll up a loop unrolled by hand", reroll)

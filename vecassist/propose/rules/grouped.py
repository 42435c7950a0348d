"""The frame of rules that take a fixed number of iterations at a time and leave the rest to the original loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pycparser import c_ast

from vecassist.propose.affine import add, linear
from vecassist.propose.loops import Loop, index_type, stepping
from vecassist.propose.nest import Place
from vecassist.propose.nodes import Node, assign, binary, block, declare, ident, number


def grouped(place: Place, size: int, body: Sequence[Node]) -> list[Node]:
    """`body` for each `size` iterations that begin at the index, then the original loop for what is left.

    For upward loops with step 1. The test for enough iterations cannot overflow where the original does not.
    """
    loop = place.loop
    index = ident(loop.index)
    main = c_ast.For(
        None, enough(loop, index, size, place.constants), stepping(loop.index, size), block(body)
    )
    tail = c_ast.For(None, loop.node.cond, loop.node.next, loop.node.stmt)
    if loop.declared is None:
        return [assign(index, loop.lower), main, tail]
    return [block([declare(index_type(loop) or "int", loop.index, loop.lower), main, tail])]


def enough(loop: Loop, index: Node, size: int, constants: Mapping[str, int]) -> Node:
    """Whether `size` iterations of an upward loop with step 1 are left from `index` on, in an order of operations
    that cannot overflow where the loop itself does not."""
    least = size if loop.relation == "<" else size - 1
    low, high = linear(loop.lower, constants), linear(loop.limit, constants)
    if high is not None and high.constant is not None:
        return binary("<=", index, add(loop.limit, -least))
    if low is not None and low.constant == 0:
        return binary(">=", binary("-", loop.limit, index), number(least))
    large = binary(">=", loop.limit, number(least))
    return binary("&&", large, binary("<=", index, add(loop.limit, -least)))

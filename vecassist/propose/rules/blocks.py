"""VA013: test a block of iterations at once for the rare condition, and go one by one only where it holds.

    for (i) { if (a[i] > t) { where = i; break; } }
    -->
    for (; n - i >= 64; i += 64) {
        int found = 0;
        for (k = i; k < i + 64; k++) found |= a[k] > t;
        if (found) break;
    }
    for (; i < n; i++) { if (a[i] > t) { where = i; break; } }

The same for a running extremum: while no element of the block exceeds it, the block changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pycparser import c_ast

from vecassist.propose.access import Opaque, accesses, plain
from vecassist.propose.affine import add
from vecassist.propose.affine import place as put
from vecassist.propose.loops import assigned, count, index_type
from vecassist.propose.nest import Place, innermost, written_arrays
from vecassist.propose.nodes import (
    Node,
    assign,
    block,
    declare,
    ident,
    names,
    number,
    statements,
    subscripted,
    walk,
)
from vecassist.propose.rules.base import Rule
from vecassist.propose.rules.grouped import grouped

SIZE = 64
"""Iterations that are tested together."""


def blocks(place: Place) -> Iterator[list[Node]]:
    loop = place.loop
    if loop.step != 1 or not innermost(loop) or loop.relation not in ("<", "<="):
        return
    rare = [node for node in loop.body if isinstance(node, c_ast.If) and _rare(place, node)]
    if len(rare) != 1:
        return
    guard = rare[0]
    rest = [node for node in loop.body if node is not guard]
    if not all(_visible(place, node) for node in rest):
        return
    moved = assigned(loop.node.stmt) | written_arrays(loop.node.stmt)
    inside = assigned(guard) | written_arrays(guard)
    leaves = not plain(guard) or bool(rest)
    if leaves and not all(place.extents(name) for name in _arrays(guard.cond)):
        return
    fixed = not (names(guard.cond) & (moved - (set[str]() if rest else inside)))
    if fixed and (not rest or not (names(block(rest)) & assigned(guard))):
        yield _blocked(place, guard.cond, rest, leaves)


def _arrays(node: Node) -> set[str]:
    """Arrays that a condition reads. Beyond the exit only those of known size may be looked at."""
    found = (subscripted(part) for part in walk(node))
    return {where[0] for where in found if where is not None}


def _rare(place: Place, guard: c_ast.If) -> bool:
    """Conditions that leave the loop, call something, or update the extremum that they compare with."""
    if guard.iffalse is not None or not _visible(place, c_ast.If(guard.cond, c_ast.EmptyStatement(), None)):
        return False
    if not all(plain(node) and _visible(place, node) for node in statements(guard.iftrue)):
        return True
    return bool(names(guard.cond) & assigned(guard.iftrue))


def _visible(place: Place, node: Node) -> bool:
    try:
        accesses(node, place.constants, place.nest.pure)
    except Opaque:
        return False
    return True


def _blocked(place: Place, cond: Node, rest: Sequence[Node], leaves: bool) -> list[Node]:
    loop = place.loop
    name, inner = place.fresh("found"), place.fresh("k")
    kind = index_type(loop) or place.element(loop.index) or "int"
    each = {loop.index: ident(inner)}
    end = add(ident(loop.index), SIZE)
    test = assign(ident(name), put(cond, each), "|=")
    body: list[Node] = [
        declare("int", name, number(0)),
        count(inner, ident(loop.index), end, [test], kind),
    ]
    if leaves:
        body.append(c_ast.If(ident(name), c_ast.Break(), None))
        if rest:
            body.append(count(inner, ident(loop.index), end, [put(node, each) for node in rest], kind))
    else:
        slow = count(inner, ident(loop.index), end, [put(node, each) for node in loop.body], kind)
        body.append(c_ast.If(ident(name), slow, None))
    return grouped(place, SIZE, body)


BLOCKS = Rule("VA013", "test blocks of iterations for the rare case", blocks)

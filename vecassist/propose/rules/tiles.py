"""VA020: work in tiles of 16 by 16 elements where an array is read across the way that another is written.

    for (i) for (j < i) a[i][j] = a[j][i] + b[i][j];
    -->
    for (i0) {
        for (j0 < i0) {
            float tile[16][16];
            for (j) for (i) tile[i][j] = a[j0 + j][i0 + i];
            for (i) for (j) a[i0 + i][j0 + j] = tile[i][j] + b[i0 + i][j0 + j];
        }
        for (i = i0 .. i0 + 15) for (j = i0; j < i; j++) a[i][j] = a[j][i] + b[i][j];
    }

A cache line that is fetched for one element of a column then serves 16 of them, and the second pair of loops runs
along rows only. Rectangular nests get a tail along both sides instead of the diagonal.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pycparser import c_ast

from vecassist.propose.affine import Linear, add, linear
from vecassist.propose.affine import place as put
from vecassist.propose.loops import Loop, beyond, count, counted, index_type, remake, stepping, trip
from vecassist.propose.nest import Place
from vecassist.propose.nodes import (
    Node,
    array,
    assign,
    binary,
    block,
    declare,
    fresh,
    ident,
    number,
    same,
    subscripted,
    text,
    transform,
    walk,
)
from vecassist.propose.rules.base import Rule
from vecassist.propose.rules.grouped import enough, grouped

SIZE = 16
"""Elements along each side of a tile: one cache line of floats."""


def tiles(place: Place) -> Iterator[list[Node]]:
    outer = place.loop
    inner = counted(outer.body[0]) if len(outer.body) == 1 else None
    if inner is None or len(inner.body) != 1 or outer.step != 1 or inner.step != 1:
        return
    store = inner.body[0]
    if not isinstance(store, c_ast.Assignment) or not _along(place, store.lvalue, outer, inner):
        return
    across = _across(place, store.rvalue, outer, inner)
    if len(across) != 1:
        return
    tile = _Tile(place, inner, store, across[0])
    limit, low = linear(inner.limit, place.constants), linear(inner.lower, place.constants)
    if limit is not None and low is not None and not limit.minus(low).coefficient(outer.index):
        # In place, a later tile would read what an earlier one has stored.
        if _name(across[0]) != _name(store.lvalue):
            yield _rectangle(place, inner, tile)
    elif (
        text(inner.limit) == outer.index and inner.relation == "<" and text(inner.lower) == text(outer.lower)
    ):
        turns = trip(outer, place.constants)
        if turns is not None and turns % SIZE == 0 and outer.declared is not None:
            yield [_triangle(place, inner, tile)]


def _along(place: Place, target: Node, outer: Loop, inner: Loop) -> bool:
    """Whether consecutive iterations of the inner loop store to consecutive elements of a row of its own."""
    forms = _forms(place, target)
    return (
        bool(forms)
        and forms[-1].coefficient(inner.index) == 1
        and any(form.coefficient(outer.index) for form in forms)
    )


def _name(node: Node) -> str:
    where = subscripted(node)
    return "" if where is None else where[0]


def _forms(place: Place, node: Node) -> list[Linear]:
    """The subscripts of an element, [] unless all are linear."""
    where = subscripted(node)
    forms = [] if where is None else [linear(s, place.constants) for s in where[1]]
    known = [form for form in forms if form is not None]
    return known if len(known) == len(forms) else []


def _across(place: Place, value: Node, outer: Loop, inner: Loop) -> list[Node]:
    """Elements that are read along the outer loop."""
    found: list[Node] = []
    for node in walk(value):
        forms = _forms(place, node)
        if not forms or forms[-1].coefficient(outer.index) != 1:
            continue
        strides = [form.coefficient(inner.index) for form in forms]
        if any(strides) and strides[-1] not in (1, -1) and not any(same(node, one) for one in found):
            found.append(node)
    return found


def _triangle(place: Place, inner: Loop, tile: _Tile) -> Node:
    outer = place.loop
    taken = place.taken()
    row, column = fresh(f"{outer.index}0", taken), fresh(f"{inner.index}0", taken)
    kind = index_type(outer) or "int"
    body = tile.loops((row, column), (outer.index, inner.index))
    whole = _stepped(count(column, outer.lower, ident(row), body, kind), column)
    corner = remake(
        outer, [remake(inner, lower=ident(row))], lower=ident(row), limit=add(ident(row), SIZE), relation="<"
    )
    return _stepped(count(row, outer.lower, beyond(outer), [whole, corner], kind), row)


def _stepped(loop: Node, index: str) -> Node:
    assert isinstance(loop, c_ast.For)
    return c_ast.For(loop.init, loop.cond, stepping(index, SIZE), loop.stmt)


def _rectangle(place: Place, inner: Loop, tile: _Tile) -> list[Node]:
    outer = place.loop
    taken = place.taken()
    column, row = fresh(f"{inner.index}0", taken), fresh("r", taken)
    across = fresh("c", [*taken, row])
    kind = index_type(inner) or "int"
    body = tile.loops((outer.index, column), (row, across))
    turns = trip(inner, place.constants)
    if turns is not None and turns % SIZE == 0:
        return grouped(place, SIZE, [_stepped(count(column, inner.lower, beyond(inner), body, kind), column)])
    whole = c_ast.For(
        None, enough(inner, ident(column), SIZE, place.constants), stepping(column, SIZE), block(body)
    )
    left = [put(tile.store, {outer.index: ident(row), inner.index: ident(across)})]
    tail = count(across, ident(column), beyond(inner), left, kind)
    rows = count(row, ident(outer.index), add(ident(outer.index), SIZE), [tail], kind)
    return grouped(place, SIZE, [declare(kind, column, inner.lower), whole, rows])


@dataclass(frozen=True, slots=True)
class _Tile:
    """A store of a nest, and the element read across for it that a tile holds."""

    place: Place
    inner: Loop
    store: c_ast.Assignment
    read: Node

    def loops(self, base: tuple[str, str], counters: tuple[str, str]) -> list[Node]:
        """The tile, the loops that fill it and those that use it; base: its first row and column."""
        outer, inner = self.place.loop, self.inner
        where = subscripted(self.read)
        spelled = self.place.element(where[0]) if where is not None else None
        name = self.place.fresh("tile")
        row, column = counters
        kind = index_type(outer) or "int"
        cell = array(name, [ident(row), ident(column)])
        at = {
            outer.index: binary("+", ident(base[0]), ident(row)),
            inner.index: binary("+", ident(base[1]), ident(column)),
        }

        def visit(node: Node) -> Node | None:
            if isinstance(node, c_ast.ArrayRef):
                return cell if same(node, self.read) else put(node, at)
            return put(node, at) if isinstance(node, c_ast.ID) and node.name in at else None

        load = assign(cell, put(self.read, at))
        moved = c_ast.Assignment(
            self.store.op, put(self.store.lvalue, at), transform(self.store.rvalue, visit)
        )
        size = number(SIZE)
        return [
            square(spelled or "float", name, SIZE),
            count(column, number(0), size, [count(row, number(0), size, [load], kind)], kind),
            count(row, number(0), size, [count(column, number(0), size, [moved], kind)], kind),
        ]


def square(spelled: str, name: str, size: int) -> Node:
    """`spelled name[size][size];`"""
    row = declare(spelled, name, None, size)
    assert isinstance(row, c_ast.Decl)
    return c_ast.Decl(name, [], [], [], [], c_ast.ArrayDecl(row.type, number(size), []), None, None)


TILES = Rule("VA020", "tiles where an array is read across", tiles)

"""VA021: 16 rows side by side, where each row is a chain that must keep its order.

    for (j) for (i = 1; i < m; i++) y[j][i] = y[j][i - 1] * c + x[j][i];
    -->
    for (j by 16) {
        float last[16];
        for (i by 16) {
            float tile[16][16];
            for (r) last[r] = y[j + r][i - 1];
            for (r) for (c) tile[c][r] = x[j + r][i + c];
            for (c) for (r) { last[r] = last[r] * c + tile[c][r]; tile[c][r] = last[r]; }
            for (r) for (c) y[j + r][i + c] = tile[c][r];
        }
        ...
    }

    for (j) { s = 0; for (i) s += x[j][i]; y[j] = s; }
    -->
    the same with a sum for each of the 16 rows.

Unroll and jam, with rows turned into columns a tile at a time: each row's operations keep their order, so every
bit is kept, and 16 independent chains hide each other's latency.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pycparser import c_ast

from vecassist.propose.affine import Linear, add, linear
from vecassist.propose.affine import place as put
from vecassist.propose.loops import Loop, beyond, count, counted, index_type, stepping
from vecassist.propose.nest import Place, declared, innermost
from vecassist.propose.nodes import (
    Node,
    array,
    assign,
    binary,
    block,
    declare,
    fresh,
    ident,
    names,
    number,
    same,
    subscripted,
    transform,
    walk,
)
from vecassist.propose.rules.base import Rule
from vecassist.propose.rules.grouped import enough, grouped
from vecassist.propose.rules.tiles import square

SIZE = 16
MOST = 3
"""Tiles of a nest: each takes a kilobyte of stack for floats."""


@dataclass(frozen=True, slots=True)
class _Chain:
    """What each row computes.

    value    the next value of the chain
    last     the node in it that stands for the one before: an element or a scalar
    start    the chain's first value, None where it is the element before the first
    target   where each value goes, None where only the last is used
    finish   statements that use the last value
    """

    inner: Loop
    value: Node
    last: Node
    start: Node | None
    target: Node | None
    finish: tuple[Node, ...]


def jam(place: Place) -> Iterator[list[Node]]:
    outer = place.loop
    if outer.step != 1 or outer.relation not in ("<", "<="):
        return
    chain = _recurrence(place) or _accumulation(place)
    if chain is None or chain.inner.step != 1 or chain.inner.relation not in ("<", "<="):
        return
    if any(edge.carried and edge.name not in names(chain.last) for edge in place.graph(place.atoms())):
        return
    if chain.target is not None and any(edge.carried for edge in place.graph(place.atoms())):
        return
    across = _rows(place, chain)
    if across is not None and len(across) <= MOST:
        yield _jammed(place, chain, across)


def _recurrence(place: Place) -> _Chain | None:
    """Rows of elements each of which needs the one before it."""
    body = place.loop.body
    inner = counted(body[0]) if len(body) == 1 else None
    if inner is None or not innermost(inner) or len(inner.body) != 1:
        return None
    store = inner.body[0]
    if not isinstance(store, c_ast.Assignment) or subscripted(store.lvalue) is None:
        return None
    value = store.rvalue if store.op == "=" else binary(store.op[:-1], store.lvalue, store.rvalue)
    before = put(store.lvalue, {inner.index: add(ident(inner.index), -1)})
    if not any(subscripted(node) is not None and same(node, before) for node in walk(value)):
        return None
    return _Chain(inner, value, before, None, store.lvalue, ())


def _accumulation(place: Place) -> _Chain | None:
    """A scalar that starts anew for each row and is used after it."""
    body = place.loop.body
    inner = counted(body[1]) if len(body) >= 3 else None
    if inner is None or not innermost(inner) or len(inner.body) != 1:
        return None
    first, step = body[0], inner.body[0]
    name, start = "", None
    if isinstance(first, c_ast.Decl):
        name, start = first.name, first.init
    elif isinstance(first, c_ast.Assignment) and first.op == "=" and isinstance(first.lvalue, c_ast.ID):
        name, start = first.lvalue.name, first.rvalue
    if start is None or not isinstance(step, c_ast.Assignment) or not isinstance(step.lvalue, c_ast.ID):
        return None
    if step.lvalue.name != name or (name not in declared(place.loop.node) and place.escapes(name)):
        return None
    if {place.loop.index} & (names(inner.lower) | names(inner.limit)):
        return None
    finish = body[2:]
    if not all(isinstance(n, c_ast.Assignment) and subscripted(n.lvalue) is not None for n in finish):
        return None
    value = step.rvalue if step.op == "=" else binary(step.op[:-1], step.lvalue, step.rvalue)
    return _Chain(inner, value, ident(name), start, None, tuple(finish))


def _forms(place: Place, node: Node) -> tuple[Linear | None, ...]:
    where = subscripted(node)
    return () if where is None else tuple(linear(s, place.constants) for s in where[1])


def _rows(place: Place, chain: _Chain) -> list[Node] | None:
    """The elements that each row reads along itself; None where some are read in a way that is not understood."""
    found: list[Node] = []
    for node in walk(chain.value):
        forms = _forms(place, node)
        if not forms or same(node, chain.last):
            continue
        if any(form is None for form in forms):
            return None
        by_row = [form.coefficient(place.loop.index) for form in forms if form is not None]
        by_column = [form.coefficient(chain.inner.index) for form in forms if form is not None]
        if not any(by_row) or not any(by_column) or by_row[-1] == 1:
            continue
        if by_column[-1] != 1:
            return None
        if not any(same(node, one) for one in found):
            found.append(node)
    return found


def _jammed(place: Place, chain: _Chain, across: Sequence[Node]) -> list[Node]:
    outer, inner = place.loop, chain.inner
    taken = place.taken()
    chosen: list[str] = []
    for wish in ("last", "r", "c", f"{inner.index}0"):
        chosen.append(fresh(wish, [*taken, *chosen]))
    last, row, column, start = chosen
    kind = index_type(outer) or place.element(outer.index) or "int"
    side = index_type(inner) or place.element(inner.index) or "int"
    held = across or ([chain.target] if chain.target is not None else [])
    tile = {n: fresh(f"tile{n}" if n else "tile", taken) for n in range(len(held))}
    size = number(SIZE)
    lane = array(last, [ident(row)])

    def at(col: Node) -> dict[str, Node]:
        return {outer.index: binary("+", ident(outer.index), ident(row)), inner.index: col}

    def cell(number_of: int) -> Node:
        return array(tile[number_of], [ident(column), ident(row)])

    def rows(body: list[Node]) -> Node:
        return count(row, number(0), size, body, kind)

    def columns(body: list[Node]) -> Node:
        return count(column, number(0), size, body, side)

    def moved(node: Node, col: Node, tiled: bool) -> Node:
        def visit(part: Node) -> Node | None:
            if same(part, chain.last) and type(part) is type(chain.last):
                return lane
            if isinstance(part, c_ast.ArrayRef):
                for number_of, read in enumerate(across if tiled else ()):
                    if same(part, read):
                        return cell(number_of)
                return put(part, at(col))
            return at(col)[part.name] if isinstance(part, c_ast.ID) and part.name in at(col) else None

        return transform(node, visit)

    here = binary("+", ident(start), ident(column))
    inside: list[Node] = [square(_kind(place, node), tile[n], SIZE) for n, node in enumerate(held)]
    if chain.target is not None:
        inside.append(rows([assign(lane, put(chain.last, at(ident(start))))]))
    for number_of, read in enumerate(across):
        inside.append(rows([columns([assign(cell(number_of), put(read, at(here)))])]))
    work: list[Node] = [assign(lane, moved(chain.value, here, True))]
    if chain.target is not None:
        work.append(assign(cell(0), lane))
    inside.append(columns([rows(work)]))
    if chain.target is not None:
        inside.append(rows([columns([assign(put(chain.target, at(here)), cell(0))])]))
    whole = c_ast.For(
        None, enough(inner, ident(start), SIZE, place.constants), stepping(start, SIZE), block(inside)
    )
    spelled = _kind(place, chain.target) if chain.target is not None else _kind(place, chain.last)
    body: list[Node] = [declare(spelled, last, None, SIZE)]
    if chain.start is not None:
        body.append(rows([assign(lane, put(chain.start, at(ident(start))))]))
    body += [declare(side, start, inner.lower), whole]
    if chain.target is not None:
        limit = put(beyond(inner), at(ident(start)))
        store = put(inner.body[0], at(ident(column)))
        body.append(rows([count(column, ident(start), limit, [store], side)]))
    else:
        rest = rows([assign(lane, moved(chain.value, ident(start), False))])
        body.append(
            c_ast.For(None, binary(inner.relation, ident(start), inner.limit), stepping(start, 1), rest)
        )
    for node in chain.finish:
        assert isinstance(node, c_ast.Assignment)
        value = moved(node.rvalue, ident(start), False)
        body.append(rows([c_ast.Assignment(node.op, put(node.lvalue, at(ident(start))), value)]))
    return grouped(place, SIZE, body)


def _kind(place: Place, node: Node) -> str:
    where = subscripted(node)
    name = where[0] if where is not None else node.name if isinstance(node, c_ast.ID) else ""
    return place.element(name) or "float"


JAM = Rule("VA021", "16 rows side by side", jam)

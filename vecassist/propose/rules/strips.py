"""VA014: work in strips of 64 iterations and keep what statements hand to each other in a small buffer.

    for (i) { if (a[i] > 0) s = b[i]; c[i] = s * d[i]; }
    -->
    for (i0 = 0; i0 < n; i0 += 64) {
        float s_now[64];
        for (i = i0; i < i0 + 64; i++) { if (a[i] > 0) s = b[i]; s_now[i - i0] = s; }
        for (i = i0; i < i0 + 64; i++) c[i] = s_now[i - i0] * d[i];
    }

Scalar expansion and distribution at a fixed cost in memory. Arithmetic in a recurrence that does not depend on it
is split off in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from pycparser import c_ast

from vecassist.propose.access import Access, Atom
from vecassist.propose.affine import add, symbol
from vecassist.propose.affine import place as put
from vecassist.propose.dependence import components, private, serial
from vecassist.propose.loops import assigned, beyond, count, index_type, remake, trip
from vecassist.propose.nest import FLOATING, INTEGERS, Place, innermost, written_arrays
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
    substitute,
    text,
    transform,
    walk,
)
from vecassist.propose.rules.base import Rule
from vecassist.propose.rules.distribution import gathered, keep
from vecassist.propose.rules.grouped import grouped

SIZE = 64
"""Iterations in a strip: a few buffers stay within a kilobyte."""


def strips(place: Place) -> Iterator[list[Node]]:
    loop = place.loop
    if loop.step != 1 or not innermost(loop) or (loop.declared is None and place.escapes(loop.index)):
        return
    if place.outer and place.outer[-1].step > 1:
        return
    for body in (loop.body, _snapshots(place), _extracted(place), _copied(place)):
        if body is not None:
            yield from _expanded(place, body)


def _expanded(place: Place, body: list[Node]) -> Iterator[list[Node]]:
    atoms = place.atoms(body)
    wide = {n for n in assigned(block(body)) if private(n, atoms) and _declared_in(body, n)}
    if not wide or len(atoms) < 2:
        return
    virtual = [replace(atom, accesses=tuple(_widen(a, wide, place) for a in atom.accesses)) for atom in atoms]
    edges = place.graph(virtual)
    order = components(len(virtual), edges)
    plans = [gathered(order, edges), gathered(order, edges, _chooser(atoms))]
    for plan in plans if plans[0] != plans[1] else plans[:1]:
        crossing = sorted(n for n in wide if _groups_with(plan, atoms, n) > 1)
        mixed = any(not serial(group, edges) for group in plan)
        if len(plan) > 1 and crossing and mixed and len(crossing) <= 8:
            yield _strip(place, body, plan, atoms, crossing)


def _chooser(atoms: Sequence[Atom]) -> Callable[[int, int], bool]:
    """Tells a value computed early from the choice that uses it: in one loop, gcc would put it back there."""

    def apart(one: int, two: int) -> bool:
        made, used = atoms[one].node, atoms[two].node
        if not isinstance(made, c_ast.Decl) or made.init is None:
            return False
        early = any(isinstance(n, c_ast.BinaryOp) for n in walk(made.init))
        choices = [n for n in walk(used) if isinstance(n, c_ast.TernaryOp)]
        return early and any(made.name in names(arm) for n in choices for arm in (n.iftrue, n.iffalse))

    return apart


def _widen(access: Access, wide: set[str], place: Place) -> Access:
    if access.subscripts or access.name not in wide:
        return access
    return replace(access, subscripts=(symbol(place.loop.index),))


def _declared_in(body: Sequence[Node], name: str) -> bool:
    return any(isinstance(n, c_ast.Decl) and n.name == name and n.init is not None for n in body)


def _groups_with(plan: Sequence[Sequence[int]], atoms: Sequence[Atom], name: str) -> int:
    return sum(any(a.name == name for n in group for a in atoms[n].accesses) for group in plan)


def _strip(
    place: Place, body: list[Node], plan: Sequence[Sequence[int]], atoms: Sequence[Atom], crossing: list[str]
) -> list[Node]:
    loop = place.loop
    kind = index_type(loop) or place.element(loop.index) or "int"
    turns = trip(loop, place.constants)
    even = turns is not None and turns % SIZE == 0
    base = fresh(f"{loop.index}0", place.taken())
    origin = ident(base) if even else ident(loop.index)
    inner = ident(loop.index) if even else ident(fresh("k", place.taken()))
    cells = {name: array(name, [binary("-", inner, origin)]) for name in crossing}
    buffers: list[Node] = []
    for name in crossing:
        spelled = next(n.type.type.names for n in body if isinstance(n, c_ast.Decl) and n.name == name)
        buffers.append(declare(" ".join(spelled), name, None, SIZE))
    parts: list[Node] = []
    for group in plan:
        part = keep(body, {id(atoms[n].node) for n in group})
        if even:
            stored = [_stored(node, cells) for node in part]
            parts.append(remake(loop, stored, lower=origin, limit=add(origin, SIZE), relation="<"))
        else:
            moved = [_stored(put(node, {loop.index: inner}), cells) for node in part]
            parts.append(count(text(inner), origin, add(origin, SIZE), moved, kind))
    if not even:
        return grouped(place, SIZE, [*buffers, *parts])
    outer = count(base, loop.lower, beyond(loop), [*buffers, *parts], kind)
    assert isinstance(outer, c_ast.For)
    return [c_ast.For(outer.init, outer.cond, assign(ident(base), number(SIZE), "+="), outer.stmt)]


def _stored(node: Node, cells: dict[str, Node]) -> Node:
    if isinstance(node, c_ast.Decl) and node.name in cells and node.init is not None:
        return assign(cells[node.name], substitute(node.init, cells))
    return substitute(node, cells)


def _snapshots(place: Place) -> list[Node] | None:
    """The body with a copy of each carried scalar taken right after its last change, for later statements."""
    body = place.loop.body
    atoms = place.atoms()
    taken = place.taken()
    changed = False
    for name in sorted(assigned(place.loop.node.stmt)):
        spelled = place.element(name)
        if private(name, atoms) or spelled is None or not _numeric(place, spelled):
            continue
        at = [n for n, node in enumerate(body) if name in assigned(node)]
        after = [n for n, node in enumerate(body) if n > at[-1] and name in names(node)]
        before = [n for n, node in enumerate(body) if n < at[0] and name in names(node)]
        if after and not before:
            copy = fresh(f"{name}_now", taken)
            swapped = [substitute(node, {name: ident(copy)}) for node in body[at[-1] + 1 :]]
            body = [*body[: at[-1] + 1], declare(spelled, copy, ident(name)), *swapped]
        elif before and not after:
            copy = fresh(f"{name}_was", taken)
            swapped = [substitute(node, {name: ident(copy)}) for node in body[: at[0]]]
            body = [declare(spelled, copy, ident(name)), *swapped, *body[at[0] :]]
        else:
            continue
        taken.add(copy)
        changed = True
    return body if changed else None


def _copied(place: Place) -> list[Node] | None:
    """The body with elements of arrays that it also stores to read first: where no iteration reads what another
    one writes, yet the subscripts hide that."""
    loop = place.loop
    if any(edge.carried for edge in place.graph(place.atoms())):
        return None
    taken = place.taken()
    ahead: list[Node] = []
    body: list[Node] = []
    for node in loop.body:
        if not isinstance(node, c_ast.Assignment):
            return None
        own = node.lvalue
        made = node
        for part in walk(node.rvalue):
            where = subscripted(part)
            if where is None or where[0] not in written_arrays(loop.node.stmt) or same(part, own):
                continue
            spelled = place.element(where[0])
            if spelled is None or ahead:
                return None
            name = fresh(f"{where[0]}_copy", taken)
            ahead.append(declare(spelled, name, part))
            value = transform(node.rvalue, lambda n, p=part, v=name: ident(v) if same(n, p) else None)
            made = c_ast.Assignment(node.op, own, value)
        body.append(made)
    return [*ahead, *body] if ahead else None


def _numeric(place: Place, spelled: str) -> bool:
    return place.resolved(spelled) in {*FLOATING, *INTEGERS}


def _extracted(place: Place) -> list[Node] | None:
    """The body with floating-point arithmetic on values from outside the recurrences computed first."""
    loop = place.loop
    moved = assigned(loop.node.stmt) | written_arrays(loop.node.stmt)
    taken = place.taken()
    ahead: list[c_ast.Decl] = []

    def visit(node: Node) -> Node | None:
        if isinstance(node, c_ast.ArrayRef):
            return node
        if not isinstance(node, c_ast.BinaryOp) or node.op not in ("*", "/", "+", "-"):
            return None
        if names(node) & moved or loop.index not in names(node):
            return None
        spelled = place.value_type(node)
        if spelled is None or place.resolved(spelled) not in FLOATING:
            return None
        for known in ahead:
            if known.init is not None and text(known.init) == text(node):
                return ident(known.name)
        name = fresh("part", taken)
        taken.add(name)
        made = declare(spelled, name, node)
        assert isinstance(made, c_ast.Decl)
        ahead.append(made)
        return ident(name)

    def right(node: Node) -> Node | None:
        if isinstance(node, c_ast.Assignment):
            return c_ast.Assignment(node.op, node.lvalue, transform(node.rvalue, visit))
        if isinstance(node, c_ast.Decl):
            return node
        return None

    body = [transform(node, right) for node in loop.body]
    refs = sum(1 for decl in ahead for n in walk(decl) if isinstance(n, c_ast.ArrayRef))
    return [*ahead, *body] if ahead and refs >= 2 else None


STRIPS = Rule("VA014", "strips with small buffers", strips)

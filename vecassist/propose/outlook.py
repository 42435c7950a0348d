"""What a vectorizer will probably make of a nest: an estimate to rank candidates with, nothing more."""

from __future__ import annotations

from collections.abc import Sequence

from pycparser import c_ast

from vecassist.propose import nodes
from vecassist.propose.access import Access, Atom, Opaque
from vecassist.propose.affine import literal
from vecassist.propose.dependence import Edge, least_distance, private
from vecassist.propose.loops import Loop, Range, counted, increment, span, trip
from vecassist.propose.nest import FLOATING, Nest, Place
from vecassist.propose.nodes import Node

TYPICAL = 100.0
LEFT = 8.0
"""Iterations of a loop that finishes what blocks of 16 have left."""
CONTIGUOUS, STRIDED, SCALAR = 0.15, 0.8, 1.0
LATENCY = 3.0
"""What it costs to wait for a floating-point operation."""


def estimate(nest: Nest) -> float:
    """The expected cost of the nest, in accesses of a scalar loop of 100 iterations at each level."""
    size = sum(1 for n in nodes.walk(nest.root) if isinstance(n, c_ast.Assignment | c_ast.For | c_ast.If))
    return _cost(nest, nest.root, ()) + 0.02 * size


def _cost(nest: Nest, node: Node, outer: tuple[Loop, ...]) -> float:
    loop = counted(node)
    if loop is not None:
        return _loop(nest, loop, outer)
    if isinstance(node, c_ast.For) and node.init is None:
        return _unstarted(nest, node, outer)
    if isinstance(node, c_ast.For | c_ast.While | c_ast.DoWhile):
        return TYPICAL * _scalar(node.stmt)
    if isinstance(node, c_ast.Compound | c_ast.If | c_ast.Label):
        rare = 0.1 if isinstance(node, c_ast.If) and isinstance(node.cond, c_ast.ID) else 1.0
        arms = rare * sum(_cost(nest, child, outer) for child in nodes.children(node) if not _value(child))
        return arms + (0.5 if isinstance(node, c_ast.If) else 0.0)
    return _scalar(node)


def _unstarted(nest: Nest, node: c_ast.For, outer: tuple[Loop, ...]) -> float:
    """A loop that goes on where another one stopped: blocks of iterations, or what is left after them."""
    step = increment(node.next) if node.next is not None else None
    size = literal(step[1]) if step is not None else None
    if size is None or size < 2:
        return 4.0 * _scalar(node.stmt)
    return TYPICAL / size * sum(_cost(nest, part, outer) for part in nodes.statements(node.stmt))


def _loop(nest: Nest, loop: Loop, outer: tuple[Loop, ...]) -> float:
    times = iterations(loop, nest, outer)
    inner = any(isinstance(n, c_ast.For | c_ast.While | c_ast.DoWhile) for n in nodes.walk(loop.node.stmt))
    if inner:
        return times * sum(_cost(nest, part, (*outer, loop)) for part in loop.body)
    place = Place(nest, loop, outer)
    try:
        body = place.atoms()
    except Opaque:
        return times * _scalar(loop.node.stmt)
    factor = parallel(place, body)
    if factor is None:
        waiting = LATENCY if _chained(place, body) else 0.0
        return times * (_scalar(loop.node.stmt) + waiting)
    compared = 1.5 * times if nest.gcc and _compares(place) else 0.0
    return 1.0 + compared + times * factor * sum(_vector(atom, place) for atom in body)


def _chained(place: Place, body: Sequence[Atom]) -> bool:
    """Whether each iteration waits for a floating-point result of the one before it."""
    for edge in place.graph(body):
        late = edge.carried and edge.kind == "flow" and edge.before >= edge.after
        if late and place.resolved(place.element(edge.name)) in FLOATING and _near(place, body, edge):
            return True
    return False


def _near(place: Place, body: Sequence[Atom], edge: Edge) -> bool:
    first, second = (
        _at(body[n], p, edge.name) for n, p in ((edge.source, edge.before), (edge.target, edge.after))
    )
    if first is None or second is None or not first.subscripts:
        return True
    outer = tuple(span(o, place.constants) for o in place.outer)
    least = least_distance(first, second, place.range, outer)
    return least is not None and least < 4


def _compares(place: Place) -> bool:
    """Whether a choice is made by comparing floating-point values on the spot."""
    choices = [n for n in nodes.walk(place.loop.node.stmt) if isinstance(n, c_ast.TernaryOp)]
    compared = [n.cond for n in choices if isinstance(n.cond, c_ast.BinaryOp)]
    return any(place.resolved(place.value_type(c.left)) in FLOATING for c in compared)


def iterations(loop: Loop, nest: Nest, outer: Sequence[Loop] = ()) -> float:
    """How often a loop runs: its trip count where it is known or bounded by the loops around it, else what is
    usual."""
    known = trip(loop, nest.constants)
    if known is None and _left_over(nest, loop.lower):
        return LEFT
    if known is None:
        known = _longest(span(loop, nest.constants), [span(one, nest.constants) for one in outer])
    if known is None or abs(loop.step) != 1:
        return TYPICAL / abs(loop.step)
    return min(float(known), TYPICAL)


def _left_over(nest: Nest, start: Node) -> bool:
    """Whether a loop goes on from where blocks of iterations stopped."""
    if not isinstance(start, c_ast.ID):
        return False
    blocks = (n for n in nodes.walk(nest.root) if isinstance(n, c_ast.For) and n.init is None and n.next)
    return any((step := increment(n.next)) is not None and step[0] == start.name for n in blocks)


def _longest(here: Range, outer: Sequence[Range]) -> int | None:
    """The most iterations that a loop can make where its bounds depend on the loops around it alone."""
    if here.first is None or here.last is None or here.step != 1:
        return None
    length = here.last.minus(here.first).plus(1)
    for around in reversed(outer):
        factor = length.coefficient(around.index)
        end = around.last if (factor > 0) == (around.step > 0) else around.first
        if factor and end is not None:
            length = length.put(around.index, end)
    return length.constant


def parallel(place: Place, body: Sequence[Atom]) -> float | None:
    """None if iterations cannot run side by side as they stand, else 1 or more: how awkward it is."""
    here = place.range
    edges = place.graph(body)
    if _coupled(place.loop, body) or (place.nest.gcc and _trapping(place, body)):
        return None
    awkward = 1.4 if place.nest.gcc and _sinkable(place) else 1.0
    for edge in edges:
        if not edge.carried:
            continue
        first = _at(body[edge.source], edge.before, edge.name)
        if first is not None and not first.subscripts:
            if not _tolerable(place, body, edge):
                return None
            continue
        if edge.before >= edge.after:
            if not _far(place, body, edge, here):
                return None
            awkward = max(awkward, 2.0)
        elif edge.kind in ("flow", "output"):
            awkward = max(awkward, 1.6)
    if any(atom.guards for atom in body):
        awkward += 0.4
    if any(
        isinstance(n, c_ast.Goto | c_ast.Break | c_ast.Continue) for n in nodes.walk(place.loop.node.stmt)
    ):
        return None
    return awkward


def _trapping(place: Place, body: Sequence[Atom]) -> bool:
    """Whether floating-point arithmetic is done under a condition."""
    if any(atom.guards and _arithmetic(place, atom.node) for atom in body):
        return True
    return any(_floating(place, arm) for arm in _arms(place))


def _sinkable(place: Place) -> bool:
    """Whether floating-point arithmetic is done ahead for a choice: gcc may put it back under the condition."""
    below = nodes.walk(place.loop.node.stmt)
    sums = {n.name for n in below if isinstance(n, c_ast.Decl) and _arithmetic(place, n)}
    return any(isinstance(arm, c_ast.ID) and arm.name in sums for arm in _arms(place))


def _arms(place: Place) -> list[Node]:
    choices = (n for n in nodes.walk(place.loop.node.stmt) if isinstance(n, c_ast.TernaryOp))
    return [arm for n in choices for arm in (n.iftrue, n.iffalse)]


def _arithmetic(place: Place, node: Node) -> bool:
    if isinstance(node, c_ast.Assignment):
        target = place.resolved(place.value_type(node.lvalue))
        return _floating(place, node.rvalue) or (node.op != "=" and target in FLOATING)
    return isinstance(node, c_ast.Decl) and node.init is not None and _floating(place, node.init)


def _floating(place: Place, value: Node) -> bool:
    below = [n for n in nodes.walk(value) if isinstance(n, c_ast.BinaryOp | c_ast.FuncCall)]
    return any(place.resolved(place.value_type(n)) in FLOATING for n in below)


def _coupled(loop: Loop, body: Sequence[Atom]) -> bool:
    """Whether an array is read and written with the index in different dimensions: compilers give up on that."""
    found = [a for atom in body for a in atom.accesses if len(a.subscripts) > 1 and None not in a.subscripts]

    def shape(access: Access) -> tuple[bool, ...]:
        return tuple(s is not None and s.coefficient(loop.index) != 0 for s in access.subscripts)

    pairs = ((a, b) for a in found if a.write for b in found if a.name == b.name)
    return any(shape(a) != shape(b) for a, b in pairs)


def _tolerable(place: Place, body: Sequence[Atom], edge: Edge) -> bool:
    """Carried scalars that vectorizers deal with: integer sums and steps, values never read again."""
    if edge.kind == "output" and private(edge.name, body):
        return True
    kind = place.resolved(place.element(edge.name))
    if kind is None or kind in FLOATING:
        return False
    node = body[edge.source].node
    updates = isinstance(node, c_ast.Assignment) and node.op in ("+=", "-=", "|=", "&=", "^=")
    return edge.source == edge.target and updates and not body[edge.source].guards


def _far(place: Place, body: Sequence[Atom], edge: Edge, here: Range) -> bool:
    outer = tuple(span(o, place.constants) for o in place.outer)
    first = _at(body[edge.source], edge.before, edge.name)
    second = _at(body[edge.target], edge.after, edge.name)
    if first is None or second is None:
        return False
    least = least_distance(first, second, here, outer)
    return least is not None and least >= 8


def _at(atom: Atom, position: int, name: str) -> Access | None:
    return next((a for a in atom.accesses if a.position == position and a.name == name), None)


def _vector(atom: Atom, place: Place) -> float:
    return CONTIGUOUS + sum(_access(a, place.loop) for a in atom.accesses if a.subscripts)


def _access(access: Access, loop: Loop) -> float:
    if any(s is None for s in access.subscripts):
        return SCALAR if access.write else STRIDED
    forms = [s for s in access.subscripts if s is not None]
    if any(s.coefficient(loop.index) for s in forms[:-1]):
        return STRIDED
    stride = abs(forms[-1].coefficient(loop.index) * loop.step)
    return CONTIGUOUS if stride == 1 else CONTIGUOUS / 2 if stride == 0 else STRIDED if stride > 2 else 0.4


def _scalar(node: Node | None) -> float:
    if node is None:
        return 0.0
    parts = list(nodes.walk(node))
    refs = sum(1 for n in parts if isinstance(n, c_ast.ArrayRef))
    writes = sum(1 for n in parts if isinstance(n, c_ast.Assignment | c_ast.UnaryOp) and not _pure_unary(n))
    return SCALAR * refs + 0.5 * writes


def _pure_unary(node: Node) -> bool:
    return isinstance(node, c_ast.UnaryOp) and node.op not in ("++", "p++", "--", "p--")


def _value(node: Node) -> bool:
    kinds = c_ast.BinaryOp | c_ast.ID | c_ast.Constant | c_ast.ArrayRef | c_ast.FuncCall | c_ast.Cast
    return isinstance(node, kinds | c_ast.TernaryOp)

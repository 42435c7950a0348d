"""Whether exact results let a loop run on vectors at all.

A floating-point operation rounds, so a chain of them whose each link needs the last one has to be computed in the
order of the source: a sum, a product, a first-order recurrence. Where every iteration of every loop of a nest is on
such a chain, no rewrite of the nest alone can keep each bit and be faster.
"""

from __future__ import annotations

from pycparser import c_ast

from vecassist.errors import UserError
from vecassist.model import Site
from vecassist.propose import nodes
from vecassist.propose.access import Atom, Opaque
from vecassist.propose.dependence import components, least_distance, serial
from vecassist.propose.loops import assigned, span
from vecassist.propose.nest import FLOATING, Nest, Place, innermost, places
from vecassist.propose.nodes import Node
from vecassist.propose.view import region_nest
from vecassist.scan.region import Lost, parse_region
from verify.verdict import Unsupported

_INEXACT = frozenset({"sin", "sinf", "cos", "cosf", "tan", "exp", "expf", "log", "logf", "pow", "powf"})


def permits(site: Site) -> str:
    """ "yes", or "no: " and the reason. What cannot be read is "yes": nothing is known that forbids it."""
    try:
        return _permits(region_nest(parse_region(site)))
    except (UserError, Unsupported, Lost):
        return "yes"


def _permits(nest: Nest) -> str:
    called = {
        node.name.name
        for node in nodes.walk(nest.root)
        if isinstance(node, c_ast.FuncCall) and isinstance(node.name, c_ast.ID)
    }
    if called & _INEXACT:
        return f"no: {' and '.join(sorted(called & _INEXACT))} have no vector form with the same bits"
    for place in places(nest):
        if not innermost(place.loop):
            continue
        chain = _chain(place)
        if chain is None or (place.outer and _parallel_around(nest, place)):
            return "yes"
        return f"no: {chain}"
    return "yes"


def _chain(place: Place) -> str | None:
    """A floating-point recurrence of the loop, in words."""
    try:
        body = place.atoms()
    except Opaque:
        return None
    # Only what is handed on makes a chain: that a value is overwritten later does not.
    edges = [edge for edge in place.graph(body) if edge.kind == "flow"]
    for group in components(len(body), edges):
        if not serial(group, edges):
            continue
        for edge in edges:
            inside = edge.carried and edge.kind == "flow" and {edge.source, edge.target} <= set(group)
            if not inside or not _near(place, body, edge.source, edge.target, edge.name):
                continue
            if any(_rounds(place, body[number].node, edge.name) for number in group):
                return f"each {edge.name} needs the one before it, and rounding keeps their order"
    return None


def _near(place: Place, body: tuple[Atom, ...], source: int, target: int, name: str) -> bool:
    """Whether the recurrence is over too few iterations to fill a vector."""
    writes = [a for a in body[source].accesses if a.name == name and a.write]
    reads = [a for a in body[target].accesses if a.name == name and not a.write]
    outer = tuple(span(one, place.constants) for one in place.outer)
    moving = assigned(place.loop.node.stmt)
    for write in writes:
        for read in reads:
            gap = least_distance(write, read, place.range, outer) if write.subscripts else 1
            forms = (*write.subscripts, *read.subscripts)
            known = all(form is not None and not moving & set(form.symbols) for form in forms)
            if known and gap is not None and gap < 4:
                return True
    return False


def _rounds(place: Place, node: Node, name: str) -> bool:
    """Whether the statement computes a float from the carried value; a choice between values does not round."""
    for part in nodes.walk(node):
        if isinstance(part, c_ast.Assignment):
            target = place.resolved(place.value_type(part.lvalue))
            if target not in FLOATING:
                continue
            if part.op != "=":
                return not _whole(part)
            below = [n for n in nodes.walk(part.rvalue) if isinstance(n, c_ast.BinaryOp)]
            if any(n.op in ("+", "-", "*", "/") and name in nodes.names(n) for n in below):
                return True
    return False


def _whole(part: c_ast.Assignment) -> bool:
    """Whether a whole number is added: such sums are exact as long as they stay small."""
    value = part.rvalue.expr if isinstance(part.rvalue, c_ast.Cast) else part.rvalue
    return (
        part.op in ("+=", "-=")
        and isinstance(value, c_ast.Constant)
        and float(value.value.rstrip("fFlL")) % 1 == 0
    )


def _parallel_around(nest: Nest, place: Place) -> bool:
    """Whether a loop around has independent iterations, which can go side by side instead, or at least those on a
    diagonal of a plane of elements."""
    for number, loop in enumerate(place.outer):
        around = Place(nest, loop, place.outer[:number])
        try:
            body = around.atoms()
        except Opaque:
            continue
        carried = [edge for edge in around.graph(body) if edge.carried and edge.kind != "anti"]
        # A counter is a function of the iteration.
        carried = [e for e in carried if place.resolved(place.element(e.name)) in FLOATING]
        if not carried or all(_plane(body, edge.name) for edge in carried):
            return True
    return False


def _plane(body: tuple[Atom, ...], name: str) -> bool:
    """Whether an array's elements are told apart by both loops."""
    found = [a for atom in body for a in atom.accesses if a.name == name and a.write]
    return bool(found) and all(len({n for s in a.subscripts if s for n in s.symbols}) > 1 for a in found)

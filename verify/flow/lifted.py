"""Reads at a place that a loop carries (`v[best]`): as what they were one iteration earlier."""

from __future__ import annotations

import islpy as isl

from verify.flow import entry, lanes, spaces
from verify.flow.definitions import definitions
from verify.flow.integers import Integers, bits
from verify.flow.model import HEAP, Side
from verify.flow.spaces import Affine
from verify.flow.terms import Term
from verify.flow.values import Address

INNER = frozenset({"op", "sel"})
SIZES = {"float": 4, "double": 8}
MOST_NODES = 40


def carried(term: Term, other: Term) -> Term | None:
    """The loop-carried value that alone decides where a read of unwritten memory looks, or a place that is compared
    with an affine one; None for other terms."""
    compared = term.kind == "op" and term.type == "i64" and other.kind == "int" and other.type == "i128"
    if term.kind != "read" and not compared:
        return None
    found: dict[int, Term] = {}
    stack, seen = list(term.kids), 0
    while stack:
        item = stack.pop()
        seen += 1
        if seen > MOST_NODES:
            return None
        if item.kind == "op":
            stack.extend(item.kids)
        elif item.kind == "phi":
            found[item.ident] = item
        elif item.kind != "int" or item.ctx:
            return None
    phi = next(iter(found.values())) if len(found) == 1 else None
    return phi if phi is not None and phi.ctx == term.ctx else None


def unfolded(side: Side, term: Term, phi: Term) -> list[tuple[isl.Map, Term, tuple[str, ...]]] | None:
    """What defines such a term, as `definitions` does: the reads at the places that the carried value is defined as."""
    found: list[tuple[isl.Map, Term, tuple[str, ...]]] = []
    for step, kid, dims in definitions(side, phi):
        if term.kind == "op":
            found.append((step, _wide(side, _placed(side, term, phi, kid)), dims))
            continue
        made = _read(side, term, _placed(side, term.kids[0], phi, kid), 0)
        if made is None:
            return None
        found.append((step, made, dims))
    return found


def _wide(side: Side, place: Term) -> Term:
    """A place that has become affine, as places are compared (`duties`): as an integer, not modulo 2**64."""
    return side.summary.terms.integer(place.affine, "i128") if place.kind == "int" else place


def _placed(side: Side, term: Term, phi: Term, value: Term) -> Term:
    """The place with a value for the carried one, choices outermost."""
    if term is phi:
        return value
    if term.kind != "op":
        return term
    return _applied(side, term, tuple(_placed(side, kid, phi, value) for kid in term.kids))


def _applied(side: Side, term: Term, kids: tuple[Term, ...]) -> Term:
    terms = side.summary.terms
    for number, kid in enumerate(kids):
        if kid.kind == "sel":
            arms = [_applied(side, term, (*kids[:number], arm, *kids[number + 1 :])) for arm in kid.kids[1:]]
            return terms.choose(kid.kids[0], *arms)
    ints = Integers(terms, _never)
    root = term.data.split(".")[0]
    if root in ("sext", "zext", "trunc"):
        return lanes.cast(ints, root, kids[0], term.type)
    if len(kids) == 2 and term.data in ("add", "sub", "mul", "shl"):
        return ints.binary(term.data, *kids, nsw=False)
    return terms.op(term.data, term.type, *kids)


def _never(value: Affine, low: int, high: int, tag: str) -> bool:
    """No range is claimed: numbers are taken modulo their width."""
    del value, low, high, tag
    return False


def _read(side: Side, term: Term, place: Term, depth: int) -> Term | None:
    """The read at a place; at an affine one the contents of a cell when the function begins."""
    terms = side.summary.terms
    if place.kind == "sel" and depth < 8:
        arms = [_read(side, term, arm, depth + 1) for arm in place.kids[1:]]
        if arms[0] is None or arms[1] is None:
            return None
        return terms.choose(place.kids[0], arms[0], arms[1])
    base, _ = term.data
    if place.kind != "int":
        return terms.make("read", term.data, (place,), term.type, frozenset(place.ctx), base)
    number = entry.contents(side.summary, Address(base, place), term.type)
    if number is not None:
        return number
    found = next(
        (s for s in side.sites if s.access is not None and s.access.address.base == base and s.cell), None
    )
    size = SIZES.get(term.type) or bits(term.type) // 8
    if (
        found is None
        or found.cell is None
        or len(found.cell) != 1
        or found.access is None
        or found.access.size != size
    ):
        return None
    between = place.affine.mod_val(spaces.val(size)).ne_set(spaces.constant(0))
    if not between.is_empty():
        return None
    cell = place.affine.scale_down_val(spaces.val(size)).floor()
    if found.array == HEAP:
        cell = cell.add(spaces.symbol(spaces.spelled(f"at.{base}")))
    elif found.array != base:
        return None
    return terms.init(found.array, (terms.integer(cell, "i64"),), term.type)

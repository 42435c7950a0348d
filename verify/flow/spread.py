"""Stores at places that depend on data, as stores to every cell: where the place is the cell, the value, else what was
there. Increments of counters become sums over the iterations that meet a cell, which the rule for reductions compares.

A read at such a place sees the cell of its own place (`Site.anywhere`). Inside of what is stored to the same place, it
is the read of that very cell.
"""

from __future__ import annotations

from collections.abc import Mapping

from verify.flow import spaces
from verify.flow.integers import Integers
from verify.flow.model import HEAP, Array, Side, Site
from verify.flow.spaces import Affine, Cond
from verify.flow.terms import Term, Terms

REACH = 1 << 62
"""Bytes between a pointer and any place in its object."""
INNER = frozenset({"op", "sel", "not", "and", "or"})
MOST_NODES = 400


def spread(side: Side, arrays: Mapping[str, Array], names: frozenset[str]) -> None:
    """Replace the accesses at unknown places of these arrays. Those whose place may lie between cells stay."""
    for name in sorted(names & arrays.keys()):
        array = arrays[name]
        odd = [site for site in side.sites if site.array == name and site.cell is None]
        if (
            array.dims != 1
            or not odd
            or not any(site.stored is not None for site in side.sites if site.array == name)
        ):
            continue
        if any(s.access is not None and not _whole(s.access.address.offset, array.bytes_) for s in odd):
            continue
        side.sites = [site for site in side.sites if site not in odd]
        generic: dict[tuple[str, tuple[str, ...]], list[tuple[Site, Term]]] = {}
        for site in odd:
            if site.access is not None:
                _replace(side, array, site, generic)


def _replace(
    side: Side, array: Array, site: Site, generic: dict[tuple[str, tuple[str, ...]], list[tuple[Site, Term]]]
) -> None:
    access, s = site.access, side.summary
    if access is None:
        return
    dim = f"{s.side}every{spaces.spelled(array.name)}"
    s.terms.order.setdefault(dim, 2000 + len(s.terms.order))
    dims, cell = (*site.dims, dim), (spaces.symbol(dim),)
    start, inside = _cells(array, access.address.base, dim)
    cond = site.cond.intersect(inside)
    key = (_spelled(side, access.address.offset), site.dims)
    when = site.when
    if site.stored is None:
        every = Site(array.name, None, dims, cond, cell, when)
        every.term = s.terms.load(every, access.type, dims)
        site.anywhere = every.term
        if site.term is not None:
            generic.setdefault(key, []).append((site, every.term))
        side.of_access[id(every)] = every
        side.sites += [every, site]
        return
    if access.stored is None:
        raise KeyError(array.name)
    old = Site(array.name, None, dims, cond, cell, (*when[:-1], int(when[-1]) - 1))
    kept = old.term = s.terms.load(old, access.type, dims)
    side.of_access[id(old)] = old
    place = s.terms.integer(start.mul(spaces.constant(array.bytes_)), "i64")
    met = Integers(s.terms, _never).compare("eq", access.address.offset, place)
    changes = {read.term.ident: term for read, term in generic.get(key, ()) if read.term is not None}
    value = _put(s.terms, access.stored, changes, {})
    guard = s.terms.both(s.guard(access.block), met)
    new = Site(array.name, access, dims, cond, cell, when, s.terms.choose(guard, value, kept), True)
    new.happens = guard
    side.of_access[id(access)] = new
    side.sites += [old, new]


def _never(value: Affine, low: int, high: int, tag: str) -> bool:
    """No range is claimed: numbers are compared modulo their width."""
    del value, low, high, tag
    return False


def _cells(array: Array, base: str, dim: str) -> tuple[Affine, Cond]:
    """The cell as counted from the base of the access, and the cells that may be meant: no two of them are the same
    number of bytes away modulo 2**64."""
    start = spaces.symbol(dim)
    if array.name == HEAP:
        start = start.sub(spaces.symbol(spaces.spelled(f"at.{base}")))
    extent = array.extents[0]
    if extent is not None:
        return start, spaces.between(start, 0, extent)
    return start, spaces.between(start, -(REACH // array.bytes_), REACH // array.bytes_)


def _spelled(side: Side, term: Term) -> str:
    """A place, in the same words for equal places of one iteration: reads of a cell that nothing writes are alike."""
    if term.kind in INNER:
        return f"{term.kind} {term.data} {term.type}({', '.join(_spelled(side, kid) for kid in term.kids)})"
    site = side.of_access.get(id(term.data)) if term.kind == "load" else None
    if (
        site is None
        or site.cell is None
        or any(s.array == site.array and s.stored is not None for s in side.sites)
    ):
        return str(term.ident)
    return f"{site.array} {term.type}{[str(at) for at in site.cell]}"


def _whole(offset: Term, bytes_: int) -> bool:
    """Whether a number of bytes is certainly a multiple (bytes_ is a power of two)."""
    if bytes_ == 1:
        return True
    if offset.kind == "int":
        rest = offset.affine.mod_val(spaces.val(bytes_)).ne_set(spaces.constant(0))
        return rest.is_empty()
    if offset.kind != "op":
        return False
    match offset.data:
        case "add" | "sub":
            return all(_whole(kid, bytes_) for kid in offset.kids)
        case "mul":
            return any(_whole(kid, bytes_) for kid in offset.kids)
        case "shl":
            by = spaces.constant_of(offset.kids[1].affine) if offset.kids[1].kind == "int" else None
            return by is not None and 0 <= by < 64 and (1 << by) % bytes_ == 0
        case _:
            return False


def _put(terms: Terms, term: Term, changes: Mapping[int, Term], done: dict[int, Term]) -> Term:
    """A term with others in the place of some reads below its operators."""
    if term.ident in changes:
        return changes[term.ident]
    if term.kind not in INNER or not changes or len(done) > MOST_NODES:
        return term
    if term.ident not in done:
        kids = [_put(terms, kid, changes, done) for kid in term.kids]
        done[term.ident] = term if tuple(kids) == term.kids else _rebuilt(terms, term, kids)
    return done[term.ident]


def _rebuilt(terms: Terms, term: Term, kids: list[Term]) -> Term:
    match term.kind:
        case "sel":
            return terms.choose(*kids)
        case "not":
            return terms.no(kids[0])
        case "and":
            return terms.both(*kids)
        case "or":
            return terms.either(*kids)
        case _:
            return terms.op(term.data, term.type, *kids)

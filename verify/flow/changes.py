"""Stores that can be seen in what they leave: where the contents of a cell end up different, S has stored to it.

Both versions leave equal contents. If the only store of T to a cell takes place only where the new value differs from
what the cell held in the beginning, then S, on that input, has stored to the cell too.
"""

from __future__ import annotations

from typing import Any

from verify.flow import lastwriter, queries
from verify.flow.coinduct import Prover
from verify.flow.definitions import resolved
from verify.flow.leaves import INNER, Encoder, TooLarge
from verify.flow.model import Side, Site
from verify.flow.terms import Term

MOST_NODES = 200


def changing(prover: Prover, side: Side, site: Site, rlimit: int) -> bool:
    """Whether a store leaves in its cell what was not there when the function began, wherever it takes place, and is
    the only one to that cell. To be asked after the contents were proved equal."""
    access = site.access
    writes = [other for other in side.sites if other.array == site.array and other.stored is not None]
    if access is None or access.stored is None or site.cell is None or writes != [site]:
        return False
    if not lastwriter.touches(site).is_injective():
        return False
    s = side.summary
    guard = s.guard(access.block) if site.happens is None else site.happens
    first = s.terms.init(site.array, tuple(s.terms.integer(at, "i64") for at in site.cell), access.type)
    import z3

    encoder = Encoder(prover.bounds)
    try:
        done: dict[int, Any] = {}
        same = [_encoded(side, encoder, term, done) for term in (guard, access.stored, first)]
    except TooLarge:
        return False
    return queries.holds(encoder.facts, z3.Not(z3.And(same[0], same[1] == same[2])), rlimit)


def _encoded(side: Side, encoder: Encoder, term: Term, done: dict[int, Any]) -> Any:
    """A term of one iteration; equal terms are equal numbers, nothing else is known of those that are no operators."""
    term = resolved(side, term)
    if term.ident not in done:
        if len(done) > MOST_NODES:
            raise TooLarge
        kids = [_encoded(side, encoder, kid, done) for kid in term.kids] if term.kind in INNER else []
        done[term.ident] = encoder.build(term, kids, f"t{term.ident}")
    return done[term.ident]

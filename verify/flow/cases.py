"""Inputs apart by what the rewrite asks of addresses: where its guard says that objects do not overlap, they are arrays
of their own; where it does not, mostly the original loop is left. Each case is a proof; together they are all inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import islpy as isl

from verify.flow import entry, spaces
from verify.flow.bases import ALONE, loose_bases
from verify.flow.edges import ADDRESS
from verify.flow.model import Side
from verify.flow.spaces import Affine, Cond
from verify.flow.summary import Summary
from verify.flow.values import Access
from verify.verdict import NotProved, Proved, Unsupported

MOST_ASKED = 2
MOST_ACCESSES = 160


def partition(t: Summary) -> list[Cond]:
    """All inputs in cases, by the loops that the rewrite enters only for some places of at least two objects; one case
    where there is no such loop."""
    cases = [spaces.everywhere()]
    asked: list[Cond] = []
    for loop in t.cfg.loops.values():
        entered = t.enter(loop)
        if loop.parent is not None or entered.kind != "cond" or entered.ctx:
            continue
        cond = entered.cond
        places = [name for name in spaces.names_in(cond) if name.startswith(ADDRESS)]
        if len(places) < 2 or any(cond.is_disjoint(other) for other in asked) or len(asked) >= MOST_ASKED:
            continue
        asked.append(cond)
        cases = [
            part
            for case in cases
            for part in (*_equalities(case.intersect(cond)), case.subtract(cond))
            if not part.is_empty()
        ]
    return [case.coalesce() for case in cases]


def _equalities(case: Cond) -> list[Cond]:
    """A case, apart where it says that two addresses are one."""
    for part in case.get_basic_sets():
        for equation in part.affine_hull().get_constraints():
            names = list(spaces.names_in(isl.Set.from_basic_set(isl.BasicSet.from_constraint(equation))))
            if len(names) == 2 and all(name.startswith(ADDRESS) for name in names):
                same = spaces.symbol(names[0]).eq_set(spaces.symbol(names[1]))
                if isl.Set.from_basic_set(part).is_subset(same) and not case.subtract(same).is_empty():
                    return [case.subtract(same).coalesce(), case.intersect(same)]
    return [case]


def prove(cases: Iterable[Cond], one: Callable[[Cond], Proved]) -> Proved | None:
    """The proofs of all cases as one; None where one of them fails."""
    found: list[Proved] = []
    for case in cases:
        try:
            found.append(one(case))
        except NotProved as failure:
            if failure.code != "vacuous":
                return None
        except (Unsupported, spaces.OutOfBudget):
            return None
    if not found:
        return None
    first = found[0]
    merged = dict(first.certificate)
    if len(found) > 1:
        merged["cases"] = [dict(proof.certificate) for proof in found[1:]]
    strategy = "worlds" if any(proof.strategy == "worlds" for proof in found) else first.strategy
    return Proved(strategy, first.assumptions, merged)


def separate(s: Side, t: Side, context: Cond) -> None:
    """Tell both summaries which bases reach memory that no other base reaches, on these inputs."""
    accesses = [access for access in s.accesses + t.accesses if not access.settled]
    bases = loose_bases(s.summary, accesses)
    if len(bases) < 2 or len(accesses) > MOST_ACCESSES or any(b.startswith(entry.POINTER) for b in bases):
        return
    spans = {base: _touched([s, t], accesses, base, context) for base in bases}
    written = {access.address.base for access in accesses if access.stored is not None}
    alone = {
        base
        for base in bases
        if all(
            other == base or not ({base, other} & written) or _disjoint(spans[base], spans[other])
            for other in bases
        )
    }
    for side in (s, t):
        side.summary.learn(ALONE, frozenset(alone))


def _touched(sides: list[Side], accesses: list[Access], base: str, context: Cond) -> Cond | None:
    """The addresses, as `at_`, of all bytes that are accessed through a base; None where they depend on data."""
    found = spaces.nowhere()
    for access in accesses:
        if access.address.base != base:
            continue
        if access.address.offset.kind != "int" or access.count > 1:
            return None
        summary = next(side.summary for side in sides if side.summary.side == access.side)
        start = spaces.symbol(spaces.spelled(f"adr.{base}")).add(access.address.offset.affine)
        where = summary.block_cond(access.block).intersect(context).intersect(_inside(start, access.size))
        found = found.union(spaces.forget(where, summary.counters_of(access.block)))
    return found.coalesce()


def _inside(start: Affine, size: int) -> Cond:
    place = spaces.symbol("at_")
    return place.ge_set(start).intersect(place.lt_set(start.add(spaces.constant(size))))


def _disjoint(a: Cond | None, b: Cond | None) -> bool:
    return a is not None and b is not None and a.is_disjoint(b)

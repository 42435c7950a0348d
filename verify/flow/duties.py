"""What T does on data and under guards: allowed where S certainly does the same on the same operands.

A duty of T is an operation that is undefined for some operands (signed overflow, division, shift, conversion), or an
access whose place or guard depends on data. It is discharged by the ranges of its operands, or by relating each of
its instances to an instance of S's that has equal operands and certainly runs: if that one is defined, so is this.
The relation is a guess, taken from the lemmas of the main proof and from equal subscripts; the prover decides.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import islpy as isl

from verify.flow import intervals, safety, spaces
from verify.flow.coinduct import Prover
from verify.flow.model import Array, Side, Site, finals, link, shadow, spoken
from verify.flow.pair import Pair
from verify.flow.terms import Term
from verify.flow.values import Access, RangeClaim
from verify.ir.nodes import Loc
from verify.problem import Problem
from verify.verdict import NotProved

CODES = {
    "access": "footprint",
    "nsw": "overflow",
    "shift": "shift",
    "abs": "overflow",
    "store": "introduced-store",
}


@dataclass(frozen=True, slots=True)
class Duty:
    """kind; the operands; the truth value under which it happens; the iterations, over `dims`."""

    kind: str
    operands: tuple[Term, ...]
    guard: Term
    cond: isl.Set
    dims: tuple[str, ...]
    loc: Loc | None


def discharge(pair: Pair, prover: Prover, problem: Problem) -> None:
    """Raises NotProved for the first duty of T that is not covered."""
    open_duties = [*_operations(pair, prover), *_reads(pair), *_stores(pair, prover, problem)]
    if not open_duties:
        return
    offered = _all(pair.before, pair)
    for duty in open_duties:
        if not _covered(pair, prover, duty, [d for d in offered if d.kind == duty.kind]):
            code = CODES.get(duty.kind.split(".")[0], "undefined-operation")
            raise NotProved(code, _reason(pair, duty), duty.loc)


def _reason(pair: Pair, duty: Duty) -> str:
    kind, _, rest = duty.kind.partition(".")
    rest = rest.rpartition(".")[0]
    match kind:
        case "access":
            return f"the rewrite may read {spoken(pair.after.summary, rest)} where the original does not"
        case "store":
            return f"the rewrite may store to {spoken(pair.after.summary, rest)} where the original does not"
        case "nsw" | "abs":
            return "a signed operation of the rewrite may overflow where the original's does not"
        case "index":
            return "a subscript of the rewrite may leave its array where the original's does not"
        case "shift":
            return "a shift of the rewrite may be by too much where the original's is not"
        case _:
            return (
                f"{duty.kind.partition('.')[0]} of the rewrite may be undefined where the original's is not"
            )


def _duty(side: Side, pair: Pair, kind: str, block: str, operands: tuple[Term, ...], loc: Loc | None) -> Duty:
    s = side.summary
    cond = s.block_cond(block).intersect(pair.context)
    return Duty(kind, operands, s.guard(block), cond, s.counters_of(block), loc)


def _operations(pair: Pair, prover: Prover) -> list[Duty]:
    t = pair.after.summary
    found: list[Duty] = []
    for claim in pair.open_claims:
        found.append(_claimed(pair.after, pair, claim))
    for duty in t.duties:
        where = t.block_cond(duty.block)
        known = functools.partial(prover.range_of, pair.after, where=where)
        if not intervals.safe(duty.kind, duty.operands) and not intervals.safe(
            duty.kind, duty.operands, known
        ):
            found.append(_duty(pair.after, pair, duty.kind, duty.block, duty.operands, duty.instr.loc))
    return found


def _claimed(side: Side, pair: Pair, claim: RangeClaim) -> Duty:
    """A range that affine reasoning leaves open, as a duty on the value: S certainly computes the same."""
    value = side.summary.terms.integer(claim.value, "i128")
    return _duty(side, pair, f"{claim.kind}.{claim.low}.{claim.high}", claim.block, (value,), claim.instr.loc)


def _place(side: Side, access: Access) -> Term:
    """An access's byte offset, wide enough that equal means equal and not congruent."""
    offset = access.address.offset
    return side.summary.terms.integer(offset.affine, "i128") if offset.kind == "int" else offset


def _access_kind(site: Site) -> str:
    return f"access.{site.access.address.base}.{site.access.size}" if site.access else ""


def _reads(pair: Pair) -> list[Duty]:
    found: list[Duty] = []
    spans: dict[str, isl.Set] = {}
    for site in pair.after.sites:
        access = site.access
        if access is None or access.stored is not None:
            continue
        base = access.address.base
        if safety.inside_known(pair, site):
            if base.startswith("t.") and site.untouched is not None and not site.untouched.is_empty():
                raise NotProved("indeterminate", f"{base[2:]} may be read before it is set", access.instr.loc)
            continue
        if base.startswith("t."):
            raise NotProved("bounds", f"an access to {base[2:]} may be outside of it", access.instr.loc)
        if base not in spans:
            spans[base] = safety.span_of(pair, base)
        if not safety.inside_span(site, spans[base]):
            found.append(
                _duty(
                    pair.after,
                    pair,
                    _access_kind(site),
                    access.block,
                    (_place(pair.after, access),),
                    access.instr.loc,
                )
            )
    return found


def _same_stores(pair: Pair, prover: Prover, name: str) -> bool:
    """Whether both programs store to the same cells of an array, guards taken into account: a shadow of the array,
    in which each store writes `true`, ends equal."""
    if name not in pair.before.finals:
        return False
    array = Array(f"stored.{name}", 1, pair.arrays[name].dims, (), ())
    written = pair.before.finals[name].cond
    ends: list[Term] = []
    for side in (pair.before, pair.after):
        shadow(side, name, array.name)
        ends.append(finals(side, array.name, array, written, "i1"))
        link(side, {array.name: array})
    cells = pair.before.finals.pop(array.name).points.intersect_params(pair.context)
    pair.after.finals.pop(array.name)
    rel = isl.Map.identity(cells.get_space().map_from_set()).intersect_domain(cells)
    return prover.equal(rel, ends[0], ends[1])


def _stores(pair: Pair, prover: Prover, problem: Problem) -> list[Duty]:
    found: list[Duty] = []
    for name in pair.arrays:
        if name.startswith("t."):
            for site in pair.after.sites:
                if site.array == name and site.access is not None and not safety.inside_known(pair, site):
                    raise NotProved(
                        "bounds", f"an access to {name[2:]} may be outside of it", site.access.instr.loc
                    )
            continue
        outside = safety.outside_of_store(pair, name, problem)
        if outside and _same_stores(pair, prover, name):
            continue
        for site in outside:
            access = site.access
            if access is not None:
                # Different pointers may store to one cell of the heap: only the same base is compared.
                kind = f"store.{access.address.base}.{access.size}"
                found.append(
                    _duty(
                        pair.after, pair, kind, access.block, (_place(pair.after, access),), access.instr.loc
                    )
                )
    return found


def _all(side: Side, pair: Pair) -> list[Duty]:
    """Everything of S that a duty of T may be matched with."""
    found = [_duty(side, pair, d.kind, d.block, d.operands, d.instr.loc) for d in side.summary.duties]
    found += [_claimed(side, pair, claim) for claim in side.summary.claims.values() if claim.kind != "view"]
    for site in side.sites:
        access = site.access
        if access is None:
            continue
        operands = (_place(side, access),)
        found.append(_duty(side, pair, _access_kind(site), access.block, operands, access.instr.loc))
        if access.stored is not None:
            kind = f"store.{access.address.base}.{access.size}"
            found.append(_duty(side, pair, kind, access.block, operands, access.instr.loc))
    return found


def _covered(pair: Pair, prover: Prover, duty: Duty, offers: list[Duty]) -> bool:
    t = pair.after.summary.terms
    guarded = () if t.is_true(duty.guard) else (duty.guard,)
    b = t.op(f"duty.{duty.kind}", "i1", *duty.operands, *guarded)
    left = _project(duty, b.ctx)
    for offer in offers:
        s = pair.before.summary.terms
        free = s.is_true(offer.guard)
        guard_s = () if free else (offer.guard,)
        if len(guard_s) > len(guarded):
            continue
        goal = t.op(f"duty.{duty.kind}", "i1", *duty.operands) if free else b
        a = s.op(f"duty.{duty.kind}", "i1", *offer.operands, *guard_s)
        runs = _project(offer, a.ctx)
        for guess in _guesses(prover, offer, duty, a, goal):
            rel = guess.intersect_domain(runs).intersect_range(_project(duty, goal.ctx))
            rel = rel.intersect_params(pair.context)
            if rel.is_empty() or not prover.equal(rel, a, goal):
                continue
            done = rel.range()
            if goal is not b:
                done = _widen_dims(done, goal.ctx, b.ctx)
            left = left.subtract(done)
            if left.is_empty():
                return True
    return left.is_empty()


def _project(duty: Duty, ctx: tuple[str, ...]) -> isl.Set:
    rest = [name for name in duty.dims if name not in ctx]
    return spaces.points(spaces.forget(duty.cond, rest), ctx)


def _widen_dims(points: isl.Set, have: tuple[str, ...], want: tuple[str, ...]) -> isl.Set:
    return spaces.points(spaces.conditions(points, have), want)


def _guesses(prover: Prover, offer: Duty, duty: Duty, a: Term, b: Term) -> list[isl.Map]:
    """Relations between S's and T's iterations under which the operands may be equal."""
    found: list[isl.Map] = []
    affine = spaces.everywhere()
    useful = False
    for x, y in zip(offer.operands, duty.operands, strict=True):
        if x.kind == "int" and y.kind == "int":
            affine = affine.intersect(x.affine.eq_set(y.affine))
            useful = useful or bool(x.ctx or y.ctx)
    leaves_a, leaves_b = _leaves(prover.before, offer.operands), _leaves(prover.after, duty.operands)
    for (array_a, subs_a), (array_b, subs_b) in zip(leaves_a, leaves_b, strict=False):
        if array_a == array_b and len(subs_a) == len(subs_b):
            for x, y in zip(subs_a, subs_b, strict=True):
                affine = affine.intersect(x.eq_set(y))
            useful = True
    for x, y in zip(offer.operands, duty.operands, strict=True):
        for lemma in prover.lemmas.get((x.ident, y.ident), ()):
            if not lemma.deps and set(x.ctx) == set(a.ctx) and set(y.ctx) == set(b.ctx):
                found.append(lemma.rel)
    if useful:
        found.append(spaces.relation(affine, a.ctx, b.ctx))
    if len(a.ctx) == len(b.ctx):
        same = spaces.everywhere()
        for x, y in zip(a.ctx, b.ctx, strict=True):
            same = same.intersect(spaces.symbol(x).eq_set(spaces.symbol(y)))
        found.append(spaces.relation(same, a.ctx, b.ctx))
    return found


def _leaves(side: Side, operands: tuple[Term, ...]) -> list[tuple[str, tuple[isl.PwAff, ...]]]:
    """The affine reads below the operands, in order."""
    found: list[tuple[str, tuple[isl.PwAff, ...]]] = []

    def visit(term: Term, depth: int) -> None:
        if depth > 12 or len(found) > 12:
            return
        if term.kind == "load":
            site = side.of_access.get(id(term.data))
            if site is not None and site.cell is not None:
                found.append((site.array, site.cell))
            elif site is not None and site.access is not None:
                visit(site.access.address.offset, depth + 1)
        else:
            for kid in term.kids:
                visit(kid, depth + 1)

    for operand in operands:
        visit(operand, 0)
    return found

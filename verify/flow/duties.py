"""What T does on data and under guards: allowed where S certainly does the same on the same operands.

A duty of T is an operation that is undefined for some operands (signed overflow, division, shift, conversion), or an
access whose place or guard depends on data. It is discharged by the ranges of its operands, or by relating each of
its instances to an instance of S's that has equal operands and certainly runs: if that one is defined, so is this.
The relation is a guess, taken from the lemmas of the main proof and from equal subscripts; the prover decides.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace

import islpy as isl

from verify.flow import changes, effective, intervals, partial, pointers, safety, searches, spaces
from verify.flow.coinduct import Prover
from verify.flow.entry import POINTER
from verify.flow.guesses import guesses
from verify.flow.model import Array, Side, finals, link, shadow, spoken
from verify.flow.pair import Pair
from verify.flow.terms import Term, Terms
from verify.flow.values import ANYWHERE, Access, Address, RangeClaim, as_number
from verify.ir.nodes import Loc
from verify.problem import Problem
from verify.verdict import NotProved

MOST_WEAKER = 6
CODES = {
    "access": "footprint",
    "type": "effective-type",
    "aligned": "alignment",
    "nsw": "overflow",
    "shift": "shift",
    "formed": "pointer-formed",
    "scaled": "pointer-formed",
    "ordered": "pointer-comparison",
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


def discharge(pair: Pair, prover: Prover, problem: Problem, rlimit: int) -> None:
    """Raises NotProved for the first duty of T that is not covered."""
    open_duties = [*_operations(pair, prover), *_reads(pair), *_stores(pair, prover, problem, rlimit)]
    open_duties += _alignments(pair)
    if problem.semantics.strict_aliasing:
        open_duties += _types(pair)
    if not open_duties:
        return
    offered = _all(pair.before, pair)
    for duty in open_duties:
        offers = [d for d in offered if d.kind == duty.kind]
        if not _covered(pair, prover, duty, offers) and not partial.bounded(pair, prover, duty, offers):
            code = CODES.get(duty.kind.split(".")[0].split(" ")[0], "undefined-operation")
            raise NotProved(code, _reason(pair, duty), duty.loc)


def _reason(pair: Pair, duty: Duty) -> str:
    if duty.kind.startswith("type "):
        tag, base = duty.kind.removeprefix("type ").rpartition(".")[0].split(".", 1)
        tag = tag.removesuffix(" called")
        return f"{spoken(pair.after.summary, base)} is accessed as {tag} where the original does not"
    if duty.kind.startswith("aligned "):
        base = duty.kind.rpartition(".")[0].split(".", 1)[1]
        return f"an access to {spoken(pair.after.summary, base)} may be misaligned"
    kind, _, rest = duty.kind.partition(".")
    kind = kind.removesuffix(" called")
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
        case "formed":
            return f"a pointer outside of the object of {spoken(pair.after.summary, rest)} may be formed"
        case "scaled":
            return "a subscript of the rewrite may lead out of every object where the original's does not"
        case "ordered":
            return "pointers that may lead into different objects are compared or subtracted"
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
    for block, instr, address in pointers.unshown(pair):
        found.append(_formed(pair.after, pair, block, address, instr.loc))
    for duty in t.duties:
        where = t.block_cond(duty.block)
        known = functools.partial(prover.range_of, pair.after, where=where)
        if not intervals.safe(duty.kind, duty.operands) and not intervals.safe(
            duty.kind, duty.operands, known
        ):
            found.append(_duty(pair.after, pair, duty.kind, duty.block, duty.operands, duty.instr.loc))
    return found


def _formed(side: Side, pair: Pair, block: str, address: Address, loc: Loc | None) -> Duty:
    """A pointer that is formed, as a duty: S forms the same (C11 6.5.6p8), with the same calls behind it."""
    if address.base.startswith((ANYWHERE, POINTER)):
        base, place = ANYWHERE, as_number(side.summary.terms, address, loc)
    else:
        base, place = address.base, address.offset
        if place.kind == "int":
            place = side.summary.terms.integer(place.affine, "i128")
    called = side.summary.called(block)
    operands, word = ((place,), "formed") if called is None else ((place, called), "formed called")
    return _duty(side, pair, f"{word}.{base}.0", block, operands, loc)


def _claimed(side: Side, pair: Pair, claim: RangeClaim) -> Duty:
    """A range that affine reasoning leaves open, as a duty on the value: S certainly computes the same."""
    value = side.summary.terms.integer(claim.value, "i128")
    return _duty(side, pair, f"{claim.kind}.{claim.low}.{claim.high}", claim.block, (value,), claim.instr.loc)


def _place(side: Side, access: Access) -> Term:
    """An access's byte offset, wide enough that equal means equal and not congruent."""
    if _numbered(access):
        return as_number(side.summary.terms, access.address, access.instr.loc)
    offset = access.address.offset
    return side.summary.terms.integer(offset.affine, "i128") if offset.kind == "int" else offset


def _accessed(side: Side, pair: Pair, access: Access, what: str) -> Duty:
    """An access as a duty of some kind. Accesses are compared through one base; behind pointers that come out of
    memory, by their place as a number. Calls may end the life of objects: what was called must be the same."""
    base = ANYWHERE if access.address.base.startswith((ANYWHERE, POINTER)) else access.address.base
    operands, called = (_place(side, access),), side.summary.called(access.block)
    if called is not None:
        what, operands = f"{what} called", (*operands, called)
    kind = f"{what}.{base}.{access.size}"
    return _duty(side, pair, kind, access.block, operands, access.instr.loc)


def _numbered(access: Access) -> bool:
    """Whether the place is compared as the number that it is in the terms of `worlds`."""
    return access.settled and (
        access.is_store or access.value is not None or access.address.base.startswith(POINTER)
    )


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
        living = pair.after.summary.called(access.block) is None
        if not living or not safety.inside_span(site, spans[base]):
            found.append(_accessed(pair.after, pair, access, "access"))
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


def _stores(pair: Pair, prover: Prover, problem: Problem, rlimit: int) -> list[Duty]:
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
            if name in pair.after.finals and changes.changing(prover, pair.after, site, rlimit):
                continue
            if access is not None:
                # Different pointers may store to one cell of the heap: only the same base is compared.
                found.append(_accessed(pair.after, pair, access, "store"))
    for site in pair.after.sites:
        access = site.access
        if access is None or not access.settled or not access.is_store:
            continue
        living = pair.after.summary.called(access.block) is None
        if not living or not safety.certainly_stored(pair, site):
            found.append(_accessed(pair.after, pair, access, "store"))
    return found


def _types(pair: Pair) -> list[Duty]:
    """T accesses memory as a type only where S does so (C11 6.5p7)."""
    return [_accessed(pair.after, pair, access, f"type {tag}") for access, tag in effective.doubtful(pair)]


def _alignments(pair: Pair) -> list[Duty]:
    """T assumes that an address is aligned only where S does (C11 6.3.2.3p7)."""
    return [
        _accessed(pair.after, pair, access, f"aligned {access.instr.align}")
        for access in pointers.doubtful(pair)
    ]


def _all(side: Side, pair: Pair) -> list[Duty]:
    """Everything of S that a duty of T may be matched with."""
    found = [_duty(side, pair, d.kind, d.block, d.operands, d.instr.loc) for d in side.summary.duties]
    found += [_claimed(side, pair, claim) for claim in side.summary.claims.values() if claim.kind != "view"]
    for block, instr, address in pointers.addresses(side):
        if not address.base.startswith((f"{side.summary.side}.", "null", "indeterminate")):
            found.append(_formed(side, pair, block, address, instr.loc))
    for site in side.sites:
        access = site.access
        if access is None:
            continue
        found.append(_accessed(side, pair, access, "access"))
        align = access.instr.align if not access.lane else 1
        while align > 1:
            found.append(_accessed(side, pair, access, f"aligned {align}"))
            align //= 2
        found += [_accessed(side, pair, access, f"type {name}") for name in effective.names(side, access)]
        if access.stored is not None:
            found.append(_accessed(side, pair, access, "store"))
    return found


def _covered(pair: Pair, prover: Prover, duty: Duty, offers: list[Duty]) -> bool:
    t = pair.after.summary.terms
    guarded = () if t.is_true(duty.guard) else (duty.guard,)
    b = t.op(f"duty.{duty.kind}", "i1", *duty.operands, *guarded)
    left = _project(duty, b.ctx)
    for weaker in _weaker(t, duty.guard):
        eased = replace(duty, guard=weaker)
        for offer in offers:
            s = pair.before.summary.terms
            free = s.is_true(offer.guard)
            if weaker is not duty.guard if free else not guarded:
                continue
            goal = t.op(f"duty.{duty.kind}", "i1", *duty.operands, *(() if free else (weaker,)))
            a = s.op(f"duty.{duty.kind}", "i1", *offer.operands, *(() if free else (offer.guard,)))
            runs = _project(offer, a.ctx)
            for guess in guesses(prover, offer, eased, a, goal):
                rel = guess.intersect_domain(runs).intersect_range(_project(duty, goal.ctx))
                rel = rel.intersect_params(pair.context)
                if rel.is_empty() or not prover.equal(rel, a, goal):
                    continue
                done = rel.range()
                left = left.subtract(done if goal.ctx == b.ctx else _widen_dims(done, goal.ctx, b.ctx))
                if left.is_empty():
                    return True
    return left.is_empty()


def _weaker(t: Terms, guard: Term) -> list[Term]:
    """The guard, and what else is true where it is: if S does something then, it does so where T does."""
    parts = searches.conjuncts(guard)
    found = [guard]
    for count in range(len(parts) - 1, 0, -1):
        weaker = parts[0]
        for part in parts[1:count]:
            weaker = t.both(weaker, part)
        found.append(weaker)
    return list(dict.fromkeys([*found, *parts]))[:MOST_WEAKER]


def _project(duty: Duty, ctx: tuple[str, ...]) -> isl.Set:
    rest = [name for name in duty.dims if name not in ctx]
    return spaces.points(spaces.forget(duty.cond, rest), ctx)


def _widen_dims(points: isl.Set, have: tuple[str, ...], want: tuple[str, ...]) -> isl.Set:
    return spaces.points(spaces.conditions(points, have), want)

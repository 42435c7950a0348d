"""Which inputs the original is defined on, and whether what was claimed of integers holds."""

from __future__ import annotations

import islpy as isl

from verify.flow import addresses, calls, progress, spaces, worlds
from verify.flow.spaces import Affine, Cond
from verify.flow.summary import Summary
from verify.flow.terms import Term
from verify.flow.values import SLOTS, Access, RangeClaim
from verify.ir import types
from verify.ir.cfg import Loop
from verify.ir.nodes import Function, GlobalRef
from verify.verdict import Unsupported


class Restart(Exception):
    """A range claim fails: the value must be taken modulo its width, and the summary be made anew."""

    def __init__(self, key: tuple[str, str]) -> None:
        super().__init__(key)
        self.key = key


def collect(s: Summary) -> list[Access]:
    """Evaluate every instruction that can run (dead ones included: they have duties) and list the accesses."""
    found: list[Access] = []
    for name in s.cfg.order:
        for instr in s.function.block(name).instrs:
            if instr.op == "store":
                found += addresses.store(s, name, instr)
            elif instr.op == "load":
                if instr.result is not None:
                    s.local(instr.result)
                found += addresses.access(s, name, instr, instr.operands[0], instr.type)
            elif instr.op in ("mload", "mstore"):
                if instr.result is not None:
                    s.local(instr.result)
                found += worlds.accesses(s, name, instr)
            elif instr.result is not None:
                s.local(instr.result)
            elif instr.op == "call" and instr.callee.startswith(("llvm.memset.", "llvm.memcpy.")):
                found += addresses.filled(s, name, instr)
            elif instr.op == "call":
                calls.call(s, name, instr)
            elif instr.op not in ("br", "switch", "ret", "unreachable"):
                raise Unsupported(f"instruction {instr.op}", instr.loc)
        s.block_cond(name)
    return found


def unreached(s: Summary, context: Cond) -> Cond:
    """The inputs on which S does not reach an end that it promises to be unreachable (there it is undefined).

    Raises Unsupported where such an end is not certain: behind data, a loop, or a call that may not return.
    """
    for name in s.cfg.order:
        end = s.function.block(name).terminator
        if end.op != "unreachable" or s.terms.is_false(s.reach(name)):
            continue
        here = s.block_cond(name).intersect(context)
        if here.is_empty():
            continue
        if not s.terms.is_true(s.guard(name)) or any(_may_stay(s, before) for before in _leading_to(s, name)):
            raise Unsupported("an end that is promised to be unreachable", end.loc)
        context = context.subtract(here).coalesce()
    return context


def _leading_to(s: Summary, name: str) -> set[str]:
    found, fresh = {name}, {name}
    while fresh:
        fresh = {b for b in s.cfg.order if fresh & set(s.function.block(b).terminator.labels)} - found
        found |= fresh
    return found


def _may_stay(s: Summary, name: str) -> bool:
    calls = (i for i in s.function.block(name).instrs if i.op == "call" and not i.callee.startswith("llvm."))
    return bool(s.chain(name)) or any(True for _ in calls)


def never_unreachable(s: Summary, context: Cond) -> None:
    """T must not reach an end that it promises to be unreachable. Raises Unsupported."""
    for name in s.cfg.order:
        end = s.function.block(name).terminator
        if end.op != "unreachable" or s.terms.is_false(s.reach(name)):
            continue
        if not s.block_cond(name).intersect(context).is_empty():
            raise Unsupported("an end that is promised to be unreachable", end.loc)


def parameter_ranges(s: Summary) -> Cond:
    """The values that integer arguments can have."""
    result = spaces.everywhere()
    for index, param in enumerate(s.function.params):
        if isinstance(param.type, types.IntType):
            width, name = param.type.bits, f"p{index}"
            low = 0 if name in s.unsigned_params or width == 1 else -(1 << (width - 1))
            result = result.intersect(spaces.between(spaces.symbol(name), low, low + (1 << width)))
    return result


ADDRESSES = 1 << 62
"""No object lies above this address: user space ends below it on every supported target."""


def address_ranges(*functions: Function) -> Cond:
    """The values of addresses taken as numbers; empty of conditions where none is taken."""
    result = spaces.everywhere()
    for function in functions:
        names = {f"p{i}" for i, p in enumerate(function.params) if isinstance(p.type, types.PtrType)}
        taken = False
        for block in function.blocks:
            for instr in block.instrs:
                taken = taken or instr.op == "ptrtoint"
                names |= {f"g.{v.name}" for v in instr.operands if isinstance(v, GlobalRef)}
        for name in sorted(names) if taken else ():
            result = result.intersect(
                spaces.between(spaces.symbol(spaces.spelled(f"adr.{name}")), 0, ADDRESSES)
            )
    return result


def broken(s: Summary, claim: RangeClaim, context: Cond) -> Cond:
    """The iterations and arguments at which a claim fails.

    A value is read only in iterations that begin; in those of its loop's counters that move by signed addition have not
    overflowed: S is defined, and T's additions are claims or duties themselves."""
    outside = spaces.negate(spaces.between(claim.value, claim.low, claim.high))
    return outside.intersect(context).intersect(_happening(s, claim.block, claim.kind == "view"))


def _happening(s: Summary, block: str, counted: bool) -> Cond:
    """The block's iterations but for those that can never begin (`progress.most`; `counted`: counters too)."""
    found = s.known(("happening", block, counted))
    if found is None:
        found = s.block_cond(block)
        for loop in s.chain(block):
            most = progress.most(s, loop)
            if most is not None:
                counter = spaces.symbol(s.counters[loop.header])
                found = found.intersect(counter.le_set(spaces.constant(most)))
            if counted and s.domain(loop).data:
                found = found.intersect(_counters(s, loop))
        for loop in _done(s, block):
            most = progress.most(s, loop)
            if most is not None:
                long = s.domain(loop).last.gt_set(spaces.constant(most))
                found = found.intersect(spaces.negate(long))
        s.learn(("happening", block, counted), found)
    return found


def _done(s: Summary, block: str) -> list[Loop]:
    """Loops, ended by affine exits alone, that control has left before it comes to a block."""
    around = s.chain(block)
    return [
        loop
        for header, loop in s.cfg.loops.items()
        if loop not in around
        and s.chain(header)[:-1] == around[: len(s.chain(header)) - 1]
        and s.cfg.dominates(header, block)
        and not s.domain(loop).data
    ]


def _counters(s: Summary, loop: Loop) -> Cond:
    """Where the counters that signed addition moves are in their ranges."""
    found = spaces.everywhere()
    for phi in s.cfg.blocks[loop.header].instrs:
        if phi.op != "phi" or not isinstance(phi.type, types.IntType):
            continue
        moved = progress.step(s, loop, phi)
        value = s.local(phi.value.name) if moved is not None and moved[1] else None
        if isinstance(value, Term) and value.kind == "int":
            half = 1 << (phi.type.bits - 1)
            found = found.intersect(spaces.between(value.affine, -half, half))
    return found


def settle_before(s: Summary, context: Cond) -> Cond:
    """The arguments on which S cannot be undefined through the claims; raises Restart for a claim to be given up.

    Undefined behaviour takes arguments away only where the model can be trusted: what S certainly executes, with
    no value before it out of the range that was claimed. So a claim on a value may fail only after S has been
    undefined already. Overflow where it is not certain that S comes to it takes no arguments away, and need not be
    excluded: where S does come to it, there is none.
    """
    counters = tuple(s.terms.order)
    undefined: list[tuple[RangeClaim, Cond]] = []
    doubtful: list[tuple[RangeClaim, Cond]] = []
    for claim in s.claims.values():
        bad = broken(s, claim, context)
        if bad.is_empty():
            continue
        if claim.kind == "view":
            doubtful.append((claim, bad))
        elif s.terms.is_true(s.guard(claim.block)):
            undefined.append((claim, bad))
    if doubtful:
        after = _after(s, undefined, _depth(s)) if undefined else None
        for claim, bad in doubtful:
            if after is None or not _times(s, claim, bad, _depth(s)).is_subset(after):
                raise Restart(claim.key)
    for _, bad in undefined:
        context = context.subtract(spaces.forget(bad, counters))
    return context.coalesce()


def _depth(s: Summary) -> int:
    return 2 * max((len(s.chain(block)) for block in s.cfg.order), default=0) + 1


def _times(s: Summary, claim: RangeClaim, where: Cond, depth: int) -> isl.Set:
    """The points in S's execution order at which a claim fails."""
    rank = {name: number * SLOTS for number, name in enumerate(s.cfg.order)}
    when: list[Affine] = []
    for loop in s.chain(claim.block):
        when += [spaces.constant(rank[loop.header]), spaces.symbol(s.counters[loop.header])]
    place = next(n for n, instr in enumerate(s.cfg.blocks[claim.block].instrs) if instr is claim.instr)
    when.append(spaces.constant(rank[claim.block] + 2 * place))
    when += [spaces.constant(0)] * (depth - len(when))
    names = [f"w{level}" for level in range(depth)]
    for name, value in zip(names, when, strict=True):
        where = where.intersect(spaces.symbol(name).eq_set(value))
    return spaces.points(spaces.forget(where, s.counters_of(claim.block)), names)


def _after(s: Summary, undefined: list[tuple[RangeClaim, Cond]], depth: int) -> isl.Set:
    """The points in the execution order at or after some certainly undefined operation."""
    times = [_times(s, claim, bad, depth) for claim, bad in undefined]
    whole = times[0]
    for more in times[1:]:
        whole = whole.union(more)
    return whole.apply(isl.Map.lex_le(whole.get_space().drop_all_params()))


def settle_after(s: Summary, context: Cond) -> list[RangeClaim]:
    """Check T's claims under S's context. Returns the overflow claims that affine reasoning leaves open."""
    for claim in s.claims.values():
        if claim.kind == "view" and not broken(s, claim, context).is_empty():
            raise Restart(claim.key)
    return [c for c in s.claims.values() if c.kind != "view" and not broken(s, c, context).is_empty()]

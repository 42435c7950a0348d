"""Which inputs the original is defined on, and whether what was claimed of integers holds."""

from __future__ import annotations

from verify.flow import addresses, calls, spaces
from verify.flow.spaces import Cond
from verify.flow.summary import Summary
from verify.flow.values import Access, RangeClaim
from verify.ir import types
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
                addresses.load(s, name, instr)
                found += addresses.access(s, name, instr, instr.operands[0], instr.type)
            elif instr.result is not None:
                s.local(instr.result)
            elif instr.op == "call":
                calls.call(s, name, instr)
            elif instr.op == "unreachable":
                if not s.terms.is_false(s.reach(name)) and not s.block_cond(name).is_empty():
                    raise Unsupported("an end that is promised to be unreachable", instr.loc)
            elif instr.op not in ("br", "switch", "ret"):
                raise Unsupported(f"instruction {instr.op}", instr.loc)
        s.block_cond(name)
    return found


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
    """The iterations and arguments at which a claim fails."""
    outside = spaces.negate(spaces.between(claim.value, claim.low, claim.high))
    return outside.intersect(context).intersect(s.block_cond(claim.block))


def settle_before(s: Summary, context: Cond) -> Cond:
    """The arguments on which S cannot be undefined through the claims; raises Restart for a claim to be given up.

    Only what S certainly executes takes arguments away: in a block whose condition is approximated the claim must
    hold by itself."""
    counters = tuple(s.terms.order)
    for claim in s.claims.values():
        if claim.kind != "view":
            bad = broken(s, claim, context)
            if bad.is_empty():
                continue
            if not s.terms.is_true(s.guard(claim.block)):
                if claim.kind == "index":
                    continue
                raise Restart(claim.key)
            context = context.subtract(spaces.forget(bad, counters)).coalesce()
    for claim in s.claims.values():
        if claim.kind == "view" and not broken(s, claim, context).is_empty():
            raise Restart(claim.key)
    return context


def settle_after(s: Summary, context: Cond) -> list[RangeClaim]:
    """Check T's claims under S's context. Returns the overflow claims that affine reasoning leaves open."""
    for claim in s.claims.values():
        if claim.kind == "view" and not broken(s, claim, context).is_empty():
            raise Restart(claim.key)
    return [c for c in s.claims.values() if c.kind != "view" and not broken(s, c, context).is_empty()]

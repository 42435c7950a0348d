"""Numbers and pointers that lie in memory when the function begins: bounds and base pointers as real code has them.

A load whose place does not vary is the initial contents of that place where nothing can have been stored there before:
no store and no call comes first on any path, or, in the original, every store is of a type that C11 6.5p7 forbids to
reach it (a defined execution then reads what was there). Where the rewrite loads again after such stores, `aliasing`
checks that the original would have to be undefined for them to meet. Such a number is a parameter of the proof, such a
pointer a base of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from verify.flow import roots, spaces, tbaa
from verify.flow.summary import Summary
from verify.flow.terms import Term
from verify.flow.values import Address, Datum
from verify.ir import types
from verify.ir.nodes import Instr, Local

POINTER = "m."
FOLLOWED = frozenset(
    [
        "add",
        "sub",
        "mul",
        "shl",
        "lshr",
        "ashr",
        "and",
        "or",
        "xor",
        "sdiv",
        "udiv",
        "srem",
        "urem",
        "sext",
        "zext",
        "trunc",
        "phi",
        "select",
    ]
)


@dataclass(slots=True)
class Entries:
    """The entry numbers of both programs: parameter name to [low, high)."""

    ranges: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])

    def context(self) -> spaces.Cond:
        result = spaces.everywhere()
        for name, (low, high) in sorted(self.ranges.items()):
            result = result.intersect(spaces.between(spaces.symbol(name), low, high))
        return result


def name_of(address: Address) -> str:
    """One name for the initial contents of a place in both programs."""
    return f"{POINTER}{address.base}+{address.offset.data[1]}"


def loaded(s: Summary, block: str, instr: Instr, address: Address) -> Datum | None:
    """The initial contents as a parameter or a base; None where the load is to be left to the dataflow."""
    if address.offset.kind != "int" or address.offset.ctx or address.base.startswith((f"{s.side}.", "null")):
        return None
    ty = instr.type
    pointer = isinstance(ty, types.PtrType)
    number = isinstance(ty, types.IntType) and 8 <= ty.bits <= 64
    if not pointer and not (number and instr.result in _steering(s)):
        return None
    if not _initial(s, block, instr):
        return None
    entries: Entries | None = s.known("entries")
    if entries is None:
        return None
    name = name_of(address)
    if pointer:
        return Address(name, s.terms.number(0, "i64"))
    width = ty.bits if isinstance(ty, types.IntType) else 64
    symbol = spaces.spelled(f"{name}.i{width}")
    entries.ranges[symbol] = (-(1 << (width - 1)), 1 << (width - 1))
    return s.terms.integer(spaces.symbol(symbol), f"i{width}")


def contents(s: Summary, address: Address, type_: str) -> Term | None:
    """The parameter that stands for the initial contents of a place, if either program has one."""
    entries: Entries | None = s.known("entries")
    if entries is None or address.offset.kind != "int" or address.offset.ctx:
        return None
    symbol = spaces.spelled(f"{name_of(address)}.{type_}")
    return s.terms.integer(spaces.symbol(symbol), type_) if symbol in entries.ranges else None


def _steering(s: Summary) -> frozenset[str]:
    """Loads of numbers that bear on control or on addresses."""
    found = s.known("steering")
    if found is not None:
        return found
    users: dict[str, list[Instr]] = {}
    for block in s.function.blocks:
        for instr in block.instrs:
            for operand in instr.operands:
                if isinstance(operand, Local):
                    users.setdefault(operand.name, []).append(instr)
    steering: set[str] = set()
    for block in s.function.blocks:
        for instr in block.instrs:
            if instr.op != "load" or instr.result is None or not isinstance(instr.type, types.IntType):
                continue
            seen, stack = {instr.result}, [instr.result]
            while stack:
                for user in users.get(stack.pop(), ()):
                    if user.op in ("icmp", "getelementptr", "switch"):
                        steering.add(instr.result)
                    elif user.op in FOLLOWED and user.result is not None and user.result not in seen:
                        seen.add(user.result)
                        stack.append(user.result)
    return s.learn("steering", frozenset(steering))


def _initial(s: Summary, block: str, instr: Instr) -> bool:
    if s.known("first-writes") is None:
        s.learn("first-writes", roots.clean_prefixes(s.function))
    clean: dict[str, int] = s.known("first-writes")
    instrs = s.function.block(block).instrs
    place = next(n for n, other in enumerate(instrs) if other is instr)
    if place < clean.get(block, 0):
        return True
    if not s.known("strict-aliasing"):
        return False
    writes = roots.writes(s.function)
    if any(write.op not in ("store", "mstore") for write in writes):
        return False
    tag = instr.meta("tbaa")
    return tag is not None and not any(tbaa.may_meet(s.module, instr, write) for write in writes)

"""Memory as values: what chosen objects hold becomes a variable in SSA form, which loads read and stores renew.

Where a program writes at places that depend on data, or calls what it does not define, the order of its accesses is
kept and everything that they see is one value. Instructions made here, beside LLVM's own:

    minit                        the contents when the function begins; `predicate` names the set of objects
    mload   memory, pointer      a load (result, type, align, flags and metadata of the load)
    mstore  memory, value, pointer      the contents after a store (`source_type`: the type of the stored value)
    mcall   memory, arguments...        the contents after a call of `callee` (`source_type`: the type of its result)
    mresult memory, arguments...        what the call returns
    mfinal  memory               the contents when the function returns; result `final.<set>`
    going   memory               ends a block whose call may not return: seen from then on in `trace`

`trace` is a set of no objects, renewed by calls alone: what has been called so far.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from verify.ir.nodes import Block, Function, Instr, Local, Value
from verify.ir.ssa import promote_only
from verify.ir.types import MemoryType, PtrType, VoidType

MEMORY = MemoryType()
TRACE = "trace"
HEAP = "heap"


def with_worlds(
    function: Function,
    sets: frozenset[str],
    set_of: Callable[[Value], str | None],
    opaque: Callable[[Instr], bool],
) -> Function:
    """The function with the memory of these sets of objects as values.

    set_of  the set that an access through this pointer belongs to, None for memory that stays memory
    opaque  whether a call may do anything; every set is renewed by it. Blocks end after such a call.
    """
    calls = any(opaque(i) for b in function.blocks for i in b.instrs)
    names = sorted(sets) + ([TRACE] if calls else [])
    slots = {name: f"memory.{name}" for name in names}
    function = _split(function, opaque) if calls else function
    blocks: list[Block] = []
    for number, block in enumerate(function.blocks):
        body = [
            i
            for place, instr in enumerate(block.instrs)
            for i in _made(instr, f"{block.name}.{place}", names, slots, set_of, opaque)
        ]
        if number == 0:
            body = [i for name in names for i in _begin(name, slots[name])] + body
        phis = [i for i in body if i.op == "phi"]
        rest = [i for i in body if i.op != "phi"]
        if calls and number:
            # Read at every block's beginning: whether control comes here depends on what calls did before.
            rest = [
                _read(slots[TRACE], f"here.{block.name}"),
                Instr("going", f"going.{block.name}", MEMORY, (Local(f"here.{block.name}", MEMORY),)),
                *rest,
            ]
        blocks.append(Block(block.name, (*phis, *rest)))
    return promote_only(replace(function, blocks=tuple(blocks)), frozenset(slots.values()))


def _begin(name: str, slot: str) -> Iterator[Instr]:
    yield Instr("alloca", slot, PtrType(), source_type=MEMORY)
    yield Instr("minit", f"{slot}.0", MEMORY, predicate=name)
    yield _write(slot, f"{slot}.0")


def _read(slot: str, result: str) -> Instr:
    return Instr("load", result, MEMORY, (Local(slot, PtrType()),))


def _write(slot: str, value: str) -> Instr:
    return Instr("store", None, MEMORY, (Local(value, MEMORY), Local(slot, PtrType())))


def _made(
    instr: Instr,
    place: str,
    names: list[str],
    slots: dict[str, str],
    set_of: Callable[[Value], str | None],
    opaque: Callable[[Instr], bool],
) -> Iterator[Instr]:
    match instr.op:
        case "load" | "store":
            pointer = instr.operands[-1]
            chosen = set_of(pointer)
            if chosen is None:
                yield instr
                return
            slot = slots[chosen]
            before = f"{slot}.before.{place}"
            yield _read(slot, before)
            memory = Local(before, MEMORY)
            if instr.op == "load":
                yield replace(instr, op="mload", operands=(memory, pointer))
                return
            after = f"{slot}.after.{place}"
            yield replace(
                instr,
                op="mstore",
                result=after,
                type=MEMORY,
                operands=(memory, instr.operands[0], pointer),
                source_type=instr.type,
            )
            yield _write(slot, after)
        case "call" if opaque(instr):
            before = {name: f"{slots[name]}.before.{place}" for name in names}
            for name in names:
                yield _read(slots[name], before[name])
            seen = tuple(Local(before[name], MEMORY) for name in names)
            arguments = instr.operands
            if not isinstance(instr.type, VoidType):
                yield replace(instr, op="mresult", operands=(*seen, *arguments))
            for name in names:
                after = f"{slots[name]}.after.{place}"
                yield replace(
                    instr,
                    op="mcall",
                    result=after,
                    type=MEMORY,
                    operands=(*seen, *arguments),
                    predicate=name,
                    source_type=instr.type,
                )
                yield _write(slots[name], after)
        case "ret":
            for name in names:
                if name != TRACE:
                    yield _read(slots[name], f"end.{name}")
                    yield Instr("mfinal", f"final.{name}", MEMORY, (Local(f"end.{name}", MEMORY),))
            yield instr
        case _:
            yield instr


def _split(function: Function, opaque: Callable[[Instr], bool]) -> Function:
    """Every block ends after its first opaque call; what follows is a block of its own."""
    blocks: list[Block] = []
    renamed: dict[str, str] = {}
    for block in function.blocks:
        name, part, count = block.name, list[Instr](), 0
        for instr in block.instrs:
            part.append(instr)
            if instr.op == "call" and opaque(instr):
                count += 1
                onward = f"{block.name}.after{count}"
                part.append(Instr("br", None, VoidType(), labels=(onward,), loc=instr.loc))
                blocks.append(Block(name, tuple(part)))
                name, part = onward, []
        blocks.append(Block(name, tuple(part)))
        if count:
            renamed[block.name] = name
    return replace(function, blocks=tuple(_arriving(block, renamed) for block in blocks))


def _arriving(block: Block, renamed: dict[str, str]) -> Block:
    """Phis name the last part of a block that was split."""
    if not renamed:
        return block
    instrs = tuple(
        replace(i, labels=tuple(renamed.get(label, label) for label in i.labels)) if i.op == "phi" else i
        for i in block.instrs
    )
    return Block(block.name, instrs)

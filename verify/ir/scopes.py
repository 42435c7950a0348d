"""Which automatic objects show where their lifetime begins, and which do not.

Clang marks the declaration of a block-scope variable with `llvm.lifetime.start`, but not where a jump may
pass the declaration. The contents of such a variable become indeterminate at each entry of its block all the
same, and nothing in the IR says so: its alloca gets metadata ("unscoped", "1").
"""

from __future__ import annotations

from dataclasses import replace

from verify.ir.nodes import Block, Function, Instr, Local, Value

UNSCOPED = ("unscoped", "1")
LIFETIME_START = "llvm.lifetime.start"
LIFETIME_END = "llvm.lifetime.end"


def is_lifetime(instr: Instr, kind: str) -> bool:
    """Whether this is a lifetime marker; its object is the last operand."""
    return instr.op == "call" and instr.callee.startswith(kind)


def allocas(function: Function) -> tuple[Instr, ...]:
    """The allocas of the entry block."""
    return tuple(i for i in function.blocks[0].instrs if i.op == "alloca") if function.blocks else ()


def started(function: Function) -> frozenset[str]:
    """The names of the objects for which there is a lifetime.start."""
    return frozenset(
        instr.operands[-1].name
        for block in function.blocks
        for instr in block.instrs
        if is_lifetime(instr, LIFETIME_START) and isinstance(instr.operands[-1], Local)
    )


def mark_unscoped(function: Function) -> Function:
    """The same function with the metadata ("unscoped", "1") on the allocas whose re-entry is invisible."""
    if not function.blocks:
        return function
    scoped = started(function)
    # A dot is in no C identifier: objects like x.addr and .compoundliteral are written when they are reached.
    candidates = {
        a.result
        for a in allocas(function)
        if a.result is not None and "." not in a.result and a.meta(UNSCOPED[0]) is None
    }
    candidates -= scoped
    candidates -= _parameters(function)
    candidates -= {name for name in candidates if name == "retval" and _only_returned(function, name)}
    candidates = {name for name in candidates if not _stored_first(function, name)}
    if not candidates:
        return function
    entry = function.blocks[0]
    instrs = tuple(
        replace(i, metadata=(*i.metadata, UNSCOPED)) if i.op == "alloca" and i.result in candidates else i
        for i in entry.instrs
    )
    return replace(function, blocks=(Block(entry.name, instrs), *function.blocks[1:]))


def _parameters(function: Function) -> set[str]:
    """Objects that hold a parameter, or a part of one, from the entry block on."""
    params = {p.name for p in function.params}
    base: dict[str, str] = {}
    found: set[str] = set()
    for instr in function.blocks[0].instrs:
        match instr.op, instr.operands:
            case "getelementptr", (Local(name, _), *_) if instr.result is not None:
                base[instr.result] = base.get(name, name)
            case "store", (Local(value, _), Local(name, _)) if value in params:
                found.add(base.get(name, name))
            case _:
                pass
    return found


def _is(value: Value, name: str) -> bool:
    return isinstance(value, Local) and value.name == name


def _only_returned(function: Function, name: str) -> bool:
    for block in function.blocks:
        for at, instr in enumerate(block.instrs):
            if instr.op == "load" and _is(instr.operands[0], name):
                after = block.instrs[at + 1 :]
                if after[-1].op != "ret" or not any(_is(v, instr.result or "") for v in after[-1].operands):
                    return False
    return True


def _stored_first(function: Function, name: str) -> bool:
    """Whether every use is a whole load or store, each load after a store in its own block.

    No declaration can stand between the two: a label, by which it could be reached, would begin a block.
    """
    for block in function.blocks:
        stored = False
        for instr in block.instrs:
            if instr.op == "store" and _is(instr.operands[1], name) and not _is(instr.operands[0], name):
                stored = True
            elif any(_is(v, name) for v in instr.operands) and not (instr.op == "load" and stored):
                return False
    return True

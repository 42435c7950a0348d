"""Stores that wipe automatic objects: what nothing reads any more is still to be stored where S stores it.

By C11 such stores are not observable, and by its results a rewrite without them is equal. They are there so that
secrets do not stay in memory. An object of S is wiped where its last stores are read by nothing that control can reach
from them. The rewrite must then leave the same contents: both versions get the object from their caller, which makes
its contents at the end part of what is proved. That proof stands beside the usual one, which alone speaks of
indeterminate contents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from verify.flow import roots
from verify.flow.values import ANYWHERE
from verify.ir.cfg import successors
from verify.ir.nodes import Block, Function, Instr, Param
from verify.ir.types import Type

_SETS = ("llvm.memset.", "llvm.memcpy.", "llvm.memmove.")
_SILENT = ("llvm.lifetime.", "llvm.dbg.", "llvm.assume")


def wiped(function: Function) -> dict[str, Type]:
    """The automatic objects of a function in SSA form with stores that nothing can read; with their types."""
    known = roots.of_pointers(function)
    shared = {
        root for block in function.blocks for instr in block.instrs for root in roots.leaving(instr, known)
    }
    types = {
        i.result: i.source_type
        for block in function.blocks
        for i in block.instrs
        if i.op == "alloca" and i.result is not None and i.source_type is not None
    }
    behind = _behind(function)
    found: dict[str, Type] = {}
    for name, kind in types.items():
        root = f"a.{name}"
        readers = {
            block.name: [n for n, i in enumerate(block.instrs) if _reads(i, root, known, root in shared)]
            for block in function.blocks
        }
        for block in function.blocks:
            for number, instr in enumerate(block.instrs):
                if _target(instr, known) != frozenset({root}):
                    continue
                later = any(readers[other] for other in behind[block.name])
                if not later and not any(reader > number for reader in readers[block.name]):
                    found[name] = kind
    return found


def _behind(function: Function) -> dict[str, set[str]]:
    """For each block those that control may reach from its end."""
    after = {block.name: set(successors(block)) for block in function.blocks}
    changed = True
    while changed:
        changed = False
        for name, found in after.items():
            more = found.union(*(after[one] for one in found))
            if len(more) > len(found):
                after[name] = more
                changed = True
    return after


def _target(instr: Instr, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    if instr.op == "store":
        return roots.of_value(instr.operands[1], known)
    if instr.op == "call" and instr.callee.startswith(_SETS):
        return roots.of_value(instr.operands[0], known)
    return frozenset()


def _reads(instr: Instr, root: str, known: Mapping[str, frozenset[str]], shared: bool) -> bool:
    if instr.op == "call":
        if instr.callee.startswith(_SILENT):
            return False
        sources = instr.operands[1:2] if instr.callee.startswith(_SETS) else instr.operands
        if shared and not instr.callee.startswith("llvm."):
            return True
    elif instr.op in ("load", "atomicrmw", "cmpxchg"):
        sources = instr.operands[:1]
    else:
        return False
    based = frozenset[str]().union(*(roots.of_value(value, known) for value in sources))
    return root in based or (shared and ANYWHERE in based)


def handed_in(function: Function, names: dict[str, Type]) -> Function | None:
    """The function with these automatic objects as parameters that nothing else leads to; None where it has not all of
    them."""
    own = {
        i.result: i.source_type
        for block in function.blocks
        for i in block.instrs
        if i.op == "alloca" and not i.operands
    }
    if any(own.get(name) != kind for name, kind in names.items()):
        return None
    made = {
        i.result: i
        for block in function.blocks
        for i in block.instrs
        if i.op == "alloca" and i.result in names
    }
    params = tuple(Param(name, made[name].type, frozenset({"noalias"})) for name in names)
    blocks = tuple(
        Block(block.name, tuple(i for i in block.instrs if not _dropped(i, names)))
        for block in function.blocks
    )
    return replace(function, params=(*function.params, *params), blocks=blocks)


def _dropped(instr: Instr, names: dict[str, Type]) -> bool:
    if instr.op == "alloca":
        return instr.result in names
    silent = instr.op == "call" and instr.callee.startswith("llvm.lifetime.")
    return silent and any(getattr(value, "name", None) in names for value in instr.operands)

"""Which values may be indeterminate, and the checks on arguments of inlined helpers that this makes idle."""

from __future__ import annotations

from dataclasses import replace

from verify.ir.nodes import Block, ConstPoison, ConstUndef, Function, Instr, Local, Value
from verify.ir.types import PtrType

CHECK = ("noundef", "1")
_PASSES_ON = frozenset(
    (
        "phi",
        "select",
        "insertelement",
        "extractelement",
        "shufflevector",
        "insertvalue",
        "extractvalue",
        "freeze",
    )
)
_POINTERS = frozenset(("getelementptr", "phi", "select", "bitcast", "freeze"))


def without_idle_checks(function: Function) -> Function:
    """The function without the comparisons that `inline` made (marked CHECK) of values never opaque."""
    instrs = [i for b in function.blocks for i in b.instrs]
    if not any(CHECK in i.metadata for i in instrs):
        return function
    opaque = _opaque(instrs)

    def idle(instr: Instr) -> bool:
        return CHECK in instr.metadata and not any(_in(v, opaque) for v in instr.operands)

    blocks = tuple(Block(b.name, tuple(i for i in b.instrs if not idle(i))) for b in function.blocks)
    return replace(function, blocks=blocks)


def _in(value: Value, names: set[str]) -> bool:
    return isinstance(value, ConstUndef | ConstPoison) or (isinstance(value, Local) and value.name in names)


def _opaque(instrs: list[Instr]) -> set[str]:
    """Names of values that may be indeterminate, operators aside: those must not meet such a value at all."""
    own = _may_point_here(instrs)
    found = {
        i.result
        for i in instrs
        if i.result is not None and (i.op == "token" or (i.op == "load" and _in(i.operands[0], own)))
    }
    changed = True
    while changed:
        changed = False
        for instr in instrs:
            passes = instr.op in _PASSES_ON or instr.op == "bitcast"
            if passes and instr.result not in found and any(_in(v, found) for v in instr.operands):
                assert instr.result is not None
                found.add(instr.result)
                changed = True
    return found


def _may_point_here(instrs: list[Instr]) -> set[str]:
    """Names of pointers that may point into an automatic object of this function."""
    if not any(i.op == "alloca" for i in instrs):
        return set()
    found = {
        i.result
        for i in instrs
        if i.result is not None and isinstance(i.type, PtrType) and i.op not in _POINTERS
    }
    changed = True
    while changed:
        changed = False
        for instr in instrs:
            derived = instr.op in _POINTERS and instr.result is not None and instr.result not in found
            if derived and any(_in(v, found) for v in instr.operands):
                assert instr.result is not None
                found.add(instr.result)
                changed = True
    return found

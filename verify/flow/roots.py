"""Where pointers come from and where memory that outlives the function is written, read off the text."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from verify.flow.calls import EXTREMES, IGNORED, PURE, PURE_LIBRARY
from verify.flow.values import ANYWHERE
from verify.ir import cfg
from verify.ir.nodes import ConstExpr, ConstNull, Function, GlobalRef, Instr, Local, Value
from verify.ir.types import PtrType

PASSING = frozenset(["getelementptr", "phi", "select", "bitcast"])
_KEEPING = ("llvm.lifetime.", "llvm.memcpy.", "llvm.memset.", "llvm.memmove.")


@functools.lru_cache(maxsize=16)
def of_pointers(function: Function) -> Mapping[str, frozenset[str]]:
    """For every pointer value of the function what it may be based on: `p<i>` for parameters, `g.<name>`,
    `a.<alloca>`, and "*" for what comes out of memory, a call or a number."""
    found: dict[str, frozenset[str]] = {}
    for index, param in enumerate(function.params):
        if isinstance(param.type, PtrType):
            found[param.name] = frozenset({f"p{index}"})
    changed = True
    while changed:
        changed = False
        for block in function.blocks:
            for instr in block.instrs:
                if instr.result is None or not isinstance(instr.type, PtrType):
                    continue
                if instr.op == "alloca":
                    here = frozenset({f"a.{instr.result}"})
                elif instr.op in PASSING:
                    operands = instr.operands[:1] if instr.op == "getelementptr" else instr.operands
                    here = frozenset[str]().union(*(of_value(v, found) for v in operands))
                elif instr.op == "token":
                    here = frozenset[str]()
                else:
                    here = frozenset({ANYWHERE})
                if here != found.get(instr.result, frozenset()):
                    found[instr.result] = here | found.get(instr.result, frozenset())
                    changed = True
    return found


def of_value(value: Value, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """What one operand may be based on."""
    match value:
        case Local(name, PtrType()):
            return known.get(name, frozenset())
        case GlobalRef(name, _):
            return frozenset({f"g.{name}"})
        case ConstExpr(_, operands, _, _, _):
            return frozenset[str]().union(*(of_value(v, known) for v in operands))
        case ConstNull():
            return frozenset()
        case _:
            return frozenset({ANYWHERE}) if isinstance(getattr(value, "type", None), PtrType) else frozenset()


def leaving(instr: Instr, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """The automatic objects whose address may come out of memory, a call or a number after this."""
    if instr.op in PASSING or instr.op in ("load", "icmp", "alloca"):
        return frozenset()
    if instr.op == "call" and instr.callee.startswith(_KEEPING):
        return frozenset()
    operands = instr.operands[:1] if instr.op == "store" else instr.operands
    return frozenset(root for value in operands for root in of_value(value, known) if root.startswith("a."))


def quiet(instr: Instr) -> bool:
    """Whether a call certainly neither writes memory nor does anything else that could be seen."""
    name = instr.callee
    if name.startswith(IGNORED) or name in PURE_LIBRARY:
        return True
    root = name
    for _ in range(3):
        if root in PURE or root in EXTREMES or root in ("llvm.fmuladd", "llvm.abs"):
            return True
        root = root.rpartition(".")[0]
    return False


@functools.lru_cache(maxsize=16)
def writes(function: Function) -> tuple[Instr, ...]:
    """Stores that may reach memory other than the function's own automatic objects, and calls that may write."""
    return tuple(i for block in function.blocks for i in block.instrs if _writes(function, i))


def _writes(function: Function, instr: Instr) -> bool:
    if instr.op in ("mstore", "mcall"):
        return True
    if instr.op == "call":
        return not quiet(instr)
    if instr.op != "store":
        return instr.op in ("atomicrmw", "cmpxchg", "fence", "invoke")
    based = of_value(instr.operands[1], of_pointers(function))
    return not based or any(not root.startswith("a.") for root in based)


def overlap(function: Function) -> bool:
    """Whether stores go to objects that other accesses may reach too."""
    known = of_pointers(function)
    apart = {f"p{i}" for i, p in enumerate(function.params) if "noalias" in p.attributes}
    seen: set[str] = set()
    for block in function.blocks:
        for instr in block.instrs:
            if instr.op in ("load", "store"):
                seen |= {r for r in of_value(instr.operands[-1], known) if not r.startswith("a.")} - apart
    return len(seen) > 1 and bool(writes(function))


def clean_prefixes(function: Function) -> dict[str, int]:
    """For each block how many of its first instructions run before anything is written on every path."""
    written = {
        block.name: next((n for n, i in enumerate(block.instrs) if _writes(function, i)), None)
        for block in function.blocks
    }
    sources = cfg.predecessors(function)
    dirty = {name for name, first in written.items() if first is not None}
    entered: set[str] = set()
    changed = True
    while changed:
        changed = False
        for name, before in sources.items():
            if name not in entered and any(b in dirty or b in entered for b in before):
                entered.add(name)
                changed = True
    result: dict[str, int] = {}
    for block in function.blocks:
        first = written[block.name]
        whole = len(block.instrs) if first is None else first
        result[block.name] = 0 if block.name in entered else whole
    return result

"""Time that depends on data: branches and addresses of the rewrite that depend on the contents of arrays.

What decides over branches and addresses can be measured from outside. Code whose branches and addresses do not depend
on the contents of arrays is written that way on purpose where these are secret, and a rewrite that is equal by its
results may take that away. Both versions are read in SSA form: what is still loaded there is memory. Choices by
`select` are no branches; what compilers make of either version is not looked into.
"""

from __future__ import annotations

from dataclasses import dataclass

from verify.ir.load import load, parsed
from verify.ir.nodes import ConstExpr, ConstInt, Function, GlobalRef, Instr, Loc, Local, Module, Value
from verify.ir.ssa import promote
from verify.ir.thread import threaded
from verify.ir.types import ArrayType, PtrType, StructType, VectorType
from verify.problem import Problem
from verify.verdict import Unsupported

ARRAYS = "array"
"""Stands for all contents of arrays among the sources of a value; other sources are single places of memory."""

_TRANSFERS = ("llvm.memcpy.", "llvm.memmove.", "llvm.memset.")
_SILENT = ("llvm.lifetime.", "llvm.dbg.", "llvm.assume")

Sources = frozenset[str]


@dataclass(frozen=True, slots=True)
class Leak:
    """What of the rewrite depends on the contents of arrays: "a branch" or "an address"."""

    what: str
    loc: Loc | None


def leak(problem: Problem) -> Leak | None:
    """The first branch or address of the version after that depends on contents of arrays where none of the version
    before does; None where there is none. Raises Unsupported, and KeyError where the function is missing."""
    after = _Reading(*_loaded(problem.after.ir, problem.function)).sinks()
    if not any(sources for sources, _, _ in after):
        return None
    before = _Reading(*_loaded(problem.before.ir, problem.function)).sinks()
    own: Sources = frozenset[str]().union(*(sources for sources, _, _ in before))
    if ARRAYS in own:
        return None
    return next((Leak(what, loc) for sources, what, loc in after if sources - own), None)


def _loaded(text: str, function: str) -> tuple[Module, Function]:
    try:
        return load(text, function)
    except Unsupported:
        # Not every helper can be inlined; what a call returns counts as contents of arrays.
        module = parsed(text, function)
        return module, promote(threaded(module.functions[function]))


class _Reading:
    """What the values of one function depend on."""

    def __init__(self, module: Module, function: Function) -> None:
        self._module = module
        self._function = function
        self._parameters = {param.name: index for index, param in enumerate(function.params)}
        self._made = {i.result: i for block in function.blocks for i in block.instrs if i.result is not None}
        self._known: dict[str, Sources] = {}
        changed = True
        while changed:
            changed = False
            for block in function.blocks:
                for instr in block.instrs:
                    if instr.result is None:
                        continue
                    found = self._result(instr)
                    if found != self._known.get(instr.result, frozenset()):
                        self._known[instr.result] = found
                        changed = True

    def sinks(self) -> list[tuple[Sources, str, Loc | None]]:
        """All branches and addresses with what they depend on."""
        found: list[tuple[Sources, str, Loc | None]] = []
        for block in self._function.blocks:
            for instr in block.instrs:
                if instr.op in ("br", "switch", "indirectbr") and instr.operands:
                    found.append((self._of(instr.operands[0]), "a branch", instr.loc))
                elif instr.op in ("load", "store", "atomicrmw", "cmpxchg"):
                    place = instr.operands[1] if instr.op == "store" else instr.operands[0]
                    found.append((self._of(place), "an address", instr.loc))
                elif instr.op == "call" and not instr.callee.startswith(_SILENT):
                    bearing = (
                        value
                        for number, value in enumerate(instr.operands)
                        if isinstance(value.type, PtrType)
                        or (instr.callee.startswith(_TRANSFERS) and number == 2)
                    )
                    sources = frozenset[str]().union(*(self._of(value) for value in bearing))
                    found.append((sources, "an address", instr.loc))
        return found

    def _of(self, value: Value) -> Sources:
        return self._known.get(value.name, frozenset()) if isinstance(value, Local) else frozenset()

    def _result(self, instr: Instr) -> Sources:
        here = frozenset[str]().union(*(self._of(value) for value in instr.operands))
        if instr.op == "load":
            return here | self._read(instr.operands[0], instr)
        if instr.op in ("atomicrmw", "cmpxchg"):
            return here | {ARRAYS}
        if instr.op == "call" and any(isinstance(value.type, PtrType) for value in instr.operands):
            return here | {ARRAYS}
        return here

    def _read(self, pointer: Value, instr: Instr) -> Sources:
        """What a load depends on besides its address."""
        place = self._place(pointer)
        if place is None or isinstance(instr.type, VectorType):
            root = self._root(pointer)
            # What a table of constants holds is no secret; where it is read is.
            return frozenset() if root is not None and self._constant(root) else frozenset({ARRAYS})
        root = place.partition("+")[0]
        if root.startswith("@"):
            variable = self._module.globals.get(root[1:])
            if variable is None or variable.constant or not isinstance(variable.type, ArrayType):
                return frozenset()
        return frozenset({place})

    def _constant(self, name: str) -> bool:
        variable = self._module.globals.get(name)
        return variable is not None and variable.constant

    def _root(self, pointer: Value) -> str | None:
        while True:
            match pointer:
                case GlobalRef(name, _):
                    return name
                case ConstExpr(_, operands, _, _, _):
                    pointer = operands[0]
                case Local(name, _):
                    made = self._made.get(name)
                    if made is None or made.op != "getelementptr":
                        return None
                    pointer = made.operands[0]
                case _:
                    return None

    def _place(self, pointer: Value) -> str | None:
        """One fixed place of memory by its object and the constant way to it; None for elements that are chosen, and
        for elements of arrays."""
        match pointer:
            case GlobalRef(name, _):
                return f"@{name}"
            case ConstExpr("getelementptr", (base, *indices), _, _, source):
                return self._inner(base, indices, source)
            case Local(name, _):
                if name in self._parameters:
                    return f"%{self._parameters[name]}"
                made = self._made.get(name)
                if made is None:
                    return None
                if made.op == "alloca":
                    return f"={name}"
                if made.op == "load":
                    behind = self._place(made.operands[0])
                    return None if behind is None else f"*({behind})"
                if made.op == "getelementptr":
                    base, *indices = made.operands
                    return self._inner(base, indices, made.source_type)
            case _:
                pass
        return None

    def _inner(self, base: Value, indices: list[Value], source: object) -> str | None:
        behind = self._place(base)
        fixed = [index.value for index in indices if isinstance(index, ConstInt)]
        if behind is None or len(fixed) < len(indices) or not isinstance(source, StructType):
            return None
        return f"{behind}+{fixed}"

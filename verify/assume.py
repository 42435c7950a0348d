"""Assumptions that a caller grants: facts about the inputs, or leave to do what the relation forbids otherwise."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from verify.ir.nodes import ConstExpr, Function, GlobalRef, Module, Value
from verify.ir.types import PtrType

NAMES = frozenset({"sequential", "fp-contract", "errno-unobserved", "timing"})
_PAIR = re.compile(r"\s*noalias\s*\(\s*([A-Za-z_]\w*)\s*,\s*([A-Za-z_]\w*)\s*\)\s*")

Pair = frozenset[str]


def noalias(assumption: str) -> Pair | None:
    """The two names of `noalias(a, b)`, None for any other text.

    It says that the memory between the first and the last byte accessed through one and that accessed through the other
    do not overlap; of a variable, all of its memory counts.
    """
    found = _PAIR.fullmatch(assumption)
    return frozenset(found.groups()) if found is not None else None


def apart(assumptions: Iterable[str]) -> frozenset[Pair]:
    """The pairs of names that are granted not to overlap."""
    return frozenset(pair for text in assumptions if (pair := noalias(text)) is not None and len(pair) == 2)


def known(assumption: str) -> bool:
    """Whether the prover understands it by itself. C conditions are part of the version before (Problem.conditions)."""
    return assumption in NAMES or noalias(assumption) is not None


def separated(
    function: Function, module: Module, pairs: Collection[Pair], others: Iterable[Function]
) -> Function:
    """The function with `noalias` on each pointer parameter that is granted apart from everything it may overlap.

    others: all versions of the function. A parameter stays as it is where one of them calls what is not known or
    loads pointers, since those may reach its memory too.
    """
    versions = [function, *others]
    if not pairs or any(_reaches_further(version) for version in versions):
        return function
    variables = {name for version in versions for name in _variables(version, module)}
    pointers = [p.name for p in function.params if isinstance(p.type, PtrType)]
    free = {
        name
        for name in pointers
        if all(frozenset({name, other}) in pairs for other in (*pointers, *variables) if other != name)
    }
    params = tuple(
        replace(p, attributes=p.attributes | {"noalias"}) if p.name in free else p for p in function.params
    )
    return replace(function, params=params)


def _reaches_further(function: Function) -> bool:
    for block in function.blocks:
        for instr in block.instrs:
            if instr.op == "call" and not instr.callee.startswith("llvm."):
                return True
            if instr.op == "inttoptr" or (instr.op == "load" and isinstance(instr.type, PtrType)):
                return True
    return False


def _variables(function: Function, module: Module) -> set[str]:
    """Variables that the function names and that can be stored to."""
    named = {name for b in function.blocks for i in b.instrs for v in i.operands for name in _names(v)}
    return {name for name in named if name in module.globals and not module.globals[name].constant}


def _names(value: Value) -> Iterator[str]:
    if isinstance(value, GlobalRef):
        yield value.name
    elif isinstance(value, ConstExpr):
        for operand in value.operands:
            yield from _names(operand)

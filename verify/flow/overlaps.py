"""Copies whose objects must not overlap: `memcpy` is undefined where they do (C11 7.24.2.1p2; LangRef, llvm.memcpy).

Such a copy of T is as good as its loads and stores where the objects are certainly apart, or where S has one of the
same length between the same objects, which says so for T too. Copies of other lengths say so themselves
(`verify.ir.copy_loops`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from verify.flow import roots
from verify.flow.values import ANYWHERE
from verify.ir.copies import MOST_BYTES
from verify.ir.nodes import ConstInt, Function, GlobalRef, Instr
from verify.verdict import NotProved

Copy = tuple[int, frozenset[str], frozenset[str]]
"""The length in bytes, and what target and source may be based on."""


def check(before: Function, after: Function) -> None:
    """Raises NotProved where T promises of two objects that they do not overlap and S does not. The functions are in
    SSA form."""
    theirs = {copy for _, copy in _open(before)}
    for instr, copy in _open(after):
        if copy not in theirs:
            raise NotProved("promise", "memcpy of objects that may overlap", instr.loc)


def _open(function: Function) -> Iterator[tuple[Instr, Copy]]:
    """The copies between objects that are not apart for sure."""
    known = roots.of_pointers(function)
    kept = _kept(function, known)
    promised = {f"p{at}" for at, param in enumerate(function.params) if "noalias" in param.attributes}
    for block in function.blocks:
        for instr in block.instrs:
            if instr.op != "call" or not instr.callee.startswith("llvm.memcpy."):
                continue
            target, source, length, *_ = instr.operands
            if not isinstance(length, ConstInt) or length.value > MOST_BYTES:
                continue
            if isinstance(source, GlobalRef) and source.name.startswith((".str", "__const.")):
                continue
            sides = roots.of_value(target, known), roots.of_value(source, known)
            if not _apart(*sides, kept, promised):
                yield instr, (length.value, *sides)


def _apart(one: frozenset[str], other: frozenset[str], kept: frozenset[str], promised: set[str]) -> bool:
    if not one or not other or one & other:
        return False
    for first, second in ((one, other), (other, one)):
        if first <= kept:
            return True
        # An object of the function is none that a caller or a file knows of.
        if all(root.startswith("a.") for root in first) and ANYWHERE not in second:
            return True
    named = all(root.startswith(("g.", "a.")) for root in one | other)
    return named or (one <= promised and other <= promised)


def _kept(function: Function, known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Automatic objects whose address stays in the function."""
    found = {f"a.{i.result}" for b in function.blocks for i in b.instrs if i.op == "alloca"}
    for block in function.blocks:
        for instr in block.instrs:
            found -= roots.leaving(instr, known)
    return frozenset(found)

"""What must hold of the ways on which both programs may run for ever.

The rewrite ends wherever the original does if the original moves on in every cycle. A loop that C lets the compiler
assume to end (C11 6.8.5p6, clang's mustprogress) may stand only where the original's does too.
"""

from __future__ import annotations

from collections.abc import Iterable

from verify.ir.cfg import Loop
from verify.ir.nodes import Loc
from verify.lockstep.programs import Program
from verify.lockstep.walk import Edge, Key
from verify.verdict import NotProved


def check(edges: list[Edge], before: Program, after: Program) -> None:
    """Raises NotProved for a cycle on which the rewrite alone moves, or may be assumed to end."""
    if _components([edge for edge in edges if not edge.steps]):
        raise NotProved(
            "non-termination", "the rewrite may go on where the original stands still", _loc(after)
        )
    promised = [loop for loop in after.loops or () if loop.mustprogress]
    if after.loops is None and any(i.meta("llvm.loop") for b in after.function.blocks for i in b.instrs):
        raise NotProved("non-termination", "irreducible loops that must end", _loc(after))
    for loop in promised:
        inside = [edge for edge in edges if edge.after <= loop.blocks]
        for part in _components(inside):
            passed = frozenset[str]().union(
                *(edge.before for edge in inside if edge.source in part and edge.target in part)
            )
            if not _ends(passed, before.loops):
                raise NotProved("non-termination", "a loop of the original may never end", _loc(after))


def _loc(program: Program) -> Loc | None:
    return program.function.loc


def _ends(passed: frozenset[str], loops: Iterable[Loop] | None) -> bool:
    """Whether the original may be assumed not to run through these blocks for ever."""
    if loops is None:
        return False
    around = any(loop.mustprogress and passed <= loop.blocks for loop in loops)
    return around or all(loop.mustprogress for loop in loops if loop.header in passed)


def _components(edges: list[Edge]) -> list[frozenset[Key]]:
    """The strongly connected components that have a cycle (Tarjan 1972, without recursion)."""
    onward: dict[Key, list[Key]] = {}
    for edge in edges:
        onward.setdefault(edge.source, []).append(edge.target)
        onward.setdefault(edge.target, [])
    index: dict[Key, int] = {}
    low: dict[Key, int] = {}
    stack: list[Key] = []
    found: list[frozenset[Key]] = []
    for root in onward:
        if root in index:
            continue
        work = [(root, iter(onward[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        while work:
            node, rest = work[-1]
            for target in rest:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    work.append((target, iter(onward[target])))
                    break
                if target in stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    at = stack.index(node)
                    part = frozenset(stack[at:])
                    del stack[at:]
                    if len(part) > 1 or node in onward[node]:
                        found.append(part)
    return found

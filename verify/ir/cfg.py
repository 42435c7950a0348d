"""Control flow of a function: order, dominators and the tree of natural loops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from verify.ir.nodes import Block, Function
from verify.verdict import Unsupported


@dataclass(frozen=True, slots=True)
class Loop:
    """A natural loop.

    blocks  with those of the inner loops
    latches the sources of the back edges
    exits   edges that leave the loop, (from, to)
    depth   1 for an outermost loop
    mustprogress  C lets the compiler assume that the loop ends: every back edge says so
    """

    header: str
    blocks: frozenset[str]
    latches: tuple[str, ...]
    exits: tuple[tuple[str, str], ...]
    parent: Loop | None
    depth: int
    mustprogress: bool


def successors(block: Block) -> tuple[str, ...]:
    """The blocks that control may go to, each once, in the order of the terminator."""
    return tuple(dict.fromkeys(block.terminator.labels))


def reverse_post_order(function: Function) -> tuple[str, ...]:
    """The reachable blocks, each before its successors but for back edges; the entry first."""
    if not function.blocks:
        return ()
    blocks = {b.name: b for b in function.blocks}
    entry = function.blocks[0].name
    seen = {entry}
    finished: list[str] = []
    stack = [(entry, iter(reversed(successors(blocks[entry]))))]
    while stack:
        name, rest = stack[-1]
        for target in rest:
            if target not in seen:
                seen.add(target)
                stack.append((target, iter(reversed(successors(blocks[target])))))
                break
        else:
            finished.append(name)
            stack.pop()
    return tuple(reversed(finished))


def predecessors(function: Function) -> dict[str, tuple[str, ...]]:
    """For every reachable block the reachable blocks that may come before it, each once."""
    order = reverse_post_order(function)
    blocks = {b.name: b for b in function.blocks}
    found: dict[str, list[str]] = {name: [] for name in order}
    for name in order:
        for target in successors(blocks[name]):
            found[target].append(name)
    return {name: tuple(sources) for name, sources in found.items()}


def dominators(function: Function) -> dict[str, str | None]:
    """For every reachable block its immediate dominator; None for the entry.

    After Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm".
    """
    order = reverse_post_order(function)
    place = {name: i for i, name in enumerate(order)}
    sources = predecessors(function)
    found: dict[str, str] = {order[0]: order[0]} if order else {}

    def meet(a: str, b: str) -> str:
        while a != b:
            while place[a] > place[b]:
                a = found[a]
            while place[b] > place[a]:
                b = found[b]
        return a

    changed = True
    while changed:
        changed = False
        for name in order[1:]:
            known = [p for p in sources[name] if p in found]
            new = known[0]
            for source in known[1:]:
                new = meet(source, new)
            if found.get(name) != new:
                found[name] = new
                changed = True
    return {name: None if name == order[0] else found[name] for name in order}


def dominates(idom: Mapping[str, str | None], above: str, below: str) -> bool:
    """Whether every path from the entry to `below` passes `above` (a block dominates itself)."""
    at: str | None = below
    while at is not None:
        if at == above:
            return True
        at = idom[at]
    return False


def loops(function: Function, metadata: Mapping[str, str] | None = None) -> tuple[Loop, ...]:
    """All natural loops, an outer loop before its inner ones, else in reverse post-order of the headers.

    metadata  of the module, where `mustprogress` is looked up. Raises Unsupported for irreducible flow.
    """
    order = reverse_post_order(function)
    place = {name: i for i, name in enumerate(order)}
    idom = dominators(function)
    sources = predecessors(function)
    blocks = {b.name: b for b in function.blocks}
    latches: dict[str, list[str]] = {}
    for name in order:
        for target in successors(blocks[name]):
            if place[target] <= place[name]:
                if not dominates(idom, target, name):
                    raise Unsupported("irreducible control flow", blocks[target].instrs[0].loc)
                latches.setdefault(target, []).append(name)
    found: list[Loop] = []
    for header in order:
        if header not in latches:
            continue
        inside = _body(header, latches[header], sources)
        exits = tuple((n, t) for n in order if n in inside for t in successors(blocks[n]) if t not in inside)
        around = [loop for loop in found if header in loop.blocks]
        parent = max(around, key=lambda loop: loop.depth, default=None)
        ends = all(_must_progress(blocks[latch], metadata or {}) for latch in latches[header])
        depth = 1 if parent is None else parent.depth + 1
        found.append(Loop(header, inside, tuple(latches[header]), exits, parent, depth, ends))
    return tuple(found)


def innermost(forest: tuple[Loop, ...], block: str) -> Loop | None:
    """The innermost loop of `forest` around a block, None outside all loops."""
    return max((loop for loop in forest if block in loop.blocks), key=lambda loop: loop.depth, default=None)


def _body(header: str, latches: list[str], sources: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    inside = {header}
    work = list(latches)
    while work:
        name = work.pop()
        if name not in inside:
            inside.add(name)
            work.extend(sources[name])
    return frozenset(inside)


def _must_progress(latch: Block, metadata: Mapping[str, str]) -> bool:
    node = latch.terminator.meta("llvm.loop")
    listed = metadata.get(node or "", "")
    texts = [metadata.get(part.strip().lstrip("!"), "") for part in listed.strip("!{}").split(",")]
    return any(text == '!{!"llvm.loop.mustprogress"}' for text in texts)

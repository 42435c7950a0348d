"""One program as the walk needs it: blocks by name, what is live where, where control comes together, its loops."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from verify.flow import roots
from verify.ir.cfg import Loop, loops, predecessors, reverse_post_order, successors
from verify.ir.nodes import Block, ConstInt, Function, Instr, Local, Module
from verify.ir.scopes import LIFETIME_START, UNSCOPED, is_lifetime, started
from verify.ir.types import Type
from verify.verdict import Unsupported

Place = tuple[str, int]
_REFUSED_WORDS = frozenset(
    ("asm", "returns_twice", "convergent", "noduplicate", "strictfp", "inalloca", "preallocated")
)
_NODE = re.compile(r"!(\d+)\b")
_IGNORED = frozenset(("llvm.loop", "nosanitize", "prof"))
DEPTH = 12


@dataclass
class Program:
    """A function in SSA form with its module. Raises Unsupported for what lockstep does not follow."""

    module: Module
    function: Function
    blocks: dict[str, Block] = field(init=False)
    first: dict[str, int] = field(init=False)
    sources: dict[str, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self.blocks = {b.name: b for b in self.function.blocks}
        self.first = {b.name: sum(i.op == "phi" for i in b.instrs) for b in self.function.blocks}
        self.sources = predecessors(self.function)
        if self.function.variadic and any(i.op == "va_arg" for b in self.function.blocks for i in b.instrs):
            raise Unsupported("va_arg", self.function.loc)
        for block in self.function.blocks:
            for instr in block.instrs:
                self._permit(block, instr)

    def _permit(self, block: Block, instr: Instr) -> None:
        words = {word for group in instr.attributes for word in group}
        if (
            words & _REFUSED_WORDS
            or "musttail" in instr.flags
            or instr.op in ("indirectbr", "invoke", "freeze")
        ):
            raise Unsupported(f"{instr.op} of this kind", instr.loc)
        if instr.op == "alloca":
            sized = not instr.operands or isinstance(instr.operands[0], ConstInt)
            if block.name != self.entry or not sized:
                raise Unsupported("an automatic object of unknown size", instr.loc)
        if instr.meta(UNSCOPED[0]) is not None and self.headers:
            raise Unsupported("a declaration that is jumped over", instr.loc)

    @property
    def entry(self) -> str:
        return self.function.blocks[0].name

    def instr(self, place: Place) -> Instr:
        return self.blocks[place[0]].instrs[place[1]]

    @cached_property
    def headers(self) -> frozenset[str]:
        """The targets of edges that go back: every cycle has one."""
        order = {name: at for at, name in enumerate(reverse_post_order(self.function))}
        return frozenset(
            target
            for name in order
            for target in successors(self.blocks[name])
            if order[target] <= order[name]
        )

    @cached_property
    def joins(self) -> frozenset[str]:
        """Blocks where control comes together and does not part at once by where it came from."""
        return frozenset(
            name for name, before in self.sources.items() if len(before) > 1 and not self._decides(name)
        )

    def _decides(self, name: str) -> bool:
        block = self.blocks[name]
        if block.terminator.op == "ret":
            return False
        made = {i.result: i for i in block.instrs if i.result is not None}
        work = [v for v in block.terminator.operands if isinstance(v, Local)]
        while work:
            instr = made.pop(work.pop().name, None)
            if instr is None:
                continue
            if instr.op == "phi":
                return any(isinstance(v, ConstInt) for v in instr.operands)
            work += [v for v in instr.operands if isinstance(v, Local)]
        return False

    @cached_property
    def loops(self) -> tuple[Loop, ...] | None:
        """The natural loops; None for irreducible control flow."""
        try:
            return loops(self.function, self.module.metadata)
        except Unsupported:
            return None

    @cached_property
    def objects(self) -> dict[str, Instr]:
        """The automatic objects that stay in memory."""
        return {
            i.result: i for i in self.blocks[self.entry].instrs if i.op == "alloca" and i.result is not None
        }

    @cached_property
    def scoped(self) -> frozenset[str]:
        """Objects whose lives begin at a marker."""
        return started(self.function)

    @cached_property
    def _live_in(self) -> dict[str, frozenset[str]]:
        """Values that a block, its phis included, or a later one reads; what phis read is live out of their sources."""
        live: dict[str, frozenset[str]] = {name: frozenset() for name in self.blocks}
        order = tuple(reversed(reverse_post_order(self.function)))
        changed = True
        while changed:
            changed = False
            for name in order:
                here = self._backwards(name, self.first[name], live)
                here -= {i.result for i in self.blocks[name].instrs[: self.first[name]] if i.result}
                if here != live[name]:
                    live[name], changed = here, True
        return live

    def _backwards(self, name: str, start: int, live: dict[str, frozenset[str]]) -> frozenset[str]:
        block = self.blocks[name]
        here: set[str] = set()
        for target in successors(block):
            here |= live[target]
            for phi in self.blocks[target].instrs[: self.first[target]]:
                value = phi.operands[phi.labels.index(name)]
                if isinstance(value, Local):
                    here.add(value.name)
        for instr in reversed(block.instrs[start:]):
            if instr.result is not None:
                here.discard(instr.result)
            here |= {v.name for v in instr.operands if isinstance(v, Local)}
        return frozenset(here)

    def live(self, place: Place) -> frozenset[str]:
        """Values that are read from here on; automatic objects always."""
        if place not in self._lives:
            self._lives[place] = self._backwards(place[0], place[1], self._live_in) | frozenset(self.objects)
        return self._lives[place]

    @cached_property
    def _lives(self) -> dict[Place, frozenset[str]]:
        return {}

    def meta(self, instr: Instr) -> tuple[tuple[str, str], ...]:
        """The metadata of an instruction that bears on its meaning, written out."""
        if not instr.metadata:
            return ()
        if id(instr) not in self._metas:
            self._metas[id(instr)] = tuple(
                sorted((kind, self._written(node)) for kind, node in instr.metadata if kind not in _IGNORED)
            )
        return self._metas[id(instr)]

    @cached_property
    def _metas(self) -> dict[int, tuple[tuple[str, str], ...]]:
        return {}

    def size_of(self, ty: Type) -> int:
        """Bytes from one element to the next."""
        if id(ty) not in self._sizes:
            self._sizes[id(ty)] = ty, self.module.layout.size_of(ty)
        return self._sizes[id(ty)][1]

    @cached_property
    def _sizes(self) -> dict[int, tuple[Type, int]]:
        return {}

    def _written(self, node: str, depth: int = 0) -> str:
        node = node.lstrip("!")
        if depth > DEPTH:
            raise Unsupported("metadata this deep")
        if node not in self._nodes:
            text = self.module.metadata.get(node, node)
            self._nodes[node] = _NODE.sub(lambda found: f"<{self._written(found[1], depth + 1)}>", text)
        return self._nodes[node]

    @cached_property
    def _nodes(self) -> dict[str, str]:
        return {}

    @cached_property
    def vague(self) -> frozenset[int]:
        """Loads, by identity, that may read an automatic object, which may hold no value yet."""
        known = roots.of_pointers(self.function)
        instrs = [instr for block in self.function.blocks for instr in block.instrs]
        loads = [instr for instr in instrs if instr.op == "load"]
        escapes = any(roots.leaving(instr, known) for instr in instrs)
        own = [i for i in loads if _may_be_own(roots.of_value(i.operands[0], known), escapes)]
        if own and _spilled(instrs, {i.result for i in own}, known):
            own = loads
        return frozenset(id(instr) for instr in own)

    def starts(self, instr: Instr) -> bool:
        return is_lifetime(instr, LIFETIME_START)

    def size(self) -> int:
        """Bytes of automatic objects that stay in memory."""
        total = 0
        for instr in self.objects.values():
            count = instr.operands[0] if instr.operands else None
            number = count.value if isinstance(count, ConstInt) else 1
            assert instr.source_type is not None
            total += self.module.layout.size_of(instr.source_type) * number
        return total


def _may_be_own(based: frozenset[str], escapes: bool) -> bool:
    """Whether a pointer may lead to an automatic object of the function."""
    if not based or any(root.startswith("a.") for root in based):
        return True
    return escapes and any(not root.startswith(("p", "g.")) for root in based)


def _spilled(instrs: list[Instr], vague: set[str | None], known: Mapping[str, frozenset[str]]) -> bool:
    """Whether such a value, or what is computed of it, may be stored where other loads find it."""
    changed = True
    while changed:
        changed = False
        for instr in instrs:
            if instr.result is None or instr.result in vague or instr.op in ("load", "call"):
                continue
            if any(isinstance(v, Local) and v.name in vague for v in instr.operands):
                vague.add(instr.result)
                changed = True
    for instr in instrs:
        used = any(isinstance(v, Local) and v.name in vague for v in instr.operands)
        based = frozenset[str]().union(*(roots.of_value(v, known) for v in instr.operands))
        if used and instr.op == "store" and not all(root.startswith("a.") for root in based):
            return True
        kept = used or any(root.startswith("a.") for root in based)
        if instr.op == "call" and not instr.callee.startswith("llvm.lifetime.") and kept:
            return True
    return False

"""Jump threading over blocks that only decide where to go: clang routes `return` and `break` out of scopes through
a slot of constants and a switch on it. Works on objects in memory, before SSA form; such a block is copied for a
predecessor that has stored a constant, and the copy goes where the constant sends it."""

from __future__ import annotations

from dataclasses import replace

from verify.ir.cfg import predecessors
from verify.ir.nodes import Block, ConstInt, Function, Instr, Local
from verify.ir.types import VoidType

MOST_STEPS = 200


def threaded(function: Function) -> Function:
    """The function with every edge into such a block led on to where its constant sends it."""
    for _ in range(MOST_STEPS):
        step = _step(function)
        if step is None:
            return function
        function = step
    return function


def _slots(function: Function) -> frozenset[str]:
    """Variables that are only stored to and loaded from as a whole."""
    if not function.blocks:
        return frozenset()
    found = {i.result for i in function.blocks[0].instrs if i.op == "alloca" and i.result is not None}
    for block in function.blocks:
        for instr in block.instrs:
            for position, operand in enumerate(instr.operands):
                if isinstance(operand, Local) and operand.name in found:
                    place = (instr.op, position) in (("load", 0), ("store", 1))
                    marker = instr.op == "call" and instr.callee.startswith("llvm.lifetime.")
                    if not place and not marker:
                        found.discard(operand.name)
    return frozenset(found)


def _step(function: Function) -> Function | None:
    slots = _slots(function)
    sources = predecessors(function)
    blocks = {b.name: b for b in function.blocks}
    for block in function.blocks:
        slot = _decides(function, block, slots) if block.name in sources else None
        if slot is None:
            continue
        for pred in sources[block.name]:
            constant = _known(blocks, sources, pred, slot)
            if constant is None or pred == block.name:
                continue
            target = _target(block.terminator, constant)
            onward = Instr("br", None, VoidType(), labels=(target,), loc=block.terminator.loc)
            if len(sources[block.name]) == 1:
                changed = Block(block.name, (*block.instrs[:-1], onward))
                return _pruned(
                    replace(function, blocks=tuple(changed if b is block else b for b in function.blocks))
                )
            return _copied(function, block, pred, onward, target)
    return None


def _decides(function: Function, block: Block, slots: frozenset[str]) -> str | None:
    """The slot by whose constant the block decides; None for any other block."""
    terminator = block.terminator
    if terminator.op != "switch" or any(i.op in ("phi", "store") for i in block.instrs):
        return None
    selector = terminator.operands[0]
    own = {i.result for i in block.instrs if i.result is not None}
    slot = None
    for instr in block.instrs[:-1]:
        if instr.op == "load" and isinstance(selector, Local) and instr.result == selector.name:
            pointer = instr.operands[0]
            slot = pointer.name if isinstance(pointer, Local) and pointer.name in slots else None
        elif instr.op == "call" and not instr.callee.startswith("llvm.lifetime."):
            return None
    for other in function.blocks:
        if other is not block and any(
            isinstance(v, Local) and v.name in own for i in other.instrs for v in i.operands
        ):
            return None
    return slot


def _known(
    blocks: dict[str, Block], sources: dict[str, tuple[str, ...]], block: str, slot: str
) -> ConstInt | None:
    """The constant that the slot holds at the end of a block, if that is plain to see."""
    seen: set[str] = set()
    while block not in seen:
        seen.add(block)
        for instr in reversed(blocks[block].instrs):
            if any(isinstance(v, Local) and v.name == slot for v in instr.operands) and instr.op != "load":
                stored = instr.operands[0]
                return stored if instr.op == "store" and isinstance(stored, ConstInt) else None
        before = sources[block]
        if len(before) != 1:
            return None
        block = before[0]
    return None


def _target(terminator: Instr, value: ConstInt) -> str:
    for case, label in zip(terminator.operands[1:], terminator.labels[1:], strict=True):
        if isinstance(case, ConstInt) and case.value == value.value:
            return label
    return terminator.labels[0]


def _copied(function: Function, block: Block, pred: str, onward: Instr, target: str) -> Function:
    taken = {b.name for b in function.blocks}
    name = next(n for k in range(len(taken) + 1) if (n := f"{block.name}.way{k}") not in taken)
    names = {i.result: f"{i.result}.{name}" for i in block.instrs if i.result is not None}

    def renamed(instr: Instr) -> Instr:
        operands = tuple(
            Local(names[v.name], v.type) if isinstance(v, Local) and v.name in names else v
            for v in instr.operands
        )
        result = None if instr.result is None else names[instr.result]
        return replace(instr, operands=operands, result=result)

    def led(owner: str, instr: Instr) -> Instr:
        if owner == pred and instr.op in ("br", "switch"):
            return replace(
                instr, labels=tuple(name if label == block.name else label for label in instr.labels)
            )
        if owner == target and instr.op == "phi" and block.name in instr.labels:
            value = instr.operands[instr.labels.index(block.name)]
            return replace(instr, operands=(*instr.operands, value), labels=(*instr.labels, name))
        return instr

    copy = Block(name, (*(renamed(i) for i in block.instrs[:-1]), onward))
    blocks: list[Block] = []
    for other in function.blocks:
        blocks.append(Block(other.name, tuple(led(other.name, i) for i in other.instrs)))
        if other is block:
            blocks.append(copy)
    return _pruned(replace(function, blocks=tuple(blocks)))


def _pruned(function: Function) -> Function:
    """Without blocks that nothing leads to any more."""
    alive = predecessors(function)

    def narrowed(owner: str, instr: Instr) -> Instr:
        if instr.op != "phi":
            return instr
        kept = [(v, b) for v, b in zip(instr.operands, instr.labels, strict=True) if b in alive[owner]]
        return replace(instr, operands=tuple(v for v, _ in kept), labels=tuple(b for _, b in kept))

    blocks = tuple(
        Block(b.name, tuple(narrowed(b.name, i) for i in b.instrs))
        for b in function.blocks
        if b.name in alive
    )
    return replace(function, blocks=blocks)

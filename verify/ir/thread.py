"""Jump threading over blocks that only decide where to go: clang routes `return` and `break` out of scopes through
a slot of constants and a switch on it. No operator is moved, copied or removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from verify.ir.cfg import predecessors
from verify.ir.nodes import Block, ConstInt, Function, Instr, Local, Value


def threaded(function: Function) -> Function:
    """The function with every edge into such a block led on to where its constant sends it."""
    while True:
        step = next(_steps(function), None)
        if step is None:
            return function
        function = step


def _steps(function: Function) -> Iterator[Function]:
    sources = predecessors(function)
    for block in function.blocks:
        if block.name not in sources or not _decides(function, block):
            continue
        selector = block.terminator.operands[0]
        for phi in block.instrs[:-1]:
            if not isinstance(selector, Local) or phi.result != selector.name:
                continue
            for value, pred in zip(phi.operands, phi.labels, strict=True):
                if isinstance(value, ConstInt):
                    target = _target(block.terminator, value)
                    if target != block.name and pred not in sources[target] and pred in sources:
                        yield _redirected(function, block, pred, target)


def _decides(function: Function, block: Block) -> bool:
    """Only phis and a decision on one of them; the phis are used by nothing but phis at the ends of its edges."""
    terminator = block.terminator
    if terminator.op not in ("switch", "br") or len(terminator.operands) < 1:
        return False
    if any(instr.op != "phi" for instr in block.instrs[:-1]):
        return False
    own = {instr.result for instr in block.instrs[:-1]}
    for other in function.blocks:
        for instr in other.instrs:
            if instr is terminator:
                continue
            for position, operand in enumerate(instr.operands):
                if not isinstance(operand, Local) or operand.name not in own:
                    continue
                if instr.op != "phi" or instr.labels[position] != block.name or other.name == block.name:
                    return False
    return True


def _target(terminator: Instr, value: ConstInt) -> str:
    if terminator.op == "br":
        return terminator.labels[0 if value.value & 1 else 1]
    for case, label in zip(terminator.operands[1:], terminator.labels[1:], strict=True):
        if isinstance(case, ConstInt) and case.value == value.value:
            return label
    return terminator.labels[0]


def _redirected(function: Function, block: Block, pred: str, target: str) -> Function:
    arriving = {
        instr.result: dict(zip(instr.labels, instr.operands, strict=True))[pred]
        for instr in block.instrs[:-1]
    }

    def led(value: Value) -> Value:
        return arriving.get(value.name, value) if isinstance(value, Local) else value

    def changed(name: str, instr: Instr) -> Instr:
        if name == pred and instr.op in ("br", "switch") and block.name in instr.labels:
            labels = tuple(target if label == block.name else label for label in instr.labels)
            return replace(instr, labels=labels)
        if instr.op == "phi" and name == block.name:
            kept = [(v, b) for v, b in zip(instr.operands, instr.labels, strict=True) if b != pred]
            return replace(instr, operands=tuple(v for v, _ in kept), labels=tuple(b for _, b in kept))
        if instr.op == "phi" and name == target:
            came = dict(zip(instr.labels, instr.operands, strict=True))[block.name]
            return replace(instr, operands=(*instr.operands, led(came)), labels=(*instr.labels, pred))
        return instr

    blocks = [Block(b.name, tuple(changed(b.name, instr) for instr in b.instrs)) for b in function.blocks]
    return _reachable(replace(function, blocks=tuple(blocks)))


def _reachable(function: Function) -> Function:
    """Without blocks that nothing leads to any more."""
    alive = predecessors(function)

    def pruned(instr: Instr) -> Instr:
        if instr.op != "phi":
            return instr
        kept = [(v, b) for v, b in zip(instr.operands, instr.labels, strict=True) if b in alive]
        return replace(instr, operands=tuple(v for v, _ in kept), labels=tuple(b for _, b in kept))

    blocks = tuple(
        Block(b.name, tuple(pruned(instr) for instr in b.instrs)) for b in function.blocks if b.name in alive
    )
    return replace(function, blocks=blocks)

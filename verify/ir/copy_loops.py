"""Copies and fillings of any length as loops over elements, for functions in SSA form.

What is moved is bytes; an element is as many of them as divide the length for sure, of the type that the objects
consist of where that is known, else an integer. Both versions may be looked at so: the loop does what the call does
wherever the call is defined. A length with the top bit set is of no object (no object has more than half of the
address space, C11 7.24.2 demands objects of that length), which a signed operation that overflows then says.

`memmove` copies as if through a copy (C11 7.24.2.2): downwards or upwards, as the addresses ask for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from verify.ir.copies import MOVES, flat, pointee
from verify.ir.nodes import Block, ConstFloat, ConstInt, Function, GlobalRef, Instr, Local, Module, Value
from verify.ir.types import ArrayType, FloatType, IntType, PtrType, Type, VoidType

MOST_WHOLE = 8
MOST_KINDS = 4096
Made = Mapping[str, Instr]
VOID = VoidType()
BIT = IntType(1)


def with_loops(function: Function, module: Module, *, probed: bool) -> Function:
    """The function with every remaining memcpy, memmove and memset as a loop.

    probed: the pointers are read through once before the loop: a call needs valid ones even for a length of 0 (C11
    7.24.1p2), which is a duty of a rewrite and nothing that may be assumed of an original.
    """
    for number in range(64):
        found = next(_calls(function, module), None)
        if found is None:
            return function
        block, place = found
        function = _opened(function, module, block, place, f"moved{number}", probed)
    return function


def _calls(function: Function, module: Module) -> Iterator[tuple[Block, int]]:
    made = _made(function)
    for block in function.blocks:
        for place, instr in enumerate(block.instrs):
            if instr.op != "call" or not instr.callee.startswith(MOVES):
                continue
            volatile = instr.operands[3]
            plain = isinstance(volatile, ConstInt) and not volatile.value
            if plain and not _initializer(instr, made, module) and _element(instr, made, module) is not None:
                yield block, place


def _made(function: Function) -> Made:
    return {i.result: i for b in function.blocks for i in b.instrs if i.result is not None}


def _initializer(instr: Instr, made: Made, module: Module) -> bool:
    """A copy from a constant of this file, or an automatic object set to zero as a whole: known as such elsewhere."""
    target, source, length = instr.operands[:3]
    object_ = made.get(target.name) if isinstance(target, Local) else None
    if object_ is None or object_.op != "alloca" or object_.source_type is None:
        return False
    if isinstance(source, GlobalRef):
        return True
    zero = isinstance(source, ConstInt) and source.value == 0
    whole = isinstance(length, ConstInt) and length.value == module.layout.size_of(object_.source_type)
    return zero and whole


def _element(instr: Instr, made: Made, module: Module) -> Type | None:
    """What is moved at once; None where a filling has no such value."""
    target, source, length = instr.operands[:3]
    filling = instr.callee.startswith("llvm.memset.")
    if filling and not isinstance(source, ConstInt):
        return IntType(8)
    size = min(divisor(length, made), MOST_WHOLE)
    pointers = (target,) if filling else (target, source)
    for pointer in pointers:
        kind = _scalar(_object(pointer, made, module), module)
        if kind is not None and size % module.layout.store_size(kind) == 0:
            return kind if not filling or isinstance(kind, IntType) or _zero(source) else None
    for argument in range(len(pointers)):
        words = instr.attributes[argument] if argument < len(instr.attributes) else frozenset[str]()
        align = next((int(word.split()[1]) for word in words if word.startswith("align ")), 1)
        size = min(size, align)
    return IntType(8 * size)


def _zero(value: Value) -> bool:
    return isinstance(value, ConstInt) and value.value == 0


def _object(pointer: Value, made: Made, module: Module) -> Type | None:
    if isinstance(pointer, GlobalRef) and pointer.name in module.globals:
        return module.globals[pointer.name].type
    return pointee(pointer, made)


def _scalar(ty: Type | None, module: Module) -> Type | None:
    """The one scalar type that an object consists of."""
    while isinstance(ty, ArrayType):
        ty = ty.elem
    if ty is None:
        return None
    found = {part for _, part in flat(ty, module.layout, 0)}
    kind = found.pop() if len(found) == 1 else None
    size = module.layout.size_of(ty)
    if not isinstance(kind, IntType | FloatType) or size % module.layout.store_size(kind):
        return None
    return kind


def divisor(value: Value, made: Made, depth: int = 8) -> int:
    """A power of two that divides an integer for sure."""
    if isinstance(value, ConstInt):
        return (value.value & -value.value) or MOST_KINDS
    instr = made.get(value.name) if isinstance(value, Local) else None
    if instr is None or not depth:
        return 1
    match instr.op:
        case "mul" | "shl" | "add" | "sub":
            a = divisor(instr.operands[0], made, depth - 1)
            if instr.op == "shl":
                by = instr.operands[1]
                return min(a << by.value, MOST_KINDS) if isinstance(by, ConstInt) and by.value < 32 else a
            b = divisor(instr.operands[1], made, depth - 1)
            return min(a * b, MOST_KINDS) if instr.op == "mul" else min(a, b)
        case "zext" | "sext" | "freeze":
            return divisor(instr.operands[0], made, depth - 1)
        case _:
            return 1


def _origin(pointer: Value, made: Made) -> Value:
    """What a pointer is an offset from."""
    while isinstance(pointer, Local) and pointer.name in made and made[pointer.name].op == "getelementptr":
        pointer = made[pointer.name].operands[0]
    return pointer


def _own(origin: Value, made: Made) -> bool:
    """Whether a pointer is to an automatic object of the function."""
    return isinstance(origin, Local) and origin.name in made and made[origin.name].op == "alloca"


def _apart(function: Function, one: Value, other: Value, made: Made) -> bool:
    """Whether two pointers lead to different objects for sure."""
    origins = _origin(one, made), _origin(other, made)
    if origins[0] == origins[1]:
        return False
    promised = {param.name for param in function.params if "noalias" in param.attributes}
    parameters = {param.name for param in function.params}
    named = [isinstance(o, GlobalRef) or _own(o, made) for o in origins]
    ours = [_own(o, made) for o in origins]
    given = [isinstance(o, Local) and o.name in parameters for o in origins]
    kept = [isinstance(o, Local) and o.name in promised for o in origins]
    return all(named) or all(kept) or any(ours[n] and given[1 - n] for n in (0, 1))


@dataclass(frozen=True, slots=True)
class _Move:
    """A call that becomes a loop: its element, the names' prefix, and the width of lengths."""

    instr: Instr
    kind: Type
    size: int
    prefix: str
    word: IntType

    def number(self, value: int) -> ConstInt:
        return ConstInt(value % (1 << self.word.bits), self.word)

    def made(self, name: str, op: str, ty: Type, *operands: Value, **more: object) -> Instr:
        return Instr(op, f"{self.prefix}.{name}", ty, operands, loc=self.instr.loc, **more)  # type: ignore[arg-type]

    def local(self, name: str, ty: Type) -> Local:
        return Local(f"{self.prefix}.{name}", ty)

    def jump(self, *labels: str, on: Value | None = None) -> Instr:
        return Instr("br", None, VOID, () if on is None else (on,), labels=labels, loc=self.instr.loc)


def _opened(
    function: Function, module: Module, block: Block, place: int, prefix: str, probed: bool
) -> Function:
    """The function with one call as a loop."""
    instr = block.instrs[place]
    made = _made(function)
    kind = _element(instr, made, module)
    word = instr.operands[2].type
    if kind is None or not isinstance(word, IntType):
        return function
    move = _Move(instr, kind, module.layout.store_size(kind), prefix, word)
    moving = not instr.callee.startswith("llvm.memset.")
    near = moving and not _apart(function, instr.operands[0], instr.operands[1], made)
    moved = near and instr.callee.startswith("llvm.memmove.")
    way = _direction(instr.operands[0], instr.operands[1], made) if moved else "up"
    head = [*block.instrs[:place], *_count(move)]
    if near and not (moved and way):
        head += _places(move)
    if near and not moved:
        head += _overlap(move)
    if probed:
        head += _probes(move, made)
    blocks: list[Block] = []
    if not way:
        places = (move.local("to.at", move.word), move.local("from.at", move.word))
        head.append(move.made("below", "icmp", BIT, *places, predicate="ule"))
        up, down = f"{prefix}.up", f"{prefix}.down"
        # A copy to a lower address may run upwards, one to a higher address downwards.
        head.append(move.jump(up, down, on=move.local("below", BIT)))
        blocks = [*_loop(move, block.name, up, False), *_loop(move, block.name, down, True)]
    else:
        head.append(move.jump(f"{prefix}.{way}"))
        blocks = _loop(move, block.name, f"{prefix}.{way}", way == "down")
    rest = Block(f"{prefix}.end", block.instrs[place + 1 :])
    followers = set(block.terminator.labels)
    result: list[Block] = []
    for other in function.blocks:
        if other is block:
            other = Block(block.name, tuple(head))
            result += [other, *blocks, rest]
        else:
            result.append(other)
    if followers:
        result = [_renamed(b, block.name, rest.name) if b.name in followers else b for b in result]
    return replace(function, blocks=tuple(result))


def _renamed(block: Block, old: str, new: str) -> Block:
    """A block behind one that ends under another name now."""

    def arm(instr: Instr) -> Instr:
        if instr.op != "phi":
            return instr
        return replace(instr, labels=tuple(new if label == old else label for label in instr.labels))

    return Block(block.name, tuple(arm(instr) for instr in block.instrs))


def _direction(target: Value, source: Value, made: Made) -> str:
    """The way in which a copy inside of one object must run, "" where the text does not say."""
    for one, other, way in ((target, source, "down"), (source, target, "up")):
        instr = made.get(one.name) if isinstance(one, Local) else None
        if (
            instr is not None
            and instr.op == "getelementptr"
            and len(instr.operands) == 2
            and instr.operands[0] == other
        ):
            index = instr.operands[1]
            if isinstance(index, ConstInt) and isinstance(index.type, IntType):
                negative = index.value >> (index.type.bits - 1)
                return {"up": "down", "down": "up"}[way] if negative else way
    return ""


def _count(move: _Move) -> Iterator[Instr]:
    """The number of elements; a length with the top bit set overflows."""
    top = move.number(1 << (move.word.bits - 1))
    length = move.instr.operands[2]
    yield move.made("high", "add", move.word, length, top, flags=frozenset({"nsw"}))
    yield move.made("bytes", "sub", move.word, move.local("high", move.word), top)
    shift = move.number(move.size.bit_length() - 1)
    yield move.made("count", "lshr", move.word, move.local("bytes", move.word), shift)


def _probes(move: _Move, made: Made) -> Iterator[Instr]:
    """Reads through the pointers that may lead nowhere."""
    pointers = move.instr.operands[: 1 if move.instr.callee.startswith("llvm.memset.") else 2]
    for argument, pointer in enumerate(pointers):
        if not _own(_origin(pointer, made), made):
            yield move.made(f"probe{argument}", "load", move.kind, pointer, align=_align(move, argument))


def _places(move: _Move) -> Iterator[Instr]:
    """The addresses as numbers."""
    for name, pointer in (("to", move.instr.operands[0]), ("from", move.instr.operands[1])):
        yield move.made(f"{name}.at", "ptrtoint", move.word, pointer, source_type=PtrType())


def _overlap(move: _Move) -> Iterator[Instr]:
    """A signed operation that overflows where the objects overlap: `memcpy` is undefined there (C11 7.24.2.1p2)."""
    for one, other in (("to", "from"), ("from", "to")):
        ends = (move.local(f"{one}.at", move.word), move.local("bytes", move.word))
        yield move.made(f"{one}.end", "add", move.word, *ends)
        sides = (move.local(f"{other}.at", move.word), move.local(f"{one}.end", move.word))
        yield move.made(f"{one}.reaches", "icmp", BIT, *sides, predicate="ult")
    both = (move.local("to.reaches", BIT), move.local("from.reaches", BIT))
    yield move.made("overlap", "and", BIT, *both)
    worst = (move.local("overlap", BIT), move.number(1 << (move.word.bits - 1)), move.number(0))
    yield move.made("worst", "select", move.word, *worst)
    flags = frozenset({"nsw"})
    yield move.made("promise", "add", move.word, move.local("worst", move.word), move.number(-1), flags=flags)


def _loop(move: _Move, before: str, head: str, downwards: bool) -> list[Block]:
    name = f"{head.rpartition('.')[2]}."
    body, end = f"{head}.body", f"{move.prefix}.end"
    step, next_ = move.local(f"{name}step", move.word), move.local(f"{name}next", move.word)
    count = move.local("count", move.word)
    nsw = frozenset({"nsw"})
    start, bound = (count, move.number(0)) if downwards else (move.number(0), count)
    first = [
        move.made(f"{name}step", "phi", move.word, start, next_, labels=(before, body)),
        move.made(f"{name}more", "icmp", BIT, step, bound, predicate="sgt" if downwards else "slt"),
        move.jump(body, end, on=move.local(f"{name}more", BIT)),
    ]
    by = move.number(-1 if downwards else 1)
    onward = [move.made(f"{name}next", "add", move.word, step, by, flags=nsw)]
    index = next_ if downwards else step
    second = [*onward, *_element_moved(move, name, index), move.jump(head)]
    return [Block(head, tuple(first)), Block(body, tuple(second))]


def _element_moved(move: _Move, name: str, index: Value) -> Iterator[Instr]:
    target, source = move.instr.operands[:2]
    value: Value
    if move.instr.callee.startswith("llvm.memset."):
        value = source
        if isinstance(source, ConstInt) and isinstance(move.kind, IntType):
            value = ConstInt(int.from_bytes(bytes((source.value,)) * move.size, "little"), move.kind)
        elif isinstance(move.kind, FloatType):
            value = ConstFloat(0, move.kind)
    else:
        yield _place(move, f"{name}from", source, index)
        yield move.made(
            f"{name}value", "load", move.kind, move.local(f"{name}from", PtrType()), align=_align(move, 1)
        )
        value = move.local(f"{name}value", move.kind)
    yield _place(move, f"{name}to", target, index)
    place = move.local(f"{name}to", PtrType())
    yield Instr("store", None, move.kind, (value, place), align=_align(move, 0), loc=move.instr.loc)


def _place(move: _Move, name: str, pointer: Value, index: Value) -> Instr:
    flags = frozenset({"inbounds"})
    return move.made(name, "getelementptr", PtrType(), pointer, index, flags=flags, source_type=move.kind)


def _align(move: _Move, argument: int) -> int:
    attributes = move.instr.attributes
    words = attributes[argument] if argument < len(attributes) else frozenset[str]()
    align = next((int(word.split()[1]) for word in words if word.startswith("align ")), 1)
    return min(align, move.size)

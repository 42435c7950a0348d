"""Masked and indexed vector accesses as what they are: one scalar access for each lane, under a branch on its mask.

What is known of branches, guards and scalar accesses then holds of them. Nothing is accessed where a mask is clear
(LangRef, llvm.masked.load; Intel SDM, VMASKMOV, VPMASKMOV, VGATHER), and the machine's own ones need no alignment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from verify.ir.nodes import Block, ConstAggregate, ConstInt, ConstPoison, Function, Instr, Local, Value
from verify.ir.types import FLOAT_BITS, FloatType, IntType, PtrType, Type, VectorType, VoidType
from verify.verdict import Unsupported

_MASKED = re.compile(r"llvm\.x86\.avx2?\.mask(load|store)\.(?:d|q|ps|pd)(?:\.256)?")
_GATHER = re.compile(r"llvm\.x86\.avx2\.gather\.[dq]\.(?:d|q|ps|pd)(?:\.256)?")
_GENERIC = re.compile(r"llvm\.masked\.(load|store)\.")
_WHOLE = re.compile(r"llvm\.x86\.(?:sse3|avx)\.ldu\.dq(?:\.256)?")
LANE = ("lane", "1")
"""Metadata of the addresses made here."""
_TRUTH = IntType(1)
_INDEX = IntType(64)


def lanewise(function: Function) -> Function:
    """The function with such accesses expanded. Raises Unsupported for forms that have no expansion."""
    if not any(_concerned(i) for b in function.blocks for i in b.instrs):
        return function
    work = _Expansion(
        {i.result for b in function.blocks for i in b.instrs} | {b.name for b in function.blocks}
    )
    for block in function.blocks:
        work.expand(block)
    return replace(function, blocks=tuple(work.renamed(block) for block in work.blocks))


def _concerned(instr: Instr) -> bool:
    return instr.op == "call" and any(p.match(instr.callee) for p in (_MASKED, _GATHER, _GENERIC, _WHOLE))


@dataclass
class _Expansion:
    taken: set[str | None]
    blocks: list[Block] = field(default_factory=list[Block])
    name: str = ""
    instrs: list[Instr] = field(default_factory=list[Instr])
    ends: dict[str, str] = field(default_factory=dict[str, str])
    at: Instr | None = None

    def fresh(self, wanted: str) -> str:
        name, number = wanted, 0
        while name in self.taken:
            number += 1
            name = f"{wanted}.{number}"
        self.taken.add(name)
        return name

    def renamed(self, block: Block) -> Block:
        """Phis learn in which block the part with the branch now stands."""
        instrs = (
            replace(i, labels=tuple(self.ends.get(label, label) for label in i.labels))
            if i.op == "phi"
            else i
            for i in block.instrs
        )
        return Block(block.name, tuple(instrs))

    def expand(self, block: Block) -> None:
        self.name, self.instrs = block.name, []
        for instr in block.instrs:
            self.at = instr
            if not _concerned(instr):
                self.instrs.append(instr)
            elif _WHOLE.match(instr.callee):
                self.instrs.append(replace(instr, op="load", callee="", attributes=(), align=1))
            elif _GATHER.match(instr.callee):
                self._gather(instr)
            else:
                self._masked(instr)
        self._finish()
        if self.name != block.name:
            self.ends[block.name] = self.name

    def _finish(self) -> None:
        self.blocks.append(Block(self.name, tuple(self.instrs)))

    def emit(self, op: str, name: str, ty: Type, *operands: Value, **more: object) -> Local:
        """Append an instruction and give its result."""
        result = self.fresh(name)
        loc = self.at.loc if self.at is not None else None
        self.instrs.append(replace(Instr(op, result, ty, operands, loc=loc), **more))  # type: ignore[arg-type]
        return Local(result, ty)

    def jump(self, *labels: str, cond: Value | None = None) -> None:
        self.instrs.append(
            Instr(
                "br",
                None,
                VoidType(),
                () if cond is None else (cond,),
                labels=labels,
                loc=self.at and self.at.loc,
            )
        )
        self._finish()
        self.instrs = []

    def _masked(self, instr: Instr) -> None:
        load, pointer, mask, value, other = _parts(instr)
        shape = value.type if value is not None else instr.type
        if not isinstance(shape, VectorType) or not isinstance(mask.type, VectorType):
            raise Unsupported(f"a call of {instr.callee}", instr.loc)
        found: list[Value] = []
        for lane in range(shape.count):
            place = self._element(pointer, shape.elem, ConstInt(lane, _INDEX))
            taken = self._taken(mask, lane)
            kept = self._lane(other, lane) if load else None
            stored = self._lane(value, lane) if value is not None else None
            found += self._access(instr, place, shape.elem, taken, kept, stored)
        if load:
            self._assemble(instr, shape, found)

    def _gather(self, instr: Instr) -> None:
        """(source, pointer, index, mask, scale): lanes beyond the shorter of result and index are zero."""
        source, pointer, index, mask, scale = instr.operands
        shape, indices = instr.type, index.type
        if not isinstance(shape, VectorType) or not isinstance(indices, VectorType):
            raise Unsupported(f"a call of {instr.callee}", instr.loc)
        if not isinstance(scale, ConstInt) or not isinstance(indices.elem, IntType):
            raise Unsupported(f"a call of {instr.callee}", instr.loc)
        found: list[Value] = []
        for lane in range(shape.count):
            if lane >= indices.count:
                found.append(_zero(shape.elem))
                continue
            number: Value = self._lane(index, lane)
            if indices.elem.bits < 64:
                number = self.emit("sext", "lane.index", _INDEX, number, source_type=indices.elem)
            if scale.value != 1:
                number = self.emit("mul", "lane.offset", _INDEX, number, ConstInt(scale.value, _INDEX))
            place = self._element(pointer, IntType(8), number)
            taken = self._taken(mask, lane)
            found += self._access(instr, place, shape.elem, taken, self._lane(source, lane), None)
        self._assemble(instr, shape, found)

    def _element(self, pointer: Value, elem: Type, index: Value) -> Local:
        return self.emit(
            "getelementptr", "lane.place", PtrType(), pointer, index, source_type=elem, metadata=(LANE,)
        )

    def _lane(self, vector: Value, lane: int) -> Value:
        ty = vector.type
        assert isinstance(ty, VectorType)
        if isinstance(vector, ConstPoison):
            return ConstPoison(ty.elem)
        if isinstance(vector, ConstAggregate):
            return _zero(ty.elem) if vector.elements is None else vector.elements[lane]
        return self.emit("extractelement", "lane", ty.elem, vector, ConstInt(lane, _INDEX))

    def _taken(self, mask: Value, lane: int) -> Value:
        """A lane's mask: a truth value itself, or the topmost bit of a number."""
        value = self._lane(mask, lane)
        match value.type:
            case IntType(1):
                return value
            case FloatType(name):
                wide = IntType(FLOAT_BITS[name])
                value = self.emit("bitcast", "lane.bits", wide, value, source_type=value.type)
            case _:
                pass
        return self.emit("icmp", "lane.taken", _TRUTH, value, ConstInt(0, value.type), predicate="slt")

    def _access(
        self, instr: Instr, place: Value, elem: Type, taken: Value, kept: Value | None, stored: Value | None
    ) -> list[Value]:
        inside, after, before = self.fresh("lane.access"), self.fresh("lane.after"), self.name
        self.jump(inside, after, cond=taken)
        self.name = inside
        metadata = tuple((k, v) for k, v in instr.metadata if k in ("tbaa", "nontemporal"))
        if stored is not None:
            self.instrs.append(
                Instr("store", None, elem, (stored, place), align=1, metadata=metadata, loc=instr.loc)
            )
            self.jump(after)
            self.name = after
            return []
        value = self.emit("load", "lane.value", elem, place, align=1, metadata=metadata)
        self.jump(after)
        self.name = after
        other = kept if kept is not None else _zero(elem)
        return [self.emit("phi", "lane.result", elem, value, other, labels=(inside, before))]

    def _assemble(self, instr: Instr, shape: VectorType, found: list[Value]) -> None:
        vector: Value = ConstPoison(shape)
        for lane, value in enumerate(found[:-1]):
            vector = self.emit("insertelement", "lane.vector", shape, vector, value, ConstInt(lane, _INDEX))
        last = (vector, found[-1], ConstInt(len(found) - 1, _INDEX))
        self.instrs.append(Instr("insertelement", instr.result, shape, last, loc=instr.loc))


def _parts(instr: Instr) -> tuple[bool, Value, Value, Value | None, Value]:
    """(is it a load, pointer, mask, what is stored, what a masked lane yields)."""
    operands = list(instr.operands)
    if found := _MASKED.match(instr.callee):
        if found[1] == "load":
            return True, operands[0], operands[1], None, ConstAggregate(None, instr.type)
        return False, operands[0], operands[1], operands[2], operands[2]
    load = instr.callee.startswith("llvm.masked.load.")
    place = 0 if load else 1
    align = 1
    if len(operands) == 4:
        number = operands.pop(place + 1)
        align = number.value if isinstance(number, ConstInt) else 1 << 30
    for word in instr.attributes[place] if len(instr.attributes) > place else ():
        if word.startswith("align "):
            align = max(align, int(word[6:]))
    shape = instr.type if load else operands[0].type
    elem = shape.elem if isinstance(shape, VectorType) else shape
    size = elem.bits // 8 if isinstance(elem, IntType) else FLOAT_BITS.get(getattr(elem, "name", ""), 0) // 8
    if align > max(size, 1):
        raise Unsupported("a masked access that is aligned as a whole", instr.loc)
    if load:
        return True, operands[0], operands[1], None, operands[2]
    return False, operands[1], operands[2], operands[0], operands[0]


def _zero(elem: Type) -> Value:
    from verify.ir.nodes import ConstFloat

    return ConstFloat(0, elem) if isinstance(elem, FloatType) else ConstInt(0, elem)

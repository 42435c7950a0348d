"""Translation of a function to Python source: one Python function each, blocks as branches of a dispatch
loop.

Blocks with one predecessor are placed where they are jumped to, so that only loop headers and joins are
dispatched; scalar automatic variables whose address is not taken become Python variables. Every emitted line
knows the instruction it comes from, which gives a fault its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from verify.concrete.faults import POISON
from verify.ir.nodes import (
    Block,
    ConstAggregate,
    ConstExpr,
    ConstFloat,
    ConstInt,
    ConstNull,
    ConstPoison,
    ConstUndef,
    Function,
    GlobalRef,
    Instr,
    Local,
    Module,
    Value,
)
from verify.ir.types import ArrayType, FloatType, IntType, PtrType, StructType, Type, VectorType, VoidType
from verify.verdict import Unsupported

_DEPTH = 24
Handler = Callable[["Emitter", Instr], None]


class Names(Protocol):
    """What an emitter needs of the program around the function."""

    @property
    def module(self) -> Module: ...
    @property
    def record_reads(self) -> bool: ...
    def pool(self, item: object) -> str: ...
    def global_address(self, name: str) -> int: ...
    def function_name(self, name: str) -> str: ...


@dataclass
class Emitter:
    """The state of one function's translation. `lines` holds (depth, text, instruction)."""

    names: Names
    function: Function
    handlers: Mapping[str, Handler]
    uses: dict[str, list[Instr]] = field(default_factory=dict[str, list[Instr]])
    definitions: dict[str, Instr] = field(default_factory=dict[str, Instr])
    lines: list[tuple[int, str, Instr | None]] = field(default_factory=list[tuple[int, str, Instr | None]])
    maybe_poison: set[str] = field(default_factory=set[str])
    promoted: dict[str, str] = field(default_factory=dict[str, str])
    locals: dict[str, str] = field(default_factory=dict[str, str])
    memory_locals: list[str] = field(default_factory=list[str])
    labels: dict[str, int] = field(default_factory=dict[str, int])
    pending: list[str] = field(default_factory=list[str])
    depth: int = 0
    current: Instr | None = None
    label: str = ""
    weight: int = 1

    def line(self, text: str, deeper: int = 0) -> None:
        self.lines.append((self.depth + deeper, text, self.current))

    def define(self, ins: Instr, poison: bool = False) -> str:
        """The Python name of the instruction's result."""
        assert ins.result is not None
        name = self._name(ins.result)
        if poison:
            self.maybe_poison.add(name)
        return name

    def assign(self, ins: Instr, expression: str, poison: bool = False) -> str:
        name = self.define(ins, poison)
        self.line(f"{name} = {expression}")
        return name

    def _name(self, local: str) -> str:
        return self.locals.setdefault(local, f"v{len(self.locals)}")

    def value(self, value: Value) -> str:
        """The operand as a Python expression that is a name or a literal."""
        match value:
            case Local(name, _):
                return self._name(name)
            case ConstNull():
                return "0"
            case GlobalRef(name, _):
                return str(self.names.global_address(name))
            case ConstInt() | ConstFloat() | ConstExpr():
                constant = self.constant(value)
                text = repr(constant)
                if isinstance(constant, int):
                    return f"({text})" if constant < 0 else text
                return self.names.pool(constant)
            case _:
                return self.names.pool(self.constant(value))

    def constant(self, value: Value) -> object:
        """The value of a constant."""
        match value:
            case ConstInt(pattern, IntType(bits)):
                return pattern if bits == 1 or pattern < 1 << (bits - 1) else pattern - (1 << bits)
            case ConstFloat(pattern, FloatType(name)) if name in ("float", "double"):
                from verify.concrete.numbers import bits_float

                return bits_float(pattern, 4 if name == "float" else 8)
            case ConstNull():
                return 0
            case GlobalRef(name, _):
                return self.names.global_address(name)
            case ConstUndef(ty) | ConstPoison(ty):
                return undefined(ty)
            case ConstAggregate(None, ty):
                return zero(ty)
            case ConstAggregate(elements, _) if elements is not None:
                return tuple(self.constant(e) for e in elements)
            case ConstExpr("getelementptr", operands, _, _, source_type) if source_type is not None:
                return self._constant_address(operands, source_type)
            case _:
                raise Unsupported(f"constant {value}", self.current.loc if self.current else None)

    def _constant_address(self, operands: tuple[Value, ...], source_type: Type) -> int:
        base = self.constant(operands[0])
        assert isinstance(base, int)
        layout = self.names.module.layout
        ty: Type | None = None
        for operand in operands[1:]:
            index = self.constant(operand)
            assert isinstance(index, int)
            if ty is None:
                base += index * layout.size_of(source_type)
                ty = source_type
            elif isinstance(ty, StructType):
                base += layout.field_offset(ty, index)
                ty = (ty.fields or ())[index]
            elif isinstance(ty, (ArrayType, VectorType)):
                ty = ty.elem
                base += index * layout.size_of(ty)
            else:
                raise Unsupported("getelementptr constant")
        return base

    def may_be_poison(self, value: Value) -> bool:
        if isinstance(value, Local):
            return self._name(value.name) in self.maybe_poison
        return isinstance(value, (ConstUndef, ConstPoison))

    # control flow

    def goto(self, source: str, target: str) -> None:
        """Jump, with the moves of the target's phis."""
        block = self.function.block(target)
        moves: list[tuple[str, str]] = []
        for ins in block.instrs:
            if ins.op != "phi":
                break
            for value, origin in zip(ins.operands, ins.labels, strict=True):
                if origin == source:
                    moves.append((self.define(ins, True), self.value(value)))
                    break
        if moves:
            self.line(f"{', '.join(m[0] for m in moves)} = {', '.join(m[1] for m in moves)}")
        if target == self.label:
            self.line("continue")
        elif target in self.labels or self.depth > _DEPTH:
            if target not in self.labels:
                self.labels[target] = len(self.labels)
                self.pending.append(target)
            self.line(f"b = {self.labels[target]}")
            self.line("break")
        else:
            self.block(block)

    def block(self, block: Block) -> None:
        """The block's code, up to and including its jumps."""
        for ins in block.instrs[:-1]:
            if ins.op == "phi":
                continue
            self.current = ins
            handler = self.handlers.get(ins.op)
            if handler is None:
                raise Unsupported(ins.op, ins.loc)
            handler(self, ins)
        self.current = ins = block.instrs[-1]
        match ins.op:
            case "br" if len(ins.labels) == 1:
                self.goto(block.name, ins.labels[0])
            case "br":
                self._branch(
                    block.name, [(f"if {self.value(ins.operands[0])}:", ins.labels[0])], ins.labels[1]
                )
            case "switch":
                subject = self.value(ins.operands[0])
                cases = [
                    (f"{'if' if n == 0 else 'elif'} {subject} == {self.value(c)}:", label)
                    for n, (c, label) in enumerate(zip(ins.operands[1:], ins.labels[1:], strict=True))
                ]
                if self.may_be_poison(ins.operands[0]):
                    self.line(f"{subject} + 0")
                self._branch(block.name, cases, ins.labels[0])
            case "ret":
                self._return(ins)
            case "unreachable":
                self.line("unr()")
            case _:
                raise Unsupported(ins.op, ins.loc)

    def _branch(self, source: str, cases: list[tuple[str, str]], other: str) -> None:
        ins = self.current
        if not cases:
            self.goto(source, other)
            return
        for test, target in [*cases, ("else:", other)]:
            self.current = ins
            self.line(test)
            self.depth += 1
            self.goto(source, target)
            self.depth -= 1

    def _return(self, ins: Instr) -> None:
        self.line("FU[0] = f")
        if self.memory_locals:
            self.line(f"DEL(({', '.join(self.memory_locals)},))")
        self.line(f"return {self.value(ins.operands[0])}" if ins.operands else "return None")

    def emit(self, python_name: str) -> None:
        """Fills `lines` with the whole function."""
        self._prepare()
        function = self.function
        entry = function.blocks[0]
        self.labels[entry.name] = 0
        edges = Counter(label for block in function.blocks for label in set(targets(block)))
        several = {
            label
            for block in function.blocks
            for label, count in Counter(targets(block)).items()
            if count > 1 or edges[label] > 1
        }
        for block in function.blocks:
            if block.name in several:
                self.labels[block.name] = len(self.labels)
        total = sum(len(block.instrs) for block in function.blocks)
        self.weight = max(1, total // len(self.labels))
        self.pending = list(self.labels)
        arguments = ", ".join(self._name(p.name) for p in function.params)
        self.line(f"def {python_name}({arguments}):")
        self.depth = 1
        self.line("f = FU[0]")
        for name, cell in self.promoted.items():
            ty = self.definitions[name].source_type
            assert ty is not None
            self.line(f"{cell} = {self.names.pool(undefined(ty))}")
        self.line("b = 0")
        self.line("while True:")
        bodies: dict[int, list[tuple[int, str, Instr | None]]] = {}
        while self.pending:
            name = self.pending.pop(0)
            head, self.lines = self.lines, []
            self.depth, self.label, self.current = 0, name, None
            self.line("while True:")
            self.depth = 1
            self.line(f"f -= {self.weight}")
            self.line("if f < 0: oof()")
            self.block(function.block(name))
            bodies[self.labels[name]] = self.lines
            self.lines = head
        self._dispatch(bodies, 0, len(bodies), 2)

    def _dispatch(
        self, bodies: dict[int, list[tuple[int, str, Instr | None]]], low: int, high: int, depth: int
    ) -> None:
        if high - low == 1:
            self.lines += [(depth + d, text, ins) for d, text, ins in bodies[low]]
            return
        middle = (low + high) // 2
        self.lines.append((depth, f"if b < {middle}:", None))
        self._dispatch(bodies, low, middle, depth + 1)
        self.lines.append((depth, "else:", None))
        self._dispatch(bodies, middle, high, depth + 1)

    def _prepare(self) -> None:
        for block in self.function.blocks:
            for ins in block.instrs:
                if ins.result is not None:
                    self.definitions[ins.result] = ins
                for operand in ins.operands:
                    if isinstance(operand, Local):
                        self.uses.setdefault(operand.name, []).append(ins)
        for name, ins in self.definitions.items():
            if ins.op == "alloca" and self._promotable(ins):
                self.promoted[name] = f"a{len(self.promoted)}"

    def _promotable(self, ins: Instr) -> bool:
        if not isinstance(ins.source_type, (IntType, FloatType, PtrType, VectorType)) or ins.operands:
            return False
        assert ins.result is not None
        for use in self.uses.get(ins.result, []):
            if "volatile" in use.flags or "atomic" in use.flags:
                return False
            if use.op == "load" and use.type == ins.source_type:
                continue
            if use.op == "store" and use.type == ins.source_type and use.operands[0] != ins.value:
                continue
            if use.op == "call" and use.callee.startswith("llvm.lifetime."):
                continue
            return False
        return True


def targets(block: Block) -> tuple[str, ...]:
    """Where a block may jump to."""
    last = block.terminator
    return last.labels if last.op in ("br", "switch") else ()


def undefined(ty: Type) -> object:
    """The indeterminate value of a type, aggregates part by part."""
    match ty:
        case VectorType(count, elem) | ArrayType(count, elem):
            return (undefined(elem),) * count
        case StructType(fields, _, _) if fields is not None:
            return tuple(undefined(f) for f in fields)
        case _:
            return POISON


def zero(ty: Type) -> object:
    """The zero of a type."""
    match ty:
        case VectorType(count, elem) | ArrayType(count, elem):
            return (zero(elem),) * count
        case StructType(fields, _, _) if fields is not None:
            return tuple(zero(f) for f in fields)
        case FloatType():
            return 0.0
        case VoidType():
            return None
        case _:
            return 0

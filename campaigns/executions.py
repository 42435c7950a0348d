"""Three executions of one program on one input: LLVM's JIT, our concrete semantics, the prover's rules."""

from __future__ import annotations

import ctypes
import random
import struct
from collections.abc import Mapping
from dataclasses import dataclass

from llvmlite import binding

from campaigns.evaluate import Evaluator, Value, decode, holds, same
from campaigns.jit import contents_of, machine, one_object
from verify.concrete.program import Program
from verify.flow import safety, spaces
from verify.flow.model import Array, Side
from verify.flow.pair import Pair
from verify.flow.proof import relate
from verify.ir.load import load
from verify.ir.nodes import Function
from verify.ir.read import read
from verify.ir.types import FloatType, IntType, PtrType
from verify.problem import Problem
from verify.problem import Side as Text

BYTES = 2048
_C_TYPES = {"i1": ctypes.c_bool, "i8": ctypes.c_int8, "i16": ctypes.c_int16, "i32": ctypes.c_int32,
            "i64": ctypes.c_int64, "float": ctypes.c_float, "double": ctypes.c_double}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Input:
    """Memory for the pointers (each an offset into one buffer), contents of the objects of the file, and the scalars,
    one for each parameter (0 for a pointer)."""

    buffer: bytes
    places: tuple[int, ...]
    objects: Mapping[str, bytes]
    scalars: tuple[int | float, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is there afterwards."""

    result: Value | None
    buffer: bytes
    objects: Mapping[str, bytes]


def _type(function: Function, position: int) -> str:
    match function.params[position].type:
        case IntType(bits):
            return f"i{bits}"
        case FloatType(name):
            return name
        case _:
            return "ptr"


class Compiled:
    """One function of one IR text, ready for the JIT and for the concrete semantics."""

    def __init__(self, ir: str, name: str) -> None:
        self.module = read(ir)
        self.function = self.module.functions[name]
        self.name = name
        parsed = binding.parse_assembly(ir, binding.create_context())
        self.engine = binding.create_mcjit_compiler(parsed, machine())
        self.engine.finalize_object()

    @property
    def result(self) -> str:
        match self.function.result:
            case IntType(bits):
                return f"i{bits}"
            case FloatType(name):
                return name
            case _:
                return "void"

    @property
    def element(self) -> str:
        """The type that memory is made of: the first that is stored or loaded and is no pointer's."""
        for function in (self.function,):
            for block in function.blocks:
                for instr in block.instrs:
                    pointer = isinstance(instr.type, PtrType)
                    if (
                        instr.op == "load"
                        and not pointer
                        and "arrayidx" in getattr(instr.operands[0], "name", "")
                    ):
                        return instr.type.name if isinstance(instr.type, FloatType) else f"i{instr.type.bits}"
        return "i8"

    def contents(self, size: int, pattern: str, rng: random.Random) -> bytes:
        """Random bytes that are sensible values of the elements."""
        kind = self.element
        if kind in ("float", "double"):
            code = "f" if kind == "float" else "d"
            special = (0.0, -0.0, 1.5, -1.0, 1e8, 0.1, float("inf"), float("nan"))
            width = struct.calcsize(code)
            values = [
                rng.choice(special) if pattern == "random" else rng.randrange(-8, 9) / 2
                for _ in range(size // width)
            ]
            return struct.pack(f"<{len(values)}{code}", *values).ljust(size, b"\0")
        if pattern == "small":
            width = int(kind[1:]) // 8
            return b"".join(
                rng.randrange(0, 12).to_bytes(width, "little") for _ in range(size // width)
            ).ljust(size, b"\0")
        return rng.randbytes(size)

    def agree(self, a: Outcome, b: Outcome) -> bool:
        """Equal, where one that is not a number is equal to another."""
        if a.result is not None and b.result is not None and not same(a.result, b.result):
            return False
        parts = [(a.buffer, b.buffer), *((data, b.objects[name]) for name, data in a.objects.items())]
        return all(self._same_bytes(x, y) for x, y in parts)

    def _same_bytes(self, a: bytes, b: bytes) -> bool:
        if a == b or self.element not in ("float", "double"):
            return a == b
        code = "f" if self.element == "float" else "d"
        count = len(a) // struct.calcsize(code)
        pairs = zip(struct.unpack(f"<{count}{code}", a), struct.unpack(f"<{count}{code}", b), strict=True)
        return all(same(x, y) for x, y in pairs)

    def natively(self, given: Input) -> Outcome:
        """One call of the JIT's code."""
        room = ctypes.create_string_buffer(len(given.buffer) + 128)
        start = (ctypes.addressof(room) + 63) & ~63
        ctypes.memmove(start, given.buffer, len(given.buffer))
        for name, data in given.objects.items():
            ctypes.memmove(self.engine.get_global_value_address(name), data, len(data))
        kinds, values = [], []
        for position, (place, scalar) in enumerate(zip(given.places, given.scalars, strict=True)):
            kind = _type(self.function, position)
            kinds.append(ctypes.c_void_p if kind == "ptr" else _C_TYPES[kind])
            values.append(start + place if kind == "ptr" else scalar)
        result = None if self.result == "void" else _C_TYPES[self.result]
        found = ctypes.CFUNCTYPE(result, *kinds)(self.engine.get_function_address(self.name))(*values)
        objects = {
            name: ctypes.string_at(self.engine.get_global_value_address(name), len(data))
            for name, data in given.objects.items()
        }
        return Outcome(self._pattern(found), ctypes.string_at(start, len(given.buffer)), objects)

    def concretely(self, given: Input) -> Outcome:
        """One run of our semantics. Raises Fault, Undetermined."""
        arena, buffer = one_object(given.buffer)
        places: dict[str, int] = {}
        images = {}
        for number, (name, data) in enumerate(given.objects.items(), 2):
            images[name] = contents_of(arena, number, data)
            places[name] = images[name].address
        values = tuple(
            buffer.address + place if _type(self.function, position) == "ptr" else scalar
            for position, (place, scalar) in enumerate(zip(given.places, given.scalars, strict=True))
        )
        found = Program(self.module, places, True).run(self.name, values, arena, 2_000_000)
        objects = {name: bytes(images[name].m[64 : 64 + len(data)]) for name, data in given.objects.items()}
        return Outcome(self._pattern(found), bytes(buffer.m[64 : 64 + len(given.buffer)]), objects)

    def _pattern(self, found: object) -> Value | None:
        if found is None or self.result == "void":
            return None
        if self.result.startswith("i"):
            return int(found) & ((1 << int(self.result[1:])) - 1)  # type: ignore[call-overload]
        assert isinstance(found, float)
        return found


class Rules:
    """One function under the prover's rules, as original and as rewrite of itself."""

    def __init__(self, ir: str, name: str) -> None:
        """Raises NotProved and Unsupported where the prover has no rules for the text."""
        texts = Text(ir), Text(ir)
        with spaces.budget(20_000_000):
            self.pair: Pair = relate(load(ir, name), load(ir, name), Problem(*texts, name, ("sequential",)))
            self.returned = [safety.returned(side.summary) for side in self.sides]

    @property
    def sides(self) -> tuple[Side, Side]:
        return self.pair.before, self.pair.after

    def parameters(self, given: Input) -> dict[str, int]:
        """The numbers that isl knows by name: integer arguments, places of pointers in the common heap."""
        s = self.pair.before.summary
        found: dict[str, int] = {}
        cell = self.pair.arrays["heap"].bytes_ if "heap" in self.pair.arrays else 1
        for position, parameter in enumerate(s.function.params):
            match parameter.type:
                case IntType(bits):
                    value = int(given.scalars[position]) & ((1 << bits) - 1)
                    unsigned = f"p{position}" in s.unsigned_params or bits == 1
                    found[f"p{position}"] = (
                        value if unsigned or value < 1 << (bits - 1) else value - (1 << bits)
                    )
                case PtrType():
                    found[spaces.spelled(f"at.p{position}")] = given.places[position] // cell
                case _:
                    pass
        return found

    def allowed(self, given: Input) -> bool:
        """Whether the rules take the original to be defined on this input."""
        return holds(self.pair.context, self.parameters(given))

    def differences(self, given: Input, after: Outcome, rng: random.Random, most: int) -> list[str]:
        """Where the rules disagree with what was observed, on the result and on some cells of each written array."""
        found: list[str] = []
        numbers = self.parameters(given)
        for side, returned in zip(self.sides, self.returned, strict=True):
            label = side.summary.side
            evaluator = Evaluator(side, numbers, self._arguments(given), self._memory(given))
            if returned is not None and after.result is not None:
                value = evaluator.value(returned, ())
                if not same(value, after.result):
                    found.append(f"{label}: result {value}, not {after.result}")
            for name, site in side.finals.items():
                cells = self._cells(name, given)
                for cell in rng.sample(cells, min(most, len(cells))):
                    inside = dict(zip(site.dims, cell, strict=True))
                    if not holds(site.cond, {**numbers, **inside}) or site.term is None:
                        continue
                    value = evaluator.value(site.term, tuple(inside[dim] for dim in site.term.ctx))
                    array = self.pair.arrays[name]
                    expected = self._read(
                        name, array, cell, site.term.type, given, after.buffer, after.objects
                    )
                    if not same(value, expected):
                        found.append(f"{label}: {name}{list(cell)} is {value}, not {expected}")
        return found

    def _arguments(self, given: Input) -> dict[str, Value]:
        return {f"p{n}": value for n, value in enumerate(given.scalars) if isinstance(value, float)}

    def _cells(self, name: str, given: Input) -> list[tuple[int, ...]]:
        array = self.pair.arrays[name]
        if array.dims == 2:
            rows = len(given.objects[name[2:]]) // array.strides[0]
            return [(i, j) for i in range(rows) for j in range(array.strides[0] // array.strides[1])]
        if name.startswith("g."):
            return [(i,) for i in range(len(given.objects[name[2:]]) // array.bytes_)]
        start = 0 if name == "heap" else given.places[int(name[1:])]
        return [
            (i,)
            for i in range(
                -min(start, 64) // array.bytes_, min(400, len(given.buffer) - start) // array.bytes_
            )
        ]

    def _memory(self, given: Input) -> object:
        def memory(name: str, cell: tuple[int, ...], type_: str) -> Value:
            if name.startswith("bytes "):
                base = name.removeprefix("bytes ")
                return self._read(
                    base, Array(base, 1, 1, (1,), (None,)), cell, type_, given, given.buffer, given.objects
                )
            return self._read(name, self.pair.arrays[name], cell, type_, given, given.buffer, given.objects)

        return memory

    def _read(
        self, name: str, array: Array, cell: tuple[int, ...], type_: str, given: Input, buffer: bytes,
        objects: Mapping[str, bytes],
    ) -> Value:  # fmt: skip
        strides = array.strides if array.dims > 1 else (array.bytes_,)
        at = sum(index * stride for index, stride in zip(cell, strides, strict=True))
        data = objects[name[2:]] if name.startswith("g.") else buffer
        if name.startswith("p"):
            at += given.places[int(name[1:])]
        size = {"float": 4, "double": 8}.get(type_) or (int(type_[1:]) + 7) // 8
        if not 0 <= at <= len(data) - size:
            raise IndexError(f"{name}{list(cell)} is outside of the memory of this input")
        return decode(data[at : at + size], type_)

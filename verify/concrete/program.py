"""A module ready to run: functions translated on first use, bound to an arena for each run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import FunctionType

from verify.concrete import faults, lower_calls, lower_memory, lower_ops
from verify.concrete.arena import MASK, SHIFT, Access, Arena, Object
from verify.concrete.emit import Emitter, Handler
from verify.concrete.faults import Fault
from verify.concrete.scalar import NAMES
from verify.concrete.vectors import Lanes
from verify.ir.nodes import Function, Instr, Loc, Module
from verify.verdict import Unsupported

_BINARY = [
    "add",
    "sub",
    "mul",
    "sdiv",
    "udiv",
    "srem",
    "urem",
    "shl",
    "lshr",
    "ashr",
    "and",
    "or",
    "xor",
    "fadd",
    "fsub",
    "fmul",
    "fdiv",
    "frem",
    "fneg",
]
_CASTS = [
    "trunc",
    "zext",
    "sext",
    "fptrunc",
    "fpext",
    "fptoui",
    "fptosi",
    "uitofp",
    "sitofp",
    "ptrtoint",
    "inttoptr",
    "bitcast",
]
HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(_BINARY, lower_ops.binary),
    **dict.fromkeys(_CASTS, lower_ops.cast),
    **dict.fromkeys(("icmp", "fcmp"), lower_ops.compare),
    "select": lower_ops.select,
    "freeze": lower_ops.freeze,
    "extractelement": lower_ops.extract,
    "insertelement": lower_ops.insert,
    "shufflevector": lower_ops.shuffle,
    "extractvalue": lower_ops.extract_value,
    "insertvalue": lower_ops.insert_value,
    "token": lower_ops.token,
    "alloca": lower_memory.alloca,
    "load": lower_memory.load,
    "store": lower_memory.store,
    "getelementptr": lower_memory.getelementptr,
    "call": lower_calls.call,
}


@dataclass
class Program:
    """One version. `addresses` gives each global's address; `record_reads` keeps which bytes a run loads."""

    module: Module
    addresses: Mapping[str, int]
    record_reads: bool
    touched: set[str] = field(default_factory=set[str])
    space: dict[str, object] = field(default_factory=dict[str, object])
    names: dict[str, str] = field(default_factory=dict[str, str])
    origins: dict[str, list[Instr | None]] = field(default_factory=dict[str, list["Instr | None"]])
    pooled: dict[object, str] = field(default_factory=dict[object, str])
    fuel: list[int] = field(default_factory=lambda: [0])

    def __post_init__(self) -> None:
        from array import array

        self.space.update(NAMES)
        self.space.update(
            R=array("f", [0.0]),
            FU=self.fuel,
            aln=faults.bad_align,
            bnd=faults.bad_bounds,
            ptr=faults.bad_pointer,
            unr=faults.unreachable,
            oof=faults.out_of_fuel,
            trp=_trap,
        )

    def pool(self, item: object) -> str:
        """The name under which generated code finds a Python object."""
        key = item if isinstance(item, Access) else id(item)
        if key not in self.pooled:
            self.pooled[key] = f"K{len(self.pooled)}"
            self.space[self.pooled[key]] = item
        return self.pooled[key]

    def global_address(self, name: str) -> int:
        """Raises Unsupported for what has no address here (functions, aliases)."""
        if name not in self.addresses:
            raise Unsupported(f"address of @{name}")
        self.touched.add(name)
        return self.addresses[name]

    def function_name(self, name: str) -> str:
        """The Python name of a function, translated now if need be."""
        if name not in self.names:
            self.names[name] = f"F{len(self.names)}"
            self._translate(self.module.functions[name], self.names[name])
        return self.names[name]

    def _translate(self, function: Function, python_name: str) -> None:
        emitter = Emitter(self, function, HANDLERS)
        emitter.emit(python_name)
        text = "\n".join(" " * depth + line for depth, line, _ in emitter.lines)
        self.origins[python_name] = [ins for _, _, ins in emitter.lines]
        exec(compile(text, f"<{python_name}>", "exec"), self.space)

    def prepare(self, name: str) -> None:
        """Translates the function and what it calls. Raises Unsupported."""
        self.function_name(name)

    def run(self, name: str, arguments: tuple[object, ...], arena: Arena, fuel: int) -> object:
        """The returned value. Raises Fault, Undetermined, OutOfFuel; `self.fuel[0]` is what is left on a
        return."""
        self.space.update(
            O=arena.objects,
            SL=arena.slow_load,
            SS=arena.slow_store,
            NEW=arena.allocate,
            DEL=arena.release,
            LB=arena.start_life,
            LE=arena.end_life,
            FRM=arena.form,
            CPY=arena.copy,
            SET=arena.fill_bytes,
            ML=_masked_load(arena),
            MS=_masked_store(arena),
            GA=_gather(arena),
            EV=arena.event,
            EVR=arena.event_result,
        )
        self.fuel[0] = fuel
        function = self.space[self.function_name(name)]
        assert isinstance(function, FunctionType)
        try:
            return function(*arguments)
        except RecursionError:
            raise faults.Undetermined from None

    def left(self, stop: BaseException) -> int:
        """The fuel that was left when the run stopped with an exception."""
        left = 0
        trace = stop.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename.strip("<>") in self.origins:
                left = trace.tb_frame.f_locals.get("f", left)
            trace = trace.tb_next
        return max(left, 0)

    def place(self, fault: BaseException) -> Loc | None:
        """Where in the C source an exception came from."""
        found: Loc | None = None
        trace = fault.__traceback__
        while trace is not None:
            name = trace.tb_frame.f_code.co_filename.strip("<>")
            if name in self.origins:
                ins = self.origins[name][trace.tb_lineno - 1]
                if ins is not None and ins.loc is not None:
                    found = ins.loc
            trace = trace.tb_next
        return found


def _trap() -> None:
    raise Fault("indeterminate", "reads a value that its type does not have")


def _masked_load(arena: Arena) -> Callable[[int, Lanes, Lanes, Access], Lanes]:
    def load(pointer: int, mask: Lanes, other: Lanes, lane: Access) -> Lanes:
        return tuple(
            load_one(arena, pointer + n * lane.unit, lane) if bit else keep
            for n, (bit, keep) in enumerate(zip(mask, other, strict=True))
        )

    return load


def _masked_store(arena: Arena) -> Callable[[int, Lanes, Lanes, Access], None]:
    def store(pointer: int, mask: Lanes, value: Lanes, lane: Access) -> None:
        for n, (bit, part) in enumerate(zip(mask, value, strict=True)):
            if bit:
                address = pointer + n * lane.unit
                arena.slow_store(arena.objects[address >> SHIFT], address & MASK, lane, part)

    return store


def _gather(arena: Arena) -> Callable[[int, tuple[int, ...], int, Lanes, Lanes, Access], Lanes]:
    def load(
        pointer: int, index: tuple[int, ...], scale: int, mask: Lanes, other: Lanes, lane: Access
    ) -> Lanes:
        return tuple(
            load_one(arena, pointer + index[n] * scale, lane) if mask[n] else keep
            for n, keep in enumerate(other)
        )

    return load


def load_one(arena: Arena, address: int, access: Access) -> object:
    """A load by the slow path, recorded as read."""
    item: Object = arena.objects[address >> SHIFT]
    offset = address & MASK
    value = arena.slow_load(item, offset, access)
    item.r[offset : offset + access.size] = b"\1" * access.size
    return value

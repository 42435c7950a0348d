"""Memory of one run: objects with bounds, permissions, initializedness, and records of what was read and
stored.

An address is `(object id << SHIFT) + offset`, so no offset arithmetic of realistic size leaves one object
for another. Each byte of an object has a state:

    OUTSIDE        not part of the object (or no longer alive)
    READY          holds a determined value
    INDETERMINATE  part of the object, never written
    FRESH          holds a value that the run has not needed yet; the first access fills it by its own type

Generated code handles READY bytes by itself and calls the slow paths here for everything else.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from verify.concrete.faults import POISON, Fault

SHIFT = 44
MASK = (1 << SHIFT) - 1
OUTSIDE, READY, INDETERMINATE, FRESH = 0, 1, 2, 3
KIND_INT, KIND_FLOAT, KIND_DOUBLE, KIND_POINTER, KIND_COPIED = 1, 2, 3, 4, 5


@dataclass(frozen=True, slots=True)
class Access:
    """What a load or store moves. lanes 0: a scalar; `kind` and `unit` (bytes) are those of a lane; `bits`
    of an integer lane (a width that is no multiple of 8 is stored zero-extended). `boolean`: only 0 and 1
    are values."""

    kind: int
    unit: int
    bits: int
    lanes: int = 0
    boolean: bool = False

    @property
    def size(self) -> int:
        return self.unit * max(self.lanes, 1)


@dataclass(slots=True)
class Object:
    """One object. `base` is the offset of what pointers to it name as element 0; [low, high] is where
    pointers into it may be formed. `lasting`: outlives the call. `open`: size unknown, taken from what the
    run does. `writable` false: stores fault. [from_, to): the structs whose members were named."""

    ident: int
    key: tuple[object, ...]
    base: int
    low: int
    high: int
    lasting: bool
    open: bool
    writable: bool
    m: bytearray
    s: bytearray
    w: bytearray
    r: bytearray
    init: bytearray
    t: bytearray = field(init=False)
    b: memoryview = field(init=False)
    h: memoryview = field(init=False)
    i: memoryview = field(init=False)
    q: memoryview = field(init=False)
    f: memoryview[float] = field(init=False)
    d: memoryview[float] = field(init=False)
    from_: int = field(init=False, default=MASK)
    to: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.t = self.s if self.writable else bytearray(len(self.s))
        view = memoryview(self.m)
        self.b = view.cast("b")
        self.h = view.cast("h")
        self.i = view.cast("i")
        self.q = view.cast("q")
        self.f = view.cast("f")
        self.d = view.cast("d")

    @property
    def address(self) -> int:
        return (self.ident << SHIFT) + self.base


Fill = Callable[[Object, int, Access], bytes]


class Objects(dict[int, Object]):
    """Object by id; ids that name nothing give an object without bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.nothing = make_object(0, ("null",), 0, 0, False, False, True, OUTSIDE)

    def __missing__(self, ident: int) -> Object:
        return self.nothing


def make_object(
    ident: int,
    key: tuple[object, ...],
    base: int,
    size: int,
    lasting: bool,
    unknown_size: bool,
    writable: bool,
    state: int,
) -> Object:
    """An object whose bytes [base, base + size) have `state`; one of unknown size extends `size` both ways of
    its base."""
    begin = base - size if unknown_size else base
    length = -(-(base + size) // 64) * 64
    shadow = bytearray(length)
    shadow[begin : base + size] = bytes((state,)) * (base + size - begin)
    low, high = (base, base) if unknown_size else (base, base + size)
    return Object(
        ident,
        key,
        base,
        low,
        high,
        lasting,
        unknown_size,
        writable,
        bytearray(length),
        shadow,
        bytearray(length),
        bytearray(length),
        bytearray(length) if lasting else bytearray(),
    )


class Arena:
    """The objects of one run and the slow paths of access."""

    def __init__(self, fill: Fill) -> None:
        self.objects = Objects()
        self.fill = fill
        self.next_local = 1 << 16
        self.lenient = False
        self.floored = False
        self.event: Callable[[str, tuple[object, ...]], None] | None = None
        self.event_result: Callable[[Access], object] | None = None

    def add(self, item: Object) -> Object:
        self.objects[item.ident] = item
        return item

    def allocate(self, size: int, align: int, name: str) -> int:
        """The address of a new automatic object with indeterminate contents."""
        ident = self.next_local
        self.next_local += 1
        item = make_object(
            ident, ("local", name), max(align, 1) % 64 or 64, size, False, False, True, INDETERMINATE
        )
        self.objects[ident] = item
        return item.address

    def release(self, addresses: Sequence[int]) -> None:
        """The automatic objects are gone."""
        for address in addresses:
            self.objects.pop(address >> SHIFT, None)

    def start_life(self, address: int) -> None:
        """llvm.lifetime.start: contents are indeterminate."""
        item = self.objects[address >> SHIFT]
        count = item.high - item.low
        item.s[item.low : item.high] = bytes((INDETERMINATE,)) * count

    def end_life(self, address: int) -> None:
        """llvm.lifetime.end: no access any more."""
        item = self.objects[address >> SHIFT]
        item.s[item.low : item.high] = bytes(item.high - item.low)

    def form(self, item: Object, offset: int) -> None:
        """A pointer to `offset` is formed outside [low, high]: allowed where the object's size is open. A lenient
        arena takes such an object for large enough: how much of it may be accessed says nothing about its size. A
        floored one starts there."""
        if not item.open:
            raise Fault(
                "pointer" if item.ident else "null",
                "forms a pointer outside of",
                (item.key, offset - item.base),
            )
        if self.lenient:
            if self.floored and offset < item.low:
                raise Fault("pointer", "forms a pointer outside of", (item.key, offset - item.base))
            return
        if not 0 <= offset <= len(item.s):
            raise Fault("memory", "runs out of", (item.key, offset - item.base))
        item.low = min(item.low, offset)
        item.high = max(item.high, offset)

    def prepare(self, item: Object, offset: int, size: int, access: Access | None, verb: str) -> bytes:
        """Checks that the bytes belong to the object and fills fresh ones; returns their states."""
        state = bytes(item.s[offset : offset + size])
        if len(state) < size or OUTSIDE in state:
            where = "outside of" if item.ident else "through a null or dangling pointer"
            at = offset + (state.index(OUTSIDE) if OUTSIDE in state else len(state))
            raise Fault("memory" if item.ident else "null", f"{verb} {where}", (item.key, at - item.base))
        if FRESH in state:
            if access is not None and state.count(FRESH) == size:
                self._materialize(item, offset, access)
            else:
                byte = Access(KIND_INT, 1, 8)
                for at in range(offset, offset + size):
                    if item.s[at] == FRESH:
                        self._materialize(item, at, byte)
            state = bytes(item.s[offset : offset + size])
        return state

    def _materialize(self, item: Object, offset: int, access: Access) -> None:
        lane = Access(access.kind, access.unit, access.bits, 0, access.boolean)
        for at in range(offset, offset + access.size, access.unit):
            raw = self.fill(item, at, lane)
            item.m[at : at + access.unit] = raw
            item.init[at : at + access.unit] = raw
            item.s[at : at + access.unit] = bytes((READY,)) * access.unit

    def slow_load(self, item: Object, offset: int, access: Access) -> object:
        """A load that did not find all bytes ready."""
        state = self.prepare(item, offset, access.size, access, "reads")
        if INDETERMINATE in state:
            if not access.lanes:
                return POISON
            unit = access.unit
            lane = Access(access.kind, unit, access.bits)
            return tuple(
                POISON if INDETERMINATE in state[n : n + unit] else decode(item.m, offset + n, lane)
                for n in range(0, access.size, unit)
            )
        return decode(item.m, offset, access)

    def slow_store(self, item: Object, offset: int, access: Access, value: object) -> None:
        """A store that did not find all bytes ready, or of a value that may be indeterminate."""
        size = access.size
        if not item.writable:
            raise Fault("readonly", "writes to read-only", (item.key, offset - item.base))
        self.prepare(item, offset, size, access, "writes")
        lanes = value if access.lanes else (value,)
        assert isinstance(lanes, tuple)
        lane = Access(access.kind, access.unit, access.bits)
        for number, part in enumerate(lanes):
            at = offset + number * access.unit
            if part is POISON:
                if item.lasting:
                    raise Fault(
                        "indeterminate", "stores an indeterminate value to", (item.key, at - item.base)
                    )
                item.s[at : at + access.unit] = bytes((INDETERMINATE,)) * access.unit
            else:
                encode(item.m, at, lane, part)
                item.s[at : at + access.unit] = bytes((READY,)) * access.unit
        item.w[offset : offset + size] = bytes((access.kind,)) * size

    def copy(self, target: int, source: int, count: int, overlap_allowed: bool) -> None:
        """memcpy and memmove; states travel with the bytes."""
        if count == 0:
            return
        to, at = self.objects[target >> SHIFT], target & MASK
        origin, start = self.objects[source >> SHIFT], source & MASK
        if not overlap_allowed and to is origin and at != start and abs(at - start) < count:
            raise Fault("promise", "memcpy between overlapping ranges of", (to.key, at - to.base))
        if not to.writable:
            raise Fault("readonly", "writes to read-only", (to.key, at - to.base))
        state = self.prepare(origin, start, count, None, "reads")
        self.prepare(to, at, count, None, "writes")
        origin.r[start : start + count] = b"\1" * count
        if INDETERMINATE in state and to.lasting and state.count(INDETERMINATE) == count:
            raise Fault("indeterminate", "stores an indeterminate value to", (to.key, at - to.base))
        to.m[at : at + count] = bytes(origin.m[start : start + count])
        to.s[at : at + count] = state
        kinds = bytes(origin.w[start : start + count]).replace(b"\0", bytes((KIND_COPIED,)))
        to.w[at : at + count] = kinds

    def fill_bytes(self, target: int, byte: object, count: int) -> None:
        """memset."""
        if count == 0:
            return
        to, at = self.objects[target >> SHIFT], target & MASK
        if not to.writable:
            raise Fault("readonly", "writes to read-only", (to.key, at - to.base))
        self.prepare(to, at, count, None, "writes")
        if byte is POISON:
            raise Fault("indeterminate", "memset with an indeterminate value")
        assert isinstance(byte, int)
        to.m[at : at + count] = bytes((byte & 255,)) * count
        to.s[at : at + count] = bytes((READY,)) * count
        to.w[at : at + count] = bytes((KIND_INT,)) * count


_INT_FORMAT = {1: "b", 2: "h", 4: "i", 8: "q"}


def struct_format(access: Access) -> str | None:
    """The struct format of the access, None where integers of the width have none."""
    if access.kind == KIND_FLOAT:
        code = "f"
    elif access.kind == KIND_DOUBLE:
        code = "d"
    elif access.bits == 8 * access.unit and access.unit in _INT_FORMAT:
        code = _INT_FORMAT[access.unit]
    else:
        return None
    return f"<{max(access.lanes, 1)}{code}"


def decode(memory: bytes | bytearray, offset: int, access: Access) -> object:
    """The value of determined bytes."""
    fmt = struct_format(access)
    if fmt is not None:
        values = struct.unpack_from(fmt, memory, offset)
    else:
        values = tuple(
            _odd_int(memory[at : at + access.unit], access.bits)
            for at in range(offset, offset + access.size, access.unit)
        )
    return values if access.lanes else values[0]


def _odd_int(raw: bytes | bytearray, bits: int) -> int:
    value = int.from_bytes(raw, "little") & ((1 << bits) - 1)
    return value - (1 << bits) if bits > 1 and value >> (bits - 1) else value


def encode(memory: bytearray, offset: int, access: Access, value: object) -> None:
    """Writes a determined value."""
    fmt = struct_format(access)
    values = value if access.lanes else (value,)
    assert isinstance(values, tuple)
    if fmt is not None:
        struct.pack_into(fmt, memory, offset, *values)
        return
    mask = (1 << access.bits) - 1
    for number, part in enumerate(values):
        assert isinstance(part, int)
        at = offset + number * access.unit
        memory[at : at + access.unit] = (part & mask).to_bytes(access.unit, "little")

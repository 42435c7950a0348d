"""One input for both versions: what memory there is, how the first version sees it, and how the second
may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from verify.concrete.arena import (
    FRESH,
    INDETERMINATE,
    KIND_POINTER,
    READY,
    SHIFT,
    Access,
    Arena,
    Object,
    decode,
    make_object,
)
from verify.concrete.contents import Contents, fill_cell
from verify.concrete.events import Script
from verify.concrete.faults import Undetermined
from verify.ir.nodes import Function, Global, Module
from verify.ir.types import PtrType
from verify.verdict import Unsupported

Key = tuple[object, ...]
FIRST_GLOBAL = 256
FIRST_POINTEE = 1 << 12
_MOST_POINTEES = 300
_LARGE = 1 << 24
_SETTLED = bytes.maketrans(bytes((INDETERMINATE,)), bytes((READY,)))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a pointer parameter points. kind "own": an object of its own; "with": into the object of
    parameter `other`, `delta` bytes behind where that one points; "global": `delta` bytes into the global
    `name`; "null"."""

    kind: str = "own"
    other: int = 0
    delta: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Input:
    """scalars: per parameter its value, None for a pointer; places: per parameter, for pointers; residue: the
    alignment in bytes, and no better, of objects; half: bytes of open objects on either side of the pointer;
    overrides: cells with other values than `contents` gives, by object key and offset from its element 0."""

    scalars: tuple[int | float | None, ...]
    places: tuple[Place, ...]
    contents: Contents
    residue: tuple[int, ...]
    half: int = 1024
    overrides: tuple[tuple[tuple[Key, int], bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class GlobalPlan:
    """A global of either version as an object of the arena. `frozen`: contents are the initializer's."""

    ident: int
    item: Global
    size: int
    align: int
    frozen: bool
    image: bytes | None = None


@dataclass
class World:
    """The memory of one input; makes the arenas of both runs."""

    item: Input
    function: Function
    globals: Mapping[str, GlobalPlan]
    used: frozenset[str]
    cells: dict[tuple[int, int], Access] = field(default_factory=dict[tuple[int, int], Access])
    pointees: dict[tuple[Key, int], int] = field(default_factory=dict[tuple[Key, int], int])
    overrides: dict[tuple[Key, int], bytes] = field(default_factory=dict[tuple[Key, int], bytes])
    closed: bool = False
    script: Script | None = None
    arena: Arena = field(init=False)

    def __post_init__(self) -> None:
        self.overrides = dict(self.item.overrides)
        self.arena = Arena(self.fill)

    def fill(self, item: Object, offset: int, access: Access) -> bytes:
        relative = offset - item.base
        self.cells[(item.ident, offset)] = access
        if access.kind == KIND_POINTER:
            if _depth(item.key) > self.item.contents.seed % 4:
                return bytes(8)
            if len(self.pointees) >= _MOST_POINTEES:
                raise Undetermined
            return self._pointee(item, relative).to_bytes(8, "little")
        chosen = self.overrides.get((item.key, relative))
        if chosen is not None and len(chosen) == access.unit:
            return chosen
        return fill_cell(self.item.contents, access, relative // access.unit, item.ident & 0xFFF)

    def _pointee(self, item: Object, relative: int) -> int:
        ident = self.pointees.setdefault((item.key, relative), FIRST_POINTEE + len(self.pointees))
        if ident not in self.arena.objects:
            size = 0 if self.closed else self.item.half
            residue = max(self.item.residue, default=8)
            target = make_object(
                ident, ("at", item.key, relative), _base(size, residue), size, True, True, True, FRESH
            )
            target.open = not self.closed
            self.arena.add(target)
        return self.arena.objects[ident].address

    def listen(self, secluded: frozenset[int], heard: Script | None = None) -> Script:
        """Lets the current arena take calls of unknown functions; `heard`: what the first version's run
        heard."""
        seed, contents = self.item.contents.seed, self.item.contents

        def value(access: Access, number: int) -> bytes:
            return fill_cell(contents, access, number, seed)

        leaves = seed % 3 if seed % 4 == 2 else None
        script = heard or Script(leaves, seed % 4 == 1, value, secluded)
        script.second, script.happened = heard is not None, 0
        arena = self.arena
        private = {p.ident for p in self.globals.values() if p.item.linkage in ("internal", "private")}

        def event(name: str, arguments: tuple[object, ...]) -> None:
            known = [(*place, access) for place, access in self.cells.items() if place[0] not in private]
            script.call(arena, name, arguments, [] if script.second else known)

        def result(access: Access) -> object:
            number = script.happened - 1
            script.results[number] = decode(value(access, script.happened), 0, access)
            return script.results[number]

        arena.event, arena.event_result = event, result
        self.script = script
        return script

    def enter(self) -> tuple[object, ...]:
        """Fills the arena for the first version; the arguments."""
        arguments: list[object] = []
        for name in self.used:
            self._add_global(self.globals[name], self.arena)
        for number, param in enumerate(self.function.params):
            if not isinstance(param.type, PtrType):
                arguments.append(self.item.scalars[number])
                continue
            place = self.item.places[number]
            if place.kind == "own":
                half = self.item.half
                base = _base(half, self.item.residue[number])
                self.arena.add(
                    make_object(number + 1, ("param", number), base, half, True, True, True, FRESH)
                )
                arguments.append(((number + 1) << SHIFT) + base)
            elif place.kind == "null":
                arguments.append(0)
            elif place.kind == "with":
                other = arguments[place.other]
                assert isinstance(other, int)
                arguments.append(other + place.delta)
            else:
                plan = self.globals[place.name]
                arguments.append((plan.ident << SHIFT) + plan.align + place.delta)
        return tuple(arguments)

    def _add_global(self, plan: GlobalPlan, arena: Arena) -> None:
        item = make_object(
            plan.ident,
            ("global", plan.item.name),
            plan.align,
            plan.size,
            True,
            False,
            not plan.item.constant,
            READY if plan.frozen else FRESH,
        )
        if plan.image is not None:
            item.m[plan.align : plan.align + plan.size] = plan.image
            item.init[plan.align : plan.align + plan.size] = plan.image
        arena.add(item)

    def enclose(self, first: Arena, used: frozenset[str], sizes: Mapping[int, int]) -> Arena:
        """The arena of the second version: what the first one had at entry, open objects cut to the span
        that it accessed (at least `sizes` bytes from element 0, by object id)."""
        self.closed = True
        self.arena = Arena(self.fill)
        self.arena.lenient = True
        self.arena.floored = all(p.kind in ("own", "null") for p in self.item.places)
        for item in list(first.objects.values()):
            if item.lasting:
                self.arena.add(self._second(item, sizes.get(item.ident, 0)))
        for name in used - self.used:
            self._add_global(self.globals[name], self.arena)
        return self.arena

    def _second(self, item: Object, at_least: int) -> Object:
        state = item.s.translate(_SETTLED)
        low, high = item.low, item.high
        if item.open:
            span = accessed(item, at_least)
            begin, end = span if span is not None else (item.base, item.base)
            if span is not None and item.to > item.from_:
                begin, end = min(begin, item.from_), max(end, min(item.to, len(state)))
            cut = bytearray(len(state))
            cut[begin:end] = state[begin:end]
            state = cut
            low, high = (min(low, begin), max(high, end)) if span is not None else (low, high)
        size = len(item.m)
        return Object(
            item.ident,
            item.key,
            item.base,
            low,
            high,
            True,
            item.open,
            item.writable,
            bytearray(item.init),
            state,
            bytearray(size),
            bytearray(size),
            bytearray(item.init),
        )


def _depth(key: Key) -> int:
    """How many pointers were followed from a parameter or global to the object."""
    depth = 0
    while key[0] == "at":
        inner = key[1]
        assert isinstance(inner, tuple)
        key, depth = inner, depth + 1
    return depth


def _base(half: int, residue: int) -> int:
    return -(-half // 64) * 64 + residue % 64


def accessed(item: Object, at_least: int = 0) -> tuple[int, int] | None:
    """The span from the first to behind the last byte read or stored."""
    firsts = [at for at in (item.r.find(1), _first(item.w)) if at >= 0]
    if at_least:
        firsts.append(item.base)
    if not firsts:
        return None
    last = max(item.r.rfind(1), _last(item.w), item.base + at_least - 1 if at_least else -1)
    return min(firsts), last + 1


def _first(kinds: bytearray) -> int:
    stripped = len(kinds.lstrip(b"\0"))
    return len(kinds) - stripped if stripped else -1


def _last(kinds: bytearray) -> int:
    return len(kinds.rstrip(b"\0")) - 1


def plan_global(module: Module, name: str, ident: int, other: Module | None, changed: bool) -> GlobalPlan:
    """A global as an object; `other` has it too (the lesser alignment
    counts); `changed` where a text may store to it. Raises Unsupported."""
    item = module.globals[name]
    size = module.layout.size_of(item.type)
    natural = module.layout.align_of(item.type)
    aligns = [item.align or natural, 64]
    if other is not None:
        aligns.append(other.globals[name].align or natural)
    if "thread_local" in item.flags:
        raise Unsupported(f"thread-local @{name}")
    private = item.linkage in ("internal", "private") and not changed
    if size > _LARGE:
        raise Unsupported(f"large @{name}")
    frozen = (item.constant or private) and item.initializer is not None
    image = image_of(item, module) if frozen else None
    return GlobalPlan(ident, item, size, min(aligns), frozen, image)


def image_of(item: Global, module: Module) -> bytes:
    """The bytes of an initializer. Raises Unsupported for addresses in it."""
    from verify.concrete.image import write_constant

    image = bytearray(module.layout.size_of(item.type))
    assert item.initializer is not None
    write_constant(image, 0, item.initializer, module.layout)
    return bytes(image)

"""Calls of functions that are not known: observable events that see memory, may change it, and may not
return."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from verify.concrete.arena import (
    FRESH,
    KIND_DOUBLE,
    KIND_FLOAT,
    KIND_INT,
    MASK,
    READY,
    SHIFT,
    Access,
    Arena,
    Object,
)
from verify.concrete.faults import POISON, Fault, Undetermined

_MOST = 64
Image = tuple[bytes, bytes, bytes]


class Exited(Exception):
    """A call that does not return."""


def leave() -> NoReturn:
    """The end of a function that does not return."""
    raise Exited


class Diverged(Exception):
    """The second version's next event is not the first version's."""


@dataclass(frozen=True, slots=True)
class Event:
    """One call: its arguments, what pointer arguments to private or constant memory point to, and the
    contents, states and store records of each lasting object at that moment, by id; what the call changed."""

    name: str
    arguments: tuple[object, ...]
    pointed: tuple[bytes | None, ...]
    memory: dict[int, Image]
    changes: tuple[tuple[int, int, bytes], ...]


@dataclass
class Script:
    """What unknown functions do. leaves: the number of the call that does not return, None for none;
    meddles: calls change memory. value(access, number) gives results and new contents. secluded: ids of
    objects that calls reach only through their arguments. results: what calls returned, by number."""

    leaves: int | None
    meddles: bool
    value: Callable[[Access, int], bytes]
    secluded: frozenset[int]
    expected: list[Event] = field(default_factory=list[Event])
    happened: int = 0
    second: bool = False
    results: dict[int, object] = field(default_factory=dict[int, object])

    def call(
        self, arena: Arena, name: str, arguments: tuple[object, ...], cells: Sequence[tuple[int, int, Access]]
    ) -> None:
        """One call by either version. Raises Exited, Diverged, Fault, Undetermined."""
        if any(a is POISON for a in arguments):
            raise Fault("indeterminate", f"passes an indeterminate value to {name}")
        if self.happened >= _MOST:
            raise Undetermined
        number = self.happened
        self.happened += 1
        visible = self._visible(arena, arguments)
        memory = {o.ident: (bytes(o.m), bytes(o.s), bytes(o.w)) for o in visible}
        pointed = tuple(_pointed(arena, a) for a in arguments)
        if self.second:
            changes = self._compare(Event(name, arguments, pointed, memory, ()), number)
        else:
            changes = self._changes(visible, cells, number) if self.meddles else ()
            self.expected.append(Event(name, arguments, pointed, memory, changes))
        for ident, offset, raw in changes:
            item = arena.objects[ident]
            item.m[offset : offset + len(raw)] = raw
            item.s[offset : offset + len(raw)] = bytes((READY,)) * len(raw)
        if number == self.leaves:
            raise Exited

    def behaviour(self) -> str | None:
        """What the calls did beyond returning, in words."""
        if self.leaves is not None and self.leaves < len(self.expected):
            return f"call number {self.leaves + 1} does not return"
        return "changes the memory that it reaches" if any(e.changes for e in self.expected) else None

    def _visible(self, arena: Arena, arguments: tuple[object, ...]) -> list[Object]:
        passed = {a >> SHIFT for a in arguments if isinstance(a, int)}
        return [
            o
            for o in arena.objects.values()
            if o.lasting and (o.ident not in self.secluded or o.ident in passed)
        ]

    def _changes(
        self, visible: list[Object], cells: Sequence[tuple[int, int, Access]], number: int
    ) -> tuple[tuple[int, int, bytes], ...]:
        reached = {o.ident for o in visible if o.writable}
        return tuple(
            (ident, offset, self.value(access, 31 * (number + 1) + place))
            for place, (ident, offset, access) in enumerate(cells)
            if ident in reached and access.kind in (KIND_INT, KIND_FLOAT, KIND_DOUBLE)
        )

    def _compare(self, now: Event, number: int) -> tuple[tuple[int, int, bytes], ...]:
        if number >= len(self.expected):
            raise Diverged(f"calls {now.name}, which before does not")
        then = self.expected[number]
        if now.name != then.name:
            raise Diverged(f"calls {now.name} where before calls {then.name}")
        if len(now.arguments) != len(then.arguments):
            raise Diverged(f"calls {now.name} with other arguments")
        for a, b, seen, seen2 in zip(now.arguments, then.arguments, now.pointed, then.pointed, strict=True):
            if seen is not None and seen2 is not None:
                if seen != seen2:
                    raise Diverged(f"calls {now.name} with a pointer to other contents")
            elif not _same(a, b):
                raise Diverged(f"calls {now.name} with {a!r} where before passes {b!r}")
        for ident, (contents, states, stores) in then.memory.items():
            if ident in now.memory and not _agree((contents, states, stores), now.memory[ident]):
                raise Diverged(f"calls {now.name} while memory is not as before has it at that call")
        return then.changes


def _pointed(arena: Arena, argument: object) -> bytes | None:
    if not isinstance(argument, int) or argument >> SHIFT not in arena.objects:
        return None
    item = arena.objects[argument >> SHIFT]
    if item.lasting and item.writable:
        return None
    if not item.lasting:
        raise Undetermined
    return bytes(item.m[argument & MASK : item.high])


def _same(a: object, b: object) -> bool:
    if isinstance(a, float) and isinstance(b, float):
        return (a != a and b != b) or (a == b and math.copysign(1.0, a) == math.copysign(1.0, b))
    return a == b


def _agree(first: Image, second: Image) -> bool:
    """Whether the bytes that either version has stored to are equal (a NaN may differ from a NaN: then
    open)."""
    contents, states, stores = first
    contents2, _, stores2 = second
    if contents == contents2:
        return True
    begin = min(len(s) - len(s.lstrip(b"\0")) for s in (stores, stores2))
    for at in range(begin, max(len(s.rstrip(b"\0")) for s in (stores, stores2))):
        store, store2 = stores[at], stores2[at]
        if (store or store2) and contents[at] != contents2[at]:
            if store in (KIND_FLOAT, KIND_DOUBLE) or store2 in (KIND_FLOAT, KIND_DOUBLE):
                if _nan_near(contents, at) and _nan_near(contents2, at):
                    raise Undetermined
            elif not store and states[at] == FRESH:
                continue
            return False
    return True


def _nan_near(contents: bytes, at: int) -> bool:
    start4, start8 = at & ~3, at & ~7
    single = struct.unpack_from("<f", contents, start4)[0]
    double = struct.unpack_from("<d", contents, start8)[0]
    return single != single or double != double

"""Both versions on one input: does the second refine the first there?"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from verify.concrete.arena import (
    FRESH,
    INDETERMINATE,
    KIND_COPIED,
    KIND_DOUBLE,
    KIND_FLOAT,
    READY,
    Arena,
    Object,
)
from verify.concrete.events import Diverged, Exited, Script
from verify.concrete.faults import POISON, Fault, OutOfFuel, Undetermined
from verify.concrete.program import Program
from verify.concrete.promises import check_entry, check_restrict, restricted
from verify.concrete.world import GlobalPlan, Input, Key, World
from verify.ir.nodes import Function, Loc

_GENEROUS = 100_000


@dataclass(frozen=True, slots=True)
class Bench:
    """The two versions and what judges them. exempt: globals (by key) that the second may store to and
    restore. promised: least sizes in bytes from element 0 of parameters' objects, by object id, as the first
    version promises them to itself. watched: the second version recording what it reads, where its
    parameters promise `restrict` anew. padded: some struct type has padding. step: by what multiples of bytes
    pointers may be shifted against each other, None if by none. apart: pairs of names that are granted not to
    overlap. conditional: the first version starts with tests of granted conditions."""

    before: Program
    after: Program
    function: Function
    other: Function
    plans: Mapping[str, GlobalPlan]
    used_before: frozenset[str]
    used_after: frozenset[str]
    exempt: frozenset[Key]
    promised: Mapping[int, int] = field(default_factory=dict[int, int])
    watched: Program | None = None
    padded: bool = False
    step: int | None = 1
    apart: frozenset[frozenset[str]] = frozenset()
    conditional: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs. kind "return", "memory", "store", "fault", "termination"; key and offset name the cell,
    the offset from the object's element 0; `before`, `after`: values there (None: not applicable)."""

    kind: str
    text: str
    key: Key | None = None
    offset: int = 0
    before: object = None
    after: object = None
    loc: Loc | None = None
    size: int = 1


@dataclass(frozen=True, slots=True)
class Trial:
    """One run of both. outcome "same", "differs", "undefined" (the first version faults), "fuel" (it takes
    too long), "open" (the language leaves the result open)."""

    outcome: str
    steps: int
    world: World
    difference: Difference | None = None
    fault: Fault | None = None
    first: Arena | None = None
    second: Arena | None = None
    returned: object = None
    arguments: tuple[object, ...] = ()


def attempt(bench: Bench, item: Input, fuel: int) -> Trial:
    """Runs the first version with `fuel` steps and, where it is defined, the second one."""
    world = World(item, bench.function, bench.plans, bench.used_before)
    arguments = world.enter()
    first = world.arena
    name = bench.function.name
    script = world.listen(_secluded(bench.function))
    expected: object
    try:
        expected = bench.before.run(name, arguments, first, fuel)
    except Exited:
        expected = Exited
        bench.before.fuel[0] = fuel // 2
    except Fault as fault:
        return Trial("undefined", fuel - bench.before.left(fault), world, fault=fault)
    except Undetermined as stop:
        return Trial("open", fuel - bench.before.left(stop), world)
    except OutOfFuel:
        return Trial("fuel", fuel, world)
    steps = fuel - bench.before.fuel[0]
    if expected is POISON:
        return Trial("undefined", steps, world)
    second = world.enclose(first, bench.used_after, bench.promised)
    world.listen(_secluded(bench.function), script)
    allowance = 100 * steps + _GENEROUS
    program = bench.after
    difference: Difference | None = None
    result: object = None
    try:
        check_entry(bench.function, bench.other, arguments, second)
        result = program.run(name, arguments, second, allowance)
    except Exited:
        result = Exited
    except Diverged as other:
        difference = Difference("calls", str(other), loc=program.place(other))
    except Fault as fault:
        difference = _fault(fault, program)
    except Undetermined:
        return Trial("open", 2 * steps, world)
    except OutOfFuel:
        if not _is_small(item):
            return Trial("open", steps + allowance, world)
        difference = Difference(
            "termination", "after does not terminate (given 100 times the steps of before)"
        )
        steps += allowance
    if difference is None:
        steps += max(allowance - program.fuel[0], 0) if result is not Exited else steps
        difference = _calls(script, expected, result)
    if difference is None:
        difference = compare(expected, result, first, second, bench.exempt, bench.padded)
        if difference is None and bench.watched is not None and any(p.kind != "own" for p in item.places):
            difference = _promises(bench, world, first, arguments, allowance)
    steps += 300 * len(script.expected) + sum(len(o.m) for o in first.objects.values()) // 50
    return Trial(
        "same" if difference is None else "differs",
        steps,
        world,
        difference,
        first=first,
        second=second,
        returned=expected,
        arguments=arguments,
    )


def _secluded(function: Function) -> frozenset[int]:
    return frozenset(n + 1 for n, p in enumerate(function.params) if "noalias" in p.attributes)


def _calls(script: Script, expected: object, result: object) -> Difference | None:
    if (expected is Exited) != (result is Exited) or script.happened < len(script.expected):
        missing = script.expected[min(script.happened, len(script.expected) - 1)]
        return Difference("calls", f"does not call {missing.name} where before does")
    return None


def _is_small(item: Input) -> bool:
    """Whether no number in the input can ask for a very long run."""
    modest = all(not isinstance(v, int) or abs(v) <= 4096 for v in item.scalars)
    return modest and item.contents.ints not in ("extreme", "random", "mixed")


def _promises(
    bench: Bench, world: World, first: Arena, arguments: tuple[object, ...], fuel: int
) -> Difference | None:
    assert bench.watched is not None
    arena = world.enclose(first, bench.used_after, bench.promised)
    if world.script is not None and world.script.expected:
        return None
    promised = restricted(bench.function, bench.other)
    try:
        check_restrict(bench.watched, bench.other, promised, arena, arguments, fuel)
    except Fault as fault:
        return _fault(fault, bench.watched) if fault.kind == "promise" else None
    except (Undetermined, OutOfFuel):
        return None
    return None


def _fault(fault: Fault, program: Program) -> Difference:
    key, offset = fault.place if fault.place is not None else (None, 0)
    assert key is None or isinstance(key, tuple)
    return Difference("fault", fault.text, key, offset, after=fault.kind, loc=program.place(fault))


def compare(
    expected: object, result: object, first: Arena, second: Arena, exempt: frozenset[Key], padded: bool
) -> Difference | None:
    """The first difference between two finished runs. padded: there are structs with padding, which takes
    unspecified values when a member is stored, so that copying a whole struct stores nothing new there."""
    if not same_value(expected, result):
        return Difference("return", "return value", before=expected, after=result)
    for ident, item in first.objects.items():
        if not item.lasting:
            continue
        other = second.objects[ident]
        if other.m == item.m and other.w == item.w:
            continue
        found = _compare_object(item, other, item.key in exempt, padded)
        if found is not None:
            return found
    for ident, other in second.objects.items():
        if other.lasting and ident not in first.objects and other.w.strip(b"\0"):
            found = _unexpected(other, other.key in exempt)
            if found is not None:
                return found
    return None


def same_value(a: object, b: object) -> bool:
    """Equal as results: floats by value and sign, any NaN equal to any NaN."""
    if a is POISON or b is POISON:
        return False
    if isinstance(a, float) and isinstance(b, float):
        return (a != a and b != b) or (a == b and math.copysign(1.0, a) == math.copysign(1.0, b))
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(same_value(x, y) for x, y in zip(a, b, strict=True))
    return a == b


def _compare_object(item: Object, other: Object, exempt: bool, padded: bool) -> Difference | None:
    at = min(len(item.w) - len(w.lstrip(b"\0")) for w in (item.w, other.w))
    at -= (at - item.base) % 8 if at - item.base >= 0 else 0
    size = max(len(w.rstrip(b"\0")) for w in (item.w, other.w))
    while at < size:
        kind, kind2 = item.w[at], other.w[at]
        if not kind and not kind2:
            at += 1
            continue
        step = cell_size(kind or kind2, at - item.base)
        if not kind:
            if kind2 == KIND_COPIED and item.s[at] == FRESH and padded:
                at += 1
                continue
            if not exempt:
                return _introduced(item, other, at)
            if other.s[at] != READY or (item.m[at] != other.m[at] and not _fresh_equal(item, other, at)):
                return _introduced(item, other, at)
            at += 1
            continue
        raw, raw2 = bytes(item.m[at : at + step]), bytes(other.m[at : at + step])
        if raw != raw2 and not both_nan(raw, raw2, kind, kind2):
            states = item.s[at : at + step]
            if states.count(READY) == step:
                return Difference(
                    "memory", "", item.key, at - item.base, (raw, kind), (raw2, kind2 or kind), size=step
                )
            if step == 1 or INDETERMINATE not in states:
                at += step
                continue
            for byte in range(step):
                if states[byte] == READY and raw[byte] != raw2[byte]:
                    return Difference("memory", "", item.key, at + byte - item.base, (raw, 1), (raw2, 1))
        elif INDETERMINATE in other.s[at : at + step] and INDETERMINATE not in item.s[at : at + step]:
            return Difference("fault", "stores an indeterminate value to", item.key, at - item.base)
        at += step
    return None


def _fresh_equal(item: Object, other: Object, at: int) -> bool:
    """Whether a cell that only the second version materialized is as that found it."""
    return item.s[at] == FRESH and other.init[at] == other.m[at]


def _introduced(item: Object, other: Object, at: int) -> Difference:
    old, new = item.m[at], other.m[at]
    return Difference("store", "", item.key, at - item.base, (bytes((old,)), 1), (bytes((new,)), 1))


def _unexpected(other: Object, exempt: bool) -> Difference | None:
    for at, kind in enumerate(other.w):
        if kind and not (exempt and other.init[at] == other.m[at]):
            return Difference("store", "", other.key, at - other.base)
    return None


def cell_size(kind: int, relative: int) -> int:
    """How many bytes from here on are one cell of that kind."""
    if kind == KIND_FLOAT and relative % 4 == 0:
        return 4
    if kind == KIND_DOUBLE and relative % 4 == 0:
        return 8
    return 1


def both_nan(raw: bytes, raw2: bytes, kind: int, kind2: int) -> bool:
    """Whether two cells of floating type hold a NaN each."""
    for code, fmt in ((KIND_FLOAT, "<f"), (KIND_DOUBLE, "<d")):
        if code in (kind, kind2) and len(raw) == struct.calcsize(fmt):
            a, b = struct.unpack(fmt, raw)[0], struct.unpack(fmt, raw2)[0]
            if a != a and b != b:
                return True
    return False

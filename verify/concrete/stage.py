"""The input of a failing trial as a scene that a C program can set."""

from __future__ import annotations

from itertools import groupby

from verify.concrete.arena import (
    KIND_DOUBLE,
    KIND_FLOAT,
    KIND_POINTER,
    MASK,
    OUTSIDE,
    READY,
    SHIFT,
    Object,
)
from verify.concrete.events import Event, Exited
from verify.concrete.judge import Bench, Trial
from verify.concrete.promises import is_view, number_in
from verify.concrete.world import Key
from verify.ir.types import ArrayType, FloatType, IntType, PtrType, Type, VoidType
from verify.scene import Block, Call, Pointer, Scene, Stored

_MOST_BYTES = 1 << 18
_KINDS = {KIND_FLOAT: "float", KIND_DOUBLE: "double"}


def stage(bench: Bench, trial: Trial, names: dict[Key, str]) -> Scene | None:
    """The scene of a trial that differs; None where it is too large or has no spelling in C.

    names: of objects behind pointers in memory, as C spells them.
    """
    result = _result(bench.function.result)
    if result is None or trial.first is None or trial.difference is None:
        return None
    objects = [o for o in trial.world.arena.objects.values() if o.lasting and not is_view(o)]
    numbers = {o.ident: n for n, o in enumerate(objects)}
    numbers |= {ident: -1 for ident in trial.first.objects if ident not in numbers}
    blocks: list[Block] = []
    for item in objects:
        block = _block(bench, trial, item, numbers, names)
        if block is None:
            return None
        blocks.append(block)
    if sum(len(block.contents) for block in blocks) > _MOST_BYTES:
        return None
    arguments: list[int | float | Pointer] = []
    for param, value in zip(bench.function.params, trial.arguments, strict=True):
        if isinstance(param.type, PtrType):
            assert isinstance(value, int)
            arguments.append(_pointer(value, trial, numbers))
        else:
            assert isinstance(value, int | float)
            arguments.append(int(value) if isinstance(value, bool) else value)
    found = trial.difference
    where = None
    if found.key is not None:
        place = next((n for n, o in enumerate(objects) if o.key == found.key), None)
        where = None if place is None else Pointer(place, found.offset)
    return Scene(
        tuple(arguments),
        result,
        tuple(blocks),
        _calls(trial, numbers),
        found.kind,
        str(found.after) if found.kind == "fault" else "",
        where,
        found.loc.line if found.loc is not None else 0,
        _promised(bench) if found.kind == "fault" and found.after == "promise" else (),
    )


def _promised(bench: Bench) -> tuple[tuple[int, int], ...]:
    sizes = (
        tuple(number_in(p.attributes, "dereferenceable") for p in pair)
        for pair in zip(bench.function.params, bench.other.params, strict=True)
    )
    return tuple((number, new) for number, (old, new) in enumerate(sizes) if new > old)


def _result(ty: Type) -> str | None:
    match ty:
        case VoidType():
            return "void"
        case IntType():
            return "int"
        case PtrType():
            return "pointer"
        case FloatType("float" | "double" as name):
            return name
        case _:
            return None


def _pointer(value: int, trial: Trial, numbers: dict[int, int]) -> Pointer:
    if value == 0:
        return Pointer(-1)
    ident, offset = value >> SHIFT, value & MASK
    return Pointer(numbers[ident], offset - trial.world.arena.objects[ident].base)


def _block(
    bench: Bench, trial: Trial, item: Object, numbers: dict[int, int], names: dict[Key, str]
) -> Block | None:
    role, side, length, align, restored = "pointee", "both", 0, 0, False
    match item.key:
        case ("param", int() as number):
            role, name = "parameter", bench.function.params[number].name
        case ("global", str() as name):
            role = "global"
            side, length, align = _version(bench, item)
            restored = item.key in bench.exempt
            if not name.isidentifier():
                return None
        case _:
            name = names.get(item.key, "null")
    begin, end = _extent(item)
    contents = bytearray(item.init[begin:end])
    pointers: list[tuple[int, Pointer]] = []
    for (ident, offset), access in sorted(trial.world.cells.items(), key=lambda cell: cell[0]):
        if ident != item.ident or access.kind != KIND_POINTER or not begin <= offset <= end - 8:
            continue
        value = int.from_bytes(item.init[offset : offset + 8], "little")
        contents[offset - begin : offset - begin + 8] = bytes(8)
        if value:
            pointers.append((offset - item.base, _pointer(value, trial, numbers)))
    return Block(
        name,
        role,
        side,
        item.base % 64,
        begin - item.base,
        end - item.base,
        bytes(contents),
        tuple(pointers),
        _stored(trial, item),
        item.writable,
        restored,
        length,
        align,
        role == "parameter" and "noalias" in bench.function.params[item.ident - 1].attributes,
    )


def _version(bench: Bench, item: Object) -> tuple[str, int, int]:
    """Which version has the global, how many elements it has, and the alignment of its type."""
    key, plan = next((k, p) for k, p in bench.plans.items() if p.ident == item.ident)
    ty = plan.item.type
    length = ty.count if isinstance(ty, ArrayType) else 0
    align = bench.before.module.layout.align_of(ty)
    if key != plan.item.name:
        return "after", length, align
    if f"after:{key}" in bench.plans:
        return "before", length, align
    return "after" if key not in bench.used_before else "both", length, align


def _extent(item: Object) -> tuple[int, int]:
    inside = item.s.strip(bytes((OUTSIDE,)))
    if not inside:
        return item.base, item.base
    begin = len(item.s) - len(item.s.lstrip(bytes((OUTSIDE,))))
    return begin, begin + len(inside)


def _stored(trial: Trial, item: Object) -> tuple[Stored, ...]:
    assert trial.first is not None
    held = trial.first.objects.get(item.ident)
    if held is None:
        return ()
    kinds = [
        ("open" if state != READY else _KINDS.get(kind, "bytes")) if kind else ""
        for kind, state in zip(held.w, held.s, strict=True)
    ]
    runs: list[Stored] = []
    at = -held.base
    for kind, group in groupby(kinds):
        size = sum(1 for _ in group)
        if kind:
            runs.append(Stored(at, at + size, kind))
        at += size
    return tuple(runs)


def _calls(trial: Trial, numbers: dict[int, int]) -> tuple[Call, ...]:
    script = trial.world.script
    if script is None:
        return ()

    def call(number: int, event: Event) -> Call:
        changes = tuple(
            (numbers[ident], offset - trial.world.arena.objects[ident].base, raw)
            for ident, offset, raw in event.changes
            if ident in numbers and numbers[ident] >= 0
        )
        private = frozenset(n for n, seen in enumerate(event.pointed) if seen is not None)
        result = script.results.get(number)
        plain = result if isinstance(result, int | float) else None
        last = number == len(script.expected) - 1
        returns = number != script.leaves and not (last and trial.returned is Exited)
        return Call(event.name, plain, changes, returns, private)

    return tuple(call(number, event) for number, event in enumerate(script.expected))

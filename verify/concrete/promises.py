"""Promises on the second version's parameters that the first one does not make: `restrict`, `static` bounds,
alignment. Breaking one is undefined behaviour of its own."""

from __future__ import annotations

from verify.concrete.arena import MASK, OUTSIDE, SHIFT, Arena, Object
from verify.concrete.faults import Fault
from verify.concrete.program import Program
from verify.concrete.world import FIRST_GLOBAL
from verify.ir.nodes import Function
from verify.ir.types import PtrType

_FIRST_VIEW = 64


def number_in(attributes: frozenset[str], name: str) -> int:
    """N of the attribute "name(N)" or "name N", 0 where it is not there."""
    found = 0
    for attribute in attributes:
        head, _, rest = attribute.replace("(", " ").rstrip(")").partition(" ")
        if head == name and rest.isdigit():
            found = max(found, int(rest))
    return found


def check_entry(before: Function, after: Function, arguments: tuple[object, ...], arena: Arena) -> None:
    """Raises Fault for a size or an alignment that a parameter promises and the argument does not have."""
    for number, (old, new) in enumerate(zip(before.params, after.params, strict=True)):
        address = arguments[number]
        if not isinstance(address, int):
            continue
        item, offset = arena.objects[address >> SHIFT], address & MASK
        size = number_in(new.attributes, "dereferenceable")
        if size > number_in(old.attributes, "dereferenceable"):
            state = item.s[offset : offset + size]
            if len(state) < size or OUTSIDE in state:
                raise Fault("promise", f"promises {size} bytes at {new.name}, which has fewer")
        align = number_in(new.attributes, "align")
        if align > number_in(old.attributes, "align") and offset % align:
            raise Fault("promise", f"promises that {new.name} is aligned to {align} bytes")


def restricted(before: Function, after: Function) -> frozenset[int]:
    """Parameters that are `restrict` in the second version only."""
    return frozenset(
        number
        for number, (old, new) in enumerate(zip(before.params, after.params, strict=True))
        if "noalias" in new.attributes and "noalias" not in old.attributes
    )


def check_restrict(
    program: Program,
    after: Function,
    promised: frozenset[int],
    arena: Arena,
    arguments: tuple[object, ...],
    fuel: int,
) -> None:
    """Runs the second version with every parameter as a view of its own on the memory that it points to. Raises
    Fault where memory that is stored to is reached through a `restrict` parameter and otherwise too."""
    views: dict[int, Object] = {}
    changed: list[object] = []
    for number, address in enumerate(arguments):
        if not isinstance(after.params[number].type, PtrType):
            changed.append(address)
            continue
        assert isinstance(address, int)
        item = arena.objects[address >> SHIFT]
        view = _view(_FIRST_VIEW + number, item)
        views[number] = arena.add(view)
        changed.append((view.ident << SHIFT) + (address & MASK))
    program.run(after.name, tuple(changed), arena, fuel)
    for number in sorted(promised & views.keys()):
        mine = views[number]
        for other in arena.objects.values():
            if other is mine or other.m is not mine.m:
                continue
            at = _conflict(mine, other)
            if at is not None:
                name = after.params[number].name
                place = (mine.key, at - mine.base)
                raise Fault("promise", f"breaks the promise restrict of {name} at", place)


def is_view(item: Object) -> bool:
    """Whether the object is another's memory seen through a parameter."""
    return _FIRST_VIEW <= item.ident < FIRST_GLOBAL


def _view(ident: int, item: Object) -> Object:
    size = len(item.m)
    return Object(
        ident,
        item.key,
        item.base,
        item.low,
        item.high,
        item.lasting,
        item.open,
        item.writable,
        item.m,
        item.s,
        bytearray(size),
        bytearray(size),
        item.init,
    )


def _conflict(mine: Object, other: Object) -> int | None:
    for at, (w, r, w2, r2) in enumerate(zip(mine.w, mine.r, other.w, other.r, strict=True)):
        if (w and (w2 or r2)) or (r and w2):
            return at
    return None

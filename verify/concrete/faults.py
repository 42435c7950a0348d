"""How a run can end other than by returning, and the indeterminate value."""

from __future__ import annotations

from typing import NoReturn


class Fault(Exception):
    """Undefined behaviour. `kind` is stable: "memory", "span", "align", "pointer", "overflow", "division",
    "shift", "conversion", "indeterminate", "unreachable", "assume", "bounds", "readonly", "promise"."""

    def __init__(self, kind: str, text: str, place: tuple[object, int] | None = None) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.place = place


class Undetermined(Exception):
    """The language leaves the result open here (sign of a computed NaN, fmin of -0.0 and 0.0): the run says
    nothing."""


class OutOfFuel(Exception):
    """The run took more steps than it was given."""


class _Poison:
    """The indeterminate value: it can be moved, and every operator on it is a fault."""

    __slots__ = ()

    def _use(self, *_: object) -> NoReturn:
        raise Fault("indeterminate", "uses an indeterminate value")

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _use
    __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __and__ = __rand__ = __or__ = __ror__ = _use
    __xor__ = __rxor__ = __lshift__ = __rlshift__ = __rshift__ = __rrshift__ = _use
    __neg__ = __invert__ = __abs__ = __index__ = __int__ = __float__ = __bool__ = __iter__ = __getitem__ = (
        _use
    )
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __hash__ = _use  # pyright: ignore[reportAssignmentType]

    def __repr__(self) -> str:
        return "indeterminate"


POISON = _Poison()


def overflow() -> NoReturn:
    """Signed overflow."""
    raise Fault("overflow", "signed overflow")


def bad_shift() -> NoReturn:
    """A shift amount outside [0, width)."""
    raise Fault("shift", "shift amount out of range")


def bad_conversion() -> NoReturn:
    """A floating-point value outside the range of the integer type."""
    raise Fault("conversion", "float to integer conversion out of range")


def bad_bounds(index: int, count: int) -> NoReturn:
    """A subscript outside its array dimension."""
    raise Fault("bounds", f"subscript {index} is outside the array of {count}")


def bad_pointer() -> NoReturn:
    """Pointer arithmetic far outside any object."""
    raise Fault("pointer", "pointer arithmetic overflows")


def bad_align() -> NoReturn:
    """An access that is less aligned than it promises."""
    raise Fault("align", "misaligned access")


def unreachable() -> NoReturn:
    """Control reached what the text promises to be unreachable."""
    raise Fault("unreachable", "reaches code marked unreachable")


def bad_exact() -> NoReturn:
    """An exact division with a remainder (pointer difference that is no multiple of the element)."""
    raise Fault("pointer", "difference of pointers that are not a whole number of elements apart")


def out_of_fuel() -> NoReturn:
    """The step budget is used up."""
    raise OutOfFuel

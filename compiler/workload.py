"""What to measure, and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ELEMENTS = frozenset("bBhHiIqQfd?x")
"""Codes of elements: b B h H i I q Q are signed and unsigned integers of 1, 2, 4 and 8 bytes, f and d float and
double, ? _Bool, x a byte of padding, which is not compared."""

POINTER = "p"
NOTHING = "v"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the two functions, in their order.

    code    "p" for a pointer, else the element code of a scalar (plain char, enum and long by their width)
    layout  for a pointer: the elements it points to, repeated without end; "f" for float, "ffI" for such a struct
    align   for a pointer: what its value is a multiple of
    """

    name: str
    code: str
    layout: str = ""
    align: int = 1


@dataclass(frozen=True, slots=True)
class Global:
    """An object of the file that the functions use. It is defined with `size` bytes where the text only declares it.

    constant      in read-only memory: neither filled nor compared
    thread_local  has to be defined by the text
    """

    name: str
    size: int
    layout: str
    constant: bool = False
    thread_local: bool = False


@dataclass(frozen=True, slots=True)
class Workload:
    """Inputs of one size.

    size      what the size is called in a table of results, usually the trip count
    scalars   values of the scalar parameters; a float that is not named gets changing values
    ranges    for each pointer parameter and global, the bytes [lo, hi) that are accessed, relative to the pointer
              or to the object; what is not named is not accessed
    values    limits, both included, of the integers in a buffer: subscripts, lengths; such a buffer is restored
              before each call
    headline  the size whose ratio is the result; without one, the largest
    """

    size: int
    scalars: Mapping[str, int | float]
    ranges: Mapping[str, tuple[int, int]]
    values: Mapping[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    headline: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """Two versions of a function, `function`_before and `function`_after, in one text.

    Values are compared bit by bit, in code that does not fuse multiplications with additions; where the flags allow
    floats to be rearranged they are not compared, only faults and stray writes are found then.

    text, name, directory, args  as for `lower`: the text in the place of a file, under the user's arguments
    returns                      element code, "p", or "v" for nothing
    seconds                      for the timing; compiling and comparing come on top
    """

    text: str | bytes
    name: Path
    directory: Path
    args: tuple[str, ...]
    function: str
    parameters: tuple[Parameter, ...]
    workloads: tuple[Workload, ...]
    returns: str = NOTHING
    globals: tuple[Global, ...] = ()
    seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Timing:
    """Time before divided by time after at the headline size, with a 95 % interval.

    by_size     size and ratio, for each workload that could be timed
    before, after  nanoseconds a call at the headline size (medians)
    samples     pairs of samples behind the interval
    compared    inputs on which both versions did the same
    size        of the headline
    spread      size, ratio and its 95 % interval, for each workload that could be timed
    """

    ratio: float
    low: float
    high: float
    by_size: tuple[tuple[int, float], ...]
    before: float
    after: float
    samples: int
    compared: int
    size: int = 0
    spread: tuple[tuple[int, float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Mismatch:
    """The versions differ on an input on which the original has no undefined behaviour.

    where          "return value", the name of a buffer, or "fault" and "no end" for a rewrite that dies or hangs
    offset         of the element in bytes, relative to the pointer
    before, after  the values as C prints them
    """

    where: str
    size: int
    scalars: Mapping[str, int | float]
    pattern: int
    offset: int = 0
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        given = ", ".join(f"{name} = {value}" for name, value in self.scalars.items())
        if self.where in ("fault", "no end"):
            what = "dies" if self.where == "fault" else "does not end"
            return f"the rewrite {what} where the original does not ({given}; contents {self.pattern})"
        place = self.where if self.where == "return value" else f"{self.where}, byte {self.offset}"
        return f"{place}: {self.before} before, {self.after} after ({given}; contents {self.pattern})"


@dataclass(frozen=True, slots=True)
class Unmeasurable:
    """No measurement. code: "compile", "inputs", "fault", "time", "noise", "request"."""

    code: str
    reason: str


Measurement = Timing | Mismatch | Unmeasurable


def check_request(request: Request) -> str:
    """Why a request cannot be served as it is; "" if it can."""
    if not request.workloads:
        return "no workload"
    buffers = [p for p in request.parameters if p.code == POINTER] + list(request.globals)
    for buffer in buffers:
        if not buffer.layout or set(buffer.layout) - ELEMENTS:
            return f"{buffer.name} holds elements that cannot be made up ({buffer.layout or 'none'})"
    for parameter in request.parameters:
        if parameter.code not in ELEMENTS - {"x"} | {POINTER}:
            return f"parameter {parameter.name} has a type that cannot be passed ({parameter.code})"
        if parameter.code in "fd" or parameter.code == POINTER:
            continue
        if any(parameter.name not in workload.scalars for workload in request.workloads):
            return f"no value for parameter {parameter.name}"
    if request.returns not in ELEMENTS - {"x"} | {POINTER, NOTHING}:
        return f"a result of that type cannot be compared ({request.returns})"
    if len(buffers) > 200 or len(request.parameters) > 100:
        return "too many buffers or parameters"
    known = {buffer.name for buffer in buffers}
    for workload in request.workloads:
        for name, (low, high) in workload.ranges.items():
            if name not in known or low > high:
                return f"bad range [{low}, {high}) of {name}"
    sizes = {one.name: one.size for one in request.globals}
    for workload in request.workloads:
        for name, size in sizes.items():
            low, high = workload.ranges.get(name, (0, 0))
            if low < 0 or high > size:
                return f"range [{low}, {high}) of {name} leaves its {size} bytes"
    return ""

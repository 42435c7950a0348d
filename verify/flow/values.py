"""What an SSA value stands for, and what is claimed while it is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from verify.flow import lanes, spaces
from verify.flow.integers import Integers
from verify.flow.spaces import Affine, Cond
from verify.flow.terms import Term, Terms
from verify.ir import nodes, types
from verify.ir.cfg import Loop
from verify.ir.nodes import Function, Instr, Loc
from verify.verdict import NotProved, Unsupported

SLOTS = 1 << 20
"""Positions in the execution order that one block may use."""


@dataclass(frozen=True, slots=True)
class Address:
    """`base` and a byte offset (an i64 term). `strides` keeps the subscript at each array level, outermost first, as
    (bytes a step, elements in the dimension or None, subscript); None where the address was not built of subscripts.
    `within`: offset and bytes of the innermost array that the address was formed in (C11 6.5.6p8 holds for it).
    `whole`: offset, firm size and type of the outermost struct of which the address names a member: where that is
    accessed, all of it is an object (C11 6.5.2.3p4)."""

    base: str
    offset: Term
    strides: tuple[tuple[int, int | None, Affine], ...] | None = ()
    within: tuple[Term, int] | None = None
    whole: tuple[Term, int, types.StructType] | None = None


Lanes = tuple["Term | Address", ...]
Datum = Term | Address | Lanes


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    """A loop: its counter, the iterations in which the header runs (`cond`, its own part only), where it never ends
    (`endless`, over outer counters), the last iteration (`last`). With `data`, an exit depends on data: then `cond`
    over-approximates, `endless` and `last` are of the affine exits alone."""

    loop: Loop
    counter: str
    cond: Cond
    endless: Cond
    last: Affine
    data: bool = False


@dataclass(frozen=True, slots=True)
class RangeClaim:
    """An affine value said to lie in [low, high) whenever `block` reaches `instr`."""

    key: tuple[str, str]
    kind: str
    value: Affine
    low: int
    high: int
    block: str
    instr: Instr


@dataclass(frozen=True, slots=True)
class DataDuty:
    """An operation on data that is undefined for some operands: never executed on them, if defined."""

    kind: str
    block: str
    instr: Instr
    operands: tuple[Term, ...]


class NeedsWorld(NotProved):
    """The dataflow cannot follow these arrays; their memory must be taken as a value (`worlds`)."""

    def __init__(self, code: str, reason: str, loc: Loc | None, arrays: frozenset[str]) -> None:
        super().__init__(code, reason, loc)
        self.arrays = arrays


ANYWHERE = "*"
"""The base of an address that is known only as a number, its offset."""


def as_number(terms: Terms, address: Address, loc: Loc | None = None) -> Term:
    """An address as a 64-bit number: a parameter for its base, and the byte offset. Raises Unsupported for automatic
    objects, whose places the two versions do not share."""
    if address.base == "null":
        return terms.number(0, "i64")
    if address.base == ANYWHERE:
        return address.offset
    if address.base.startswith(("s.", "t.", "indeterminate")):
        raise Unsupported("the address of an automatic object as a value", loc)
    base = spaces.symbol(spaces.spelled(f"adr.{address.base}"))
    if address.offset.kind == "int":
        return terms.integer(base.add(address.offset.affine), "i64")
    return terms.op("add", "i64", address.offset, terms.integer(base, "i64"))


def as_value(terms: Terms, address: Address, loc: Loc | None = None) -> Term:
    """An address as something that is handed on: equal places reached through different objects are different values
    (C11 6.5.6p8: one past an object is not the next object)."""
    number = as_number(terms, address, loc)
    if address.base in ("null", ANYWHERE):
        return number
    return terms.op(f"pointer.{address.base}", "i64", number)


def mapped(datum: Datum, change: Callable[[Term], Term]) -> Datum:
    """A value with its terms changed."""
    if isinstance(datum, tuple):
        return tuple(mapped(lane, change) for lane in datum)  # type: ignore[return-value]
    if isinstance(datum, Address):
        within = None if datum.within is None else (change(datum.within[0]), datum.within[1])
        return Address(datum.base, change(datum.offset), None if datum.strides != () else (), within)
    return change(datum)


def choose(terms: Terms, cond: Term, a: Datum, b: Datum, instr_loc: Loc | None) -> Datum:
    """`cond ? a : b` on any kind of value; an address chosen between objects is a number."""
    if isinstance(a, tuple) and isinstance(b, tuple):
        a, b = _alike(terms, a, b)
        return tuple(choose(terms, cond, x, y, instr_loc) for x, y in zip(a, b, strict=True))  # type: ignore[return-value]
    if isinstance(a, Address) and isinstance(b, Address):
        if a == b:
            return a
        if a.base != b.base:
            numbers = as_value(terms, a, instr_loc), as_value(terms, b, instr_loc)
            return Address(ANYWHERE, terms.choose(cond, *numbers))
        return Address(a.base, terms.choose(cond, a.offset, b.offset), None)
    if isinstance(a, Term) and isinstance(b, Term):
        return terms.choose(cond, a, b)
    raise Unsupported("a choice between a pointer and a number", instr_loc)


def _exact(value: Affine, low: int, high: int, tag: str) -> bool:
    """No range is claimed: integers are taken modulo their width."""
    del value, low, high, tag
    return False


def _alike(terms: Terms, a: Lanes, b: Lanes) -> tuple[Lanes, Lanes]:
    """Two vectors divided into lanes alike, the finer way."""
    xs, ys = ([lane for lane in v if isinstance(lane, Term)] for v in (a, b))
    if len(xs) != len(a) or len(ys) != len(b) or [x.type for x in xs] == [y.type for y in ys]:
        return a, b
    ints = Integers(terms, _exact)
    if len(xs) >= len(ys):
        return a, lanes.shaped(ints, ys, len(xs), xs[0].type)
    return lanes.shaped(ints, xs, len(ys), ys[0].type), b


@dataclass(eq=False, slots=True)
class Access:
    """One scalar that a load or store instruction touches; vector lanes are accesses of their own. `settled`: what is
    read or written is known without the dataflow, which leaves this access out. `count`: as many scalars one after the
    other, of one value."""

    side: str
    block: str
    instr: Instr
    lane: int
    address: Address
    type: str
    size: int
    value: Term | None = None
    stored: Term | None = None
    settled: bool = False
    count: int = 1

    @property
    def is_store(self) -> bool:
        return self.stored is not None


def element(ty: types.Type) -> types.Type:
    """The type of one lane."""
    return ty.elem if isinstance(ty, types.VectorType) else ty


def scalar_type(ty: types.Type, loc: nodes.Loc | None) -> str:
    """The type text of terms of this IR type. Raises Unsupported."""
    match ty:
        case types.IntType(width):
            return f"i{width}"
        case types.FloatType(name) if name in ("float", "double"):
            return name
        case types.PtrType():
            return "ptr"
        case types.MemoryType():
            return "mem"
        case _:
            raise Unsupported(f"a value of type {ty}", loc)


def parameter(terms: Terms, function: Function, name: str) -> Datum:
    """The value of a formal parameter. Raises KeyError where there is none of that name."""
    for index, param in enumerate(function.params):
        if param.name == name:
            match param.type:
                case types.IntType(1):
                    return terms.truth(spaces.symbol(f"p{index}").ge_set(spaces.constant(1)))
                case types.IntType(width) if width <= 64:
                    return terms.integer(spaces.symbol(f"p{index}"), f"i{width}")
                case types.FloatType(kind):
                    return terms.argument(f"p{index}", kind)
                case types.PtrType():
                    return Address(f"p{index}", terms.number(0, "i64"))
                case types.VectorType(count, types.FloatType(kind)):
                    return tuple(terms.argument(f"p{index}.{i}", kind) for i in range(count))
                case _:
                    raise Unsupported(f"a parameter of type {param.type}", function.loc)
    raise KeyError(name)

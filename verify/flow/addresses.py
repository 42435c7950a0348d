"""Addresses, loads and stores."""

from __future__ import annotations

from collections.abc import Iterator

from verify.flow import entry, grains, lanes, spaces
from verify.flow.spaces import Affine
from verify.flow.summary import Summary
from verify.flow.terms import Term
from verify.flow.values import ANYWHERE, Access, Address, Datum, NeedsWorld, element, scalar_type
from verify.ir import nodes, types
from verify.ir.nodes import Instr
from verify.ir.worlds import HEAP
from verify.verdict import NotProved, Unsupported


def alloca(s: Summary, instr: Instr) -> Address:
    if instr.operands and not isinstance(instr.operands[0], nodes.ConstInt):
        raise Unsupported("a variable-length array", instr.loc)
    return Address(f"{s.side}.{instr.result}", s.terms.number(0, "i64"))


def element_address(s: Summary, block: str, instr: Instr) -> Address:
    """getelementptr (LangRef): byte offsets, the subscript of each array level kept."""
    base = s.datum(instr.operands[0], block)
    if not isinstance(base, Address) or instr.source_type is None:
        raise Unsupported("an address computed from a vector of pointers", instr.loc)
    layout = s.module.layout
    ints = s.ints(block, instr)
    offset = base.offset
    strides: dict[int, tuple[int | None, Affine]] | None = None
    if base.strides is not None:
        strides = {stride: (count, index) for stride, count, index in base.strides}
    inner: types.Type = instr.source_type
    count: int | None = None
    within, whole = base.within, base.whole
    for position, operand in enumerate(instr.operands[1:]):
        index = s.term(operand, block)
        if position > 0 and isinstance(inner, types.StructType):
            if whole is None and offset.kind == "int":
                whole = (offset, layout.firm_size(inner), inner)
            number = spaces.constant_of(index.affine) or 0
            field = layout.field_offset(inner, number)
            inner = (inner.fields or ())[number]
            if field:
                offset = ints.binary("add", offset, s.terms.number(field, "i64"), nsw=False)
                strides = None
                within = None
            continue
        if position > 0:
            if not isinstance(inner, types.ArrayType):
                raise Unsupported("an index into this type", instr.loc)
            count, inner = inner.count, inner.elem
            if instr.result is not None and count > 1:
                _subscript(s, block, instr, position, index, count)
                within = (offset, count * layout.size_of(inner))
        stride = layout.size_of(inner)
        step = s.terms.number(stride, "i64")
        if index.kind == "int":
            value = ints.signed(index, f"gep{position}")
            offset = ints.binary(
                "add", offset, s.terms.integer(value.mul(spaces.constant(stride)), "i64"), nsw=False
            )
            if strides is not None and spaces.constant_of(value) != 0:
                known = strides.get(stride)
                strides[stride] = (
                    (count, value) if known is None else (known[0] or count, known[1].add(value))
                )
            elif strides is not None and stride not in strides and position > 0:
                strides[stride] = (count, value)
        else:
            wide = index if index.type == "i64" else ints.cast("sext", index, "i64")
            s.duty(f"scaled.{stride}", block, instr, wide)
            offset = ints.binary("add", offset, ints.binary("mul", wide, step, nsw=False), nsw=False)
            strides = None
    kept = None if strides is None else tuple((k, *strides[k]) for k in sorted(strides, reverse=True))
    address = Address(base.base, offset, kept, within, whole)
    if base.within is not None and within is base.within:
        _inside(s, block, instr, address, base.within)
    if instr.result is not None:
        s.learn(("formed", instr.result), (block, instr, address))
    return address


def _subscript(s: Summary, block: str, instr: Instr, position: int, index: Term, count: int) -> None:
    """A subscript stays inside its array; its end may be pointed to but not accessed."""
    most = count if instr.result in s.cfg.only_accessed else count + 1
    if index.kind == "int":
        value = s.ints(block, instr).signed(index, f"gep{position}")
        known = spaces.constant_of(value)
        if known is None or not 0 <= known < most:
            s.claim_subscript(block, instr, position, value, most)
    else:
        s.duty(f"index.{most}", block, instr, index)


def _inside(s: Summary, block: str, instr: Instr, address: Address, within: tuple[Term, int]) -> None:
    """Pointer arithmetic stays inside the array that the pointer was formed in, or one past it."""
    if instr.result is None:
        return
    start, size = within
    most = size if instr.result in s.cfg.only_accessed else size + 1
    place = s.ints(block, instr).binary("sub", address.offset, start, nsw=False)
    if place.kind == "int":
        known = spaces.constant_of(place.affine)
        if known is None or not 0 <= known < most:
            s.claim_subscript(block, instr, -1, place.affine, most)
    else:
        s.duty(f"index.{most}", block, instr, place)


def access(
    s: Summary, block: str, instr: Instr, pointer: nodes.Value, ty: types.Type, settled: bool = False
) -> list[Access]:
    """The accesses of a load or store, one a lane, made once for each instruction; `settled` as in Access."""
    key = ("access", block, id(instr))
    found = s.known(key)
    if found is not None:
        return found
    if instr.flags & {"volatile", "atomic"}:
        raise Unsupported("a volatile or atomic access", instr.loc)
    address = s.datum(pointer, block)
    if not isinstance(address, Address):
        raise Unsupported("a memory access through something that is no address", instr.loc)
    if address.base in ("null", "indeterminate"):
        raise NotProved(
            "indeterminate-pointer", "memory is reached through a null or indeterminate pointer", instr.loc
        )
    if settled:
        one = element(ty)
        count = ty.count if isinstance(ty, types.VectorType) else 1
        size, text = s.module.layout.store_size(one), scalar_type(one, instr.loc)
        text = "i64" if text == "ptr" else text
    else:
        count, size, text = grains.pieces(s, address.base, instr, ty)
    if text == "ptr" or (address.base == ANYWHERE and instr.op in ("load", "store")):
        arrays = frozenset({HEAP, address.base})
        raise NeedsWorld("pointer-in-memory", "a pointer in memory is followed", instr.loc, arrays)
    if text == "i1":
        raise Unsupported("a truth value in memory", instr.loc)
    result: list[Access] = []
    for lane in range(count):
        where = address
        if lane:
            shift = s.terms.number(lane * size, "i64")
            where = Address(
                address.base, s.ints(block, instr).binary("add", address.offset, shift, nsw=False), None
            )
        result.append(Access(s.side, block, instr, lane, where, text, size, settled=settled))
    return s.learn(key, result)


def load(s: Summary, block: str, instr: Instr) -> Datum:
    """The value read: what the place held at the beginning, or what the dataflow finds."""
    address = s.datum(instr.operands[0], block)
    initial = entry.loaded(s, block, instr, address) if isinstance(address, Address) else None
    found = access(s, block, instr, instr.operands[0], instr.type, settled=initial is not None)
    if initial is not None:
        if isinstance(initial, Term):
            in_range(s, block, instr, initial)
        return initial
    for item in found:
        if item.value is None:
            item.value = s.terms.load(item, item.type, s.counters_of(block))
    bits = tuple(item.value for item in found if item.value is not None)
    if isinstance(instr.type, types.VectorType):
        return bits
    value = lanes.join(s.ints(block, instr), bits, scalar_type(instr.type, instr.loc))
    in_range(s, block, instr, value)
    return value


def in_range(s: Summary, block: str, instr: Instr, value: Term) -> None:
    """Of a _Bool or enumeration other values are trap representations (C11 6.2.6.1p5)."""
    allowed = instr.meta("range")
    if allowed is not None:
        named = s.module.metadata.get(allowed.lstrip("!"), allowed)
        s.duty(f"range.{named.removeprefix('!')}", block, instr, value)


def store(s: Summary, block: str, instr: Instr) -> list[Access]:
    """The accesses of a store with the terms that are stored."""
    found = access(s, block, instr, instr.operands[1], instr.type)
    value = s.datum(instr.operands[0], block)
    whole = value if isinstance(value, tuple) else (value,)
    terms = [lane for lane in whole if isinstance(lane, Term)]
    if len(terms) != len(whole):
        arrays = frozenset({HEAP, found[0].address.base})
        raise NeedsWorld("pointer-in-memory", "a pointer is stored to memory", instr.loc, arrays)
    bits = lanes.shaped(s.ints(block, instr), terms, len(found), found[0].type)
    for item, piece in zip(found, bits, strict=True):
        item.stored = piece
    return found


MOST_FILLED = 64
MOST_APART = 16


def filled(s: Summary, block: str, instr: Instr) -> list[Access]:
    """The stores of a memset with zero, or of a memcpy from a constant, over a small automatic object: what clang makes
    of an initializer. One access for each scalar of the object. Raises Unsupported for any other."""
    key = ("filled", block, id(instr))
    found = s.known(key)
    if found is not None:
        return found
    address = s.datum(instr.operands[0], block)
    length, volatile = instr.operands[2], instr.operands[3]
    whole = (
        isinstance(length, nodes.ConstInt) and isinstance(volatile, nodes.ConstInt) and volatile.value == 0
    )
    if not isinstance(address, Address) or not address.base.startswith(f"{s.side}.") or not whole:
        raise Unsupported(f"a call of {instr.callee}", instr.loc)
    made = s.defs[address.base[2:]][1].source_type
    layout = s.module.layout
    if made is None or address.offset is not s.terms.number(0, "i64"):
        raise Unsupported(f"a call of {instr.callee}", instr.loc)
    uniform = _uniform(instr, made)
    bytes_ = length.value if isinstance(length, nodes.ConstInt) else 0
    if uniform is not None and layout.size_of(made) == bytes_ > MOST_APART * layout.size_of(uniform):
        kind, size = scalar_type(uniform, instr.loc), layout.store_size(uniform)
        zero = s.meaning.constant(s, _nothing(uniform))
        if isinstance(zero, Term):
            whole = Access(s.side, block, instr, 0, address, kind, size, stored=zero, count=bytes_ // size)
            return s.learn(key, [whole])
    parts = list(_scalars(s, made, 0))
    if bytes_ != layout.size_of(made) or len(parts) > MOST_FILLED:
        raise Unsupported(f"a call of {instr.callee} on a part of an object, or on a large one", instr.loc)
    values = _contents(s, instr, made, len(parts))
    result: list[Access] = []
    for lane, ((offset, ty), value) in enumerate(zip(parts, values, strict=True)):
        where = Address(address.base, s.terms.number(offset, "i64"), None)
        kind = scalar_type(ty, instr.loc)
        stored = s.meaning.constant(s, value)
        if kind in ("ptr", "i1") or not isinstance(stored, Term):
            raise Unsupported("an initializer with pointers", instr.loc)
        result.append(Access(s.side, block, instr, lane, where, kind, layout.store_size(ty), stored=stored))
    return s.learn(key, result)


def _uniform(instr: Instr, made: types.Type) -> types.Type | None:
    """The scalar that an array zeroed by a memset consists of."""
    while isinstance(made, types.ArrayType):
        made = made.elem
    fill = instr.operands[1]
    zero = instr.callee.startswith("llvm.memset.") and isinstance(fill, nodes.ConstInt) and fill.value == 0
    whole = isinstance(made, types.IntType) and made.bits in (8, 16, 32, 64)
    whole = whole or (isinstance(made, types.FloatType) and made.name in ("float", "double"))
    return made if zero and whole else None


def _scalars(s: Summary, ty: types.Type, offset: int) -> Iterator[tuple[int, types.Type]]:
    """The scalars of an object with their byte offsets."""
    layout = s.module.layout
    match ty:
        case types.ArrayType(count, elem):
            for i in range(min(count, MOST_FILLED + 1)):
                yield from _scalars(s, elem, offset + i * layout.size_of(elem))
        case types.StructType(fields, _, _) if fields is not None:
            for i, field in enumerate(fields):
                yield from _scalars(s, field, offset + layout.field_offset(ty, i))
        case _:
            yield offset, ty


def _contents(s: Summary, instr: Instr, made: types.Type, count: int) -> list[nodes.Value]:
    source = instr.operands[1]
    layout = s.module.layout
    zeros = [_nothing(ty) for _, ty in _scalars(s, made, 0)]
    if isinstance(source, nodes.ConstInt) and source.value == 0:
        return zeros
    if isinstance(source, nodes.GlobalRef):
        variable = s.module.globals.get(source.name)
        if variable is not None and variable.constant and variable.linkage in ("private", "internal"):
            flat = _flattened(variable.initializer)
            if variable.type == made and len(flat) == count and layout.size_of(made) > 0:
                return flat
    raise Unsupported(f"a call of {instr.callee}", instr.loc)


def _nothing(ty: types.Type) -> nodes.Value:
    match ty:
        case types.FloatType():
            return nodes.ConstFloat(0, ty)
        case types.IntType():
            return nodes.ConstInt(0, ty)
        case _:
            return nodes.ConstNull(ty)


def _flattened(value: nodes.Value | None) -> list[nodes.Value]:
    if isinstance(value, nodes.ConstAggregate) and value.elements is not None:
        return [scalar for element in value.elements for scalar in _flattened(element)]
    return [] if value is None else [value]

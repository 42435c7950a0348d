"""The meaning of each instruction as a term. A closed list: what is not here is Unsupported, with its place."""

from __future__ import annotations

from dataclasses import dataclass

from verify.flow import spaces
from verify.flow.spaces import Affine
from verify.flow.summary import Address, Datum, Summary, choose
from verify.flow.terms import Term
from verify.ir import nodes, types
from verify.ir.nodes import Instr
from verify.verdict import NotProved, Unsupported

INTEGER_OPS = frozenset(
    ["add", "sub", "mul", "shl", "lshr", "ashr", "and", "or", "xor", "sdiv", "udiv", "srem", "urem"]
)
FLOAT_OPS = frozenset(["fadd", "fsub", "fmul", "fdiv", "frem"])
FAST_FLAGS = frozenset(["nnan", "ninf", "nsz", "arcp", "contract", "afn", "reassoc", "fast"])
ADDRESS_BITS = 64

# Pure on its operands, in the default floating-point environment, without errno (LangRef, "Standard C/C++ Library
# Intrinsics"); compared as operators.
PURE = {
    "llvm.fabs": "fabs", "llvm.copysign": "copysign", "llvm.floor": "floor", "llvm.ceil": "ceil",
    "llvm.trunc": "ftrunc", "llvm.rint": "rint", "llvm.nearbyint": "nearbyint", "llvm.round": "round",
    "llvm.roundeven": "roundeven", "llvm.sqrt": "sqrt", "llvm.fma": "fma", "llvm.minnum": "minnum",
    "llvm.maxnum": "maxnum", "llvm.ctpop": "ctpop", "llvm.bswap": "bswap", "llvm.bitreverse": "bitreverse",
    "llvm.uadd.sat": "uadd.sat", "llvm.usub.sat": "usub.sat", "llvm.sadd.sat": "sadd.sat",
    "llvm.ssub.sat": "ssub.sat", "llvm.fshl": "fshl", "llvm.fshr": "fshr",
}  # fmt: skip
EXTREMES = {f"llvm.{op}": op for op in ("smax", "smin", "umax", "umin")}
# C library functions that clang leaves as calls and that neither read nor write memory nor set errno (C11 7.12).
PURE_LIBRARY = frozenset(
    [
        "fabs",
        "fabsf",
        "fmax",
        "fmaxf",
        "fmin",
        "fminf",
        "floor",
        "floorf",
        "ceil",
        "ceilf",
        "trunc",
        "truncf",
        "copysign",
        "copysignf",
        "abs",
        "labs",
    ]
)
SETS_ERRNO = frozenset(
    [
        "sqrt",
        "sqrtf",
        "exp",
        "expf",
        "exp2",
        "exp2f",
        "log",
        "logf",
        "log2",
        "log2f",
        "log10",
        "log10f",
        "pow",
        "powf",
        "sin",
        "sinf",
        "cos",
        "cosf",
        "tan",
        "tanf",
    ]
)
IGNORED = ("llvm.lifetime.start", "llvm.lifetime.end", "llvm.experimental.noalias.scope.decl", "llvm.dbg.")


@dataclass(eq=False, slots=True)
class Access:
    """One scalar that a load or store instruction touches; vector lanes are accesses of their own."""

    side: str
    block: str
    instr: Instr
    lane: int
    address: Address
    type: str
    size: int
    value: Term | None = None
    stored: Term | None = None

    @property
    def is_store(self) -> bool:
        return self.stored is not None


def scalar_type(ty: types.Type, loc: nodes.Loc | None) -> str:
    """The type text of terms of this IR type. Raises Unsupported."""
    match ty:
        case types.IntType(width):
            return f"i{width}"
        case types.FloatType(name) if name in ("float", "double"):
            return name
        case types.PtrType():
            return "ptr"
        case _:
            raise Unsupported(f"a value of type {ty}", loc)


def constant(s: Summary, value: nodes.Value) -> Datum:
    """A constant operand."""
    terms = s.terms
    match value:
        case nodes.ConstInt(number, types.IntType(1)):
            return terms.true if number else terms.false
        case nodes.ConstInt(number, types.IntType(width)):
            half = 1 << (width - 1)
            return terms.number((number + half) % (2 * half) - half, f"i{width}")
        case nodes.ConstFloat(bits, ty):
            return terms.constant(bits, scalar_type(ty, None))
        case nodes.ConstNull():
            return Address("null", terms.number(0, "i64"))
        case nodes.ConstUndef(ty) | nodes.ConstPoison(ty):
            if isinstance(ty, types.VectorType):
                return tuple(terms.token(f"undef.{i}", scalar_type(ty.elem, None)) for i in range(ty.count))
            return terms.token("undef", scalar_type(ty, None))
        case nodes.ConstAggregate(elements, types.VectorType(count, elem)):
            if elements is None:
                return tuple(constant(s, _zero(elem)) for _ in range(count))  # type: ignore[return-value]
            return tuple(constant(s, element) for element in elements)  # type: ignore[return-value]
        case nodes.GlobalRef(name, _):
            return Address(f"g.{name}", terms.number(0, "i64"))
        case nodes.ConstExpr("getelementptr", operands, _, _, source) if source is not None:
            fake = Instr("getelementptr", None, types.PtrType(), operands, source_type=source)
            return element_address(s, s.cfg.entry, fake)
        case _:
            raise Unsupported(f"constant {type(value).__name__}")


def _zero(ty: types.Type) -> nodes.Value:
    match ty:
        case types.IntType():
            return nodes.ConstInt(0, ty)
        case types.FloatType():
            return nodes.ConstFloat(0, ty)
        case _:
            return nodes.ConstNull(ty)


def evaluate(s: Summary, block: str, instr: Instr) -> Datum:
    """The value of an instruction, over the counters of the loops around its block."""
    op = instr.op
    if op in ("load", "store") or op == "alloca":
        return load(s, block, instr) if op == "load" else _alloca(s, instr)
    if op == "getelementptr":
        return element_address(s, block, instr)
    if op == "token":
        if isinstance(instr.type, types.PtrType):
            return Address("indeterminate", s.terms.number(0, "i64"))
        if isinstance(instr.type, types.VectorType):
            return tuple(
                s.terms.token(f"{instr.result}.{i}", scalar_type(instr.type.elem, instr.loc))
                for i in range(instr.type.count)
            )
        return s.terms.token(instr.result or "", scalar_type(instr.type, instr.loc))
    if op == "call":
        return call(s, block, instr)
    if op in ("extractelement", "insertelement", "shufflevector"):
        return _shuffle(s, block, instr)
    operands = [s.datum(value, block) for value in instr.operands]
    width = next((len(value) for value in operands if isinstance(value, tuple)), None)
    if width is None:
        return scalar(s, block, instr, operands, 0)
    result = instr.type.count if isinstance(instr.type, types.VectorType) else 0
    if result != width or any(len(v) != width for v in operands if isinstance(v, tuple)):
        raise Unsupported(f"{op} between vectors of different shapes", instr.loc)
    lanes = [
        scalar(s, block, instr, [v[i] if isinstance(v, tuple) else v for v in operands], i)
        for i in range(width)
    ]
    return tuple(lanes)  # type: ignore[return-value]


def _alloca(s: Summary, instr: Instr) -> Address:
    if instr.operands and not isinstance(instr.operands[0], nodes.ConstInt):
        raise Unsupported("a variable-length array", instr.loc)
    return Address(f"{s.side}.{instr.result}", s.terms.number(0, "i64"))


def _element(ty: types.Type) -> types.Type:
    return ty.elem if isinstance(ty, types.VectorType) else ty


def scalar(s: Summary, block: str, instr: Instr, operands: list[Datum], lane: int) -> Datum:
    """One lane of an operator."""
    op, terms = instr.op, s.terms
    ints = s.ints(block, instr)
    result = _element(instr.type)
    if op == "icmp":
        return compare(s, block, instr, operands)
    if op == "select":
        cond, a, b = operands
        if not isinstance(cond, Term):
            raise Unsupported("a select on a pointer", instr.loc)
        return choose(terms, cond, a, b, instr.loc)
    if op == "ptrtoint":
        address = operands[0]
        if not isinstance(address, Address) or address.offset.kind != "int" or address.base == "null":
            raise Unsupported("ptrtoint of this pointer", instr.loc)
        return terms.integer(
            spaces.symbol(spaces.spelled(f"adr.{address.base}")).add(address.offset.affine), "i64"
        )
    values = [operand for operand in operands if isinstance(operand, Term)]
    if len(values) != len(operands):
        raise Unsupported(f"{op} on a pointer", instr.loc)
    if op in INTEGER_OPS:
        return _integer(s, block, instr, values)
    if op in FLOAT_OPS or op == "fneg":
        return terms.op(_float_name(instr), scalar_type(result, instr.loc), *values)
    if op == "fcmp":
        flags = instr.flags & FAST_FLAGS
        if flags:
            return terms.op(".".join(["fcmp", instr.predicate, *sorted(flags)]), "i1", *values)
        return _float_compare(s, instr.predicate, *values)
    target = scalar_type(result, instr.loc)
    if op in ("sext", "zext", "trunc"):
        if instr.flags:
            raise Unsupported(f"{op} with flags {sorted(instr.flags)}", instr.loc)
        return ints.cast(op, values[0], target)
    if op in ("fptosi", "fptoui"):
        s.duty(f"{op}.{values[0].type}.{target}", block, instr, values[0])
    if op in ("sitofp", "uitofp", "fptosi", "fptoui", "fpext", "fptrunc", "bitcast"):
        if op == "bitcast" and values[0].type == target:
            return values[0]
        if instr.flags:
            raise Unsupported(f"{op} with flags {sorted(instr.flags)}", instr.loc)
        return terms.op(f"{op}.{values[0].type}.{target}", target, *values)
    raise Unsupported(f"instruction {op}", instr.loc)


def _float_name(instr: Instr) -> str:
    return ".".join([instr.op, *sorted(instr.flags & FAST_FLAGS)])


def _float_compare(s: Summary, predicate: str, a: Term, b: Term) -> Term:
    if predicate == "true":
        return s.terms.true
    if predicate == "false":
        return s.terms.false
    return s.terms.op(f"fcmp.{predicate}", "i1", a, b)


def _integer(s: Summary, block: str, instr: Instr, values: list[Term]) -> Term:
    a, b = values
    op = instr.op
    kind = a.type
    ints = s.ints(block, instr)
    if instr.flags - {"nsw", "nuw", "exact", "disjoint"}:
        raise Unsupported(f"{op} with flags {sorted(instr.flags)}", instr.loc)
    if instr.flags & {"nuw", "disjoint"}:
        raise Unsupported(f"{op} with flags {sorted(instr.flags)}", instr.loc)
    if op in ("sdiv", "udiv", "srem", "urem"):
        divisor = spaces.constant_of(b.affine) if b.kind == "int" else None
        if divisor is None or divisor in (0, -1):
            s.duty(f"{op}.{kind}", block, instr, a, b)
    if op in ("shl", "lshr", "ashr"):
        amount = spaces.constant_of(b.affine) if b.kind == "int" else None
        if amount is None or not 0 <= amount < int(kind[1:]):
            s.duty(f"shift.{kind}", block, instr, b)
    if op == "sub" and s.side == "t":
        _across(s, instr, values)
    if "nsw" not in instr.flags:
        return ints.binary(op, a, b, nsw=False)
    if a.kind == "int" and b.kind == "int":
        term = ints.binary(op, a, b, nsw=True)
        if term.kind == "int":
            half = 1 << (int(kind[1:]) - 1)
            if (
                spaces.constant_of(term.affine) is None
                or not -half <= (spaces.constant_of(term.affine) or 0) < half
            ):
                s.claim_defined(block, instr, term.affine, -half, half)
            return term
    s.duty(f"nsw.{op}.{kind}", block, instr, a, b)
    return ints.binary(op, a, b, nsw=False)


def _across(s: Summary, instr: Instr, values: list[Term]) -> None:
    """C11 6.5.6p9: pointers into different objects are not subtracted. Clang names the operands of a pointer
    subtraction; where names were discarded it looks like one of numbers and is refused as well."""
    bases = [
        {n for n in spaces.names_in(v.affine) if n.startswith("adr_")} if v.kind == "int" else set()
        for v in values
    ]
    if not bases[0] or not bases[1] or bases[0] == bases[1]:
        return
    named = s.function.blocks[0].name == "entry"
    pointers = any(getattr(v, "name", "").startswith("sub.ptr") for v in instr.operands)
    if pointers or not named:
        raise NotProved("pointer-subtraction", "pointers into different objects are subtracted", instr.loc)


def compare(s: Summary, block: str, instr: Instr, operands: list[Datum]) -> Term:
    """icmp on integers, truth values or addresses into one object."""
    a, b = operands
    ints = s.ints(block, instr)
    predicate = instr.predicate
    if instr.flags:
        raise Unsupported(f"icmp with flags {sorted(instr.flags)}", instr.loc)
    if isinstance(a, Term) and isinstance(b, Term):
        return ints.compare(predicate, a, b)
    if isinstance(a, Address) and isinstance(b, Address):
        if a.base != b.base:
            raise NotProved("pointer-comparison", "pointers into different objects are compared", instr.loc)
        # Offsets within one object are below 2**63 in magnitude, so they compare as signed numbers.
        signed = predicate.replace("u", "s") if predicate.startswith("u") else predicate
        return ints.compare(signed, a.offset, b.offset)
    raise Unsupported("a comparison of a pointer with a number", instr.loc)


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
    within = base.within
    for position, operand in enumerate(instr.operands[1:]):
        index = s.term(operand, block)
        if position > 0 and isinstance(inner, types.StructType):
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
            offset = ints.binary("add", offset, ints.binary("mul", wide, step, nsw=False), nsw=False)
            strides = None
    kept = None if strides is None else tuple((k, *strides[k]) for k in sorted(strides, reverse=True))
    address = Address(base.base, offset, kept, within)
    if base.within is not None and within is base.within:
        _inside(s, block, instr, address, base.within)
    if instr.result is not None:
        s.learn(("formed", instr.result), (block, instr, address))
    return address


def _subscript(s: Summary, block: str, instr: Instr, position: int, index: Term, count: int) -> None:
    """A subscript stays inside its array; its end may be pointed to but not accessed."""
    most = count if s.only_accessed(instr) else count + 1
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
    most = size if s.only_accessed(instr) else size + 1
    place = s.ints(block, instr).binary("sub", address.offset, start, nsw=False)
    if place.kind == "int":
        known = spaces.constant_of(place.affine)
        if known is None or not 0 <= known < most:
            s.claim_subscript(block, instr, -1, place.affine, most)
    else:
        s.duty(f"index.{most}", block, instr, place)


def access(s: Summary, block: str, instr: Instr, pointer: nodes.Value, ty: types.Type) -> list[Access]:
    """The accesses of a load or store, one a lane, made once for each instruction."""
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
    element = _element(ty)
    size = s.module.layout.store_size(element)
    text = scalar_type(element, instr.loc)
    if text == "ptr":
        raise Unsupported("a pointer in memory", instr.loc)
    if text == "i1":
        raise Unsupported("a truth value in memory", instr.loc)
    lanes = ty.count if isinstance(ty, types.VectorType) else 1
    result: list[Access] = []
    for lane in range(lanes):
        where = address
        if lane:
            shift = s.terms.number(lane * size, "i64")
            where = Address(
                address.base, s.ints(block, instr).binary("add", address.offset, shift, nsw=False), None
            )
        result.append(Access(s.side, block, instr, lane, where, text, size))
    return s.learn(key, result)


def load(s: Summary, block: str, instr: Instr) -> Datum:
    """The value read; what it is is decided by the dataflow."""
    found = access(s, block, instr, instr.operands[0], instr.type)
    for item in found:
        if item.value is None:
            item.value = s.terms.load(item, item.type, s.counters_of(block))
    lanes = tuple(item.value for item in found if item.value is not None)
    return lanes if isinstance(instr.type, types.VectorType) else lanes[0]


def store(s: Summary, block: str, instr: Instr) -> list[Access]:
    """The accesses of a store with the terms that are stored."""
    found = access(s, block, instr, instr.operands[1], instr.type)
    value = s.datum(instr.operands[0], block)
    for item, lane in zip(found, value if isinstance(value, tuple) else (value,), strict=True):
        if not isinstance(lane, Term):
            raise Unsupported("a pointer stored to memory", instr.loc)
        item.stored = lane
    return found


def _shuffle(s: Summary, block: str, instr: Instr) -> Datum:
    operands = [s.datum(value, block) for value in instr.operands]
    vector = operands[0]
    if not isinstance(vector, tuple):
        raise Unsupported(f"{instr.op} on this value", instr.loc)
    if instr.op == "shufflevector":
        other = operands[1]
        pool = vector + (other if isinstance(other, tuple) else ())
        kind = vector[0].type if isinstance(vector[0], Term) else "i64"
        return tuple(pool[i] if i >= 0 else s.terms.token("undef", kind) for i in instr.indices)  # type: ignore[return-value]
    index = operands[1 if instr.op == "extractelement" else 2]
    if not isinstance(index, Term) or index.kind != "int":
        raise Unsupported(f"{instr.op} at an index from data", instr.loc)
    position = spaces.constant_of(index.affine)
    if position is None or not 0 <= position < len(vector):
        raise Unsupported(f"{instr.op} at a varying index", instr.loc)
    if instr.op == "extractelement":
        return vector[position]
    element = operands[1]
    return tuple(element if i == position else lane for i, lane in enumerate(vector))  # type: ignore[return-value]


def call(s: Summary, block: str, instr: Instr) -> Datum:
    """Intrinsics and pure library functions; any other call is Unsupported."""
    name = instr.callee
    if "asm" in {a for group in instr.attributes for a in group}:
        raise Unsupported("inline assembly", instr.loc)
    if name.startswith(IGNORED):
        return s.terms.token("void", "i32")
    root = name
    for _ in range(2):
        if root in PURE or root in EXTREMES or root in ("llvm.fmuladd", "llvm.abs"):
            break
        root = root.rpartition(".")[0]
    operands = [s.datum(value, block) for value in instr.operands]
    width = next((len(value) for value in operands if isinstance(value, tuple)), None)
    if width is None:
        return _call_lane(s, block, instr, root, operands)
    return tuple(
        _call_lane(s, block, instr, root, [v[i] if isinstance(v, tuple) else v for v in operands])
        for i in range(width)
    )  # type: ignore[return-value]


def _call_lane(s: Summary, block: str, instr: Instr, root: str, operands: list[Datum]) -> Datum:
    values = [operand for operand in operands if isinstance(operand, Term)]
    name = instr.callee
    if len(values) != len(operands) or not values:
        raise Unsupported(f"a call of {name or 'a pointer'}", instr.loc)
    result = scalar_type(_element(instr.type), instr.loc)
    suffix = sorted(instr.flags & FAST_FLAGS)
    if root in EXTREMES:
        return s.ints(block, instr).extreme(EXTREMES[root], values[0], values[1])
    if root == "llvm.abs":
        if not s.terms.is_false(values[1]):
            s.duty(f"abs.{result}", block, instr, values[0])
        return s.terms.op("abs", result, values[0])
    if root == "llvm.fmuladd":
        product = s.terms.op(".".join(["fmul", *suffix]), result, values[0], values[1])
        return s.terms.op(".".join(["fadd", *suffix]), result, product, values[2])
    if root in PURE:
        return s.terms.op(".".join([PURE[root], *suffix]), result, *values)
    own = s.module.functions.get(name)
    if name in PURE_LIBRARY and own is not None and not own.blocks:
        if name in ("abs", "labs"):
            s.duty(f"abs.{result}", block, instr, values[0])
            return s.terms.op("abs", result, values[0])
        plain = name[:-1] if name.endswith("f") and name != "f" else name
        plain = {"fmax": "maxnum", "fmin": "minnum", "trunc": "ftrunc"}.get(plain, plain)
        return s.terms.op(".".join([plain, *suffix]), result, *values)
    if name in SETS_ERRNO and own is not None and not own.blocks:
        quiet = {"memory(none)", "readnone"} & {a for group in instr.attributes for a in group}
        if quiet or s.known("errno-unobserved"):
            return s.terms.op(".".join([f"call.{name}", *suffix]), result, *values)
        raise NotProved(
            "needs-assumption", f"{name} may set errno", instr.loc, needs="--assume errno-unobserved"
        )
    raise Unsupported(f"a call of {name or 'a pointer'}", instr.loc)

"""The meaning of each instruction as a term. A closed list: what is not here is Unsupported, with its place."""

from __future__ import annotations

import math
import struct

from verify.flow import lanes, spaces, worlds
from verify.flow.addresses import alloca, element_address, load
from verify.flow.calls import FAST_FLAGS, call
from verify.flow.operands import lanes_of
from verify.flow.signed_vectors import may_overflow
from verify.flow.summary import Summary
from verify.flow.terms import Term
from verify.flow.values import ANYWHERE, Address, Datum, as_number, choose, element, scalar_type
from verify.ir import nodes, types
from verify.ir.nodes import Instr
from verify.verdict import NotProved, Unsupported

INTEGER_OPS = frozenset(
    ["add", "sub", "mul", "shl", "lshr", "ashr", "and", "or", "xor", "sdiv", "udiv", "srem", "urem"]
)
FLOAT_OPS = frozenset(["fadd", "fsub", "fmul", "fdiv", "frem"])


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
    if op in worlds.KINDS:
        return worlds.evaluate(s, block, instr)
    if op in ("load", "store") or op == "alloca":
        return load(s, block, instr) if op == "load" else alloca(s, instr)
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
    if op == "bitcast":
        return _bitcast(s, block, instr)
    operands = [lanes_of(s, block, instr, value) for value in instr.operands]
    width = next((len(value) for value in operands if isinstance(value, tuple)), None)
    if width is None and isinstance(instr.type, types.VectorType):
        raise Unsupported(f"{op} of a scalar to a vector", instr.loc)
    if width is None:
        return scalar(s, block, instr, operands, 0)
    return tuple(
        scalar(s, block, instr, [v[i] if isinstance(v, tuple) else v for v in operands], i)
        for i in range(width)
    )  # type: ignore[return-value]


def _bitcast(s: Summary, block: str, instr: Instr) -> Datum:
    """Vectors keep their bits as they are; whoever reads them divides them into lanes."""
    datum = s.datum(instr.operands[0], block)
    if isinstance(datum, Address):
        raise Unsupported("bitcast on a pointer", instr.loc)
    whole = datum if isinstance(datum, tuple) else (datum,)
    bits = [lane for lane in whole if isinstance(lane, Term)]
    if len(bits) != len(whole):
        raise Unsupported("bitcast on a pointer", instr.loc)
    if isinstance(instr.type, types.VectorType):
        return tuple(bits)
    return lanes.join(s.ints(block, instr), bits, scalar_type(instr.type, instr.loc))


def scalar(s: Summary, block: str, instr: Instr, operands: list[Datum], lane: int) -> Datum:
    """One lane of an operator."""
    op, terms = instr.op, s.terms
    ints = s.ints(block, instr)
    result = element(instr.type)
    if op == "icmp":
        return compare(s, block, instr, operands)
    if op == "select":
        cond, a, b = operands
        if not isinstance(cond, Term):
            raise Unsupported("a select on a pointer", instr.loc)
        return choose(terms, cond, a, b, instr.loc)
    if op == "ptrtoint":
        address = operands[0]
        if not isinstance(address, Address):
            raise Unsupported("ptrtoint of this pointer", instr.loc)
        if address.base != "null" and address.offset.kind == "int" and address.base != ANYWHERE:
            number = spaces.symbol(spaces.spelled(f"adr.{address.base}"))
            return terms.integer(number.add(address.offset.affine), scalar_type(result, instr.loc))
        number = as_number(terms, address, instr.loc)
        kind = scalar_type(result, instr.loc)
        return number if kind == "i64" else ints.cast("trunc", number, kind)
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
        return lanes.cast(ints, op, values[0], target)
    if op in ("fptosi", "fptoui"):
        s.duty(f"{op}.{values[0].type}.{target}", block, instr, values[0])
    if op in ("sitofp", "uitofp", "fptosi", "fptoui", "fpext", "fptrunc"):
        if instr.flags:
            raise Unsupported(f"{op} with flags {sorted(instr.flags)}", instr.loc)
        op, value = _narrowest(op, values[0])
        return terms.op(f"{op}.{value.type}.{target}", target, value)
    raise Unsupported(f"instruction {op}", instr.loc)


def _narrowest(op: str, value: Term) -> tuple[str, Term]:
    """A conversion to floating point from the integer before its extension: the number is the same."""
    while op in ("sitofp", "uitofp") and value.kind == "op" and value.data.split(".")[0] in ("zext", "sext"):
        if value.data.startswith("zext"):
            op = "uitofp"
        elif op == "uitofp":
            break
        value = value.kids[0]
    return op, value


def _float_name(instr: Instr) -> str:
    return ".".join([instr.op, *sorted(instr.flags & FAST_FLAGS)])


def _float_compare(s: Summary, predicate: str, a: Term, b: Term) -> Term:
    if predicate == "true":
        return s.terms.true
    if predicate == "false":
        return s.terms.false
    if a.kind == "const" and b.kind == "const" and a.type in lanes.FLOATS:
        return s.terms.true if _holds(predicate, a, b) else s.terms.false
    return s.terms.op(f"fcmp.{predicate}", "i1", a, b)


def _holds(predicate: str, a: Term, b: Term) -> bool:
    """A comparison of two constants (LangRef, fcmp)."""
    letter = {"float": ("<I", "<f"), "double": ("<Q", "<d")}[a.type]
    x, y = (struct.unpack(letter[1], struct.pack(letter[0], term.data[1]))[0] for term in (a, b))
    if math.isnan(x) or math.isnan(y):
        return predicate.startswith("u")
    return {"eq": x == y, "gt": x > y, "ge": x >= y, "lt": x < y, "le": x <= y, "ne": x != y}.get(
        predicate[1:], predicate == "ord"
    )


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
    if op == "sub" and not _within_one(s, block, instr, values) and s.side == "t":
        _across(s, instr, values)
    if "nsw" not in instr.flags:
        if may_overflow(s, instr):
            s.duty(f"nsw.{op}.{kind}", block, instr, a, b)
        return lanes.binary(ints, op, a, b)
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
    return lanes.binary(ints, op, a, b)


def _within_one(s: Summary, block: str, instr: Instr, values: list[Term]) -> bool:
    """A subtraction of pointers, by how it was made: inside one object, or a duty (C11 6.5.6p9). False for others."""
    bases: list[str] = []
    for value in instr.operands:
        made = s.defs[value.name][1] if isinstance(value, nodes.Local) and value.name in s.defs else None
        address = s.datum(made.operands[0], block) if made is not None and made.op == "ptrtoint" else None
        if not isinstance(address, Address):
            return False
        bases.append(address.base)
    if bases[0] != bases[1] or bases[0] == ANYWHERE:
        s.duty("ordered.sub", block, instr, *values)
    return True


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
    ints, terms = s.ints(block, instr), s.terms
    predicate = instr.predicate
    if instr.flags:
        raise Unsupported(f"icmp with flags {sorted(instr.flags)}", instr.loc)
    if isinstance(a, Term) and isinstance(b, Term):
        return lanes.compare(ints, predicate, a, b)
    if isinstance(a, Address) and isinstance(b, Address):
        if a.base != b.base or a.base == ANYWHERE:
            numbers = as_number(terms, a, instr.loc), as_number(terms, b, instr.loc)
            if predicate not in ("eq", "ne"):
                s.duty("ordered.cmp", block, instr, *numbers)
            return ints.compare(predicate, *numbers)
        # Offsets within one object are below 2**63 in magnitude, so they compare as signed numbers.
        signed = predicate.replace("u", "s") if predicate.startswith("u") else predicate
        return ints.compare(signed, a.offset, b.offset)
    raise Unsupported("a comparison of a pointer with a number", instr.loc)


def _shuffle(s: Summary, block: str, instr: Instr) -> Datum:
    operands = [lanes_of(s, block, instr, value) for value in instr.operands]
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
    return tuple(operands[1] if i == position else lane for i, lane in enumerate(vector))  # type: ignore[return-value]

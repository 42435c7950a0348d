"""What each instruction without effects computes, and what it must not be given (its duties).

A duty is a condition as a term: the operation is defined. Which rule of C or LLVM it stands for is in its name:
"exact" (signed arithmetic does not overflow, C11 6.5p5), "div" (6.5.5p5), "shift" (6.5.7p3), "convert" (6.3.1.4p1),
"inbounds", "gep", "element", "field" (pointers and subscripts stay in their object, 6.5.6p8), "same" (pointers that are
ordered or subtracted belong to one object, 6.5.6p9, 6.5.8p5).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from verify.ir.nodes import ConstInt, Instr
from verify.ir.tokens import words
from verify.ir.types import ArrayType, IntType, PtrType, StructType, Type
from verify.lockstep.terms import (
    BIT,
    WORD,
    Linear,
    Term,
    Terms,
    added,
    linear,
    number_of,
    signed,
)
from verify.verdict import Unsupported

Proven = Callable[[Term], bool]
Sizes = Callable[[Type], int]
PURE = words(
    "add sub mul udiv sdiv urem srem shl lshr ashr and or xor fadd fsub fmul fdiv frem fneg icmp fcmp select trunc "
    "zext sext fptrunc fpext fptoui fptosi uitofp sitofp ptrtoint inttoptr bitcast getelementptr extractelement "
    "insertelement shufflevector extractvalue insertvalue"
)
_POISON_FLAGS = frozenset(("nnan", "ninf", "fast", "disjoint", "nneg", "samesign"))
_NEGATIVE = {"ult": "oge", "ule": "ogt", "ugt": "ole", "uge": "olt", "une": "oeq", "ueq": "one", "uno": "ord"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """The value of an instruction, its duties, and what is known where these are met."""

    value: Term
    duties: tuple[Term, ...] = ()
    implied: tuple[Term, ...] = ()


def duty(terms: Terms, name: object, *kids: Term) -> Term:
    return terms.op(BIT, ("duty", name), *kids)


def meaning(terms: Terms, size_of: Sizes, instr: Instr, kids: Sequence[Term], proven: Proven) -> Meaning:
    """`proven` says which duties are met already. Raises Unsupported outside of the closed list."""
    if instr.op not in PURE:
        raise Unsupported(f"instruction {instr.op}", instr.loc)
    shaky = bool(instr.flags & _POISON_FLAGS)
    plain = isinstance(instr.type, IntType) and not any(kid.wobbly for kid in kids) and not shaky
    match instr.op:
        case "add" | "sub" | "mul" if plain and instr.type != BIT:
            return _arithmetic(terms, instr, kids[0], kids[1], proven)
        case "sdiv" | "udiv" | "srem" | "urem":
            return _division(terms, instr, kids[0], kids[1])
        case "shl" | "lshr" | "ashr":
            return _shift(terms, instr, kids[0], kids[1])
        case "getelementptr":
            return _address(terms, size_of, instr, kids, proven)
        case "icmp":
            return _compared(terms, instr, kids[0], kids[1])
        case "fcmp" if not instr.flags and instr.type == BIT:
            return Meaning(_float_compared(terms, instr, kids[0], kids[1]))
        case "xor" if instr.type == BIT and number_of(kids[1]) == 1:
            return Meaning(terms.negated(kids[0]))
        case "zext" | "sext" | "trunc" if plain and not instr.flags:
            return Meaning(_cast(terms, instr, kids[0]))
        case "fptosi" | "fptoui":
            name = ("convert", instr.op, instr.type, instr.source_type)
            return Meaning(_raw(terms, instr, kids), (duty(terms, name, *kids),))
        case "ptrtoint" if instr.type == WORD and kids[0].kind == "at" and not kids[0].wobbly:
            base, offset = kids[0].kids
            number = terms.op(WORD, ("ptrtoint",), base)
            return Meaning(terms.sum(WORD, added(linear(number), linear(offset), 1)))
        case "ptrtoint" if instr.type == WORD:
            return Meaning(terms.op(WORD, ("ptrtoint",), kids[0]))
        case "extractelement" | "insertelement" if not isinstance(kids[-1].data, ConstInt):
            return Meaning(_raw(terms, instr, kids), (duty(terms, ("lane", instr.type), kids[-1]),))
        case "select" if isinstance(kids[0].data, ConstInt) and instr.op == "select" and not instr.flags:
            return Meaning(kids[1] if kids[0].data.value else kids[2])
        case _ if instr.flags & {"nsw", "nuw", "exact"}:
            name = ("flags", instr.op, instr.flags, instr.type)
            return Meaning(_raw(terms, instr, kids), (duty(terms, name, *kids),))
        case _:
            return Meaning(_raw(terms, instr, kids, shaky))


def _raw(terms: Terms, instr: Instr, kids: Sequence[Term], shaky: bool = False) -> Term:
    name = (instr.op, instr.flags, instr.predicate, instr.indices, terms.kind(instr.source_type))
    return terms.op(instr.type, name, *kids, wobbly=shaky)


def _arithmetic(terms: Terms, instr: Instr, a: Term, b: Term, proven: Proven) -> Meaning:
    ty = instr.type
    assert isinstance(ty, IntType)
    combined = _combined(instr.op, linear(a), linear(b))
    value = _raw(terms, instr, (a, b)) if combined is None else terms.sum(ty, combined)
    duties = list(_subtracted(terms, a, b)) if instr.op == "sub" else []
    if "nuw" in instr.flags or ("nsw" in instr.flags and combined is None):
        duties.append(duty(terms, (instr.op, instr.flags, ty), a, b))
    elif "nsw" in instr.flags and combined is not None:
        made = _exact(terms, ty, combined, value, all(_is_exact(terms, kid, proven) for kid in (a, b)))
        duties += [duty(terms, (instr.op, instr.flags, ty), a, b)] if made is None else made
    return Meaning(value, tuple(duties))


def _combined(op: str, a: Linear, b: Linear) -> Linear | None:
    if op == "mul":
        for one, other in ((a, b), (b, a)):
            if not one[1]:
                return added((0, {}), other, one[0])
        return None
    return added(a, b, 1 if op == "add" else -1)


def _is_exact(terms: Terms, term: Term, proven: Proven) -> bool:
    """Whether the signed number is the sum itself, not only modulo the width."""
    return term.kind != "sum" or proven(duty(terms, "exact", term))


def _exact(terms: Terms, ty: IntType, combined: Linear, value: Term, known: bool) -> list[Term] | None:
    """The duty that a sum of exact operands stays in its type; none where it is plain, None where it has no name."""
    half = 1 << (ty.bits - 1)
    if not known or not all(-half < n < half for n in (combined[0], *combined[1].values())):
        return None
    if value.kind == "sum":
        return [duty(terms, "exact", value)]
    return []


def _subtracted(terms: Terms, a: Term, b: Term) -> list[Term]:
    """C11 6.5.6p9, for numbers that were made of pointers."""
    first, second = _pointers(a), _pointers(b)
    if not first or not second:
        return []
    if len(first) == 1 and len(second) == 1:
        return _one_object(terms, first[0], second[0])
    return [duty(terms, "subtracted", a, b)]


def _pointers(term: Term) -> list[Term]:
    return [kid.kids[0] for kid in linear(term)[1] if kid.kind == "op" and kid.data == ("ptrtoint",)]


def _one_object(terms: Terms, a: Term, b: Term) -> list[Term]:
    a, b = (term.kids[0] if term.kind == "at" else term for term in (a, b))
    if a is b:
        return []
    return [duty(terms, "same", *sorted((a, b), key=lambda term: term.ident))]


def _division(terms: Terms, instr: Instr, a: Term, b: Term) -> Meaning:
    value = _raw(terms, instr, (a, b))
    duties: list[Term] = []
    divisor = number_of(b)
    if divisor is None or divisor in (0, -1):
        duties.append(duty(terms, ("div", instr.op[0], instr.type), a, b))
    if instr.flags:
        duties.append(duty(terms, ("exact division", instr.op, instr.flags), a, b))
    return Meaning(value, tuple(duties))


def _shift(terms: Terms, instr: Instr, a: Term, b: Term) -> Meaning:
    amount = number_of(b)
    bits = instr.type.bits if isinstance(instr.type, IntType) else 0
    inside = amount is not None and 0 <= amount < bits
    duties = [] if inside else [duty(terms, ("shift", instr.type), b)]
    if instr.flags:
        duties.append(duty(terms, (instr.op, instr.flags), a, b))
    if (
        instr.op == "shl"
        and inside
        and amount is not None
        and not a.wobbly
        and isinstance(instr.type, IntType)
    ):
        return Meaning(terms.sum(instr.type, added((0, {}), linear(a), 1 << amount)), tuple(duties))
    return Meaning(_raw(terms, instr, (a, b)), tuple(duties))


def _compared(terms: Terms, instr: Instr, a: Term, b: Term) -> Meaning:
    if instr.flags or instr.type != BIT:
        return Meaning(_raw(terms, instr, (a, b), True))
    pointers = isinstance(a.type, PtrType)
    word = instr.predicate
    if word in ("eq", "ne"):
        same = _truth(terms, a, b) or terms.equal(a, b)
        return Meaning(same if word == "eq" else terms.negated(same))
    duties = tuple(_one_object(terms, a, b)) if pointers else ()
    sign, relation = word[0], word[1:]
    if relation in ("gt", "le"):
        a, b = b, a
    less = _less(terms, sign, a, b)
    return Meaning(less if relation in ("lt", "gt") else terms.negated(less), duties)


def _truth(terms: Terms, a: Term, b: Term) -> Term | None:
    """`c != 0` for a condition that was made an int: the condition again, for what is equal to `b`."""
    value = number_of(b)
    widened = a.kind == "op" and isinstance(a.data, tuple) and a.data[0] == "zext" and a.kids[0].type == BIT
    if not widened or value not in (0, 1):
        return None
    return a.kids[0] if value else terms.negated(a.kids[0])


def _less(terms: Terms, sign: str, a: Term, b: Term) -> Term:
    x, y = a.data, b.data
    if isinstance(x, ConstInt) and isinstance(y, ConstInt):
        holds = signed(x) < signed(y) if sign == "s" else x.value < y.value
        return terms.number(int(holds), BIT)
    if a is b and not a.wobbly:
        return terms.number(0, BIT)
    return terms.op(BIT, f"{sign}lt", a, b)


def _float_compared(terms: Terms, instr: Instr, a: Term, b: Term) -> Term:
    """Every predicate as one of oeq, one, olt, ole, ord or its negation (LangRef, fcmp)."""
    word = instr.predicate
    if word in ("true", "false"):
        return terms.number(int(word == "true"), BIT)
    positive = _NEGATIVE.get(word, word)
    x, y = a, b
    if positive in ("ogt", "oge"):
        positive, x, y = {"ogt": "olt", "oge": "ole"}[positive], b, a
    made = terms.op(BIT, ("fcmp", positive), x, y)
    return terms.negated(made) if word in _NEGATIVE else made


def _cast(terms: Terms, instr: Instr, a: Term) -> Term:
    ty = instr.type
    assert isinstance(ty, IntType)
    if isinstance(a.data, ConstInt):
        return terms.number(a.data.value if instr.op != "sext" else signed(a.data), ty)
    widened = a.kind == "op" and isinstance(a.data, tuple) and a.data[0] in ("zext", "sext")
    if instr.op == "trunc" and widened and a.kids[0].type == ty:
        return a.kids[0]
    return _raw(terms, instr, (a,))


def _address(terms: Terms, size_of: Sizes, instr: Instr, kids: Sequence[Term], proven: Proven) -> Meaning:
    source = instr.source_type
    scalar = isinstance(instr.type, PtrType) and source is not None
    indices = kids[1:]
    straight = bool(indices) and (indices[0].type == WORD or number_of(indices[0]) == 0)
    if not scalar or "inbounds" not in instr.flags or not straight:
        name = ("address", instr.flags, terms.kind(instr.source_type))
        return Meaning(_raw(terms, instr, kids), (duty(terms, name, *kids),))
    assert source is not None
    place, duties, implied = _moved(terms, size_of(source), instr, kids[0], indices[0], proven)
    ty: Type = source
    for index in indices[1:]:
        number = number_of(index)
        match ty:
            case ArrayType(count, elem):
                # A subscript of its own: what is reached through another array of the object is another place.
                if number is None or not 0 <= number <= count:
                    duties.append(duty(terms, ("element", instr.flags, terms.kind(ty)), place, index))
                place = terms.op(PtrType(), ("element", terms.kind(ty)), place, index)
                ty = elem
            case StructType(fields, _, _) if fields is not None and number is not None:
                duties.append(duty(terms, ("field", terms.kind(ty), number), place))
                place = terms.op(PtrType(), ("field", terms.kind(ty), number), place)
                ty = fields[number]
            case _:
                raise Unsupported("a subscript of a vector", instr.loc)
    return Meaning(place, tuple(duties), tuple(implied))


def _moved(
    terms: Terms, size: int, instr: Instr, base: Term, index: Term, proven: Proven
) -> tuple[Term, list[Term], list[Term]]:
    """The pointer some elements on. Constant steps add up: what is in bounds is the place, not the way to it."""
    number = number_of(index)
    if number == 0:
        return base, [], []
    if index.wobbly:
        offset = terms.op(WORD, ("scaled", size), index)
    else:
        offset = terms.sum(WORD, added((0, {}), linear(index), size))
    place = terms.at(base, offset)
    inside = [] if place.kind != "at" else [duty(terms, "inbounds", place)]
    known = base.kind != "at" or proven(duty(terms, "inbounds", base))
    if number is not None and known and ("nuw" not in instr.flags or number > 0):
        return place, inside, []
    return place, [duty(terms, ("gep", instr.flags, size), base, index)], inside


def bounds(term: Term) -> tuple[int, int]:
    """Signed bounds of an integer, as far as its operator tells."""
    assert isinstance(term.type, IntType)
    half = 1 << (term.type.bits - 1)
    number = number_of(term)
    if number is not None:
        return number, number
    name = term.data[0] if term.kind == "op" and isinstance(term.data, tuple) else ""
    amount = number_of(term.kids[-1]) if name and term.kids else None
    match name:
        case "zext" if isinstance(term.kids[0].type, IntType):
            return 0, (1 << term.kids[0].type.bits) - 1
        case "sext" if isinstance(term.kids[0].type, IntType):
            inner = 1 << (term.kids[0].type.bits - 1)
            return -inner, inner - 1
        case "sdiv" if amount is not None and amount > 1:
            return -(half // amount), half // amount
        case "lshr" if amount is not None and 0 < amount < term.type.bits:
            return 0, (2 * half - 1) >> amount
        case "and" if amount is not None and amount >= 0:
            return 0, amount
        case "srem" if amount is not None and amount > 1:
            return 1 - amount, amount - 1
        case _:
            return -half, half - 1

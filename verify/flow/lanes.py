"""Vectors as lanes, and the bits of a lane as pieces of any other width, low bits first (x86 is little-endian).

A vector value is a tuple of terms of equal width that together hold its bits. How many there are follows from where
they come from, not from the IR type: a load of <4 x i64> from an array of bytes is 32 bytes, and an instruction that
reads them as eight words joins four at a time. `concat` is the operator that joins, its kids low bits first; of it,
of shifts, masks, extensions and comparisons by whole pieces nothing is left where the pieces are read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from verify.flow import spaces
from verify.flow.integers import Integers
from verify.flow.terms import Term, Terms

FLOATS = {"float": 32, "double": 64}
MOST_PIECES = 64


def width(type_: str) -> int:
    """Bits of a value of this type text."""
    return FLOATS.get(type_) or (64 if type_ == "ptr" else int(type_[1:]))


def recast(terms: Terms, term: Term, to: str) -> Term:
    """bitcast between two types of one width."""
    if term.type == to:
        return term
    if term.kind == "token":
        return terms.token(f"{term.data}.{to}", to)
    if term.kind == "const" and to.startswith("i") and isinstance(term.data[1], int):
        return _number(terms, term.data[1], to)
    known = spaces.constant_of(term.affine) if term.kind == "int" else None
    if known is not None and to in FLOATS:
        return terms.constant(known % (1 << width(to)), to)
    if term.kind == "op" and term.data == f"bitcast.{to}.{term.type}":
        return term.kids[0]
    if term.kind == "sel":
        cond, a, b = term.kids
        return terms.choose(cond, recast(terms, a, to), recast(terms, b, to))
    signs = _sign_only(terms, term, to)
    return signs or terms.op(f"bitcast.{term.type}.{to}", to, term)


def _sign_only(terms: Terms, term: Term, to: str) -> Term | None:
    """A float of which only the sign bit was changed (LangRef: fneg and fabs do nothing else)."""
    if to not in FLOATS or term.kind != "op" or term.data not in ("and", "xor"):
        return None
    top = 1 << (width(to) - 1)
    for value, mask in (term.kids, term.kids[::-1]):
        known = spaces.constant_of(mask.affine) if mask.kind == "int" else None
        if known is None or value.kind != "op" or value.data != f"bitcast.{to}.{term.type}":
            continue
        if term.data == "and" and known % (2 * top) == top - 1:
            return terms.op("fabs", to, value.kids[0])
        if term.data == "xor" and known % (2 * top) == top:
            return terms.op("fneg", to, value.kids[0])
    return None


def _number(terms: Terms, value: int, type_: str) -> Term:
    bits = width(type_)
    if bits == 1:
        return terms.true if value & 1 else terms.false
    half = 1 << (bits - 1)
    return terms.number((value + half) % (2 * half) - half, type_)


def split(ints: Integers, term: Term, bits: int) -> tuple[Term, ...]:
    """The pieces of `bits` bits of one value; `bits` divides its width."""
    terms, whole = ints.terms, width(term.type)
    if whole == bits:
        return (term if term.type.startswith("i") else recast(terms, term, f"i{bits}"),)
    count = whole // bits
    if not term.type.startswith("i"):
        return split(ints, recast(terms, term, f"i{whole}"), bits)
    if term.kind == "token":
        return tuple(terms.token(f"{term.data}.{n}", f"i{bits}") for n in range(count))
    if term.kind == "sel":
        cond, a, b = term.kids
        pairs = zip(split(ints, a, bits), split(ints, b, bits), strict=True)
        return tuple(terms.choose(cond, x, y) for x, y in pairs)
    root = term.data.split(".")[0] if term.kind == "op" else ""
    if root == "concat":
        return regroup(ints, term.kids, bits)
    if root == "zext":
        inner = term.kids[0]
        size = width(inner.type)
        if size % bits == 0:
            zero = _number(terms, 0, f"i{bits}")
            return (*split(ints, inner, bits), *([zero] * (count - size // bits)))
        if bits % size == 0:
            return (ints.cast("zext", inner, f"i{bits}"), *([_number(terms, 0, f"i{bits}")] * (count - 1)))
    if root in ("and", "or", "xor"):
        pairs = zip(*(split(ints, kid, bits) for kid in term.kids), strict=True)
        return tuple(bitwise(ints, root, x, y) for x, y in pairs)
    return tuple(_piece(ints, term, n * bits, bits) for n in range(count))


def _piece(ints: Integers, term: Term, start: int, bits: int) -> Term:
    shift = ints.terms.number(start, term.type)
    return ints.cast("trunc", ints.binary("lshr", term, shift, nsw=False), f"i{bits}")


def join(ints: Integers, pieces: Sequence[Term], type_: str) -> Term:
    """One value of pieces that together have its width."""
    terms, whole = ints.terms, width(type_)
    if len(pieces) == 1:
        return recast(terms, pieces[0], type_)
    if not type_.startswith("i"):
        return recast(terms, join(ints, pieces, f"i{whole}"), type_)
    bits = whole // len(pieces)
    pieces = [recast(terms, piece, f"i{bits}") for piece in pieces]
    known = [_constant(piece) for piece in pieces]
    if all(value is not None for value in known):
        return _number(terms, sum((v or 0) << (n * bits) for n, v in enumerate(known)), type_)
    first = pieces[0]
    source = first.kids[0] if first.kind == "op" and first.data.startswith("trunc.") else first
    if source is not first and source.type == type_ and list(split(ints, source, bits)) == list(pieces):
        return source
    half = len(pieces) // 2
    if len(pieces) % 2 == 0 and whole > 8 and all(value == 0 for value in known[half:]):
        return ints.cast("zext", join(ints, pieces[:half], f"i{whole // 2}"), type_)
    if all(p.kind == "op" and p.data == "concat" and len(p.kids) == len(first.kids) for p in pieces):
        pieces = [kid for piece in pieces for kid in piece.kids]
    return terms.op("concat", type_, *pieces)


def _constant(term: Term) -> int | None:
    """The bits of a constant."""
    if term.kind == "cond":
        full, none = term.cond.plain_is_universe(), term.cond.is_empty()
        return 1 if full else 0 if none else None
    value = spaces.constant_of(term.affine) if term.kind == "int" else None
    return None if value is None else value % (1 << width(term.type))


def regroup(ints: Integers, pieces: Sequence[Term], bits: int) -> tuple[Term, ...]:
    """The same bits as integers of `bits` bits each."""
    have = width(pieces[0].type)
    if have == bits:
        return tuple(split(ints, piece, bits)[0] for piece in pieces)
    if have % bits == 0:
        return tuple(part for piece in pieces for part in split(ints, piece, bits))
    if bits % have == 0:
        step = bits // have
        groups = (pieces[n : n + step] for n in range(0, len(pieces), step))
        return tuple(join(ints, group, f"i{bits}") for group in groups)
    finest = tuple(part for piece in pieces for part in split(ints, piece, 1))
    return tuple(join(ints, finest[n : n + bits], f"i{bits}") for n in range(0, len(finest), bits))


def shaped(ints: Integers, pieces: Sequence[Term], count: int, type_: str) -> tuple[Term, ...]:
    """A vector's bits as `count` lanes of a type."""
    if len(pieces) == count and all(piece.type == type_ for piece in pieces):
        return tuple(pieces)
    parts = regroup(ints, pieces, width(type_))
    return tuple(recast(ints.terms, part, type_) for part in parts)


# Operators on values that are made of pieces


def _pieces(term: Term) -> int:
    """The width of the pieces of a value that is made of some, else 0."""
    return width(term.kids[0].type) if term.kind == "op" and term.data == "concat" else 0


def bitwise(ints: Integers, op: str, a: Term, b: Term) -> Term:
    """and, or, xor: piece by piece, and on either side of a choice between constants or of one condition."""
    terms = ints.terms
    if a.type == "i1":
        return ints.binary(op, a, b, nsw=False)
    if op == "or" and _ones(b) in (_constant(a), _constant(b)):
        return ints.terms.number(-1, b.type)
    if a.kind == "sel" and b.kind == "sel" and a.kids[0] is b.kids[0]:
        arms = [bitwise(ints, op, x, y) for x, y in zip(a.kids[1:], b.kids[1:], strict=True)]
        return terms.choose(a.kids[0], *arms)
    for mask, other in ((a, b), (b, a)):
        if mask.kind == "sel" and all(_constant(kid) in (0, _ones(mask)) for kid in mask.kids[1:]):
            arms = [bitwise(ints, op, other, kid) for kid in mask.kids[1:]]
            return terms.choose(mask.kids[0], *arms)
    bits = min((size for size in (_pieces(a), _pieces(b)) if size), default=0)
    if bits:
        pairs = zip(split(ints, a, bits), split(ints, b, bits), strict=True)
        return join(ints, [bitwise(ints, op, x, y) for x, y in pairs], a.type)
    return ints.binary(op, a, b, nsw=False)


def _ones(term: Term) -> int:
    return (1 << width(term.type)) - 1


def shifted(ints: Integers, op: str, a: Term, amount: int) -> Term | None:
    """A shift by whole pieces; None for any other."""
    bits, whole = _pieces(a), width(a.type)
    if op == "ashr" and not bits and a.kind == "op" and a.data == "shl" and _constant(a.kids[1]) == amount:
        # (x << k) >> k repeats bit width-k-1: a sign extension of the low part.
        if whole % (whole - amount) == 0 and amount * 2 == whole:
            return ints.cast("sext", ints.cast("trunc", a.kids[0], f"i{whole - amount}"), a.type)
        return None
    if not bits or amount % bits or not 0 < amount < whole:
        return None
    step, kids = amount // bits, a.kids
    zero = _number(ints.terms, 0, f"i{bits}")
    if op == "shl":
        return join(ints, [zero] * step + list(kids[: len(kids) - step]), a.type)
    if op == "lshr":
        return join(ints, list(kids[step:]) + [zero] * step, a.type)
    return ints.cast("sext", join(ints, kids[step:], f"i{whole - amount}"), a.type)


def extended(ints: Integers, op: str, a: Term, to: str) -> Term | None:
    """zext, sext and trunc of a value made of pieces; None where there is nothing special."""
    if not _pieces(a) or op == "sext":
        return None
    if op == "trunc":
        bits = width(to)
        if width(a.type) % bits == 0:
            return split(ints, a, bits)[0]
    return None


def same(ints: Integers, a: Term, b: Term) -> Term | None:
    """Equality, piece by piece; None where neither side is made of pieces."""
    bits = min((size for size in (_pieces(a), _pieces(b)) if size), default=0)
    if not bits:
        return None
    pairs = zip(split(ints, a, bits), split(ints, b, bits), strict=True)
    return conjunction(ints.terms, (ints.compare("eq", x, y) for x, y in pairs))


def conjunction(terms: Terms, parts: Iterable[Term]) -> Term:
    """All of them; nested to the right."""
    found = terms.true
    for part in reversed(list(parts)):
        found = terms.both(part, found)
    return found


def disjunction(terms: Terms, parts: Iterable[Term]) -> Term:
    """One of them; nested to the right."""
    found = terms.false
    for part in reversed(list(parts)):
        found = terms.either(part, found)
    return found


def sign(ints: Integers, lane: Term) -> Term:
    """Whether the topmost bit is set."""
    value = split(ints, lane, width(lane.type))[0]
    if value.kind == "op" and value.data == "concat":
        return sign(ints, value.kids[-1])
    if value.type == "i1":
        return value
    return ints.compare("slt", value, ints.terms.number(0, value.type))


def bits_of(ints: Integers, term: Term) -> tuple[Term, ...] | None:
    """A value's bits, lowest first, where it is made of single bits (a mask of comparisons)."""
    if term.kind == "op" and term.data.startswith("zext."):
        inner = bits_of(ints, term.kids[0])
        rest = width(term.type) - width(term.kids[0].type)
        return None if inner is None else (*inner, *([ints.terms.false] * rest))
    if term.kind == "op" and term.data == "concat" and term.kids[0].type == "i1":
        return term.kids
    return None


def first_set(ints: Integers, bits: Sequence[Term], type_: str, otherwise: int) -> Term:
    """The number of the first bit that is set."""
    terms = ints.terms
    found = terms.number(otherwise, type_)
    for number in reversed(range(len(bits))):
        found = terms.choose(bits[number], terms.number(number, type_), found)
    return found


def each(function: Callable[..., Term], *vectors: Sequence[Term]) -> tuple[Term, ...]:
    """A function on the lanes of its arguments."""
    return tuple(function(*lanes) for lanes in zip(*vectors, strict=True))


def binary(ints: Integers, op: str, a: Term, b: Term) -> Term:
    """An integer operator, wrapping, with what is known of pieces."""
    if op in ("and", "or", "xor"):
        return bitwise(ints, op, a, b)
    if op in ("shl", "lshr", "ashr") and a.type != "i1":
        amount = _constant(b)
        found = shifted(ints, op, a, amount) if amount is not None else None
        if found is not None:
            return found
    return ints.binary(op, a, b, nsw=False)


def cast(ints: Integers, op: str, a: Term, to: str) -> Term:
    """sext, zext, trunc, with what is known of pieces."""
    if a.type == to:
        return a
    found = extended(ints, op, a, to)
    return found if found is not None else ints.cast(op, a, to)


def compare(ints: Integers, predicate: str, a: Term, b: Term) -> Term:
    """icmp on integers, with what is known of pieces."""
    if predicate in ("eq", "ne") and a.type != "i1":
        found = same(ints, a, b)
        if found is not None:
            return found if predicate == "eq" else ints.terms.no(found)
    return ints.compare(predicate, a, b)

"""Values that both programs compute, as hash-consed terms over symbols.

A symbol stands for any value, the same in both programs. Integers are kept as sums modulo 2**width, pointers as a base
and an offset of bytes; everything else is an operator by its name. Terms are equal only if they are one object.

`wobbly` terms may be indeterminate or poison: each use may see another value, so no law of arithmetic is applied to
them. A `tainted` symbol may stand for a variable that was never set.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from verify.ir.nodes import ConstInt, ConstNull, ConstPoison, ConstUndef, Value
from verify.ir.types import IntType, MemoryType, PtrType, Type

BIT = IntType(1)
WORD = IntType(64)
MEMORY = MemoryType()


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """kind: "sym" (data: its number, and whether it is tainted), "const" (data: the constant), "sum" (data: the
    constant and the coefficients of kids), "at" (kids: base, offset), "op" (data: a name, with what belongs to it),
    "load" (kids: memory, address), "token": a variable that was never set."""

    ident: int
    kind: str
    type: Type
    data: object
    kids: tuple[Term, ...]
    wobbly: bool
    symbols: frozenset[int]

    @property
    def tainted(self) -> bool:
        return self.kind == "sym" and isinstance(self.data, tuple) and bool(self.data[1])


Linear = tuple[int, dict[Term, int]]


@dataclass
class Terms:
    """All terms of one proof."""

    made: dict[tuple[object, ...], Term] = field(default_factory=dict[tuple[object, ...], Term])
    count: int = 0
    kinds: dict[int, tuple[Type, int]] = field(default_factory=dict[int, tuple[Type, int]])
    numbers: dict[Type, int] = field(default_factory=dict[Type, int])

    def kind(self, ty: Type | None) -> int:
        """A number for each type, the same in both programs: structures are slow to compare."""
        if ty is None:
            return -1
        known = self.kinds.get(id(ty))
        if known is None:
            known = ty, self.numbers.setdefault(ty, len(self.numbers))
            self.kinds[id(ty)] = known
        return known[1]

    def _make(
        self, kind: str, ty: Type, data: object, kids: tuple[Term, ...] = (), wobbly: bool = False
    ) -> Term:
        key = (kind, self.kind(ty), data, *(kid.ident for kid in kids))
        found = self.made.get(key)
        if found is None:
            symbols = frozenset[int]().union(*(kid.symbols for kid in kids))
            if kind == "sym":
                symbols = frozenset((len(self.made),))
            shaky = wobbly or any(kid.wobbly for kid in kids)
            found = Term(len(self.made), kind, ty, data, kids, shaky, symbols)
            self.made[key] = found
        return found

    def symbol(self, ty: Type, tainted: bool = False, wobbly: bool = False) -> Term:
        """A new symbol."""
        self.count += 1
        return self._make("sym", ty, (self.count, tainted), (), wobbly)

    def constant(self, value: Value) -> Term:
        """A constant; poison and undef are wobbly."""
        return self._make("const", value.type, value, (), isinstance(value, ConstUndef | ConstPoison))

    def number(self, value: int, ty: IntType) -> Term:
        return self.constant(ConstInt(value % (1 << ty.bits), ty))

    @property
    def token(self) -> Term:
        return self._make("token", MEMORY, None)

    def op(self, ty: Type, data: object, *kids: Term, wobbly: bool = False) -> Term:
        """An operator about which nothing is known but its name."""
        return self._make("op", ty, data, kids, wobbly)

    def load(self, ty: Type, memory: Term, address: Term, wobbly: bool) -> Term:
        return self._make("load", ty, wobbly, (memory, address), wobbly)

    def sum(self, ty: IntType, value: Linear) -> Term:
        """The sum of a constant and multiples of terms, modulo the width."""
        modulus = 1 << ty.bits
        parts = [(kid, c) for kid, n in value[1].items() if (c := _signed(n % modulus, ty.bits))]
        constant = _signed(value[0] % modulus, ty.bits)
        if not parts:
            return self.number(constant, ty)
        parts.sort(key=lambda part: part[0].ident)
        if constant == 0 and len(parts) == 1 and parts[0][1] == 1:
            return parts[0][0]
        return self._make("sum", ty, (constant, tuple(c for _, c in parts)), tuple(kid for kid, _ in parts))

    def shifted(self, term: Term, by: int) -> Term:
        """An integer or pointer some steps or bytes further on."""
        if by == 0:
            return term
        if isinstance(term.type, PtrType):
            return self.at(term, self.number(by, WORD))
        assert isinstance(term.type, IntType)
        constant, parts = linear(term)
        return self.sum(term.type, (constant + by, parts))

    def at(self, base: Term, offset: Term) -> Term:
        """The pointer `offset` bytes behind a pointer."""
        if base.kind == "at":
            base, before = base.kids
            if before.wobbly or offset.wobbly:
                return self._make(
                    "at", PtrType(), None, (self._make("at", PtrType(), None, (base, before)), offset)
                )
            offset = self.sum(WORD, added(linear(before), linear(offset), 1))
        return base if number_of(offset) == 0 else self._make("at", PtrType(), None, (base, offset))

    def negated(self, term: Term) -> Term:
        if term.kind == "op" and term.data == "not":
            return term.kids[0]
        if term.kind == "const" and isinstance(term.data, ConstInt):
            return self.number(1 - term.data.value, BIT)
        return self.op(BIT, "not", term)

    def rebuilt(self, term: Term, kids: tuple[Term, ...]) -> Term:
        """The same operation on other operands, in normal form."""
        if all(a is b for a, b in zip(term.kids, kids, strict=True)):
            return term
        match term.kind:
            case "sum":
                assert isinstance(term.type, IntType)
                assert isinstance(term.data, tuple)
                total: Linear = (term.data[0], {})
                for kid, factor in zip(kids, term.data[1], strict=True):
                    total = added(total, linear(kid), factor)
                return self.sum(term.type, total)
            case "at":
                return self.at(*kids)
            case _ if term.data == "not":
                return self.negated(kids[0])
            case _ if term.data == "eq":
                return self.equal(*kids)
            case _:
                return self._make(term.kind, term.type, term.data, kids, term.wobbly)

    def replaced(self, term: Term, values: Mapping[Term, Term], memo: dict[Term, Term]) -> Term:
        """The term with every term that `values` names replaced, from the outside in."""
        found = values.get(term) or memo.get(term)
        if found is None:
            found = term
            if term.kids:
                found = self.rebuilt(term, tuple(self.replaced(kid, values, memo) for kid in term.kids))
            memo[term] = found
        return found

    def equal(self, a: Term, b: Term) -> Term:
        """Equality of integers or pointers as a condition."""
        if not (a.wobbly or b.wobbly):
            if a is b:
                return self.number(1, BIT)
            distance = apart(a, b)
            if distance is not None:
                return self.number(int(distance == 0), BIT)
        if a.ident > b.ident:
            a, b = b, a
        return self.op(BIT, "eq", a, b)


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if bits > 1 and value >> (bits - 1) else value


def signed(value: ConstInt) -> int:
    """The constant as a signed number."""
    assert isinstance(value.type, IntType)
    return _signed(value.value, value.type.bits)


def number_of(term: Term) -> int | None:
    """The signed value of an integer constant."""
    return signed(term.data) if isinstance(term.data, ConstInt) else None


def linear(term: Term) -> Linear:
    """An integer as a constant and multiples of terms that are no sums."""
    if isinstance(term.data, ConstInt):
        return signed(term.data), {}
    if term.kind == "sum" and isinstance(term.data, tuple):
        return term.data[0], dict(zip(term.kids, term.data[1], strict=True))
    return 0, {term: 1}


def added(a: Linear, b: Linear, factor: int) -> Linear:
    """a + factor * b, coefficients not reduced."""
    parts = dict(a[1])
    for kid, n in b[1].items():
        parts[kid] = parts.get(kid, 0) + factor * n
    return a[0] + factor * b[0], {kid: n for kid, n in parts.items() if n}


def core(term: Term) -> tuple[tuple[object, ...], int]:
    """What remains of an integer or pointer without its constant part, and that part."""
    if term.kind == "at":
        base, offset = term.kids
        constant, parts = linear(offset)
        return ("at", base, frozenset(parts.items())), constant
    if isinstance(term.type, PtrType):
        if isinstance(term.data, ConstNull):
            return ("null",), 0
        return ("at", term, frozenset[object]()), 0
    if isinstance(term.type, IntType) and term.type.bits > 1 and not term.wobbly:
        constant, parts = linear(term)
        return ("sum", frozenset(parts.items())), constant
    return ("other", term), 0


def apart(a: Term, b: Term) -> int | None:
    """b - a where that is a constant, modulo the width."""
    (first, x), (second, y) = core(a), core(b)
    if first != second or a.type != b.type:
        return None
    bits = a.type.bits if isinstance(a.type, IntType) else 64
    return _signed((y - x) % (1 << bits), bits)

"""Hash-consed terms: what a program computes, one node for each distinct value over its loop counters.

Kinds (`kind`, `data`, `kids`):
    int    data: (isl.PwAff, text) - an integer congruent to the value modulo 2**width
    cond   data: (isl.Set, text)   - a truth value that is affine in counters and arguments
    const  data: (type text, bits) - a floating-point, null or other opaque constant
    arg    data: name              - an opaque argument
    token  an indeterminate value; equal to nothing, not even to itself
    op     data: operator with flags and types; kids: operands
    sel    kids: (condition, then, else)
    not, and, or                   - truth values of data
    load   data: the load's site; the value read at this iteration
    phi    data: a `Carried`; the value a loop carries into an iteration
    at     data: (counter, iteration); kids: (value,) - the value in the iteration in which the loop is left
    init   data: array; kids: subscripts (int) - the contents of a cell when the function begins
    read   data: (array, type); kids: cell addresses - a gather from memory that nothing here writes
`type` is "i32"-like for integers, "float"/"double"/..., "i1" for truth values, "ptr" for addresses as numbers.
`ctx` lists the loop counters that the value depends on, outermost first.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from verify.flow import spaces
from verify.flow.spaces import Affine, Cond


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """One node; identity is equality, since nodes are interned by `Terms`."""

    ident: int
    kind: str
    data: Any
    kids: tuple[Term, ...]
    type: str
    ctx: tuple[str, ...]

    @property
    def affine(self) -> Affine:
        """The affine value of an `int` node."""
        return self.data[0]

    @property
    def cond(self) -> Cond:
        """The affine condition of a `cond` node."""
        return self.data[0]


@dataclass(slots=True, eq=False)
class Carried:
    """A value carried around a loop: `init` in iteration 0, `latch` of the iteration before in the others."""

    counter: str
    name: str
    init: Term | None = None
    latch: Term | None = None


COMMUTATIVE = frozenset(
    [
        "add",
        "mul",
        "and",
        "or",
        "xor",
        "fadd",
        "fmul",
        "smin",
        "smax",
        "umin",
        "umax",
        "icmp.eq",
        "icmp.ne",
        "fcmp.oeq",
        "fcmp.une",
        "fcmp.ord",
        "fcmp.uno",
    ]
)
SWAPPED = {
    "icmp.sgt": "icmp.slt",
    "icmp.sge": "icmp.sle",
    "icmp.ugt": "icmp.ult",
    "icmp.uge": "icmp.ule",
    "fcmp.ogt": "fcmp.olt",
    "fcmp.oge": "fcmp.ole",
    "fcmp.ugt": "fcmp.ult",
    "fcmp.uge": "fcmp.ule",
}
NEGATED = {
    "icmp.ne": "icmp.eq",
    "icmp.sle": "icmp.sgt",
    "icmp.ule": "icmp.ugt",
    "fcmp.une": "fcmp.oeq",
    "fcmp.ult": "fcmp.oge",
    "fcmp.ule": "fcmp.ogt",
    "fcmp.uno": "fcmp.ord",
    "fcmp.one": "fcmp.ueq",
}


@dataclass(slots=True)
class Terms:
    """The interner of one program; `order` gives each counter's nesting rank for sorting contexts."""

    order: dict[str, int] = field(default_factory=dict[str, int])
    table: dict[Any, Term] = field(default_factory=dict[Any, Term])
    count: int = 0

    def make(
        self, kind: str, data: Any, kids: tuple[Term, ...], type_: str, ctx: frozenset[str], key: Any
    ) -> Term:
        found = self.table.get((kind, key, kids, type_))
        if found is None:
            self.count += 1
            ordered = tuple(sorted(ctx, key=lambda name: self.order[name]))
            found = self.table[(kind, key, kids, type_)] = Term(self.count, kind, data, kids, type_, ordered)
        return found

    def counters(self, obj: Affine | Cond) -> frozenset[str]:
        return frozenset(name for name in spaces.names_in(obj) if name in self.order)

    def integer(self, value: Affine, type_: str) -> Term:
        if value.n_piece() > 1:
            value = value.coalesce()
        text = str(value.drop_unused_params())
        return self.make("int", (value, text), (), type_, self.counters(value), text)

    def number(self, value: int, type_: str) -> Term:
        return self.integer(spaces.constant(value), type_)

    def truth(self, cond: Cond) -> Term:
        if cond.is_empty():
            cond = spaces.nowhere()
        elif cond.plain_is_universe() or cond.complement().is_empty():
            cond = spaces.everywhere()
        else:
            cond = cond.coalesce()
        text = str(cond.drop_unused_params())
        return self.make("cond", (cond, text), (), "i1", self.counters(cond), text)

    @property
    def true(self) -> Term:
        return self.truth(spaces.everywhere())

    @property
    def false(self) -> Term:
        return self.truth(spaces.nowhere())

    def is_true(self, term: Term) -> bool:
        return term is self.true

    def is_false(self, term: Term) -> bool:
        return term is self.false

    def constant(self, bits: int | str, type_: str) -> Term:
        return self.make("const", (type_, bits), (), type_, frozenset(), (type_, bits))

    def argument(self, name: str, type_: str) -> Term:
        return self.make("arg", name, (), type_, frozenset(), name)

    def token(self, name: str, type_: str) -> Term:
        return self.make("token", name, (), type_, frozenset(), name)

    def op(self, name: str, type_: str, *kids: Term) -> Term:
        """An operator node, comparisons brought into one direction and without negated forms."""
        if name in SWAPPED:
            return self.op(SWAPPED[name], type_, *reversed(kids))
        if name in ("icmp.ne", "fcmp.une", "fcmp.ult", "fcmp.ule", "fcmp.uno", "icmp.sle", "icmp.ule"):
            if name in ("icmp.sle", "icmp.ule"):
                strict = {"icmp.sle": "icmp.slt", "icmp.ule": "icmp.ult"}[name]
                return self.no(self.op(strict, type_, *reversed(kids)))
            return self.no(self.op(NEGATED[name], type_, *kids))
        ctx = frozenset(c for kid in kids for c in kid.ctx)
        return self.make("op", name, kids, type_, ctx, name)

    def no(self, term: Term) -> Term:
        if term.kind == "cond":
            return self.truth(spaces.negate(term.cond))
        if term.kind == "not":
            return term.kids[0]
        return self.make("not", None, (term,), "i1", frozenset(term.ctx), None)

    def both(self, a: Term, b: Term) -> Term:
        if a is b or self.is_true(b) or self.is_false(a):
            return a
        if self.is_true(a) or self.is_false(b):
            return b
        if a.kind == "cond" and b.kind == "cond":
            return self.truth(a.cond.intersect(b.cond))
        if b.kind == "cond":
            a, b = b, a
        if (a.kind == "not" and a.kids[0] is b) or (b.kind == "not" and b.kids[0] is a):
            return self.false
        if b.kind == "and" and a in b.kids:
            return b
        if a.kind == "and" and b in a.kids:
            return a
        return self.make("and", None, (a, b), "i1", frozenset(a.ctx + b.ctx), None)

    def either(self, a: Term, b: Term) -> Term:
        if a is b or self.is_false(b) or self.is_true(a):
            return a
        if self.is_false(a) or self.is_true(b):
            return b
        if a.kind == "cond" and b.kind == "cond":
            return self.truth(a.cond.union(b.cond))
        if (a.kind == "not" and a.kids[0] is b) or (b.kind == "not" and b.kids[0] is a):
            return self.true
        joined = self._rejoin(a, b)
        if joined is not None:
            return joined
        return self.make("or", None, (a, b), "i1", frozenset(a.ctx + b.ctx), None)

    def _rejoin(self, a: Term, b: Term) -> Term | None:
        """(x and y) or (x and not y) is x: the two arms of a branch meet again."""
        if a.kind != "and" or b.kind != "and":
            return None
        for i in (0, 1):
            for j in (0, 1):
                if a.kids[i] is b.kids[j]:
                    rest = self.either(a.kids[1 - i], b.kids[1 - j])
                    if self.is_true(rest):
                        return a.kids[i]
        return None

    def choose(self, cond: Term, a: Term, b: Term) -> Term:
        """`cond ? a : b`; affine choices between integers stay affine."""
        if self.is_true(cond) or a is b:
            return a
        if self.is_false(cond):
            return b
        if cond.kind == "op" and cond.data == "icmp.eq" and cond.kids in ((a, b), (b, a)):
            return b
        if cond.kind == "not":
            return self.choose(cond.kids[0], b, a)
        if a.type == "i1":
            if cond.kind == a.kind == b.kind == "cond":
                return self.truth(
                    cond.cond.intersect(a.cond).union(spaces.negate(cond.cond).intersect(b.cond))
                )
            if self.is_true(a) and self.is_false(b):
                return cond
            if self.is_false(a) and self.is_true(b):
                return self.no(cond)
        if cond.kind == "cond" and a.kind == "int" and b.kind == "int":
            then = restrict(a.affine, cond.cond)
            other = restrict(b.affine, spaces.negate(cond.cond))
            return self.integer(then.union_add(other), a.type)
        ctx = frozenset(cond.ctx + a.ctx + b.ctx)
        return self.make("sel", None, (cond, a, b), a.type, ctx, None)

    def load(self, site: Any, type_: str, ctx: tuple[str, ...]) -> Term:
        return self.make("load", site, (), type_, frozenset(ctx), id(site))

    def phi(self, carried: Carried, type_: str, ctx: tuple[str, ...]) -> Term:
        return self.make("phi", carried, (), type_, frozenset(ctx), id(carried))

    def at(self, counter: str, last: Affine, value: Term) -> Term:
        """The value in iteration `last` of the loop of `counter`."""
        if counter not in value.ctx:
            return value
        ctx = (frozenset(value.ctx) - {counter}) | self.counters(last)
        return self.make("at", (counter, last), (value,), value.type, ctx, (counter, str(last)))

    def init(self, array: str, subscripts: tuple[Term, ...], type_: str) -> Term:
        ctx = frozenset(c for kid in subscripts for c in kid.ctx)
        return self.make("init", array, subscripts, type_, ctx, array)


def restrict(value: Affine, cond: Cond) -> Affine:
    """The affine value, defined only where the condition holds."""
    return value.intersect_domain(cond)


def affine_over(term: Term) -> Cond:
    """An affine over-approximation of where a truth value can hold."""
    return _bound(term, over=True)


def affine_under(term: Term) -> Cond:
    """An affine under-approximation of where a truth value certainly holds."""
    return _bound(term, over=False)


def _bound(term: Term, over: bool) -> Cond:
    match term.kind:
        case "cond":
            return term.cond
        case "and":
            return _bound(term.kids[0], over).intersect(_bound(term.kids[1], over))
        case "or":
            return _bound(term.kids[0], over).union(_bound(term.kids[1], over))
        case "not":
            return spaces.negate(_bound(term.kids[0], not over))
        case "sel":
            cond, a, b = term.kids
            yes = _bound(cond, over).intersect(_bound(a, over))
            no = spaces.negate(_bound(cond, not over)).intersect(_bound(b, over))
            return yes.union(no)
        case _:
            return spaces.everywhere() if over else spaces.nowhere()

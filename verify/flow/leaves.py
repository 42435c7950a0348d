"""Operator trees that differ in shape, decided by Z3 over leaves that the prover pairs.

Integers are bit-vectors. Floats are values of an uninterpreted sort with uninterpreted operators: what is proved
holds for every IEEE operation, in particular nothing is reassociated. Of comparisons it is known that exactly one of
less, greater, equal and unordered holds; of addition and multiplication that they commute.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from verify.flow import affine, queries, spaces
from verify.flow.coinduct import NONE, OUT_, Deps
from verify.flow.definitions import RECURSIVE, definitions, resolved
from verify.flow.shared import generalized
from verify.flow.spaces import IN, Cond

if TYPE_CHECKING:
    import islpy as isl

    from verify.flow.coinduct import Prover
    from verify.flow.terms import Term

MOST_LEAVES = 24
MOST_PAIRS = 160
MOST_UNFOLDINGS = 10
MOST_NODES = 400
INNER = frozenset({"op", "sel", "not", "and", "or"})


class TooLarge(Exception):
    """More leaves than are worth pairing, or an operator without a bit-vector meaning."""


def by_solver(prover: Prover, rel: isl.Map, a: Term, b: Term, rlimit: int) -> Deps | None:
    """Prove equality of two operator trees; None where Z3 does not confirm it."""
    if a.type != b.type or (a.kind not in INNER and b.kind not in INNER):
        return None
    left = _leaves(a, functools.partial(resolved, prover.before))
    if left is None:
        return None
    encoder = Encoder(prover.bounds)
    # A leaf is named by its term and relation: that is one instance only if each iteration of S has one of T.
    right = _Right(prover, a, left, encoder, rel)
    mine = _Left(prover, encoder, rel.domain(), a)
    try:
        x, y = mine.encode(a), right.encode(b, rel)
    except TooLarge:
        return None
    if queries.fails(encoder.facts, x == y, list(encoder.leaves.values())):
        return None
    general = generalized(x, y, mine.range_of)
    for first, second, facts in ([general] if general is not None else []) + [(x, y, encoder.facts)]:
        if queries.holds(facts, first == second, rlimit):
            return right.deps
    return None


class _Left:
    """S's tree: its leaves are free constants."""

    def __init__(self, prover: Prover, encoder: Encoder, points: isl.Set, root: Term) -> None:
        self.prover = prover
        self.encoder = encoder
        self.points = points
        self.root = root
        self.cache: dict[int, Any] = {}
        self.made: dict[int, Term] = {}

    def range_of(self, ident: int) -> tuple[int, int] | None:
        """The signed values of what was built with this identity in Z3; KeyError where nothing was."""
        return self.prover.range_of(self.prover.before, self.made[ident], self.where(self.made[ident]))

    def where(self, term: Term) -> Cond:
        """The iterations in question, as a condition on the term's counters."""
        cond = spaces.conditions(self.points, self.root.ctx)
        return spaces.forget(cond, [name for name in self.root.ctx if name not in term.ctx])

    def encode(self, term: Term) -> Any:
        term = resolved(self.prover.before, term)
        if term.ident not in self.cache:
            kids = [self.encode(kid) for kid in term.kids] if term.kind in INNER else []
            made = self.cache[term.ident] = self.encoder.build(term, kids, f"s{term.ident}")
            self.made.setdefault(made.get_id(), term)
            signed = term.kind == "op" and term.data in ("add", "sub", "mul")
            inside = signed and set(term.ctx) <= set(self.root.ctx)
            if inside and self.prover.computed(term, spaces.points(self.where(term), term.ctx)):
                self.encoder.facts += _in_range(term.data, *kids)
        return self.cache[term.ident]


def _in_range(op: str, x: Any, y: Any) -> list[Any]:
    """That a signed operation does not overflow."""
    import z3

    match op:
        case "add":
            return [z3.BVAddNoOverflow(x, y, True), z3.BVAddNoUnderflow(x, y)]
        case "sub":
            return [z3.BVSubNoOverflow(x, y), z3.BVSubNoUnderflow(x, y, True)]
        case _:
            return [z3.BVMulNoOverflow(x, y, True), z3.BVMulNoUnderflow(x, y)]


def _of_bits(root: str, width: int, x: Any) -> Any:
    """Functions of one number."""
    import z3

    if root == "abs":
        return z3.If(x < 0, -x, x)
    return z3.Sum(*[z3.ZeroExt(width - 1, z3.Extract(i, i, x)) for i in range(width)])


class _Right:
    """T's tree, over the iterations that `rel` gives for each of S's. A leaf is the constant of a leaf of S that the
    prover shows equal; else what defines it, where that is one definition; else a free constant."""

    def __init__(
        self, prover: Prover, root: Term, left: list[Term], encoder: Encoder, whole: isl.Map
    ) -> None:
        self.prover = prover
        self.root = root
        self.left = left
        self.encoder = encoder
        self.deps: Deps = NONE
        self.pairs = MOST_PAIRS
        self.whole = whole
        self.unfoldings: int | None = None
        self.cache: dict[tuple[int, str], Any] = {}

    def encode(self, term: Term, rel: isl.Map) -> Any:
        simple = resolved(self.prover.after, term)
        if simple is not term:
            if not self.prover.covered(rel, term, OUT_):
                raise TooLarge
            rel, term = spaces.keep(rel, OUT_, term.ctx, simple.ctx), simple
        key = (term.ident, str(rel))
        if key not in self.cache:
            if len(self.cache) > MOST_NODES:
                raise TooLarge
            self.cache[key] = self._encode(term, rel)
        return self.cache[key]

    def _may_unfold(self) -> bool:
        """Whether definitions may still be looked up; what that needs is costly, so it is asked late."""
        if self.unfoldings is None:
            self.unfoldings = MOST_UNFOLDINGS if self.whole.is_single_valued() else 0
        return self.unfoldings > 0

    def _encode(self, term: Term, rel: isl.Map) -> Any:
        if term.kind in INNER:
            kids = [self.encode(kid, spaces.keep(rel, OUT_, term.ctx, kid.ctx)) for kid in term.kids]
            return self.encoder.build(term, kids, "")
        if _is_number(term) or affine.of(term) is not None:
            return self.encoder.build(term, [], "")
        for x in self.left:
            if x.type != term.type or not _may_match(x, term):
                continue
            self.pairs -= 1
            if self.pairs < 0:
                raise TooLarge
            deps = self.prover.prove(spaces.keep(rel, IN, self.root.ctx, x.ctx), x, term)
            if deps is not None:
                self.deps |= deps
                return self.encoder.build(x, [], f"s{x.ident}")
        if term.kind in RECURSIVE and self._may_unfold() and self.prover.covered(rel, term, OUT_):
            self.unfoldings = (self.unfoldings or 0) - 1
            steps = definitions(self.prover.after, term)
            pieces = [(rel.apply_range(step), kid, dims) for step, kid, dims in steps]
            pieces = [piece for piece in pieces if not piece[0].is_empty()]
            if len(pieces) == 1 and pieces[0][0].is_single_valued():
                where, kid, dims = pieces[0]
                return self.encode(kid, spaces.keep(where, OUT_, dims, kid.ctx))
        return self.encoder.build(term, [], f"t{term.ident}.{len(self.cache)}")


def _may_match(x: Term, y: Term) -> bool:
    if x.kind in ("int", "cond", "const", "arg") or y.kind in ("int", "cond", "const", "arg"):
        return x.kind == y.kind or "load" in (x.kind, y.kind) or "phi" in (x.kind, y.kind)
    return True


def _leaves(term: Term, forward: Callable[[Term], Term]) -> list[Term] | None:
    found: dict[int, Term] = {}
    seen: set[int] = set()
    stack = [term]
    while stack:
        item = forward(stack.pop())
        if item.ident in seen:
            continue
        seen.add(item.ident)
        if item.kind in INNER:
            stack.extend(item.kids)
        elif not _is_number(item) and affine.of(item) is None:
            found[item.ident] = item
        if len(found) > MOST_LEAVES or len(seen) > 400:
            return None
    return [found[ident] for ident in sorted(found)]


def _is_number(term: Term) -> bool:
    return (term.kind == "int" and spaces.constant_of(term.affine) is not None) or term.kind == "const"


@dataclass(slots=True)
class Encoder:
    """Terms as Z3 expressions.

    facts: what is known of the uninterpreted operators used; leaves: the constants by their names.
    """

    bounds: affine.Bounds
    facts: list[Any] = field(default_factory=list[Any])
    leaves: dict[str, Any] = field(default_factory=dict[str, Any])

    def sort(self, type_: str) -> Any:
        import z3

        if type_ == "i1":
            return z3.BoolSort()
        if type_.startswith("i"):
            return z3.BitVecSort(int(type_[1:]))
        return z3.DeclareSort(type_)

    def build(self, term: Term, kids: list[Any], name: str) -> Any:
        """A term over its encoded operands; a leaf is the constant of that name."""
        import z3

        match term.kind:
            case "int" if _is_number(term):
                return z3.BitVecVal(spaces.constant_of(term.affine) or 0, int(term.type[1:]))
            case "int" | "cond" if (pieces := affine.of(term)) is not None:
                return affine.expression(pieces, term, self.facts, self.bounds)
            case "const":
                return z3.Const(f"c{term.data[1]}", self.sort(term.type))
            case "op" | "sel" | "not" | "and" | "or":
                match term.kind:
                    case "sel":
                        return z3.If(kids[0], kids[1], kids[2])
                    case "not":
                        return z3.Not(kids[0])
                    case "and":
                        return z3.And(*kids)
                    case "or":
                        return z3.Or(*kids)
                    case _:
                        return self._operator(term, kids)
            case _:
                return self.leaves.setdefault(name, z3.Const(name, self.sort(term.type)))

    def _operator(self, term: Term, kids: list[Any]) -> Any:
        import z3

        parts = term.data.split(".")
        root, type_ = parts[0], term.type
        if root == "concat":
            return _joined(kids)
        if root in ("ctpop", "cttz", "ctlz"):
            return _counted(root, kids[0])
        integer = all(kid.type.startswith("i") and kid.type != "i1" for kid in term.kids)
        if root == "icmp" and integer:
            x, y = kids
            return {
                "eq": x == y, "slt": x < y, "sgt": x > y, "ult": z3.ULT(x, y), "ugt": z3.UGT(x, y),
            }[parts[1]]  # fmt: skip
        if root == "fcmp" and len(parts) == 2:
            return self._float_compare(parts[1], term.kids[0].type, kids[0], kids[1])
        if integer and type_.startswith("i") and type_ != "i1":
            known = self._integer(root, int(type_[1:]), kids)
            if known is not None:
                return known
        function = z3.Function(term.data, *[kid.sort() for kid in kids], self.sort(type_))
        result = function(*kids)
        if root in ("fadd", "fmul") and len(kids) == 2:
            self.facts.append(result == function(kids[1], kids[0]))
        return result

    def _integer(self, root: str, width: int, kids: list[Any]) -> Any:
        import z3

        x = kids[0]
        y = kids[1] if len(kids) > 1 else None
        match root:
            case "zext":
                return z3.ZeroExt(width - x.size(), x)
            case "sext":
                return z3.SignExt(width - x.size(), x)
            case "trunc":
                return z3.Extract(width - 1, 0, x)
            case "ctpop" | "abs":
                return _of_bits(root, width, x)
            case "add":
                return x + y
            case "sub":
                return x - y
            case "mul":
                return x * y
            case "and":
                return x & y
            case "or":
                return x | y
            case "xor":
                return x ^ y
            case "shl":
                return x << y
            case "lshr":
                return z3.LShR(x, y)
            case "ashr":
                return x >> y
            case "sdiv":
                return x / y
            case "srem":
                return z3.SRem(x, y)
            case "udiv":
                return z3.UDiv(x, y)
            case "urem":
                return z3.URem(x, y)
            case "smax":
                return z3.If(x > y, x, y)
            case "smin":
                return z3.If(x < y, x, y)
            case "umax":
                return z3.If(z3.UGT(x, y), x, y)
            case "umin":
                return z3.If(z3.ULT(x, y), x, y)
            case _:
                return None

    def _float_compare(self, predicate: str, type_: str, x: Any, y: Any) -> Any:
        import z3

        sort = self.sort(type_)
        less = z3.Function(f"lt.{type_}", sort, sort, z3.BoolSort())
        same = z3.Function(f"eq.{type_}", sort, sort, z3.BoolSort())
        nan = z3.Function(f"nan.{type_}", sort, z3.BoolSort())
        lt, gt, eq, uno = less(x, y), less(y, x), same(x, y), z3.Or(nan(x), nan(y))
        self.facts.append(eq == same(y, x))
        self.facts.append(z3.PbEq([(lt, 1), (gt, 1), (eq, 1), (uno, 1)], 1))
        match predicate:
            case "olt":
                return lt
            case "ole":
                return z3.Or(lt, eq)
            case "ogt":
                return gt
            case "oge":
                return z3.Or(gt, eq)
            case "oeq":
                return eq
            case "ueq":
                return z3.Or(eq, uno)
            case "one":
                return z3.Or(lt, gt)
            case "ord":
                return z3.Not(uno)
            case _:
                raise TooLarge


def _joined(kids: list[Any]) -> Any:
    """Pieces, low bits first, as one bit-vector; truth values are single bits."""
    import z3

    parts = [z3.If(k, z3.BitVecVal(1, 1), z3.BitVecVal(0, 1)) if z3.is_bool(k) else k for k in kids]
    return z3.Concat(*reversed(parts)) if len(parts) > 1 else parts[0]


def _counted(op: str, x: Any) -> Any:
    """ctpop, cttz, ctlz (of zero: the width)."""
    import z3

    width = x.size()
    bits = [z3.Extract(n, n, x) for n in range(width)]
    if op == "ctpop":
        total = z3.BitVecVal(0, width)
        for bit in bits:
            total = total + z3.ZeroExt(width - 1, bit)
        return total
    found = z3.BitVecVal(width, width)
    for n in range(width) if op == "ctlz" else reversed(range(width)):
        found = z3.If(bits[n] == 1, z3.BitVecVal(n if op == "cttz" else width - 1 - n, width), found)
    return found

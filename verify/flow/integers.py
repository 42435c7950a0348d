"""Integer instructions on terms: affine where they can be, operators on data elsewhere.

An `int` term stands for its value modulo 2**width. Where an instruction reads it as a signed or unsigned number, a
`View` is taken: either the affine value itself, with the claim that it lies in the range of that reading (checked
over the instruction's domain once all domains are known), or its exact remainder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from verify.flow import spaces
from verify.flow.spaces import Affine
from verify.flow.terms import Term, Terms

Claim = Callable[[Affine, int, int, str], bool]
"""Called with (value, low, high, tag): True records the claim low <= value < high, False asks for a remainder."""


def bits(type_: str) -> int:
    """Width of "i32"-like type text; an address has 64."""
    return 64 if type_ == "ptr" else int(type_[1:])


@dataclass(frozen=True, slots=True)
class Integers:
    """The instruction in hand: where terms are made and how claims about ranges are recorded."""

    terms: Terms
    claim: Claim

    def signed(self, term: Term, tag: str) -> Affine:
        half = 1 << (bits(term.type) - 1)
        value = term.affine
        known = spaces.constant_of(value)
        if known is not None:
            return spaces.constant((known + half) % (2 * half) - half)
        if self.claim(value, -half, half, tag):
            return value
        shifted = value.add(spaces.constant(half)).mod_val(spaces.val(2 * half))
        return shifted.sub(spaces.constant(half))

    def unsigned(self, term: Term, tag: str) -> Affine:
        size = 1 << bits(term.type)
        value = term.affine
        known = spaces.constant_of(value)
        if known is not None:
            return spaces.constant(known % size)
        if self.claim(value, 0, size, tag):
            return value
        return value.mod_val(spaces.val(size))

    def binary(self, op: str, a: Term, b: Term, nsw: bool) -> Term:
        """One of add sub mul shl lshr ashr and or xor sdiv udiv srem urem on equal types."""
        if a.type == "i1":
            return self._truth(op, a, b)
        if a.kind == "int" and b.kind == "int":
            value = self._affine(op, a, b, nsw)
            if value is not None:
                return self.terms.integer(value, a.type)
        simple = self._identity(op, a, b)
        return simple if simple is not None else self.terms.op(op, a.type, a, b)

    def _truth(self, op: str, a: Term, b: Term) -> Term:
        terms = self.terms
        match op:
            case "and" | "mul":
                return terms.both(a, b)
            case "or":
                return terms.either(a, b)
            case "xor" | "add" | "sub":
                return terms.choose(a, terms.no(b), b)
            case _:
                return terms.op(op, "i1", a, b)

    def _identity(self, op: str, a: Term, b: Term) -> Term | None:
        """x + 0, x * 1, x << 0 and the like, where one side is a constant."""
        right = spaces.constant_of(b.affine) if b.kind == "int" else None
        left = spaces.constant_of(a.affine) if a.kind == "int" else None
        mask = (1 << bits(a.type)) - 1
        if (
            right is not None
            and right & mask == 0
            and op in ("add", "sub", "or", "xor", "shl", "lshr", "ashr")
        ):
            return a
        if left is not None and left & mask == 0 and op in ("add", "or", "xor"):
            return b
        if right is not None and right & mask == 1 and op in ("mul", "sdiv", "udiv"):
            return a
        if left is not None and left & mask == 1 and op == "mul":
            return b
        if right is not None and right & mask == mask and op == "and":
            return a
        if right is not None and right & mask == 0 and op in ("and", "mul"):
            return self.terms.number(0, a.type)
        if left is not None and left & mask == 0 and op in ("and", "mul"):
            return self.terms.number(0, a.type)
        return None

    def _affine(self, op: str, a: Term, b: Term, nsw: bool) -> Affine | None:
        width = bits(a.type)
        right = spaces.constant_of(b.affine)
        left = spaces.constant_of(a.affine)
        if op in ("add", "sub"):
            x, y = (self.signed(a, "l"), self.signed(b, "r")) if nsw else (a.affine, b.affine)
            return x.add(y) if op == "add" else x.sub(y)
        if op == "mul":
            if right is None and left is None:
                return None
            x, y = (self.signed(a, "l"), self.signed(b, "r")) if nsw else (a.affine, b.affine)
            return x.mul(y)
        if right is None:
            return None
        if op == "shl" and 0 <= right < width:
            return a.affine.mul(spaces.constant(1 << right))
        if op in ("lshr", "ashr") and 0 <= right < width:
            value = self.unsigned(a, "l") if op == "lshr" else self.signed(a, "l")
            return value.scale_down_val(spaces.val(1 << right)).floor()
        if op in ("sdiv", "srem"):
            divisor = (right + (1 << (width - 1))) % (1 << width) - (1 << (width - 1))
            if divisor in (0, -1):
                return None
            value = self.signed(a, "l")
            by = spaces.constant(divisor)
            return value.tdiv_q(by) if op == "sdiv" else value.tdiv_r(by)
        if op in ("udiv", "urem"):
            divisor = right % (1 << width)
            if divisor == 0:
                return None
            value = self.unsigned(a, "l")
            if op == "udiv":
                return value.scale_down_val(spaces.val(divisor)).floor()
            return value.mod_val(spaces.val(divisor))
        mask = right % (1 << width)
        if op == "and" and mask & (mask + 1) == 0:
            return a.affine.mod_val(spaces.val(mask + 1))
        inverse = (1 << width) - 1 - mask
        if op == "and" and inverse & (inverse + 1) == 0:
            return a.affine.sub(a.affine.mod_val(spaces.val(inverse + 1)))
        if op == "xor" and inverse == 0:
            return spaces.constant(-1).sub(a.affine)
        return None

    def compare(self, predicate: str, a: Term, b: Term) -> Term:
        """icmp on integers or truth values."""
        terms = self.terms
        if a.type == "i1":
            if predicate in ("eq", "ne"):
                same = terms.choose(a, b, terms.no(b))
                return same if predicate == "eq" else terms.no(same)
            return terms.op(f"icmp.{predicate}", "i1", a, b)
        if a.kind == "int" and b.kind == "int":
            view = self.unsigned if predicate.startswith("u") else self.signed
            x, y = view(a, "l"), view(b, "r")
            build = {
                "eq": x.eq_set, "ne": x.ne_set, "slt": x.lt_set, "sle": x.le_set, "sgt": x.gt_set,
                "sge": x.ge_set, "ult": x.lt_set, "ule": x.le_set, "ugt": x.gt_set, "uge": x.ge_set,
            }[predicate]  # fmt: skip
            return terms.truth(build(y))
        for value, other in ((a, b), (b, a)):
            if value.kind == "sel" and other.kind == "int" and all(_is_choice(kid) for kid in value.kids[1:]):
                arms = [
                    self.compare(predicate, kid, other) if value is a else self.compare(predicate, other, kid)
                    for kid in value.kids[1:]
                ]
                return terms.choose(value.kids[0], arms[0], arms[1])
            if predicate in ("eq", "ne") and other.kind == "int" and spaces.constant_of(other.affine) == 0:
                flag = self._as_flag(value, (1 << bits(value.type)) - 1)
                if flag is not None:
                    return terms.no(flag) if predicate == "eq" else flag
        return terms.op(f"icmp.{predicate}", "i1", a, b)

    def _as_flag(self, value: Term, mask: int) -> Term | None:
        """The truth value behind `c ? 1 : 0`, of which the bits in `mask` are looked at."""
        if value.kind == "sel" and value.kids[1].kind == "int" and value.kids[2].kind == "int":
            then, other = (spaces.constant_of(kid.affine) for kid in value.kids[1:])
            if then is None or other is None:
                return None
            if other & mask == 0 and then & mask:
                return value.kids[0]
            if then & mask == 0 and other & mask:
                return self.terms.no(value.kids[0])
        return None

    def cast(self, op: str, a: Term, to: str) -> Term:
        """sext, zext, trunc between integer types."""
        terms = self.terms
        if a.type == "i1":
            one = terms.number(-1 if op == "sext" else 1, to)
            return terms.choose(a, one, terms.number(0, to))
        if to == "i1":
            if a.kind == "int":
                return terms.truth(a.affine.mod_val(spaces.val(2)).eq_set(spaces.constant(1)))
            flag = self._as_flag(a, 1)
            low = terms.op("and", a.type, a, terms.number(1, a.type))
            return (
                flag
                if flag is not None
                else terms.no(terms.op("icmp.eq", "i1", low, terms.number(0, a.type)))
            )
        if a.kind == "int":
            if op == "trunc":
                return terms.integer(a.affine, to)
            return terms.integer(self.signed(a, "x") if op == "sext" else self.unsigned(a, "x"), to)
        if op == "trunc" and a.kind == "op" and a.data.split(".")[0] in ("sext", "zext"):
            inner = a.kids[0]
            if inner.type == to:
                return inner
            if bits(inner.type) > bits(to):
                return terms.op(f"trunc.{inner.type}.{to}", to, inner)
            return terms.op(f"{a.data.split('.')[0]}.{inner.type}.{to}", to, inner)
        if a.kind == "sel" and a.kids[1].kind == "int" and a.kids[2].kind == "int":
            return terms.choose(a.kids[0], self.cast(op, a.kids[1], to), self.cast(op, a.kids[2], to))
        return terms.op(f"{op}.{a.type}.{to}", to, a)

    def extreme(self, op: str, a: Term, b: Term) -> Term:
        """smax smin umax umin."""
        if a.kind == "int" and b.kind == "int":
            view = self.unsigned if op.startswith("u") else self.signed
            x, y = view(a, "l"), view(b, "r")
            return self.terms.integer(x.max(y) if op.endswith("max") else x.min(y), a.type)
        return self.terms.op(op, a.type, a, b)


def _is_choice(term: Term) -> bool:
    """Whether a term is an integer, or chosen among integers by conditions on data."""
    return term.kind == "int" or (term.kind == "sel" and all(_is_choice(kid) for kid in term.kids[1:]))

"""One run of both programs side by side: the values of each, what is known, and what the rewrite owes.

The rewrite runs ahead. What it does that may be undefined is a duty that it owes until the original is seen to do the
same, which it must before anything happens that may keep it from getting there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from verify.ir.nodes import ConstInt, ConstPoison, ConstUndef, Instr, Local, MetadataValue, Value
from verify.ir.types import IntType
from verify.lockstep.operations import PURE, Meaning, bounds, duty, meaning
from verify.lockstep.programs import Place, Program
from verify.lockstep.terms import Term, Terms, linear, number_of
from verify.verdict import NotProved, Unsupported

_BUILDS = frozenset(("insertelement", "shufflevector", "insertvalue"))
_LASTING = frozenset(("exact", "div", "shift", "convert", "branch", "unset", "lane", "flags"))
"""Duties on numbers alone: what a call does cannot change them."""


@dataclass
class Facts:
    """Conditions known to be true or false, duties met among them; `equal`: terms known to be a constant."""

    known: dict[Term, bool] = field(default_factory=dict[Term, bool])
    equal: dict[Term, Term] = field(default_factory=dict[Term, Term])

    def copy(self) -> Facts:
        return Facts(dict(self.known), dict(self.equal))

    def holds(self, terms: Terms, term: Term) -> bool | None:
        """Whether a condition is true or false; None where that is not known."""
        if term.kind == "op" and term.data == "not":
            inner = self.holds(terms, term.kids[0])
            return None if inner is None else not inner
        constant = number_of(term)
        if constant is not None:
            return bool(constant)
        found = self.known.get(term)
        if found is None and term.data == "eq":
            one, other = (self.equal.get(kid, kid) for kid in term.kids)
            if one.kind == other.kind == "const" and isinstance(one.data, ConstInt):
                return one is other
        if found is None and term.data == ("duty", "exact") and self._in_range(terms, term.kids[0]):
            return True
        return found

    def assume(self, term: Term, truth: bool) -> None:
        if term.kind == "op" and term.data == "not":
            self.assume(term.kids[0], not truth)
            return
        self.known[term] = truth
        if term.data == "eq" and truth and not term.wobbly:
            for one, other in (term.kids, term.kids[::-1]):
                if one.kind == "const":
                    self.equal[other] = one

    def _in_range(self, terms: Terms, value: Term) -> bool:
        """Whether a sum of numbers stays in its type since a part of it is below or above something: a < b gives
        a + 1, a < 10 gives a + 5, a <= b / 2 gives a + 9."""
        assert isinstance(value.type, IntType)
        half = 1 << (value.type.bits - 1)
        constant, parts = linear(value)
        for condition, truth in self.known.items():
            if condition.data != "slt" or condition.kids[0].type != value.type:
                continue
            # Of low < high both say something of the other; where that is false, high <= low.
            low, high = condition.kids if truth else condition.kids[::-1]
            apart = int(truth)
            for one, room in (
                (low, half - 1 - bounds(high)[1] + apart),
                (high, half + bounds(low)[0] + apart),
            ):
                start, same = linear(one)
                step = constant - start if one is low else start - constant
                if same != parts or not 0 <= step <= room:
                    continue
                if one.kind != "sum" or self.known.get(duty(terms, "exact", one)) is True:
                    return True
        return False


def lasting(known: dict[Term, bool]) -> dict[Term, bool]:
    """What stays known behind a call: conditions and duties on numbers, none on pointers and memory."""
    return {term: truth for term, truth in known.items() if not _of_memory(term)}


def _of_memory(term: Term) -> bool:
    if not (isinstance(term.data, tuple) and term.data[0] == "duty"):
        return False
    name = term.data[1]
    return (name if isinstance(name, str) else name[0]) not in _LASTING


@dataclass
class Path:
    """Where both programs stand and what is known there."""

    t: Place
    s: Place
    values: dict[str, dict[str, Term]]
    memory: Term
    facts: Facts
    done: dict[Term, bool] = field(default_factory=dict[Term, bool])
    owed: set[Term] = field(default_factory=set[Term])
    steps: int = 0
    seen: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())

    def copy(self) -> Path:
        values = {side: dict(found) for side, found in self.values.items()}
        return replace(
            self, values=values, facts=self.facts.copy(), done=dict(self.done), owed=set(self.owed)
        )

    def place(self, side: str) -> Place:
        return self.s if side == "s" else self.t


@dataclass
class Machine:
    """The two programs over common terms."""

    terms: Terms
    programs: dict[str, Program]

    def instr(self, path: Path, side: str) -> Instr:
        return self.programs[side].instr(path.place(side))

    def operand(self, path: Path, side: str, value: Value, instr: Instr) -> Term:
        """The value of an operand. Raises NotProved where the rewrite uses a variable that was never set."""
        match value:
            case Local(name, ty):
                term = path.values[side][name]
                if term.kind == "token":
                    if side == "t":
                        raise NotProved("indeterminate", "an indeterminate value may be used", instr.loc)
                    # Any value: nothing that the rewrite computes is equal to it.
                    return self.terms.symbol(ty)
                if term.tainted:
                    self.demand(path, side, (duty(self.terms, "unset", term),))
                return term
            case MetadataValue():
                raise Unsupported("metadata as a value", instr.loc)
            case ConstUndef() | ConstPoison() if instr.op not in _BUILDS:
                if side == "t":
                    raise NotProved("indeterminate", "an indeterminate value may be used", instr.loc)
                return self.terms.symbol(value.type)
            case _:
                return self.terms.constant(value)

    def operands(self, path: Path, side: str, instr: Instr) -> tuple[Term, ...]:
        return tuple(self.operand(path, side, value, instr) for value in instr.operands)

    def proven(self, path: Path, side: str, term: Term) -> bool:
        return path.facts.holds(self.terms, term) is True or (side == "t" and term in path.done)

    def demand(self, path: Path, side: str, duties: Sequence[Term], implied: Sequence[Term] = ()) -> None:
        """The program does what is defined only under these duties."""
        if side == "s":
            for term in (*duties, *implied):
                path.facts.known[term] = True
                path.owed.discard(term)
            return
        for term in duties:
            if path.facts.holds(self.terms, term) is not True:
                path.owed.add(term)
            path.done[term] = True
        for term in implied:
            path.done[term] = True

    def settle(self, path: Path) -> bool:
        """Whether the rewrite owes nothing any more."""
        path.owed = {term for term in path.owed if path.facts.holds(self.terms, term) is not True}
        return not path.owed

    def quiet(self, side: str, instr: Instr) -> bool:
        """Whether the instruction only computes a value."""
        if instr.op == "load":
            return not instr.flags
        if instr.op == "call":
            return instr.callee.startswith("llvm.") and self._pure(side, instr)
        return instr.op in PURE or instr.op in ("alloca", "token")

    def _pure(self, side: str, instr: Instr) -> bool:
        callee = self.programs[side].module.functions.get(instr.callee)
        words = callee.attributes if callee is not None else frozenset[str]()
        return instr.callee.startswith("llvm.expect.") or {"memory(none)", "speculatable"} <= words

    def compute(self, path: Path, side: str, instr: Instr) -> None:
        """Execute one quiet instruction."""
        program = self.programs[side]
        if instr.op in ("alloca", "token"):
            path.values[side].setdefault(instr.result or "", self.terms.token)
            if instr.op == "token":
                path.values[side][instr.result or ""] = self.terms.token
            return
        found = self._meaning(path, side, instr, program)
        self.demand(path, side, found.duties, found.implied)
        if instr.result is not None:
            path.values[side][instr.result] = found.value

    def _meaning(self, path: Path, side: str, instr: Instr, program: Program) -> Meaning:
        kids = self.operands(path, side, instr)
        if instr.op == "load":
            value = self.terms.load(instr.type, path.memory, kids[0], id(instr) in program.vague)
            name = ("load", self.terms.kind(instr.type), instr.align, program.meta(instr))
            return Meaning(value, (duty(self.terms, name, path.memory, kids[0]),))
        if instr.op == "call":
            if instr.callee.startswith("llvm.expect."):
                return Meaning(kids[0])
            name = ("call", instr.callee, instr.attributes, instr.flags - {"tail"}, program.meta(instr))
            return Meaning(self.terms.op(instr.type, name, *kids, wobbly=True))
        return meaning(self.terms, program.size_of, instr, kids, lambda term: self.proven(path, side, term))

    def preview(self, path: Path, instr: Instr) -> bool:
        """Whether the original's next instruction does nothing that the rewrite has not done."""
        if instr.op in ("alloca", "token"):
            return True
        for value in instr.operands:
            term = path.values["s"][value.name] if isinstance(value, Local) else None
            if term is not None and (term.kind == "token" or term.tainted):
                return False
        return all(
            path.facts.holds(self.terms, term) is True or term in path.done
            for term in self._meaning(path, "s", instr, self.programs["s"]).duties
        )

    def enter(self, path: Path, side: str, target: str) -> None:
        """Go to another block: its phis take their values at once."""
        program = self.programs[side]
        before = path.place(side)[0]
        values = path.values[side]
        found: dict[str, Term] = {}
        for phi in program.blocks[target].instrs[: program.first[target]]:
            value = phi.operands[phi.labels.index(before)]
            match value:
                case Local(name, _):
                    found[phi.result or ""] = values[name]
                case ConstUndef() | ConstPoison():
                    found[phi.result or ""] = self.terms.token
                case _:
                    found[phi.result or ""] = self.terms.constant(value)
        values.update(found)
        place = (target, program.first[target])
        if side == "s":
            path.s = place
        else:
            path.t = place

    def step(self, path: Path, side: str) -> None:
        block, index = path.place(side)
        if side == "s":
            path.s = (block, index + 1)
            path.steps += 1
        else:
            path.t = (block, index + 1)

    def choices(self, path: Path, side: str, instr: Instr) -> list[tuple[str, list[tuple[Term, bool]]]]:
        """Where a branch or switch may go, with what holds then; one choice where that is known. The conditions of
        several choices exclude each other."""
        if len(instr.labels) == 1:
            return [(instr.labels[0], [])]
        selector = self.operand(path, side, instr.operands[0], instr)
        if selector.wobbly or selector.tainted:
            plain = selector.kids[0] if selector.kind == "op" and selector.data == "not" else selector
            self.demand(path, side, (duty(self.terms, "branch", plain),))
        found: list[tuple[str, list[tuple[Term, bool]]]] = []
        if instr.op == "br":
            cases = [(instr.labels[0], selector)]
            default = instr.labels[1]
        else:
            cases = [
                (label, self.terms.equal(selector, self.terms.constant(case)))
                for label, case in zip(instr.labels[1:], instr.operands[1:], strict=True)
            ]
            default = instr.labels[0]
        for label, condition in cases:
            truth = path.facts.holds(self.terms, condition)
            if truth is True:
                return [(label, [])]
            if truth is None:
                found.append((label, [(condition, True)]))
        others = [(condition, False) for _, condition in cases]
        found.append((default, [item for item in others if path.facts.holds(self.terms, item[0]) is None]))
        return found

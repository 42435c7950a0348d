"""When control takes an edge, and what a value is in the iteration that leaves a loop."""

from __future__ import annotations

from typing import Protocol

from verify.flow import spaces
from verify.flow.graph import RETURN
from verify.flow.integers import Integers
from verify.flow.spaces import Affine
from verify.flow.terms import Term, Terms
from verify.ir import nodes
from verify.ir.nodes import Function, Instr
from verify.verdict import Unsupported


class Program(Protocol):
    """What is asked of a summary."""

    @property
    def terms(self) -> Terms: ...
    @property
    def function(self) -> Function: ...
    def term(self, value: nodes.Value, block: str) -> Term: ...
    def ints(self, block: str, instr: Instr) -> Integers: ...


def condition(s: Program, block: str, target: str) -> Term:
    """When control at the end of `block` goes to `target`."""
    terminator = s.function.block(block).terminator
    labels = terminator.labels
    if target == RETURN or all(label == target for label in labels):
        return s.terms.true
    if terminator.op == "br":
        cond = s.term(terminator.operands[0], block)
        return cond if labels[0] == target else s.terms.no(cond)
    if terminator.op == "switch":
        value = s.term(terminator.operands[0], block)
        taken, default = s.terms.false, s.terms.true
        for case, label in zip(terminator.operands[1:], labels[1:], strict=True):
            hit = s.ints(block, terminator).compare("eq", value, s.term(case, block))
            default = s.terms.both(default, s.terms.no(hit))
            if label == target:
                taken = s.terms.either(taken, hit)
        return s.terms.either(taken, default) if labels[0] == target else taken
    raise Unsupported(f"terminator {terminator.op}", terminator.loc)


def taken_at(terms: Terms, term: Term, counter: str, last: Affine) -> Term:
    """The value of a term in iteration `last`."""
    if term.kind == "int":
        return terms.integer(spaces.substitute(term.affine, counter, last), term.type)
    if term.kind == "cond":
        return terms.truth(spaces.substitute_in(term.cond, counter, last))
    if term.kind in ("not", "and", "or") or (term.kind in ("op", "sel") and term.type == "i1"):
        kids = [taken_at(terms, kid, counter, last) for kid in term.kids]
        match term.kind:
            case "not":
                return terms.no(kids[0])
            case "and":
                return terms.both(*kids)
            case "or":
                return terms.either(*kids)
            case "sel":
                return terms.choose(*kids)
            case _:
                return terms.op(term.data, term.type, *kids)
    return terms.at(counter, last, term)

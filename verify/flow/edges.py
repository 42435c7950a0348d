"""When control takes an edge, and what a value is in the iteration that leaves a loop."""

from __future__ import annotations

from typing import Any, Protocol

from verify.flow import spaces
from verify.flow.graph import RETURN
from verify.flow.integers import Integers
from verify.flow.spaces import Affine
from verify.flow.terms import Term, Terms, affine_over
from verify.ir import nodes
from verify.ir.nodes import Function, Instr
from verify.verdict import Unsupported

ADDRESS = spaces.spelled("adr.")


class Program(Protocol):
    """What is asked of a summary."""

    @property
    def terms(self) -> Terms: ...
    def reach(self, block: str) -> Term: ...
    def known(self, key: Any) -> Any: ...
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
        cond = _decided(s, s.term(terminator.operands[0], block), block)
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


INPUTS = "inputs"
"""What a program knows as the inputs in question."""


def _decided(s: Program, cond: Term, block: str) -> Term:
    """A condition on places in memory as what it is for the inputs in question, if for all of them the same."""
    inputs = s.known(INPUTS)
    if cond.kind != "cond" or cond.ctx or inputs is None or inputs.plain_is_universe():
        return cond
    if not any(name.startswith(ADDRESS) for name in spaces.names_in(cond.cond)):
        return cond
    inputs = inputs.intersect(affine_over(s.reach(block)))
    if inputs.is_subset(cond.cond):
        return s.terms.true
    return s.terms.false if inputs.is_disjoint(cond.cond) else cond


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

"""Ranges of values from types, constants and definitions: no claim rests on itself, a loop's own value counts as any.

`intervals` knows operators; here reads and loop-carried values are the union of what defines them, once around, and
affine values are looked at over the iterations in question."""

from __future__ import annotations

from dataclasses import dataclass, field

import islpy as isl

from verify.flow import intervals, spaces
from verify.flow.definitions import definitions, resolved
from verify.flow.integers import bits
from verify.flow.model import Side
from verify.flow.spaces import Cond
from verify.flow.terms import Term

Range = tuple[int, int]
DEPTH = 6


def limits(width: int, signed: bool) -> Range:
    """All values of a width."""
    return (-(1 << (width - 1)), (1 << (width - 1)) - 1) if signed else (0, (1 << width) - 1)


def product(a: Range, b: Range) -> Range:
    corners = [x * y for x in a for y in b]
    return min(corners), max(corners)


@dataclass(slots=True)
class Ranges:
    """Ranges of one program's values under the inputs on which S is defined.

    here   the iterations in question, as a condition on counters
    """

    side: Side
    context: Cond
    here: Cond = field(default_factory=spaces.everywhere)
    known: dict[int, Range] = field(default_factory=dict[int, Range])
    busy: set[int] = field(default_factory=set[int])

    def of(self, term: Term, where: Cond, signed: bool) -> Range | None:
        """The values of an integer term in the iterations `where`, read as signed or unsigned numbers."""
        if not term.type.startswith("i"):
            return None
        low, high = limits(bits(term.type), signed)
        outer, self.here = self.here, where
        try:
            if term.kind == "int":
                # An affine value is congruent to the term's; inside of the type's range it is the term's.
                found = self._affine(term)
            else:
                found = intervals.of(term, leaf=self._leaf)
        finally:
            self.here = outer
        return found if found is not None and low <= found[0] and found[1] <= high else (low, high)

    def _affine(self, term: Term) -> Range | None:
        value = term.affine.intersect_domain(self.here.intersect(self.context))
        try:
            low, high = value.min_val(), value.max_val()
        except isl.Error:
            return None
        if not low.is_int() or not high.is_int():
            return None
        return int(low.to_python()), int(high.to_python())

    def _leaf(self, term: Term) -> Range | None:
        """A value that is defined elsewhere: any of its definitions'."""
        if not term.type.startswith("i"):
            return None
        if term.kind == "int":
            return self._inside(term, self._affine(term))
        simple = resolved(self.side, term)
        if simple is not term:
            return intervals.of(simple, leaf=self._leaf)
        if term.kind not in ("load", "phi", "at") or term.ident in self.busy or len(self.busy) > DEPTH:
            return None
        # Over all of its iterations: the result holds in those in question.
        if term.ident not in self.known:
            found = self._defined(term)
            if found is None:
                return None
            if not self.busy:
                self.known[term.ident] = found
            return found
        return self.known[term.ident]

    def _inside(self, term: Term, found: Range | None) -> Range | None:
        low, high = limits(bits(term.type), True)
        return found if found is not None and low <= found[0] and found[1] <= high else None

    def _defined(self, term: Term) -> Range | None:
        outer = self.here
        self.busy.add(term.ident)
        try:
            ends: list[Range] = []
            for step, kid, dims in definitions(self.side, term):
                self.here = spaces.conditions(step.range(), dims)
                found = intervals.of(kid, leaf=self._leaf)
                if found is None:
                    return None
                ends.append(found)
            return (min(low for low, _ in ends), max(high for _, high in ends)) if ends else None
        except KeyError:
            return None
        finally:
            self.busy.discard(term.ident)
            self.here = outer

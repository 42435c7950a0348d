"""Coinduction over obligations: for all related iterations, two terms have equal values.

An obligation is (relation, a, b): for every pair of iterations in the relation, S's term a in the first equals T's
term b in the second. Reads, loop-carried values and loop results are replaced by what defines them; meeting the same
pair of terms again closes the branch if the relation is covered by a hypothesis. That is an induction: every step
below a hypothesis replaces one of the two values by values that its program computed before it, and a value of
either program is finitely many computations deep (S ends where it is defined; T's loops are proved to end before
any proof of values begins).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import islpy as isl

from verify.flow import lifted, spaces
from verify.flow.definitions import RECURSIVE, definitions, resolved
from verify.flow.model import Side
from verify.flow.reducing import Deps, Reductions
from verify.flow.spaces import IN, Cond
from verify.flow.terms import COMMUTATIVE, Term
from verify.flow.widen import hull, translated

OUT_ = isl.dim_type.out
ROUNDS = 5
NONE: Deps = frozenset()


class OutOfSteps(Exception):
    """The proof opened more obligations than it may."""


@dataclass(eq=False, slots=True)
class Hypothesis:
    """An open obligation that branches below it may close on."""

    ident: int
    rel: isl.Map


class Widen(Exception):
    """A branch met a hypothesis's terms at iterations outside of it."""

    def __init__(self, hypothesis: Hypothesis, rel: isl.Map) -> None:
        super().__init__(hypothesis.ident)
        self.hypothesis = hypothesis
        self.rel = rel


@dataclass(frozen=True, slots=True)
class Lemma:
    rel: isl.Map
    deps: Deps


@dataclass(slots=True)
class Prover:
    """One proof attempt.

    closed   inductions whose hypothesis was met again and held (those of abandoned branches included)
    claimed  the obligations that were proved
    used     the optional rules that said yes (verify/rules.py)
    deepest  the first pair of terms that could not be matched, for people
    """

    before: Side
    after: Side
    context: isl.Set
    steps_left: int
    leaves: Callable[[Prover, isl.Map, Term, Term], Deps | None] | None = None
    reduce: Reductions[Prover] | None = None
    lemmas: dict[tuple[int, int], list[Lemma]] = field(default_factory=dict[tuple[int, int], list[Lemma]])
    failures: dict[tuple[int, int], list[isl.Map]] = field(
        default_factory=dict[tuple[int, int], list[isl.Map]]
    )
    active: dict[tuple[int, int], list[Hypothesis]] = field(
        default_factory=dict[tuple[int, int], list[Hypothesis]]
    )
    open: set[int] = field(default_factory=set[int])
    terms_of: dict[tuple[int, int], tuple[Term, Term]] = field(
        default_factory=dict[tuple[int, int], tuple[Term, Term]]
    )
    closed: list[tuple[isl.Map, Term, Term]] = field(default_factory=list["tuple[isl.Map, Term, Term]"])
    claimed: list[tuple[isl.Map, Term, Term]] = field(default_factory=list["tuple[isl.Map, Term, Term]"])
    used: set[str] = field(default_factory=set[str])
    count: int = 0
    deepest: tuple[Term, Term] | None = None

    # Entry

    def equal(self, rel: isl.Map, a: Term, b: Term) -> bool:
        """Whether a and b are equal at all iterations that `rel` relates (its dimensions: a.ctx and b.ctx)."""
        proved = self.prove(rel, a, b) is not None
        if proved:
            self.claimed.append((rel, a, b))
        return proved

    def range_of(self, side: Side, term: Term, where: Cond) -> tuple[int, int] | None:
        """The signed values of an integer term in the iterations `where`; None where nothing is known."""
        self.used.add("reductions")
        return None if self.reduce is None else self.reduce.range_of(self, side, term, where)

    def computed(self, term: Term, points: isl.Set) -> bool:
        """Whether S certainly computes an operation as a signed one in all these iterations, so within its type."""
        self.used.add("reductions")
        return self.reduce is not None and self.reduce.computed(self, term, points)

    def bounds(self, name: str) -> tuple[int, int] | None:
        """The least and the largest value of an argument; None where there is none."""
        value = spaces.symbol(name).intersect_domain(self.context)
        try:
            low, high = value.min_val(), value.max_val()
        except isl.Error:
            return None
        if not low.is_int() or not high.is_int():
            return None
        return int(low.to_python()), int(high.to_python())

    def over(self, rel: isl.Map, a: Term, b: Term, kid_a: Term, kid_b: Term) -> Deps | None:
        """Prove for operands: their contexts are parts of the contexts of a and b."""
        narrowed = spaces.keep(rel, IN, a.ctx, kid_a.ctx)
        narrowed = spaces.keep(narrowed, OUT_, b.ctx, kid_b.ctx)
        return self.prove(narrowed, kid_a, kid_b)

    def prove(self, rel: isl.Map, a: Term, b: Term) -> Deps | None:
        self.steps_left -= 1
        if self.steps_left < 0:
            raise OutOfSteps
        if rel.is_empty():
            return NONE
        a2, b2 = resolved(self.before, a), resolved(self.after, b)
        if a2 is not a or b2 is not b:
            covered = self.covered(rel, a, IN) and self.covered(rel, b, OUT_)
            return self.over(rel, a, b, a2, b2) if covered else None
        if a.kind == "token" or b.kind == "token":
            self.deepest = (a, b)
            return None
        key = (a.ident, b.ident)
        self.terms_of[key] = (a, b)
        for lemma in self.lemmas.get(key, ()):
            if lemma.deps <= self.open and rel.is_subset(lemma.rel):
                return lemma.deps
        hypotheses = self.active.get(key, [])
        for hypothesis in hypotheses:
            if rel.is_subset(hypothesis.rel):
                return frozenset({hypothesis.ident})
        if any(failed.is_subset(rel) for failed in self.failures.get(key, ())):
            return None
        deps = self._rules(rel, a, b, hypotheses)
        if deps is None:
            self.failures.setdefault(key, []).append(rel)
        else:
            self.lemmas.setdefault(key, []).append(Lemma(rel, deps))
        return deps

    def _rules(self, rel: isl.Map, a: Term, b: Term, hypotheses: list[Hypothesis]) -> Deps | None:
        if a.kind == "sel" and a.kids[0].kind == "cond":
            return self._split(rel, a, b, left=True)
        if b.kind == "sel" and b.kids[0].kind == "cond":
            return self._split(rel, a, b, left=False)
        for left, term in ((True, a), (False, b)):
            joined = self._joined(rel, a, b, left) if term.kind in ("and", "or") else None
            if joined is not None:
                return joined[0]
        if a.kind in RECURSIVE or b.kind in RECURSIVE:
            if hypotheses:
                raise Widen(hypotheses[-1], rel)
            if self.reduce is not None:
                deps = self.reduce(self, rel, a, b)
                if deps is not None:
                    self.used.add("reductions")
                    return deps
            return self._induct(rel, a, b)
        return self._leaf(rel, a, b)

    def _split(self, rel: isl.Map, a: Term, b: Term, left: bool) -> Deps | None:
        term = a if left else b
        where = spaces.points(term.kids[0].cond, term.ctx)
        found = NONE
        for part, kid in ((where, term.kids[1]), (where.complement(), term.kids[2])):
            piece = rel.intersect_domain(part) if left else rel.intersect_range(part)
            deps = self.over(piece, a, b, kid, b) if left else self.over(piece, a, b, a, kid)
            if deps is None:
                return None
            found |= deps
        return found

    def _joined(self, rel: isl.Map, a: Term, b: Term, left: bool) -> tuple[Deps | None] | None:
        """A conjunction or disjunction with an affine part, where that holds and where not."""
        term = a if left else b
        number = next((n for n, kid in enumerate(term.kids) if kid.kind == "cond"), None)
        if number is None:
            return None
        terms = (self.before if left else self.after).summary.terms
        rest, where = term.kids[1 - number], spaces.points(term.kids[number].cond, term.ctx)
        yes, no = (rest, terms.false) if term.kind == "and" else (terms.true, rest)
        found = NONE
        for part, kid in ((where, yes), (where.complement(), no)):
            piece = rel.intersect_domain(part) if left else rel.intersect_range(part)
            deps = self.over(piece, a, b, kid, b) if left else self.over(piece, a, b, a, kid)
            if deps is None:
                return (None,)
            found |= deps
        return (found,)

    # Induction

    def _induct(self, rel: isl.Map, a: Term, b: Term) -> Deps | None:
        key = (a.ident, b.ident)
        for _ in range(ROUNDS):
            self.count += 1
            hypothesis = Hypothesis(self.count, rel)
            self.active.setdefault(key, []).append(hypothesis)
            self.open.add(hypothesis.ident)
            wider: isl.Map | None = None
            deps: Deps | None = None
            try:
                deps = self._unfold(rel, a, b)
            except Widen as request:
                if request.hypothesis is not hypothesis:
                    raise
                wider = self._wider(rel, request.rel, a, b)
            finally:
                self.active[key].remove(hypothesis)
                self.open.discard(hypothesis.ident)
                if deps is None:
                    self._forget(hypothesis.ident)
            if deps is not None:
                self.closed.append((rel, a, b))
                self._close(hypothesis.ident, deps - {hypothesis.ident})
                self.lemmas.setdefault(key, []).append(Lemma(rel, deps - {hypothesis.ident}))
                return deps - {hypothesis.ident}
            if wider is None:
                return None
            rel = wider
        return None

    def _forget(self, ident: int) -> None:
        for key, lemmas in self.lemmas.items():
            self.lemmas[key] = [lemma for lemma in lemmas if ident not in lemma.deps]

    def _close(self, ident: int, deps: Deps) -> None:
        """A proved hypothesis: what rested on it rests on what it rested on."""
        for key, lemmas in self.lemmas.items():
            self.lemmas[key] = [
                Lemma(lemma.rel, (lemma.deps - {ident}) | deps) if ident in lemma.deps else lemma
                for lemma in lemmas
            ]

    def _wider(self, rel: isl.Map, more: isl.Map, a: Term, b: Term) -> isl.Map | None:
        bounds = isl.Map.from_domain_and_range(self.known(self.before, a), self.known(self.after, b))
        bounds = bounds.intersect_params(self.context)
        for guess in (translated, hull):
            candidate = guess(rel, more)
            if candidate is None:
                continue
            candidate = candidate.intersect(bounds).union(rel).coalesce()
            if more.is_subset(candidate):
                return candidate
        return None

    def known(self, side: Side, term: Term, depth: int = 0) -> isl.Set:
        """The iterations in which a term is defined, over its context; more for operators than is needed."""
        match term.kind:
            case "op" | "sel" | "not" if depth < 5:
                cond = spaces.everywhere()
                for kid in term.kids[:1] if term.kind == "sel" else term.kids:
                    if kid.kind in ("load", "phi", "walk", "next", "op", "sel", "not"):
                        cond = cond.intersect(spaces.conditions(self.known(side, kid, depth + 1), kid.ctx))
                return spaces.points(cond, term.ctx)
            case "load":
                return side.of_access[id(term.data)].points
            case "phi" | "walk" | "next":
                counter = term.data if term.kind == "next" else term.data.counter
                header = next(h for h, c in side.summary.counters.items() if c == counter)
                return spaces.points(side.summary.block_cond(header), term.ctx)
            case _:
                return spaces.points(spaces.everywhere(), term.ctx)

    def covered(self, rel: isl.Map, term: Term, dim: isl.dim_type) -> bool:
        """Whether a term is defined at all related iterations of its side."""
        here = rel.domain() if dim == IN else rel.range()
        side = self.before if dim == IN else self.after
        return here.is_subset(self.known(side, term))

    def _unfold(self, rel: isl.Map, a: Term, b: Term) -> Deps | None:
        left = a.kind in RECURSIVE
        term = a if left else b
        if not self.covered(rel, term, IN if left else OUT_):
            return None
        found = NONE
        for step, kid, dims in definitions(self.before if left else self.after, term):
            if left:
                piece = spaces.keep(rel.apply_domain(step), IN, dims, kid.ctx)
                deps = self.prove(piece, kid, b)
            else:
                piece = spaces.keep(rel.apply_range(step), OUT_, dims, kid.ctx)
                deps = self.prove(piece, a, kid)
            if deps is None:
                return None
            found |= deps
        return found

    # Leaves and operators

    def _leaf(self, rel: isl.Map, a: Term, b: Term) -> Deps | None:
        deps = self._same(rel, a, b)
        for left, term in ((True, a), (False, b)):
            phi = lifted.carried(term, b if left else a) if deps is None else None
            if phi is not None:
                deps = self._earlier(rel, a, b, left, phi)
        if deps is None and self.leaves is not None:
            self.used.add("trees")
            deps = self.leaves(self, rel, a, b)
        if deps is None and self.reduce is not None:
            self.used.add("reductions")
            deps = self.reduce(self, rel, a, b)
        if deps is None:
            self.deepest = self.deepest or (a, b)
        return deps

    def _earlier(self, rel: isl.Map, a: Term, b: Term, left: bool, phi: Term) -> Deps | None:
        """A read at a carried place by what it was before."""
        term, side, dim = (a, self.before, IN) if left else (b, self.after, OUT_)
        steps = lifted.unfolded(side, term, phi) if self.covered(rel, phi, dim) else None
        if steps is None:
            return None
        found = NONE
        for step, kid, dims in steps:
            piece = rel.apply_domain(step) if left else rel.apply_range(step)
            piece = spaces.keep(piece, dim, dims, kid.ctx)
            deps = self.prove(piece, kid, b) if left else self.prove(piece, a, kid)
            if deps is None:
                return None
            found |= deps
        return found

    def _same(self, rel: isl.Map, a: Term, b: Term) -> Deps | None:
        if a.kind != b.kind or a.type != b.type:
            return None
        match a.kind:
            case "int":
                return NONE if self.same_integers(rel, a, b) else None
            case "cond":
                both = a.cond.intersect(b.cond).union(spaces.negate(a.cond).intersect(spaces.negate(b.cond)))
                return NONE if rel.is_subset(spaces.relation(both, a.ctx, b.ctx)) else None
            case "const" | "arg":
                return NONE if a.data == b.data else None
            case "init":
                if a.data != b.data or len(a.kids) != len(b.kids):
                    return None
                equal = spaces.everywhere()
                for x, y in zip(a.kids, b.kids, strict=True):
                    equal = equal.intersect(x.affine.eq_set(y.affine))
                return NONE if rel.is_subset(spaces.relation(equal, a.ctx, b.ctx)) else None
            case "op" | "read" | "sel" | "not" | "and" | "or":
                if a.data != b.data or len(a.kids) != len(b.kids):
                    return None
                deps = self._kids(rel, a, b, b.kids)
                swappable = a.kind in ("and", "or") or (
                    a.kind == "op" and len(a.kids) == 2 and _root(a.data) in COMMUTATIVE
                )
                if deps is None and swappable:
                    deps = self._kids(rel, a, b, b.kids[::-1])
                return deps
            case _:
                return None

    def _kids(self, rel: isl.Map, a: Term, b: Term, kids: tuple[Term, ...]) -> Deps | None:
        found = NONE
        for x, y in zip(a.kids, kids, strict=True):
            deps = self.over(rel, a, b, x, y)
            if deps is None:
                return None
            found |= deps
        return found

    def same_integers(self, rel: isl.Map, a: Term, b: Term) -> bool:
        """Equal modulo the width at all related iterations."""
        if rel.is_subset(spaces.relation(a.affine.eq_set(b.affine), a.ctx, b.ctx)):
            return True
        width = spaces.val(1 << (64 if a.type == "ptr" else int(a.type[1:])))
        congruent = a.affine.sub(b.affine).mod_val(width).eq_set(spaces.constant(0))
        return rel.is_subset(spaces.relation(congruent, a.ctx, b.ctx))


def _root(name: str) -> str:
    """An operator's name without type and fast-math suffixes; comparisons keep their predicate."""
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] in ("icmp", "fcmp") else parts[0]

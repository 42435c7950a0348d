"""What is known where both programs stand still: the values that are live in each, over common symbols.

A state claims something for every value of its symbols. Another state is an instance of it if the symbols can be chosen
so that the values agree and its facts hold. Two states have a least general state of which both are instances
(anti-unification, Plotkin 1970): values that differ become symbols, one for each pair of values, constant distances
kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from verify.ir.types import IntType
from verify.lockstep.terms import BIT, Term, Terms, added, core, linear

Slot = tuple[str, str]
"""A live value: "s" or "t" and its name; ("m", "") is the memory."""

Holds = Callable[[Term], bool | None]
"""Whether a condition is known to be true or false."""


@dataclass(frozen=True, slots=True)
class State:
    slots: Mapping[Slot, Term]
    facts: Mapping[Term, bool]


def made(slots: Mapping[Slot, Term], facts: Mapping[Term, bool]) -> State:
    """The state with those facts that speak of its own symbols."""
    here = _symbols(slots.values())
    return State(slots, {fact: truth for fact, truth in facts.items() if fact.symbols <= here})


def _symbols(values: Iterable[Term]) -> frozenset[int]:
    return frozenset[int]().union(*(value.symbols for value in values))


def instance(terms: Terms, general: State, special: State, holds: Holds) -> bool:
    """Whether `special`, in which `holds` tells what is known, is an instance of `general`."""
    if general.slots.keys() != special.slots.keys():
        return False
    chosen: dict[Term, Term] = {}
    pairs = [(value, special.slots[slot]) for slot, value in general.slots.items()]
    while pairs:
        waiting: list[tuple[Term, Term]] = []
        for pattern, value in pairs:
            if _open(pattern, chosen):
                waiting.append((pattern, value))
            elif terms.replaced(pattern, chosen, {}) is not value:
                return False
        bound = len(chosen)
        for pattern, value in waiting:
            if pattern.kind == "sym" and pattern not in chosen and not _bind(pattern, value, chosen):
                return False
        # No value is a symbol by itself: take the first apart.
        if len(chosen) == bound and waiting and not _matched(terms, *waiting[0], chosen):
            return False
        pairs = waiting
    memo: dict[Term, Term] = {}
    return all(holds(terms.replaced(fact, chosen, memo)) is truth for fact, truth in general.facts.items())


def _open(pattern: Term, chosen: Mapping[Term, Term]) -> bool:
    return not pattern.symbols <= {term.ident for term in chosen}


def _bind(symbol: Term, value: Term, chosen: dict[Term, Term]) -> bool:
    """A symbol of what is set and steady stands for such a value only."""
    vague = value.kind == "token" or value.tainted
    if (vague and not symbol.tainted) or (value.wobbly and not symbol.wobbly):
        return False
    chosen[symbol] = value
    return True


def _matched(terms: Terms, pattern: Term, value: Term, chosen: dict[Term, Term]) -> bool:
    """Choose symbols so that a pattern has this value; False where that is not plain. The caller checks again."""
    if pattern.kind == "sym":
        found = chosen.get(pattern)
        return found is value if found is not None else _bind(pattern, value, chosen)
    if pattern.kind == "sum" and isinstance(pattern.type, IntType) and not value.wobbly:
        missing = [kid for kid in pattern.kids if kid not in chosen and kid.kind == "sym"]
        constant, parts = linear(pattern)
        if len(missing) != 1 or parts[missing[0]] != 1 or value.type != pattern.type:
            return False
        rest = terms.sum(pattern.type, (constant, {k: n for k, n in parts.items() if k is not missing[0]}))
        rest = terms.replaced(rest, chosen, {})
        left = added(linear(value), linear(rest), -1)
        return _bind(missing[0], terms.sum(pattern.type, left), chosen)
    if pattern.kind != value.kind or pattern.data != value.data:
        return False
    if len(pattern.kids) != len(value.kids) or pattern.type != value.type:
        return False
    before = len(chosen)
    for one, other in zip(pattern.kids, value.kids, strict=True):
        if _open(one, chosen) and not _matched(terms, one, other, chosen):
            return False
    return len(chosen) > before


class Pairing:
    """Symbols for pairs of values."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.table: dict[tuple[object, ...], tuple[Term, int]] = {}
        self.first: dict[Term, Term] = {}
        self.second: dict[Term, Term] = {}

    def of(self, a: Term, b: Term) -> Term:
        """One value that both are instances of."""
        if a is b:
            return a
        if a.type == BIT and a.kind == b.kind == "op" and a.data == b.data and len(a.kids) == len(b.kids):
            # A comparison that one program has made already and the other makes yet.
            return self.terms.rebuilt(a, tuple(self.of(x, y) for x, y in zip(a.kids, b.kids, strict=True)))
        token = self.terms.token
        vague = token in (a, b) or a.tainted or b.tainted
        if vague:
            # Once a variable may be unset, nothing else is said of it.
            (one, x), (other, y) = (("unset", a), 0), (("unset", b), 0)
        else:
            (one, x), (other, y) = core(a), core(b)
        bits = a.type.bits if isinstance(a.type, IntType) and a.type.bits > 1 else 64
        key = (a.type, one, other, (y - x) % (1 << bits))
        if key not in self.table:
            ty = b.type if a is token else a.type
            symbol = self.terms.symbol(ty, vague, a.wobbly or b.wobbly)
            self.table[key] = symbol, x
            self.first[symbol], self.second[symbol] = a, b
        symbol, base = self.table[key]
        return self.terms.shifted(symbol, x - base)

    def expressed(self) -> dict[Term, Term]:
        """What the first values of the pairs become, for terms that contain them."""
        found: dict[Term, Term] = {}
        for symbol, a in self.first.items():
            found.setdefault(a, symbol)
            if a.wobbly or symbol.tainted:
                continue
            if a.kind == "sum":
                constant, parts = linear(a)
                if list(parts.values()) == [1]:
                    found.setdefault(next(iter(parts)), self.terms.shifted(symbol, -constant))
            elif a.kind == "at" and not linear(a.kids[1])[1]:
                found.setdefault(a.kids[0], self.terms.shifted(symbol, -linear(a.kids[1])[0]))
        return found


def merged(terms: Terms, old: State, new: State, holds: Holds) -> State:
    """A state of which both are instances. `holds` tells what is known in the second."""
    pairing = Pairing(terms)
    slots = {slot: pairing.of(value, new.slots[slot]) for slot, value in old.slots.items()}
    here = _symbols(slots.values())
    expressed = pairing.expressed()
    facts: dict[Term, bool] = {}
    memo: dict[Term, Term] = {}
    again: dict[Term, Term] = {}
    for fact, truth in old.facts.items():
        for candidate in (fact, terms.replaced(fact, expressed, memo)):
            special = terms.replaced(candidate, pairing.second, again)
            if candidate.kind != "const" and candidate.symbols <= here and holds(special) is truth:
                facts[candidate] = truth
    return State(slots, facts)


def opened(terms: Terms, state: State, varying: frozenset[Slot]) -> State:
    """The state with what loops change at symbols, where nothing else has the same value: a first guess."""
    fixed = {value for slot, value in state.slots.items() if slot not in varying and value.kind != "const"}
    pairing = Pairing(terms)
    slots: dict[Slot, Term] = {}
    for slot, value in state.slots.items():
        free = slot in varying and value not in fixed and value.kind != "token" and not value.tainted
        slots[slot] = pairing.of(value, _marker(terms, value)) if free else value
    return made(slots, state.facts)


def _marker(terms: Terms, value: Term) -> Term:
    """A value of the type that is never another's, at the same distance for values that are a constant apart."""
    what, distance = core(value)
    mark = terms.op(value.type, ("marker", what), wobbly=value.wobbly)
    return terms.shifted(mark, distance) if what[0] in ("at", "sum") else mark

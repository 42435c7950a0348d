"""A function as terms: values, conditions, loop domains. Lazy, memoized, nothing of it trusted before `claims` hold.

Ranges of integers are claimed while values are built and checked at the end over the domains that were found
(`sites.settle`). That is sound by induction over the execution: at the first instance that breaks a claim everything
before it is as modelled, so the instance lies in the modelled domain, where the check would have found it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from verify.flow import edges, searches, spaces
from verify.flow.graph import RETURN, Graph
from verify.flow.integers import Integers
from verify.flow.spaces import Affine, Cond
from verify.flow.terms import Carried, Term, Terms, affine_over, affine_under
from verify.flow.values import DataDuty, Datum, Domain, RangeClaim, choose, mapped, parameter
from verify.ir import nodes, types
from verify.ir.cfg import Loop
from verify.ir.nodes import Function, Instr, Module
from verify.verdict import NotProved, Unsupported

Edge = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Meaning:
    """What instructions mean: constants, instructions but phis, and phis in loop headers."""

    constant: Callable[[Summary, nodes.Value], Datum]
    evaluate: Callable[[Summary, str, Instr], Datum]
    header_phi: Callable[[Summary, Loop, str, Instr], Datum]


@dataclass(slots=True)
class Summary:
    """The model of one program. `side` is "s" or "t" and prefixes its counters and automatic objects."""

    module: Module
    function: Function
    cfg: Graph
    side: str
    unsigned_params: frozenset[str]
    meaning: Meaning
    exact: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    terms: Terms = field(default_factory=Terms)
    layers: list[dict[Any, Any]] = field(default_factory=lambda: [{}])
    claims: dict[tuple[str, str, str], RangeClaim] = field(
        default_factory=dict[tuple[str, str, str], RangeClaim]
    )
    duties: list[DataDuty] = field(default_factory=list[DataDuty])
    counters: dict[str, str] = field(default_factory=dict[str, str])
    defs: dict[str, tuple[str, Instr]] = field(default_factory=dict[str, tuple[str, Instr]])
    rank: dict[str, int] = field(default_factory=dict[str, int])
    depth: int = 0

    def __post_init__(self) -> None:
        for number, header in enumerate(h for h in self.cfg.order if h in self.cfg.loops):
            self.counters[header] = f"{self.side}{number}"
        for header, counter in self.counters.items():
            self.terms.order[counter] = len(self.chain(header))
        self.rank = {name: index for index, name in enumerate(self.cfg.order)}
        for block in self.function.blocks:
            for instr in block.instrs:
                if instr.result is not None:
                    self.defs[instr.result] = (block.name, instr)

    # Memo tables, in layers: what is computed under a provisional value of a loop-carried variable is thrown away.

    def known(self, key: Any) -> Any:
        for layer in reversed(self.layers):
            if key in layer:
                return layer[key]
        return None

    def learn(self, key: Any, value: Any) -> Any:
        self.layers[-1][key] = value
        return value

    @contextmanager
    def provisional(self) -> Generator[None]:
        self.layers.append({})
        claims, duties = self.claims, self.duties
        self.claims, self.duties = dict(claims), []
        try:
            yield
        finally:
            self.layers.pop()
            self.claims, self.duties = claims, duties

    def loop_of(self, block: str) -> Loop | None:
        return self.cfg.loop_of.get(block)

    def chain(self, block: str) -> tuple[Loop, ...]:
        """The loops around a block, outermost first; a header's own loop is included."""
        found: list[Loop] = []
        loop = self.loop_of(block)
        while loop is not None:
            found.append(loop)
            loop = loop.parent
        return tuple(reversed(found))

    def counters_of(self, block: str) -> tuple[str, ...]:
        return tuple(self.counters[loop.header] for loop in self.chain(block))

    def child_toward(self, outer: Loop | None, block: str) -> Loop:
        """The loop directly inside `outer` that contains the block."""
        chain = self.chain(block)
        return chain[0] if outer is None else chain[chain.index(outer) + 1]

    # Conditions

    def edge_condition(self, block: str, target: str) -> Term:
        """When control at the end of `block` goes to `target`."""
        return edges.condition(self, block, target)

    def reach(self, block: str) -> Term:
        """When an iteration of the block's innermost loop (or the function) comes to the block."""
        loop = self.loop_of(block)
        if block == self.cfg.entry or (loop is not None and loop.header == block):
            return self.terms.true
        found = self.known(("reach", block))
        if found is None:
            found = self.terms.false
            for way in self.ways(block, loop):
                found = self.terms.either(found, way)
            self.learn(("reach", block), found)
        return found

    def ways(self, block: str, loop: Loop | None) -> list[Term]:
        """The conditions under which control comes to a block of `loop`; an inner loop all of whose exits lead there is
        one way."""
        found: list[Term] = []
        seen: set[str] = set()
        for pred in self.cfg.predecessors[block]:
            inner = None if self.loop_of(pred) == loop else self.child_toward(loop, pred)
            if inner is None or any(target != block for _, target in inner.exits):
                found.append(self.flow(pred, block))
            elif inner.header not in seen:
                seen.add(inner.header)
                found.append(self.enter(inner))
        return found

    def enter(self, loop: Loop) -> Term:
        """When an iteration of the surrounding loop enters this one."""
        if loop.header == self.cfg.entry:
            return self.terms.true
        found = self.known(("enter", loop.header))
        if found is None:
            found = self.terms.false
            for pred in self.cfg.predecessors[loop.header]:
                if pred not in loop.blocks:
                    found = self.terms.either(found, self.flow(pred, loop.header))
            self.learn(("enter", loop.header), found)
        return found

    def flow(self, pred: str, target: str) -> Term:
        """When the edge is taken, seen from the loop around `target` (around the loop, if it heads one)."""
        loop = self.loop_of(target)
        if loop is not None and loop.header == target and pred not in loop.blocks:
            loop = loop.parent
        if self.loop_of(pred) == loop:
            return self.terms.both(self.reach(pred), self.edge_condition(pred, target))
        inner = self.child_toward(loop, pred)
        entered = self.enter(inner)
        if len(inner.exits) == 1:
            return entered
        return self.terms.both(entered, self.left(inner, self.exit_condition(inner, pred, target)))

    def exit_condition(self, loop: Loop, pred: str, target: str) -> Term:
        """When an iteration of `loop` leaves it by this edge."""
        if self.loop_of(pred) == loop:
            return self.terms.both(self.reach(pred), self.edge_condition(pred, target))
        inner = self.child_toward(loop, pred)
        if len(inner.exits) == 1:
            return self.enter(inner)
        return self.terms.both(self.enter(inner), self.left(inner, self.exit_condition(inner, pred, target)))

    def returning(self, term: Term, block: str) -> Term:
        """A value at the end of the function, in the loops that take it in, as seen from outside of them."""
        for loop in reversed(self.chain(block)):
            if loop.exits != ((block, RETURN),):
                raise Unsupported("a return in a loop", self.function.loc)
            term = searches.start(self, loop, {(block, RETURN): term})
        return term

    def domain(self, loop: Loop) -> Domain:
        """The loop's own iterations."""
        found = self.known(("loop", loop.header))
        if found is not None:
            return found
        counter = self.counters[loop.header]
        leave, data = spaces.nowhere(), False
        for pred, target in loop.exits:
            term = self.exit_condition(loop, pred, target)
            data = data or term.kind != "cond"
            leave = leave.union(affine_under(term))
        count = spaces.symbol(counter)
        started = count.ge_set(spaces.constant(0))
        leave = leave.intersect(started).coalesce()
        endless = spaces.negate(spaces.forget(leave, (counter,)))
        last = spaces.points(leave, (counter,)).dim_min(0).coalesce()
        cond = started.intersect(count.le_set(last).union(endless)).coalesce()
        return self.learn(("loop", loop.header), Domain(loop, counter, cond, endless, last, data))

    def left(self, loop: Loop, term: Term, edge: Edge | None = None) -> Term:
        """The value of a term in the iteration in which the loop is left; by `edge`, if that is known."""
        domain = self.domain(loop)
        if domain.counter not in term.ctx:
            return term
        last = self.last_before(loop, edge) if domain.data else domain.last
        if last is None:
            return searches.start(self, loop, dict.fromkeys(loop.exits, term))
        return edges.taken_at(self.terms, term, domain.counter, last)

    def last_before(self, loop: Loop, edge: Edge | None) -> Affine | None:
        """The iteration that leaves the loop by an exit that is affine: the first one in which it would."""
        if edge is None:
            return None
        cond = self.exit_condition(loop, *edge)
        if cond.kind != "cond":
            return None
        counter = self.counters[loop.header]
        leave = cond.cond.intersect(spaces.symbol(counter).ge_set(spaces.constant(0)))
        return spaces.points(leave, (counter,)).dim_min(0).coalesce()

    def exit_towards(self, loop: Loop, block: str) -> Edge | None:
        """The exit edge by which the loop must have been left for control to be in `block`, if there is just one."""
        for pred, target in loop.exits:
            if (
                target != RETURN
                and self.cfg.predecessors[target] == (pred,)
                and self.cfg.dominates(target, block)
            ):
                return pred, target
        return None

    def leave_loops(self, datum: Datum, have: tuple[Loop, ...], want: tuple[Loop, ...], block: str) -> Datum:
        """A value of inner loops as seen in `block`, outside of them."""
        for loop in reversed(have):
            if loop not in want:
                change = functools.partial(self.left, loop, edge=self.exit_towards(loop, block))
                datum = mapped(datum, change)
        return datum

    def block_cond(self, block: str) -> Cond:
        """An affine over-approximation of the iterations in which the block runs, over all counters around it."""
        found = self.known(("block", block))
        if found is None:
            found = affine_over(self.reach(block))
            for loop in self.chain(block):
                found = found.intersect(self.domain(loop).cond).intersect(affine_over(self.enter(loop)))
            self.learn(("block", block), found.coalesce())
        return found

    def guard(self, block: str) -> Term:
        """The part of the block's condition that `block_cond` only approximates; true where it is exact."""
        result = self.terms.true
        for loop in self.chain(block):
            entered = self.enter(loop)
            if self.domain(loop).data:
                result = searches.alive(self, loop, self.terms.both(result, entered))
            elif entered.kind != "cond":
                result = self.terms.both(result, entered)
        reached = self.reach(block)
        if reached.kind != "cond":
            for part in searches.conjuncts(reached):
                result = self.terms.both(result, part)
        called = self.called(block)
        if called is not None:
            # A call may not return: what stands behind it is certain only as far as it does.
            result = self.terms.both(result, self.terms.op("going", "i1", called))
        return self.under(result, self.block_cond(block))

    def called(self, block: str) -> Term | None:
        """What was called before control comes to the block (`worlds`), None where nothing was."""
        if f"going.{block}" not in self.defs:
            return None
        term = self.term(nodes.Local(f"going.{block}", types.MemoryType()), block)
        return None if term.kind == "arg" else term

    def under(self, term: Term, where: Cond) -> Term:
        """A truth value without the affine conditions that hold anyway."""
        match term.kind:
            case "cond":
                return self.terms.true if where.is_subset(term.cond) else term
            case "and" | "or":
                join = self.terms.both if term.kind == "and" else self.terms.either
                return join(self.under(term.kids[0], where), self.under(term.kids[1], where))
            case _:
                return term

    # Claims and duties

    def ints(self, block: str, instr: Instr) -> Integers:
        name = instr.result or f"{block}.{instr.op}"

        def claim(value: Affine, low: int, high: int, tag: str) -> bool:
            key = (name, tag)
            if key in self.exact:
                return False
            self.claims[(*key, str(value))] = RangeClaim(key, "view", value, low, high, block, instr)
            return True

        return Integers(self.terms, claim)

    def claim_defined(self, block: str, instr: Instr, value: Affine, low: int, high: int) -> bool:
        """C11 6.5p5: a signed result outside its range is undefined. False where it is to be taken as wrapping."""
        key = (instr.result or "", "nsw")
        if key in self.exact:
            return False
        self.claims[(*key, str(value))] = RangeClaim(key, "nsw", value, low, high, block, instr)
        return True

    def claim_subscript(self, block: str, instr: Instr, position: int, value: Affine, count: int) -> None:
        """C11 J.2: a subscript is out of range even if the object behind its array is accessible."""
        key = (instr.result or "", f"index{position}")
        self.claims[(*key, str(value))] = RangeClaim(key, "index", value, 0, count, block, instr)

    def duty(self, kind: str, block: str, instr: Instr, *operands: Term) -> None:
        self.duties.append(DataDuty(kind, block, instr, operands))

    # Values

    def term(self, value: nodes.Value, block: str) -> Term:
        """The value as one term, seen in `block`; an address becomes a number where its base is known."""
        datum = self.datum(value, block)
        if isinstance(datum, Term):
            return datum
        raise Unsupported("a pointer or vector where a scalar is expected")

    def datum(self, value: nodes.Value, block: str) -> Datum:
        """The value as seen in `block`: a value defined in a loop that does not contain the block has left it."""
        if isinstance(value, nodes.Local):
            found = self.local(value.name)
            if value.name in self.defs:
                return self.leave_loops(found, self.chain(self.defs[value.name][0]), self.chain(block), block)
            return found
        return self.meaning.constant(self, value)

    def local(self, name: str) -> Datum:
        found = self.known(("value", name))
        if found is not None:
            return found
        if name not in self.defs:
            return self.learn(("value", name), parameter(self.terms, self.function, name))
        self.depth += 1
        if self.depth > 2000:
            raise NotProved("too-large", "the region is too large for one proof")
        block, instr = self.defs[name]
        try:
            if instr.op == "phi":
                found = self.phi(block, instr)
            else:
                found = self.meaning.evaluate(self, block, instr)
        finally:
            self.depth -= 1
        return self.learn(("value", name), found)

    def phi(self, block: str, instr: Instr) -> Datum:
        loop = self.loop_of(block)
        if loop is not None and loop.header == block:
            return self.meaning.header_phi(self, loop, block, instr)
        arms = list(zip(instr.operands, instr.labels, strict=True))
        return self.merge(arms, block, self.chain(block))

    def merge(self, arms: list[tuple[nodes.Value, str]], block: str, want: tuple[Loop, ...]) -> Datum:
        """The value that arrives over one of several edges into `block`."""
        searched = searches.of_phi(self, arms, block, want[-1] if want else None)
        if searched is not None:
            return searched
        result: Datum | None = None
        together = searches.grouped(self, arms, block, want[-1] if want else None)
        loop = self.loop_of(block)
        heads = loop is not None and loop.header == block
        here = spaces.everywhere() if heads else affine_over(self.reach(block))
        for value, pred in reversed(arms):
            if pred in together:
                found = together[pred]
                if found is not None:
                    entered, datum = found
                    result = datum if result is None else self.terms.choose(entered, datum, result)  # type: ignore[arg-type]
                continue
            datum = self.leave_loops(self.datum(value, pred), self.chain(pred), want, block)
            if result is None:
                result = datum
            else:
                taken = self.under(self.flow(pred, block), here)
                result = choose(self.terms, taken, datum, result, instr_loc=None)
        if result is None:
            raise Unsupported("a phi without incoming values")
        return result

    def carried_term(self, counter: str, name: str, type_: str, ctx: tuple[str, ...]) -> tuple[Carried, Term]:
        carried = Carried(counter, name)
        return carried, self.terms.phi(carried, type_, ctx)

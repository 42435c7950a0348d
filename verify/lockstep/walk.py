"""The walk over all pairs of places that both programs come to together, and what must hold of its cycles.

The rewrite runs until it does something that another could see: a store, a call, an access to volatile memory, the end.
The original must then come to the same, on equal operands, whatever happened before. Where the rewrite's control comes
together, all that is known is a state (`states`); every way to that place must be an instance of it. States are guessed
by anti-unification until none changes, then checked once more without changing any.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from verify.ir.nodes import ConstInt, Instr, Local
from verify.ir.scopes import LIFETIME_END, is_lifetime
from verify.ir.types import VoidType
from verify.lockstep import states
from verify.lockstep.paths import Facts, Machine, Path, lasting
from verify.lockstep.programs import Place
from verify.lockstep.states import Slot, State
from verify.lockstep.terms import MEMORY, Term
from verify.verdict import NotProved, Unsupported

Key = tuple[str, Place]
"""A block of the rewrite and a place in the original."""

TURNS = 80
_COPIES = ("llvm.memcpy.", "llvm.memmove.", "llvm.memset.")


@dataclass(frozen=True, slots=True)
class Edge:
    """A way from one pair of places to the next: what the original and the rewrite passed."""

    source: Key
    target: Key
    steps: int
    before: frozenset[str]
    after: frozenset[str]


@dataclass
class Walk:
    """`cuts`: blocks of the rewrite where states stand; `budget`: instructions that may be executed."""

    machine: Machine
    cuts: frozenset[str]
    budget: int
    states: dict[Key, State] = field(default_factory=dict[Key, State])
    pending: list[Key] = field(default_factory=list[Key])
    edges: list[Edge] = field(default_factory=list[Edge])
    ends: int = 0
    checking: bool = False

    def run(self, start: Path) -> None:
        """Raises NotProved and Unsupported where the programs do not keep in step."""
        entry = (start.t[0], start.s)
        self.states[entry] = self._state(start, start.t[0])
        self.pending = [entry]
        while self.pending:
            self._explore(self.pending.pop())
        self.checking, self.ends = True, 0
        reached, work = {entry}, [entry]
        while work:
            known = len(self.edges)
            self._explore(work.pop())
            for edge in self.edges[known:]:
                if edge.target not in reached:
                    reached.add(edge.target)
                    work.append(edge.target)
        self.states = {key: state for key, state in self.states.items() if key in reached}

    def _explore(self, key: Key) -> None:
        program = self.machine.programs["t"]
        state = self.states[key]
        values: dict[str, dict[str, Term]] = {"s": {}, "t": {}}
        for (side, name), value in state.slots.items():
            if side != "m":
                values[side][name] = value
        facts = Facts()
        for fact, truth in state.facts.items():
            facts.assume(fact, truth)
        path = Path((key[0], program.first[key[0]]), key[1], values, state.slots["m", ""], facts)
        paths = [path]
        while paths:
            path = paths.pop()
            paths += self._advance(path, key)

    def _advance(self, path: Path, origin: Key) -> list[Path]:
        """Run the rewrite to its next event, choice or state."""
        machine = self.machine
        while True:
            instr = machine.instr(path, "t")
            self._spend(instr)
            if machine.quiet("t", instr):
                machine.compute(path, "t", instr)
                machine.step(path, "t")
                continue
            if instr.op not in ("br", "switch"):
                return list(self._event(path, instr))
            found: list[Path] = []
            choices = machine.choices(path, "t", instr)
            for number, (label, facts) in enumerate(choices):
                way = path if number == len(choices) - 1 else path.copy()
                for fact, truth in facts:
                    way.facts.assume(fact, truth)
                before, after = way.seen
                way.seen = before, after | {way.t[0]}
                machine.enter(way, "t", label)
                if label not in self.cuts or not self._arrive(way, origin):
                    found.append(way)
            if len(found) != 1 or len(choices) != 1:
                return found
            path = found[0]

    def _spend(self, instr: Instr) -> None:
        self.budget -= 1
        if self.budget < 0:
            raise NotProved(
                "out-of-steps", "the two versions are too large to be followed in step", instr.loc
            )

    # The original.

    def _follow(self, path: Path) -> str:
        """Run the original to its next event or open choice; tells which."""
        machine = self.machine
        while True:
            instr = machine.instr(path, "s")
            self._spend(instr)
            if machine.quiet("s", instr):
                machine.compute(path, "s", instr)
                machine.step(path, "s")
                continue
            if instr.op not in ("br", "switch"):
                return "event"
            choices = machine.choices(path, "s", instr)
            if len(choices) > 1:
                return "choice"
            self._go(path, choices[0][0])

    def _go(self, path: Path, label: str) -> None:
        before, after = path.seen
        path.seen = before | {path.s[0], label}, after
        path.steps += 1
        self.machine.enter(path, "s", label)

    def _forked(self, path: Path) -> Iterator[Path]:
        choices = self.machine.choices(path, "s", self.machine.instr(path, "s"))
        for number, (label, facts) in enumerate(choices):
            way = path if number == len(choices) - 1 else path.copy()
            for fact, truth in facts:
                way.facts.assume(fact, truth)
            self._go(way, label)
            yield way

    def _caught_up(self, path: Path) -> Iterator[Path]:
        """The places to which the original comes by what the rewrite has done already: beginnings of loops and the
        last one."""
        machine = self.machine
        headers = machine.programs["s"].headers
        turns = 0
        while True:
            block, index = path.s
            if block in headers and index == machine.programs["s"].first[block]:
                if machine.settle(path):
                    yield path.copy()
                turns += 1
                if turns > TURNS:
                    return
            while True:
                instr = machine.instr(path, "s")
                self._spend(instr)
                if machine.quiet("s", instr):
                    if machine.settle(path) and not machine.preview(path, instr):
                        yield path
                        return
                    machine.compute(path, "s", instr)
                    machine.step(path, "s")
                    continue
                choices = machine.choices(path, "s", instr) if instr.op in ("br", "switch") else []
                if len(choices) != 1:
                    yield path
                    return
                self._go(path, choices[0][0])
                break

    # Events.

    def _event(self, path: Path, instr: Instr) -> Iterator[Path]:
        """The ways on after the rewrite has done something that the original must do too."""
        work = [path]
        forks = 0
        while work:
            path = work.pop()
            if self._follow(path) == "choice":
                forks += 1
                if forks > TURNS:
                    raise NotProved("calls", "the original goes on where the rewrite waits for it", instr.loc)
                work += self._forked(path)
                continue
            other = self.machine.instr(path, "s")
            if other.op == "unreachable":
                continue
            if self._same(path, other, instr):
                yield path

    def _same(self, path: Path, one: Instr, other: Instr) -> bool:
        """Do both events; False where the function ends."""
        machine = self.machine
        if is_marker(one) and is_marker(other):
            self._marker(path, one, other)
            return True
        if self._name("s", one) != self._name("t", other):
            raise differs(one, other)
        operands = [machine.operands(path, side, instr) for side, instr in (("t", other), ("s", one))]
        if any(a is not b for a, b in zip(*operands, strict=True)):
            raise differs(one, other)
        if not _returns(other):
            if not machine.settle(path):
                raise NotProved(
                    "calls",
                    "the rewrite does what may be undefined before the original is sure to",
                    other.loc,
                )
            path.facts.known = lasting(path.facts.known)
            path.done = lasting(path.done)
        if other.op == "ret":
            self.ends += 1
            return False
        path.memory = machine.terms.symbol(MEMORY)
        if other.result is not None and one.result is not None:
            value = machine.terms.symbol(other.type)
            path.values["t"][other.result] = path.values["s"][one.result] = value
        machine.step(path, "s")
        machine.step(path, "t")
        return True

    def _name(self, side: str, instr: Instr) -> tuple[object, ...]:
        meta = self.machine.programs[side].meta(instr)
        return (
            instr.op, instr.type, instr.flags - {"tail", "notail"}, instr.predicate, instr.source_type, instr.indices,
            instr.callee, instr.attributes, instr.align, meta,
        )  # fmt: skip

    def _marker(self, path: Path, one: Instr, other: Instr) -> None:
        """An automatic object begins or ends to live in both: at its beginning it is a new object somewhere."""
        machine = self.machine
        found: list[tuple[str, str, Instr]] = []
        for side, instr in (("s", one), ("t", other)):
            pointer = instr.operands[-1]
            name = pointer.name if isinstance(pointer, Local) else ""
            if name not in machine.programs[side].objects:
                raise Unsupported("a lifetime marker of something that is no object", instr.loc)
            found.append((side, name, machine.programs[side].objects[name]))
        first, second = found
        begins = machine.programs["t"].starts(other)
        if one.callee != other.callee or not machine.settle(path) or not alike(first[2], second[2]):
            raise differs(one, other)
        address = machine.terms.symbol(second[2].type) if begins else machine.terms.token
        if not begins and path.values["s"][first[1]] is not path.values["t"][second[1]]:
            raise differs(one, other)
        for side, name, _ in found:
            path.values[side][name] = address
        path.facts.known, path.done = lasting(path.facts.known), lasting(path.done)
        path.memory = machine.terms.symbol(MEMORY)
        machine.step(path, "s")
        machine.step(path, "t")

    # States.

    def _arrive(self, path: Path, origin: Key) -> bool:
        """The rewrite has come to a block where a state stands, or is to stand; False where none can stand on this way
        since the rewrite still owes something, as it must not at the beginning of a loop."""
        block = path.t[0]
        header = block in self.machine.programs["t"].headers
        ahead = self._ahead(block)
        ways: list[tuple[tuple[int, int], Path, State]] = []
        for way in self._caught_up(path):
            if not self.machine.settle(way):
                continue
            state = self._state(way, block)
            known = self.states.get((block, way.s))
            if known is not None and self._instance(known, state, way):
                self._edge(origin, way)
                return True
            ways.append(((self._likeness(ahead or block, way.s), _shared(state)), way, state))
        if not ways and not header:
            return False
        if self.checking:
            raise NotProved("self-refinement", "a guess about both versions does not hold")
        if not ways:
            loc = self.machine.instr(path, "t").loc
            raise NotProved("calls", "the rewrite does what the original may not come to", loc)
        _, way, state = max(ways, key=lambda item: item[0]) if ahead is not None else ways[-1]
        key = (block, way.s)
        old = self.states.get(key)
        if old is not None:
            state = states.merged(self.machine.terms, old, state, lambda f: self._holds(way, f))
        elif header:
            state = states.opened(self.machine.terms, state, self._varying(block, way.s))
        self.states[key] = state
        if key not in self.pending:
            self.pending.append(key)
        return True

    def _ahead(self, block: str) -> str | None:
        """The loop of the rewrite that certainly begins next."""
        program = self.machine.programs["t"]
        seen: set[str] = set()
        while block not in program.headers:
            onward = program.blocks[block].terminator.labels
            if len(onward) != 1 or block in seen:
                return None
            seen.add(block)
            block = onward[0]
        return block

    def _likeness(self, block: str, place: Place) -> int:
        """For how many instructions a block of the rewrite begins like the original's next ones: a guess."""
        first = self.machine.programs["t"].blocks[block].instrs[self.machine.programs["t"].first[block] :]
        second = self.machine.programs["s"].blocks[place[0]].instrs[place[1] :]
        count = 0
        for one, other in zip(first, second, strict=False):
            if (one.op, one.predicate, _constants(one)) != (other.op, other.predicate, _constants(other)):
                break
            count += 1
        return count

    def _instance(self, known: State, state: State, way: Path) -> bool:
        return states.instance(self.machine.terms, known, state, lambda fact: self._holds(way, fact))

    def _holds(self, path: Path, fact: Term) -> bool | None:
        return path.facts.holds(self.machine.terms, fact)

    def _edge(self, origin: Key, way: Path) -> None:
        if self.checking:
            before, after = way.seen
            self.edges.append(Edge(origin, (way.t[0], way.s), way.steps, before, after | {way.t[0]}))

    def _varying(self, block: str, place: Place) -> frozenset[Slot]:
        """What the loops that begin here change, as far as the phis at their beginning tell."""
        found: set[Slot] = {("m", "")}
        for side, name in (("t", block), ("s", place[0])):
            program = self.machine.programs[side]
            if side == "t" or (name in program.headers and place[1] == program.first[name]):
                phis = program.blocks[name].instrs[: program.first[name]]
                found |= {(side, phi.result) for phi in phis if phi.result is not None}
        return frozenset(found)

    def _state(self, path: Path, block: str) -> State:
        slots: dict[Slot, Term] = {("m", ""): path.memory}
        places = {"t": (block, self.machine.programs["t"].first[block]), "s": path.s}
        for side, place in places.items():
            values = path.values[side]
            for name in sorted(self.machine.programs[side].live(place)):
                slots[side, name] = values.get(name, self.machine.terms.token)
        return states.made(slots, path.facts.known)


def _constants(instr: Instr) -> tuple[int | None, ...]:
    return tuple(value.value if isinstance(value, ConstInt) else None for value in instr.operands)


def _shared(state: State) -> int:
    """How many values of the rewrite the original has too."""
    theirs = {value for (side, _), value in state.slots.items() if side == "s"}
    return sum(side == "t" and value in theirs for (side, _), value in state.slots.items())


def _returns(instr: Instr) -> bool:
    """A store or copy to ordinary memory, behind which the program goes on."""
    if instr.op == "store":
        return not instr.flags
    last = instr.operands[-1] if instr.operands else None
    return instr.callee.startswith(_COPIES) and isinstance(last, ConstInt) and last.value == 0


def is_marker(instr: Instr) -> bool:
    return is_lifetime(instr, "llvm.lifetime.start") or is_lifetime(instr, LIFETIME_END)


def alike(one: Instr, other: Instr) -> bool:
    """Whether two automatic objects have the same size, type and alignment."""
    fields = ("source_type", "operands", "align", "type", "flags")
    return all(getattr(one, name) == getattr(other, name) for name in fields)


def differs(one: Instr, other: Instr) -> NotProved:
    def told(instr: Instr) -> str:
        if isinstance(instr.type, VoidType) and instr.op not in ("call", "ret"):
            return instr.op
        return f"a call of {instr.callee or 'a pointer'}" if instr.op == "call" else f"a {instr.op}"

    return NotProved("calls", f"{told(other)} meets {told(one)} of the original on other values", other.loc)

"""Promotion of scalar automatic objects to values. Nothing else is removed, moved or simplified."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from verify.ir.cfg import dominators, predecessors, reverse_post_order, successors
from verify.ir.nodes import Block, ConstInt, Function, Instr, Local, Value
from verify.ir.opaque import without_idle_checks
from verify.ir.scopes import LIFETIME_END, LIFETIME_START, UNSCOPED, allocas, is_lifetime, mark_unscoped
from verify.ir.types import FloatType, IntType, PtrType, Type, VectorType
from verify.ir.values import with_values

_HARMLESS = frozenset(("tbaa", "nosanitize"))
_BOOLEAN = frozenset(("tbaa", "nosanitize", "range", "noundef"))


def promote(function: Function) -> Function:
    """The function with its promotable objects as values and without unreachable blocks.

    Promotable: a scalar or vector object in the entry block, used only by plain loads and stores of exactly
    its type and by lifetime markers. Its alloca, loads, stores and markers vanish; phis are placed where a
    variable is live. The value is opaque, `Instr(op="token", result="tok.<name>.<n>")`, at lifetime.start, at
    lifetime.end if it is read later, and in the entry block for a variable that a path may read before
    anything is stored. A variable whose block may be entered again invisibly (verify.ir.scopes) always
    has an entry token, and its tokens carry the metadata ("unscoped", "1"), as do allocas that stay. Checks
    that `inline` made of values that turn out never to be opaque vanish too.
    """
    function = mark_unscoped(_without_unreachable(function))
    if not function.blocks:
        return function
    found = {a.result: a for a in allocas(function) if a.result is not None and _scalar(a)}
    for name in _unpromotable(function, found):
        del found[name]
    return without_idle_checks(_rewrite(function, found) if found else function)


def promote_only(function: Function, names: frozenset[str]) -> Function:
    """The function with just these objects of its entry block as values; all their uses must be plain."""
    found = {a.result: a for a in allocas(function) if a.result is not None and a.result in names}
    return _rewrite(function, found) if found else function


def _scalar(alloca: Instr) -> bool:
    count = alloca.operands
    single = not count or (isinstance(count[0], ConstInt) and count[0].value == 1)
    kinds = IntType | FloatType | PtrType | VectorType
    return single and isinstance(alloca.source_type, kinds) and not alloca.flags


def _without_unreachable(function: Function) -> Function:
    kept = frozenset(reverse_post_order(function))
    if len(kept) == len(function.blocks):
        return function
    blocks: list[Block] = []
    for block in function.blocks:
        if block.name in kept:
            instrs = tuple(_narrowed(i, kept) if i.op == "phi" else i for i in block.instrs)
            blocks.append(Block(block.name, instrs))
    return replace(function, blocks=tuple(blocks))


def _narrowed(phi: Instr, kept: frozenset[str]) -> Instr:
    pairs = [(v, b) for v, b in zip(phi.operands, phi.labels, strict=True) if b in kept]
    return replace(phi, operands=tuple(v for v, _ in pairs), labels=tuple(b for _, b in pairs))


def _unpromotable(function: Function, found: Mapping[str, Instr]) -> set[str]:
    bad: set[str] = set()
    ranged: set[str] = set()
    wide: set[str] = set()
    zeros_and_ones = {
        i.result
        for b in function.blocks
        for i in b.instrs
        if i.op == "zext" and i.source_type == IntType(1) and i.result is not None
    }
    for block in function.blocks:
        for instr in block.instrs:
            names = [v.name for v in instr.operands if isinstance(v, Local) and v.name in found]
            if not names:
                continue
            name = names[0]
            if len(names) > 1 or not _allowed(instr, found[name]):
                bad.update(names)
            elif instr.op == "load" and not {k for k, _ in instr.metadata} <= _HARMLESS:
                ranged.add(name)
            elif instr.op == "store" and not _is_boolean(instr.operands[0], zeros_and_ones):
                wide.add(name)
    # A load's !range and !noundef are claims; they may go only where the stored values show that they hold.
    return bad | (ranged & wide)


def _is_boolean(value: Value, zeros_and_ones: set[str]) -> bool:
    match value:
        case ConstInt(number, _):
            return number <= 1
        case Local(name, _):
            return name in zeros_and_ones
        case _:
            return False


def _allowed(instr: Instr, alloca: Instr) -> bool:
    pointer = instr.operands[-1]
    if not (isinstance(pointer, Local) and pointer.name == alloca.result):
        return False
    if instr.op in ("load", "store"):
        plain = not instr.flags and instr.type == alloca.source_type and instr.align <= max(alloca.align, 1)
        return plain and {k for k, _ in instr.metadata} <= _BOOLEAN
    return is_lifetime(instr, LIFETIME_START) or is_lifetime(instr, LIFETIME_END)


def _variable(instr: Instr, found: Mapping[str, Instr]) -> str | None:
    """The promoted variable that this load, store or marker is about."""
    if instr.op not in ("load", "store", "call") or not instr.operands:
        return None
    pointer = instr.operands[-1]
    return pointer.name if isinstance(pointer, Local) and pointer.name in found else None


def _live_in(function: Function, found: Mapping[str, Instr]) -> dict[str, frozenset[str]]:
    """For every block the promoted variables that may be read before they are written."""
    reads: dict[str, set[str]] = {}
    writes: dict[str, set[str]] = {}
    for block in function.blocks:
        reads[block.name], writes[block.name] = set(), set()
        for instr in block.instrs:
            name = _variable(instr, found)
            if name is None:
                continue
            if instr.op == "load" and name not in writes[block.name]:
                reads[block.name].add(name)
            elif instr.op != "load":
                writes[block.name].add(name)
    live = {name: frozenset(names) for name, names in reads.items()}
    order = tuple(reversed(reverse_post_order(function)))
    after = {b.name: successors(b) for b in function.blocks}
    changed = True
    while changed:
        changed = False
        for name in order:
            out = frozenset[str]().union(*(live[s] for s in after[name]))
            new = frozenset(reads[name]) | (out - writes[name])
            if new != live[name]:
                live[name] = new
                changed = True
    return live


def _frontiers(function: Function) -> dict[str, set[str]]:
    """Dominance frontiers of the reachable blocks."""
    idom = dominators(function)
    sources = predecessors(function)
    found: dict[str, set[str]] = {name: set() for name in idom}
    for name, before in sources.items():
        for source in before:
            at: str | None = source
            while at is not None and at != idom[name]:
                found[at].add(name)
                at = idom[at]
    return found


@dataclass
class _Names:
    """Fresh names in one function."""

    taken: set[str]

    def fresh(self, wanted: str) -> str:
        name, n = wanted, 0
        while name in self.taken:
            n += 1
            name = f"{wanted}.{n}"
        self.taken.add(name)
        return name


@dataclass
class _Renaming:
    """What the walk over the dominator tree has produced so far."""

    function: Function
    found: Mapping[str, Instr]
    live: Mapping[str, frozenset[str]]
    names: _Names
    phis: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])
    incoming: dict[tuple[str, str], list[tuple[Value, str]]] = field(
        default_factory=dict[tuple[str, str], list[tuple[Value, str]]]
    )
    loads: dict[str, Value] = field(default_factory=dict[str, Value])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    ends: set[str] = field(default_factory=set[str])
    bodies: dict[str, list[Instr]] = field(default_factory=dict[str, list[Instr]])

    def type_of(self, name: str) -> Type:
        ty = self.found[name].source_type
        assert ty is not None
        return ty

    def token(self, name: str, at: Instr | None) -> Instr:
        count = self.counts.get(name, 0)
        self.counts[name] = count + 1
        marks = (UNSCOPED,) if self.found[name].meta(UNSCOPED[0]) else ()
        loc = at.loc if at is not None else None
        result = self.names.fresh(f"tok.{name}.{count}")
        return Instr("token", result, self.type_of(name), metadata=marks, loc=loc)


def _rewrite(function: Function, found: Mapping[str, Instr]) -> Function:
    live = _live_in(function, found)
    taken = {i.result for b in function.blocks for i in b.instrs if i.result is not None}
    state = _Renaming(function, found, live, _Names(taken | {p.name for p in function.params}))
    _place_phis(state)
    _walk(state)
    blocks: list[Block] = []
    for block in function.blocks:
        added = [
            _phi(state, name, result, state.incoming.get((block.name, name), []))
            for name, result in state.phis[block.name].items()
        ]
        body = [with_values(i, state.loads) for i in (*added, *state.bodies[block.name])]
        blocks.append(Block(block.name, tuple(body)))
    read = {v.name for b in blocks for i in b.instrs for v in i.operands if isinstance(v, Local)}
    unread = state.ends - read
    kept = (Block(b.name, tuple(i for i in b.instrs if i.result not in unread)) for b in blocks)
    return replace(function, blocks=tuple(kept))


def _phi(state: _Renaming, name: str, result: str, pairs: list[tuple[Value, str]]) -> Instr:
    values, labels = tuple(v for v, _ in pairs), tuple(b for _, b in pairs)
    return Instr("phi", result, state.type_of(name), values, labels=labels)


def _place_phis(state: _Renaming) -> None:
    frontiers = _frontiers(state.function)
    entry = state.function.blocks[0].name
    state.phis.update({b.name: {} for b in state.function.blocks})
    defined: dict[str, list[str]] = {name: [entry] for name in state.found}
    for block in state.function.blocks:
        for instr in block.instrs:
            name = _variable(instr, state.found)
            if name is not None and instr.op != "load":
                defined[name].append(block.name)
    for name, places in defined.items():
        work = list(dict.fromkeys(places))
        while work:
            for target in sorted(frontiers[work.pop()]):
                if name not in state.phis[target] and name in state.live[target]:
                    state.phis[target][name] = state.names.fresh(f"{name}.{target}")
                    work.append(target)


def _walk(state: _Renaming) -> None:
    blocks = {b.name: b for b in state.function.blocks}
    children: dict[str, list[str]] = {name: [] for name in blocks}
    for name, above in dominators(state.function).items():
        if above is not None:
            children[above].append(name)
    entry = state.function.blocks[0]
    first = list(_entry_tokens(state, entry))
    values: dict[str, Value] = {name: token.value for name, token in first}
    stack = [(entry.name, values)]
    while stack:
        name, values = stack.pop()
        for variable, result in state.phis[name].items():
            values[variable] = Local(result, state.type_of(variable))
        body = list(_block(state, blocks[name], values))
        if name == entry.name:
            body = [t for _, t in first] + body
        state.bodies[name] = body
        for target in successors(blocks[name]):
            for variable in state.phis[target]:
                state.incoming.setdefault((target, variable), []).append((values[variable], name))
        stack.extend((child, dict(values)) for child in children[name])


def _entry_tokens(state: _Renaming, entry: Block) -> Iterator[tuple[str, Instr]]:
    for name, alloca in state.found.items():
        if name in state.live[entry.name] or alloca.meta(UNSCOPED[0]):
            yield name, state.token(name, alloca)


def _block(state: _Renaming, block: Block, values: dict[str, Value]) -> Iterator[Instr]:
    """The block's own instructions without those of promoted variables; `values` is brought to its end."""
    for instr in block.instrs:
        if instr.op == "alloca" and instr.result in state.found:
            continue
        name = _variable(instr, state.found)
        if name is None:
            yield instr
        elif instr.op == "load":
            state.loads[instr.result or ""] = values[name]
        elif instr.op == "store":
            values[name] = instr.operands[0]
        else:
            marker = state.token(name, instr)
            if is_lifetime(instr, LIFETIME_END):
                state.ends.add(marker.value.name)
            values[name] = marker.value
            yield marker

"""Values that a loop carries from one iteration to the next: closed forms where they are affine, else `phi` terms."""

from __future__ import annotations

from verify.flow import lanes, spaces
from verify.flow.spaces import Affine, Cond
from verify.flow.summary import Summary
from verify.flow.terms import Carried, Term, affine_over, restrict
from verify.flow.values import ANYWHERE, Address, Datum, as_value, scalar_type
from verify.ir import nodes, types
from verify.ir.cfg import Loop
from verify.ir.nodes import Instr
from verify.verdict import Unsupported

Arms = list[tuple[nodes.Value, str]]


def header_phi(s: Summary, loop: Loop, block: str, instr: Instr) -> Datum:
    """The value of a phi in a loop's header, over the loop's counter and those around it."""
    arms = list(zip(instr.operands, instr.labels, strict=True))
    entering: Arms = [arm for arm in arms if arm[1] not in loop.blocks]
    around: Arms = [arm for arm in arms if arm[1] in loop.blocks]
    chain = s.chain(block)
    init = s.merge(entering, block, chain[:-1])
    counter = s.counters[loop.header]
    if isinstance(instr.type, types.IntType | types.PtrType) and not _is_truth(instr):
        closed = _closed_form(s, counter, init, around, block, instr)
        if closed is not None:
            return closed
    return _opaque(s, counter, init, around, block, instr)


def _is_truth(instr: Instr) -> bool:
    return isinstance(instr.type, types.IntType) and instr.type.bits == 1


def _closed_form(
    s: Summary, counter: str, init: Datum, around: Arms, block: str, instr: Instr
) -> Datum | None:
    """Induction variables (a constant step), and wrap-around variables that are affine one iteration earlier.

    The step is found by evaluating the latch on a symbol in place of the phi; whatever that evaluation memoized is
    dropped with its layer."""
    if isinstance(init, tuple):
        return None
    start = init.offset if isinstance(init, Address) else init
    unknown = spaces.spelled(f"{s.side}phi{len(s.layers)}.{instr.result}")
    symbol = s.terms.integer(spaces.symbol(unknown), start.type)
    with s.provisional():
        stand_in = Address(init.base, symbol, None, init.within) if isinstance(init, Address) else symbol
        s.learn(("value", instr.result), stand_in)
        s.learn(("stands in", unknown), counter)
        latch = s.merge(around, block, s.chain(block))
        after = latch.offset if isinstance(latch, Address) else latch
        onward = spaces.nowhere()
        if _varies(after, unknown):
            for _, pred in around:
                onward = onward.union(affine_over(s.flow(pred, block)))
    if isinstance(init, Address) and not (isinstance(latch, Address) and latch.base == init.base):
        return _number(s, counter, init, around, block, instr)
    if not isinstance(after, Term) or after.kind != "int":
        return None
    count = spaces.symbol(counter)
    step = spaces.constant_of(after.affine.sub(spaces.symbol(unknown)))
    if step is not None:
        moved = count.mul(spaces.constant(step))
        if start.kind == "int":
            value = s.terms.integer(start.affine.add(moved), start.type)
        else:
            value = s.terms.op("add", start.type, start, s.terms.integer(moved, start.type))
        return Address(init.base, value, None, init.within) if isinstance(init, Address) else value
    if start.kind != "int" or _unsettled(s, block, (after.affine, onward), unknown):
        return None
    steady = _steady(counter, start.affine, after.affine, unknown, onward)
    if steady is not None:
        value = s.terms.integer(steady, start.type)
        return Address(init.base, value, None, init.within) if isinstance(init, Address) else value
    if unknown in spaces.names_in(after.affine):
        return None
    before = spaces.substitute(after.affine, counter, count.sub(spaces.constant(1)))
    first = count.le_set(spaces.constant(0))
    joined = restrict(start.affine, first).union_add(restrict(before, spaces.negate(first)))
    value = s.terms.integer(joined, start.type)
    return Address(init.base, value, None, init.within) if isinstance(init, Address) else value


def _unsettled(s: Summary, block: str, values: tuple[Affine | Cond, ...], unknown: str) -> bool:
    """Whether another phi of the loop, or of one inside of it, is being evaluated, and a symbol stands in its place: it
    would be taken for the same in all iterations."""
    around = s.counters_of(block)[:-1]
    names = frozenset(name for value in values for name in spaces.names_in(value)) - {unknown}
    standing = (s.known(("stands in", name)) for name in names)
    return any(counter is not None and counter not in around for counter in standing)


def _varies(after: object, unknown: str) -> bool:
    """Whether a latch is affine, but no constant step from its phi's value."""
    if not isinstance(after, Term) or after.kind != "int":
        return False
    return spaces.constant_of(after.affine.sub(spaces.symbol(unknown))) is None


def _steady(counter: str, start: Affine, after: Affine, unknown: str, onward: Cond) -> Affine | None:
    """A value that moves by a constant for some iterations, then once by something else, and then stays: what is left
    of a length that is worked off in blocks, and the place in it (`m = n < 4096 ? n : 4096; p += m; n -= m`).

    `after` is the value of the next iteration where this one's is `unknown`, if there is one (within `onward`). The
    form is a guess that is checked: it is `start` at first, and each value gives the next."""
    count, old = spaces.symbol(counter), spaces.symbol(unknown)
    where: dict[int, Cond] = {}
    for cond, step in after.sub(old).coalesce().get_pieces():
        number = step.get_constant_val() if step.is_cst() else None
        if number is not None and number.is_int() and not number.is_zero():
            known = int(number.to_python())
            where[known] = where[known].union(cond) if known in where else cond
    begun = count.ge_set(spaces.constant(0))
    for step, steadily in where.items():
        moved = start.add(count.mul(spaces.constant(step)))
        stops = begun.subtract(spaces.substitute_in(steadily.intersect(onward), unknown, moved))
        last = spaces.points(stops, (counter,)).dim_min(0).coalesce()
        end = spaces.substitute(spaces.substitute(after, unknown, moved), counter, last)
        going = spaces.negate(spaces.forget(stops, (counter,))).union(count.le_set(last))
        value = restrict(moved, going).union_add(restrict(end, count.gt_set(last))).coalesce()
        following = spaces.substitute(value, counter, count.add(spaces.constant(1)))
        holds = following.eq_set(spaces.substitute(after, unknown, value))
        needed = begun.intersect(start.domain()).intersect(spaces.substitute_in(onward, unknown, value))
        if needed.is_subset(holds):
            return value
    return None


def _number(s: Summary, counter: str, init: Address, around: Arms, block: str, instr: Instr) -> Datum:
    """A pointer that goes from object to object (a list's next) is carried as a number."""
    carried, term = s.carried_term(counter, instr.result or "", "i64", s.counters_of(block))
    carried.init = as_value(s.terms, init, instr.loc)
    value = s.learn(("value", instr.result), Address(ANYWHERE, term))
    latch = s.merge(around, block, s.chain(block))
    if not isinstance(latch, Address):
        raise Unsupported("a pointer that becomes a number in a loop", instr.loc)
    carried.latch = as_value(s.terms, latch, instr.loc)
    return value


def _opaque(s: Summary, counter: str, init: Datum, around: Arms, block: str, instr: Instr) -> Datum:
    ctx = s.counters_of(block)
    links: list[Carried] = []

    def carry(datum: Datum) -> Datum:
        if isinstance(datum, tuple):
            return tuple(carry(lane) for lane in datum)  # type: ignore[return-value]
        if isinstance(datum, Address):
            return Address(datum.base, carry(datum.offset), None, datum.within)  # type: ignore[arg-type]
        carried, term = s.carried_term(counter, instr.result or "", datum.type, ctx)
        carried.init = datum
        links.append(carried)
        return term

    if isinstance(init, tuple):
        init = _divided(s, block, instr, init)
    value = carry(init)
    s.learn(("value", instr.result), value)
    latch = s.merge(around, block, s.chain(block))
    if isinstance(value, tuple) and isinstance(latch, tuple):
        latch = _alike(s, block, instr, latch, value)
    for carried, after in zip(links, _flat(latch), strict=True):
        carried.latch = after
    return value


def _divided(s: Summary, block: str, instr: Instr, init: tuple[Term | Address, ...]) -> Datum:
    """A vector in the finest lanes that arithmetic on it uses, so that each lane is carried by itself."""
    bits = [lane for lane in init if isinstance(lane, Term)]
    wanted = s.cfg.finest.get(instr.result or "")
    if len(bits) != len(init) or wanted is None or not isinstance(instr.type, types.VectorType):
        return init
    ints = s.ints(block, instr)
    own = scalar_type(instr.type.elem, instr.loc)
    if lanes.width(own) == wanted:
        return lanes.shaped(ints, bits, instr.type.count, own)
    return lanes.regroup(ints, bits, wanted)


def _alike(s: Summary, block: str, instr: Instr, latch: tuple[Term | Address, ...], value: Datum) -> Datum:
    """A vector divided as another is."""
    bits = [lane for lane in latch if isinstance(lane, Term)]
    like = _flat(value)
    if len(bits) != len(latch) or not like:
        return latch
    return lanes.shaped(s.ints(block, instr), bits, len(like), like[0].type)


def _flat(datum: Datum) -> list[Term]:
    if isinstance(datum, tuple):
        return [term for lane in datum for term in _flat(lane)]
    return [datum.offset] if isinstance(datum, Address) else [datum]

"""Promises that a loop's iterations are independent (`omp simd`, `GCC ivdep`, `clang loop vectorize`): proved of all
pairs of its iterations, or refused."""

from __future__ import annotations

from verify.flow import lastwriter, spaces
from verify.flow.model import Site, spoken
from verify.flow.pair import Pair
from verify.flow.summary import Summary
from verify.flow.terms import Term
from verify.flow.values import Address
from verify.ir import types
from verify.ir.cfg import Loop
from verify.ir.nodes import Instr
from verify.problem import LoopPromise, Problem
from verify.verdict import NotProved

OPERATORS = {
    "+": ("add",), "*": ("mul",), "&": ("and",), "|": ("or",), "^": ("xor",), "max": ("smax", "umax"),
    "min": ("smin", "umin"),
}  # fmt: skip


def check(pair: Pair, problem: Problem) -> None:
    """Raises NotProved for a promise that may be false of the rewrite's loop."""
    for promise in problem.after.loops:
        loop = _loop(pair.after.summary, promise)
        if loop is None:
            raise _refused(promise, "its loop is not found")
        if pair.after.summary.domain(loop).data:
            raise _refused(promise, "data ends its loop")
        _scalars(pair.after.summary, loop, promise)
        if promise.of != "order":
            _memory(pair, loop, promise)


def _refused(promise: LoopPromise, why: str) -> NotProved:
    return NotProved("promise", f"pragma {promise.text}: {why}")


def _loop(s: Summary, promise: LoopPromise) -> Loop | None:
    """The one loop that begins on the promise's line, by clang's loop metadata."""
    found = [loop for loop in s.cfg.loops.values() if promise.line in _lines(s, loop)]
    return found[0] if len(found) == 1 else None


def _lines(s: Summary, loop: Loop) -> set[int]:
    result: set[int] = set()
    for block in loop.blocks:
        terminator = s.function.block(block).terminator
        node = terminator.meta("llvm.loop") if loop.header in terminator.labels else None
        text = s.module.metadata.get((node or "").lstrip("!"), "")
        for part in text.partition("{")[2].rstrip("}").split(","):
            place = s.module.metadata.get(part.strip().lstrip("!"), "")
            if place.startswith("!DILocation(line: "):
                result.add(int(place.removeprefix("!DILocation(line: ").split(",")[0].rstrip(")")))
                break
    return result


def _scalars(s: Summary, loop: Loop, promise: LoopPromise) -> None:
    """What iterations hand on outside of memory: nothing but the counter and declared reductions of integers, whose
    order does not matter. Of floats an order may be changed only where flags permit it, which nothing here does."""
    counters = 0
    for instr in s.function.block(loop.header).instrs:
        if instr.op != "phi" or instr.result is None:
            continue
        datum = s.local(instr.result)
        closed = datum.offset if isinstance(datum, Address) else datum
        if isinstance(closed, Term) and closed.kind == "int":
            counters += 1
            if promise.of == "everything" and counters > 1:
                raise _refused(promise, "two variables are carried from one iteration to the next")
            continue
        if promise.of == "everything" and not _reduced(s, loop, instr, datum, promise):
            raise _refused(promise, f"{instr.result.split('.')[0]} is carried from one iteration to the next")
        if "GCC" not in promise.text and _is_float(instr.type):
            raise _refused(promise, "floating-point operations may be reordered")


def _is_float(ty: types.Type) -> bool:
    return isinstance(ty.elem if isinstance(ty, types.VectorType) else ty, types.FloatType)


def _reduced(s: Summary, loop: Loop, instr: Instr, datum: object, promise: LoopPromise) -> bool:
    """Whether a carried integer is only combined, by a declared operator, with values that do not depend on it."""
    operators = [
        op for word, name in promise.reductions if instr.result in (name, f"{name}.{loop.header}")
        for op in OPERATORS.get(word, ())
    ]  # fmt: skip
    if not isinstance(datum, Term) or datum.kind != "phi" or not operators:
        return False
    latch = datum.data.latch
    uses = [
        user
        for block in loop.blocks
        for user in s.function.block(block).instrs
        if any(getattr(v, "name", None) == instr.result for v in user.operands)
    ]
    if latch is None or latch.kind != "op" or latch.data not in operators or len(uses) != 1:
        return False
    return sum(kid is datum for kid in latch.kids) == 1


def _memory(pair: Pair, loop: Loop, promise: LoopPromise) -> None:
    """No two iterations touch one cell, unless both only read it."""
    s = pair.after.summary
    inside = [
        site for site in pair.after.sites if site.access is not None and site.access.block in loop.blocks
    ]
    for number, one in enumerate(inside):
        for other in inside[: number + 1]:
            writes = one.stored is not None or other.stored is not None
            if one.array == other.array and writes and not _apart(s, loop, one, other):
                name = spoken(s, one.array)
                raise _refused(promise, f"two iterations may touch the same element of {name}")


def _apart(s: Summary, loop: Loop, one: Site, other: Site) -> bool:
    if one.cell is None or other.cell is None:
        return False
    counter = s.counters[loop.header]
    shared = s.counters_of(loop.header)[:-1]
    again = [f"{name}_2" for name in other.dims]
    same = spaces.everywhere()
    for name in shared:
        same = same.intersect(spaces.symbol(name).eq_set(spaces.symbol(f"{name}_2")))
    differ = spaces.symbol(counter).ne_set(spaces.symbol(f"{counter}_2"))
    pairs = spaces.relation(same.intersect(differ), one.dims, again)
    both = lastwriter.touches(one).apply_range(lastwriter.touches(other).reverse())
    return both.intersect(pairs).is_empty()

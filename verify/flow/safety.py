"""What T must not do, as far as it is affine or plain text: the ledger's rows decided by isl or by refusal."""

from __future__ import annotations

from collections.abc import Mapping

from verify.flow import intervals, roots, spaces
from verify.flow.model import HEAP, Array, Side, Site, object_size, spoken
from verify.flow.pair import Pair
from verify.flow.spaces import Affine, Cond
from verify.flow.summary import Summary
from verify.flow.terms import Term
from verify.flow.values import Access, Address, NeedsWorld, as_value
from verify.ir import nodes, types
from verify.ir.nodes import Function, Module
from verify.problem import Limits, Problem
from verify.verdict import NotProved, Unsupported

NEUTRAL_ATTRIBUTES = (
    "noundef",
    "signext",
    "zeroext",
    "captures(",
    "readonly",
    "writeonly",
    "readnone",
    "nocapture",
)


def signatures(before: tuple[Module, Function], after: tuple[Module, Function], problem: Problem) -> None:
    """Both functions must have one type, and T must promise nothing to the compiler that S does not."""
    f, g = before[1], after[1]
    if [p.type for p in f.params] != [p.type for p in g.params] or f.result != g.result:
        raise NotProved("signature", "the two versions have different signatures", g.loc)
    for word in ("ret signext", "ret zeroext"):
        if (word in f.attributes) != (word in g.attributes):
            raise NotProved("signature", "the two versions have different signatures", g.loc)
    for p, q in zip(f.params, g.params, strict=True):
        if {"signext", "zeroext"} & (p.attributes ^ q.attributes):
            raise NotProved("signature", "the two versions have different signatures", g.loc)
        extra = [a for a in q.attributes - p.attributes if not a.startswith(NEUTRAL_ATTRIBUTES)]
        if extra:
            raise NotProved(
                "promise",
                f"parameter {q.name} promises {sorted(extra)[0]}, which the original does not",
                g.loc,
            )
    if problem.after.promises:
        first = problem.after.promises[0]
        raise NotProved("promise", f"the rewrite has what a proof cannot see: {first}", g.loc)
    if f.linkage != g.linkage or _target(f) != _target(g):
        raise NotProved("signature", "the two versions differ in linkage or target", g.loc)
    for promise in ("noreturn", "returns_twice", "memory(none)", "memory(read)", "willreturn", "nosync"):
        if promise in g.attributes and promise not in f.attributes:
            raise NotProved("promise", f"the rewrite is declared {promise}", g.loc)
    for function in (f, g):
        if "strictfp" in function.attributes or "returns_twice" in function.attributes:
            raise Unsupported("a function with strictfp or returns_twice", function.loc)
    for name, variable in after[0].globals.items():
        other = before[0].globals.get(name)
        if other is None or not _differs(other, variable):
            continue
        if not name.startswith(".str") or name in _names(f) | _names(g):
            raise NotProved("globals", f"the definition of {name} differs between the versions", g.loc)


def _names(function: Function) -> frozenset[str]:
    """Globals that a function names."""
    return frozenset(
        name
        for block in function.blocks
        for instr in block.instrs
        for value in instr.operands
        for name in nodes.globals_in(value)
    )


def _target(function: Function) -> frozenset[str]:
    bearing = ('"target-', '"tune-', '"no-', '"unsafe-', '"denormal')
    return frozenset(word for word in function.attributes if word.startswith(bearing))


def _differs(before: nodes.Global, after: nodes.Global) -> bool:
    fields = ("type", "constant", "initializer", "linkage", "flags")
    return any(getattr(before, f) != getattr(after, f) for f in fields) or after.align != before.align


def terminates_before(s: Summary, context: Cond) -> Cond:
    """S may be assumed to end where C11 6.8.5p6 says so (clang's mustprogress): other inputs are not of interest."""
    counters = tuple(s.terms.order)
    for loop in s.cfg.loops.values():
        domain = s.domain(loop)
        stuck = _stuck(s, loop.header, domain.endless, context)
        # A loop that does input or output may go on for ever, and a call may do that.
        progress = loop.mustprogress and not any(
            instr.op in ("call", "mcall") and not roots.quiet(instr)
            for block in loop.blocks
            for instr in s.cfg.blocks[block].instrs
        )
        if stuck.is_empty() or (domain.data and progress):
            continue
        if not progress or not certain(s, loop.header):
            raise NotProved("non-termination", "a loop of the original may never end", _loc(s, loop.header))
        context = context.subtract(spaces.forget(stuck, counters)).coalesce()
    return context


def _stuck(s: Summary, header: str, endless: Cond, context: Cond) -> Cond:
    return s.block_cond(header).intersect(endless).intersect(context)


def _loc(s: Summary, block: str) -> nodes.Loc | None:
    return next((i.loc for i in s.function.block(block).instrs if i.loc is not None), s.function.loc)


def certain(s: Summary, block: str) -> bool:
    """Whether the block runs in exactly the iterations that `block_cond` gives."""
    return s.terms.is_true(s.guard(block))


def defined_bounds(s: Side, context: Cond) -> Cond:
    """The arguments for which what S certainly accesses lies inside objects of known size; any other object has at most
    half as many bytes as there are addresses, less one (LangRef, getelementptr: offsets in an object are signed)."""
    summary = s.summary
    counters = tuple(summary.terms.order)
    most = (1 << (8 * summary.module.layout.pointer_bytes - 1)) - 1
    for access in s.accesses:
        size = object_size(summary, summary, access.address.base)
        if access.address.offset.kind != "int" or not certain(summary, access.block):
            continue
        if size is None and not access.address.base.startswith(("p", "g.")):
            continue
        if size is None:
            inside = spaces.between(access.address.offset.affine, -most, most - access.size + 1)
        else:
            inside = spaces.between(access.address.offset.affine, 0, size - access.size + 1)
        bad = summary.block_cond(access.block).intersect(context).subtract(inside)
        if not bad.is_empty():
            context = context.subtract(spaces.forget(bad, counters)).coalesce()
    return context


def aligned_bases(s: Side, shared: frozenset[str], arrays: Mapping[str, Array]) -> None:
    """The cells of the common heap stand at multiples of their size only if every pointer into it is so aligned."""
    if HEAP not in arrays:
        return
    cell = arrays[HEAP].bytes_
    module = s.summary.module
    for base in sorted(shared):
        found = [
            access.instr.align for access in s.accesses if access.address.base == base and not access.lane
        ]
        variable = module.globals.get(base[2:]) if base.startswith("g.") else None
        align = variable.align if variable is not None else min(found, default=cell)
        if align < cell:
            name = spoken(s.summary, base)
            raise NotProved(
                "alignment", f"{name} may be aligned less than its elements", s.summary.function.loc
            )


def heap_facts(s: Summary, shared: frozenset[str], arrays: Mapping[str, Array], context: Cond) -> Cond:
    """What is known of addresses in the common heap: distinct globals do not overlap."""
    known = [(base, object_size(s, s, base)) for base in sorted(shared) if base.startswith("g.")]
    if HEAP in arrays and len(known) <= 3:
        cell = arrays[HEAP].bytes_
        for i, (a, size_a) in enumerate(known):
            for b, size_b in known[i + 1 :]:
                if size_a is None or size_b is None:
                    continue
                x, y = spaces.symbol(spaces.spelled(f"at.{a}")), spaces.symbol(spaces.spelled(f"at.{b}"))
                apart = x.add(spaces.constant(size_a // cell)).le_set(y)
                apart = apart.union(y.add(spaces.constant(size_b // cell)).le_set(x))
                context = context.intersect(apart)
    for base in sorted(shared):
        # A pointer is aligned for what it is used for (C11 6.3.2.3p7), so its address counts whole cells.
        number = spaces.symbol(spaces.spelled(f"adr.{base}"))
        if HEAP in arrays and s.known("numbers"):
            cell = spaces.symbol(spaces.spelled(f"at.{base}")).mul(spaces.constant(arrays[HEAP].bytes_))
            context = context.intersect(number.eq_set(cell))
    return context


def touched(site: Site, prefix: str = "x") -> Cond:
    """The cells that a site touches, as a condition on x0, x1, ... and the arguments."""
    where = site.cond
    for number, value in enumerate(site.cell or ()):
        where = where.intersect(spaces.symbol(f"{prefix}{number}").eq_set(value))
    return spaces.forget(where, site.dims)


def written_cells(s: Side, t: Side, name: str, array: Array) -> Cond | None:
    """Every cell that either program may write; None where neither does."""
    result: Cond | None = None
    for side in (s, t):
        for site in side.sites:
            if site.array == name and site.stored is not None:
                if site.cell is None:
                    loc = site.access.instr.loc if site.access else None
                    raise NeedsWorld(
                        "data-subscript",
                        f"{spoken(side.summary, name)} is written at a place that depends on data",
                        loc,
                        frozenset({name}),
                    )
                here = touched(site)
                result = here if result is None else result.union(here)
    return None if result is None else result.coalesce()


def footprints_and_text(pair: Pair, problem: Problem, limits: Limits) -> None:
    """T's stores, automatic storage and access types; its reads are left to `duties`, which also knows guards."""
    s, t = pair.before.summary, pair.after.summary
    stack = _stack(t) - _stack(s)
    if stack > limits.stack_bytes:
        raise NotProved("stack", f"the rewrite adds {stack} bytes of automatic storage", t.function.loc)
    for access in pair.after.accesses:
        base = access.address.base
        if access.stored is None or not base.startswith("g."):
            continue
        variable = t.module.globals.get(base[2:])
        if variable is None or variable.constant:
            raise NotProved("const-store", f"{base[2:]} is const", access.instr.loc)
    for block in t.cfg.order:
        for instr in t.cfg.blocks[block].instrs:
            if instr.meta("unscoped") is not None and t.cfg.loops:
                raise NotProved(
                    "lifetime",
                    "a declaration is jumped over, or the IR is not of clang -O1 -Xclang -disable-llvm-passes",
                    instr.loc,
                )


def _stack(s: Summary) -> int:
    total = 0
    for block in s.function.blocks:
        for instr in block.instrs:
            if instr.op == "alloca" and instr.source_type is not None:
                count = instr.operands[0] if instr.operands else None
                number = count.value if isinstance(count, nodes.ConstInt) else 1
                total += s.module.layout.size_of(instr.source_type) * number
    return total


def outside_of_store(pair: Pair, name: str, problem: Problem) -> list[Site]:
    """T's stores to cells that S does not certainly store to, and that no assumption permits."""
    certain_cells = spaces.nowhere()
    for site in pair.before.sites:
        if site.array == name and site.stored is not None and not site.guarded:
            certain_cells = certain_cells.union(touched(site))
    open_sites: list[Site] = []
    for site in pair.after.sites:
        if site.array != name or site.stored is None or site.access is None:
            continue
        if touched(site).is_subset(certain_cells):
            continue
        base = site.access.address.base
        own = pair.before.summary.module.globals.get(base[2:]) if base.startswith("g.") else None
        defined_here = own is not None and own.initializer is not None
        # With noalias about, that a global is apart from a parameter may rest on nothing being stored to it.
        plain = not any("noalias" in p.attributes for p in pair.after.summary.function.params)
        if "sequential" in problem.assume and defined_here and plain and inside_known(pair, site):
            continue
        open_sites.append(site)
    return open_sites


def certainly_stored(pair: Pair, site: Site) -> bool:
    """Whether S certainly stores, through the same base, to all bytes that a settled store of T may touch."""
    access = site.access
    if access is None or access.address.offset.kind != "int":
        return False
    stored = spaces.nowhere()
    for other in pair.before.sites:
        given = other.access
        if given is None or not given.settled or not given.is_store or given.address.offset.kind != "int":
            continue
        if given.address.base == access.address.base and certain(pair.before.summary, given.block):
            stored = stored.union(_bytes(given, other))
    return _bytes(access, site).is_subset(stored)


def _bytes(access: Access, site: Site) -> Cond:
    """The byte offsets `o` that an access touches."""
    start = access.address.offset.affine
    inside = (
        spaces.symbol("o")
        .ge_set(start)
        .intersect(spaces.symbol("o").lt_set(start.add(spaces.constant(access.size))))
    )
    return spaces.forget(site.cond.intersect(inside), site.dims)


def inside_known(pair: Pair, site: Site) -> bool:
    """Whether an access of T lies inside an object of known size for all its iterations."""
    access = site.access
    if access is None:
        return False
    size = object_size(pair.before.summary, pair.after.summary, access.address.base)
    if size is None:
        return False
    if access.address.offset.kind != "int":
        place = intervals.of(access.address.offset)
        return place is not None and place[0] >= 0 and place[1] <= size - access.size
    return site.cond.subtract(
        spaces.between(access.address.offset.affine, 0, size - access.size + 1)
    ).is_empty()


def span_of(pair: Pair, base: str) -> Cond:
    """Cell offsets o between the lowest and highest that S certainly accesses through `base`."""
    accessed = spaces.nowhere()
    for site in pair.before.sites:
        access = site.access
        if access is None or access.address.base != base or access.address.offset.kind != "int":
            continue
        if not certain(pair.before.summary, access.block):
            continue
        for offset in shown(access, 1):
            here = site.cond.intersect(spaces.symbol("o_").eq_set(offset))
            accessed = accessed.union(spaces.forget(here, site.dims))
    below = spaces.forget(accessed.intersect(spaces.symbol("o_").le_set(spaces.symbol("o"))), ("o_",))
    above = spaces.forget(accessed.intersect(spaces.symbol("o_").ge_set(spaces.symbol("o"))), ("o_",))
    return below.intersect(above).coalesce()


def shown(access: Access, back: int) -> list[Affine]:
    """Byte offsets that an access at an affine place shows to be in the object: its ends and those of the struct of
    which it names a member, `back` bytes before the first byte behind each."""
    start = access.address.offset.affine
    found = [start, start.add(spaces.constant(access.size - back))]
    if access.address.whole is not None:
        begin, size, _ = access.address.whole
        found += [begin.affine, begin.affine.add(spaces.constant(size - back))] if size else []
    return found


def inside_span(site: Site, span: Cond) -> bool:
    """Whether an access of T stays inside a span of byte offsets `o`."""
    access = site.access
    if access is None or access.address.offset.kind != "int":
        return False
    for end in (0, access.size - 1):
        offset = access.address.offset.affine.add(spaces.constant(end))
        here = spaces.forget(site.cond.intersect(spaces.symbol("o").eq_set(offset)), site.dims)
        if not here.is_subset(span):
            return False
    return True


def returned(s: Summary) -> Term | None:
    """The returned value over the arguments; None for void. Raises Unsupported for anything but one return."""
    found: list[tuple[str, nodes.Instr]] = []
    for name in s.cfg.order:
        terminator = s.function.block(name).terminator
        if terminator.op == "ret":
            found.append((name, terminator))
    if len(found) != 1:
        raise Unsupported("several returns", s.function.loc)
    block, instr = found[0]
    if not instr.operands or (isinstance(instr.type, types.VoidType) and not instr.operands):
        return None
    value = s.datum(instr.operands[0], block)
    if isinstance(value, Term):
        return s.returning(value, block)
    if isinstance(value, Address):
        return s.returning(as_value(s.terms, value, instr.loc), block)
    raise Unsupported("a returned vector", instr.loc)

"""Memory as a value (`verify.ir.worlds`): which objects need it, and what its instructions mean as terms.

A memory is a term of type "mem": the initial one, a store into another, what a call leaves. Two memories are proved
equal like other terms, so stores and calls keep their order unless their places are known apart. An object is so
treated only after the dataflow has failed on it: then `NeedsWorld` names it.
"""

from __future__ import annotations

from verify.flow import entry, lanes, roots, spaces
from verify.flow.addresses import access, in_range
from verify.flow.calls import FAST_FLAGS, SETS_ERRNO
from verify.flow.summary import Summary
from verify.flow.terms import Term
from verify.flow.values import ANYWHERE, Access, Address, Datum, as_number, as_value, element, scalar_type
from verify.ir import types
from verify.ir.nodes import Function, Instr, Module, Value, globals_in
from verify.ir.worlds import HEAP, with_worlds
from verify.verdict import NotProved, Unsupported

ABI = frozenset(["signext", "zeroext", "inreg"])
MANNERS = ("byval", "sret", "inalloca", "preallocated", "nest", "swift")
KINDS = frozenset(["minit", "mload", "mstore", "mcall", "mresult", "mfinal", "going"])


def transformed(module: Module, function: Function, sets: frozenset[str]) -> Function:
    """The function with the memory of these arrays (names as in `model`) as values. Raises Unsupported where an access
    may reach both such memory and an automatic object."""
    if not sets:
        return function
    known = roots.of_pointers(function)
    whole = HEAP in sets
    apart = frozenset(
        f"p{i}" for i, p in enumerate(function.params) if "noalias" in p.attributes and f"p{i}" not in sets
    )
    opaque = whole and any(_opaque(module, i) for b in function.blocks for i in b.instrs)
    if opaque or any(len(based) > 1 and based & apart for based in known.values()):
        apart = frozenset[str]()

    def set_of(pointer: Value) -> str | None:
        based = roots.of_value(pointer, known)
        if not based:
            return None
        if all(root.startswith("a.") for root in based) or all(_fixed(module, root) for root in based):
            return None
        if whole and not based <= apart:
            if any(root.startswith("a.") for root in based):
                raise Unsupported("a pointer that may lead to an automatic object or elsewhere")
            only = next(iter(based)) if len(based) == 1 else ""
            return only if only in sets and only in _apart(function) and not opaque else HEAP
        return next(iter(based)) if len(based) == 1 and based <= sets else None

    return with_worlds(function, sets, set_of, lambda i: opaque and _opaque(module, i))


def _apart(function: Function) -> frozenset[str]:
    return frozenset(f"p{i}" for i, p in enumerate(function.params) if "noalias" in p.attributes)


def _fixed(module: Module, root: str) -> bool:
    """Constant data, which no defined program stores to."""
    variable = module.globals.get(root[2:]) if root.startswith("g.") else None
    return variable is not None and variable.constant


def _opaque(module: Module, instr: Instr) -> bool:
    """Whether a call may do anything that the language allows: one of a function that is not defined here or may be
    replaced. What has a meaning of its own (intrinsics, pure functions) is not."""
    if instr.op != "call" or roots.quiet(instr) or instr.callee.startswith("llvm."):
        return False
    return bool(instr.callee) and instr.callee not in SETS_ERRNO


def check_calls(before: Module, after: Module, function: Function) -> None:
    """Both versions must declare what T calls alike: attributes are promises. Raises NotProved."""
    for block in function.blocks:
        for instr in block.instrs:
            if instr.op not in ("mcall", "mresult"):
                continue
            one, other = before.functions.get(instr.callee), after.functions.get(instr.callee)
            if one is None or other is None:
                raise NotProved("calls", f"the rewrite calls {instr.callee}", instr.loc)
            if _declared(one) != _declared(other):
                raise NotProved("promise", f"{instr.callee} is declared differently", instr.loc)


def leads_elsewhere(module: Module, function: Function) -> bool:
    """Whether the function calls others, or hands their addresses or those of constants on."""
    for block in function.blocks:
        for instr in block.instrs:
            if instr.op in ("mcall", "mresult"):
                return True
            for value in instr.operands:
                for name in globals_in(value):
                    variable = module.globals.get(name)
                    if variable is None or (variable.initializer and any(globals_in(variable.initializer))):
                        return True
                    if variable.linkage in ("private", "internal") and instr.op not in (
                        "load",
                        "getelementptr",
                    ):
                        return True
    return False


def _declared(function: Function) -> tuple[object, ...]:
    words = frozenset(word for word in function.attributes if not word.startswith("ret !"))
    params = tuple((p.type, p.attributes) for p in function.params)
    return words, params, function.result, function.variadic


def evaluate(s: Summary, block: str, instr: Instr) -> Datum:
    """The meaning of one such instruction. Raises Unsupported."""
    terms = s.terms
    match instr.op:
        case "minit":
            return terms.argument(f"memory.{instr.predicate}", "mem")
        case "mload":
            return _load(s, block, instr)
        case "mstore":
            return _store(s, block, instr)
        case "mfinal" | "going":
            return s.term(instr.operands[0], block)
        case _:
            return _call(s, block, instr)


def accesses(s: Summary, block: str, instr: Instr) -> list[Access]:
    """What an mload or mstore touches, one access a lane; the dataflow leaves these out."""
    ty = instr.source_type if instr.op == "mstore" else instr.type
    if ty is None:
        raise Unsupported("a store without a type", instr.loc)
    return access(s, block, instr, instr.operands[-1], ty, settled=True)


def _load(s: Summary, block: str, instr: Instr) -> Datum:
    memory = s.term(instr.operands[0], block)
    found = accesses(s, block, instr)
    if len(found) == 1:
        initial = entry.loaded(s, block, instr, found[0].address)
        if initial is not None:
            if isinstance(initial, Term):
                in_range(s, block, instr, initial)
            return initial
    values: list[Datum] = []
    for item in found:
        value = read(s, memory, as_number(s.terms, item.address, instr.loc), item.size, item.type)
        item.value = value
        in_range(s, block, instr, value)
        values.append(Address(ANYWHERE, value) if isinstance(element(instr.type), types.PtrType) else value)
    return tuple(values) if isinstance(instr.type, types.VectorType) else values[0]  # type: ignore[return-value]


def read(s: Summary, memory: Term, where: Term, size: int, type_: str) -> Term:
    """What a memory holds at a place: what the last store there has stored, if that is plain to see."""
    while memory.kind == "op" and memory.data.startswith("mstore."):
        under, at, value = memory.kids
        width = int(memory.data.split(".")[1])
        if at is where and width == size and value.type == type_:
            return value
        if not _apart_by(at, width, where, size):
            break
        memory = under
    return s.terms.op(f"mload.{size}.{type_}", type_, memory, where)


def _apart_by(a: Term, size_a: int, b: Term, size_b: int) -> bool:
    """Whether two places are a constant number of bytes apart and do not overlap."""
    if a.kind != "int" or b.kind != "int":
        return False
    distance = spaces.constant_of(b.affine.sub(a.affine))
    return distance is not None and (distance >= size_a or -distance >= size_b)


def _store(s: Summary, block: str, instr: Instr) -> Term:
    memory = s.term(instr.operands[0], block)
    found = accesses(s, block, instr)
    datum = s.datum(instr.operands[1], block)
    whole = datum if isinstance(datum, tuple) else (datum,)
    if len(whole) != len(found) or len(found) > 1:
        bits = [lane for lane in whole if isinstance(lane, Term)]
        whole = lanes.shaped(s.ints(block, instr), bits, len(found), found[0].type)
    for item, lane in zip(found, whole, strict=True):
        value = as_value(s.terms, lane, instr.loc) if isinstance(lane, Address) else lane
        item.stored = value
        memory = written(s, memory, as_number(s.terms, item.address, instr.loc), item.size, value)
    return memory


def written(s: Summary, memory: Term, where: Term, size: int, value: Term) -> Term:
    """A memory after a store; stores at places a constant distance apart are kept in the order of their places."""
    terms = s.terms
    name = f"mstore.{size}"
    if memory.kind == "op" and memory.data == name:
        under, at, old = memory.kids
        if at is where:
            return terms.op(name, "mem", under, where, value)
        if _apart_by(at, size, where, size):
            ahead = spaces.constant_of(where.affine.sub(at.affine))
            if ahead is not None and ahead < 0:
                return terms.op(name, "mem", written(s, under, where, size, value), at, old)
    return terms.op(name, "mem", memory, where, value)


def _call(s: Summary, block: str, instr: Instr) -> Datum:
    """A call of what is not known: a function of all memory that it may reach and of its arguments."""
    if instr.flags & {"musttail"} or {"returns_twice"} & {a for group in instr.attributes for a in group}:
        raise Unsupported(f"a call of {instr.callee}", instr.loc)
    operands: list[Term] = []
    for value in instr.operands:
        datum = s.datum(value, block)
        if isinstance(datum, tuple):
            raise Unsupported(f"a call of {instr.callee} with vectors", instr.loc)
        operands.append(as_value(s.terms, datum, instr.loc) if isinstance(datum, Address) else datum)
    fast = sorted(instr.flags & FAST_FLAGS)
    # The same function called as another type is another call (C11 6.5.2.2p9).
    manner = " ".join(
        sorted(word for group in instr.attributes for word in group if word.startswith(MANNERS))
    )
    manner += f"|{[str(sorted(group & ABI)) for group in instr.attributes]}"
    if instr.op == "mcall":
        name = f"mcall.{instr.callee}.{instr.predicate}.{instr.source_type}.{manner}"
        return s.terms.op(name, "mem", *operands)
    kind = scalar_type(instr.type, instr.loc)
    if kind == "ptr":
        return Address(ANYWHERE, s.terms.op(f"mresult.{instr.callee}", "i64", *operands))
    if kind == "i1":
        raise Unsupported(f"a call of {instr.callee}", instr.loc)
    return s.terms.op(".".join([f"mresult.{instr.callee}", *fast]), kind, *operands)

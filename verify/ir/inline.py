"""Inlining of helpers whose bodies cannot be replaced by others: `static` and always-inline functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from verify.ir.nodes import Block, ConstInt, ConstPoison, Function, Instr, Local, Module, Param, Value
from verify.ir.opaque import CHECK
from verify.ir.promises import check_promises, float_claims, same_arithmetic
from verify.ir.scopes import LIFETIME_START, UNSCOPED, mark_unscoped, started
from verify.ir.types import FloatType, IntType, PtrType, Type, VectorType, VoidType
from verify.ir.values import with_values
from verify.verdict import Unsupported

MAX_INSTRUCTIONS = 60_000
_FLOAT_CLAIMS = frozenset(("nnan", "ninf", "nsz", "fast"))
_MAY_BE_OPAQUE = frozenset(
    ("load", "phi", "select", "insertelement", "extractelement", "shufflevector", "bitcast", "freeze", "call")
)


def inline(module: Module, function: Function, *, drop_promises: bool = False) -> Function:
    """The function with calls of internal, private and always-inline functions replaced by their bodies.

    Calls of recursive functions stay, as do calls that do not fit the callee's type. Allocas of a callee move
    to the entry block; where the callee does not say when one begins, a lifetime.start says so at each entry
    of the inlined body. An argument that may be indeterminate and must not be is compared with itself
    (metadata ("noundef", "1")); a claim that a float is no NaN or infinity becomes a select with that flag.

    A claim that would be forgotten (noalias, nonnull, memory(none), ...) raises Unsupported unless
    `drop_promises`: only for the version whose undefined behaviour may be used.
    """
    return _Inliner(module, drop_promises).expanded(function)


@dataclass
class _Inliner:
    module: Module
    drop_promises: bool
    bodies: dict[str, Function] = field(default_factory=dict[str, Function])
    recursive: dict[str, bool] = field(default_factory=dict[str, bool])

    def callee(self, caller: Function, call: Instr) -> Function | None:
        """The function whose body replaces this call, None where the call stays."""
        if call.op != "call" or not call.callee or call.callee.startswith("llvm."):
            return None
        if call.callee not in self.module.functions:
            return None
        callee = self.module.functions[call.callee]
        if not callee.blocks or not (
            callee.linkage in ("internal", "private") or "alwaysinline" in callee.attributes
        ):
            return None
        fits = tuple(v.type for v in call.operands) == tuple(p.type for p in callee.params)
        if not fits or call.type != callee.result or callee.variadic or "musttail" in call.flags:
            return None
        if self.is_recursive(callee.name):
            return None
        if not same_arithmetic(caller, callee):
            raise Unsupported(f"@{callee.name} is compiled with other floating-point options", call.loc)
        if not self.drop_promises:
            check_promises(caller, callee, call)
        return callee

    def is_recursive(self, name: str) -> bool:
        """Whether a function may call itself, directly or through others, as far as bodies are known."""
        if name not in self.recursive:
            seen: set[str] = set()
            work = [name]
            while work:
                function = self.module.functions[work.pop()]
                for block in function.blocks:
                    called = {i.callee for i in block.instrs if i.op == "call"} & set(self.module.functions)
                    work.extend(called - seen)
                    seen |= called
            self.recursive[name] = name in seen
        return self.recursive[name]

    def body(self, callee: Function) -> Function:
        """The callee's own body, expanded, its re-entries visible."""
        if callee.name not in self.bodies:
            self.bodies[callee.name] = _with_starts(self.expanded(callee))
        return self.bodies[callee.name]

    def expanded(self, function: Function) -> Function:
        function = mark_unscoped(function)
        if not any(i.op == "call" for b in function.blocks for i in b.instrs):
            return function
        work = _Expansion(function, self.module)
        for block in function.blocks:
            work.begin(block.name)
            for instr in block.instrs:
                callee = self.callee(function, instr)
                if callee is None:
                    work.instrs.append(instr)
                else:
                    work.splice(instr, self.body(callee))
            work.end(block.name)
        return work.result()


def _with_starts(function: Function) -> Function:
    """The function with a lifetime.start, after the allocas, for every alloca that has none."""
    known = started(function)
    entry = function.blocks[0]
    objects = [i for i in entry.instrs if i.op == "alloca"]
    if any(i.op == "alloca" for b in function.blocks[1:] for i in b.instrs):
        raise Unsupported(f"alloca outside the entry of the inlined @{function.name}")
    if any(i.operands and not isinstance(i.operands[0], ConstInt) for i in objects):
        raise Unsupported(f"alloca of unknown size in the inlined @{function.name}")
    starts = [start_of(i) for i in objects if i.result not in known]
    rest = [i for i in entry.instrs if i.op != "alloca"]
    blocks = (Block(entry.name, (*objects, *starts, *rest)), *function.blocks[1:])
    return replace(function, blocks=blocks)


def start_of(alloca: Instr) -> Instr:
    """A lifetime.start of an alloca, with its unscoped mark."""
    marks = (UNSCOPED,) if alloca.meta(UNSCOPED[0]) else ()
    sets = (frozenset[str](), frozenset[str]())
    name = f"{LIFETIME_START}.p0"
    return Instr("call", None, VoidType(), (alloca.value,), callee=name, attributes=sets, metadata=marks)


@dataclass
class _Expansion:
    """A caller while its calls are being replaced, block by block."""

    function: Function
    module: Module
    name: str = ""
    instrs: list[Instr] = field(default_factory=list[Instr])
    blocks: list[Block] = field(default_factory=list[Block])
    allocas: list[Instr] = field(default_factory=list[Instr])
    values: dict[str, Value] = field(default_factory=dict[str, Value])
    moved: dict[str, str] = field(default_factory=dict[str, str])
    size: int = 0
    count: int = 0

    def __post_init__(self) -> None:
        self.opaque = {
            i.result
            for b in self.function.blocks
            for i in b.instrs
            if i.result is not None and i.op in _MAY_BE_OPAQUE
        }
        names = [b.name for b in self.function.blocks]
        names += [i.result for b in self.function.blocks for i in b.instrs if i.result is not None]
        self.heads = {n.rpartition(".")[0] for n in names} | set(names)

    def begin(self, name: str) -> None:
        self.name, self.instrs = name, []

    def end(self, name: str) -> None:
        self.blocks.append(Block(self.name, tuple(self.instrs)))
        if self.name != name:
            self.moved[name] = self.name

    def prefix(self, callee: str) -> str:
        """A prefix that no name in the caller has."""
        while True:
            self.count += 1
            found = f"{callee}.{self.count}"
            if not any(h == found or h.startswith(found + ".") for h in self.heads):
                return found + "."

    def splice(self, call: Instr, body: Function) -> None:
        """Put the body in place of the call."""
        prefix = self.prefix(body.name)
        self.size += sum(len(b.instrs) for b in body.blocks)
        if self.size > MAX_INSTRUCTIONS:
            raise Unsupported(f"more than {MAX_INSTRUCTIONS} instructions to inline", call.loc)
        arguments = {p.name: self.argument(call, place, p, prefix) for place, p in enumerate(body.params)}
        pieces = [_renamed(b, prefix, arguments, call) for b in body.blocks]
        self.allocas += [i for i in pieces[0].instrs if i.op == "alloca"]
        first = tuple(i for i in pieces[0].instrs if i.op != "alloca")
        returns = [b for b in body.blocks if b.terminator.op == "ret"]
        if len(pieces) == 1 and returns:
            self.instrs += first[:-1]
            self.give(call, first[-1].operands, body)
            return
        self.instrs.append(Instr("br", None, VoidType(), labels=(pieces[0].name,), loc=call.loc))
        self.blocks.append(Block(self.name, tuple(self.instrs)))
        after = f"{prefix}after"
        returned: list[tuple[Value, str]] = []
        for piece in (Block(pieces[0].name, first), *pieces[1:]):
            last = piece.terminator
            if last.op == "ret":
                returned += [(v, piece.name) for v in last.operands]
                jump = Instr("br", None, VoidType(), labels=(after,), loc=last.loc)
                piece = Block(piece.name, (*piece.instrs[:-1], jump))
            self.blocks.append(piece)
        self.name, self.instrs = after, []
        self.give(call, self.joined(call, returned, prefix), body)

    def joined(self, call: Instr, returned: list[tuple[Value, str]], prefix: str) -> tuple[Value, ...]:
        """What the call returns, from the values at each return."""
        if isinstance(call.type, VoidType):
            return ()
        if not returned:
            return (ConstPoison(call.type),)
        if len(returned) == 1:
            return (returned[0][0],)
        values, labels = tuple(v for v, _ in returned), tuple(b for _, b in returned)
        phi = Instr("phi", f"{prefix}returned", call.type, values, labels=labels, loc=call.loc)
        self.instrs.append(phi)
        return (phi.value,)

    def give(self, call: Instr, returned: tuple[Value, ...], body: Function) -> None:
        """Let the call's result be the value returned, with the claims that the call makes of it."""
        if call.result is None or not returned:
            return
        attributes = body.attributes | call.attributes[-1]
        claims = (call.flags & _FLOAT_CLAIMS) | float_claims(attributes, "ret ")
        if "ret noundef" in attributes:
            self.claim_defined(returned[0], call)
        if claims:
            self.instrs.append(_claim(call.result, returned[0], claims, call))
        else:
            self.values[call.result] = returned[0]

    def argument(self, call: Instr, place: int, param: Param, prefix: str) -> Value:
        """The value of a parameter: the argument with what the parameter's attributes say of it."""
        value = call.operands[place]
        attributes = param.attributes | call.attributes[place]
        if any(a.startswith("byval(") for a in attributes):
            raise Unsupported(f"aggregate passed by value in memory to @{call.callee}", call.loc)
        if "noundef" in attributes and isinstance(value, Local) and value.name in self.opaque:
            self.claim_defined(value, call)
        claims = float_claims(attributes)
        if claims:
            made = _claim(f"{prefix}claim.{param.name}", value, claims, call)
            self.instrs.append(made)
            return made.value
        return value

    def claim_defined(self, value: Value, call: Instr) -> None:
        """Compare a value with itself, which an indeterminate value must not reach."""
        ty = value.type
        if not isinstance(value, Local):
            return
        scalar = ty.elem if isinstance(ty, VectorType) else ty
        bit = IntType(1)
        result: Type = VectorType(ty.count, bit) if isinstance(ty, VectorType) else bit
        self.count += 1
        name = f"{value.name}.defined.{self.count}"
        if isinstance(scalar, IntType | PtrType):
            op, predicate = "icmp", "eq"
        elif isinstance(scalar, FloatType):
            op, predicate = "fcmp", "oeq"
        else:
            return
        self.instrs.append(
            Instr(op, name, result, (value, value), predicate=predicate, metadata=(CHECK,), loc=call.loc)
        )

    def result(self) -> Function:
        """The caller with all bodies in place."""
        first = self.blocks[0]
        blocks = [Block(first.name, (*self.allocas, *first.instrs)), *self.blocks[1:]]
        done = tuple(
            Block(b.name, tuple(with_values(_moved(i, self.moved), self.values) for i in b.instrs))
            for b in blocks
        )
        return replace(self.function, blocks=done)


def _claim(name: str, value: Value, claims: frozenset[str], call: Instr) -> Instr:
    true = ConstInt(1, IntType(1))
    return Instr("select", name, value.type, (true, value, value), claims, loc=call.loc)


def _moved(instr: Instr, moved: Mapping[str, str]) -> Instr:
    if instr.op != "phi" or not any(label in moved for label in instr.labels):
        return instr
    return replace(instr, labels=tuple(moved.get(label, label) for label in instr.labels))


def _renamed(block: Block, prefix: str, arguments: Mapping[str, Value], call: Instr) -> Block:
    def value(v: Value) -> Value:
        if not isinstance(v, Local):
            return v
        return arguments[v.name] if v.name in arguments else Local(prefix + v.name, v.type)

    def instr(i: Instr) -> Instr:
        return replace(
            i,
            result=None if i.result is None else prefix + i.result,
            operands=tuple(value(v) for v in i.operands),
            labels=tuple(prefix + label for label in i.labels),
            loc=i.loc or call.loc,
        )

    return Block(prefix + block.name, tuple(instr(i) for i in block.instrs))

"""LLVM IR as immutable values: what `read` produces and everything else consumes.

An instruction keeps every flag and attribute that the text carries: what a consumer does not know is its duty to
refuse, so nothing may be dropped on reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from verify.ir.types import DataLayout, Type


@dataclass(frozen=True, slots=True)
class Loc:
    """A place in the C source, from `!dbg`: 1-based line and column; `file` as the debug information spells it."""

    line: int
    column: int
    file: str = ""


@dataclass(frozen=True, slots=True)
class Local:
    """`%name` (without the percent sign): an instruction's result or a parameter."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class ConstInt:
    """An integer constant as its unsigned bit pattern, 0 <= value < 2**bits; `true` is 1."""

    value: int
    type: Type


@dataclass(frozen=True, slots=True)
class ConstFloat:
    """A floating-point constant as the bit pattern of its own format (a float has 32 bits here, not LLVM's 64)."""

    bits: int
    type: Type


@dataclass(frozen=True, slots=True)
class ConstNull:
    """`null`."""

    type: Type


@dataclass(frozen=True, slots=True)
class ConstUndef:
    """`undef`."""

    type: Type


@dataclass(frozen=True, slots=True)
class ConstPoison:
    """`poison`."""

    type: Type


@dataclass(frozen=True, slots=True)
class ConstAggregate:
    """A constant array, struct or vector, element by element; zeroinitializer and strings are expanded lazily:
    `elements` is None for `zeroinitializer`."""

    elements: tuple[Value, ...] | None
    type: Type


@dataclass(frozen=True, slots=True)
class GlobalRef:
    """`@name` (without the at sign): the address of a global variable or function."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class ConstExpr:
    """A constant expression (getelementptr, ptrtoint, ...), written like the instruction."""

    op: str
    operands: tuple[Value, ...]
    flags: frozenset[str]
    type: Type
    source_type: Type | None = None


@dataclass(frozen=True, slots=True)
class MetadataValue:
    """`metadata ...` as a call operand; never interpreted."""

    text: str
    type: Type


Value = (
    Local
    | ConstInt
    | ConstFloat
    | ConstNull
    | ConstUndef
    | ConstPoison
    | ConstAggregate
    | GlobalRef
    | ConstExpr
    | MetadataValue
)


def globals_in(value: Value) -> Iterator[str]:
    """The names of globals that a value refers to."""
    match value:
        case GlobalRef(name, _):
            yield name
        case ConstExpr(_, operands, _, _, _):
            for operand in operands:
                yield from globals_in(operand)
        case ConstAggregate(elements, _):
            for element in elements or ():
                yield from globals_in(element)
        case _:
            return


@dataclass(frozen=True, slots=True)
class Instr:
    """One instruction.

    op        LLVM's opcode word: add, fadd, icmp, getelementptr, load, store, phi, br, switch, ret, call, ...
    result    name without the percent sign, None where there is no result
    type      the result type; for `store` the type of the stored value; `VoidType` for terminators and void calls
    operands  values in textual order. store: (value, pointer). br: () or (condition,). switch: (value, case
              constants...). phi: the incoming values. call: the arguments. select: (condition, then, else).
              extractelement/insertelement/shufflevector/extractvalue/insertvalue: their value operands
    flags     nsw nuw exact disjoint nneg inbounds nusw samesign volatile atomic tail musttail notail nnan ninf nsz
              arcp contract afn reassoc fast, and whatever other bare keyword stands there
    predicate icmp/fcmp predicate, atomicrmw operation, else ""
    source_type  getelementptr: source element type; alloca: allocated type; casts: the operand's type
    labels    br: (target,) or (then, else); switch: (default, targets...) aligned with the case constants;
              phi: incoming blocks
    indices   extractvalue/insertvalue: constant indices; shufflevector: mask, -1 for poison
    callee    call: the called global's name, "" for an indirect call or inline asm
    attributes  call: one frozenset per argument, then one for the call itself (own keywords and those of its #N
              group, e.g. "noundef", "align 4", "memory(none)", 'returns_twice'); else ()
    align     load, store, alloca: bytes, 0 where not given
    metadata  metadata kinds to the node's id or inline text, e.g. {"tbaa": "12", "llvm.loop": "97"}; no dbg here
    loc       from !dbg
    """

    op: str
    result: str | None
    type: Type
    operands: tuple[Value, ...] = ()
    flags: frozenset[str] = frozenset()
    predicate: str = ""
    source_type: Type | None = None
    labels: tuple[str, ...] = ()
    indices: tuple[int, ...] = ()
    callee: str = ""
    attributes: tuple[frozenset[str], ...] = ()
    align: int = 0
    metadata: tuple[tuple[str, str], ...] = ()
    loc: Loc | None = None

    @property
    def value(self) -> Local:
        """The result as an operand. Raises ValueError where there is none."""
        if self.result is None:
            raise ValueError(f"{self.op} has no result")
        return Local(self.result, self.type)

    def meta(self, kind: str) -> str | None:
        """The metadata of one kind, None where absent."""
        return dict(self.metadata).get(kind)


@dataclass(frozen=True, slots=True)
class Block:
    """A basic block; the last instruction is its terminator, phis come first."""

    name: str
    instrs: tuple[Instr, ...]

    @property
    def terminator(self) -> Instr:
        return self.instrs[-1]


@dataclass(frozen=True, slots=True)
class Param:
    """A formal parameter; `attributes` as printed: noalias, noundef, "align 16", "dereferenceable(80)", ..."""

    name: str
    type: Type
    attributes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Function:
    """A function; `blocks` is empty for a declaration, else the first block is the entry.

    attributes  of the function, its #N group expanded: "nounwind", "returns_twice", '"no-nans-fp-math"="true"', ...
    linkage     "external" where nothing is printed; internal, private, weak, linkonce_odr, available_externally...
    """

    name: str
    params: tuple[Param, ...]
    result: Type
    blocks: tuple[Block, ...] = ()
    attributes: frozenset[str] = frozenset()
    linkage: str = "external"
    variadic: bool = False
    loc: Loc | None = None

    def block(self, name: str) -> Block:
        """The block of that name. Raises KeyError."""
        for block in self.blocks:
            if block.name == name:
                return block
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Global:
    """A global variable; `initializer` None for an external declaration.

    flags  bare keywords: thread_local, unnamed_addr, externally_initialized, dso_local, ...
    """

    name: str
    type: Type
    constant: bool
    linkage: str
    initializer: Value | None
    align: int
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Module:
    """A module. `metadata` maps a node id to its raw text; `aliases` names what is not representable here."""

    layout: DataLayout
    triple: str
    functions: Mapping[str, Function]
    globals: Mapping[str, Global]
    metadata: Mapping[str, str] = field(default_factory=dict[str, str])
    aliases: frozenset[str] = frozenset()

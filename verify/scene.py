"""A counterexample as memory: what a program needs in order to show the difference by itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pointer:
    """An address: `offset` bytes from element 0 of block number `block`; block -1 is the null pointer."""

    block: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Stored:
    """Bytes [begin, end) that the version before stores to, from element 0. kind "bytes", "float" or "double"
    (a NaN equals any other NaN), or "open" (what it leaves there is indeterminate)."""

    begin: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Block:
    """One object of the input.

    name      as C spells it: a parameter's or a global's name, `(*p[0])` for what a pointer in memory points to
    role      "parameter", "global" or "pointee"
    side      "both", or the only version that has the global: "before", "after"
    residue   address of element 0 modulo 64
    begin, end  the bytes that the version after may access, from element 0
    contents  these bytes at the start, pointers in them left zero
    pointers  where they hold pointers
    stored    what the version before stores to
    writable  the C text lets it be stored to
    restored  the version after may store to it elsewhere too if it puts the old value back
    length    number of elements of a global array, 0 for other objects
    align     alignment of a global by its type, 0 for other objects
    secluded  unknown functions reach it only through their arguments
    """

    name: str
    role: str
    side: str
    residue: int
    begin: int
    end: int
    contents: bytes
    pointers: tuple[tuple[int, Pointer], ...]
    stored: tuple[Stored, ...]
    writable: bool
    restored: bool
    length: int = 0
    align: int = 0
    secluded: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One call of an unknown function by the version before: what it returns, what it changes (block, offset, bytes),
    and whether it returns at all. private: arguments by number that point to what only the text itself can see."""

    name: str
    result: int | float | None
    changes: tuple[tuple[int, int, bytes], ...]
    returns: bool
    private: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Scene:
    """arguments: numbers and pointers in order; result: "void", "int", "float", "double" or "pointer".

    difference  "return", "memory", "store", "fault", "termination" or "calls"
    fault       of a fault, its kind (verify.concrete.faults.Fault)
    where       of a fault or store, the place: block and offset
    line        of the version after, 0 where it is not known
    promised    bytes that the version after promises at a pointer argument and before does not, by its number
    """

    arguments: tuple[int | float | Pointer, ...]
    result: str
    blocks: tuple[Block, ...]
    calls: tuple[Call, ...]
    difference: str
    fault: str = ""
    where: Pointer | None = None
    line: int = 0
    promised: tuple[tuple[int, int], ...] = ()

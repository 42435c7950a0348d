"""What the parsers of single instructions share."""

from __future__ import annotations

from collections.abc import Callable

from verify.ir.constants import Names, parse_typed
from verify.ir.nodes import Instr, Value
from verify.ir.tokens import Cursor, words
from verify.ir.types import Type

_FLAG_WORDS = words(
    "nsw nuw exact disjoint nneg inbounds nusw samesign volatile atomic tail musttail notail nnan "
    "ninf nsz arcp contract afn reassoc fast weak inalloca swifterror fastcc coldcc"
)
Parser = Callable[[Cursor, Names, str, frozenset[str]], Instr]


def take_flags(c: Cursor) -> set[str]:
    """Take the bare keywords that stand here."""
    found: set[str] = set()
    while True:
        token = c.peek
        if token in _FLAG_WORDS:
            found.add(c.next())
        elif token in ("inrange", "syncscope") and c.look(1) == "(":
            start = c.pos
            c.pos += 1
            c.skip_balanced()
            found.add(c.between(start, c.pos))
        else:
            return found


def made(
    op: str,
    ty: Type,
    operands: tuple[Value, ...] = (),
    flags: frozenset[str] = frozenset(),
    *,
    predicate: str = "",
    source_type: Type | None = None,
    labels: tuple[str, ...] = (),
    indices: tuple[int, ...] = (),
) -> Instr:
    """An instruction whose result, alignment and metadata come later."""
    return Instr(op, None, ty, operands, flags, predicate, source_type, labels, indices)


def take_operands(c: Cursor, names: Names) -> tuple[Value, ...]:
    """Take typed values with commas between them."""
    found = [parse_typed(c, names)]
    while c.peek == "," and not c.look(1).startswith("!") and c.look(1) != "align":
        c.pos += 1
        found.append(parse_typed(c, names))
    return tuple(found)

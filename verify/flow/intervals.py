"""Ranges of data from its types: enough for arithmetic on widened bytes and shorts."""

from __future__ import annotations

from collections.abc import Callable

from verify.flow import spaces
from verify.flow.terms import Term

Range = tuple[int, int]


def full(type_: str) -> Range | None:
    """All signed values of an integer type."""
    if not type_.startswith("i"):
        return None
    width = int(type_[1:])
    return (0, 1) if width == 1 else (-(1 << (width - 1)), (1 << (width - 1)) - 1)


Leaf = Callable[[Term], Range | None]


def of(term: Term, depth: int = 0, leaf: Leaf | None = None) -> Range | None:
    """Signed values that an integer term may have; None where it is no integer. `leaf` knows values from memory and
    loops, None where it does not."""
    whole = full(term.type)
    if whole is None or depth > 24:
        return whole
    found = _narrow(term, depth, leaf)
    if found is None or found[0] < whole[0] or found[1] > whole[1]:
        return whole
    return found


def _narrow(term: Term, depth: int, leaf: Leaf | None) -> Range | None:
    if term.kind == "int":
        known = spaces.constant_of(term.affine)
        if known is not None:
            return known, known
        return leaf(term) if leaf is not None else None
    if term.kind == "sel":
        a, b = of(term.kids[1], depth + 1, leaf), of(term.kids[2], depth + 1, leaf)
        return None if a is None or b is None else (min(a[0], b[0]), max(a[1], b[1]))
    if term.kind != "op":
        return leaf(term) if leaf is not None else None
    root = term.data.split(".")[0]
    kids = [of(kid, depth + 1, leaf) for kid in term.kids]
    if any(kid is None for kid in kids):
        return None
    a = kids[0] or (0, 0)
    b = (kids[1] or (0, 0)) if len(kids) > 1 else (0, 0)
    return _arithmetic(root, term, a, b) or _bitwise(root, term, a, b)


def _arithmetic(root: str, term: Term, a: Range, b: Range) -> Range | None:
    match root:
        case "add":
            return a[0] + b[0], a[1] + b[1]
        case "sub":
            return a[0] - b[1], a[1] - b[0]
        case "mul":
            corners = [x * y for x in a for y in b]
            return min(corners), max(corners)
        case "urem":
            top = b[1] - 1 if b[0] > 0 else None
            if top is None:
                return None
            return (0, min(top, a[1])) if a[0] >= 0 else (0, top)
        case "udiv":
            return (a[0] // b[1], a[1] // b[0]) if a[0] >= 0 and b[0] > 0 else None
        case "smax":
            return max(a[0], b[0]), max(a[1], b[1])
        case "smin":
            return min(a[0], b[0]), min(a[1], b[1])
        case "abs":
            return 0, max(abs(a[0]), abs(a[1]))
        case _:
            return None


def _bitwise(root: str, term: Term, a: Range, b: Range) -> Range | None:
    match root:
        case "zext":
            width = int(term.kids[0].type[1:])
            return a if a[0] >= 0 else (0, (1 << width) - 1)
        case "sext":
            return a
        case "trunc":
            whole = full(term.type)
            return a if whole is not None and whole[0] <= a[0] and a[1] <= whole[1] else None
        case "shl":
            return (a[0] << b[0], a[1] << b[0]) if b[0] == b[1] and 0 <= b[0] < 64 else None
        case "lshr":
            if b[0] != b[1] or not 0 <= b[0] < 64:
                return None
            return (a[0] >> b[0], a[1] >> b[0]) if a[0] >= 0 else (0, ((1 << int(term.type[1:])) - 1) >> b[0])
        case "ashr":
            return (a[0] >> b[0], a[1] >> b[0]) if b[0] == b[1] and 0 <= b[0] < 64 else None
        case "and":
            if b[0] >= 0:
                return 0, b[1]
            return (0, a[1]) if a[0] >= 0 else None
        case "or" | "xor":
            return (0, (1 << max(a[1], b[1]).bit_length()) - 1) if a[0] >= 0 and b[0] >= 0 else None
        case "ctpop":
            return 0, int(term.type[1:])
        case _:
            return None


def safe(kind: str, operands: tuple[Term, ...], range_of: Callable[[Term], Range | None] = of) -> bool:
    """Whether an operation on data is defined for every value that its operands' ranges allow."""
    parts = kind.split(".")
    ranges = [range_of(operand) for operand in operands]
    if any(r is None for r in ranges):
        return False
    known = [r for r in ranges if r is not None]
    match parts[0]:
        case "nsw":
            whole = full(parts[2])
            a, b = known
            match parts[1]:
                case "add":
                    result = (a[0] + b[0], a[1] + b[1])
                case "sub":
                    result = (a[0] - b[1], a[1] - b[0])
                case "mul":
                    corners = [x * y for x in a for y in b]
                    result = (min(corners), max(corners))
                case _:
                    return False
            return whole is not None and whole[0] <= result[0] and result[1] <= whole[1]
        case "shift":
            return known[0][0] >= 0 and known[0][1] < int(parts[1][1:])
        case "sdiv" | "srem":
            whole = full(parts[1])
            divisor = known[1]
            if divisor[0] <= 0 <= divisor[1] or whole is None:
                return False
            return known[0][0] > whole[0] or not divisor[0] <= -1 <= divisor[1]
        case "udiv" | "urem":
            return not known[1][0] <= 0 <= known[1][1]
        case "scaled":
            most = (1 << 62) // int(parts[1])
            return -most <= known[0][0] and known[0][1] <= most
        case "abs":
            whole = full(parts[1])
            return whole is not None and known[0][0] > whole[0]
        case _:
            return False

"""Ranges of data from its types: enough for arithmetic on widened bytes and shorts."""

from __future__ import annotations

from verify.flow import spaces
from verify.flow.terms import Term

Range = tuple[int, int]


def full(type_: str) -> Range | None:
    """All signed values of an integer type."""
    if not type_.startswith("i"):
        return None
    width = int(type_[1:])
    return (0, 1) if width == 1 else (-(1 << (width - 1)), (1 << (width - 1)) - 1)


def of(term: Term, depth: int = 0) -> Range | None:
    """Signed values that an integer term may have; None where it is no integer."""
    whole = full(term.type)
    if whole is None or depth > 24:
        return whole
    found = _narrow(term, depth)
    if found is None or found[0] < whole[0] or found[1] > whole[1]:
        return whole
    return found


def _narrow(term: Term, depth: int) -> Range | None:
    if term.kind == "int":
        known = spaces.constant_of(term.affine)
        if known is not None:
            return known, known
        return None
    if term.kind == "sel":
        a, b = of(term.kids[1], depth + 1), of(term.kids[2], depth + 1)
        return None if a is None or b is None else (min(a[0], b[0]), max(a[1], b[1]))
    if term.kind != "op":
        return None
    root = term.data.split(".")[0]
    kids = [of(kid, depth + 1) for kid in term.kids]
    if any(kid is None for kid in kids):
        return None
    a = kids[0] or (0, 0)
    b = (kids[1] or (0, 0)) if len(kids) > 1 else (0, 0)
    match root:
        case "zext":
            width = int(term.kids[0].type[1:])
            return a if a[0] >= 0 else (0, (1 << width) - 1)
        case "sext":
            return a
        case "trunc":
            whole = full(term.type)
            return a if whole is not None and whole[0] <= a[0] and a[1] <= whole[1] else None
        case "add":
            return a[0] + b[0], a[1] + b[1]
        case "sub":
            return a[0] - b[1], a[1] - b[0]
        case "mul":
            corners = [x * y for x in a for y in b]
            return min(corners), max(corners)
        case "shl":
            return (a[0] << b[0], a[1] << b[0]) if b[0] == b[1] and 0 <= b[0] < 64 else None
        case "lshr":
            return (a[0] >> b[0], a[1] >> b[0]) if b[0] == b[1] and 0 <= b[0] < 64 and a[0] >= 0 else None
        case "ashr":
            return (a[0] >> b[0], a[1] >> b[0]) if b[0] == b[1] and 0 <= b[0] < 64 else None
        case "and":
            if b[0] >= 0:
                return 0, b[1]
            return (0, a[1]) if a[0] >= 0 else None
        case "smax":
            return max(a[0], b[0]), max(a[1], b[1])
        case "smin":
            return min(a[0], b[0]), min(a[1], b[1])
        case "abs":
            return 0, max(abs(a[0]), abs(a[1]))
        case _:
            return None


def safe(kind: str, operands: tuple[Term, ...]) -> bool:
    """Whether an operation on data is defined for every value that its operands' types allow."""
    parts = kind.split(".")
    ranges = [of(operand) for operand in operands]
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

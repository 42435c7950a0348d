"""Static trip counts of counted loops."""

from __future__ import annotations

from typing import Any

from vecassist.scan.ctype import kind
from vecassist.scan.scope import walk

Node = Any


def _binary(op: str, left: int, right: int) -> int | None:
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/" | "%" if right:
            quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
            return quotient if op == "/" else left - right * quotient
        case "<<" if 0 <= right < 64:
            return left << right
        case ">>" if 0 <= right < 64:
            return left >> right
        case _:
            return None


def constant(node: Node) -> int | None:
    """The value of an integer constant expression made of literals, None for anything else."""
    match kind(node):
        case "Constant" if "int" in node.type:
            digits = node.value.rstrip("uUlL")
            try:
                return int(digits, 8) if digits.startswith("0") and digits.isdigit() else int(digits, 0)
            except ValueError:
                return None
        case "UnaryOp" if node.op in ("-", "+"):
            value = constant(node.expr)
            return None if value is None else (-value if node.op == "-" else value)
        case "BinaryOp":
            left, right = constant(node.left), constant(node.right)
            return None if left is None or right is None else _binary(node.op, left, right)
        case _:
            return None


def trip_count(loop: Node) -> int | None:
    """Iterations of `for (i = A; i < B; i += C)` with constants, None where that is not what the loop is.

    A figure for tables and prompts only: wrap-around and early exits are not looked at, except that a body
    which assigns the counter has no static count.
    """
    if kind(loop) != "For" or loop.cond is None or loop.next is None:
        return None
    name, first = _init(loop.init)
    step = _step(loop.next, name)
    if name is None or first is None or not step or kind(loop.cond) != "BinaryOp":
        return None
    relation, bound = loop.cond.op, constant(loop.cond.right)
    if (
        kind(loop.cond.left) != "ID"
        or loop.cond.left.name != name
        or bound is None
        or _assigned(loop.stmt, name)
    ):
        return None
    last = {"<": bound - 1, "<=": bound, ">": bound + 1, ">=": bound, "!=": bound - (1 if step > 0 else -1)}
    if relation not in last or (relation == "!=" and abs(step) != 1):
        return None
    if relation != "!=" and (relation in ("<", "<=")) != (step > 0):
        return None
    return max(0, (last[relation] - first) // step + 1)


def _init(init: Node) -> tuple[str | None, int | None]:
    match kind(init):
        case "DeclList" if len(init.decls) == 1 and init.decls[0].init is not None:
            return init.decls[0].name, constant(init.decls[0].init)
        case "Assignment" if init.op == "=" and kind(init.lvalue) == "ID":
            return init.lvalue.name, constant(init.rvalue)
        case _:
            return None, None


def _step(node: Node, name: str | None) -> int | None:
    match kind(node):
        case "UnaryOp" if node.op in ("++", "p++", "--", "p--") and _is(node.expr, name):
            return 1 if "+" in node.op else -1
        case "Assignment" if node.op in ("+=", "-=") and _is(node.lvalue, name):
            value = constant(node.rvalue)
            return None if value is None else (value if node.op == "+=" else -value)
        case "Assignment" if node.op == "=" and _is(node.lvalue, name) and kind(node.rvalue) == "BinaryOp":
            value = constant(node.rvalue.right)
            if value is None or node.rvalue.op not in ("+", "-") or not _is(node.rvalue.left, name):
                return None
            return value if node.rvalue.op == "+" else -value
        case _:
            return None


def _is(node: Node, name: str | None) -> bool:
    return kind(node) == "ID" and node.name == name


def _assigned(body: Node, name: str) -> bool:
    for node in walk(body):
        if kind(node) == "Assignment" and _is(node.lvalue, name):
            return True
        if kind(node) == "UnaryOp" and node.op in ("++", "p++", "--", "p--", "&") and _is(node.expr, name):
            return True
    return False

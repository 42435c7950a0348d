"""Side effects without a sequence point in between: their order is the compiler's choice or undefined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from vecassist.scan.calls import PURE, callee
from vecassist.scan.ctype import kind
from vecassist.scan.scope import walk

Node = Any
_MEMORY = "memory behind pointers and arrays"
_WRITERS = frozenset(
    prefix + name for prefix in ("", "__builtin_") for name in ("memcpy", "memmove", "memset")
)
_STORING = ("store", "stream", "scatter", "fence", "empty", "csr")
_STEPS = ("++", "--", "p++", "p--")
_BODIES = ("stmt", "stmts", "iftrue", "iffalse", "block_items")


@dataclass(frozen=True, slots=True)
class _Effects:
    reads: frozenset[str] = frozenset()
    writes: frozenset[str] = frozenset()

    def __or__(self, other: _Effects) -> _Effects:
        return _Effects(self.reads | other.reads, self.writes | other.writes)

    def clash(self, other: _Effects) -> frozenset[str]:
        """What both touch and at least one writes."""
        return (self.writes & (other.reads | other.writes)) | (self.reads & other.writes)


def unsequenced(statements: Iterable[Node]) -> frozenset[str]:
    """What expressions change and touch again without a sequence point: names of variables, or "memory..."."""
    return frozenset(
        name
        for statement in statements
        for node in walk(statement)
        for clash in _clashes(node)
        for name in clash
    )


def _clashes(node: Node) -> Iterator[frozenset[str]]:
    operands: list[_Effects] = []
    match kind(node):
        case "BinaryOp" if node.op not in ("&&", "||"):
            operands = [_effects(node.left), _effects(node.right)]
        case "ArrayRef":
            operands = [_effects(node.name), _effects(node.subscript)]
        case "FuncCall" if node.args is not None:
            operands = [_effects(node.name), *(_effects(argument) for argument in node.args.exprs)]
        case "InitList":
            operands = [_effects(item) for item in node.exprs]
        case "Assignment":
            place, value = _place(node.lvalue), _effects(node.rvalue)
            operands = [place, value]
            twice = _target(node.lvalue) & (value.writes | place.writes)
            if twice:
                yield twice
        case "UnaryOp" if node.op in _STEPS:
            twice = _target(node.expr) & _place(node.expr).writes
            if twice:
                yield twice
        case _:
            return
    for one, other in combinations(operands, 2):
        clash = one.clash(other)
        if clash:
            yield clash


def _target(lvalue: Node) -> frozenset[str]:
    return frozenset({lvalue.name if kind(lvalue) == "ID" else _MEMORY})


def _place(lvalue: Node) -> _Effects:
    """Effects of working out where an lvalue is, without reading or writing it."""
    match kind(lvalue):
        case "ID":
            return _Effects()
        case "ArrayRef":
            return _effects(lvalue.name) | _effects(lvalue.subscript)
        case "StructRef":
            return _place(lvalue.name) if lvalue.type == "." else _effects(lvalue.name)
        case "UnaryOp":
            return _effects(lvalue.expr)
        case _:
            return _effects(lvalue)


def _effects(node: Node) -> _Effects:
    match kind(node):
        case "ID":
            return _Effects(frozenset({node.name}))
        case "Constant" | "Typename":
            return _Effects()
        case "ArrayRef" | "StructRef":
            return _place(node) | _Effects(frozenset({_MEMORY}))
        case "Assignment":
            written = _Effects(_target(node.lvalue) if node.op != "=" else frozenset(), _target(node.lvalue))
            return _place(node.lvalue) | _effects(node.rvalue) | written
        case "UnaryOp" if node.op in _STEPS:
            return _place(node.expr) | _Effects(_target(node.expr), _target(node.expr))
        case "UnaryOp" if node.op == "*":
            return _effects(node.expr) | _Effects(frozenset({_MEMORY}))
        case "UnaryOp" if node.op in ("sizeof", "_Alignof"):
            return _Effects()
        case "UnaryOp" if node.op == "&":
            return _place(node.expr)
        case "FuncCall":
            name = callee(node)
            inside = _effects(node.args) if node.args is not None else _Effects()
            if name in PURE and name not in _WRITERS:
                return inside
            if name.startswith(("_mm", "__builtin_ia32_")) and not any(word in name for word in _STORING):
                return inside | _Effects(frozenset({_MEMORY}))
            return inside | _Effects(frozenset({_MEMORY}), frozenset({_MEMORY}))
        case _:
            result = _Effects()
            for _, child in node.children():
                result |= _effects(child)
            return result


def clashing(statements: Iterable[Node]) -> frozenset[str]:
    """The expressions, as C text, that change something and touch it again without a sequence point."""
    from pycparser.c_generator import CGenerator

    return frozenset(
        CGenerator().visit(node)
        for statement in statements
        for node in walk(statement)
        if any(True for _ in _clashes(node))
    )

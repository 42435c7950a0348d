"""Side effects without a sequence point in between: their order is the compiler's choice or undefined."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from vecassist.scan.calls import callee
from vecassist.scan.ctype import kind
from vecassist.scan.pure import PURE
from vecassist.scan.scope import walk

Node = Any
_MEMORY = "memory behind pointers and arrays"
_WRITERS = frozenset(
    prefix + name for prefix in ("", "__builtin_") for name in ("memcpy", "memmove", "memset")
)
_STORING = ("store", "stream", "scatter", "fence", "empty", "csr")
_ON_VALUES = ("__builtin_elementwise_", "__builtin_reduce_")
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


@dataclass(frozen=True, slots=True)
class Known:
    """What the unit says: variables of file scope, and helpers that write to no memory."""

    globals: frozenset[str] = frozenset()
    readers: frozenset[str] = frozenset()


NOTHING = Known()


def of_unit(tree: Node) -> Known:
    """The variables and the harmless helpers of a unit."""
    names = frozenset(
        node.name for node in tree.ext if kind(node) == "Decl" and kind(node.type) != "FuncDecl"
    )
    bodies = {node.decl.name: node for node in tree.ext if kind(node) == "FuncDef"}
    readers = frozenset(bodies)
    while True:
        known = Known(names, readers)
        kept = frozenset(name for name in readers if not _writes(known, bodies[name]))
        if kept == readers:
            return known
        readers = kept


def _writes(known: Known, function: Node) -> bool:
    """Whether a function may write to memory: through a pointer, to a variable of file scope, or by a call."""
    return any(
        _MEMORY in _effects(known, node).writes
        for node in walk(function.body)
        if kind(node) in ("Assignment", "UnaryOp", "FuncCall")
    ) or any("static" in (node.storage or ()) for node in walk(function.body) if kind(node) == "Decl")


def unsequenced(statements: Iterable[Node]) -> frozenset[str]:
    """What expressions change and touch again without a sequence point: names of variables, or "memory..."."""
    return frozenset(
        name
        for statement in statements
        for node in walk(statement)
        for clash in _clashes(NOTHING, node)
        for name in clash
    )


def _clashes(known: Known, node: Node) -> Iterator[frozenset[str]]:
    operands: list[_Effects] = []
    match kind(node):
        case "BinaryOp" if node.op not in ("&&", "||"):
            operands = [_effects(known, node.left), _effects(known, node.right)]
        case "ArrayRef":
            operands = [_effects(known, node.name), _effects(known, node.subscript)]
        case "FuncCall" if node.args is not None:
            operands = [
                _effects(known, node.name),
                *(_effects(known, argument) for argument in node.args.exprs),
            ]
        case "InitList":
            operands = [_effects(known, item) for item in node.exprs]
        case "Assignment":
            place, value = _place(known, node.lvalue), _effects(known, node.rvalue)
            operands = [place, value]
            written = _unfinished(known, node) | place.writes
            twice = _target(known, node.lvalue) & written
            if twice:
                yield twice
        case "UnaryOp" if node.op in _STEPS:
            twice = _target(known, node.expr) & _place(known, node.expr).writes
            if twice:
                yield twice
        case _:
            return
    for one, other in combinations(operands, 2):
        clash = one.clash(other)
        if clash:
            yield clash


def _unfinished(known: Known, assignment: Node) -> frozenset[str]:
    """What the assigned value changes without being sure to have done so when the value is stored: all of it but for
    what a called function changes before it returns that value (C11 6.5.2.2p10, 6.5.16p3)."""
    value = assignment.rvalue
    while kind(value) == "Cast":
        value = value.expr
    if assignment.op == "=" and kind(value) == "FuncCall":
        return _effects(known, value.args).writes if value.args is not None else frozenset()
    return _effects(known, value).writes


def _target(known: Known, lvalue: Node) -> frozenset[str]:
    if kind(lvalue) != "ID":
        return frozenset({_MEMORY})
    return frozenset({lvalue.name, _MEMORY} if lvalue.name in known.globals else {lvalue.name})


def _place(known: Known, lvalue: Node) -> _Effects:
    """Effects of working out where an lvalue is, without reading or writing it."""
    match kind(lvalue):
        case "ID":
            return _Effects()
        case "ArrayRef":
            return _effects(known, lvalue.name) | _effects(known, lvalue.subscript)
        case "StructRef":
            return _place(known, lvalue.name) if lvalue.type == "." else _effects(known, lvalue.name)
        case "UnaryOp":
            return _effects(known, lvalue.expr)
        case _:
            return _effects(known, lvalue)


def _effects(known: Known, node: Node) -> _Effects:
    match kind(node):
        case "ID":
            return _Effects(frozenset({node.name, _MEMORY} if node.name in known.globals else {node.name}))
        case "Constant" | "Typename":
            return _Effects()
        case "ArrayRef" | "StructRef":
            return _place(known, node) | _Effects(frozenset({_MEMORY}))
        case "Assignment":
            written = _Effects(
                _target(known, node.lvalue) if node.op != "=" else frozenset(), _target(known, node.lvalue)
            )
            return _place(known, node.lvalue) | _effects(known, node.rvalue) | written
        case "UnaryOp" if node.op in _STEPS:
            return _place(known, node.expr) | _Effects(_target(known, node.expr), _target(known, node.expr))
        case "UnaryOp" if node.op == "*":
            return _effects(known, node.expr) | _Effects(frozenset({_MEMORY}))
        case "UnaryOp" if node.op in ("sizeof", "_Alignof"):
            return _Effects()
        case "UnaryOp" if node.op == "&":
            return _place(known, node.expr)
        case "FuncCall":
            name = callee(node)
            inside = _effects(known, node.args) if node.args is not None else _Effects()
            if (name in PURE and name not in _WRITERS) or name.startswith(_ON_VALUES):
                return inside
            if name in known.readers:
                return inside | _Effects(frozenset({_MEMORY}))
            if name.startswith(("_mm", "__builtin_ia32_")) and not any(word in name for word in _STORING):
                return inside | _Effects(frozenset({_MEMORY}))
            return inside | _Effects(frozenset({_MEMORY}), frozenset({_MEMORY}))
        case _:
            result = _Effects()
            for _, child in node.children():
                result |= _effects(known, child)
            return result


def clashing(statements: Iterable[Node], known: Known = NOTHING) -> frozenset[str]:
    """The expressions, as C text, that change something and touch it again without a sequence point."""
    from pycparser.c_generator import CGenerator

    return frozenset(
        CGenerator().visit(node)
        for statement in statements
        for node in walk(statement)
        if any(True for _ in _clashes(known, node))
    )

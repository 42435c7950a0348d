"""Counted loops: `for (i = lower; i < limit; i += step)` taken apart and put together again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pycparser import c_ast

from vecassist.propose.affine import Linear, add, linear, literal
from vecassist.propose.nodes import Node, assign, ident, names, number, single, statements, walk

MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Loop:
    """One counted loop. `declared` is its `int i = lower` declaration where it has one; step is never 0."""

    node: c_ast.For
    index: str
    lower: Node
    limit: Node
    relation: str
    step: int
    declared: c_ast.Decl | None

    @property
    def body(self) -> list[Node]:
        return statements(self.node.stmt)


@dataclass(frozen=True, slots=True)
class Range:
    """The values of a loop's index: from `first` by `step`, never beyond `last`; None where unknown."""

    index: str
    first: Linear | None
    last: Linear | None
    step: int


def counted(node: Node | None) -> Loop | None:
    """The loop if `node` is a counted loop whose index only its header changes."""
    if not isinstance(node, c_ast.For) or node.cond is None or node.next is None:
        return None
    start = _start(node.init)
    step = _step(node.next)
    if start is None or step is None or step[0] != start[0]:
        return None
    index, lower, declared = start
    bound = _bound(node.cond, index)
    if bound is None or (step[1] > 0) != (bound[0] in ("<", "<=")):
        return None
    if index in assigned(node.stmt) or index in names(bound[1]):
        return None
    if names(bound[1]) & assigned(node.stmt):
        return None
    return Loop(node, index, lower, bound[1], bound[0], step[1], declared)


def _start(init: Node | None) -> tuple[str, Node, c_ast.Decl | None] | None:
    if isinstance(init, c_ast.DeclList) and len(init.decls) == 1:
        decl = init.decls[0]
        if decl.init is not None and isinstance(decl.type, c_ast.TypeDecl):
            return decl.name, decl.init, decl
    if isinstance(init, c_ast.Assignment) and init.op == "=" and isinstance(init.lvalue, c_ast.ID):
        return init.lvalue.name, init.rvalue, None
    return None


def _step(node: Node) -> tuple[str, int] | None:
    found = increment(node)
    if found is None:
        return None
    value = literal(found[1])
    if value is None and isinstance(found[1], c_ast.UnaryOp):
        form = linear(found[1])
        value = form.constant if form is not None else None
    return (found[0], value) if value else None


def increment(node: Node) -> tuple[str, Node] | None:
    """`k += e`, `k++`, `k = k + e` and their decreasing forms as (k, e)."""
    if isinstance(node, c_ast.UnaryOp) and isinstance(node.expr, c_ast.ID):
        if node.op in ("++", "p++"):
            return node.expr.name, number(1)
        if node.op in ("--", "p--"):
            return node.expr.name, number(-1)
    if isinstance(node, c_ast.Assignment) and isinstance(node.lvalue, c_ast.ID):
        name = node.lvalue.name
        if node.op == "+=" and name not in names(node.rvalue):
            return name, node.rvalue
        if node.op == "-=" and name not in names(node.rvalue):
            form = linear(node.rvalue)
            return (name, number(-form.const)) if form is not None and not form.terms else None
        if node.op == "=" and isinstance(node.rvalue, c_ast.BinaryOp):
            value = node.rvalue
            if (
                isinstance(value.left, c_ast.ID)
                and value.left.name == name
                and name not in names(value.right)
            ):
                if value.op == "+":
                    return name, value.right
                form = linear(value.right)
                if value.op == "-" and form is not None and not form.terms:
                    return name, number(-form.const)
            if isinstance(value.right, c_ast.ID) and value.right.name == name and value.op == "+":
                return None if name in names(value.left) else (name, value.left)
    return None


def _bound(condition: Node, index: str) -> tuple[str, Node] | None:
    if not isinstance(condition, c_ast.BinaryOp) or condition.op not in MIRROR:
        return None
    if isinstance(condition.left, c_ast.ID) and condition.left.name == index:
        return condition.op, condition.right
    if isinstance(condition.right, c_ast.ID) and condition.right.name == index:
        return MIRROR[condition.op], condition.left
    return None


def assigned(node: Node | None) -> set[str]:
    """Names of scalars that a statement assigns, declares or increments (array elements apart)."""
    if node is None:
        return set()
    found: set[str] = set()
    for part in walk(node):
        if isinstance(part, c_ast.Assignment) and isinstance(part.lvalue, c_ast.ID):
            found.add(part.lvalue.name)
        elif isinstance(part, c_ast.UnaryOp) and part.op in ("++", "p++", "--", "p--", "&"):
            if isinstance(part.expr, c_ast.ID):
                found.add(part.expr.name)
        elif isinstance(part, c_ast.Decl):
            found.add(part.name)
    return found


def remake(
    loop: Loop,
    body: Sequence[Node] | None = None,
    *,
    lower: Node | None = None,
    limit: Node | None = None,
    relation: str | None = None,
    step: int | None = None,
) -> Node:
    """The loop with some parts exchanged."""
    low = loop.lower if lower is None else lower
    init: Node
    if loop.declared is None:
        init = assign(ident(loop.index), low)
    else:
        old = loop.declared
        decl = c_ast.Decl(old.name, old.quals, old.align, old.storage, old.funcspec, old.type, low, None)
        init = c_ast.DeclList([decl])
    bound = loop.limit if limit is None else limit
    condition = c_ast.BinaryOp(relation or loop.relation, ident(loop.index), bound)
    amount = loop.step if step is None else step
    advance = loop.node.next if amount == loop.step else stepping(loop.index, amount)
    return c_ast.For(
        init, condition, advance, loop.node.stmt if body is None else single(body), loop.node.coord
    )


def stepping(index: str, amount: int) -> Node:
    if amount == 1:
        return c_ast.UnaryOp("p++", ident(index))
    if amount == -1:
        return c_ast.UnaryOp("p--", ident(index))
    return assign(ident(index), number(abs(amount)), "+=" if amount > 0 else "-=")


def count(index: str, lower: Node, limit: Node, body: Sequence[Node], declare_as: str | None = "int") -> Node:
    """A fresh `for (int index = lower; index < limit; index++)`."""
    init: Node
    if declare_as is None:
        init = assign(ident(index), lower)
    else:
        plain = c_ast.TypeDecl(index, [], None, c_ast.IdentifierType(declare_as.split()))
        init = c_ast.DeclList([c_ast.Decl(index, [], [], [], [], plain, lower, None)])
    condition = c_ast.BinaryOp("<", ident(index), limit)
    return c_ast.For(init, condition, stepping(index, 1), single(body))


def index_type(loop: Loop) -> str | None:
    """The type to declare a copy of the index with, None where the index is declared outside."""
    if loop.declared is None:
        return None
    inner = loop.declared.type
    return " ".join(inner.type.names) if isinstance(inner.type, c_ast.IdentifierType) else "int"


def final(loop: Loop) -> Node:
    """The limit made inclusive: the last admissible index value of a loop with step 1 or -1."""
    if loop.relation in ("<=", ">="):
        return loop.limit
    return add(loop.limit, -1 if loop.relation == "<" else 1)


def beyond(loop: Loop) -> Node:
    """The limit made exclusive, for upward loops."""
    return loop.limit if loop.relation == "<" else add(loop.limit, 1)


def span(loop: Loop, constants: Mapping[str, int]) -> Range:
    return Range(loop.index, linear(loop.lower, constants), linear(final(loop), constants), loop.step)


def trip(loop: Loop, constants: Mapping[str, int]) -> int | None:
    """The number of iterations where it is a constant."""
    values = span(loop, constants)
    if values.first is None or values.last is None:
        return None
    length = values.last.minus(values.first).constant
    if length is None:
        return None
    return max(0, length // values.step + 1 if values.step > 0 else (-length) // -values.step + 1)


def runs(loop: Loop, constants: Mapping[str, int], least: int = 1) -> bool:
    """Whether the loop certainly makes `least` iterations."""
    number_of = trip(loop, constants)
    return number_of is not None and number_of >= least

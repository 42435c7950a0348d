"""Building, copying and rewriting C syntax trees. Every function leaves its arguments as they were."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from pycparser import c_ast
from pycparser.c_generator import CGenerator

Node = c_ast.Node


class Spelling(CGenerator):
    """Casts as people write them: `(float)x` is no reason for parentheses around it."""

    def _is_simple_node(self, n: Node) -> bool:
        return isinstance(n, c_ast.Cast) or super()._is_simple_node(n)

    def visit_Cast(self, n: c_ast.Cast) -> str:
        kind = self._generate_type(n.to_type, emit_declname=False)
        return f"({kind}){self._parenthesize_unless_simple(n.expr)}"

    def visit_TernaryOp(self, n: c_ast.TernaryOp) -> str:
        loose = c_ast.Assignment | c_ast.ExprList
        parts = [self._parenthesize_if(p, lambda d: isinstance(d, loose)) for p in (n.iftrue, n.iffalse)]
        cond = self._parenthesize_if(n.cond, lambda d: isinstance(d, loose | c_ast.TernaryOp))
        return f"{cond} ? {parts[0]} : {parts[1]}"


def text(node: Node) -> str:
    """One expression or declaration as C, without superfluous parentheses."""
    return Spelling(reduce_parentheses=True).visit(node)


def ident(name: str) -> Node:
    return c_ast.ID(name)


def number(value: int) -> Node:
    if value < 0:
        return c_ast.UnaryOp("-", c_ast.Constant("int", str(-value)))
    return c_ast.Constant("int", str(value))


def binary(op: str, left: Node, right: Node) -> Node:
    return c_ast.BinaryOp(op, left, right)


def assign(left: Node, right: Node, op: str = "=") -> Node:
    return c_ast.Assignment(op, left, right)


def negate(condition: Node) -> Node:
    """The logical negation. A comparison is not turned around: with NaN that would differ."""
    if isinstance(condition, c_ast.UnaryOp) and condition.op == "!":
        return condition.expr
    return c_ast.UnaryOp("!", condition)


def array(name: str, subscripts: Iterable[Node]) -> Node:
    node: Node = ident(name)
    for subscript in subscripts:
        node = c_ast.ArrayRef(node, subscript)
    return node


def declare(base: str, name: str, init: Node | None = None, extent: int | None = None) -> Node:
    """`base name = init;` or `base name[extent];`"""
    plain = c_ast.TypeDecl(name, [], None, c_ast.IdentifierType(base.split()))
    kind: Node = plain if extent is None else c_ast.ArrayDecl(plain, number(extent), [])
    return c_ast.Decl(name, [], [], [], [], kind, init, None)


def block(statements: Sequence[Node]) -> Node:
    return c_ast.Compound(list(statements))


def statements(node: Node | None) -> list[Node]:
    """The statements of a body, a compound statement opened up."""
    if node is None or isinstance(node, c_ast.EmptyStatement):
        return []
    if isinstance(node, c_ast.Compound):
        return list(node.block_items or [])
    return [node]


def single(items: Sequence[Node]) -> Node:
    """A body: the one statement, or a compound statement."""
    if len(items) == 1 and not isinstance(items[0], c_ast.Decl):
        return items[0]
    return block(items)


def children(node: Node) -> Iterator[Node]:
    held: Any = node.children()
    for _, child in held:
        yield child


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in children(node):
        yield from walk(child)


def names(node: Node | None) -> set[str]:
    """All identifiers mentioned, callees and labels excluded."""
    if node is None:
        return set()
    callees = {id(n.name) for n in walk(node) if isinstance(n, c_ast.FuncCall)}
    return {n.name for n in walk(node) if isinstance(n, c_ast.ID) and id(n) not in callees}


def transform(node: Node, visit: Callable[[Node], Node | None]) -> Node:
    """A copy in which each topmost node for which `visit` gives a node is replaced by it."""
    found = visit(node)
    if found is not None:
        return found
    made = copy.copy(node)
    for slot in _slots(node):
        value = getattr(node, slot)
        if isinstance(value, Node):
            setattr(made, slot, transform(value, visit))
        elif isinstance(value, list):
            setattr(made, slot, [transform(v, visit) if isinstance(v, Node) else v for v in value])
    return made


def clone(node: Node) -> Node:
    return transform(node, lambda _: None)


def _slots(node: Node) -> tuple[str, ...]:
    named: tuple[str, ...] = getattr(type(node), "__slots__", ())
    return tuple(s for s in named if s not in ("coord", "__weakref__"))


def replace(root: Node, old: Node, new: Sequence[Node]) -> Node:
    """`root` with the statement `old` (by identity) replaced by the statements `new`, spliced into the
    enclosing compound statement where there is one."""
    if root is old:
        return single(new) if len(new) == 1 else block(new)

    def visit(node: Node) -> Node | None:
        if node is old:
            return single(new) if new else c_ast.EmptyStatement()
        if isinstance(node, c_ast.Compound) and any(item is old for item in node.block_items or []):
            items: list[Node] = []
            for item in node.block_items or []:
                items.extend(new if item is old else [item])
            return c_ast.Compound(items)
        return None

    return transform(root, visit)


def substitute(node: Node, values: Mapping[str, Node]) -> Node:
    """A copy with identifiers replaced by expressions; members and called functions keep their names."""
    if not values:
        return node

    def visit(found: Node) -> Node | None:
        if isinstance(found, c_ast.ID) and found.name in values:
            return values[found.name]
        if isinstance(found, c_ast.FuncCall):
            args = None if found.args is None else transform(found.args, visit)
            return c_ast.FuncCall(found.name, args)
        if isinstance(found, c_ast.StructRef):
            return c_ast.StructRef(transform(found.name, visit), found.type, found.field)
        return None

    return transform(node, visit)


def same(left: Node | None, right: Node | None) -> bool:
    if left is None or right is None:
        return left is right
    return text(left) == text(right)


def fresh(wish: str, taken: Iterable[str]) -> str:
    """A name like `wish` that is not taken; of a member's spelling only the last part."""
    used = set(taken)
    wish = wish.replace("->", ".").rpartition(".")[2]
    if wish not in used:
        return wish
    count = 2
    while f"{wish}{count}" in used:
        count += 1
    return f"{wish}{count}"


def subscripted(node: Node) -> tuple[str, tuple[Node, ...]] | None:
    """`a[x][y]` as ("a", (x, y)), None for anything else."""
    subscripts: list[Node] = []
    while isinstance(node, c_ast.ArrayRef):
        subscripts.append(node.subscript)
        node = node.name
    if isinstance(node, c_ast.ID) and subscripts:
        return node.name, tuple(reversed(subscripts))
    return None

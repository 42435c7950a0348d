"""Statements as they are spelled, with macros, laid over the same statements as they are preprocessed."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass

from pycparser import c_ast
from pycparser.c_generator import CGenerator

from vecassist.propose import nodes
from vecassist.propose.affine import linear, literal
from vecassist.propose.nodes import Node

_STATEMENTS = c_ast.For | c_ast.While | c_ast.DoWhile | c_ast.If | c_ast.Switch | c_ast.Label | c_ast.Compound
_FIELDS = ("op", "name", "value", "names", "type", "declname", "quals", "storage")


@dataclass(frozen=True, slots=True)
class Spelled:
    """The coordinate of a node that macros made: `text` stands for it as long as it reads `meant`.

    closed: needs no parentheses, whatever it comes into
    """

    line: int
    column: int | None
    text: str
    meant: str
    closed: bool = False
    file: str = ""


def merged(shown: Node, meant: Node, constants: dict[str, int]) -> Node | None:
    """`meant` with the coordinates of `shown`; each part that macros made is marked as `Spelled`, but names of
    integer constants stay names and are put into `constants`. None where the statements differ."""
    found = _merged(shown, meant, constants)
    if found is not None or isinstance(shown, _STATEMENTS) or isinstance(meant, _STATEMENTS):
        return found
    return _hole(shown, meant)


def unplaced(tree: Node) -> Node:
    """A copy without coordinates."""
    made = nodes.clone(tree)
    for node in nodes.walk(made):
        node.coord = None
    return made


def spelling(node: Node) -> str:
    """One expression or declaration as C, with the macros that it was written with."""
    return _Original(reduce_parentheses=True).visit(node)


class _Original(nodes.Spelling):
    def visit(self, node: Node) -> str:
        at = _original(node)
        return CGenerator.visit(self, node) if at is None else at.text

    def _is_simple_node(self, n: Node) -> bool:
        at = _original(n)
        return (at is not None and at.closed) or super()._is_simple_node(n)


def _original(node: Node) -> Spelled | None:
    at = getattr(node, "coord", None)
    return at if isinstance(at, Spelled) and nodes.text(node) == at.meant else None


def _hole(shown: Node, meant: Node) -> Node:
    made = unplaced(meant)
    made.coord = _spelled(shown, made)
    return made


def _spelled(shown: Node, meant: Node, closed: bool = False) -> Spelled:
    at = shown.coord
    line, column = (at.line, at.column) if at is not None else (0, None)
    return Spelled(line, column, nodes.text(shown), nodes.text(meant), closed)


def _enclosed(parent: Node, one: Node, two: Node) -> bool:
    """Whether the expansion `two` of `one` can only stand under `parent` because it has parentheses."""
    if isinstance(parent, c_ast.UnaryOp):
        return isinstance(two, c_ast.BinaryOp | c_ast.TernaryOp)
    if not isinstance(parent, c_ast.BinaryOp) or not isinstance(one, c_ast.ID | c_ast.FuncCall):
        return False
    if isinstance(two, c_ast.BinaryOp):
        mine, inner = CGenerator.precedence_map[parent.op], CGenerator.precedence_map[two.op]
        return inner < mine or (inner == mine and one is parent.right)
    return isinstance(two, c_ast.TernaryOp)


def _merged(shown: Node, meant: Node, constants: dict[str, int]) -> Node | None:
    if isinstance(shown, c_ast.ID):
        if isinstance(meant, c_ast.ID) and meant.name == shown.name:
            return copy.copy(shown)
        value = None if isinstance(meant, c_ast.ID) else _constant(meant)
        if value is not None and constants.setdefault(shown.name, value) == value:
            return copy.copy(shown)
        return _hole(shown, meant)
    if type(shown) is not type(meant) or not _alike(shown, meant):
        return _hole(shown, meant) if isinstance(shown, c_ast.FuncCall | c_ast.IdentifierType) else None
    mine, theirs = list(nodes.children(shown)), list(nodes.children(meant))
    parts: dict[int, Node] = {}
    if len(mine) == len(theirs):
        for one, two in zip(mine, theirs, strict=True):
            part = _merged(one, two, constants)
            if part is None and _whole(shown, one):
                part = _hole(one, two)
            if part is None:
                break
            if isinstance(part.coord, Spelled) and _enclosed(shown, one, two):
                part.coord = _spelled(one, two, True)
            elif _whole(shown, one) and not isinstance(part.coord, Spelled) and _marked(part):
                part.coord = _spelled(one, part)
            parts[id(one)] = part
    if len(parts) < len(mine) or (isinstance(shown, c_ast.FuncCall) and _other_call(shown, parts)):
        return _hole(shown, meant) if isinstance(shown, c_ast.FuncCall) else None
    made = nodes.transform(shown, lambda node: parts.get(id(node)))
    return made


def _whole(parent: Node, child: Node) -> bool:
    """Whether a child is a statement or expression of its own, not an operand."""
    if isinstance(child, _STATEMENTS):
        return False
    return isinstance(parent, _STATEMENTS) or (
        isinstance(parent, c_ast.ArrayRef) and child is parent.subscript
    )


def _other_call(call: c_ast.FuncCall, parts: Mapping[int, Node]) -> bool:
    """Whether a macro with parameters made a call of another function: its arguments may have moved."""
    return _marked(parts.get(id(call.name))) and _marked(parts.get(id(call.args)))


def _alike(shown: Node, meant: Node) -> bool:
    for field in _FIELDS:
        one, two = getattr(shown, field, None), getattr(meant, field, None)
        if not isinstance(one, c_ast.Node) and not isinstance(two, c_ast.Node) and one != two:
            return False
    return True


def _marked(node: Node | None) -> bool:
    return node is not None and any(isinstance(n.coord, Spelled) for n in nodes.walk(node))


def _constant(node: Node) -> int | None:
    """The value of an expression of integer constants."""
    value = literal(node)
    if value is not None:
        return value
    form = linear(node)
    return None if form is None else form.constant

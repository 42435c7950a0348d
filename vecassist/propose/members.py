"""Members of structures as plain names: `p->gain` is a variable, `p->data[i]` an element of an array.

The name is the spelling itself, so a tree prints as before. Members of different names are taken to be different
objects, as arrays are: where that is not so, the proof of a rewrite fails.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pycparser import c_ast

from vecassist.propose import nodes
from vecassist.propose.loops import assigned
from vecassist.propose.nest import Nest
from vecassist.propose.nodes import Node


def with_members(nest: Nest, tags: Mapping[str, Node]) -> Nest:
    """The nest with each member whose structure stays the same throughout as a name with a type of its own.

    tags: struct tag -> its definition.
    """
    moving = assigned(nest.root) | _stored(nest.root)
    types = dict(nest.types)

    def visit(node: Node) -> Node | None:
        if not isinstance(node, c_ast.StructRef):
            return None
        kind = _type(node, nest, tags)
        if kind is None or _moves(node, moving) or not _plain(kind):
            return None
        name = nodes.text(node)
        if isinstance(kind, c_ast.PtrDecl) and name in moving:
            return None
        types[name] = kind
        made = c_ast.ID(name)
        made.coord = node.coord
        return made

    root = nodes.transform(nest.root, visit)
    found = frozenset(types) - frozenset(nest.types)
    if not found:
        return nest
    live = None if nest.live_out is None else nest.live_out | found
    return replace(nest, root=root, types=types, live_out=live)


def _stored(root: Node) -> set[str]:
    """Spelled members that are assigned as a whole."""
    found: set[str] = set()
    for node in nodes.walk(root):
        target = node.lvalue if isinstance(node, c_ast.Assignment) else None
        if isinstance(node, c_ast.UnaryOp) and node.op in ("++", "p++", "--", "p--", "&"):
            target = node.expr
        if isinstance(target, c_ast.StructRef):
            found.add(nodes.text(target))
    return found


def _moves(node: c_ast.StructRef, moving: set[str]) -> bool:
    """Whether what stands before the member may change."""
    base = node.name
    if isinstance(base, c_ast.StructRef):
        return nodes.text(base) in moving or _moves(base, moving)
    return not isinstance(base, c_ast.ID) or base.name in moving


def _plain(kind: Node) -> bool:
    """An arithmetic type, or arrays of or pointers to such."""
    while isinstance(kind, c_ast.ArrayDecl | c_ast.PtrDecl):
        kind = kind.type
    return isinstance(kind, c_ast.TypeDecl) and isinstance(kind.type, c_ast.IdentifierType)


def _type(node: Node, nest: Nest, tags: Mapping[str, Node]) -> Node | None:
    if isinstance(node, c_ast.ID):
        return nest.types.get(node.name)
    if not isinstance(node, c_ast.StructRef):
        return None
    whole = _through(_type(node.name, nest, tags), nest)
    if node.type == "->":
        inside = whole.type if isinstance(whole, c_ast.PtrDecl | c_ast.ArrayDecl) else None
        whole = _through(inside, nest)
    if not isinstance(whole, c_ast.TypeDecl) or not isinstance(whole.type, c_ast.Struct):
        return None
    struct: Any = whole.type if whole.type.decls is not None else tags.get(whole.type.name)
    declared: list[Any] = [] if struct is None else struct.decls or []
    return next((d.type for d in declared if d.name == node.field.name and d.bitsize is None), None)


def _through(kind: Node | None, nest: Nest) -> Node | None:
    """A type with typedef names seen through."""
    for _ in range(20):
        if not isinstance(kind, c_ast.TypeDecl) or not isinstance(kind.type, c_ast.IdentifierType):
            return kind
        known = nest.typedefs.get(" ".join(kind.type.names))
        if known is None:
            return kind
        kind = known
    return None

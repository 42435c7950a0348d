"""pycparser types: typedefs resolved, adjusted, renamed, and printed as C declarations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Node = Any


def kind(node: Node) -> str:
    """The class name of a node, which is cheaper to ask for than to import the classes."""
    return type(node).__name__


def resolve(node: Node, typedefs: Mapping[str, Node]) -> Node:
    """`node` (a declarator type) without typedef names, down to basic types and tags."""
    from pycparser import c_ast

    match kind(node):
        case "PtrDecl":
            return c_ast.PtrDecl(node.quals, resolve(node.type, typedefs), node.coord)
        case "ArrayDecl":
            return c_ast.ArrayDecl(resolve(node.type, typedefs), node.dim, node.dim_quals, node.coord)
        case "FuncDecl":
            return c_ast.FuncDecl(node.args, resolve(node.type, typedefs), node.coord)
        case "TypeDecl":
            target = _typedef(node, typedefs)
            if target is None:
                return node
            rest = {name: other for name, other in typedefs.items() if other is not target}
            return renamed(qualified(resolve(target, rest), node.quals), node.declname)
        case _:
            return node


def _typedef(node: Node, typedefs: Mapping[str, Node]) -> Node | None:
    names = node.type.names if kind(node.type) == "IdentifierType" else ()
    return typedefs.get(names[0]) if len(names) == 1 else None


def qualified(node: Node, quals: list[str]) -> Node:
    """`node` with `quals` where C puts them: on the pointer, the element of an array, the basic type."""
    from pycparser import c_ast

    if not quals:
        return node
    match kind(node):
        case "PtrDecl":
            return c_ast.PtrDecl([*node.quals, *quals], node.type, node.coord)
        case "ArrayDecl":
            return c_ast.ArrayDecl(qualified(node.type, quals), node.dim, node.dim_quals, node.coord)
        case "TypeDecl":
            return c_ast.TypeDecl(node.declname, [*node.quals, *quals], node.align, node.type, node.coord)
        case _:
            return node


def renamed(node: Node, name: str | None) -> Node:
    """`node` declaring `name`."""
    from pycparser import c_ast

    match kind(node):
        case "PtrDecl":
            return c_ast.PtrDecl(node.quals, renamed(node.type, name), node.coord)
        case "ArrayDecl":
            return c_ast.ArrayDecl(renamed(node.type, name), node.dim, node.dim_quals, node.coord)
        case "FuncDecl":
            return c_ast.FuncDecl(node.args, renamed(node.type, name), node.coord)
        case "TypeDecl":
            return c_ast.TypeDecl(name, node.quals, node.align, node.type, node.coord)
        case _:
            return node


def decayed(node: Node) -> Node:
    """The type of a parameter that is declared so: arrays and functions become pointers."""
    from pycparser import c_ast

    match kind(node):
        case "ArrayDecl":
            quals = [qual for qual in node.dim_quals if qual != "static"]
            return c_ast.PtrDecl(quals, node.type, node.coord)
        case "FuncDecl":
            return c_ast.PtrDecl([], node, node.coord)
        case _:
            return node


def quals_of(node: Node) -> frozenset[str]:
    """Qualifiers of an object of this type (of its elements, for an array)."""
    match kind(node):
        case "ArrayDecl":
            return quals_of(node.type)
        case "PtrDecl" | "TypeDecl":
            return frozenset(node.quals or ())
        case _:
            return frozenset()


def without(node: Node, quals: frozenset[str]) -> Node:
    """`node` without these qualifiers on the object itself (what it points to keeps its own)."""
    from pycparser import c_ast

    match kind(node):
        case "PtrDecl":
            return c_ast.PtrDecl([q for q in node.quals if q not in quals], node.type, node.coord)
        case "ArrayDecl":
            return c_ast.ArrayDecl(without(node.type, quals), node.dim, node.dim_quals, node.coord)
        case "TypeDecl":
            kept = [q for q in node.quals if q not in quals]
            return c_ast.TypeDecl(node.declname, kept, node.align, node.type, node.coord)
        case _:
            return node


def base(node: Node) -> Node:
    """The specifier at the bottom of a declarator: IdentifierType, Struct, Union, Enum..."""
    while kind(node) in ("PtrDecl", "ArrayDecl", "FuncDecl", "TypeDecl"):
        node = node.type
    return node


def is_arithmetic(resolved: Node) -> bool:
    """Whether a resolved type is a number or an enumeration."""
    return kind(resolved) == "TypeDecl" and (
        kind(resolved.type) == "Enum"
        or (kind(resolved.type) == "IdentifierType" and resolved.type.names != ["void"])
    )


def is_scalar(resolved: Node) -> bool:
    """Whether a resolved type is arithmetic or a pointer."""
    return kind(resolved) == "PtrDecl" or is_arithmetic(resolved)


def declaration(node: Node, name: str) -> str:
    """C text that declares `name` with this type, such as "float (*m)[8]" or "int (*f)(const char *)".

    A tagged struct, union or enum is named by its tag.
    """
    from pycparser import c_ast, c_generator

    declared = c_ast.Decl(name, [], [], [], [], _untagged(renamed(node, name)), None, None)
    return str(c_generator.CGenerator().visit(declared))


def _untagged(node: Node) -> Node:
    from pycparser import c_ast

    match kind(node):
        case "PtrDecl":
            return c_ast.PtrDecl(node.quals, _untagged(node.type), node.coord)
        case "ArrayDecl":
            return c_ast.ArrayDecl(_untagged(node.type), node.dim, node.dim_quals, node.coord)
        case "FuncDecl":
            return c_ast.FuncDecl(node.args, _untagged(node.type), node.coord)
        case "TypeDecl":
            return c_ast.TypeDecl(node.declname, node.quals, None, _untagged(node.type), node.coord)
        case "Struct" | "Union" if node.name:
            return type(node)(node.name, None, node.coord)
        case "Enum" if node.name:
            return c_ast.Enum(node.name, None, node.coord)
        case _:
            return node

"""Names that are visible at a place in a function."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from vecassist.scan.ctype import decayed, kind, resolve

Node = Any
Origin = Literal["global", "function", "enumerator", "parameter", "local"]


@dataclass(frozen=True, eq=False)
class Declared:
    """One visible name.

    type      the type as spelled (typedef names kept; a parameter's array not adjusted)
    resolved  the same without typedef names; a parameter's arrays and functions are pointers
    node      the declaring Decl, FuncDef or Enumerator
    local_type  whether its type is declared inside the function
    """

    name: str
    origin: Origin
    type: Node
    resolved: Node
    storage: tuple[str, ...]
    node: Node
    local_type: bool = False


class Scope:
    """Declarations, typedefs and tags, filled from the outside in. Made by `scope_at`."""

    def __init__(self) -> None:
        self.names: dict[str, Declared] = {}
        self.typedefs: dict[str, Node] = {}
        self.tags: dict[str, Node] = {}
        self.local_types: set[str] = set()

    def copy(self) -> Scope:
        result = Scope()
        result.names = dict(self.names)
        result.typedefs = dict(self.typedefs)
        result.tags = dict(self.tags)
        result.local_types = set(self.local_types)
        return result

    def add(self, node: Node, origin: Origin) -> None:
        """Enter one declaration."""
        match kind(node):
            case "Typedef":
                self._types(node.type, origin)
                self.typedefs[node.name] = node.type
                self.names.pop(node.name, None)
                self._mark_type(node.name, origin)
            case "FuncDef":
                self.add(node.decl, "function")
            case "Decl":
                self._types(node.type, origin)
                if node.name:
                    self._object(node, origin)
            case "DeclList":
                for decl in node.decls:
                    self.add(decl, origin)
            case _:
                pass

    def _object(self, node: Node, origin: Origin) -> None:
        resolved = resolve(node.type, self.typedefs)
        if origin == "parameter":
            resolved = decayed(resolved)
        elif kind(resolved) == "FuncDecl":
            origin = "function"
        known = self.names.get(node.name)
        incomplete = kind(resolved) == "ArrayDecl" and resolved.dim is None and node.init is None
        if origin == "global" and known is not None and known.origin == "global" and incomplete:
            return
        local = _names_in(node.type) & self.local_types or (origin == "local" and _defines(node.type))
        self.names[node.name] = Declared(
            node.name, origin, node.type, resolved, tuple(node.storage or ()), node, bool(local)
        )
        if origin in ("local", "parameter"):
            self.typedefs.pop(node.name, None)

    def _types(self, node: Node, origin: Origin) -> None:
        """Enter the tags and enumerators that a type defines."""
        for inner in walk(node):
            match kind(inner):
                case "Struct" | "Union" if inner.decls is not None and inner.name:
                    self.tags[inner.name] = inner
                    self._mark_type(f"tag {inner.name}", origin)
                case "Enum" if inner.values is not None:
                    if inner.name:
                        self.tags[inner.name] = inner
                        self._mark_type(f"tag {inner.name}", origin)
                    for value in inner.values.enumerators:
                        self.names[value.name] = Declared(
                            value.name, "enumerator", _INT, _INT, (), value, origin == "local"
                        )
                case _:
                    pass

    def _mark_type(self, name: str, origin: Origin) -> None:
        if origin == "local":
            self.local_types.add(name)
        else:
            self.local_types.discard(name)


def _int() -> Node:
    from pycparser import c_ast

    return c_ast.TypeDecl(None, [], None, c_ast.IdentifierType(["int"]))


_INT = _int()


def _names_in(node: Node) -> set[str]:
    names: set[str] = set()
    for inner in walk(node):
        match kind(inner):
            case "IdentifierType":
                names.update(inner.names)
            case "Struct" | "Union" | "Enum" if inner.name:
                names.add(f"tag {inner.name}")
            case _:
                pass
    return names


def _defines(node: Node) -> bool:
    for inner in walk(node):
        if kind(inner) in ("Struct", "Union") and (inner.decls is not None or not inner.name):
            return True
        if kind(inner) == "Enum" and inner.values is not None:
            return True
    return False


def walk(node: Node) -> Iterator[Node]:
    """`node` and everything below it, in source order."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(reversed([child for _, child in current.children()]))


def parameters(function: Node) -> Iterator[Node]:
    """The parameter declarations of a FuncDef that have names."""
    declarator = function.decl.type
    while kind(declarator) != "FuncDecl":
        declarator = declarator.type
    for parameter in declarator.args.params if declarator.args else ():
        if kind(parameter) == "Decl":
            yield parameter


class _Outer:
    """The file scope of one tree, filled as far as the last question needed."""

    def __init__(self, tree: Node) -> None:
        self._externals: list[Node] = tree.ext
        self._scope, self._done = Scope(), 0

    def before(self, function: Node) -> Scope:
        index = next(at for at, external in enumerate(self._externals) if external is function)
        if index < self._done:
            self._scope, self._done = Scope(), 0
        for external in self._externals[self._done : index]:
            self._scope.add(external, "global")
        self._done = index
        return self._scope.copy()


@functools.lru_cache(maxsize=4)
def _outer(tree: Node) -> _Outer:
    return _Outer(tree)


def _declare(scope: Scope, items: Iterable[Node], end: Node) -> None:
    """Enter the declarations among `items` before `end`, those behind case labels included."""
    for item in items:
        if item is end:
            return
        if kind(item) in ("Case", "Default"):
            _declare(scope, item.stmts or (), end)
        else:
            scope.add(item, "local")


def scope_at(tree: Node, function: Node, path: Sequence[Node], targets: Iterable[Node]) -> Scope:
    """What is visible where `targets` (statements next to each other) stand.

    path: the nodes from the function's body down to the node that directly holds the targets.
    """
    scope = _outer(tree).before(function)
    scope.add(function, "function")
    for parameter in parameters(function):
        scope.add(parameter, "parameter")
    ends = [*path[1:], next(iter(targets))]
    for node, child in zip(path, ends, strict=True):
        match kind(node):
            case "Compound":
                _declare(scope, node.block_items or (), child)
            case "Case" | "Default":
                _declare(scope, node.stmts or (), child)
            case "For" if node.init is not None and child is not node.init:
                scope.add(node.init, "local")
            case _:
                pass
    return scope

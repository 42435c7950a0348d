"""A loop nest under rewriting, with what rules need to know of its surroundings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pycparser import c_ast

from vecassist.propose import nodes
from vecassist.propose.access import PURE, Atom, Opaque, atoms
from vecassist.propose.dependence import Edge, graph, private
from vecassist.propose.loops import Loop, Range, assigned, counted, span
from vecassist.propose.nodes import Node

FLOATING = {"float": 1, "double": 2}
INTEGERS = {"int": 3, "unsigned int": 4, "long int": 5, "unsigned long int": 6}


@dataclass(frozen=True, slots=True)
class Nest:
    """root: the statement that a candidate replaces, as first given or as rewritten so far.

    types       name -> type node of every variable in scope
    typedefs    typedef name -> type node
    constants   names that stand for integer constants (macros) in `root`
    pure        callees that only compute
    live_out    scalars read after the nest; None where unknown, then all declared outside are
    gcc         gcc compiles it, which takes floating-point operations for trapping and leaves them under their
                conditions
    """

    root: Node
    types: Mapping[str, Node] = field(default_factory=dict[str, Node])
    typedefs: Mapping[str, Node] = field(default_factory=dict[str, Node])
    constants: Mapping[str, int] = field(default_factory=dict[str, int])
    pure: frozenset[str] = PURE
    live_out: frozenset[str] | None = None
    gcc: bool = False

    def exchange(self, old: Node, new: Sequence[Node]) -> Nest:
        return replace(self, root=nodes.replace(self.root, old, new))


@dataclass(frozen=True, slots=True)
class Place:
    """A counted loop within a nest, with the counted loops around it (outermost first)."""

    nest: Nest
    loop: Loop
    outer: tuple[Loop, ...]

    @property
    def constants(self) -> Mapping[str, int]:
        return self.nest.constants

    @property
    def range(self) -> Range:
        return span(self.loop, self.nest.constants)

    def atoms(self, body: Sequence[Node] | None = None) -> tuple[Atom, ...]:
        return atoms(self.loop.body if body is None else body, self.nest.constants, self.nest.pure)

    def graph(self, body: Sequence[Atom]) -> tuple[Edge, ...]:
        return graph(body, self.range, tuple(span(o, self.nest.constants) for o in self.outer))

    def escapes(self, name: str) -> bool:
        """Whether the value of a scalar after the loop may be read, by the rest of the nest or after it."""
        if name in declared(self.loop.node):
            return False
        live = self.nest.live_out
        if name not in declared(self.nest.root) and (live is None or name in live):
            return True
        return _mentioned_later(self.nest.root, self.loop.node, name, False) or self._comes_round(name)

    def _comes_round(self, name: str) -> bool:
        """Whether a later run of this loop, in a loop around it, starts from the scalar's value."""
        if not _repeated(self.nest.root, self.loop.node):
            return False
        try:
            return not private(name, self.atoms())
        except Opaque:
            return True

    def fresh(self, wish: str) -> str:
        return nodes.fresh(wish, self.taken())

    def taken(self) -> set[str]:
        root = self.nest.root
        used = {n.name for n in nodes.walk(root) if isinstance(n, c_ast.ID | c_ast.Decl)}
        return used | set(self.nest.types) | set(self.nest.typedefs) | set(self.nest.constants)

    def type_of(self, name: str) -> Node | None:
        """The type of a variable, one declared within the nest included."""
        for node in nodes.walk(self.nest.root):
            if isinstance(node, c_ast.Decl) and node.name == name:
                return node.type
        return self.nest.types.get(name)

    def element(self, name: str) -> str | None:
        """The spelled scalar type of a variable or of an array's elements."""
        kind = self.type_of(name)
        while isinstance(kind, c_ast.ArrayDecl | c_ast.PtrDecl):
            kind = kind.type
        if isinstance(kind, c_ast.TypeDecl) and isinstance(kind.type, c_ast.IdentifierType):
            return " ".join(kind.type.names)
        return None

    def extents(self, name: str) -> tuple[int | None, ...]:
        """The dimensions of an array as far as they are known; () for a pointer or scalar."""
        from vecassist.propose.affine import linear

        kind = self.type_of(name)
        sizes: list[int | None] = []
        while isinstance(kind, c_ast.ArrayDecl):
            form = None if kind.dim is None else linear(kind.dim, self.nest.constants)
            sizes.append(None if form is None else form.constant)
            kind = kind.type
        return tuple(sizes)

    def resolved(self, spelled: str | None) -> str | None:
        """A scalar type with typedefs seen through: "float", "int", ..."""
        for _ in range(20):
            if spelled is None:
                return None
            kind = self.nest.typedefs.get(spelled)
            if kind is None:
                return canonical(spelled)
            if isinstance(kind, c_ast.TypeDecl) and isinstance(kind.type, c_ast.IdentifierType):
                spelled = " ".join(kind.type.names)
            else:
                return None
        return None

    def value_type(self, node: Node) -> str | None:
        """The spelled type of an arithmetic expression, None where this cannot tell."""
        place = nodes.subscripted(node)
        if place is not None:
            return self.element(place[0])
        match node:
            case c_ast.ID():
                return "int" if node.name in self.constants else self.element(node.name)
            case c_ast.Constant():
                return {"int": "int", "double": "double", "float": "float"}.get(node.type)
            case c_ast.Cast():
                inner = node.to_type.type
                named = isinstance(inner, c_ast.TypeDecl) and isinstance(inner.type, c_ast.IdentifierType)
                return " ".join(inner.type.names) if named else None
            case c_ast.UnaryOp(op="-" | "+" | "~"):
                return self._joined(self.value_type(node.expr), "int")
            case c_ast.UnaryOp(op="!"):
                return "int"
            case c_ast.BinaryOp():
                if node.op in ("<", "<=", ">", ">=", "==", "!=", "&&", "||"):
                    return "int"
                if node.op in ("<<", ">>"):
                    return self._joined(self.value_type(node.left), "int")
                return self._joined(self.value_type(node.left), self.value_type(node.right))
            case c_ast.TernaryOp():
                return self._joined(self.value_type(node.iftrue), self.value_type(node.iffalse))
            case c_ast.FuncCall():
                name = node.name.name if isinstance(node.name, c_ast.ID) else ""
                if name.endswith("f") and name in PURE:
                    return "float"
                return "double" if name in PURE and name not in ("abs", "labs") else None
            case _:
                return None

    def _joined(self, left: str | None, right: str | None) -> str | None:
        one, two = self.resolved(left), self.resolved(right)
        if one is None or two is None:
            return None
        for names, order in ((FLOATING, max), (INTEGERS, max)):
            ranks = [(names[k], s) for k, s in ((one, left), (two, right)) if k in names]
            if ranks and (names is FLOATING or len(ranks) == 2):
                return order(ranks, key=lambda r: r[0])[1]
            if ranks and (one in SMALL or two in SMALL):
                return ranks[0][1]
        return "int" if one in SMALL and two in SMALL else None


SMALL = frozenset({"char", "signed char", "unsigned char", "short int", "unsigned short int", "_Bool"})
_ALIASES = {
    "unsigned": "unsigned int",
    "signed": "int",
    "signed int": "int",
    "long": "long int",
    "long unsigned int": "unsigned long int",
    "unsigned long": "unsigned long int",
    "long long": "long int",
    "long long int": "long int",
    "short": "short int",
    "unsigned short": "unsigned short int",
}


def canonical(spelled: str) -> str | None:
    name = _ALIASES.get(spelled, spelled)
    return name if name in FLOATING or name in INTEGERS or name in SMALL else None


def declared(node: Node) -> set[str]:
    return {n.name for n in nodes.walk(node) if isinstance(n, c_ast.Decl)}


def _mentioned_later(root: Node, inner: Node, name: str, repeated: bool) -> bool:
    """Whether statements outside `inner` that can be executed after it mention the name."""
    if root is inner:
        return False
    parts = list(nodes.children(root))
    at = next((n for n, part in enumerate(parts) if _holds(part, inner)), None)
    if at is None:
        return False
    again = repeated or isinstance(root, c_ast.For | c_ast.While | c_ast.DoWhile)
    others = [part for n, part in enumerate(parts) if n > at or (again and n != at)]
    if any(name in nodes.names(part) for part in others):
        return True
    return _mentioned_later(parts[at], inner, name, again)


def _repeated(root: Node, inner: Node) -> bool:
    loops = c_ast.For | c_ast.While | c_ast.DoWhile
    return any(isinstance(n, loops) and n is not inner and _holds(n, inner) for n in nodes.walk(root))


def _holds(node: Node, inner: Node) -> bool:
    return any(part is inner for part in nodes.walk(node))


def places(nest: Nest) -> Iterator[Place]:
    """Every counted loop of the nest, innermost first."""
    yield from _places(nest, nest.root, ())


def _places(nest: Nest, node: Node, outer: tuple[Loop, ...]) -> Iterator[Place]:
    loop = counted(node)
    inside = outer if loop is None else (*outer, loop)
    for child in nodes.children(node):
        yield from _places(nest, child, inside)
    if loop is not None:
        yield Place(nest, loop, outer)


def innermost(loop: Loop) -> bool:
    return not any(isinstance(n, c_ast.For | c_ast.While | c_ast.DoWhile) for n in nodes.walk(loop.node.stmt))


def written_scalars(node: Node) -> set[str]:
    return assigned(node)


def written_arrays(node: Node) -> set[str]:
    """Names of arrays with an element assigned somewhere below `node`."""
    found: set[str] = set()
    for part in nodes.walk(node):
        target = part.lvalue if isinstance(part, c_ast.Assignment) else None
        if isinstance(part, c_ast.UnaryOp) and part.op in ("++", "p++", "--", "p--"):
            target = part.expr
        place = nodes.subscripted(target) if target is not None else None
        if place is not None:
            found.add(place[0])
    return found

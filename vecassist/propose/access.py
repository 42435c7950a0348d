"""What statements read and write, in order: accesses and the atoms that a loop body is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pycparser import c_ast

from vecassist.propose.affine import Linear, linear
from vecassist.propose.loops import Range, counted, span
from vecassist.propose.nodes import Node, children, statements, subscripted

_MATH = "abs fabs sqrt fmin fmax floor ceil sin cos exp log pow fma"
PURE = frozenset(_MATH.split()) | frozenset(f"{name}f" for name in _MATH.split())


class Opaque(Exception):
    """The statement does something that cannot be seen through: a call, a jump, a pointer written through."""


@dataclass(frozen=True, slots=True)
class Access:
    """A read or write of a scalar (no subscripts) or an array element, under the statement's loops `inner`.

    position orders the accesses of one iteration; within an assignment reads come before the write.
    """

    name: str
    subscripts: tuple[Linear | None, ...]
    write: bool
    inner: tuple[Range, ...]
    position: int
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Atom:
    """The smallest part of a loop body that moves as one: an assignment with its guards, or an inner loop."""

    node: Node
    guards: tuple[Node, ...]
    accesses: tuple[Access, ...]


class _Collector:
    def __init__(self, constants: Mapping[str, int], pure: frozenset[str]) -> None:
        self.constants = constants
        self.pure = pure
        self.position = 0

    def tick(self) -> int:
        self.position += 1
        return self.position

    def reads(self, node: Node | None, inner: tuple[Range, ...], sure: bool = True) -> list[Access]:
        if node is None:
            return []
        place = subscripted(node)
        if place is not None:
            name, subs = place
            found = [a for s in subs for a in self.reads(s, inner, sure)]
            forms = tuple(linear(s, self.constants) for s in subs)
            return [*found, Access(name, forms, False, inner, self.position, sure)]
        match node:
            case c_ast.ID():
                if node.name in self.constants:
                    return []
                return [Access(node.name, (), False, inner, self.position, sure)]
            case c_ast.Constant() | c_ast.Typename():
                return []
            case c_ast.Cast():
                return self.reads(node.expr, inner, sure)
            case c_ast.UnaryOp(op="-" | "+" | "!" | "~"):
                return self.reads(node.expr, inner, sure)
            case c_ast.UnaryOp(op="sizeof"):
                return []
            case c_ast.BinaryOp():
                lazy = node.op in ("&&", "||")
                return self.reads(node.left, inner, sure) + self.reads(node.right, inner, sure and not lazy)
            case c_ast.TernaryOp():
                arms = self.reads(node.iftrue, inner, False) + self.reads(node.iffalse, inner, False)
                return self.reads(node.cond, inner, sure) + arms
            case c_ast.FuncCall() if isinstance(node.name, c_ast.ID) and node.name.name in self.pure:
                args = [] if node.args is None else list(node.args.exprs)
                return [a for arg in args for a in self.reads(arg, inner, sure)]
            case _:
                raise Opaque(type(node).__name__)

    def writes(self, target: Node, inner: tuple[Range, ...], sure: bool) -> list[Access]:
        place = subscripted(target)
        if place is not None:
            name, subs = place
            found = [a for s in subs for a in self.reads(s, inner, sure)]
            forms = tuple(linear(s, self.constants) for s in subs)
            return [*found, Access(name, forms, True, inner, self.tick(), sure)]
        if isinstance(target, c_ast.ID):
            return [Access(target.name, (), True, inner, self.tick(), sure)]
        raise Opaque("store through a pointer")

    def statement(self, node: Node, inner: tuple[Range, ...], sure: bool = True) -> list[Access]:
        self.tick()
        match node:
            case c_ast.Assignment():
                found = self.reads(node.rvalue, inner, sure)
                if node.op != "=":
                    found += self.reads(node.lvalue, inner, sure)
                return found + self.writes(node.lvalue, inner, sure)
            case c_ast.UnaryOp(op="++" | "p++" | "--" | "p--"):
                return self.reads(node.expr, inner, sure) + self.writes(node.expr, inner, sure)
            case c_ast.Decl(type=c_ast.TypeDecl()):
                found = self.reads(node.init, inner, sure)
                return [*found, Access(node.name, (), True, inner, self.tick(), sure)]
            case c_ast.EmptyStatement():
                return []
            case c_ast.If():
                found = self.reads(node.cond, inner, sure)
                for arm in (node.iftrue, node.iffalse):
                    for part in statements(arm):
                        found += self.statement(part, inner, False)
                return found
            case c_ast.For():
                loop = counted(node)
                if loop is None:
                    raise Opaque("loop that is not counted")
                found = self.reads(loop.lower, inner, sure) + self.reads(loop.limit, inner, sure)
                deeper = (*inner, span(loop, self.constants))
                for part in loop.body:
                    found += self.statement(part, deeper, sure)
                mine = [a for a in found if a.name != loop.index]
                if loop.declared is None:
                    mine.append(Access(loop.index, (), True, inner, self.tick(), sure))
                return mine
            case c_ast.Compound():
                return [a for part in statements(node) for a in self.statement(part, inner, sure)]
            case _:
                raise Opaque(type(node).__name__)

    def atoms(self, body: Sequence[Node], guards: tuple[Node, ...], seen: tuple[Access, ...]) -> list[Atom]:
        found: list[Atom] = []
        for node in body:
            self.tick()
            if isinstance(node, c_ast.If):
                here = (*seen, *self.reads(node.cond, (), not guards))
                for arm in (node.iftrue, node.iffalse):
                    found += self.atoms(statements(arm), (*guards, node), here)
            elif isinstance(node, c_ast.Compound):
                found += self.atoms(statements(node), guards, seen)
            else:
                accesses = self.statement(node, (), not guards)
                if accesses:
                    found.append(Atom(node, guards, (*seen, *accesses)))
        return found


def atoms(
    body: Sequence[Node], constants: Mapping[str, int], pure: frozenset[str] = PURE
) -> tuple[Atom, ...]:
    """The atoms of a loop body in order. Raises Opaque."""
    return tuple(_Collector(constants, pure).atoms(body, (), ()))


def accesses(node: Node, constants: Mapping[str, int], pure: frozenset[str] = PURE) -> tuple[Access, ...]:
    """Every access of one statement in order. Raises Opaque."""
    return tuple(_Collector(constants, pure).statement(node, ()))


def plain(node: Node) -> bool:
    """No jump, call or declaration of static storage below `node`."""
    if isinstance(
        node, c_ast.Goto | c_ast.Label | c_ast.Break | c_ast.Continue | c_ast.Return | c_ast.Switch
    ):
        return False
    return all(plain(child) for child in children(node))

"""VA010: a conditional store becomes a store of a conditional value.

    for (i) if (c[i] > 0) a[i] += b[i] * d[i];
    -->
    for (i) { float value = a[i] + b[i] * d[i]; a[i] = c[i] > 0 ? value : a[i]; }

Floating-point values are computed on both ways, integer ones stay under the condition. Only elements of
arrays of known size, or that the iteration stores to anyway, get a store that was not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pycparser import c_ast

from vecassist.propose.affine import literal
from vecassist.propose.loops import assigned, increment, remake
from vecassist.propose.nest import FLOATING, Place, innermost, written_arrays
from vecassist.propose.nodes import (
    Node,
    assign,
    binary,
    children,
    declare,
    fresh,
    ident,
    names,
    negate,
    same,
    statements,
    subscripted,
    text,
    transform,
    walk,
)
from vecassist.propose.rules.base import Rule


class _Unfit(Exception):
    """A statement that cannot be made unconditional."""


def select(place: Place) -> Iterator[list[Node]]:
    body = place.loop.body
    if not innermost(place.loop) or not any(isinstance(node, c_ast.If) for node in body):
        return
    place.atoms()
    for stored in (True, False) if place.nest.gcc else (False,):
        try:
            yield [remake(place.loop, _Converter(place, stored).convert(body))]
        except _Unfit:
            return


class _Converter:
    def __init__(self, place: Place, stored: bool) -> None:
        self.place = place
        self.stored = stored
        self.taken = place.taken()
        self.always = {
            text(n.lvalue)
            for n in place.loop.body
            if isinstance(n, c_ast.Assignment) and subscripted(n.lvalue)
        }
        self.sure = _elements(place.loop.body)

    def name(self, wish: str) -> str:
        made = fresh(wish, self.taken)
        self.taken.add(made)
        return made

    def convert(self, body: Sequence[Node]) -> list[Node]:
        made: list[Node] = []
        for node in body:
            if not isinstance(node, c_ast.If):
                made.append(node)
                continue
            value = self.chosen(node, made)
            made += [value] if value is not None else self.guarded(node, None)
        return made

    def chosen(self, node: c_ast.If, made: list[Node]) -> Node | None:
        """One assignment where every way through the condition assigns to the same place."""
        target, op = self.leaf(node)
        if target is None:
            return None
        temporaries: list[Node] = []
        arms = self.arms(node, temporaries)
        if arms is None:
            value = self.value(node, temporaries, None)
            made += temporaries
        else:
            value = self.in_turn(target, arms, temporaries)
            made += temporaries
        return assign(target, value, op)

    def arms(self, node: c_ast.If, temporaries: list[Node]) -> list[tuple[Node | None, Node]] | None:
        """A chain of three or more ways as (condition, value) in order, None for the last condition; a way that is
        told apart from all after it by a constant and does the same as the last is left to that."""
        found: list[tuple[Node | None, Node]] = []
        part: Node = node
        while isinstance(part, c_ast.If):
            if not isinstance(statements(part.iftrue)[0], c_ast.Assignment):
                return None
            before = [cond for cond, _ in found if cond is not None]
            under = self.after([] if _exclusive([*before, part.cond]) else before, part.cond)
            found.append((part.cond, self.value(part.iftrue, temporaries, under)))
            part = statements(part.iffalse)[0]
        under = self.after([cond for cond, _ in found if cond is not None], None)
        found.append((None, self.value(c_ast.Compound([part]), temporaries, under)))
        last = found[-1][1]
        kept = [
            (cond, value)
            for n, (cond, value) in enumerate(found[:-1])
            if not (same(value, last) and _exclusive([c for c, _ in found[n:-1] if c is not None]))
        ]
        return [*kept, found[-1]] if len(found) > 2 else None

    def in_turn(
        self, target: Node, arms: Sequence[tuple[Node | None, Node]], temporaries: list[Node]
    ) -> Node:
        """One choice after the other, the first condition last: compilers take a nest of choices for control flow."""
        spelled = self.place.value_type(target)
        value = arms[-1][1]
        if spelled is None:
            raise _Unfit
        name = ""
        for cond, other in reversed(arms[:-1]):
            assert cond is not None
            value = c_ast.TernaryOp(cond, other, value)
            if name:
                temporaries.append(assign(ident(name), value))
            else:
                name = self.name("chosen")
                temporaries.append(declare(spelled, name, value))
            value = ident(name)
        return value

    def leaf(self, node: Node | None) -> tuple[Node | None, str]:
        parts = statements(node)
        if len(parts) != 1:
            return None, ""
        part = parts[0]
        if isinstance(part, c_ast.Assignment):
            return part.lvalue, part.op
        if isinstance(part, c_ast.If):
            one, two = self.leaf(part.iftrue), self.leaf(part.iffalse)
            if one[0] is not None and same(one[0], two[0]) and one[1] == two[1]:
                return one
        return None, ""

    def value(self, node: Node | None, temporaries: list[Node], under: Node | None) -> Node:
        part = statements(node)[0]
        if isinstance(part, c_ast.Assignment):
            return self.early(part.lvalue, part.rvalue, temporaries, under)
        assert isinstance(part, c_ast.If)
        past = [] if under is None else [negate(under)]
        one = self.value(part.iftrue, temporaries, self.after(past, part.cond))
        two = self.value(part.iffalse, temporaries, self.after([*past, part.cond], None))
        return c_ast.TernaryOp(part.cond, one, two)

    def after(self, failed: Sequence[Node], cond: Node | None) -> Node | None:
        """That none of some conditions holds, and another one does."""
        parts = [negate(one) for one in failed] + ([cond] if cond is not None else [])
        made = None
        for part in parts:
            made = part if made is None else binary("&", _truth(made), _truth(part))
        return made

    def held(self, value: Node, temporaries: list[Node], under: Node | None) -> Node:
        """The value with elements that no statement certainly reads taken under their condition, 0 otherwise: behind a
        pointer there may be nothing."""

        def visit(node: Node) -> Node | None:
            where = subscripted(node)
            if where is None:
                return None
            if under is None or text(node) in self.sure or self.place.extents(where[0]):
                return node
            spelled = self.place.element(where[0])
            if spelled is None:
                raise _Unfit
            taken = c_ast.TernaryOp(under, node, c_ast.Constant("int", "0"))
            for earlier in temporaries:
                if isinstance(earlier, c_ast.Decl) and same(earlier.init, taken):
                    return ident(earlier.name)
            name = self.name(f"{where[0]}_there")
            temporaries.append(declare(spelled, name, taken))
            return ident(name)

        return transform(value, visit)

    def early(self, target: Node, value: Node, temporaries: list[Node], under: Node | None) -> Node:
        """The value, computed ahead where it is floating-point arithmetic."""
        arithmetic = any(isinstance(n, c_ast.BinaryOp | c_ast.FuncCall) for n in walk(_stripped(value)))
        spelled = self.place.value_type(value)
        if not arithmetic or self.place.resolved(spelled) not in FLOATING or spelled is None:
            return value
        value = self.held(value, temporaries, under)
        for earlier in temporaries:
            if isinstance(earlier, c_ast.Decl) and same(earlier.init, value):
                return ident(earlier.name)
        place = subscripted(target)
        name = self.name(f"{place[0]}_value" if place else "value")
        temporaries.append(declare(spelled, name, value))
        return ident(name)

    def guarded(self, node: c_ast.If, outer: Node | None) -> list[Node]:
        """The arms one after the other, each assignment made unconditional."""
        made: list[Node] = []
        arms = [(statements(node.iftrue), False), (statements(node.iffalse), True)]
        changed = {n for arm, _ in arms for part in arm for n in written_arrays(part) | assigned(part)}
        if outer is None and self.inline(node, changed):
            yes: Node = node.cond
        else:
            name = self.name("taken")
            made.append(declare("int", name, _flag(self.held(node.cond, made, outer))))
            yes = ident(name)
        for arm, inverted in arms:
            under = negate(yes) if inverted else yes
            if outer is not None and arm:
                name = self.name("inner")
                made.append(declare("int", name, binary("&", outer, _truth(under))))
                under = ident(name)
            for part in arm:
                if isinstance(part, c_ast.If):
                    value_of = self.guarded(part, under)
                    made += value_of
                else:
                    made += self.unconditional(part, under, node)
        return made

    def inline(self, node: c_ast.If, changed: set[str]) -> bool:
        """Whether the condition can be spelled out at each use: unchanged and short. gcc makes better code of a
        choice by an integer that another loop computed, so for gcc there is a version that stores them all."""
        arms = [*statements(node.iftrue), *statements(node.iffalse)]
        if self.stored or _nested(node):
            return False
        return len(arms) == 1 or (not names(node.cond) & changed and _small(node.cond))

    def unconditional(self, node: Node, under: Node, region: Node) -> list[Node]:
        if isinstance(node, c_ast.Decl):
            return [node]
        if increment(node) is not None or not isinstance(node, c_ast.Assignment):
            raise _Unfit
        target = node.lvalue
        if isinstance(target, c_ast.ID) and self.local(target.name, region):
            return [node]
        value = node.rvalue if node.op == "=" else binary(node.op[:-1], target, node.rvalue)
        temporaries: list[Node] = []
        chosen = self.early(target, value, temporaries, under)
        if not isinstance(target, c_ast.ID) and not self.storable(target):
            if subscripted(target) is None or not temporaries:
                raise _Unfit
            return [*temporaries, c_ast.If(under, assign(target, chosen), None)]
        choice = c_ast.TernaryOp(under, chosen, target)
        if isinstance(under, c_ast.UnaryOp) and under.op == "!":
            choice = c_ast.TernaryOp(under.expr, target, chosen)
        return [*temporaries, assign(target, choice)]

    def local(self, name: str, region: Node) -> bool:
        """A floating scalar that only this arm uses: computing it always changes nothing."""
        if self.place.escapes(name) or self.place.resolved(self.place.element(name)) not in FLOATING:
            return False
        return _mentions(region, name) == _mentions(self.place.loop.node, name)

    def storable(self, target: Node) -> bool:
        where = subscripted(target)
        if where is None:
            return False
        extents = self.place.extents(where[0])
        return text(target) in self.always or bool(extents)


def _stripped(node: Node) -> Node:
    """Subscripts are no arithmetic on values."""
    return c_ast.Constant("int", "0") if isinstance(node, c_ast.ArrayRef) else _inside(node)


def _inside(node: Node) -> Node:
    return transform(node, lambda n: c_ast.Constant("int", "0") if isinstance(n, c_ast.ArrayRef) else None)


def _mentions(node: Node, name: str) -> int:
    return sum(1 for n in walk(node) if isinstance(n, c_ast.ID) and n.name == name)


def _elements(body: Sequence[Node]) -> set[str]:
    """Elements that are accessed whatever the conditions are, spelled."""
    found: set[str] = set()
    for node in body:
        if isinstance(node, c_ast.If):
            found |= _spelled(node.cond) | (
                _elements(statements(node.iftrue)) & _elements(statements(node.iffalse))
            )
        else:
            found |= _spelled(node)
    return found


def _spelled(node: Node) -> set[str]:
    lazy = isinstance(node, c_ast.BinaryOp) and node.op in ("&&", "||")
    lazy = lazy or isinstance(node, c_ast.TernaryOp)
    if subscripted(node) is not None:
        return {text(node)}
    parts = list(children(node))
    return {name for part in (parts[:1] if lazy else parts) for name in _spelled(part)}


def _exclusive(conds: Sequence[Node]) -> bool:
    """Whether the conditions compare one value with different constants."""
    equal = [c for c in conds if isinstance(c, c_ast.BinaryOp) and c.op == "=="]
    if len(equal) != len(conds) or any(literal(c.right) is None for c in equal):
        return False
    return len({text(c.left) for c in equal}) == 1 and len({literal(c.right) for c in equal}) == len(equal)


def _small(node: Node) -> bool:
    return sum(1 for _ in walk(node)) <= 12


def _nested(node: c_ast.If) -> bool:
    arms = [*statements(node.iftrue), *statements(node.iffalse)]
    return any(isinstance(part, c_ast.If) for part in arms)


def _flag(cond: Node) -> Node:
    """The condition as 0 or 1."""
    return _truth(binary("!=", cond, c_ast.Constant("int", "0")) if isinstance(cond, c_ast.ID) else cond)


def _truth(node: Node) -> Node:
    """0 or 1, so that `&` does what `&&` would."""
    known = isinstance(node, c_ast.ID) or (isinstance(node, c_ast.UnaryOp) and node.op == "!")
    compare = isinstance(node, c_ast.BinaryOp) and node.op in ("<", "<=", ">", ">=", "==", "!=")
    return node if known or compare else binary("!=", node, c_ast.Constant("int", "0"))


SELECT = Rule("VA010", "conditional values instead of conditional stores", select, again=True)

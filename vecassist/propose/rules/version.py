"""VA019: keep the original loop for arguments that overlap, and rewrite it for those that do not.

    L  -->  if (p and q do not overlap) { rewritten L } else { L }

Applied to the result of other rules, where the loop stores through a pointer.
"""

from __future__ import annotations

from itertools import combinations

from pycparser import c_ast

from vecassist.propose.access import Access, Opaque, accesses
from vecassist.propose.affine import Linear, expression, linear
from vecassist.propose.loops import Loop, beyond, counted
from vecassist.propose.nest import Nest, Place
from vecassist.propose.nodes import Node, binary, block, ident, single, statements
from vecassist.propose.rules.base import Rule

MOST = 4
"""Pointers that a guard tells apart at most: the number of comparisons grows with the square."""


def versioned(nest: Nest, rewritten: Node) -> Node | None:
    """`rewritten` under a condition that the pointers of `nest` do not overlap, with the original otherwise; None
    where no condition is needed or none can be written down."""
    loop = counted(nest.root)
    if loop is None or loop.step != 1:
        return None
    try:
        found = accesses(nest.root, nest.constants, nest.pure)
    except Opaque:
        return None
    written = {a.name for a in found if a.write and a.subscripts}
    pointers = sorted({a.name for a in found if a.subscripts and _pointer(nest, a.name)})
    pairs = [p for p in combinations(pointers, 2) if set(p) & written]
    if not pairs or len(pointers) > MOST:
        return None
    spans = {name: _span([a for a in found if a.name == name], loop) for name in pointers}
    condition: Node = binary(loop.relation, loop.lower, loop.limit)
    for one, two in pairs:
        first, second = spans[one], spans[two]
        if first is None or second is None:
            return None
        left = binary("<=", _address(nest, one, first[1]), _address(nest, two, second[0]))
        right = binary("<=", _address(nest, two, second[1]), _address(nest, one, first[0]))
        condition = binary("&&", condition, binary("||", left, right))
    return c_ast.If(condition, block(statements(rewritten)), single([nest.root]))


def _pointer(nest: Nest, name: str) -> bool:
    kind = nest.types.get(name)
    return isinstance(kind, c_ast.PtrDecl) and "restrict" not in " ".join(kind.quals or [])


def _span(found: list[Access], loop: Loop) -> tuple[Linear, Linear] | None:
    """The elements from the first to one past the last that the accesses touch, if these are plain sums."""
    low, high = linear(loop.lower), linear(beyond(loop))
    if low is None or high is None:
        return None
    ends: set[tuple[Linear, Linear]] = set()
    for access in found:
        form = access.subscripts[0] if len(access.subscripts) == 1 else None
        if form is None or (access.inner and any(r.index != loop.index for r in access.inner)):
            return None
        if form.coefficient(loop.index) != 1:
            return None
        rest = form.without(loop.index)
        ends.add((low.plus(rest), high.plus(rest)))
    first = _extreme([e[0] for e in ends], least=True)
    last = _extreme([e[1] for e in ends], least=False)
    return None if first is None or last is None else (first, last)


def _extreme(forms: list[Linear], least: bool) -> Linear | None:
    if len({f.terms for f in forms}) != 1:
        return None
    return min(forms, key=lambda f: f.const) if least else max(forms, key=lambda f: f.const)


def _address(nest: Nest, name: str, at: Linear) -> Node:
    spelled = "uintptr_t" if "uintptr_t" in nest.typedefs else "__UINTPTR_TYPE__"
    kind = c_ast.TypeDecl(None, [], None, c_ast.IdentifierType([spelled]))
    place = ident(name) if at == Linear() else binary("+", ident(name), expression(at))
    return c_ast.Cast(c_ast.Typename(None, [], None, kind), place)


def _nowhere(place: Place) -> tuple[list[Node], ...]:
    """It is not applied to a loop of its own but to what other rules made of one."""
    del place
    return ()


VERSION = Rule("VA019", "the original where arrays overlap", _nowhere)

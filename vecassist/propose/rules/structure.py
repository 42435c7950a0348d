"""VA009: forward jumps within an iteration become conditions.

for (i) { if (c) goto skip; S; skip: T; }  -->  for (i) { if (!c) S; T; }
for (i) { if (c) continue; S; }            -->  for (i) if (!c) S;

A switch is a chain of such jumps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pycparser import c_ast

from vecassist.propose.access import plain
from vecassist.propose.loops import remake
from vecassist.propose.nest import Place, innermost
from vecassist.propose.nodes import Node, binary, clone, negate, single, statements, transform
from vecassist.propose.rules.base import Rule


class _Unfit(Exception):
    """A jump that leaves the iteration or goes backward."""


def structure(place: Place) -> Iterator[list[Node]]:
    body = place.loop.body
    if not innermost(place.loop) or all(plain(node) for node in body):
        return
    flat: list[Node] = []
    labels: dict[str, int] = {}
    try:
        _flatten(body, flat, labels)
        made = _from(flat, labels, 0, {})
    except _Unfit:
        return
    if made and all(plain(node) for node in made):
        yield [remake(place.loop, [clone(node) for node in made])]


def _flatten(body: Sequence[Node], flat: list[Node], labels: dict[str, int]) -> None:
    for node in body:
        while isinstance(node, c_ast.Label):
            labels[node.name] = len(flat)
            node = node.stmt
        if isinstance(node, c_ast.Switch):
            _switch(node, flat, labels)
        elif isinstance(node, c_ast.Compound) and not any(
            isinstance(n, c_ast.Decl) for n in statements(node)
        ):
            _flatten(statements(node), flat, labels)
        elif not isinstance(node, c_ast.EmptyStatement):
            flat.append(node)


def _switch(node: c_ast.Switch, flat: list[Node], labels: dict[str, int]) -> None:
    """A switch as jumps to its cases, one condition after the other, and the cases as labelled statements."""
    mark = f"switch {len(flat)} "
    items = statements(node.stmt)
    if not all(isinstance(item, c_ast.Case | c_ast.Default) for item in items):
        raise _Unfit
    otherwise = f"{mark}end"
    for number, item in enumerate(items):
        if isinstance(item, c_ast.Case):
            flat.append(c_ast.If(binary("==", node.cond, item.expr), c_ast.Goto(f"{mark}{number}"), None))
        else:
            otherwise = f"{mark}{number}"
    flat.append(c_ast.Goto(otherwise))
    for number, item in enumerate(items):
        labels[f"{mark}{number}"] = len(flat)
        stmts = getattr(item, "stmts", None) or []
        _flatten([_leaving(one, f"{mark}end") for one in stmts], flat, labels)
    labels[f"{mark}end"] = len(flat)


def _leaving(node: Node, end: str) -> Node:
    """A statement of a switch with its `break` as a jump."""

    def visit(part: Node) -> Node | None:
        if isinstance(part, c_ast.Break):
            return c_ast.Goto(end)
        return part if isinstance(part, c_ast.For | c_ast.While | c_ast.DoWhile | c_ast.Switch) else None

    return transform(node, visit)


Memo = dict[int, list[Node]]


def _from(flat: list[Node], labels: dict[str, int], at: int, memo: Memo) -> list[Node]:
    """What is executed from statement `at` to the end of the iteration, without jumps.

    The same statement gives the same nodes, so that ways which meet can be recognized.
    """
    if at not in memo:
        memo[at] = _trace(flat, labels, at, memo)
    return memo[at]


def _trace(flat: list[Node], labels: dict[str, int], at: int, memo: Memo) -> list[Node]:
    made: list[Node] = []
    while at < len(flat):
        node = flat[at]
        if plain(node):
            made.append(node)
            at += 1
            continue
        if isinstance(node, c_ast.Goto | c_ast.Continue):
            at = _target(node, labels, at, len(flat))
            continue
        if not isinstance(node, c_ast.If):
            raise _Unfit
        then = _arm(statements(node.iftrue), flat, labels, at, memo)
        other = _arm(statements(node.iffalse), flat, labels, at, memo)
        return made + _joined(node.cond, then, other)
    return made


def _arm(arm: list[Node], flat: list[Node], labels: dict[str, int], at: int, memo: Memo) -> list[Node]:
    if arm and isinstance(arm[-1], c_ast.Goto | c_ast.Continue) and all(plain(n) for n in arm[:-1]):
        target = _target(arm[-1], labels, at, len(flat))
        return arm[:-1] + _from(flat, labels, target, memo)
    if not all(plain(node) for node in arm):
        raise _Unfit
    return arm + _from(flat, labels, at + 1, memo)


def _target(node: Node, labels: dict[str, int], at: int, end: int) -> int:
    if isinstance(node, c_ast.Continue):
        return end
    assert isinstance(node, c_ast.Goto)
    target = labels.get(node.name)
    if target is None or target <= at:
        raise _Unfit
    return target


def _joined(cond: Node, then: list[Node], other: list[Node]) -> list[Node]:
    """The two ways with their common end factored out."""
    tail: list[Node] = []
    while then and other and then[-1] is other[-1]:
        tail.insert(0, then[-1])
        then, other = then[:-1], other[:-1]
    if then:
        return [c_ast.If(cond, single(then), single(other) if other else None), *tail]
    return [c_ast.If(negate(cond), single(other), None), *tail] if other else tail


STRUCTURE = Rule("VA009", "jumps within an iteration become conditions", structure)

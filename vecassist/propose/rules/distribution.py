"""VA001, VA002: order statements so that dependences run forward, in one loop or in several.

    for (i) { a[i] = b[i - 1]; b[i] = c[i]; }  -->  for (i) { b[i] = c[i]; a[i] = b[i - 1]; }
    for (i) { a[i] = b[i - 1]; b[i] = c[i]; }  -->  for (i) b[i] = c[i]; for (i) a[i] = b[i - 1];

Statements in one strongly connected component of the dependence graph stay together (Allen and Kennedy).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from pycparser import c_ast

from vecassist.propose.dependence import Edge, components, serial
from vecassist.propose.loops import remake
from vecassist.propose.nest import Place
from vecassist.propose.nodes import Node, negate, single, statements
from vecassist.propose.rules.base import Rule


def keep(body: Sequence[Node], wanted: set[int]) -> list[Node]:
    """The part of a body made of the leaf statements whose ids are wanted, with the guards around them."""
    made: list[Node] = []
    for node in body:
        if id(node) in wanted:
            made.append(node)
        elif isinstance(node, c_ast.If):
            then, other = keep(statements(node.iftrue), wanted), keep(statements(node.iffalse), wanted)
            if then:
                made.append(c_ast.If(node.cond, single(then), single(other) if other else None))
            elif other:
                made.append(c_ast.If(negate(node.cond), single(other), None))
        elif isinstance(node, c_ast.Compound):
            made += keep(statements(node), wanted)
    return made


def reorder(place: Place) -> Iterator[list[Node]]:
    body = place.atoms()
    edges = place.graph(body)
    if len(body) < 2 or any(atom.guards for atom in body):
        return
    order = components(len(body), edges)
    if any(len(group) > 1 and serial(group, edges) for group in order):
        return
    flat = [n for group in order for n in group]
    if flat != sorted(flat):
        yield [remake(place.loop, [body[n].node for n in flat])]


def distribute(place: Place) -> Iterator[list[Node]]:
    body = place.atoms()
    if len(body) < 2:
        return
    edges = place.graph(body)
    order = components(len(body), edges)
    if len(order) < 2:
        return
    plans = [gathered(order, edges), order]
    for plan in plans if plans[0] != plans[1] else plans[:1]:
        if len(plan) > 1:
            parts = [keep(place.loop.body, {id(body[n].node) for n in group}) for group in plan]
            yield [remake(place.loop, part) for part in parts]


def gathered(
    order: Sequence[tuple[int, ...]], edges: Sequence[Edge], apart: Callable[[int, int], bool] | None = None
) -> tuple[tuple[int, ...], ...]:
    """Components merged with their neighbours as long as that keeps none of them from running in parallel.

    apart: statements that must not come into one loop.
    """
    made: list[tuple[int, ...]] = []
    for group in order:
        last = made[-1] if made else ()
        mixed = serial(group, edges) != serial(last, edges) if last else True
        split = apart is not None and any(apart(a, b) for a in last for b in group)
        if last and not mixed and not split and not _carried_between(last, group, edges):
            made[-1] = tuple(sorted((*last, *group)))
        else:
            made.append(group)
    return tuple(made)


def _carried_between(one: Sequence[int], two: Sequence[int], edges: Sequence[Edge]) -> bool:
    sides = ({*one}, {*two})
    return any(
        e.carried and (e.source in a and e.target in b) for e in edges for a, b in (sides, sides[::-1])
    )


REORDER = Rule("VA001", "order statements along their dependences", reorder)
DISTRIBUTE = Rule("VA002", "split the loop at its recurrences", distribute, again=True)

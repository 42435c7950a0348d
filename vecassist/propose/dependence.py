"""Dependences between the statements of a loop body.

Subscripts are linear forms over loop indices and symbolic constants; whether two accesses can meet is an
integer set that isl decides exactly, triangular bounds and strides included. A subscript without a linear
form may be any element. Arrays of different names are taken to be different objects: where that is not so,
the proof of the rewrite fails, not this test.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from vecassist.propose.access import Access, Atom
from vecassist.propose.affine import Linear
from vecassist.propose.loops import Range


@dataclass(frozen=True, slots=True)
class Edge:
    """`target` must stay after `source`. carried: across iterations of the loop.

    kind: flow, anti, output or bind (both use one scalar of the iteration)
    before, after: positions of the two accesses within an iteration
    """

    source: int
    target: int
    carried: bool
    kind: str
    name: str
    before: int
    after: int


def conflicts(first: Access, second: Access, here: Range, outer: Sequence[Range] = ()) -> frozenset[str]:
    """Directions "<", "=", ">" in which the two can touch the same element, "<" where the iteration of
    `first` comes before that of `second`; iterations of `outer` are the same for both."""
    if first.name != second.name:
        return frozenset()
    parts, free = _meeting(first, second, here, outer)
    ahead = "<" if here.step > 0 else ">"
    behind = ">" if here.step > 0 else "<"
    found: set[str] = set()
    for mark, relation in (("<", ahead), ("=", "="), (">", behind)):
        if not _empty(_spell(free, [*parts, f"x_{here.index} {relation} y_{here.index}"])):
            found.add(mark)
    return frozenset(found)


def least_distance(first: Access, second: Access, here: Range, outer: Sequence[Range] = ()) -> int | None:
    """The least positive number of iterations from `first` to a later `second` on the same element."""
    parts, free = _meeting(first, second, here, outer)
    sign = 1 if here.step > 0 else -1
    gap = f"d = {sign}*(y_{here.index} - x_{here.index}) and d > 0"
    closed = _spell(free, [*parts, gap], "d")
    amount = _least(closed)
    return None if amount is None else max(1, amount // abs(here.step))


def _meeting(
    first: Access, second: Access, here: Range, outer: Sequence[Range]
) -> tuple[list[str], tuple[list[str], list[str]]]:
    sides = ((first, "x_"), (second, "y_"))
    parts: list[str] = []
    bound: list[str] = []
    symbols: set[str] = {r.index for r in outer}
    own = [{here.index, *(r.index for r in side.inner)} for side, _ in sides]
    for values in outer:
        parts += _limits(values, lambda n: f"s_{n}", symbols, set())
    for (side, prefix), local in zip(sides, own, strict=True):

        def spell(name: str, prefix: str = prefix, local: set[str] = local) -> str:
            return f"{prefix}{name}" if name in local else f"s_{name}"

        bound += [f"{prefix}{name}" for name in sorted(local)]
        for values in (here, *side.inner):
            parts += _limits(values, spell, symbols, local)
    if len(first.subscripts) == len(second.subscripts):
        for left, right in zip(first.subscripts, second.subscripts, strict=True):
            if left is None or right is None:
                continue
            symbols |= {n for n in left.symbols if n not in own[0]} | {
                n for n in right.symbols if n not in own[1]
            }
            spelled = [
                _form(form, lambda n, p=prefix, o=local: f"{p}{n}" if n in o else f"s_{n}")
                for form, (_, prefix), local in zip((left, right), sides, own, strict=True)
            ]
            parts.append(f"{spelled[0]} = {spelled[1]}")
    return parts, (sorted(f"s_{n}" for n in symbols), bound)


def _limits(values: Range, spell: Callable[[str], str], symbols: set[str], local: set[str]) -> list[str]:
    parts: list[str] = []
    name = spell(values.index)
    low, high = (values.first, values.last) if values.step > 0 else (values.last, values.first)
    for form in (low, high):
        if form is not None:
            symbols |= {n for n in form.symbols if n not in local}
    if low is not None:
        parts.append(f"{_form(low, spell)} <= {name}")
    if high is not None:
        parts.append(f"{name} <= {_form(high, spell)}")
    if abs(values.step) != 1 and values.first is not None:
        parts.append(f"exists (k : {name} = {_form(values.first, spell)} + {values.step}*k)")
    return parts


def _form(form: Linear, spell: Callable[[str], str]) -> str:
    return " + ".join([*(f"{factor}*{spell(name)}" for name, factor in form.terms), str(form.const)])


def _spell(free: tuple[list[str], list[str]], parts: Sequence[str], result: str = "") -> str:
    symbols, bound = free
    condition = " and ".join(parts) or "true"
    # A member's name is its spelling, which isl would not read.
    free_of = [re.sub(r"->|\.", "__", part) for part in (", ".join(symbols), ", ".join(bound), condition)]
    return f"[{free_of[0]}] -> {{ [{result}] : exists ({free_of[1]} : {free_of[2]}) }}"


@lru_cache(maxsize=8192)
def _empty(spelled: str) -> bool:
    import islpy as isl

    return bool(isl.Set(spelled).is_empty())


@lru_cache(maxsize=1024)
def _least(spelled: str) -> int | None:
    import islpy as isl

    whole = isl.Set(spelled)
    if whole.is_empty():
        return None
    least = whole.dim_min_val(0)
    return int(least.to_python()) if least.is_int() else 1


def private(name: str, body: Sequence[Atom]) -> bool:
    """Whether each iteration certainly writes the scalar before it reads it."""
    for atom in body:
        for access in atom.accesses:
            if access.name == name and not access.subscripts:
                if not access.write:
                    return False
                if access.sure and not atom.guards:
                    return True
    return True


def graph(body: Sequence[Atom], here: Range, outer: Sequence[Range] = ()) -> tuple[Edge, ...]:
    """All dependences between atoms, carried by the loop of `here` or within one iteration."""
    body = _settled(body)
    written = {a.name for atom in body for a in atom.accesses if a.write}
    scalars = {a.name for atom in body for a in atom.accesses if not a.subscripts and a.name in written}
    bound = {name for name in scalars if private(name, body)}
    edges: set[Edge] = set()
    for one, first in enumerate(body):
        for two, second in enumerate(body):
            for a in first.accesses:
                if a.name not in written:
                    continue
                for b in second.accesses:
                    if a.name == b.name and (a.write or b.write):
                        edges |= _edges(one, two, a, b, a.name in bound, here, outer)
    return tuple(
        sorted(edges, key=lambda e: (e.source, e.target, e.carried, e.kind, e.name, e.before, e.after))
    )


def _settled(body: Sequence[Atom]) -> list[Atom]:
    """Subscripts that mention a scalar which the loop changes have no linear form over its iterations."""
    moving = {a.name for atom in body for a in atom.accesses if a.write and not a.subscripts}

    def settle(access: Access) -> Access:
        forms = tuple(None if f is None or moving & set(f.symbols) else f for f in access.subscripts)
        return access if forms == access.subscripts else replace(access, subscripts=forms)

    return [replace(atom, accesses=tuple(settle(a) for a in atom.accesses)) for atom in body]


def _edges(
    one: int, two: int, a: Access, b: Access, bound: bool, here: Range, outer: Sequence[Range]
) -> set[Edge]:
    if bound and not a.subscripts:
        return {Edge(one, two, False, "bind", a.name, a.position, b.position)} if one != two else set()
    kind = "output" if a.write and b.write else "flow" if a.write else "anti"
    if not a.subscripts:
        directions = frozenset("<=>")
    else:
        directions = conflicts(a, b, here, outer)
    found: set[Edge] = set()
    if "<" in directions:
        found.add(Edge(one, two, True, kind, a.name, a.position, b.position))
    if "=" in directions and one != two and a.position < b.position:
        found.add(Edge(one, two, False, kind, a.name, a.position, b.position))
    return found


def components(size: int, edges: Sequence[Edge]) -> tuple[tuple[int, ...], ...]:
    """Strongly connected components, ordered so that dependences run forward, else as they came."""
    after: dict[int, set[int]] = {n: set() for n in range(size)}
    for edge in edges:
        if edge.source != edge.target:
            after[edge.source].add(edge.target)
    reach = {n: _reachable(n, after) for n in range(size)}
    group = {
        n: min(m for m in range(size) if m == n or (m in reach[n] and n in reach[m])) for n in range(size)
    }
    members = {g: tuple(n for n in range(size) if group[n] == g) for g in set(group.values())}
    done: list[int] = []
    left = sorted(members)
    while left:
        ready = next(
            g for g in left if not any(h != g and members[g][0] in reach[members[h][0]] for h in left)
        )
        done.append(ready)
        left.remove(ready)
    return tuple(members[g] for g in done)


def _reachable(start: int, after: Mapping[int, set[int]]) -> set[int]:
    seen: set[int] = set()
    stack = [start]
    while stack:
        for target in after[stack.pop()]:
            if target not in seen:
                seen.add(target)
                stack.append(target)
    return seen


def serial(members: Sequence[int], edges: Sequence[Edge]) -> bool:
    """Whether a component carries a cycle that keeps it from being executed several iterations at a time."""
    inside = set(members)
    if len(inside) > 1:
        carried = [e for e in edges if e.carried and e.source in inside and e.target in inside]
        return bool(carried)
    return any(
        e.carried and e.source == e.target and e.source in inside and e.before >= e.after for e in edges
    )


def meet_across(first: Access, second: Access, here: Range, deep: Range, outer: Sequence[Range] = ()) -> bool:
    """Whether the two can touch one element with `first` in an earlier iteration of `here` and in a later one
    of the inner loop `deep`: exchanging the loops would then turn the order around."""
    one = replace(first, inner=(deep, *first.inner))
    two = replace(second, inner=(deep, *second.inner))
    parts, free = _meeting(one, two, here, outer)
    ahead = "<" if here.step > 0 else ">"
    behind = ">" if deep.step > 0 else "<"
    order = [f"x_{here.index} {ahead} y_{here.index}", f"x_{deep.index} {behind} y_{deep.index}"]
    return not _empty(_spell(free, [*parts, *order]))


def certainly_at_most(
    small: Linear, large: Linear, index: str, low: Linear, high: Linear, constants: Mapping[str, int]
) -> bool:
    """Whether small <= large for every value of `index` in [low, high]."""
    forms = [small, large, low, high]
    for name, value in constants.items():
        forms = [form.put(name, Linear((), value)) for form in forms]
    symbols = sorted({f"s_{n}" for form in forms for n in form.symbols if n != index})
    spelled = [_form(form, lambda n: "x" if n == index else f"s_{n}") for form in forms]
    parts = [f"{spelled[2]} <= x", f"x <= {spelled[3]}", f"{spelled[0]} > {spelled[1]}"]
    return _empty(_spell((symbols, ["x"]), parts))

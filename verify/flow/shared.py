"""What two operator trees have in common, as free numbers: less for the solver to look into."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MOST_NODES = 1600


def generalized(
    x: Any, y: Any, range_of: Callable[[int], tuple[int, int] | None]
) -> tuple[Any, Any, list[Any]] | None:
    """Both trees with their largest common products and sums as free numbers of known range: if those are equal for
    all such numbers, the trees are. None where there is nothing in common."""
    import z3

    def below(root: Any) -> dict[int, Any]:
        found: dict[int, Any] = {}
        stack = [root]
        while stack and len(found) < MOST_NODES:
            item = stack.pop()
            if item.get_id() not in found:
                found[item.get_id()] = item
                stack.extend(item.children())
        return found

    ours, theirs = below(x), below(y)
    changes: list[tuple[Any, Any]] = []
    facts: list[Any] = []
    stack, seen = [x], set[int]()
    while stack:
        item = stack.pop()
        if item.get_id() in seen:
            continue
        seen.add(item.get_id())
        if item.get_id() in theirs and item.num_args() > 1 and z3.is_bv(item):
            try:
                known = range_of(item.get_id())
            except KeyError:
                known = None
            free = z3.BitVec(f"shared.{item.get_id()}", item.size())
            changes.append((item, free))
            if known is not None:
                facts += [free >= known[0], free <= known[1]]
            continue
        stack.extend(item.children())
    if not changes or len(ours) + len(theirs) < 8:
        return None
    return z3.substitute(x, *changes), z3.substitute(y, *changes), facts

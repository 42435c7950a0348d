"""Choosing from many possibilities by a seed, the same on every machine."""

from __future__ import annotations

import random
from typing import TypeVar

Item = TypeVar("Item")


def in_turn(groups: list[list[Item]], count: int, seed: int) -> list[Item]:
    """At most `count` items: each group shuffled, then one from each in turn, so that small groups come in full."""
    shuffled = [list(group) for group in groups]
    for number, group in enumerate(shuffled):
        random.Random(f"{seed}.{number}").shuffle(group)
    found: list[Item] = []
    turn = 0
    while len(found) < count and any(turn < len(group) for group in shuffled):
        for group in shuffled:
            if turn < len(group) and len(found) < count:
                found.append(group[turn])
        turn += 1
    return found

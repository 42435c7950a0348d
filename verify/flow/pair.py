"""Both programs over common memory."""

from __future__ import annotations

from dataclasses import dataclass

from verify.flow.model import Array, Side
from verify.flow.spaces import Cond
from verify.flow.values import RangeClaim


@dataclass(slots=True)
class Pair:
    """Both programs linked over common memory, under the inputs on which S is defined."""

    before: Side
    after: Side
    context: Cond
    arrays: dict[str, Array]
    open_claims: list[RangeClaim]

"""Questions put to Z3: whether something holds for all values of its constants. Asked once each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

MOST_REMEMBERED = 4096
_LEAF = re.compile(r"\b[st]\d+(?:\.\d+)?\b")
_known: dict[str, bool] = {}
_SAMPLES = (0x9E3779B97F4A7C15F39CC0605CEDC835, 0xD1B54A32D192ED03A0761D6478BD642F, 3, 0x8000000000000080)


def holds(facts: Sequence[Any], claim: Any, rlimit: int) -> bool:
    """Whether Z3 shows within `rlimit` steps that the facts imply the claim.

    Constants that stand for leaves of terms (s1, t2.3) may have any names: a question that differs from an earlier
    one in these alone has the same answer.
    """
    import z3

    solver = z3.Solver()
    solver.set("rlimit", rlimit)
    solver.set("random_seed", 0)
    solver.add(*facts, z3.Not(claim))
    key = f"{rlimit} {_renamed(solver.sexpr())}"
    if key not in _known:
        if len(_known) >= MOST_REMEMBERED:
            _known.clear()
        _known[key] = solver.check() == z3.unsat
    return _known[key]


def _renamed(text: str) -> str:
    names: dict[str, str] = {}
    return _LEAF.sub(lambda found: names.setdefault(found[0], f"!{len(names)}"), text)


def fails(facts: Sequence[Any], claim: Any, constants: Sequence[Any]) -> bool:
    """Whether some values of the constants were found that satisfy the facts and not the claim: far quicker than Z3,
    where it is so."""
    import z3

    numbers = [one for one in constants if z3.is_bv(one) or z3.is_bool(one)]
    broken = z3.And(*facts, z3.Not(claim))
    for round_, seed in enumerate(_SAMPLES):
        values = [
            (one, _value(one, seed * (2 * at + 1) >> (at + round_) % 7)) for at, one in enumerate(numbers)
        ]
        if z3.is_true(z3.simplify(z3.substitute(broken, *values))):
            return True
    return False


def _value(constant: Any, number: int) -> Any:
    import z3

    if z3.is_bool(constant):
        return z3.BoolVal(bool(number & 1))
    return z3.BitVecVal(number, constant.size())

"""Whether a rewrite is taken: proved, vectorized in the machine code now, and faster. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vecassist.figures import times
from vecassist.model import CompilerOutcome, Speedup

FLOOR = 0.05
"""The least gain on the region that is worth a change to a source: 5 %."""
SLOWER = 0.02
"""The most that another compiler's code may lose."""


@dataclass(frozen=True, slots=True)
class Decision:
    """accepted, and why or why not: a stable code (kebab-case) and one line for people."""

    accepted: bool
    code: str
    reason: str


def decide(own: str, compilers: Mapping[str, CompilerOutcome], floor: float = FLOOR) -> Decision:
    """Judge a proved rewrite.

    own: the compiler of the compile command; compilers: what each compiler in use makes of the rewrite. The
    own compiler must vectorize it and gain at least `floor` with a 95 % interval above 1. Another compiler
    may gain nothing, but where it was timed it must not lose more than `SLOWER`.
    """
    outcome = compilers[own]
    if not outcome.after:
        return Decision(False, "not-vectorized", f"proved, but {own} still emits scalar code for it")
    gain = outcome.speedup
    if gain is None:
        return Decision(False, "unmeasurable", f"proved, but it could not be timed with {own}")
    if gain.low <= 1 or gain.ratio < 1 + floor:
        return Decision(False, "not-faster", f"proved, but not faster with {own}: {figures(gain)}")
    for name, other in sorted(compilers.items()):
        loss = other.speedup
        if name != own and loss is not None and loss.ratio < 1 - SLOWER:
            return Decision(False, "slower-elsewhere", f"proved, but slower with {name}: {figures(loss)}")
    return Decision(True, "accepted", f"proved, vectorized and {figures(gain)} with {own}{_small(compilers)}")


def _small(compilers: Mapping[str, CompilerOutcome]) -> str:
    """The sizes at which the rewrite loses, in words; short loops pay for what long ones gain."""
    told: list[str] = []
    for name, made in sorted(compilers.items()):
        losing = {} if made.speedup is None else {n: r for n, r in made.speedup.by_size if r < 1 - SLOWER}
        if losing:
            worst = min(losing.values())
            told.append(f"{name}: {min(losing)} to {max(losing)}, least {worst:.2f}x")
    return f"; slower at sizes ({'; '.join(told)})" if told else ""


def figures(gain: Speedup) -> str:
    """A ratio with its interval: "2.10x (2.05 to 2.14)"."""
    return times(gain.ratio, gain.low, gain.high)

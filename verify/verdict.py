"""Verdicts of the prover. Wrong, not known and not supported are different things and never mixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from verify.ir.nodes import Loc
from verify.scene import Scene


@dataclass(frozen=True, slots=True)
class Counterexample:
    """Inputs on which both versions were run by the concrete semantics and differed.

    inputs  C-level name to a printable C value ("n": "3", "a": "{0, 1, 2}", "q": "p + 1")
    before, after  what each version did: "return", names of objects that ended differently, or "fault"
    replayed  True only after both versions were run on exactly these inputs and differed
    """

    inputs: Mapping[str, str]
    before: Mapping[str, str]
    after: Mapping[str, str]
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Proved:
    """Holds for all inputs, trip counts, contents and permitted aliasing, under `assumptions`."""

    strategy: str
    assumptions: tuple[str, ...] = ()
    certificate: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class Refuted:
    """The versions differ on the counterexample; always replayed. scene: its memory, None where it has none that a
    C program could set."""

    counterexample: Counterexample
    reason: str
    scene: Scene | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not decided. `code` is stable (kebab-case); `reason` is one line for people; `needs` the option to pass."""

    code: str
    reason: str
    loc: Loc | None = None
    needs: str | None = None


Verdict = Proved | Refuted | Unknown


class Unsupported(Exception):
    """A construct outside the closed lists; becomes `Unknown` with code "unsupported" and a location."""

    def __init__(self, construct: str, loc: Loc | None = None) -> None:
        super().__init__(construct)
        self.construct = construct
        self.loc = loc


class NotProved(Exception):
    """An obligation that could not be discharged; becomes `Unknown` with this code."""

    def __init__(self, code: str, reason: str, loc: Loc | None = None, needs: str | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.loc = loc
        self.needs = needs

"""What was proved on this machine, in the user's own cache: the only evidence on which a build relies.

What a repository says about an entry is a claim. An entry counts where the very problem that it poses, in the text
and under the command of today, is recorded here.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from vecassist.cc.cache import cache_folder, digest, is_own, write_whole
from vecassist.store.advisories import Advisory
from vecassist.store.identity import identity
from verify.problem import Problem
from verify.rules import RULES
from verify.verdict import Proved, Unknown

FORMAT = 2


@dataclass(frozen=True)
class Record:
    """Proofs on record in `folder`; asks: whether known ones are taken from it.

    asked: the places of all problems that were looked for. advisories: faults of the prover; None for those that come
    with this version.
    """

    folder: Path | None
    asks: bool = False
    asked: list[Path] = field(default_factory=list[Path])
    advisories: tuple[Advisory, ...] | None = None

    def recall(self, problem: Problem) -> Proved | Unknown | None:
        """The proof on record, None where there is none."""
        if not self.asks or self.folder is None:
            return None
        place = self.place(problem)
        self.asked.append(place)
        return _read(place)

    def remember(self, problem: Problem, verdict: Proved) -> None:
        """Put a proof on record. What cannot be written will be proved again."""
        if self.folder is not None:
            _write(self.place(problem), problem, verdict)

    def place(self, problem: Problem) -> Path:
        """The file that records a proof of `problem`."""
        assert self.folder is not None
        key = identity(problem)
        return self.folder / "proofs" / key[:2] / key[2:]


NOTHING = Record(None)
"""Knows nothing and keeps nothing."""


def machine_record(asks: bool = False) -> Record:
    """The record of this user on this machine; `NOTHING` where its folder cannot be relied on."""
    folder = cache_folder(os.environ)
    return Record(Path(folder), asks) if is_own(folder) else NOTHING


@dataclass(frozen=True)
class Recalling(Record):
    """A record that proves nothing: what it does not know is unknown."""

    def recall(self, problem: Problem) -> Proved | Unknown | None:
        found = super().recall(problem)
        return found or Unknown("unchecked", "it was not proved on this machine")


def _read(place: Path) -> Proved | None:
    try:
        body = json.loads(place.read_text("utf-8"))
        claimed = body.pop("digest")
        if (
            body["format"] != FORMAT
            or body["key"] != place.parent.name + place.name
            or _mark(body) != claimed
        ):
            return None
        rules = {str(name): int(version) for name, version in body["rules"].items()}
        certificate = {"recorded": body["key"], "rules": rules}
        return Proved(str(body["strategy"]), tuple(map(str, body["assumptions"])), certificate)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _write(place: Path, problem: Problem, verdict: Proved) -> None:
    body: dict[str, object] = {
        "format": FORMAT,
        "key": place.parent.name + place.name,
        "function": problem.function,
        "strategy": verdict.strategy,
        "assumptions": list(verdict.assumptions),
        "rules": verdict.certificate.get("rules", RULES),
    }
    body["digest"] = _mark(body)
    write_whole(str(place), (json.dumps(body, indent=1) + "\n").encode())


def _mark(body: dict[str, object]) -> str:
    """Shows a file that was not written to its end."""
    return digest(json.dumps(body, sort_keys=True).encode())

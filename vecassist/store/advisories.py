"""Recall: which proofs rest on a rule of the prover, or a library, that turned out to be faulty."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from vecassist.errors import UserError
from vecassist.store.entry import Entry

SHIPPED = Path(__file__).parent / "advisories.toml"
"""The table that comes with this version."""

_KEYS = {"id", "title", "strategy", "rules", "tools"}


@dataclass(frozen=True, slots=True)
class Advisory:
    """One fault. A proof is affected where all of strategies, rules and tools that are not empty fit it.

    rules: name to the last faulty version; tools: name to faulty versions.
    """

    ident: str
    title: str
    strategies: tuple[str, ...] = ()
    rules: Mapping[str, int] = field(default_factory=dict[str, int])
    tools: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def affects(self, strategy: str, certificate: Mapping[str, object], versions: Mapping[str, str]) -> bool:
        """Whether a proof rests on the fault. What it does not tell is taken to be the worst."""
        if self.strategies and strategy not in self.strategies:
            return False
        named = certificate.get("rules")
        if self.rules and isinstance(named, Mapping):
            used = cast("Mapping[str, object]", named)
            if not any(_at_most(used[name], last) for name, last in self.rules.items() if name in used):
                return False
        return not self.tools or any(versions.get(name, bad[0]) in bad for name, bad in self.tools.items())

    def __str__(self) -> str:
        return f"{self.ident}: {self.title}"


def _at_most(version: object, last: int) -> bool:
    return not isinstance(version, int) or version <= last


def table(path: Path = SHIPPED) -> tuple[Advisory, ...]:
    """The advisories of a file. Raises UserError where it cannot be read or does not follow the format."""
    try:
        body = tomllib.loads(path.read_text("utf-8"))
        rows = cast("list[dict[str, object]]", body.pop("advisory", []))
        if body:
            raise ValueError(f"unknown key {min(body)}")
        found = tuple(map(_advisory, rows))
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UserError(f"{path}: the table of advisories cannot be read: {reason}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(f"{path}: not a table of advisories: {error}; see {SHIPPED.name}") from error
    if len({one.ident for one in found}) != len(found):
        raise UserError(f"{path}: an id of an advisory is used twice; give each its own")
    return found


def _advisory(row: Mapping[str, object]) -> Advisory:
    unknown = row.keys() - _KEYS
    if unknown or not (row.keys() & {"strategy", "rules", "tools"}):
        raise ValueError(f"unknown key {min(unknown)}" if unknown else "an advisory that names nothing")
    rules = cast("dict[str, int]", row.get("rules", {}))
    tools = cast("dict[str, list[str]]", row.get("tools", {}))
    strategies = cast("list[str]", row.get("strategy", []))
    for value in (strategies, *tools.values()):
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ValueError(f"{value!r} is no list of strings")
    if not all(isinstance(last, int) for last in rules.values()) or not all(tools.values()):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError("a rule has a number and a tool has a list of versions")
    versions = {name: tuple(bad) for name, bad in tools.items()}
    return Advisory(str(row["id"]), str(row["title"]), tuple(strategies), rules, versions)


@functools.cache
def shipped() -> tuple[Advisory, ...]:
    """The advisories that come with this version."""
    return table()


def affecting(entry: Entry, advisories: Sequence[Advisory] | None = None) -> tuple[Advisory, ...]:
    """The advisories that one of the entry's proofs is affected by; of the shipped ones unless others are given."""
    known = shipped() if advisories is None else advisories
    return tuple(
        one
        for one in known
        if any(one.affects(proof.strategy, proof.certificate, proof.versions) for proof in entry.proofs)
    )


def affecting_proof(
    strategy: str,
    certificate: Mapping[str, object],
    versions: Mapping[str, str],
    advisories: Sequence[Advisory] | None = None,
) -> Advisory | None:
    """The first advisory that a proof of this program is affected by; None where there is none."""
    known = shipped() if advisories is None else advisories
    return next((one for one in known if one.affects(strategy, certificate, versions)), None)

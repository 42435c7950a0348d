"""The closed list of compiler flags, read from flaglist.txt."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

FlagClass = Literal["semantic", "preprocess", "target", "optimization", "neutral", "language"]
CLASSES: tuple[FlagClass, ...] = get_args(FlagClass)


@dataclass(frozen=True, slots=True)
class FlagList:
    """exact: whole flags; separate: flags whose value is the next argument; prefixes: starts of flags;
    refused: starts of flags that are known and cannot be supported, with the reason."""

    exact: Mapping[str, FlagClass]
    separate: Mapping[str, FlagClass]
    prefixes: Mapping[str, FlagClass]
    refused: Mapping[str, str]

    def refusal(self, flag: str) -> str | None:
        return next((why for start, why in self.refused.items() if flag.startswith(start)), None)

    def class_of(self, flag: str) -> FlagClass | None:
        """The class of a flag without its separate value; None where it is refused or not on the list."""
        known = self.separate.get(flag) or self.exact.get(flag)
        if known or self.refusal(flag) is not None:
            return known
        fitting = [prefix for prefix in self.prefixes if flag.startswith(prefix)]
        return self.prefixes[max(fitting, key=len)] if fitting else None


def parse(text: str) -> FlagList:
    """Read the list; its format is described at its head."""
    exact: dict[str, FlagClass] = {}
    separate: dict[str, FlagClass] = {}
    prefixes: dict[str, FlagClass] = {}
    refused: dict[str, str] = {}
    tables = {"exact": exact, "prefix": prefixes, "value": separate}
    kind: FlagClass = "neutral"
    form = ""
    for line in text.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith("refused: "):
            flag, _, why = line.removeprefix("refused: ").partition(" ")
            refused[flag] = why
            continue
        names = line
        if not line.startswith(" "):
            head, _, names = line.partition(":")
            word, form = head.split()
            kind = next(known for known in CLASSES if known == word)
        for name in names.split():
            if form == "switch":
                exact.update(dict.fromkeys((f"-f{name}", f"-fno-{name}"), kind))
            elif form == "feature":
                exact.update(dict.fromkeys((f"-m{name}", f"-mno-{name}"), kind))
            else:
                tables[form][name] = kind
    return FlagList(exact, separate, prefixes, refused)


@functools.cache
def flag_list() -> FlagList:
    return parse(Path(__file__).with_name("flaglist.txt").read_text("ascii"))

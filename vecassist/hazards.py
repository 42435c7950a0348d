"""What a C text leaves to the compiler and IR does not show: evaluation order, variable sizes, `#ifdef __clang__`."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from compiler.flags import classify
from compiler.lower import lowering_flags
from compiler.place import in_place
from compiler.process import run
from compiler.toolchain import Toolchain

_WARNED = ("unsequenced", "vla", "vla-extension")
_MESSAGE = re.compile(r"warning: (.*) \[-W(unsequenced|vla|vla-extension)\]")
_SPOKEN = {"unsequenced": "side effects without a sequence point", "vla": "a type of variable size"}


def added_hazards(
    clang: Toolchain, texts: tuple[str, str], names: tuple[Path, Path], directory: Path, args: tuple[str, ...]
) -> tuple[str, ...]:
    """Unsequenced side effects (C11 6.5p2) and variably modified types (6.7.6.2p5) of the second text that the
    first does not have, as clang's front end reports them; one line each."""
    after = _warnings(clang, texts[1], names[1], directory, args)
    if not after:
        return ()
    added = after - _warnings(clang, texts[0], names[0], directory, args)
    return tuple(sorted({_SPOKEN[kind.partition("-")[0]] for kind, _ in added}))


def _warnings(
    clang: Toolchain, text: str, name: Path, directory: Path, args: tuple[str, ...]
) -> Counter[tuple[str, str]]:
    with in_place(clang, text, name, directory) as placed:
        command = [
            *clang.argv,
            *placed.first,
            *lowering_flags(classify(args)),
            "-fsyntax-only",
            "-Wno-everything",
            *(f"-W{kind}" for kind in _WARNED),
            "-x",
            "c",
            placed.path,
        ]
        result = run(command, cwd=directory)
    found = Counter[tuple[str, str]]()
    for match in _MESSAGE.finditer(result.err):
        found[(match.group(2), match.group(1))] += 1
    return found

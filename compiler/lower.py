"""C text to unoptimized LLVM IR text, by clang, under the meaning of the user's command."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compiler.flags import Flags, classify, fast_math
from compiler.place import in_place
from compiler.process import COMPILER_MEMORY, checked, run
from compiler.toolchain import Toolchain

# Optimization is on, so that clang describes lifetimes and types in full, but no pass runs.
LOWERING = (
    "-O1", "-Xclang", "-disable-llvm-passes", "-fno-vectorize", "-fno-slp-vectorize", "-fno-unroll-loops",
    "-fno-discard-value-names", "-g", "-S", "-emit-llvm",
)  # fmt: skip

# gcc before 14 only warns of these; clang and gcc give such programs the same meaning.
_OLD_C = (
    "implicit-function-declaration", "implicit-int", "int-conversion", "incompatible-function-pointer-types",
    "incompatible-pointer-types", "return-mismatch",
)  # fmt: skip
_LENIENT = (*(f"-Wno-error={name}" for name in _OLD_C), "-Werror=ignored-optimization-argument")
_WARNING = re.compile(r"warning: (.*) \[-W([\w-]+)\]$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Lowered:
    """The IR of a text, and the warnings about it that were asked for: kinds and messages, in order."""

    ir: str
    warnings: tuple[tuple[str, str], ...] = ()


def lowering_flags(flags: Flags) -> tuple[str, ...]:
    """The flags under which clang lowers a text whose command has `flags`."""
    semantic = tuple("-ffast-math" if flag == "-Ofast" else flag for flag in flags.semantic)
    # Unfused arithmetic is what is proved; fast-math is one permission, which a mode would take apart.
    contraction = () if fast_math(flags) else ("-ffp-contract=off",)
    return (*flags.language, *flags.target, *semantic, *contraction, *_level_macros(flags), *flags.preprocess)


def _level_macros(flags: Flags) -> tuple[str, ...]:
    """The text may ask for the user's level, which lowering replaces by its own."""
    if flags.level == "0":
        return ("-U__OPTIMIZE__", "-D__NO_INLINE__=1")
    if flags.level in ("s", "z"):
        return ("-D__OPTIMIZE_SIZE__=1",)
    return ()


def lower(
    clang: Toolchain,
    source_text: str | bytes,
    name: Path,
    directory: Path,
    args: Sequence[str],
    extra: Sequence[str] = (),
) -> str:
    """The IR of `source_text`, compiled in the place of the file `name` by a command run in `directory`.

    args   the command's arguments less the compiler, the source file, -c and -o; sorted by `flags.classify`
    extra  further flags for clang, appended as they are
    A str stands for bytes, one character a byte; where a character does not fit into one, for UTF-8.
    Raises UnsupportedFlag, or CompileFailed with the compiler's first error line.
    """
    return lowered(clang, source_text, name, directory, args, extra).ir


def lowered(
    clang: Toolchain,
    source_text: str | bytes,
    name: Path,
    directory: Path,
    args: Sequence[str],
    extra: Sequence[str] = (),
    warnings: Sequence[str] = (),
) -> Lowered:
    """As `lower`, with the warnings of clang's front end of the kinds named."""
    flags = lowering_flags(classify(args))
    with in_place(clang, source_text, name, directory) as placed:
        command = [
            *clang.argv,
            *placed.first,
            *flags,
            *((f"-W{kind}" for kind in warnings) if warnings else ("-w",)),
            *_LENIENT,
            *LOWERING,
            *extra,
            "-x",
            "c",
            placed.path,
            "-o",
            "-",
        ]
        env = {"SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", "0")}
        done = checked(run(command, cwd=directory, env=env, memory=COMPILER_MEMORY))
        # Where the text had to be compiled under another name, that name must not show.
        ir, said = (text.replace(placed.path, str(name)) for text in (done.out, done.err))
    found = ((kind, message) for message, kind in _WARNING.findall(said))
    return Lowered(ir, tuple(one for one in found if one[0] in warnings))

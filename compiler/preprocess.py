"""The text that a compiler sees after its preprocessor."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from compiler.flags import compile_args
from compiler.place import in_place
from compiler.process import COMPILER_MEMORY, checked, run
from compiler.toolchain import Toolchain


def preprocess(
    toolchain: Toolchain,
    name: Path,
    directory: Path,
    args: Sequence[str],
    extra: Sequence[str] = (),
    text: str | bytes | None = None,
) -> str:
    """`name` preprocessed by a command run in `directory` with the user's `args`, line markers kept.

    text  compiled in the place of the file's contents, as `lower` does
    The result has one character a byte (latin-1). Raises CompileFailed with the compiler's first error line.
    """
    contents = (directory / name).read_bytes() if text is None else text
    env = {"SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", "0")}
    with in_place(toolchain, contents, name, directory) as placed:
        flags = compile_args(args)
        command = [
            *toolchain.argv,
            *placed.first,
            *flags,
            *extra,
            "-w",
            "-E",
            "-x",
            "c",
            placed.path,
            "-o",
            "-",
        ]
        done = checked(run(command, cwd=directory, env=env, memory=COMPILER_MEMORY))
        return done.stdout.decode("latin-1").replace(placed.path, str(name))

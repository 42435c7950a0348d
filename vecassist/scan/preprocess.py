"""Run the unit's own preprocessor over a text that stands in the place of its file."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

from vecassist.errors import UserError
from vecassist.model import Unit


def preprocess(unit: Unit, text: str) -> str:
    """`text` (latin-1) preprocessed in the place of unit.path, line markers kept.

    Raises UserError with the compiler's first error line.
    """
    path = unit.directory / unit.path
    name = str(path).replace("\\", "\\\\").replace('"', '\\"')
    arguments = [*_without_outputs(unit.args), "-E", "-x", "c", "-"]
    command = [unit.compiler, "-iquote", str(path.parent), *arguments]
    source = f'#line 1 "{name}"\n'.encode() + text.encode("latin-1")
    try:
        done = subprocess.run(
            command, input=source, cwd=unit.directory, capture_output=True, timeout=120, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(f"{unit.path}: cannot preprocess: {error}") from error
    if done.returncode:
        lines = done.stderr.decode("utf-8", "replace").splitlines()
        first = next((line for line in lines if "error" in line), f"{unit.compiler} -E failed")
        raise UserError(f"{unit.path}: cannot preprocess: {first}")
    return done.stdout.decode("latin-1").replace("\r\n", "\n")


def _without_outputs(args: tuple[str, ...]) -> Iterator[str]:
    """The arguments less those that write files or turn warnings into errors."""
    pending = False
    for argument in args:
        if pending:
            pending = False
        elif argument in ("-o", "-MF", "-MT", "-MQ"):
            pending = True
        elif argument in ("-c", "-S", "-P", "-C", "-CC") or argument.startswith(
            ("-M", "-o", "-Wp,-M", "-Werror", "-save-temps", "--save-temps")
        ):
            continue
        else:
            yield argument

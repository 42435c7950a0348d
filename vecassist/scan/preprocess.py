"""The unit's own preprocessor over a text that stands in the place of its file."""

from __future__ import annotations

import compiler.preprocess
from compiler.errors import CompilerError
from compiler.toolchain import resolve
from vecassist.errors import UserError
from vecassist.model import Unit


def preprocess(unit: Unit, text: str) -> str:
    """`text` (one character a byte) preprocessed in the place of unit.path, line markers kept.

    Raises UserError with the compiler's first error line.
    """
    try:
        output = compiler.preprocess.preprocess(
            resolve(unit.compiler), unit.path, unit.directory, unit.args, text=text.encode("latin-1")
        )
    except CompilerError as error:
        raise UserError(f"{unit.path}: cannot preprocess: {error}") from error
    return output.replace("\r\n", "\n")

"""The compilers that a user names or has, with what to do where one is missing."""

from __future__ import annotations

from compiler.errors import CompilerError, ToolMissing, UnsupportedFlag
from compiler.flags import classify
from compiler.toolchain import Toolchain, find_lowering_clang, resolve
from vecassist.errors import UserError


def named(name: str) -> Toolchain:
    """The compiler of a compile command. Raises UserError where it is missing or no compiler that is known."""
    try:
        return resolve(name)
    except ToolMissing as error:
        raise UserError(
            f"{error}; install it, pass --compiler or set CC (where a compile database names it: "
            "with flags after --)"
        ) from error


def lowering(explicit: str | None) -> Toolchain:
    """The clang that lowers C for the prover. Raises UserError where there is none that can be used."""
    try:
        return find_lowering_clang(explicit)
    except ToolMissing as error:
        raise UserError(f"{error}; name another with --clang or VECASSIST_CLANG, or unset them") from error


def check_flags(flags: tuple[str, ...] | None) -> None:
    """Raises UserError for a flag of the command line whose bearing on the meaning of C is not known."""
    try:
        classify(flags or ())
    except UnsupportedFlag as error:
        raise UserError(f"{error}; leave it out after --, no proof is possible under it") from error


def does_not_compile(error: CompilerError) -> UserError:
    """A refusal of the compiler as an error with what to mend: the file, or the flags."""
    text = str(error).removeprefix("error: ")
    if any(words in text for words in _FLAG_FAULTS):
        return UserError(f"{text}; mend the flags of this command: after --, or in the compile database")
    return UserError(f"{text}; the file does not compile: mend it or pass the flags it needs")


_FLAG_FAULTS = (
    "unrecognized command-line option",
    "unrecognized command line option",
    "unrecognized argument",
    "unknown argument",
    "unknown target CPU",
    "unsupported option",
    "unsupported argument",
    "bad value",
    "invalid value",
    "argument to '-",
)

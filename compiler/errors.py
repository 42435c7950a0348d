"""What can go wrong around a compiler. Each message is one line that a person can act on."""

from __future__ import annotations


class CompilerError(Exception):
    """Root of all expected failures in this package."""


class ToolMissing(CompilerError):
    """A compiler was asked for that is not on this machine or is unfit for the job."""


class CompileFailed(CompilerError):
    """The compiler refused the text. The message is its first error line; `diagnostics` is all it printed."""

    def __init__(self, message: str, diagnostics: str = "") -> None:
        super().__init__(message)
        self.diagnostics = diagnostics


class TimedOut(CompilerError):
    """A program ran longer than it was allowed to. `output`: what it had written by then."""

    def __init__(self, message: str, output: bytes = b"") -> None:
        super().__init__(message)
        self.output = output


class BadDatabase(CompilerError):
    """A compile database is missing or cannot be understood."""


class UnsupportedFlag(CompilerError):
    """A flag outside the closed list: its bearing on the meaning of the program is not known here."""

    def __init__(self, flag: str, why: str = "") -> None:
        super().__init__(f"unsupported compiler flag {flag}" + (f": {why}" if why else ""))
        self.flag = flag

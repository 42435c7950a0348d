"""Which command lines are one compilation of one C file; all others are left to the compiler as they are.

What a build waits for at each compilation is here and in the modules that `entry` imports: they use no
dataclasses and next to nothing of the standard library, since every import would cost more than the work.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LAUNCHERS = ("ccache", "sccache", "distcc", "icecc", "gomacc", "env")
"""Programs that may stand in front of a compiler."""

VALUE_FLAGS = (
    "--param", "--sysroot", "--target", "-A", "-D", "-F", "-G", "-I", "-L", "-MF", "-MJ", "-MQ", "-MT", "-T", "-U",
    "-Xanalyzer", "-Xarch_host", "-Xassembler", "-Xclang", "-Xlinker", "-Xpreprocessor", "-arch", "-aux-info", "-B",
    "-dumpbase", "-dumpbase-ext", "-dumpdir", "-e", "-idirafter", "-imacros", "-imultilib", "-include", "-iprefix",
    "-iquote", "-isysroot", "-isystem", "-iwithprefix", "-iwithprefixbefore", "-l", "-mllvm", "-o", "-specs",
    "-target", "-u", "-wrapper", "-x", "-z",
)  # fmt: skip
"""Flags whose value may be the next word."""

EXACT = {
    "-E": "preprocessing",
    "-S": "assembly",
    "-M": "dependencies-only",
    "-MM": "dependencies-only",
    "-fsyntax-only": "no-object",
    "-###": "no-object",
    "-emit-llvm": "no-object",
    "-frecord-gcc-switches": "records-the-command",
    "-frecord-command-line": "records-the-command",
    "-grecord-command-line": "records-the-command",
}
"""Flags with which a command is left alone, with the reason."""

PREFIXES = (
    ("-x", "language-option"),
    ("--language", "language-option"),
    ("@", "response-file"),
    ("-save-temps", "intermediate-files"),
    ("--save-temps", "intermediate-files"),
    ("-wrapper", "unusual-command"),
    ("-dump", "unusual-command"),
    ("-fcoverage-mapping", "coverage-mapping"),
)
"""Starts of such flags."""

ENVIRONMENT = ("DEPENDENCIES_OUTPUT", "SUNPRO_DEPENDENCIES")
"""Variables with which a command is left alone."""


class Compilation:
    """One compilation of one C file.

    words     the whole command, launchers first
    compiler  where the compiler stands in it
    source    where the source file stands in it
    """

    __slots__ = ("compiler", "source", "words")

    def __init__(self, words: Sequence[str], compiler: int, source: int) -> None:
        self.words = tuple(words)
        self.compiler = compiler
        self.source = source

    @property
    def name(self) -> str:
        """The source file as the command spells it."""
        return self.words[self.source]


def compiler_index(words: Sequence[str]) -> int:
    """Where the compiler stands behind launchers such as ccache, `env X=1` or this program itself."""
    at = 0
    while at + 1 < len(words):
        name = words[at].rpartition("/")[2]
        if name == "vecassist" and words[at + 1] == "cc" and at + 2 < len(words):
            at += 2
            continue
        if name not in LAUNCHERS:
            break
        at += 1
        while at + 1 < len(words) and _is_assignment(words[at]):
            at += 1
    return at


def _is_assignment(word: str) -> bool:
    name, mark, _ = word.partition("=")
    return bool(mark) and name.isidentifier()


def read(words: Sequence[str], environ: Mapping[str, str]) -> Compilation | str:
    """The compilation that a command is, or why it is none that this program touches."""
    compiler = compiler_index(words)
    compiles = False
    sources: list[int] = []
    at = compiler + 1
    while at < len(words):
        word = words[at]
        if not word.startswith("-"):
            if word.startswith("@"):
                return "response-file"
            sources.append(at)
        elif word == "-":
            return "stdin"
        elif word == "-c":
            compiles = True
        else:
            reason = EXACT.get(word) or next((why for start, why in PREFIXES if word.startswith(start)), "")
            if reason:
                return reason
            if word == "-o-" or (word == "-o" and words[at + 1 : at + 2] == ["-"]):
                return "output-to-stdout"
            if word in VALUE_FLAGS:
                at += 1
        at += 1
    if not compiles:
        return "linking" if sources else "no-input"
    if len(sources) != 1:
        return "several-inputs" if sources else "no-input"
    if not words[sources[0]].endswith(".c"):
        return "not-c"
    if any(environ.get(name) for name in ENVIRONMENT):
        return "environment"
    return Compilation(words, compiler, sources[0])

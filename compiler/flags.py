"""What the flags of a compile command bear on, and what follows from them for the meaning of floats."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from compiler.errors import CompilerError, UnsupportedFlag
from compiler.flaglist import CLASSES, FlagClass, flag_list
from compiler.process import checked, run
from compiler.toolchain import Toolchain

Contraction = Literal["off", "on", "fast"]

_FAST_MATH = frozenset({"-ffast-math", "-Ofast", "-funsafe-math-optimizations"})
_FAST_FAMILY_OFF = frozenset(
    {"-fno-fast-math", "-fno-unsafe-math-optimizations", "-fno-finite-math-only", "-fno-associative-math"}
    | {"-fno-reciprocal-math", "-fsigned-zeros", "-ftrapping-math", "-fmath-errno", "-frounding-math"}
)
_C_LANGUAGES = frozenset({"c", "cpp-output", "c-header", "none"})


@dataclass(frozen=True, slots=True)
class Flags:
    """A command's flags by class, in the order of the command; a separate value is an entry of its own.

    semantic      change what the text means (`-fwrapv`, the fast-math family, `-Ofast` where it is the level)
    preprocess    decide which text is compiled
    target        machine, instruction sets, ABI
    optimization  how hard the compiler works; `-Ofast` is here too
    neutral       warnings, debug information, dependency files, linking, hardening
    language      the dialect of C
    """

    semantic: tuple[str, ...] = ()
    preprocess: tuple[str, ...] = ()
    target: tuple[str, ...] = ()
    optimization: tuple[str, ...] = ()
    neutral: tuple[str, ...] = ()
    language: tuple[str, ...] = ()

    @property
    def meaning(self) -> tuple[str, ...]:
        """All flags that a proof depends on."""
        return self.language + self.target + self.semantic + self.preprocess

    @property
    def level(self) -> str:
        """The level that holds: "0" (also without a flag), "1", "2", "3", "s", "z", "g" or "fast"."""
        levels = [flag[2:] or "1" for flag in self.optimization if flag.startswith("-O")]
        return levels[-1] if levels else "0"


def class_of(flag: str) -> FlagClass:
    """The class of one flag without its separate value. Not on the list: UnsupportedFlag."""
    known = flag_list().class_of(flag)
    if known is None:
        raise UnsupportedFlag(flag, flag_list().refusal(flag) or "")
    return known


def _expand(args: Sequence[str]) -> list[str]:
    """-Wp,a,b taken apart: it carries preprocessor flags past the driver."""
    result: list[str] = []
    for arg in args:
        if not arg.startswith("-Wp,"):
            result.append(arg)
            continue
        parts = arg.split(",")[1:]
        if parts and parts[0] in ("-MD", "-MMD"):
            parts = []
        result.extend(parts)
    return result


def classify(args: Sequence[str]) -> Flags:
    """Sort the arguments of a compile command, less the compiler and the source file, into classes.

    An argument outside the closed list is an UnsupportedFlag that names it; nothing is dropped unseen.
    """
    sorted_flags: dict[FlagClass, list[str]] = {kind: [] for kind in CLASSES}
    rest = iter(_expand(args))
    for flag in rest:
        if not flag.startswith("-") or flag == "-":
            raise UnsupportedFlag(flag, "not a flag")
        kind = class_of(flag)
        entries = [flag]
        if flag in flag_list().separate:
            value = next(rest, None)
            if value is None:
                raise UnsupportedFlag(flag, "its value is missing")
            entries.append(value)
            if flag == "-x" and value not in _C_LANGUAGES:
                raise UnsupportedFlag(f"-x {value}", "only C is understood")
        sorted_flags[kind].extend(entries)
    flags = Flags(**{name: tuple(values) for name, values in sorted_flags.items()})
    if flags.level != "fast":
        return flags
    # gcc applies -Ofast before all explicit flags and clang where it stands: the order must not matter.
    before = args[: _last_index(args, "-Ofast")]
    opposed = next((flag for flag in before if flag in _FAST_FAMILY_OFF), None)
    if opposed is not None:
        raise UnsupportedFlag("-Ofast", f"after {opposed}, which gcc and clang read differently")
    return Flags(
        **{**{name: tuple(v) for name, v in sorted_flags.items()}, "semantic": ("-Ofast", *flags.semantic)}
    )


_STAGES = frozenset({"-c", "-S", "-E", "-fsyntax-only", "-pedantic-errors", "--coverage", "-coverage", "-H"})
_WRITERS = (
    *(
        "-M",
        "-save-temps",
        "--save-temps",
        "-fdump-",
        "-fsave-optimization-record",
        "-fopt-info",
        "-aux-info",
    ),
    *("-fstack-usage", "-fcallgraph-info", "-gsplit-dwarf", "-fprofile-arcs", "-ftest-coverage", "-Rpass"),
    *("-fprofile-generate", "-fprofile-instr-generate", "-foptimization-record-", "-fdiagnostics-format"),
    "-ftime-trace",
)


def compile_args(args: Sequence[str]) -> tuple[str, ...]:
    """`args` for a compilation of our own: without what writes files, picks a stage or makes warnings errors.

    Flags that are not on the closed list stay: only the compiler has to understand them.
    """
    kept: list[str] = []
    rest = iter(args)
    for flag in rest:
        value = next(rest, None) if flag in flag_list().separate else None
        warning = flag.startswith("-W") and not flag.startswith(("-Wa,", "-Wp,", "-Wl,"))
        dependencies = flag.startswith("-Wp,-M")
        if flag == "-o" or flag in _STAGES or flag.startswith(_WRITERS) or warning or dependencies:
            continue
        kept.extend([flag] if value is None else [flag, value])
    return tuple(kept)


def _last_index(args: Sequence[str], flag: str) -> int:
    return max(index for index, arg in enumerate(args) if arg == flag)


def _last(flags: Sequence[str], options: dict[str, bool], default: bool) -> bool:
    for flag in reversed(flags):
        if flag in options:
            return options[flag]
    return default


def fast_math(flags: Flags) -> bool:
    """Whether floats may be rearranged as a whole (-ffast-math, -Ofast, -funsafe-math-optimizations)."""
    options = dict.fromkeys(_FAST_MATH, True) | {
        "-fno-fast-math": False,
        "-fno-unsafe-math-optimizations": False,
    }
    return _last(flags.semantic, options, False)


def exact_floats(flags: Flags) -> bool:
    """Whether each float operation has one result, so that equal programs compute equal bits (NaN aside)."""
    if fast_math(flags) or any(
        flag.startswith(("-ffp-model=fast", "-ffp-model=agg")) for flag in flags.semantic
    ):
        return False
    for name in ("associative-math", "reciprocal-math", "finite-math-only", "approx-func"):
        if _last(flags.semantic, {f"-f{name}": True, f"-fno-{name}": False}, False):
            return False
    kept = ("signed-zeros", "honor-nans", "honor-infinities")
    return all(_last(flags.semantic, {f"-f{name}": True, f"-fno-{name}": False}, True) for name in kept)


def strict_aliasing(flags: Flags) -> bool:
    """Whether the compiler may assume that objects are accessed by their type."""
    return _last(flags.semantic, {"-fstrict-aliasing": True, "-fno-strict-aliasing": False}, True)


def math_errno(flags: Flags) -> bool:
    """Whether math functions may set errno."""
    options = {"-fmath-errno": True, "-fno-math-errno": False, "-ffast-math": False, "-Ofast": False}
    return _last(flags.semantic, options, True)


def effective_contraction(toolchain: Toolchain, flags: Flags) -> Contraction:
    """The contraction mode under which this compiler works: may it fuse a multiplication and an addition?

    gcc without a flag: "fast", but "off" in a strict ISO dialect; clang: "on". -ffast-math is "fast" to both.
    Where sources differ between versions, the more permissive mode is answered.
    """
    mode: Contraction | None = None
    for flag in flags.semantic:
        if flag.startswith("-ffp-contract="):
            value = flag.partition("=")[2]
            mode = "off" if value == "off" else "on" if value == "on" else "fast"
        elif flag in _FAST_MATH:
            # gcc keeps an explicit mode whatever the order; clang keeps the last one.
            mode = mode if toolchain.kind == "gcc" and mode is not None else "fast"
        elif flag.startswith("-ffp-model="):
            mode = "off" if flag.endswith("=strict") else "on" if flag.endswith("=precise") else "fast"
    if mode is not None:
        return mode
    if toolchain.kind == "clang":
        return "on"
    return "off" if _strict_iso(flags) else "fast"


def _strict_iso(flags: Flags) -> bool:
    strict = False
    for flag in flags.language:
        if flag == "-ansi":
            strict = True
        elif flag.startswith(("-std=", "--std=")):
            strict = not flag.partition("=")[2].startswith("gnu")
    return strict


@functools.cache
def predefined(toolchain: Toolchain, flags: tuple[str, ...]) -> Mapping[str, str]:
    """The macros that the compiler predefines under these flags, with their values."""
    done = checked(run([*toolchain.argv, *flags, "-dM", "-E", "-x", "c", "-"], timeout=20))
    lines = (line.split(maxsplit=2)[1:] for line in done.out.splitlines() if line.startswith("#define "))
    return MappingProxyType({name: value[0] if value else "" for name, *value in lines})


_DIALECTS = {"199901L": "gnu99", "201112L": "gnu11", "201710L": "gnu17", "202311L": "gnu23"}


def default_dialect(toolchain: Toolchain) -> str:
    """The dialect of a compiler without -std, such as "gnu17"; "" where it is not one that has a name here.

    A command without -std means another language to gcc 15 than to a clang of the same day.
    """
    try:
        version = predefined(toolchain, ()).get("__STDC_VERSION__", "")
    except CompilerError:
        return ""
    return _DIALECTS.get(version, "")


def has_fma(flags: Flags, toolchain: Toolchain) -> bool:
    """Whether the target has fused multiply-add for scalars; True where that is not known."""
    try:
        names = predefined(toolchain, flags.language + flags.target + flags.semantic)
    except CompilerError:
        return True
    if "__x86_64__" in names or "__i386__" in names:
        return not names.keys().isdisjoint({"__FMA__", "__FMA4__", "__AVX512F__"})
    if "__arm__" in names:
        return "__ARM_FEATURE_FMA" in names
    return True

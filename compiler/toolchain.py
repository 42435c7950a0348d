"""Which compilers there are, and which clang lowers C to IR."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import platform
import re
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from compiler.errors import CompilerError, ToolMissing
from compiler.process import run

OLDEST_CLANG = 17
NEWEST_CLANG = 22
"""The LLVM major of llvmlite: it reads the IR of its own version and of older ones, not of newer ones."""

WHEEL = "wheel"
_LAUNCHERS = frozenset({"ccache", "sccache", "distcc", "icecc", "gomacc", "env"})


@dataclass(frozen=True, slots=True)
class Toolchain:
    """A compiler and how to call it.

    argv      the program and the arguments that every call needs
    version   its first version line
    target    the triple that it compiles for by default
    origin    where it was found: "PATH", "explicit", "VECASSIST_CLANG", "wheel"
    """

    kind: Literal["clang", "gcc"]
    argv: tuple[str, ...]
    version: str
    major: int
    target: str
    origin: str

    @property
    def name(self) -> str:
        """Short name for tables, such as "gcc-12" or "clang-22"."""
        return f"{self.kind}-{self.major}"


def parse_version(text: str) -> tuple[Literal["clang", "gcc"], int] | None:
    """Kind and major version from the output of `--version`; None for anything that is neither gcc nor clang.

    Apple's clang counts its versions differently, so it is not taken for an LLVM of that number.
    """
    first = text.splitlines()[0] if text.splitlines() else ""
    if "Apple" in first:
        return None
    clang = re.search(r"\bclang version (\d+)\.", first)
    if clang:
        return "clang", int(clang.group(1))
    if "Free Software Foundation" in text:
        number = re.search(r"(\d+)\.\d+\.\d+(?!.*\d+\.\d+\.\d+)", first)
        if number:
            return "gcc", int(number.group(1))
    return None


def _probe(argv: tuple[str, ...], origin: str) -> Toolchain:
    done = run([*argv, "--version"], timeout=20)
    known = parse_version(done.out) if done.returncode == 0 else None
    if known is None:
        raise ToolMissing(f"{argv[0]} is neither gcc nor clang")
    kind, major = known
    told = re.search(r"^Target: (\S+)$", done.out, re.MULTILINE)
    target = told.group(1) if told else run([*argv, "-dumpmachine"], timeout=20).out.strip()
    return Toolchain(kind, argv, done.out.splitlines()[0].strip(), major, target, origin)


@functools.cache
def _probe_path(path: str, stamp: int, origin: str) -> Toolchain:
    return _probe((path,), origin)


def _probe_program(path: str, origin: str) -> Toolchain:
    return _probe_path(path, os.stat(path).st_mtime_ns, origin)


def _host_target() -> str:
    gcc = shutil.which("gcc")
    if gcc:
        return _probe_program(gcc, "PATH").target
    return f"{platform.machine()}-linux-gnu"


@functools.cache
def wheel_clang() -> Toolchain:
    """The clang that comes as a Python package, through its plain driver. It compiles; gcc must link."""
    spec = importlib.util.find_spec("ziglang")
    if spec is None or not spec.submodule_search_locations:
        raise ToolMissing("the package ziglang, which brings clang, is not installed: pip install ziglang")
    home = Path(next(iter(spec.submodule_search_locations)))
    # Its own default is musl, and its resource directory is not where clang looks for it.
    argv = (str(home / "zig"), "clang", f"--target={_host_target()}", "-resource-dir", str(home / "lib"))
    return _probe(argv, WHEEL)


def _fit(toolchain: Toolchain) -> str:
    """Why this toolchain cannot lower C for the prover; "" if it can."""
    if toolchain.kind != "clang":
        return f"{toolchain.argv[0]} is {toolchain.name}, not clang"
    if not OLDEST_CLANG <= toolchain.major <= NEWEST_CLANG:
        return f"{toolchain.argv[0]} is clang {toolchain.major}; {OLDEST_CLANG} to {NEWEST_CLANG} can be used"
    return ""


def _clangs_on_path() -> Iterator[Toolchain]:
    for name in ("clang", *(f"clang-{major}" for major in range(NEWEST_CLANG, OLDEST_CLANG - 1, -1))):
        path = shutil.which(name)
        if path is None:
            continue
        try:
            toolchain = _probe_program(path, "PATH")
        except CompilerError:
            continue
        if not _fit(toolchain):
            yield toolchain


def find_lowering_clang(explicit: str | None = None) -> Toolchain:
    """The clang that turns C into the prover's IR.

    `explicit`, else the environment's VECASSIST_CLANG, must be fit or ToolMissing is raised.
    Otherwise a clang on PATH (plain name first, then the highest version), else the one of the wheel.
    """
    for wanted, origin in ((explicit, "explicit"), (os.environ.get("VECASSIST_CLANG"), "VECASSIST_CLANG")):
        if wanted:
            toolchain = resolve(wanted, origin)
            why = _fit(toolchain)
            if why:
                raise ToolMissing(why)
            return toolchain
    # Each that is asked for its version costs a caller's time.
    if (found := next(_clangs_on_path(), None)) is not None:
        return found
    try:
        return wheel_clang()
    except CompilerError as error:
        raise ToolMissing(f"no clang {OLDEST_CLANG} to {NEWEST_CLANG} on PATH, and {error}") from error


def find_compilers() -> tuple[Toolchain, ...]:
    """The compilers to ask for remarks and timings: gcc, the clangs on PATH, the wheel's; one a version."""
    found: list[Toolchain] = []
    gcc = shutil.which("gcc")
    if gcc:
        with contextlib.suppress(CompilerError):
            found.append(_probe_program(gcc, "PATH"))
    found.extend(_clangs_on_path())
    with contextlib.suppress(CompilerError):
        found.append(wheel_clang())
    unique = {toolchain.name: toolchain for toolchain in reversed(found)}
    return tuple(toolchain for toolchain in found if unique[toolchain.name] is toolchain)


def split_launcher(argv: Sequence[str]) -> tuple[str, ...]:
    """A compile command without the programs in front of the compiler (ccache, `env X=1`, `vecassist cc`)."""
    rest = list(argv)
    while len(rest) > 1:
        program = Path(rest[0]).name
        if program in _LAUNCHERS:
            rest = rest[1:]
            while len(rest) > 1 and re.fullmatch(r"\w+=.*", rest[0]):
                rest = rest[1:]
        elif program == "vecassist" and rest[1] == "cc":
            rest = rest[2:]
        else:
            break
    return tuple(rest)


def resolve(name: str, origin: str = "PATH") -> Toolchain:
    """The compiler that a command spells as `name`: on PATH, a path, or "wheel". Else ToolMissing."""
    if name == WHEEL:
        return wheel_clang()
    path = shutil.which(name)
    if path is None:
        raise ToolMissing(
            f"compiler {name} is not on PATH" if "/" not in name else f"compiler {name} is missing"
        )
    return _probe_program(path, origin)


def describe(toolchain: Toolchain) -> str:
    """One line for `doctor`: which compiler this is and why it was taken."""
    why = {
        "PATH": "found on PATH",
        "explicit": "named by --clang",
        "VECASSIST_CLANG": "named by VECASSIST_CLANG",
        WHEEL: "from the package ziglang",
    }.get(toolchain.origin, toolchain.origin)
    return f"{toolchain.version} for {toolchain.target} ({why}: {toolchain.argv[0]})"


def describe_lowering(explicit: str | None = None) -> str:
    """One line for `doctor`: the clang that lowers, or why there is none."""
    try:
        return describe(find_lowering_clang(explicit))
    except CompilerError as error:
        return str(error)

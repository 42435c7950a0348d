"""`make bench-frontend DIR="PATH..."`: how much of real C projects the front end takes, and what a scan costs.

For each folder with a compile_commands.json (or C files, with flags after `--`): translation units and functions
parsed of all, loops, and the time of `vecassist scan`, cold and warm, by that of compiling everything once with the
commands' own compiler, and with each compiler that scan asks. How many functions there are is told by gcc (-aux-info):
those that stand outside of system headers, each once; one is parsed if it is in every unit that defines it.
A table goes to standard output, one JSON object to `--out`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from compiler.errors import CompilerError
from compiler.flags import compile_args
from compiler.process import checked, run
from compiler.toolchain import Toolchain, resolve
from vecassist.errors import UserError
from vecassist.model import Unit
from vecassist.scan.ctype import kind
from vecassist.scan.parse import parse_unit
from vecassist.survey import compilers_in_use
from vecassist.units import Request, select

_DEFINED = re.compile(r"^/\* (.+):(\d+):[NOI]F \*/ .*?(\w+) \(", re.MULTILINE)
_MARKER = re.compile(r'^# \d+ "((?:[^"\\]|\\.)*)"((?: \d)*)', re.MULTILINE)
_SECONDS = 1800.0

Function = tuple[str, str, str]
"""File, line and name."""


@dataclass(frozen=True, slots=True)
class Row:
    """One project. compile, compile_all, cold, warm: seconds; compile_all: by every compiler that scan asks."""

    name: str
    units: int
    units_parsed: int
    functions: int
    functions_parsed: int
    loops: int
    compile: float
    compile_all: float
    cold: float
    warm: float
    skipped: tuple[str, ...]


def defined(unit: Unit, gcc: Toolchain) -> dict[str, Function]:
    """The functions that a unit defines outside of system headers, by name. Raises CompilerError."""
    here, base = unit.directory, [*gcc.argv, *compile_args(unit.args), "-w", "-x", "c", str(unit.path)]
    with tempfile.TemporaryDirectory() as scratch:
        listed = Path(scratch) / "functions"
        checked(run([*base, "-fsyntax-only", "-aux-info", str(listed)], cwd=here, timeout=_SECONDS))
        told = listed.read_text("utf-8", "surrogateescape")
    text = checked(run([*base, "-E", "-o", "-"], cwd=here, timeout=_SECONDS)).stdout
    marks = _MARKER.findall(text.decode("utf-8", "surrogateescape"))
    # The mark that enters a file counts: within it, one also stands around what a system header's macro gave.
    system = {name for name, flags in marks if {"1", "3"} <= set(flags.split())}
    return {
        name: (str((here / file).resolve()), line, name)
        for file, line, name in _DEFINED.findall(told)
        if file not in system
    }


def parsed(unit: Unit) -> frozenset[str]:
    """The names of the functions in the unit's tree. Raises UserError."""
    tree = parse_unit(unit).tree
    return frozenset(node.decl.name for node in tree.ext if kind(node) == "FuncDef")


def compiled(units: Sequence[Unit], tools: Sequence[Toolchain], jobs: int) -> float:
    """Seconds for compiling every unit once with each of the compilers; one that refuses costs what it took."""

    def one(job: tuple[Unit, Toolchain]) -> None:
        unit, tool = job
        flags = ["-w", "-c", "-x", "c", str(unit.path), "-o", os.devnull]
        run([*tool.argv, *compile_args(unit.args), *flags], cwd=unit.directory, timeout=_SECONDS)

    start = time.perf_counter()
    with ThreadPoolExecutor(jobs) as executor:
        list(executor.map(one, [(unit, tool) for unit in units for tool in tools]))
    return time.perf_counter() - start


def scanned(folder: Path, flags: tuple[str, ...] | None, jobs: int, cache: str) -> tuple[float, int]:
    """Seconds and loops of one `vecassist scan`. Raises UserError where it fails."""
    what = [str(folder)] if flags is not None else ["-p", str(folder)]
    rest = ["--", *flags] if flags is not None else []
    command = [sys.executable, "-m", "vecassist", "scan", *what, "-q", "-j", str(jobs)]
    start = time.perf_counter()
    done = run(
        [*command, "--output-format", "json", *rest], timeout=_SECONDS, env={"VECASSIST_CACHE_DIR": cache}
    )
    seconds = time.perf_counter() - start
    if done.returncode not in (0, 1):
        raise UserError(f"{folder}: scan failed: {done.err.strip()}")
    return seconds, json.loads(done.out)["totals"]["loops"]


def measure(folder: Path, flags: tuple[str, ...] | None, jobs: int) -> Row:
    """Everything about one project. Raises UserError or CompilerError where it cannot be compiled at all."""
    paths, build = ((folder,), None) if flags is not None else ((), folder)
    units = select(Request(paths, build, flags)).units
    gcc = resolve("gcc")
    every: dict[Function, bool] = {}
    whole = 0
    for unit in units:
        functions = defined(unit, gcc)
        try:
            names = parsed(unit)
            whole += 1
        except (UserError, CompilerError):
            names = frozenset[str]()
        for name, function in functions.items():
            every[function] = every.get(function, True) and name in names
    own = {unit.compiler: resolve(unit.compiler) for unit in units}
    once = sum(compiled([unit for unit in units if unit.compiler == name], [own[name]], jobs) for name in own)
    asked = tuple({tool.name: tool for tool in (*own.values(), *compilers_in_use())}.values())
    each = compiled(units, asked, jobs)
    with tempfile.TemporaryDirectory() as cache:
        cold, loops = scanned(folder, flags, jobs, cache)
        warm, _ = scanned(folder, flags, jobs, cache)
    lost = tuple(f"{file}:{line}: {name}" for (file, line, name), good in every.items() if not good)
    taken = sum(every.values())
    return Row(
        folder.resolve().name, len(units), whole, len(every), taken, loops, once, each, cold, warm, lost
    )


def table(rows: Sequence[Row]) -> Iterator[str]:
    """The lines to print."""
    head = (
        "project",
        "units",
        "functions",
        "%",
        "loops",
        "compile s",
        "all s",
        "cold",
        "warm",
        "cold/all",
        "warm/all",
    )
    yield " ".join(f"{word:>11}" for word in head)
    for row in rows:
        share = 100 * row.functions_parsed / max(1, row.functions)
        cells = (
            row.name,
            f"{row.units_parsed}/{row.units}",
            f"{row.functions_parsed}/{row.functions}",
            f"{share:.1f}",
            str(row.loops),
            f"{row.compile:.2f}",
            f"{row.compile_all:.2f}",
            *(f"{seconds / row.compile:.2f}" for seconds in (row.cold, row.warm)),
            *(f"{seconds / row.compile_all:.2f}" for seconds in (row.cold, row.warm)),
        )
        yield " ".join(f"{cell:>11}" for cell in cells)


def main(arguments: Sequence[str]) -> int:
    """Exit code 0 where all could be measured, else 2."""
    words, dashes, rest = list(arguments), "--" in arguments, ()
    if dashes:
        at = words.index("--")
        words, rest = words[:at], tuple(words[at + 1 :])
    parser = argparse.ArgumentParser(prog="bench-frontend")
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-o", "--out", type=Path)
    asked = parser.parse_args(words)
    rows: list[Row] = []
    failed = False
    for folder in asked.folders:
        try:
            rows.append(measure(folder, rest if dashes else None, asked.jobs))
        except (UserError, CompilerError) as error:
            sys.stderr.write(f"{folder}: {error}\n")
            failed = True
    sys.stdout.write("\n".join(table(rows)) + "\n")
    if asked.out:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", "utf-8")
    return 2 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

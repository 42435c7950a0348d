"""Units from text, and compilers to try what comes out."""

from __future__ import annotations

import functools
from pathlib import Path

from compiler.process import run
from compiler.toolchain import resolve
from vecassist.model import Site, Unit
from vecassist.scan.sites import Scan, scan_unit


def unit(folder: Path, text: str | bytes, name: str = "unit.c", args: tuple[str, ...] = ()) -> Unit:
    data = text.encode() if isinstance(text, str) else text
    (folder / name).write_bytes(data)
    return Unit(Path(name), folder, "gcc", args)


def scan(folder: Path, text: str | bytes, args: tuple[str, ...] = ()) -> Scan:
    return scan_unit(unit(folder, text, args=args))


def only(folder: Path, text: str | bytes, args: tuple[str, ...] = ()) -> Site:
    found = scan(folder, text, args)
    assert len(found.sites) == 1, found
    return found.sites[0]


def reasons(found: Scan) -> list[str]:
    return [skip.reason for skip in found.skipped]


@functools.cache
def _argv(name: str) -> tuple[str, ...]:
    return resolve(name).argv


def compiles(folder: Path, text: str, *flags: str, compilers: tuple[str, ...] = ("gcc", "wheel")) -> None:
    """Assert that every compiler takes `text` without an error."""
    (folder / "outlined.c").write_bytes(text.encode("latin-1"))
    for name in compilers:
        done = run([*_argv(name), *flags, "-w", "-fsyntax-only", "outlined.c"], cwd=folder)
        assert done.returncode == 0, f"{name}: {done.err}\n{text}"

"""`vecassist doctor`: which compilers and libraries are used, and why."""

from __future__ import annotations

import platform
from pathlib import Path

import click

from vecassist.cli import options, output


@click.command(name="doctor")
@click.option("-p", "build", metavar="BUILD", help="Look at a build: would rewrites reach its objects?")
@options.clang
@options.output_format("text", "json")
def command(build: str | None, clang_path: str | None, output_format: str) -> int:
    """Show which compilers and libraries are used, and why; exit code 1 where something needed is missing."""
    from compiler.toolchain import describe, describe_lowering, find_compilers

    faults = _faults(clang_path)
    compilers = find_compilers()
    rows = [("lowering for the prover", describe_lowering(clang_path))]
    rows += [(f"compiler {tool.name}", describe(tool)) for tool in compilers]
    rows += [("python", platform.python_version()), *_libraries(), ("model", _model())]
    if build is not None:
        import os

        from vecassist.cc.doctor import look

        found = look(Path(build), os.environ)
        rows += found.rows
        faults += found.problems
    if output_format == "json":
        output.json_object({"checks": dict(rows), "problems": faults})
        return 1 if faults else 0
    width = max(len(name) for name, _ in rows)
    for name, text in rows:
        output.line(f"{name.ljust(width)}  {text}")
    for text in faults:
        output.line(f"problem: {text}")
    return 1 if faults else 0


def _faults(clang_path: str | None) -> list[str]:
    import compiler
    import verify
    from compiler.errors import CompilerError
    from compiler.toolchain import WHEEL, find_compilers, find_lowering_clang

    found: list[str] = []
    try:
        find_lowering_clang(clang_path)
    except CompilerError as error:
        found.append(str(error))
    installed = [tool for tool in find_compilers() if tool.origin != WHEEL]
    if installed and not any(tool.kind == "gcc" for tool in installed):
        found.append("no gcc on PATH: timings need a compiler that can link")
    home = Path(__file__).resolve().parents[2]
    for package in (compiler, verify):
        if package.__file__ is None or not Path(package.__file__).resolve().is_relative_to(home):
            found.append(f"another package named {package.__name__} hides ours: {package.__file__}")
    if not installed:
        found.append(
            "optimize cannot run, there is neither gcc nor clang on PATH: install gcc with your package manager "
            "(Debian: apt install gcc), or put the folder of one on PATH"
        )
    return found


def _libraries() -> list[tuple[str, str]]:
    from importlib.metadata import PackageNotFoundError, version

    rows: list[tuple[str, str]] = []
    for name in ("llvmlite", "z3-solver", "islpy", "pycparser", "ziglang", "openai"):
        try:
            rows.append((name, version(name)))
        except PackageNotFoundError:
            rows.append((name, "not installed"))
    return rows


def _model() -> str:
    from vecassist.config import load
    from vecassist.propose.llm.access import Denied, access
    from vecassist.store.files import repository_root

    root = repository_root(Path.cwd())
    server = access(load(root), root)
    return server.reason if isinstance(server, Denied) else f"{server.model} at {server.base_url}"

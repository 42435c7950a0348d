"""Which commands are touched: the Python part and the launcher agree on it."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from builds import make

from compiler.flaglist import flag_list
from compiler.toolchain import split_launcher
from vecassist.cc.arguments import LAUNCHERS, VALUE_FLAGS, Compilation, compiler_index, read

LEFT_ALONE = {
    "gcc src/k.c": "linking",
    "gcc -E src/k.c": "preprocessing",
    "gcc -c -E src/k.c": "preprocessing",
    "gcc -M src/k.c": "dependencies-only",
    "gcc -MM -c src/k.c": "dependencies-only",
    "gcc -S src/k.c": "assembly",
    "gcc -fsyntax-only src/k.c": "no-object",
    "gcc -### -c src/k.c": "no-object",
    "gcc -c src/k.c src/k.c": "several-inputs",
    "gcc --version": "no-input",
    "gcc -c": "no-input",
    "gcc -c k.s": "not-c",
    "gcc -c k.i": "not-c",
    "gcc -x c -c src/k.c": "language-option",
    "gcc -xc -c src/k.c": "language-option",
    "gcc -c @args": "response-file",
    "gcc -c -": "stdin",
    "gcc -c src/k.c -o -": "output-to-stdout",
    "gcc -c -save-temps=obj src/k.c": "intermediate-files",
    "gcc -c -frecord-gcc-switches src/k.c": "records-the-command",
    "ccache gcc src/k.c": "linking",
    "env A=1 gcc -E src/k.c": "preprocessing",
    "gcc -c -I src -o src/k.c.o none.c": "no-store",
}


@pytest.mark.parametrize("command", LEFT_ALONE)
def test_commands_that_are_left_alone(command: str) -> None:
    found = read(shlex.split(command), {})
    reason = LEFT_ALONE[command]
    if reason == "no-store":
        assert isinstance(found, Compilation)
        assert found.name == "none.c"
    else:
        assert found == reason


def test_dependencies_by_environment() -> None:
    assert read(["gcc", "-c", "k.c"], {"DEPENDENCIES_OUTPUT": "x"}) == "environment"


@pytest.mark.parametrize("command", ["gcc -c k.c", "gcc -MMD -MF k.d -MT k.o -o k.o -c -DX=1 -D Y k.c -g"])
def test_compilations(command: str) -> None:
    found = read(shlex.split(command), {})
    assert isinstance(found, Compilation)
    assert found.name == "k.c"


def test_lists_agree_with_the_compiler_package() -> None:
    assert set(flag_list().separate) <= set(VALUE_FLAGS)
    for name in LAUNCHERS:
        words = [f"/usr/bin/{name}", *(["A=1"] if name == "env" else []), "gcc", "-c", "k.c"]
        assert tuple(words[compiler_index(words) :]) == split_launcher(words)


def test_the_launcher_counts_the_same_reasons(tmp_path: Path, launcher: Path) -> None:
    build = make(tmp_path / "p", (str(launcher), "cc"))
    script = tmp_path / "gcc"
    script.write_text("#!/bin/sh\nexit 7\n")
    script.chmod(0o755)
    for command, reason in LEFT_ALONE.items():
        words = shlex.split(command)
        env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
        words = words if "ccache" not in words else words[1:]
        expected = "no-entries" if reason == "no-store" else reason
        (build.folder / "none.c").write_text("int x;\n")
        assert build.run(*words, **env).returncode == 7
        seen = build.events()
        if expected == "no-entries" and seen != [expected]:
            build.run(*words, **env)
            seen = build.events()
        assert seen == [expected], command

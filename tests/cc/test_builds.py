"""Whole builds: make, CMake, Meson and Autotools, alone and with ccache before and behind."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from builds import AFTER, HEADER, SOURCE, Build, store

MAKEFILE = """\
CFLAGS = -O2 -ffp-contract=off
k: k.o
\t$(CC) $(CFLAGS) k.o -o k
k.o: src/k.c src/scale.h
\t$(CC) $(CFLAGS) -MMD -c src/k.c -o k.o
"""
CMAKE = """\
cmake_minimum_required(VERSION 3.13)
project(k C)
add_executable(k src/k.c)
"""
MESON = "project('k', 'c', default_options: ['optimization=2'])\nexecutable('k', 'src/k.c')\n"
CONFIGURE = """\
AC_INIT([k], [1])
AM_INIT_AUTOMAKE([foreign subdir-objects])
AC_PROG_CC
AC_CONFIG_FILES([Makefile])
AC_OUTPUT
"""
AUTOMAKE = "bin_PROGRAMS = k\nk_SOURCES = src/k.c src/scale.h\n"


@pytest.fixture
def tree(tmp_path: Path, warm: Build) -> Build:
    """The sources with their store in a folder that no build has seen; the proof is on record."""
    folder = tmp_path / "tree"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "k.c").write_text(SOURCE)
    (folder / "src" / "scale.h").write_text(HEADER)
    (folder / ".git").mkdir()
    store(folder, AFTER)
    return Build(folder, warm.cache, warm.start)


def needs(*tools: str) -> None:
    for tool in tools:
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed")


def do(build: Build, *words: str, **environment: str) -> None:
    done = subprocess.run(
        words,
        cwd=build.folder,
        env=build.environment | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def check(build: Build, program: str) -> list[str]:
    """The program is right and was built with the rewrite; returns all events of the build."""
    events = build.events()
    assert events.count("applied") == 1, events
    assert " 16 " in build.plain(f"./{program}").stdout.decode()
    assert "not-prepared" not in events
    assert "internal-error" not in events
    return events


def test_make(tree: Build) -> None:
    (tree.folder / "Makefile").write_text(MAKEFILE)
    do(tree, "make", f"CC={' '.join(tree.start)} gcc")
    assert check(tree, "k") == ["compiled", "applied", "linking"]
    assert (tree.folder / "k.d").read_text() == "k.o: src/k.c src/scale.h\n"


@pytest.mark.parametrize("generator", ["Ninja", "Unix Makefiles"])
def test_cmake(tree: Build, generator: str) -> None:
    needs("cmake", "ninja" if generator == "Ninja" else "make")
    (tree.folder / "CMakeLists.txt").write_text(CMAKE)
    flags = "-O2 -ffp-contract=off"
    launcher = f"-DCMAKE_C_COMPILER_LAUNCHER={';'.join(tree.start)}"
    do(tree, "cmake", "-G", generator, launcher, f"-DCMAKE_C_FLAGS={flags}", "-S", ".", "-B", "build")
    do(tree, "cmake", "--build", "build")
    check(tree, "build/k")


def test_meson(tree: Build) -> None:
    needs("meson", "ninja")
    (tree.folder / "meson.build").write_text(MESON)
    compiler = f"{' '.join(tree.start)} gcc"
    do(tree, "meson", "setup", "build", CC=compiler, CFLAGS="-ffp-contract=off")
    do(tree, "ninja", "-C", "build")
    check(tree, "build/k")


def test_autotools(tree: Build) -> None:
    needs("autoreconf", "automake", "make")
    (tree.folder / "configure.ac").write_text(CONFIGURE)
    (tree.folder / "Makefile.am").write_text(AUTOMAKE)
    do(tree, "autoreconf", "-i")
    do(tree, "./configure", CC=f"{' '.join(tree.start)} gcc", CFLAGS="-O2 -ffp-contract=off")
    do(tree, "make")
    check(tree, "k")
    assert "./src/k.c" in (tree.folder / "src" / ".deps" / "k.Po").read_text() or (
        "src/k.c" in (tree.folder / "src" / ".deps" / "k.Po").read_text()
    )


@pytest.mark.parametrize("order", ["before", "behind", "masquerade"])
def test_ccache(tree: Build, tmp_path: Path, launcher: Path, order: str) -> None:
    needs("ccache")
    (tree.folder / "Makefile").write_text(MAKEFILE)
    environment = {"CCACHE_DIR": str(tmp_path / "ccache")}
    compiler = f"{' '.join(tree.start)} ccache gcc"
    if order == "behind":
        compiler = "ccache gcc"
        environment["CCACHE_PREFIX"] = f"{tree.start[0]}-cc"
        assert os.path.exists(environment["CCACHE_PREFIX"])
    elif order == "masquerade":
        compiler = "ccache gcc"
        (tmp_path / "links").mkdir()
        (tmp_path / "links" / "gcc").symlink_to(launcher)
        environment["PATH"] = f"{tmp_path / 'links'}:{os.environ['PATH']}"
    do(tree, "make", f"CC={compiler}", **environment)
    check(tree, "k")
    first = (tree.folder / "k.o").read_bytes()
    for name in ("k.o", "k.d", "k"):
        (tree.folder / name).unlink()
    do(tree, "make", f"CC={compiler}", **environment)
    assert (tree.folder / "k.o").read_bytes() == first
    assert (tree.folder / "k.d").read_text() == "k.o: src/k.c src/scale.h\n"
    said = tree.plain("ccache", "--print-stats", **environment).stdout.decode()
    assert "direct_cache_hit\t1" in said or "preprocessed_cache_hit\t1" in said

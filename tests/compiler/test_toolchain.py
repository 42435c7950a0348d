from __future__ import annotations

import os
from pathlib import Path

import pytest

from compiler import toolchain
from compiler.errors import ToolMissing
from compiler.toolchain import find_compilers, find_lowering_clang, parse_version, resolve, split_launcher


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Debian clang version 19.1.7 (3~deb12u1)\nTarget: x", ("clang", 19)),
        ("clang version 22.1.8\nTarget: x86_64-unknown-linux-musl", ("clang", 22)),
        ("Apple clang version 15.0.0 (clang-1500)", None),
        (
            "gcc (Debian 12.2.0-14+deb12u1) 12.2.0\nCopyright (C) 2022 Free Software Foundation, Inc.",
            ("gcc", 12),
        ),
        ("cc (GCC) 13.2.1 20240101\nCopyright (C) Free Software Foundation", ("gcc", 13)),
        ("icc (ICC) 2021.1", None),
        ("", None),
    ],
)
def test_parse_version(text: str, expected: object) -> None:
    assert parse_version(text) == expected


def test_compilers_of_this_machine() -> None:
    found = find_compilers()
    assert {"gcc", "clang"} <= {one.kind for one in found}
    assert len({one.name for one in found}) == len(found)
    assert all("linux" in one.target for one in found)


def test_lowering_clang_is_fit() -> None:
    clang = find_lowering_clang()
    assert clang.kind == "clang"
    assert 17 <= clang.major <= 22


def test_wheel_when_path_has_no_clang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gcc = resolve("gcc")
    (tmp_path / "gcc").symlink_to(gcc.argv[0])
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("VECASSIST_CLANG", raising=False)
    assert find_lowering_clang().origin == "wheel"


def test_explicit_clang_must_be_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ToolMissing, match="not clang"):
        find_lowering_clang("gcc")
    with pytest.raises(ToolMissing, match="not on PATH"):
        find_lowering_clang("clang-99")
    old = tmp_path / "clang"
    old.write_text("#!/bin/sh\necho clang version 14.0.6\n")
    old.chmod(0o755)
    monkeypatch.setenv("VECASSIST_CLANG", str(old))
    with pytest.raises(ToolMissing, match="clang 14; 17 to 22"):
        find_lowering_clang()
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("VECASSIST_CLANG")
    assert find_lowering_clang().argv[0] != str(old)


def test_a_program_that_is_no_compiler() -> None:
    with pytest.raises(ToolMissing, match="neither gcc nor clang"):
        resolve("true")


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["gcc", "-c"], ("gcc", "-c")),
        (["ccache", "gcc", "-c"], ("gcc", "-c")),
        (["env", "X=1", "Y=2", "/usr/bin/ccache", "clang"], ("clang",)),
        (["vecassist", "cc", "gcc"], ("gcc",)),
        (["ccache"], ("ccache",)),
    ],
)
def test_split_launcher(argv: list[str], expected: tuple[str, ...]) -> None:
    assert split_launcher(argv) == expected


def test_describe_names_the_origin() -> None:
    assert "ziglang" in toolchain.describe(toolchain.wheel_clang())
    assert "PATH" in toolchain.describe(resolve("gcc"))

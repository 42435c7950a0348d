from __future__ import annotations

from pathlib import Path

import pytest

from compiler.errors import CompileFailed, UnsupportedFlag
from compiler.lower import lower
from compiler.toolchain import Toolchain

LOOP = "void f(float *a, float b, int n) { for (int i = 0; i < n; i++) a[i] = a[i] * b + 1.0f; }\n"
UNIT = Path("unit.c")


def test_unoptimized_with_debug_lines(clang: Toolchain, tmp_path: Path) -> None:
    ir = lower(clang, LOOP, UNIT, tmp_path, ["-O3", "-fopt-info-vec", "-Wall", "-march=native"])
    for part in ("alloca", "for.cond", "!llvm.loop", "!tbaa", "fmul float", "fadd float", "DILocation"):
        assert part in ir
    assert "fmuladd" not in ir


def test_the_text_stands_in_for_the_file(clang: Toolchain, tmp_path: Path) -> None:
    source = tmp_path / "src"
    source.mkdir()
    build = tmp_path / "build"
    build.mkdir()
    (source / "near.h").write_text("#define NEAR 41\n")
    (build / "near.h").write_text("#define NEAR 13\n")
    text = '#include "near.h"\nint f(void) { return NEAR; }\nconst char *g(void) { return __FILE__; }\n'
    name = Path("../src/unit.c")
    apart = lower(clang, text, name, build, [])
    (source / "unit.c").write_text("#error the file itself is not compiled\n")
    over = lower(clang, text, name, build, [])
    for ir in (apart, over):
        assert "ret i32 41" in ir
        assert 'c"../src/unit.c\\00"' in ir
        assert 'source_filename = "../src/unit.c"' in ir
        assert str(tmp_path / "build") in ir
        assert "vecassist-unit" not in ir


def test_same_text_same_ir(clang: Toolchain, tmp_path: Path) -> None:
    text = LOOP + "const char *when(void) { return __DATE__ __TIME__; }\n"
    assert lower(clang, text, UNIT, tmp_path, []) == lower(clang, text, UNIT, tmp_path, [])


def test_meaning_follows_the_flags(clang: Toolchain, tmp_path: Path) -> None:
    text = "int f(int a) { return a + 1; } float g(float a) { return a + 1; } int h(char c) { return c; }\n"
    plain = lower(clang, text, UNIT, tmp_path, [])
    changed = lower(clang, text, UNIT, tmp_path, ["-fwrapv", "-Ofast", "-funsigned-char"])
    assert "add nsw i32" in plain
    assert "add nsw i32" not in changed
    assert "fadd float" in plain
    assert "fadd fast float" in changed
    assert "zext i8" in changed


def test_macros_of_the_level(clang: Toolchain, tmp_path: Path) -> None:
    text = """int f(void) {
#if defined __OPTIMIZE_SIZE__
    return 2;
#elif defined __OPTIMIZE__
    return 1;
#else
    return 0;
#endif
}
"""
    for args, expected in (([], 0), (["-O3"], 1), (["-Os"], 2)):
        assert f"ret i32 {expected}" in lower(clang, text, UNIT, tmp_path, args)


def test_old_c_is_only_old(clang: Toolchain, tmp_path: Path) -> None:
    text = "void f(void) { g(); }\n"
    assert "call" in lower(clang, text, UNIT, tmp_path, ["-std=gnu99", "-pedantic-errors", "-Werror"])


def test_errors_name_file_and_line(clang: Toolchain, tmp_path: Path) -> None:
    with pytest.raises(CompileFailed, match=r"^unit\.c:2:\d+: error: ") as caught:
        lower(clang, "int x;\nint y = z;\n", UNIT, tmp_path, [])
    assert "\n" not in str(caught.value)
    with pytest.raises(UnsupportedFlag, match="-fsanitize=undefined"):
        lower(clang, LOOP, UNIT, tmp_path, ["-fsanitize=undefined"])


def test_bytes_and_latin1_text_agree(clang: Toolchain, tmp_path: Path) -> None:
    raw = 'const char *s(void) { return "ä→"; }\n'.encode()
    first = lower(clang, raw, UNIT, tmp_path, [])
    assert first == lower(clang, raw.decode("latin-1"), UNIT, tmp_path, [])
    assert first == lower(clang, raw.decode("utf-8"), UNIT, tmp_path, [])

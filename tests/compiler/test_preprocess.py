from __future__ import annotations

from pathlib import Path

import pytest

from compiler.errors import CompileFailed
from compiler.preprocess import preprocess
from compiler.toolchain import Toolchain


def test_replaced_text_with_line_markers(toolchain: Toolchain, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "k.h").write_text("int from_header;\n")
    unit = tmp_path / "src" / "unit.c"
    unit.write_text("int original;\n")
    name = Path("src/unit.c")
    assert "int original;" in preprocess(toolchain, name, tmp_path, [])
    text = '#include "k.h"\n#ifdef __clang__\nint c;\n#else\nint g;\n#endif\nconst char *w = __FILE__; V;\n'
    out = preprocess(toolchain, name, tmp_path, ["-DV=int v = 7", "-MD", "-Werror"], text=text)
    assert '# 7 "src/unit.c"' in out or '# 2 "src/unit.c" 2' in out
    assert "int from_header;" in out
    assert f"int {toolchain.kind[0]};" in out
    assert '"src/unit.c"; int v = 7;' in out
    assert "vecassist-unit" not in out
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["k.h", "src", "unit.c"]


def test_bytes_survive(toolchain: Toolchain, tmp_path: Path) -> None:
    raw = b'const char *s = "\xe9\xc3\xa9";\n'
    out = preprocess(toolchain, Path("unit.c"), tmp_path, [], text=raw)
    assert raw.decode("latin-1").strip() in out


def test_missing_header(toolchain: Toolchain, tmp_path: Path) -> None:
    with pytest.raises(CompileFailed, match=r"unit\.c:1.*none\.h"):
        preprocess(toolchain, Path("unit.c"), tmp_path, [], text='#include "none.h"\n')

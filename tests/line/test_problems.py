"""Problems for the prover: what a compile command means, and text that depends on the compiler."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.errors import UnsupportedFlag
from compiler.toolchain import find_lowering_clang, resolve
from vecassist.problems import Place, dependent, problem, semantics


def place(tmp_path: Path, *args: str) -> Place:
    return Place(tmp_path / "t.c", tmp_path, args, find_lowering_clang(), resolve("gcc"))


@pytest.mark.parametrize(
    ("args", "contract", "fma", "aliasing"),
    [
        ((), "fast", False, True),
        (("-ffp-contract=off",), "off", False, True),
        (("-mfma", "-fno-strict-aliasing"), "fast", True, False),
        (("-std=c11", "-march=x86-64-v3"), "off", True, True),
    ],
)
def test_semantics(args: tuple[str, ...], contract: str, fma: bool, aliasing: bool, tmp_path: Path) -> None:
    found = semantics(place(tmp_path, *args))
    assert (found.contract, found.fma_target, found.strict_aliasing, found.gcc) == (
        contract,
        fma,
        aliasing,
        True,
    )


def test_an_unlisted_flag_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFlag):
        problem(place(tmp_path, "-fnot-a-flag"), "void f(void) {}", "void f(void) {}", "f")


@pytest.mark.parametrize(
    ("body", "depends"),
    [
        ("return INT_MAX + 0L + SIZE_MAX;", False),
        ("return (int)(FLT_MAX * DBL_MIN);", False),
        ("return (int)INFINITY;", False),
        ("#ifdef __clang__\nreturn 1;\n#else\nreturn 2;\n#endif", True),
        ("return __GNUC__;", True),
    ],
)
def test_code_that_depends_on_the_compiler(body: str, depends: bool, tmp_path: Path) -> None:
    headers = "".join(f"#include <{name}.h>\n" for name in ("limits", "stdint", "float", "math"))
    text = f"{headers}int f(void) {{\n{body}\n}}\n"
    found = dependent(place(tmp_path), text, tmp_path / "t.c", "f")
    assert (found is not None) is depends, found
    if depends:
        assert problem(place(tmp_path), text, text, "f").after.promises == (found, found)

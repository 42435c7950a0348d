"""Promises in C text that IR need not show."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.preprocess import preprocess
from compiler.toolchain import find_lowering_clang
from vecassist.promises import added_promises, all_promises, function_tokens

BEFORE = "void f(float *a, float *b, int n) { for (int i = 0; i < n; i++) a[i] = b[i]; }\n"


def seen(text: str, tmp_path: Path) -> str:
    return preprocess(find_lowering_clang(), tmp_path / "f.c", tmp_path, (), text=text)


def added(after: str, tmp_path: Path, before: str = BEFORE) -> tuple[str, ...]:
    return added_promises(seen(before, tmp_path), seen(after, tmp_path), "f")


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (BEFORE, ()),
        (BEFORE.replace("float *a", "float *restrict a"), ("restrict",)),
        (BEFORE.replace("float *a", "float *__restrict__ a"), ("restrict",)),
        (BEFORE.replace("float *b", "float b[static 8]"), ("static bounds",)),
        (BEFORE.replace("for", "\n#pragma GCC ivdep\nfor"), ("pragma GCC ivdep",)),
        (BEFORE.replace("for", '_Pragma("omp simd") for'), ("pragma omp simd",)),
        (BEFORE.replace("for", "if (n < 0) __builtin_unreachable(); for"), ("unreachable",)),
        (BEFORE.replace("for", "__builtin_assume(n > 0); for"), ("assume",)),
        (
            BEFORE.replace("a[i] = b[i]", "a[i] = ((float *)__builtin_assume_aligned(b, 16))[i]"),
            ("__builtin_assume_aligned",),
        ),
        (BEFORE.replace("for", '__asm__ volatile(""); for'), ("asm",)),
        ("__attribute__((noinline, const)) " + BEFORE, ("attribute const",)),
        ("__attribute__((assume_aligned(64))) float *g(void);\n" + BEFORE, ("attribute assume_aligned",)),
        ("typedef float v4 __attribute__((vector_size(16)));\n" + BEFORE, ()),
        ("#include <immintrin.h>\n" + BEFORE, ()),
        (BEFORE.replace("for", "\n#pragma GCC unroll 4\nfor"), ()),
        (BEFORE.replace("a[i] = b[i]", 'a[i] = b[i] + sizeof "restrict"'), ()),
    ],
)
def test_added_promises(after: str, expected: tuple[str, ...], tmp_path: Path) -> None:
    assert added(after, tmp_path) == expected


def test_an_old_promise_counts_again_where_its_code_changed(tmp_path: Path) -> None:
    before = BEFORE.replace("for", "\n#pragma GCC ivdep\nfor")
    changed = before.replace("a[i] = b[i]", "a[i] = a[i + 1]")
    assert added(changed, tmp_path, before) == ("pragma GCC ivdep",)
    assert added(before + "int g;\n", tmp_path, before) == ()


def test_all_promises(tmp_path: Path) -> None:
    text = "void f(int *restrict a);\n#pragma omp simd\n"
    assert all_promises(seen(text, tmp_path)) == ("pragma omp simd", "restrict")


def test_function_tokens_skip_declarations_and_calls(tmp_path: Path) -> None:
    text = "int f(int);\nint g(void) { return f(1); }\nint f(int x) { return x; }\n"
    found = function_tokens(seen(text, tmp_path), "f")
    assert [token.text for token in found] == ["f", "(", "int", "x", ")", "{", "return", "x", ";", "}"]
    assert found[0].line == 3

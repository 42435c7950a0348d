"""Inputs for measurements: layouts from debug information, sizes from footprints."""

from __future__ import annotations

from pathlib import Path

import pytest

from compiler.lower import lower
from compiler.toolchain import find_lowering_clang
from vecassist.layouts import NoLayout, Pointer, Scalar, of_global, parameters
from vecassist.workload import HEADLINE, NoWorkload, inputs
from verify.ir.nodes import Module
from verify.ir.read import read
from verify.problem import Problem, Side

TYPES = """
#include <stdint.h>
struct pixel { uint8_t r, g, b, a; };
typedef struct { float re, im; double weight; } sample;
typedef struct { char tag; double value[2]; short end; } padded;
typedef enum { LOW, HIGH } level;
int table[4][8];
sample samples[3];
int f(struct pixel *p, const sample *restrict q, uint8_t *s, double (*m)[256], int n, unsigned char k, _Bool b,
      level e, float x, padded *w)
{
    return p[0].r + q[0].re + s[0] + m[0][0] + n + k + b + e + x + w[0].end + table[0][0] + samples[0].re;
}
"""


def module(text: str, tmp_path: Path) -> Module:
    return read(ir(text, tmp_path))


def ir(text: str, tmp_path: Path) -> str:
    return lower(find_lowering_clang(), text, tmp_path / "t.c", tmp_path, ("-ffp-contract=off",))


def test_layouts(tmp_path: Path) -> None:
    found = module(TYPES, tmp_path)
    assert parameters(found, found.functions["f"]) == (
        Pointer("p", "BBBB"),
        Pointer("q", "ffd"),
        Pointer("s", "B"),
        Pointer("m", "d"),
        Scalar("n", "i"),
        Scalar("k", "B"),
        Scalar("b", "?"),
        Scalar("e", "I"),
        Scalar("x", "f"),
        Pointer("w", "bxxxxxxxddhxxxxxx"),
    )
    assert of_global(found.layout, found.globals["table"]) == "i"
    assert of_global(found.layout, found.globals["samples"]) == "ffd"


@pytest.mark.parametrize(
    "declaration",
    [
        "float **p",
        "union { int i; float f; } *p",
        "struct { int a : 3; } *p",
        "struct { int *q; } *p",
        "void *p",
    ],
)
def test_contents_that_cannot_be_made_up(declaration: str, tmp_path: Path) -> None:
    found = module(f"int f({declaration}) {{ return p != 0; }}\n", tmp_path)
    with pytest.raises(NoLayout):
        parameters(found, found.functions["f"])


def problem(text: str, tmp_path: Path) -> Problem:
    side = Side(ir(text, tmp_path))
    return Problem(side, side, "f")


def test_sizes_follow_the_footprint(tmp_path: Path) -> None:
    text = "void f(float *x, const float *y, float k, int n) { for (int i = 1; i < n; i++) x[i] = k * y[i - 1]; }\n"
    made = inputs(problem(text, tmp_path))
    assert made.returns == "v"
    by_size = {workload.size: workload for workload in made.workloads}
    assert set(range(33)) <= set(by_size)
    assert by_size[5].ranges == {"x": (4, 20), "y": (0, 16)}
    assert by_size[0].ranges == {}
    (headline,) = [workload for workload in made.workloads if workload.headline]
    touched = sum(high - low for low, high in headline.ranges.values())
    assert HEADLINE <= touched < 1.2 * HEADLINE


def test_globals_alone_make_one_workload(tmp_path: Path) -> None:
    text = "int a[100], b[100];\nvoid f(void) { for (int i = 0; i < 100; i++) a[i] = b[99 - i]; }\n"
    made = inputs(problem(text, tmp_path))
    assert [one.name for one in made.globals] == ["a", "b"]
    assert [workload.ranges for workload in made.workloads] == [{"a": (0, 400), "b": (0, 400)}]


def test_a_scalar_that_is_only_data_gets_several_values(tmp_path: Path) -> None:
    text = "int a[100];\nvoid f(int k) { for (int i = 0; i < 100; i++) a[i] += k; }\n"
    made = inputs(problem(text, tmp_path))
    assert len({workload.scalars["k"] for workload in made.workloads}) > 3


def test_no_workload(tmp_path: Path) -> None:
    with pytest.raises(NoWorkload, match="no inputs can be made"):
        inputs(problem("int f(int **p) { return **p; }\n", tmp_path))

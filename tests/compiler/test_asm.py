from __future__ import annotations

import re
from pathlib import Path

import pytest

from compiler.asm import vectorized, vectorized_in
from compiler.listing import Work, loops, read_listing, work_of
from compiler.remarks import inspect
from compiler.toolchain import Toolchain

HERE = Path(__file__).parent
LOOPS = HERE / "loops.c"
X86_FLAGS = (("-O3",), ("-O3", "-mavx2"), ("-O3", "-march=x86-64-v4"))


def expected() -> list[tuple[int, str, bool]]:
    rows: list[tuple[int, str, bool]] = []
    for number, line in enumerate(LOOPS.read_text().splitlines(), 1):
        found = re.match(r"/\* (yes|no) \*/ .*?(\w+)\(", line)
        if found:
            rows.append((number, found[2], found[1] == "yes"))
    return rows


def wrong(toolchain: Toolchain, args: tuple[str, ...]) -> list[tuple[str, bool]]:
    inspection = inspect(toolchain, Path(LOOPS.name), HERE, args)
    found = ((name, vectorized_in(inspection, name, (line, line)), truth) for line, name, truth in expected())
    return [(name, truth) for name, told, truth in found if told != truth]


@pytest.mark.parametrize("args", X86_FLAGS, ids=lambda args: args[-1])
def test_loops_whose_truth_is_evident(toolchain: Toolchain, args: tuple[str, ...]) -> None:
    if "x86_64" not in toolchain.target:
        pytest.skip("the flags are those of x86-64")
    assert len(expected()) > 20
    assert wrong(toolchain, args) == []


def test_aarch64(clang: Toolchain) -> None:
    assert wrong(clang, ("-O3", "--target=aarch64-linux-gnu")) == []


def test_nothing_is_vectorized_without_optimization(toolchain: Toolchain) -> None:
    assert [name for name, _ in wrong(toolchain, ("-O0",))] == [
        name for _, name, truth in expected() if truth
    ]


def test_a_text_in_the_place_of_a_file(toolchain: Toolchain, tmp_path: Path) -> None:
    text = "static void g(float *a, int n) {\n  for (int i = 0; i < n; i++)\n    a[i] += 1;\n}\n"
    text += "void f(float *a, int n) {\n  g(a, n);\n  for (int i = 1; i < n; i++)\n    a[i] *= a[i - 1];\n}\n"
    unit = Path("unit.c")
    assert vectorized(toolchain, unit, tmp_path, ["-O3"], "g", (2, 3), text)
    assert not vectorized(toolchain, unit, tmp_path, ["-O3"], "f", (7, 8), text)


@pytest.mark.parametrize(
    ("text", "work"),
    [
        ("addps\t%xmm1, %xmm0", Work.FLOAT),
        ("vfmadd231pd\t(%rax), %ymm1, %ymm0", Work.FLOAT),
        ("addss\t(%rax), %xmm0", Work.SCALAR),
        ("vfmadd213sd\t%xmm1, %xmm2, %xmm0", Work.SCALAR),
        ("paddd\t%xmm1, %xmm0", Work.INT),
        ("pcmpeqd\t%xmm0, %xmm0", Work.NONE),
        ("pxor\t%xmm0, %xmm0", Work.NONE),
        ("vpxor\t%xmm0, %xmm0, %xmm0", Work.NONE),
        ("andps\t.LC0(%rip), %xmm0", Work.LOGIC),
        ("movups\t(%rdi,%rax), %xmm0", Work.MEMORY),
        ("movaps\t%xmm0, (%rsp)", Work.NONE),
        ("movaps\t%xmm0, -24(%rbp)", Work.NONE),
        ("movaps\t.LC1(%rip), %xmm2", Work.NONE),
        ("movaps\t%xmm0, %xmm1", Work.NONE),
        ("addl\t$1, %eax", Work.NONE),
        ("push\t%rbp", Work.NONE),
        ("fadd\tv0.4s, v0.4s, v1.4s", Work.FLOAT),
        ("fadd\ts0, s0, s1", Work.SCALAR),
        ("add\tv0.4s, v0.4s, v1.4s", Work.INT),
        ("ldp\tq0, q1, [x0], #32", Work.MEMORY),
        ("str\tq0, [sp, #16]", Work.NONE),
        ("cnt\tv0.8b, v0.8b", Work.NONE),
        ("add\tx0, x0, #16", Work.NONE),
    ],
)
def test_work_of_one_instruction(text: str, work: Work) -> None:
    assert work_of(text) is work


def test_innermost_loops() -> None:
    listing = read_listing(
        '\t.file 1 "a.c"\n\t.type f, @function\nf:\n.L1:\n\t.loc 1 3 1\n\taddl $1, %eax\n.L2:\n'
        "\taddl $2, %eax\n"
        "\tjne .L2\n\t.loc 1 5 1\n\tjmp .L1\n\t.size f, .-f\n",
        "src/a.c",
    )
    (body,) = listing.bodies("f")
    (inner,) = loops(body)
    assert [one.text for one in inner] == ["", "addl $2, %eax", "jne .L2"]
    assert {one.line for one in inner} == {3}

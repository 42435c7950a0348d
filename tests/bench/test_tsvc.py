"""The bench of a suite: on a small suite of the same build, from outside."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from subprocess import run

import pytest

from vecassist.bench.chart import bars
from vecassist.bench.equal import differing
from vecassist.bench.rows import geomean
from vecassist.bench.tsvc import FLAGS, functions, sources
from vecassist.errors import UserError

_HEADER = """
#include <stdio.h>
#include <sys/time.h>
#define iterations 1000
#define LEN_1D 512
#define LEN_2D 16
typedef float real_t;
struct args_t { struct timeval t1, t2; void *arg_info; };
extern real_t flat_2d_array[LEN_2D*LEN_2D], x[LEN_1D], a[LEN_1D], b[LEN_1D], c[LEN_1D], d[LEN_1D], e[LEN_1D],
    aa[LEN_2D][LEN_2D], bb[LEN_2D][LEN_2D], cc[LEN_2D][LEN_2D], tt[LEN_2D][LEN_2D];
extern int indx[LEN_1D];
void initialise_arrays(const char *name);
real_t calc_checksum(const char *name);
int dummy(real_t *a, real_t *b);
"""
_COMMON = """
#include "common.h"
real_t flat_2d_array[LEN_2D*LEN_2D], x[LEN_1D], aa[LEN_2D][LEN_2D], bb[LEN_2D][LEN_2D], cc[LEN_2D][LEN_2D],
    tt[LEN_2D][LEN_2D];
int indx[LEN_1D];
void initialise_arrays(const char *name) {
    printf("%s", name);
    for (int i = 0; i < LEN_1D; i++) { a[i] = i % 7; b[i] = i % 5 + 0.5f; c[i] = 0.25f * i; d[i] = 1; }
}
real_t calc_checksum(const char *name) {
    real_t sum = name[0];
    for (int i = 0; i < LEN_1D; i++) sum += a[i] + b[i];
    return sum;
}
"""
_SUITE = """
#include "common.h"
real_t a[LEN_1D], b[LEN_1D], c[LEN_1D], d[LEN_1D], e[LEN_1D];

real_t s901(struct args_t * func_args)
{
    initialise_arrays(__func__);
    for (int nl = 0; nl < iterations; nl++) {
        for (int i = 0; i < LEN_1D - 1; i++) {
            a[i] = b[i] * c[i];
            d[i] = a[i] + a[i + 1] * e[i];
        }
        dummy(a, b);
    }
    return calc_checksum(__func__);
}

real_t s902(struct args_t * func_args)
{
    initialise_arrays(__func__);
    for (int nl = 0; nl < iterations; nl++) {
        for (int i = 1; i < LEN_1D; i++) {
            b[i] = b[i - 1] * 0.5f + c[i];
        }
        dummy(a, b);
    }
    return calc_checksum(__func__);
}

typedef real_t (*test_function_t)(struct args_t *);

void time_function(test_function_t vector_func, void * arg_info)
{
    struct args_t func_args = {.arg_info = arg_info};
    double result = vector_func(&func_args);
    printf("%10.3f\\t%f\\n", 0.0, result);
}

int main(void) {
    time_function(&s901, 0);
    time_function(&s902, 0);
    return 0;
}
"""


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    folder = tmp_path / "suite" / "src"
    folder.mkdir(parents=True)
    (folder / "common.h").write_text(_HEADER)
    (folder / "common.c").write_text(_COMMON)
    (folder / "dummy.c").write_text(
        '#include "common.h"\nint dummy(real_t *a, real_t *b) { return a == b; }\n'
    )
    (folder / "tsvc.c").write_text(_SUITE)
    return folder


def test_the_whole_suite(suite: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vecassist", "bench", "tsvc", "--tsvc-dir", str(suite.parent)]
    done = run(
        [*command, "-o", str(tmp_path / "out"), "-j", "1"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    table = (tmp_path / "out" / "tsvc.csv").read_text().splitlines()
    rows = {row["function"]: row for row in csv.DictReader(table)}
    assert rows["s901"]["outcome"] == "accepted"
    assert rows["s901"]["proved"] == "yes"
    assert rows["s902"]["outcome"] != "accepted"
    assert rows["s902"]["strict"].startswith("no: each b needs the one before it")
    assert "2 functions run in both programs, 0 differ" in done.stdout
    assert "s901" in (tmp_path / "out" / "tsvc.svg").read_text()
    assert b"+++ b/tsvc.c" in (tmp_path / "out" / "tsvc.patch").read_bytes()
    assert (suite / "tsvc.c").read_text() == _SUITE
    _goes_on(command, tmp_path / "out", done.stdout)


def _goes_on(command: list[str], out: Path, told: str) -> None:
    """A run that was cut while it wrote the second function: only that one is worked on again."""
    journal = out / "tsvc.jsonl"
    head, first, second, _ = journal.read_text().split("\n")
    kept, cut = (first, second) if "s901" in first[:30] else (second, first)
    journal.write_text("\n".join([head, kept, cut[:40]]))
    again = run(
        [*command, "-o", str(out), "-j", "1", "--resume", "-v"], capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stderr
    assert "s901" not in again.stderr
    assert "[1/1] tsvc.c:1 s902: done" in again.stderr
    assert again.stdout == told
    journal.write_text(head.replace("-O3", "-O2") + "\n")
    other = run([*command, "-o", str(out), "--resume"], capture_output=True, text=True, check=False)
    assert other.returncode == 2
    assert "tsvc.jsonl: of another suite or other flags; remove it" in other.stderr


def test_a_program_that_computes_other_bits_is_seen(suite: Path, tmp_path: Path) -> None:
    from compiler.toolchain import resolve

    wrong = _SUITE.replace("* 0.5f", "* 0.50001f").encode()
    found = differing(suite, wrong, [resolve("gcc")], FLAGS, tmp_path / "scratch")
    assert list(found.values()) == [(2, ("s902",))]


def test_functions_and_folders(suite: Path, tmp_path: Path) -> None:
    assert list(functions(_SUITE)) == ["s901", "s902"]
    assert sources(suite.parent) == suite
    (suite / "dummy.c").unlink()
    with pytest.raises(UserError, match=r"dummy\.c not there"):
        sources(suite)
    with pytest.raises(UserError, match=r"no tsvc\.c"):
        sources(tmp_path)


def test_figures() -> None:
    assert geomean([2.0, 8.0]) == pytest.approx(4.0)
    assert geomean([]) == 1.0
    drawn = bars("a < b", [("s1", {"gcc": 2.0, "clang": 4.0})])
    assert "a &lt; b" in drawn
    assert drawn.count("<rect") == 5

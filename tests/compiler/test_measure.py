from __future__ import annotations

import statistics
from dataclasses import replace
from pathlib import Path

import pytest

from compiler.measure import (
    TICK_NS,
    _Samples,  # pyright: ignore[reportPrivateUsage]
    measure,
    median_interval,
)
from compiler.toolchain import Toolchain
from compiler.workload import Global, Mismatch, Parameter, Request, Timing, Unmeasurable, Workload

FLOATS = Parameter("a", "p", "f", 4)
INTS = Parameter("a", "p", "i", 4)
COUNT = Parameter("n", "i")


TYPES = {
    "f": "float",
    "i": "int",
    "d": "double",
    "I": "unsigned",
    "q": "long",
    "b": "char",
    "fxxxxd": "struct s",
}
WIDTHS = {"f": 4, "i": 4, "d": 8, "I": 4, "q": 8, "b": 1, "fxxxxd": 16}
RESULTS = {"void": "v", "float": "f", "int": "i", "double": "d", "char": "b"}


def declared(parameter: Parameter) -> str:
    pointer = parameter.code == "p"
    return (
        f"{TYPES[parameter.layout if pointer else parameter.code]} {'*' if pointer else ''}{parameter.name}"
    )


def request(
    before: str, after: str, parameters: tuple[Parameter, ...], result: str = "void", head: str = ""
) -> Request:
    """Two bodies as a request; each pointer is accessed for n elements."""
    accepted = ", ".join(map(declared, parameters))
    versions = (("before", before), ("after", after))
    text = "".join(f"\nstatic {result} k_{name}({accepted}) {{ {body} }}" for name, body in versions)
    loads = tuple(
        Workload(n, {"n": n}, {p.name: (0, n * WIDTHS[p.layout]) for p in parameters if p.code == "p"})
        for n in (0, 1, 7, 300)
    )
    place = (Path("unit.c"), Path.cwd(), ("-O3",))
    return Request(head + text + "\n", *place, "k", parameters, loads, RESULTS[result], seconds=0.04)


def loop(body: str) -> str:
    return f"for (int i = 0; i < n; i++) {{ {body} }}"


def test_a_faster_version(toolchain: Toolchain) -> None:
    slow = loop('a[i] = a[i] * 2 + 1; __asm__ volatile("" ::: "memory");')
    found = measure(toolchain, request(slow, loop("a[i] = a[i] * 2 + 1;"), (FLOATS, COUNT)))
    assert isinstance(found, Timing), found
    assert 1.2 < found.low <= found.ratio <= found.high
    assert found.before > found.after > 0
    assert found.samples >= 15
    assert found.compared == 4 * 12 * 2
    assert dict(found.by_size)[300] == found.ratio


def test_the_same_version_twice_is_no_gain(gcc: Toolchain) -> None:
    found = measure(gcc, request(loop("a[i] *= 3;"), loop("a[i] *= 3;"), (FLOATS, COUNT)))
    assert isinstance(found, Timing), found
    assert 0.7 < found.ratio < 1.4


ZERO = loop("a[i] = 0;")


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        (loop("a[i] += 1;"), loop("a[i] += i == 6 ? 2 : 1;"), "a"),
        (loop("a[i] += 1;"), loop("a[i] = (float)((double)a[i] + 1.0000001);"), "a"),
        (loop("a[i] = a[i] * 0;"), ZERO, "a"),
        (ZERO, loop("a[i] = -0.0f;"), "a"),
        (ZERO, "for (int i = 0; i < n - 1; i++) a[i] = 0;", "a"),
        (ZERO, "for (int i = 0; i <= n; i++) a[i] = 0;", "fault"),
        (ZERO, "for (int i = -1; i < n; i++) a[i] = 0;", "a"),
        (ZERO, "volatile float t = 0; for (int i = 0; i < n + 1; i++) t += a[i];" + ZERO, "fault"),
        (ZERO, ZERO + 'while (n == 7) __asm__ volatile("");', "no end"),
    ],
)
def test_a_wrong_rewrite_is_found(before: str, after: str, where: str, gcc: Toolchain) -> None:
    found = measure(gcc, request(before, after, (FLOATS, COUNT)))
    assert isinstance(found, Mismatch), found
    assert found.where == where
    assert "n = " in str(found)


def test_values_of_a_mismatch(toolchain: Toolchain) -> None:
    found = measure(toolchain, request(loop("a[i] = i;"), loop("a[i] = i == 3 ? -5 : i;"), (INTS, COUNT)))
    assert isinstance(found, Mismatch), found
    assert (found.where, found.offset, found.before, found.after) == ("a", 12, "3", "-5")
    assert str(found).startswith("a, byte 12: 3 before, -5 after (n = 7")


def test_any_nan_equals_any_nan(gcc: Toolchain) -> None:
    nan = "union { unsigned u; float f; } v = { 0x7fc00000u + %d }; " + loop("a[i] = v.f;")
    assert isinstance(measure(gcc, request(nan % 1, nan % 7, (FLOATS, COUNT))), Timing)
    as_int = "union { unsigned u; float f; } v = { 0x7fc00000u + %d }; " + loop("a[i] = (int)v.u;")
    assert isinstance(measure(gcc, request(as_int % 1, as_int % 7, (INTS, COUNT))), Mismatch)


def test_fused_and_rearranged_floats_are_no_mismatch(toolchain: Toolchain) -> None:
    fused = loop("a[i] = a[i] * 1.1f + 0.3f;")
    apart = loop("volatile float t = a[i] * 1.1f; a[i] = t + 0.3f;")
    asked = replace(
        request(fused, apart, (FLOATS, COUNT)), args=("-O3", "-mavx2", "-mfma", "-ffp-contract=fast")
    )
    assert isinstance(measure(toolchain, asked), Timing)
    other = replace(asked, text=str(asked.text).replace("t + 0.3f", "t + 0.30001f"))
    assert isinstance(measure(toolchain, other), Mismatch)
    loose = replace(other, args=("-O3", "-ffast-math"))
    assert isinstance(measure(toolchain, loose), Timing)
    stray = replace(loose, text=str(loose.text).replace("t + 0.30001f", "t, a[i + 1] = 1"))
    assert isinstance(measure(toolchain, stray), Mismatch)


def test_inputs_on_which_the_original_overflows_do_not_count(toolchain: Toolchain) -> None:
    narrow = "int s = 0; " + loop("s += a[i] * 3;") + " return s > 0 ? s : 0;"
    wide = "long s = 0; " + loop("s += a[i] * 3L;") + " return s > 0 ? (int)(s & 0x7fffffff) : 0;"
    found = measure(toolchain, request(narrow, wide, (INTS, COUNT), "int"))
    assert isinstance(found, Timing), found
    assert 0 < found.compared < 4 * 12 * 2


def test_an_original_that_always_traps(gcc: Toolchain) -> None:
    found = measure(gcc, request("a[n] = 1; __builtin_unreachable();", "a[0] = 1;", (INTS, COUNT)))
    assert isinstance(found, Unmeasurable)
    assert found.code == "inputs"


def test_return_values_and_kinds_of_scalars(gcc: Toolchain) -> None:
    body = "double s = x; " + loop("s += a[i];") + " return (char)(s > 0 ? k : -1);"
    parameters = (FLOATS, COUNT, Parameter("x", "d"), Parameter("k", "b"))
    asked = request(body, body, parameters, "char")
    loads = tuple(replace(one, scalars={**one.scalars, "k": -128}) for one in asked.workloads)
    assert isinstance(measure(gcc, replace(asked, workloads=loads)), Timing)
    text = str(asked.text).replace("k : -1", "k : -2", 1)
    other = replace(asked, workloads=loads, text=text)
    found = measure(gcc, other)
    assert isinstance(found, Mismatch), found
    assert (found.where, found.before, found.after) == ("return value", "-2", "-1")


def test_padding_is_not_compared(gcc: Toolchain) -> None:
    head = "struct s { float f; double d; };"
    layout = Parameter("a", "p", "fxxxxd", 8)
    whole = loop("struct s t = a[i]; t.d += 1; a[i] = t;")
    members = loop("a[i].d += 1;")
    dirty = members + loop("((int *)&a[i])[1] = 77;")
    assert isinstance(measure(gcc, request(whole, members, (layout, COUNT), head=head)), Timing)
    assert isinstance(measure(gcc, request(members, dirty, (layout, COUNT), head=head)), Timing)


UNIT = """
extern float table[100];
float own[100];
static double hidden[8];
static const int fixed[4] = {1, 2, 3, 4};
_Thread_local int local[2];
int missing(int);
int main(void) { return missing(3); }
static void k_before(int n) { for (int i = 0; i < n; i++) { own[i] += table[i] * fixed[i & 3]; hidden[i & 7] += 1; local[0]++; } }
static void k_after(int n) { for (int i = 0; i < n; i++) { own[i] += table[i] * fixed[i & 3]; hidden[i & 7] += 1; } local[0] += n; }
"""  # noqa: E501


def test_globals_main_and_missing_functions(toolchain: Toolchain) -> None:
    objects = (
        Global("table", 400, "f"), Global("own", 400, "f"), Global("hidden", 64, "d"),
        Global("fixed", 16, "i", constant=True), Global("local", 8, "i", thread_local=True),
    )  # fmt: skip
    ranges = {"table": (0, 400), "own": (0, 400), "hidden": (0, 64), "fixed": (0, 16), "local": (0, 4)}
    loads = (Workload(100, {"n": 100}, ranges),)
    asked = Request(
        UNIT, Path("u.c"), Path.cwd(), ("-O2",), "k", (COUNT,), loads, globals=objects, seconds=0.05
    )
    assert isinstance(measure(toolchain, asked), Timing)
    broken = replace(asked, text=UNIT.replace("local[0] += n", "local[0] += n - 1"))
    found = measure(toolchain, broken)
    assert isinstance(found, Mismatch)
    assert found.where == "local"


def test_subscripts_stay_within_limits(gcc: Toolchain) -> None:
    body = loop("a[q[i]] += 1;") + loop("q[i] = n - 1 - q[i];")
    asked = request(body, body, (INTS, Parameter("q", "p", "I", 4), COUNT))
    size = 4000
    loads = (Workload(size, {"n": size}, dict.fromkeys("aq", (0, 4 * size)), {"q": (0, size - 1)}),)
    assert isinstance(measure(gcc, replace(asked, workloads=loads)), Timing)


def test_the_contents_of_the_file_do_not_matter_and_nothing_is_written(
    gcc: Toolchain, tmp_path: Path
) -> None:
    (tmp_path / "unit.c").write_text("#error not this\n")
    (tmp_path / "zero.h").write_text("#define ZERO 0\n")
    asked = request(loop("a[i] = ZERO;"), loop("a[i] = 0;"), (FLOATS, COUNT), head='#include "zero.h"\n')
    args = ("-O3", "-MD", "-save-temps", "-Werror", "-Wunused", "-flto")
    assert isinstance(measure(gcc, replace(asked, directory=tmp_path, args=args)), Timing)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["unit.c", "zero.h"]


def test_a_search_is_timed_on_contents_without_an_early_hit(gcc: Toolchain) -> None:
    slow = loop('if (a[i] == 7) return i; __asm__ volatile("nop");') + "return -1;"
    found = measure(gcc, request(slow, slow, (INTS, COUNT), "int"))
    assert isinstance(found, Timing), found
    assert found.before > 50


def test_what_cannot_be_measured(gcc: Toolchain) -> None:
    good = request(loop("a[i] = 0;"), loop("a[i] = 0;"), (FLOATS, COUNT))
    broken = measure(gcc, replace(good, text=str(good.text) + "int x = y;\n"))
    assert isinstance(broken, Unmeasurable)
    assert broken.code == "compile"
    assert "unit.c:4:" in broken.reason
    for wrong, words in (
        (replace(good, workloads=()), "no workload"),
        (replace(good, parameters=(replace(FLOATS, layout="p"), COUNT)), "cannot be made up"),
        (replace(good, parameters=(FLOATS, COUNT, Parameter("m", "i"))), "no value for parameter m"),
        (replace(good, returns="z"), "cannot be compared"),
        (replace(good, workloads=(Workload(3, {"n": 3}, {"zz": (0, 4)}),)), "bad range"),
    ):
        found = measure(gcc, wrong)
        assert isinstance(found, Unmeasurable)
        assert found.code == "request"
        assert words in found.reason


def test_median_interval() -> None:
    values = [float(value) for value in range(1, 16)]
    assert median_interval(values) == (4.0, 12.0)
    low, high = median_interval([float(value) for value in range(1001)])
    assert low < statistics.median(range(1001)) < high
    assert 469 <= low <= 470
    assert median_interval([2.0]) == (2.0, 2.0)


def test_an_interval_is_no_narrower_than_the_clock() -> None:
    samples = _Samples(4, (500.0,) * 9, (250.0,) * 9)
    low, high = samples.interval
    assert low < 2.0 < high
    assert high - low == pytest.approx(2 * 2.0 * (0.25 / 500 + 0.25 / 250) * TICK_NS)

"""Counterexamples as C programs: gcc alone shows what the refuter says."""

from __future__ import annotations

import functools
import subprocess
from pathlib import Path

import pytest
from pairs_corpus import ROOT, Pair, load_case

from compiler.toolchain import find_lowering_clang, resolve
from vecassist.problems import Place, problem
from vecassist.witness.layout import PAGE, lay_out
from vecassist.witness.program import NoWitness, program
from verify.problem import Limits
from verify.refute import refute
from verify.scene import Block, Pointer, Scene, Stored
from verify.verdict import Refuted

PAIRS = {
    "value": "ub/char_plain/after_02_ne.c",
    "value through an overlap": "ub/al_two/after_02_ne.c",
    "value of a float": "ub/fp_addzero/after_03_ne.c",
    "result": "absdiff_sum/after_03_ne.c",
    "store of the old value": "aos_move/after_02_ne.c",
    "read outside": "ub/oob_ahead/after_03_ne.c",
    "read before the start": "ring_two/after_02_ne.c",
    "read outside of a global": "axpy_f64/after_03_ne.c",
    "signed overflow": "affine_map/after_05_ne.c",
    "shift": "ub/shift_rot/after_03_ne.c",
    "conversion": "ub/conv_hoist/after_02_ne.c",
    "alignment": "ub/align_vec/after_03_ne.c",
    "subscript": "ub/oob_global/after_03_ne.c",
    "null": "ub/null_list/after_02_ne.c",
    "no end": "ub/term_unsigned/after_03_ne.c",
    "other calls": "ub/call_order/after_05_ne.c",
    "missing call": "ub/call_order/after_06_ne.c",
    "promised size": "ub/promise_read/after_02_ne.c",
}


def pair_of(name: str) -> Pair:
    return next(p for p in load_case((ROOT / name).parent).pairs if p.after == ROOT / name)


@functools.cache
def found(name: str) -> tuple[Place, Refuted]:
    pair = pair_of(name)
    place = Place(pair.before, pair.before.parent, pair.cflags, find_lowering_clang(), resolve("gcc"))
    texts = [path.read_text("latin-1") for path in (pair.before, pair.after)]
    built = problem(place, texts[0], texts[1], pair.function, ("sequential",), after_name=pair.after)
    verdict = refute(built, Limits())
    assert verdict is not None
    return place, verdict


def run(text: str, folder: Path, level: str) -> subprocess.CompletedProcess[str]:
    """The program compiled with plain gcc, and its end."""
    (folder / "w.c").write_text(text, "latin-1")
    subprocess.run(["gcc", "-w", level, "w.c", "-o", "w"], cwd=folder, check=True, timeout=60)
    return subprocess.run([folder / "w"], cwd="/", capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("name", PAIRS.values(), ids=PAIRS.keys())
def test_gcc_confirms(name: str, tmp_path: Path) -> None:
    pair = pair_of(name)
    place, verdict = found(name)
    texts = pair.before.read_text("latin-1"), pair.after.read_text("latin-1")
    text = program(place, (pair.before, pair.after), texts, pair.function, verdict)
    level = "-O0" if name < "m" else "-O2"
    done = run(text, tmp_path, level)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "the versions differ"), done.stdout


@pytest.mark.parametrize(
    "name", ["ub/al_two/after_02_ne.c", "axpy_f64/after_03_ne.c", "ub/call_order/after_05_ne.c"]
)
def test_the_original_does_not_differ_from_itself(name: str, tmp_path: Path) -> None:
    pair = pair_of(name)
    place, verdict = found(name)
    text = pair.before.read_text("latin-1")
    done = run(
        program(place, (pair.before, pair.before), (text, text), pair.function, verdict), tmp_path, "-O1"
    )
    assert (done.returncode, done.stdout) == (0, "no difference is seen\n")


BEFORE = """#include <math.h>
#include <stdint.h>
#include "shared.h"
enum { FEW = 4, MANY };
static const int16_t table[] = {1, 2, 3, 4};
static struct cell state[FEW] = {{1, 0}}, *unused = state;
extern void log_it(const struct cell *c, double x);
double total(const struct cell *p, int n)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++) {
        sum += sqrt(fabs(p[i].x)) + table[i & 3] + state[i & 3].n;
        log_it(p, sum);
    }
    return sum;
}
"""


def test_a_program_with_types_globals_math_and_calls(tmp_path: Path) -> None:
    (tmp_path / "shared.h").write_text("struct cell { double x; int n; };\n#define LIMIT INT32_MAX\n")
    after = BEFORE.replace("i & 3].n;", "i & 3].n + (i == 2);")
    names = tmp_path / "before.c", tmp_path / "after.c"
    for path, text in zip(names, (BEFORE, after), strict=True):
        path.write_text(text)
    place = Place(names[0], tmp_path, (), find_lowering_clang(), resolve("gcc"))
    built = problem(place, BEFORE, after, "total", ("sequential", "errno-unobserved"), after_name=names[1])
    verdict = refute(built, Limits())
    assert verdict is not None
    text = program(place, names, (BEFORE, after), "total", verdict)
    assert '#include "shared.h"' not in text
    assert "#include <math.h>" in text
    (tmp_path / "elsewhere").mkdir()
    assert run(text, tmp_path / "elsewhere", "-O0").returncode == 1
    assert run(text, tmp_path / "elsewhere", "-O2").returncode == 1


def block(**changes: object) -> Block:
    plain: dict[str, object] = {
        "name": "a", "role": "parameter", "side": "both", "residue": 4, "begin": 0, "end": 12, "contents": bytes(12),
        "pointers": (), "stored": (Stored(0, 4, "bytes"),), "writable": True, "restored": False,
    }  # fmt: skip
    return Block(**(plain | changes))  # type: ignore[arg-type]


def scene(*blocks: Block, fault: str = "", where: Pointer | None = None) -> Scene:
    return Scene((), "void", blocks, (), "fault" if fault else "memory", fault, where)


def test_an_object_ends_where_its_pages_end() -> None:
    (placed,), size = lay_out(scene(block()))
    assert (placed.at + 12) % PAGE == 0
    assert placed.page_end == placed.at + 12
    assert size >= placed.page_end + PAGE


def test_an_object_begins_where_its_pages_begin_if_the_fault_lies_before_it() -> None:
    (placed,), _ = lay_out(scene(block(begin=-8), fault="memory", where=Pointer(0, -12)))
    assert placed.at - 8 == placed.page
    assert placed.page % PAGE == 0


def test_a_misaligned_object_is_exactly_as_aligned_as_said() -> None:
    (placed,), _ = lay_out(scene(block(residue=4, end=64), fault="align"))
    assert placed.at % 64 == 4


def test_no_two_objects_share_a_page() -> None:
    placed, size = lay_out(scene(block(), block(end=0, contents=b""), block(end=5000)))
    pages = [page for one in placed for page in range(one.page, one.page_end, PAGE)]
    assert len(pages) == len(set(pages)) == 3
    assert all(page not in pages for page in (0, size - PAGE))


def test_without_a_scene_there_is_no_program(tmp_path: Path) -> None:
    place, verdict = found("ub/al_two/after_02_ne.c")
    bare = Refuted(verdict.counterexample, verdict.reason)
    with pytest.raises(NoWitness, match="no spelling in C"):
        program(place, (tmp_path, tmp_path), ("", ""), "f", bare)

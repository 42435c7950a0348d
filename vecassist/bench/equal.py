"""Whether a patched TSVC computes the same bits: both programs run every function and hash all arrays after it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from compiler.process import checked, run
from compiler.toolchain import Toolchain
from vecassist.errors import UserError

_REPEATS = 256
"""`iterations` of the check: enough for every repetition loop of the suite to run at least once."""

# Every function ends with this call, so it is the one place where all of its results are in memory.
_WRAP = r"""
#include <stdio.h>
#include <string.h>
#include "common.h"
extern real_t flat_2d_array[LEN_2D*LEN_2D], x[LEN_1D], a[LEN_1D], b[LEN_1D], c[LEN_1D], d[LEN_1D], e[LEN_1D],
    aa[LEN_2D][LEN_2D], bb[LEN_2D][LEN_2D], cc[LEN_2D][LEN_2D], tt[LEN_2D][LEN_2D];
extern int indx[LEN_1D];
real_t __real_calc_checksum(const char *name);
static unsigned long long hash;
static void add(const void *from, unsigned long size) {
    const unsigned char *byte = from;
    while (size--) hash = (hash ^ *byte++) * 1099511628211ull;
}
real_t __wrap_calc_checksum(const char *name) {
    real_t sum = __real_calc_checksum(name);
    hash = 1469598103934665603ull;
    add(flat_2d_array, sizeof flat_2d_array); add(x, sizeof x); add(a, sizeof a); add(b, sizeof b);
    add(c, sizeof c); add(d, sizeof d); add(e, sizeof e); add(aa, sizeof aa); add(bb, sizeof bb);
    add(cc, sizeof cc); add(tt, sizeof tt); add(indx, sizeof indx); add(&sum, sizeof sum);
    fprintf(stderr, "bits %s %016llx\n", name, hash);
    return sum;
}
"""


def differing(
    folder: Path, patched: bytes, tools: Sequence[Toolchain], args: Sequence[str], scratch: Path
) -> Mapping[str, tuple[int, tuple[str, ...]]]:
    """For each compiler, how many functions were compared and those whose arrays differ.

    folder: the suite's sources, tsvc.c in its original form. Raises CompilerError, or UserError where the programs
    do not report the same functions.
    """
    found: dict[str, tuple[int, tuple[str, ...]]] = {}
    for tool in tools:
        before = _bits(tool, folder, None, args, scratch / f"{tool.name}-before")
        after = _bits(tool, folder, patched, args, scratch / f"{tool.name}-after")
        if not before or before.keys() != after.keys():
            raise UserError(f"{folder}: the programs built with {tool.name} do not run the same functions")
        found[tool.name] = len(before), tuple(name for name in before if before[name] != after[name])
    return found


def _bits(
    tool: Toolchain, folder: Path, text: bytes | None, args: Sequence[str], place: Path
) -> dict[str, str]:
    place.mkdir(parents=True)
    for path in folder.iterdir():
        if path.suffix in (".c", ".h"):
            shutil.copy(path, place / path.name)
    if text is not None:
        (place / "tsvc.c").write_bytes(text)
    header = (place / "common.h").read_text()
    (place / "common.h").write_text(re.sub(r"(#define\s+iterations\s+)\d+", rf"\g<1>{_REPEATS}", header))
    (place / "bits.c").write_text(_WRAP)
    sources = ["tsvc.c", "common.c", "dummy.c", "bits.c"]
    command = [*tool.argv, *args, "-w", *sources, "-Wl,--wrap=calc_checksum", "-lm", "-o", "program"]
    checked(run(command, cwd=place, timeout=300))
    told = run([str(place / "program")], cwd=place, timeout=600)
    hashed = dict(re.findall(r"^bits (\w+) (\w+)$", told.err, re.MULTILINE))
    # Reductions return their result instead, and the suite prints that.
    shown = dict(re.findall(r"^ *(\w+)\s+[\d.]+\s+(\S+)$", told.out, re.MULTILINE))
    return {name: f"{hashed.get(name, '')} {result}" for name, result in shown.items()}

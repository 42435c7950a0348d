"""Rewrites that are wrong as offered, and right under a condition or next to it: each is proved like any other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from compiler.toolchain import Toolchain
from vecassist.compilers import lowering
from vecassist.evidence import Gauge, Unmeasurable
from vecassist.line import Asked, Attempt, Judge, Region, Settings, Tools, tools
from vecassist.model import Candidate, CompilerOutcome, Site, Unit
from vecassist.pipeline import optimize_region
from vecassist.problems import Place
from vecassist.scan.sites import scan_text
from vecassist.worker import WorkerLimits, WorkerPool
from verify.problem import Limits

ONE = "void f(float *a, int n) { int i; LOOP }"
TWO = "void f(float *a, float *b, int n) { int i; LOOP }"
# What is offered for a loop, and the condition or the change that makes it right.
CASES = {
    "whole blocks": (
        ONE,
        "for (int k = 0; k < n; k++) a[k] *= 2;",
        "for (int k = 0; k < n; k += 8) for (int j = 0; j < 8; j++) a[k + j] *= 2;",
        "only where n % 8 == 0",
    ),
    "first one outside": (
        ONE,
        "for (int k = 0; k < n; k++) a[k] = k == 0 ? 3.0f : 4.0f;",
        "{ a[0] = 3.0f; for (int k = 1; k < n; k++) a[k] = 4.0f; }",
        "only where n > 0",
    ),
    "two peeled": (
        ONE,
        "for (int k = 0; k < n; k++) a[k] += 1;",
        "{ a[0] += 1; a[1] += 1; for (int k = 2; k < n; k++) a[k] += 1; }",
        "only where n >= 2",
    ),
    "overlap": (
        TWO,
        "for (int k = 0; k < n; k++) { a[k] += 1; b[k] *= 2; }",
        "{ for (int k = 0; k < n; k++) a[k] += 1; for (int k = 0; k < n; k++) b[k] *= 2; }",
        "only where 0 < n && ((__UINTPTR_TYPE__)(a + n) <= (__UINTPTR_TYPE__)b",
    ),
    "last one left out": (
        ONE,
        "for (int k = 0; k < n; k++) a[k] += 1;",
        "for (int k = n; k > 1; k--) a[k - 1] += 1;",
        "k >= 1",
    ),
    "one too many": (
        ONE,
        "for (int k = 0; k < n; k++) a[k] += 1;",
        "for (int k = 0; k <= n; k++) a[k] = a[k] + 1;",
        "k < n",
    ),
    "main loop too long": (
        ONE,
        "for (int k = 0; k < n; k++) a[k] += 1;",
        "{ int k = 0; for (; k + 1 <= n; k += 2) { a[k] += 1; a[k + 1] += 1; } for (; k < n; k++) a[k] += 1; }",
        "k + 1 < n",
    ),
    "start": (
        ONE,
        "for (int k = 1; k < n; k++) a[k] += 1;",
        "for (int k = 2; k < n; k++) a[k] = a[k] + 1;",
        "k = 1",
    ),
    "offset": (
        ONE,
        "for (int k = 0; k < n - 1; k++) a[k] = a[k + 1];",
        "for (int k = 0; k < n - 1; k++) { float next = a[k + 2]; a[k] = next; }",
        "a[k + 1]",
    ),
    "end": (
        ONE,
        "for (int k = 0; k < n - 1; k++) a[k] += a[k + 1];",
        "for (int k = 0; k < n - 2; k++) { float next = a[k + 1]; a[k] += next; }",
        "n - 1",
    ),
    "bound without a number": (
        ONE,
        "for (int k = 0; k < n - 1; k++) a[k] += 1;",
        "for (int k = 0; k < n; k++) a[k] = a[k] + 1;",
        "n became n - 1",
    ),
}
WRONG = {
    "another value": (
        ONE,
        "for (int k = 0; k < n; k++) a[k] += 1;",
        "for (int k = 0; k < n; k++) a[k] -= 1;",
    ),
}


class Untimed(Gauge):
    """Measures nothing: what is proved ends there."""

    def machine_code(
        self, tool: Toolchain, place: Place, site: Site, spliced: bytes, moved: int = 0
    ) -> tuple[CompilerOutcome, str]:
        raise Unmeasurable("not here")

    def reassociated(self, place: Place, site: Site) -> str:
        return ""


@pytest.fixture(scope="module")
def line() -> Iterator[Tools]:
    with WorkerPool(1, WorkerLimits(60)) as pool:
        yield tools(lowering(None), pool, Untimed((), pool))


def attempts(folder: Path, line: Tools, frame: str, loop: str, offered: str) -> tuple[Attempt, ...]:
    text = frame.replace("LOOP", loop)
    (folder / "k.c").write_text(text)
    (site,) = scan_text(Unit(Path("k.c"), folder, "gcc", ("-O2",)), text).sites

    def offer(region: Region, judge: Judge) -> Asked:
        judge(Candidate(site, offered, "test", "wrong"))
        return Asked()

    return optimize_region(
        Region((site,), text.encode()), [offer], Settings(limits=Limits(runs=80)), line
    ).attempts


@pytest.mark.parametrize("name", CASES)
def test_what_is_nearly_right_is_made_right(name: str, tmp_path: Path, line: Tools) -> None:
    frame, loop, offered, how = CASES[name]
    tried = attempts(tmp_path, line, frame, loop, offered)
    assert [one.verdict for one in tried if one.candidate.text == offered] == ["refuted"]
    proved = [one for one in tried if one.verdict == "proved"]
    assert proved, [(one.candidate.note, one.reason) for one in tried]
    assert how in proved[0].candidate.note, proved[0].candidate.note


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_stays_wrong(name: str, tmp_path: Path, line: Tools) -> None:
    tried = attempts(tmp_path, line, *WRONG[name])
    assert [one.verdict for one in tried] == ["refuted"]

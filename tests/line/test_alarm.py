"""A prover that is wrong: the second line of defence stops the run and keeps the case."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from compiler.toolchain import find_lowering_clang
from vecassist.evidence import Gauge, Mismatch
from vecassist.model import Candidate, Unit
from vecassist.pipeline import Asked, Judge, Region, Settings, tools
from vecassist.proving import checked
from vecassist.run import optimize
from vecassist.store.alarms import keep_case
from vecassist.survey import survey_unit
from vecassist.worker import WorkerPool
from verify.check import Report
from verify.verdict import Proved

SOURCE = """
float a[4096], b[4096], c[4096];

void f(void)
{
    for (int i = 0; i < 4095; i++) {
        a[i] = b[i] * 2.0f;
        c[i] = a[i] + a[i + 1];
    }
}
"""
WRONG = "for (int i = 0; i < 4095; i++) {\n        a[i] = b[i] * 2.0f;\n        c[i] = a[i] + b[i];\n    }"


class CredulousPool(WorkerPool):
    """Believes every proof."""

    def call(self, function: Callable[..., Any], *arguments: object, seconds: float | None = None) -> Any:
        if function is checked:
            return Report(Proved("dataflow", certificate={"rules": {}}), 0.0), {}
        return super().call(function, *arguments, seconds=seconds)


def offer(region: Region, judge: Judge) -> Asked:
    judge(Candidate(region.site, WRONG, "test", "wrong"))
    return Asked()


def test_a_wrong_proof_is_an_alarm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "k.c").write_text(SOURCE)
    unit = Unit(tmp_path / "k.c", tmp_path, "gcc", ("-O3", "-march=x86-64-v3", "-ffp-contract=off"))
    with CredulousPool(1) as pool:
        line = tools(find_lowering_clang(), pool, Gauge((), pool))
        with pytest.raises(Mismatch) as alarm:
            optimize([survey_unit(unit, ())], [offer], Settings(), line, 1, lambda event: None)
    assert "c, byte" in alarm.value.reason
    assert (tmp_path / "k.c").read_text() == SOURCE
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    kept = keep_case(alarm.value.site, alarm.value.problem, alarm.value.reason)
    assert {path.name for path in kept.iterdir()} == {"before.ll", "after.ll", "case.json"}

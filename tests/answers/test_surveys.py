"""Kept surveys: the same answer without a compilation, and never across a change of what was read."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

import vecassist.answers.surveys
from compiler.toolchain import resolve
from vecassist.answers.surveys import Surveys
from vecassist.cli.scan import rules_for
from vecassist.model import Unit
from vecassist.scan.parse import parse_text
from vecassist.survey import Survey, survey_unit


def test_a_survey_is_taken_again_until_something_that_was_read_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = tmp_path / "project"
    (here / "near").mkdir(parents=True)
    (here / "far").mkdir()
    (here / "far/n.h").write_text("#define N 64\n")
    (here / "list.txt").write_text("")
    (here / "f.c").write_text(
        '#include "n.h"\nvoid f(int *a, int *b) { for (int i = 0; i < N; i++) a[i] += b[i]; }\n'
        "#ifdef __clang__\n#include <only_clang.h>\n#endif\n"
        "int g(int *a) { for (int i = 0; i < 9; i++) if (a[i]) return i; return 0; }\n"
    )
    (here / "far/only_clang.h").write_text("\n")
    unit = Unit(here / "f.c", here, "gcc", ("-O3", "-I", "near", "-I", "far"))
    tools = tuple(resolve(name) for name in ("gcc", "wheel"))
    done: list[Unit] = []

    def counted(unit: Unit, compilers: tuple[object, ...], executor: object) -> Survey:
        done.append(unit)
        return survey_unit(unit, tools)

    monkeypatch.setattr(vecassist.answers.surveys, "survey_unit", counted)

    def anew(asked: Unit = unit) -> tuple[Survey, bool]:
        before = len(done)
        # What a process has parsed is its own.
        parse_text.cache_clear()
        found = Surveys(tmp_path / "cache", tools, rules_for).survey(asked)
        return found, len(done) > before

    anew()
    assert anew()[1], "files that may have changed under the compiler are not kept"
    time.sleep(2.1)
    first, _ = anew()
    again, asked = anew()
    assert not asked
    assert again == first
    assert [site.trip for site in again.scan.sites] == [64, 9]
    assert first.offered

    (here / "far/n.h").write_text("#define N 65\n")
    changed, asked = anew()
    assert asked
    assert changed.scan.sites[0].trip == 65
    time.sleep(2.1)
    anew()
    assert not anew()[1]
    (here / "far/only_clang.h").write_text("int x;\n")
    assert anew()[1], "a header that only another compiler reads"
    time.sleep(2.1)
    anew()
    assert not anew()[1]
    (here / "near/n.h").write_text("#define N 66\n")
    nearer, asked = anew()
    assert asked, "a header that would be found first"
    assert nearer.scan.sites[0].trip == 66
    assert anew(replace(unit, args=(*unit.args, "-DX")))[1]

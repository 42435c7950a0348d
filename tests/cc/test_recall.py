"""A build and an audit after a fault of the prover has become known."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from builds import FLAGS, PYTHON_START, SOURCE, make

from vecassist.cc.arguments import Compilation, read
from vecassist.cc.manifest import load
from vecassist.cc.prepare import prepare
from verify.rules import RULES

COMPILE = ("gcc", *FLAGS, "-c", "src/k.c", "-o", "k.o")


def test_an_affected_entry_is_ignored_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build = make(tmp_path / "p")
    table = tmp_path / "faults.toml"
    table.write_text("")
    monkeypatch.chdir(build.folder)
    monkeypatch.setenv("VECASSIST_CACHE_DIR", str(build.cache))
    what = read(COMPILE, os.environ)
    assert isinstance(what, Compilation)
    place = str(build.cache / "manifests" / "00" / "0")

    def events() -> list[tuple[str, int, str]]:
        assert prepare(what, build.folder, place, 20.0, table)
        found = load(place)
        assert found is not None
        return list(found.events)

    assert events() == [("applied", 1, "")]
    table.write_text(f'[[advisory]]\nid = "T-1"\ntitle = "wrong"\nrules = {{ memory = {RULES["memory"]} }}\n')
    assert load(place) is None, "what was prepared before the fault was known still holds"
    ((event, count, why),) = events()
    assert (event, count) == ("recalled", 1)
    assert why.endswith("T-1: wrong")


def test_audit_with_a_table(tmp_path: Path) -> None:
    build = make(tmp_path / "p", PYTHON_START)
    table = tmp_path / "faults.toml"
    table.write_text('[[advisory]]\nid = "T-1"\ntitle = "wrong"\nstrategy = ["dataflow"]\n')
    audit = (*PYTHON_START[:-1], "audit")
    assert b"no certificate that could be checked" in build.plain(*audit).stdout
    said = build.plain(*audit, "--advisories", str(table))
    assert said.returncode == 1
    assert b"pairs: recalled: T-1: wrong; it is not applied in builds" in said.stdout
    assert (build.folder / "src" / "k.c").read_text() == SOURCE

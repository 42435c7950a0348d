"""Twenty forged entries, all of their hashes valid: a build applies none."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "cc"))
from builds import AFTER, FLAGS, make, store

from vecassist.cc.arguments import Compilation, read
from vecassist.cc.manifest import load
from vecassist.cc.prepare import prepare
from vecassist.deliver.write import write_all
from vecassist.store.files import entry_files
from verify.certificate import sealed
from verify.rules import RULES

EDITS = (
    ("a[i] + a_next", "a[i] - a_next"), ("a[i] + a_next", "a_next + a_next"), ("a[i] + a_next", "a[i]"),
    ("i + 1", "i + 2"), ("i + 1", "i"), ("i + 1", "i - 1"), ("N - 1", "N"), ("N - 1", "N - 2"), ("N - 1", "0"),
    ("int i = 0", "int i = 1"), ("int i = 0", "int i = -1"), ("i++", "i += 2"), ("scaled(b[i])", "b[i]"),
    ("scaled(b[i])", "scaled(c[i])"), ("c[i] =", "c[i + 1] ="), ("a[i] =", "a[i + 1] ="), ("c[i] =", "c[i] +="),
    ("float a_next", "int a_next"), ("float a_next = a[i + 1]", "float a_next"), ("c[i] = a[i] + a_next;", ""),
)  # fmt: skip


def test_none_is_applied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len({(old, new) for old, new in EDITS}) == 20
    build = make(tmp_path / "p")
    monkeypatch.chdir(build.folder)
    monkeypatch.setenv("VECASSIST_CACHE_DIR", str(build.cache))
    right = store(build.folder, AFTER)
    (build.folder / ".vecassist" / right.name).unlink()
    claim = replace(right.proofs[0], certificate=sealed({"rules": dict(RULES)}))
    forged = []
    for number, (old, new) in enumerate(EDITS):
        assert old in AFTER
        text = AFTER.replace(old, new, 1)
        forged.append((number, replace(right, after=text, proofs=(claim,))))
    # One file for each, whatever it is called: its name is no part of its claim.
    for number, entry in forged:
        ((place, data),) = entry_files(build.folder, [entry]).items()
        write_all({place.with_name(f"{number:02}-{place.name}"): data})
    what = read(("gcc", *FLAGS, "-c", "src/k.c", "-o", "k.o"), os.environ)
    assert isinstance(what, Compilation)
    place = str(build.cache / "manifests" / "00" / "0")
    assert prepare(what, build.folder, place, 20.0)
    found = load(place)
    assert found is not None
    assert not found.text
    assert [event for event, _, _ in found.events] == ["unchecked"] * 20

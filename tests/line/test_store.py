"""Entries of accepted rewrites."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from vecassist.deliver.write import write_all
from vecassist.errors import UserError
from vecassist.store.entry import Command, Entry, Measurement, Proof, from_json, to_json, to_source, to_text
from vecassist.store.files import check_writable, entry_files, read_entries, repository_root

COMMAND = Command(".", "gcc", ("-O3",))
PROOF = Proof(COMMAND, "proved", "unbounded", "dataflow", ("sequential",), {"k": [1]}, {"clang": "19"})
ENTRY = Entry(
    "0123", "src/a.c", "f", 3, "for (;;)\n    x();", "y();", "rules", "VA001", "", 0, 0.0,
    (PROOF,), {"gcc-12": Measurement(False, True, {"ratio": 2.0, "low": 1.9, "high": 2.1}, {"8": 1.5})},
)  # fmt: skip


def test_an_entry_survives_and_is_readable() -> None:
    text = to_json(ENTRY)
    assert from_json(text, "x") == ENTRY
    assert to_json(from_json(text, "x")) == text
    assert json.loads(text)["before"] == ["for (;;)", "    x();"]


@pytest.mark.parametrize("source", ["é".encode(), b"\xe9 latin", b"\r\n\t"])
def test_source_bytes_survive(source: bytes) -> None:
    entry = replace(ENTRY, before=to_text(source))
    assert to_source(from_json(to_json(entry), "x").before) == source


def test_an_entry_that_was_edited_by_hand_is_named() -> None:
    text = to_json(ENTRY).replace("y();", "z();")
    with pytest.raises(UserError, match=r"x\.json: its contents do not match its digest"):
        from_json(text, "x.json")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', to_json(ENTRY).replace('"key"', '"keys"')])
def test_damaged_entries(text: str) -> None:
    with pytest.raises(UserError, match=r"x\.json"):
        from_json(text, "x.json")


def test_files(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "src").mkdir()
    root = repository_root(tmp_path / "src" / "a.c")
    assert root == tmp_path
    check_writable(root)
    assert not (tmp_path / ".vecassist").exists()
    write_all(entry_files(root, [ENTRY]))
    assert read_entries(root) == (ENTRY,)
    assert [path.name.rsplit("-", 1)[0] for path in (tmp_path / ".vecassist").iterdir()] == ["src-a.c-f"]


def test_a_store_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / ".vecassist").write_text("")
    with pytest.raises(UserError, match="the store cannot be written"):
        check_writable(tmp_path)

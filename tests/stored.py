"""A loop that compilers leave scalar, its rewrite, and entries of a store that claim a proof."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from vecassist.model import Unit
from vecassist.scan.sites import scan_unit
from vecassist.store.entry import Command, Entry, Proof
from verify.rules import RULES

BEFORE = """\
for (int i = 0; i < 255; i++) {
        a[i] = b[i] * 2.0f;
        c[i] = a[i] + a[i + 1];
    }"""
AFTER = """\
for (int i = 0; i < 255; i++) {
        float a_next = a[i + 1];
        a[i] = b[i] * 2.0f;
        c[i] = a[i] + a_next;
    }"""
FORGED = AFTER.replace("a[i] + a_next", "a[i] - a_next")


def claimed(
    folder: Path,
    flags: Sequence[str],
    after: str = AFTER,
    name: str = "k.c",
    assumptions: tuple[str, ...] = (),
    certificate: Mapping[str, object] | None = None,
    number: int = 0,
) -> Entry:
    """An entry for a loop of a file under gcc, the first unless another number is given."""
    site = scan_unit(Unit(folder / name, folder, "gcc", tuple(flags))).sites[number]
    command = Command(".", "gcc", tuple(flags))
    claim = Proof(
        command, "proved", "unbounded", "dataflow", assumptions, certificate or {"rules": RULES}, {}
    )
    return Entry(
        site.key, name, site.function, site.line, site.text, after, "rules", "VA003", "", 0, 0.0, (claim,), {}
    )

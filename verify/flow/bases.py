"""Which bases of addresses may lead to the same memory."""

from __future__ import annotations

from collections.abc import Iterable

from verify.flow import entry
from verify.flow.summary import Summary
from verify.flow.values import Access

ALONE = "alone"
"""What a summary knows as those of the loose bases that reach memory of their own (`cases`)."""


def shared_bases(s: Summary, accesses: Iterable[Access]) -> frozenset[str]:
    """The bases that may reach the same memory."""
    together = loose_bases(s, accesses) - (s.known(ALONE) or frozenset())
    return together if len(together) > 1 else frozenset()


def loose_bases(s: Summary, accesses: Iterable[Access]) -> frozenset[str]:
    """Pointer arguments without noalias and pointers in memory, and with them the globals: they may overlap."""
    bases = {access.address.base for access in accesses}
    loose = {
        f"p{i}" for i, p in enumerate(s.function.params) if "noalias" not in p.attributes and f"p{i}" in bases
    }
    loose |= {base for base in bases if base.startswith(entry.POINTER)}
    if not loose:
        return frozenset()
    return frozenset(loose | {base for base in bases if base.startswith("g.")})

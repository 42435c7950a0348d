"""Edits of files as data, merged and reduced to the bytes that differ."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vecassist.errors import UserError
from vecassist.model import Span


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the bytes of `span` in the original by `new`."""

    span: Span
    new: bytes


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file before and after all its edits."""

    path: Path
    before: bytes
    after: bytes


def edit_between(original: bytes, changed: bytes) -> Edit:
    """The one smallest edit that turns `original` into `changed`."""
    limit = min(len(original), len(changed))
    head = _common(original, changed, limit)
    tail = _common(original[::-1], changed[::-1], limit - head)
    return Edit(Span(head, len(original) - tail), changed[head : len(changed) - tail])


def _common(left: bytes, right: bytes, limit: int) -> int:
    """Length of the common prefix, at most `limit`."""
    low, high = 0, limit
    while low < high:
        middle = (low + high + 1) // 2
        if left[:middle] == right[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def merge(original: bytes, edits: Iterable[Edit]) -> bytes:
    """All edits applied to the original. Raises ValueError where two overlap."""
    result: list[bytes] = []
    position = 0
    for edit in sorted(edits, key=lambda edit: (edit.span.start, edit.span.end)):
        if edit.span.start < position or edit.span.end > len(original):
            raise ValueError(f"overlapping edits at byte {edit.span.start}")
        result += (original[position : edit.span.start], edit.new)
        position = edit.span.end
    result.append(original[position:])
    return b"".join(result)


def check_unchanged(changes: Sequence[FileChange]) -> None:
    """Raises UserError where a file is no longer what was proved."""
    for change in changes:
        try:
            now = change.path.read_bytes()
        except OSError as error:
            raise UserError(f"{change.path}: cannot be read any more: {error.strerror}; run again") from error
        if now != change.before:
            raise UserError(
                f"{change.path}: changed while it was being optimized; nothing was written, run again"
            )

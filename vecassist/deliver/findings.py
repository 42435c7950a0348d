"""What a run found, one finding a loop, as code scanning and annotations take it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vecassist.deliver.diff import shown
from vecassist.model import Site, Span
from vecassist.store.entry import Entry, to_source

SCALAR = "scalar-loop"
MODEL = "model-rewrite"
NOT_HELD = "rewrite-not-held"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding: a stable id, a title, what it means and what to do about it. level: "note" or "error"."""

    id: str
    title: str
    meaning: str
    help: str
    level: str = "note"


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a file, both ends as lines and columns from 1; columns count UTF-16 units, the end is exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, slots=True)
class Finding:
    """uri: relative to the repository, forward slashes. fingerprint: stays when the loop moves to other lines."""

    kind: str
    uri: str
    place: Place
    message: str
    fingerprint: str


KINDS = {
    SCALAR: Kind(
        SCALAR,
        "Loop that no compiler vectorizes",
        "Every compiler that was asked leaves the innermost loop scalar under the flags of its compile command.",
        "`vecassist optimize` proposes rewrites, proves them and measures them; `vecassist explain` lists its rules.",
    ),
    MODEL: Kind(
        MODEL,
        "Proved and faster rewrite from a model",
        "A language model proposed a rewrite that is proved equivalent for all inputs, vectorized, and faster.",
        "Take the rewrite with `vecassist optimize --fix`, or review the patch of `--patch FILE`.",
    ),
    NOT_HELD: Kind(
        NOT_HELD,
        "Accepted rewrite that does not hold",
        "A rewrite of the store is stale, not proved any more, recalled, or compiled to scalar code.",
        "Run `vecassist optimize` on the file again, or take the rewrite out with `vecassist revert --forget`.",
        "error",
    ),
}


def kind_of_rule(rule: str) -> Kind:
    """The kind of findings whose rewrite a built-in rule made."""
    from vecassist.propose.rules.catalog import entries

    one = next((entry for entry in entries() if entry.id == rule), None)
    if one is None:
        return KINDS[MODEL]
    return Kind(
        one.id,
        one.title[:1].upper() + one.title[1:],
        f"{one.documented.splitlines()[0]} Pays where {one.pays}. The rewrite is proved equivalent for all inputs.",
        f"Take the rewrite with `vecassist optimize --fix`; `vecassist explain {one.id}` shows an example.",
    )


def kinds(found: Iterable[Finding]) -> tuple[Kind, ...]:
    """The kinds that occur, by id."""
    names = sorted({one.kind for one in found})
    return tuple(KINDS[name] if name in KINDS else kind_of_rule(name) for name in names)


def finding(kind: str, site: Site, original: bytes, root: Path, message: str) -> Finding:
    """A finding about a loop. original: the bytes of its file."""
    return Finding(
        kind,
        shown(site.file, root),
        place(site.span, original),
        message,
        _fingerprint(kind, site.function, site.key),
    )


def not_held(entry: Entry, root: Path, message: str) -> Finding:
    """A finding about an accepted rewrite: where it or its original stands in the file, else where that stood."""
    try:
        source = (root / entry.file).read_bytes()
    except OSError:
        source = b""
    texts = [to_source(text) for text in (entry.after, entry.before)]
    found = next(
        (Span(source.find(text), source.find(text) + len(text)) for text in texts if text in source), None
    )
    where = Place(entry.line, 1, entry.line, 2) if found is None else place(found, source)
    return Finding(NOT_HELD, entry.file, where, message, _fingerprint(NOT_HELD, entry.function, entry.key))


def _fingerprint(kind: str, function: str, key: str) -> str:
    return hashlib.sha256(f"{kind}\0{function}\0{key}".encode()).hexdigest()[:16] + ":1"


def once(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Each finding once, although several compile commands reach it; in the order of files and lines."""
    unique = {(one.uri, one.place, one.kind): one for one in reversed(found)}
    return tuple(
        sorted(unique.values(), key=lambda one: (one.uri, one.place.line, one.place.column, one.kind))
    )


def place(span: Span, original: bytes) -> Place:
    """Where a stretch of bytes is, for people."""
    return Place(*_position(original, span.start), *_position(original, span.end))


def _position(original: bytes, offset: int) -> tuple[int, int]:
    start = original.rfind(b"\n", 0, offset) + 1
    before = original[start:offset].decode("utf-8", "replace")
    return original.count(b"\n", 0, offset) + 1, len(before.encode("utf-16-le")) // 2 + 1

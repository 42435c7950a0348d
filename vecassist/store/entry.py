"""One accepted rewrite with its proof and measurement, as JSON. What an entry says is a claim, never a
proof."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import cast

from vecassist.errors import UserError

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Command:
    """A compile command under which the rewrite was proved; its directory is relative to the repository."""

    directory: str
    compiler: str
    args: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """One verdict of the prover: always `proved` with an unbounded scope when written by this program."""

    command: Command
    verdict: str
    scope: str
    strategy: str
    assumptions: tuple[str, ...]
    certificate: Mapping[str, object]
    versions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one compiler made of the rewrite; speedup is None where it was not timed."""

    vectorized_before: bool
    vectorized_after: bool
    speedup: Mapping[str, float] | None
    by_size: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Entry:
    """before, after: the text of the region; line: where it stood; key: the site's stable identity."""

    key: str
    file: str
    function: str
    line: int
    before: str
    after: str
    proposer: str
    rule: str
    note: str
    tokens: int
    cost_usd: float
    proofs: tuple[Proof, ...]
    measurements: Mapping[str, Measurement]

    @property
    def name(self) -> str:
        """The entry's file name: where it belongs, and its identity."""
        slug = "-".join(
            part for part in self.file.replace("\\", "/").split("/") if part not in {"", ".", ".."}
        )
        digest = hashlib.sha256(f"{self.file}\0{self.key}".encode()).hexdigest()[:12]
        return f"{slug}-{self.function}-{digest}.json"


def to_text(source: bytes) -> str:
    """Bytes of a source as text for an entry: UTF-8 is readable there, any other byte survives too."""
    return source.decode("utf-8", "surrogateescape")


def to_source(text: str) -> bytes:
    """The bytes that `to_text` was given."""
    return text.encode("utf-8", "surrogateescape")


def to_json(entry: Entry) -> str:
    """Readable, stable text: the same entry gives the same bytes; regions are lists of lines."""
    body: dict[str, object] = {"format": FORMAT, **asdict(entry)}
    for side in ("before", "after"):
        body[side] = getattr(entry, side).split("\n")
    body["digest"] = digest(entry)
    return json.dumps(body, indent=2, ensure_ascii=True) + "\n"


def digest(entry: Entry) -> str:
    """A checksum over what was proved: it shows edits by hand; it is no protection against forgery."""
    claim = [entry.key, entry.file, entry.function, entry.before, entry.after]
    return hashlib.sha256(json.dumps(claim).encode()).hexdigest()


def from_json(text: str, name: str) -> Entry:
    """Read an entry. Raises UserError where it is damaged, of another format, or about a file that is elsewhere."""
    try:
        body = cast("dict[str, object]", json.loads(text))
        if body.pop("format") != FORMAT:
            raise UserError(
                f"{name}: written in another format; delete it and run `vecassist optimize` again"
            )
        claimed = body.pop("digest")
        entry = _entry(body)
        if PurePosixPath(entry.file).is_absolute() or ".." in PurePosixPath(entry.file).parts:
            raise ValueError("it names a file outside of the repository")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UserError(
            f"{name}: not a valid entry ({error}); restore it, or delete it and optimize again"
        ) from error
    if digest(entry) != claimed:
        raise UserError(
            f"{name}: its contents do not match its digest; restore it, or delete it and optimize again"
        )
    return entry


def _entry(body: dict[str, object]) -> Entry:
    fields = dict(body)
    for side in ("before", "after"):
        fields[side] = "\n".join(cast("list[str]", fields[side]))
    fields["proofs"] = tuple(_proof(item) for item in cast("list[dict[str, object]]", fields["proofs"]))
    measured = cast("dict[str, dict[str, object]]", fields["measurements"])
    fields["measurements"] = {name: Measurement(**item) for name, item in measured.items()}  # pyright: ignore[reportArgumentType]
    return Entry(**fields)  # pyright: ignore[reportArgumentType]


def _proof(item: dict[str, object]) -> Proof:
    command = cast("dict[str, object]", item["command"])
    args = tuple(cast("list[str]", command["args"]))
    fields = dict(item)
    fields["command"] = Command(str(command["directory"]), str(command["compiler"]), args)
    fields["assumptions"] = tuple(cast("list[str]", item["assumptions"]))
    return Proof(**fields)  # pyright: ignore[reportArgumentType]

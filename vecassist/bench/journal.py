"""What a bench has found so far, one JSON object a line, so that a run that was cut goes on where it ended."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vecassist.deliver.edits import Edit
from vecassist.errors import UserError
from vecassist.model import Candidate, CompilerOutcome, Outcome, Site, Span, Speedup

_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Record:
    """One function: what became of its loops, the edits of the accepted ones, who was asked ("rules", "model"), and in
    a line each what they offered."""

    function: str
    outcomes: tuple[Outcome, ...]
    edits: tuple[Edit, ...]
    asked: tuple[str, ...]
    tried: tuple[str, ...] = ()


class Journal:
    """A file of records; those of another suite or other flags are refused. Threads may share it."""

    def __init__(self, path: Path, original: bytes, flags: Sequence[str]) -> None:
        self._path = path
        self._lock = threading.Lock()
        digest = hashlib.sha256(original).hexdigest()
        self._head = {"format": _FORMAT, "suite": digest, "flags": list(flags)}

    def load(self, sites: Sequence[Site]) -> Mapping[str, Record]:
        """The last record of each function. Raises UserError where the file is of something else.

        A line that was not written to its end is left out.
        """
        try:
            lines = self._path.read_text("utf-8").split("\n")
        except FileNotFoundError:
            return {}
        except (OSError, UnicodeError) as error:
            raise UserError(f"{self._path}: cannot be read: {error}; remove it to start anew") from None
        found: dict[str, Record] = {}
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except ValueError:
                if number > 1:
                    continue
                raise UserError(f"{self._path}: no record of a bench; remove the file") from None
            try:
                if number == 1:
                    self._check(value)
                else:
                    record = _record(value, sites)
                    found[record.function] = record
            except (ValueError, KeyError, TypeError, StopIteration):
                raise UserError(f"{self._path}:{number}: no record of a bench; remove the file") from None
        return found

    def _check(self, head: object) -> None:
        if head != self._head:
            raise UserError(f"{self._path}: of another suite or other flags; remove it to start anew")

    def add(self, record: Record) -> None:
        """Append a record. Raises UserError where the file cannot be written."""
        line = json.dumps(_plain(record), separators=(",", ":"))
        with self._lock:
            try:
                with self._path.open("a+b") as out:
                    end = out.seek(0, os.SEEK_END)
                    out.seek(max(0, end - 1))
                    before = "" if end and out.read() == b"\n" else "\n"
                    out.write((before if end else json.dumps(self._head) + "\n").encode())
                    out.write(line.encode() + b"\n")
            except OSError as error:
                raise UserError(f"{self._path}: cannot be written: {error.strerror}") from None


def _plain(record: Record) -> dict[str, Any]:
    return {
        "function": record.function,
        "asked": list(record.asked),
        "tried": list(record.tried),
        "edits": [[e.span.start, e.span.end, e.new.decode("latin-1")] for e in record.edits],
        "loops": [_outcome(one) for one in record.outcomes],
    }


def _outcome(one: Outcome) -> dict[str, Any]:
    candidate = one.candidate
    return {
        "line": one.site.line,
        "key": one.site.key,
        "status": one.status,
        "reason": one.reason,
        "reason_code": one.reason_code,
        "candidate": candidate
        and {"text": candidate.text, "proposer": candidate.proposer, "rule": candidate.rule},
        "verdict": one.verdict,
        "compilers": {name: _compiler(made) for name, made in one.compilers.items()},
        "tokens": one.tokens,
        "cost_usd": one.cost_usd,
        "seconds": round(one.seconds, 2),
    }


def _compiler(made: CompilerOutcome) -> list[Any]:
    gain = made.speedup
    figures = gain and [gain.ratio, gain.low, gain.high, [list(pair) for pair in gain.by_size]]
    return [made.before, made.after, figures]


def _record(value: dict[str, Any], sites: Sequence[Site]) -> Record:
    edits = tuple(Edit(Span(a, b), new.encode("latin-1")) for a, b, new in value["edits"])
    mine = [site for site in sites if site.function == value["function"]]
    loops = tuple(_read(one, mine) for one in value["loops"])
    return Record(value["function"], loops, edits, tuple(value["asked"]), tuple(value["tried"]))


def _read(value: dict[str, Any], sites: Sequence[Site]) -> Outcome:
    site = next(one for one in sites if (one.line, one.key) == (value["line"], value["key"]))
    said = value["candidate"]
    candidate = said and Candidate(site, said["text"], said["proposer"], said["rule"])
    compilers: dict[str, CompilerOutcome] = {}
    for name, (before, after, gain) in value["compilers"].items():
        speedup = gain and Speedup(gain[0], gain[1], gain[2], tuple((size, ratio) for size, ratio in gain[3]))
        compilers[name] = CompilerOutcome(before, after, speedup)
    return Outcome(
        site=site,
        status=value["status"],
        reason=value["reason"],
        reason_code=value["reason_code"],
        candidate=candidate,
        verdict=value["verdict"],
        scope="unbounded" if value["verdict"] == "proved" else None,
        compilers=compilers,
        tokens=value["tokens"],
        cost_usd=value["cost_usd"],
        seconds=value["seconds"],
    )

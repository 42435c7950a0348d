"""Execution counts in JSON: `gcov --json-format` and `llvm-cov export`."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

from vecassist.profile.weights import Malformed, Weights


def read_json(name: str, text: str) -> Weights:
    """Counts of lines. `gcov -t` writes one object a line, so several may follow each other. Raises Malformed."""
    lines: Counter[tuple[str, int]] = Counter()
    kinds: set[str] = set()
    for line, body in _objects(name, text):
        try:
            kind, counts = _counts(body)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            what = f"not what gcov or llvm-cov writes ({type(error).__name__}: {error}); write it anew"
            raise Malformed(name, line, what) from error
        if not kind:
            raise Malformed(
                name, line, 'JSON with neither gcov\'s "files" nor llvm-cov\'s "data"; pass one of these'
            )
        kinds.add(kind)
        lines.update(counts)
    if len(kinds) != 1:
        raise Malformed(name, 1, "gcov and llvm-cov output in one file; pass them as two files")
    return Weights(kinds.pop(), "line executions", dict(lines), float(sum(lines.values())))


def _objects(name: str, text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each JSON object with the line on which it starts."""
    decoder = json.JSONDecoder()
    at = len(text) - len(text.lstrip())
    while at < len(text):
        line = text.count("\n", 0, at) + 1
        try:
            body, at = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            where = error.lineno if isinstance(error, json.JSONDecodeError) else line
            raise Malformed(name, where, f"broken JSON ({error}); write the profile anew") from error
        if not isinstance(body, dict):
            raise Malformed(name, line, "JSON, but no object; pass what gcov or llvm-cov wrote")
        yield line, body
        at = len(text) - len(text[at:].lstrip())


def _counts(body: dict[str, Any]) -> tuple[str, Counter[tuple[str, int]]]:
    found: Counter[tuple[str, int]] = Counter()
    if "files" in body:
        home = body.get("current_working_directory", "")
        for file in body["files"]:
            path = os.path.join(home, file["file"])
            for line in file["lines"]:
                found[path, int(line["line_number"])] += _count(line["count"])
        return "gcov", found
    if body.get("type") == "llvm.coverage.json.export":
        for export in body["data"]:
            for file in export["files"]:
                if "segments" not in file:
                    raise ValueError("no segments: it was written with -summary-only")
                for line, count in _of_segments(file["segments"]):
                    found[file["filename"], line] += count
        return "llvm-cov", found
    return "", found


def _of_segments(segments: list[list[Any]]) -> Iterator[tuple[int, int]]:
    """The count of each line: the greatest of the segments that cover code of it, as llvm-cov's own line counts."""
    best: dict[int, int] = {}
    for here, then in zip(segments, [*segments[1:], None], strict=True):
        line, _, count, counted, *rest = here
        if not counted or (len(rest) > 1 and rest[1]):
            continue
        last = line if then is None else then[0]
        # A segment that ends in the first column of a line covers nothing of it.
        if then is not None and then[1] <= 1 and last > line:
            last -= 1
        for covered in range(line, last + 1):
            best[covered] = max(best.get(covered, 0), _count(count))
    yield from best.items()


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise ValueError(f"a count is {value!r}")
    return int(value)

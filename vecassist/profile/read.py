"""A profile file, whatever wrote it: the form is recognized from the contents."""

from __future__ import annotations

import gzip
import re
import zlib
from pathlib import Path

from vecassist.errors import UserError
from vecassist.profile.callgrind import read_callgrind
from vecassist.profile.coverage import read_json
from vecassist.profile.perf import SAMPLE, read_report, read_script
from vecassist.profile.weights import Malformed, Weights

KNOWN = (
    "gcov --json-format, llvm-cov export, perf script, perf report --stdio, callgrind.out (gzip is unpacked)"
)
_CALLGRIND = re.compile(r"^(# callgrind format|(events|positions|creator|cmd|version): .*)$", re.MULTILINE)
_REPORT = re.compile(
    r"^# (?:Overhead\b|Children +Self\b).*$|^# To display the perf\.data header", re.MULTILINE
)


def read(path: Path) -> Weights:
    """The weights in a profile. Raises UserError where the file cannot be read, is of no known form or is broken."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}; name a profile") from error
    if data.startswith(b"\x1f\x8b"):
        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            raise UserError(f"{path}: broken gzip data: {error}; write the profile anew") from error
    if data.startswith((b"PERFILE2", b"2ELIFREP")):
        raise UserError(
            f"{path}: binary perf.data; pass the output of `perf script -F comm,event,ip,sym,srcline,period`"
        )
    text = data.decode("utf-8", "surrogateescape")
    weights = _recognized(str(path), text)
    if weights.total <= 0:
        raise UserError(f"{path}: the {weights.profiler} profile counts nothing; was the program run?")
    return weights


def _recognized(name: str, text: str) -> Weights:
    start = text.lstrip()
    if start.startswith("{"):
        return read_json(name, text)
    head = text[:8192]
    if _REPORT.search(head):
        return read_report(name, text)
    if _CALLGRIND.search(head):
        return read_callgrind(name, text)
    if any(SAMPLE.match(line) for line in head.splitlines()):
        return read_script(name, text)
    raise Malformed(name, 1, f"no profile of a known form; known are {KNOWN}")

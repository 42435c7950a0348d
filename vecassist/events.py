"""What happens during a run, as values: whoever shows it decides how."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a person may want to see while it happens.

    kind: "scanning", "scanned" (text: a count), "trying" (text: the candidate), "done" (text: the status)
    tally: how the run stands, in words
    """

    kind: str
    file: Path
    line: int = 0
    function: str = ""
    text: str = ""
    done: int = 0
    total: int = 0
    tally: str = ""

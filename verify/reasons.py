"""Why a verdict is `unknown`: every reason code, what it means, and what would help.

The table is reasons.txt, one code a line. `python -m verify.reasons` prints it as Markdown for docs/reasons.md.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Reason:
    """A stable code, what it says about the pair, and what a person can do about it, each one line."""

    code: str
    meaning: str
    help: str


@functools.cache
def reasons() -> Mapping[str, Reason]:
    """The table by code, in its order."""
    lines = files("verify").joinpath("reasons.txt").read_text("utf-8").splitlines()
    rows = (Reason(*(cell.strip() for cell in line.split("|"))) for line in lines)
    return {row.code: row for row in rows}


def explain(code: str) -> Reason | None:
    """The row of a code, None for one that is not in the table."""
    return reasons().get(code)


def as_markdown() -> str:
    """The table for people."""
    rows = [f"| `{row.code}` | {row.meaning} | {row.help} |" for row in reasons().values()]
    head = [
        "# Reasons for `unknown`",
        "",
        "A verdict of `unknown` has one of these codes, the C line where there is one, and what would help.",
        "",
        "| Code | What it says | What would help |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *rows, ""])


if __name__ == "__main__":
    import sys

    sys.stdout.write(as_markdown())

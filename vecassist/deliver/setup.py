"""The files that a repository gets to begin with: settings, a hook, a workflow. What exists is never changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vecassist.config import REPOSITORY_FILE

SETTINGS = """\
# Settings of vecassist for everybody who works on this repository. A model, a server, a key or a budget may only be
# named in your own ~/.config/vecassist/config.toml.
min_speedup = 1.05      # the least gain for which a rewrite is worth its lines
exclude = []            # files to leave alone, such as ["third_party/*"]
"""

HOOK = """\
repos:
  - repo: local
    hooks:
      - id: vecassist
        name: vecassist (proved rewrites, offline)
        entry: vecassist hook --offline --fix
        language: system
        types_or: [c]
        require_serial: true
"""

WORKFLOW = """\
name: vecassist
on:
  push:
    branches: [main]
  pull_request:
permissions:
  contents: read
  security-events: write
jobs:
  rewrites:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install vecassist
      - name: Every accepted rewrite is proved and vectorized
        run: vecassist guard --output-format github
      # With CMake: cmake -S . -B build -DCMAKE_EXPORT_COMPILE_COMMANDS=ON, and scan -p build.
      - name: Loops that compilers leave scalar
        run: vecassist scan . --output-format sarif > vecassist.sarif || [ $? -eq 1 ]
      # What comes from a fork may not write.
      - if: github.event_name == 'push' || github.event.pull_request.head.repo.full_name == github.repository
        uses: github/codeql-action/upload-sarif@v3
        with:
          sarif_file: vecassist.sarif
          category: vecassist
"""


@dataclass(frozen=True, slots=True)
class Piece:
    """A file to begin with. what: for the question; name: relative to the repository; mark: text that shows that a file
    which exists does this already."""

    id: str
    what: str
    name: str
    text: str
    mark: str


PIECES = (
    Piece("config", "the settings of this repository", REPOSITORY_FILE, SETTINGS, ""),
    Piece(
        "hook",
        "a hook of pre-commit that applies proved rewrites",
        ".pre-commit-config.yaml",
        HOOK,
        "vecassist",
    ),
    Piece(
        "workflow",
        "a workflow that guards accepted rewrites and reports scalar loops",
        ".github/workflows/vecassist.yml",
        WORKFLOW,
        "vecassist",
    ),
)


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of a piece: "written", "there" (it does this already), or "kept" (another file is there)."""

    piece: Piece
    status: str


def plan(root: Path, pieces: Iterable[Piece]) -> tuple[Fate, ...]:
    """What would become of each piece."""
    return tuple(Fate(piece, _status(root / piece.name, piece)) for piece in pieces)


def write(root: Path, fates: Iterable[Fate]) -> None:
    """Write those that are not there, all or none. Raises UserError where one cannot be written."""
    from vecassist.deliver.write import write_all
    from vecassist.errors import UserError

    contents = {
        root / fate.piece.name: fate.piece.text.encode() for fate in fates if fate.status == "written"
    }
    for path in contents:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(
                f"{path.parent}: cannot be made: {(error.strerror or str(error)).lower()}"
            ) from None
    write_all(contents)


def _status(path: Path, piece: Piece) -> str:
    if not path.exists() and not path.is_symlink():
        return "written"
    try:
        text = path.read_text("utf-8", "replace")
    except OSError:
        return "kept"
    return "there" if piece.mark in text else "kept"

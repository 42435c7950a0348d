"""Paths as people read them."""

from __future__ import annotations

import os
from pathlib import Path


def shown(file: Path) -> str:
    """A path relative to the working directory where it lies below it."""
    resolved, here = file.resolve(), Path.cwd().resolve()
    return os.fspath(resolved.relative_to(here)) if resolved.is_relative_to(here) else os.fspath(resolved)

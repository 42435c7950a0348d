from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Run, run_in


@pytest.fixture
def vecassist(tmp_path: Path) -> Run:
    """Runs `vecassist` in a fresh folder."""
    return lambda *arguments, **environment: run_in(tmp_path, *arguments, **environment)

"""A float sum stays as it is under strict flags, and the report says what reordering would give."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LOOP = """float total(const float *x, int n)
{
    float s = 0;
    for (int i = 0; i < n; i++) {
        s += x[i];
    }
    return s;
}
"""


def test_what_reordering_would_give_is_told_and_not_done(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text(LOOP)
    command = [sys.executable, "-m", "vecassist", "optimize", "a.c", "--no-store", "-j", "1"]
    command += ["--output-format", "json", "--fix", "--compiler", "gcc", "--", "-O3"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    (row,) = json.loads(done.stdout)["loops"]
    assert row["status"] != "accepted"
    assert "with -fassociative-math" in row["reason"]
    assert "would vectorize it" in row["reason"]
    assert (tmp_path / "a.c").read_text() == LOOP

"""`optimize --test-cmd` and `--bench-cmd`, from outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LOOP = """void step(int *restrict a, int *restrict b, const int *restrict c, int n)
{
    for (int i = 1; i < n; i++) {
        a[i] = b[i - 1] + c[i];
        b[i] = c[i] * 3;
    }
}
"""


def optimize(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vecassist", "optimize", "a.c", "--no-store", "-j", "1", *arguments]
    return subprocess.run([*command, "--", "-O3"], cwd=folder, capture_output=True, text=True, check=False)


def test_a_rewrite_with_which_the_tests_fail_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text(LOOP)
    (tmp_path / "kept.c").write_text(LOOP)
    done = optimize(
        tmp_path, "--output-format", "json", "--test-cmd", "cmp a.c kept.c", "--bench-cmd", "true"
    )
    (row,) = json.loads(done.stdout)["loops"]
    assert (row["status"], row["reason_code"]) == ("refused", "tests-fail")
    assert "differ" in row["reason"]
    assert done.returncode == 0


def test_tests_that_fail_anyway_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.c").write_text(LOOP)
    done = optimize(tmp_path, "--test-cmd", "false")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "fails without any rewrite" in done.stderr

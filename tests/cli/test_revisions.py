"""`verify` on stdin and on revisions of git."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Run, assert_user_error

BEFORE = """\
#include "scale.h"
void scale(int *a, int n) { for (int i = 0; i < n; i++) a[i] = a[i] * FACTOR; }
"""
RIGHT = BEFORE.replace("a[i] * FACTOR", "FACTOR * a[i]")
WRONG = BEFORE.replace("i = 0", "i = 1")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Three commits: the original, a right rewrite, and a wrong one with a changed header; a right one on top."""
    place = tmp_path / "src"
    place.mkdir()
    git(tmp_path, "init", "-q", "-b", "main")
    for number, (text, header) in enumerate([(BEFORE, 3), (RIGHT, 3), (WRONG, 5)]):
        (place / "dsp.c").write_text(text)
        (place / "scale.h").write_text(f"#define FACTOR {header}u\n")
        git(tmp_path, "add", "-A")
        git(tmp_path, "commit", "-q", "-m", str(number))
    (place / "dsp.c").write_text(RIGHT)
    return tmp_path


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def test_revisions(repository: Path, vecassist: Run) -> None:
    before = vecassist("verify", "HEAD~1", "--", "src/dsp.c:scale", "-O2")
    assert (before.returncode, before.stdout[:6]) == (0, "proved"), before.stderr
    assert "scale.h changed" in before.stderr
    both = vecassist("verify", "HEAD~2..HEAD~1", "-f", "scale", "--", "src/dsp.c", "-O2")
    assert (both.returncode, both.stderr) == (0, "")
    wrong = vecassist("verify", "HEAD~1..", "--", "src/dsp.c:scale")
    assert wrong.returncode == 1, wrong.stderr
    assert wrong.stdout.startswith("refuted")
    assert "no compile_commands.json" in wrong.stderr


def test_what_is_not_there(repository: Path, vecassist: Run) -> None:
    assert_user_error(vecassist("verify", "HEAD~9", "--", "src/dsp.c:scale"), "HEAD~9", "no such revision")
    assert_user_error(vecassist("verify", "HEAD", "--", "src/new.c:scale"), "src/new.c", "not there at HEAD")
    assert_user_error(vecassist("verify", "HEAD", "--", "src/dsp.c"), "which function")
    assert_user_error(vecassist("verify", "HEAD"), "FILE.c:FUNCTION")
    assert_user_error(vecassist("verify", "HEAD", "--", "-O2"), "FILE.c:FUNCTION")
    assert_user_error(vecassist("verify", "src/dsp.c", "-f", "scale"), "name the other version")
    assert_user_error(vecassist("verify", "-", "-", "-f", "scale"), "stdin")
    assert_user_error(vecassist("verify", "HEAD", "--", "src/dsp.c:nothing", "-O2"), "nothing")
    assert_user_error(vecassist("verify", "--output=x", "--", "src/dsp.c:scale"), "--output")


@pytest.mark.parametrize(("names", "code"), [(("src/dsp.c", "-"), 1), (("-", "src/dsp.c"), 3)])
def test_stdin(repository: Path, names: tuple[str, str], code: int) -> None:
    text = WRONG if names[1] == "-" else RIGHT.replace("int n", "int n, int unused")
    command = [sys.executable, "-m", "vecassist", "verify", *names, "-f", "scale", "--", "-O2"]
    done = subprocess.run(command, cwd=repository, input=text, capture_output=True, text=True, env=os.environ)
    if code == 1:
        assert done.returncode == 1, done.stderr
        assert done.stdout.startswith("refuted")
    else:
        assert done.returncode == 2
        assert "scale" in done.stderr

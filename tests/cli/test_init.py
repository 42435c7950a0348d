"""`vecassist init`: files to begin with, and nothing overwritten."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import yaml
from command_line import Run, assert_user_error

from vecassist.config import load
from vecassist.deliver.setup import HOOK, PIECES, WORKFLOW


def test_everything_at_once_and_nothing_twice(tmp_path: Path, vecassist: Run) -> None:
    (tmp_path / ".git").mkdir()
    done = vecassist("init", "--yes", XDG_DATA_HOME=str(tmp_path / "data"))
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("wrote")] == [
        f"wrote {piece.name}" for piece in PIECES
    ]
    assert "built " in done.stdout
    assert load(tmp_path, {"HOME": str(tmp_path)}).min_speedup == 1.05
    (hook,) = yaml.safe_load((tmp_path / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]
    assert hook["entry"].startswith("vecassist hook")
    workflow = yaml.safe_load((tmp_path / ".github/workflows/vecassist.yml").read_text())
    assert workflow["permissions"] == {"contents": "read", "security-events": "write"}
    assert workflow["jobs"]["rewrites"]["steps"]

    before = {piece.name: (tmp_path / piece.name).read_bytes() for piece in PIECES}
    again = vecassist("init", "--only", "config", "--only", "hook", "--only", "workflow")
    assert again.stdout.splitlines() == [f"kept {piece.name}: it is there already" for piece in PIECES]
    assert before == {piece.name: (tmp_path / piece.name).read_bytes() for piece in PIECES}


def test_a_file_of_the_user_is_kept_and_told(tmp_path: Path, vecassist: Run) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".pre-commit-config.yaml").write_text("repos: []\n")
    done = vecassist("init", "--only", "hook")
    assert done.returncode == 0
    assert "was not changed" in done.stdout
    assert all(line.strip() in done.stdout for line in HOOK.splitlines())
    assert (tmp_path / ".pre-commit-config.yaml").read_text() == "repos: []\n"
    assert not (tmp_path / "vecassist.toml").exists()


def test_outside_of_a_repository(tmp_path: Path, vecassist: Run) -> None:
    assert_user_error(vecassist("init", "--only", "config"), "not in a git repository")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".github").write_text("a file")
    assert_user_error(vecassist("init", "--only", "workflow"), ".github")
    assert not (tmp_path / "vecassist.toml").exists()


def test_each_file_is_asked_for_on_a_terminal(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    ours, theirs = pty.openpty()
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")}
    command = [sys.executable, "-m", "vecassist", "init"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    )
    os.write(ours, b"y\nn\nn\nn\n")
    out, questions = process.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == 0
    assert out.decode() == "wrote vecassist.toml\n"
    assert questions.decode().count("[Y/n]") == 4
    assert not (tmp_path / ".github").exists()


def test_the_workflow_passes_in_a_repository_without_rewrites(tmp_path: Path, vecassist: Run) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "k.c").write_text("void f(float *a) { for (int i = 1; i < 9; i++) a[i] = a[i - 1] * 2; }\n")
    steps = yaml.safe_load(WORKFLOW)["jobs"]["rewrites"]["steps"]
    lines = [step["run"] for step in steps if step.get("run", "").startswith("vecassist ")]
    assert [line.split()[1] for line in lines] == ["guard", "scan"]
    tool = tmp_path / "vecassist"
    tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m vecassist "$@"\n')
    tool.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    for line in lines:
        # As a runner does it.
        words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", line]
        done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "vecassist.sarif").read_text())["runs"][0]["results"]

"""The steps of the GitHub Action, run by bash as a runner does, with a program that shows what it was given."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    step = next(one for one in action["runs"]["steps"] if one.get("id") == "run")
    given = {name: str(one.get("default", "")) for name, one in action["inputs"].items()} | inputs
    variables = {
        name: given[text.removeprefix("${{ inputs.").removesuffix(" }}")]
        for name, text in step["env"].items()
    }
    program = folder / "vecassist" / "bin" / "vecassist"
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text('#!/bin/sh\nprintf "<%s>" "$@"\nenv | grep -c "^VA_TOKEN"\necho "$GITHUB_TOKEN"\n')
    program.chmod(0o755)
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        env={"PATH": os.environ["PATH"], "RUNNER_TEMP": str(folder)} | variables,
        cwd=folder,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"build": "my build"}, "<bot><-p><my build>"),
        ({"paths": "a.c\nb c.c\n", "cflags": "-O3\n-DX=$(id)"}, "<bot><a.c><b c.c><--><-O3><-DX=$(id)>"),
        ({"arguments": "--dry-run\n'; id"}, "<bot><--dry-run><'; id>"),
    ],
)
def test_inputs_are_words_and_never_commands(tmp_path: Path, inputs: dict[str, str], words: str) -> None:
    done = run(tmp_path, token="secret", **inputs)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{words}0\nsecret\n", "")


def test_the_guard_gets_no_token(tmp_path: Path) -> None:
    done = run(tmp_path, token="secret", command="guard", arguments="--assume=sequential")
    assert (done.returncode, done.stdout) == (0, "<guard><--assume=sequential>0\n\n")
    assert run(tmp_path, command="rm").returncode == 2

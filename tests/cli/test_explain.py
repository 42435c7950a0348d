"""`vecassist explain`, from outside."""

from __future__ import annotations

import json
import subprocess
import sys


def explain(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vecassist", "explain", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_every_rule_has_an_example_and_says_when_it_pays() -> None:
    rules = json.loads(explain("--output-format", "json").stdout)["rules"]
    assert len(rules) >= 20
    for rule in rules:
        assert "-->" in rule["documented"], rule["id"]
        assert rule["pays"]


def test_one_rule_and_the_list() -> None:
    one = explain("va007").stdout
    assert one.startswith("VA007: exchange two nested loops")
    assert "PWR039" in one
    assert "VA021" in explain().stdout


def test_an_unknown_rule_is_one_line() -> None:
    done = explain("VA00")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "did you mean VA" in done.stderr

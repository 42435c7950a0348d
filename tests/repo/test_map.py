"""ARCHITECTURE.md lists each folder once, and the other project files say what they must."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def folders() -> set[str]:
    found = {f"{parent.as_posix()}/" for name in tracked() for parent in Path(name).parents[:-1]}
    # The corpus and recorded data have folders as data, not as structure.
    return {
        folder for folder in found if not folder.startswith((".", "tests/pairs/")) or folder == "tests/pairs/"
    } - {"tests/"}


def test_each_folder_is_listed_once() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    listed = re.findall(r"^\| `([^`]+/)` \|", text, re.MULTILINE)
    assert sorted(listed) == sorted(set(listed))
    assert set(listed) == folders()


def test_readme_tells_how_to_start() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert "make demo" in text
    assert "make test" in text


def test_no_machine_paths_in_tracked_files() -> None:
    pattern = re.compile(r"(?<![\w.])/(work|farm)/[a-z]")
    wrong = [
        name
        for name in tracked()
        if (ROOT / name).is_file()
        and name != "tests/repo/test_map.py"
        and pattern.search((ROOT / name).read_text("utf-8", "replace"))
    ]
    assert wrong == []

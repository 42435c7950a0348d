"""What `make demo` shows: examples that end accepted, and wrong answers of a model that are refuted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from command_line import FLAGS, run_in

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
WRONG = {"energy", "low_pass", "first_above", "keep_above"}


def test_the_demonstration(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("kernels"))
    ran = run_in(
        tmp_path, "optimize", "examples", "--recorded", "examples/replies", "--no-store", "-j", "2",
        "--output-format", "json", "--", *FLAGS,
    )  # fmt: skip
    assert ran.returncode == 1, ran.stderr
    loops = json.loads(ran.stdout)["loops"]
    accepted = {row["function"]: row for row in loops if row["status"] == "accepted"}
    assert len(accepted) >= 6
    assert "llm" in {row["proposer"] for row in accepted.values()}
    own = [
        made for row in accepted.values() for name, made in row["compilers"].items() if name.startswith("gcc")
    ]
    assert sum(made["speedup"]["ratio"] >= 2 for made in own) >= 4
    assert not WRONG & set(accepted)
    for row in loops:
        if row["function"] in WRONG:
            (answer,) = [attempt for attempt in row["attempts"] if attempt["proposer"] == "llm"]
            assert answer["verdict"] == "refuted", answer
            assert answer["counterexample"]["replayed"] is True
    assert not (tmp_path / ".vecassist").exists()

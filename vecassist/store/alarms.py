"""Cases that contradict a proof, kept for whoever mends the prover."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

from vecassist.model import Site
from verify.problem import Problem


def alarms_folder() -> Path:
    """Where cases are kept: outside the repository, in the user's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(cache) / "vecassist" / "alarms"


def keep_case(site: Site, problem: Problem, reason: str) -> Path:
    """Write the problem as it was given to the prover; returns the folder."""
    folder = alarms_folder() / f"{site.function}-{site.key}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "before.ll").write_text(problem.before.ir)
    (folder / "after.ll").write_text(problem.after.ir)
    facts = {
        "file": str(site.file),
        "line": site.line,
        "function": problem.function,
        "reason": reason,
        "promises": [problem.before.promises, problem.after.promises],
        "assume": problem.assume,
        "semantics": asdict(problem.semantics),
    }
    (folder / "case.json").write_text(json.dumps(facts, indent=2) + "\n")
    return folder

"""`make mutate-prover`: faults are put into the prover, one at a time; the suite must catch each.

A copy of the repository gets one text of `campaigns/seeded.toml` replaced, then the test that is named there runs in it
and must fail. With --all, the whole gate (tests/verify) runs instead, for faults without a name too.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY)]

from campaigns.seeded import Seed, seeds  # noqa: E402

_COPIED = ("verify", "compiler", "vecassist", "campaigns", "tests", "pyproject.toml")
_LONGEST = 900


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one fault. fate: "caught", "missed", or "stale" where its text is not in the prover."""

    seed: Seed
    fate: str
    said: str = ""


def stale(seed: Seed, root: Path = REPOSITORY) -> str:
    """Why a fault cannot be put in; "" if it can."""
    count = (root / "verify" / seed.file).read_text("utf-8").count(seed.old)
    return "" if count == 1 else f"its text stands {count} times in verify/{seed.file}"


def command(seed: Seed, everything: bool = False) -> list[str]:
    """The test that must fail: a test of the suite, or the gate on one pair of the corpus."""
    if everything or not seed.caught_by:
        return ["tests/verify"]
    if "::" in seed.caught_by:
        return [seed.caught_by]
    folder = seed.caught_by.split("/")[-2]
    return [f"tests/verify/test_pairs.py::test_nothing_wrong_is_proved_and_nothing_right_refuted[{folder}]"]


def trial(seed: Seed, everything: bool = False) -> Trial:
    """Put one fault into a copy and run the test there."""
    why = stale(seed)
    if why:
        return Trial(seed, "stale", why)
    with tempfile.TemporaryDirectory(prefix="campaign-") as temporary:
        root = Path(temporary)
        for name in _COPIED:
            source = REPOSITORY / name
            if source.is_dir():
                shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, root / name)
        place = root / "verify" / seed.file
        place.write_text(place.read_text("utf-8").replace(seed.old, seed.new), "utf-8")
        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist"]
        argv = [sys.executable, "-m", "pytest", *options, *command(seed, everything)]
        environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            argv, cwd=root, env=environment, capture_output=True, text=True, timeout=_LONGEST, check=False
        )
    # 1: tests failed. Any other code says that the test did not run.
    last = done.stdout.strip().splitlines()[-1:] or done.stderr.strip().splitlines()[-1:] or [""]
    return Trial(seed, {0: "missed", 1: "caught"}.get(done.returncode, "not run"), last[0])


def trials(chosen: tuple[Seed, ...], everything: bool) -> Iterator[Trial]:
    """One after the other: each may take all processors for its tests."""
    for seed in chosen:
        yield trial(seed, everything)


def main() -> int:
    parser = argparse.ArgumentParser(prog="campaigns/mutate_prover.py", description=__doc__)
    parser.add_argument("--all", action="store_true", help="run all of tests/verify, not only the named test")
    parser.add_argument(
        "--only", action="append", default=[], metavar="TEXT", help="faults whose name contains TEXT"
    )
    options = parser.parse_args()
    chosen = tuple(s for s in seeds() if not options.only or any(text in s.name for text in options.only))
    counts = dict.fromkeys(("caught", "missed", "stale", "not run"), 0)
    for found in trials(chosen, options.all):
        counts[found.fate] += 1
        by = found.seed.caught_by or "tests/verify"
        sys.stdout.write(
            f"{found.fate:8} {found.seed.name} ({by}) {found.said if found.fate != 'caught' else ''}\n"
        )
        sys.stdout.flush()
    sys.stdout.write(f"{len(chosen)} faults: {counts}\n")
    return 0 if counts["caught"] == len(chosen) else 1


if __name__ == "__main__":
    raise SystemExit(main())

"""`make faults`: builds in which something is wrong with the compile path; none may fail or get a wrong rewrite.

Each fault is one compilation by `vecassist cc` after something was broken, compared with the plain compiler on the
same source: the exit code must be the same, and the object must be the plain one, or the one with the proved rewrite
where that still holds. A forged, stale or unproved rewrite in an object is a fault of the compile path, and so is a
failed build.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests"), str(REPOSITORY / "tests" / "cc")]

import builds  # noqa: E402

from campaigns.broken import COMPILE, FAULTS, FLAGS, Bench  # noqa: E402
from vecassist.cc import launcher as launchers  # noqa: E402


@dataclass(frozen=True, slots=True)
class Outcome:
    """fault: its name; wrong: what must not be, "" where all is well; applied: the rewrite was."""

    fault: str
    seed: int
    wrong: str
    applied: bool


@dataclass(frozen=True)
class Stage:
    """A build that has been run once, and a copy from which it is restored in the same place."""

    build: builds.Build
    saved: Path


def stage(build: builds.Build, scratch: Path) -> Stage:
    """Run a build once without a fault and keep it. Raises SystemExit where that is not as it should be."""
    first = build.run(*COMPILE)
    if first.returncode != 0 or build.events() != ["compiled", "applied"]:
        raise SystemExit(f"the build without a fault is not as it should be: {first.stderr!r}")
    shutil.copytree(build.folder, scratch / "saved", symlinks=True)
    return Stage(build, scratch / "saved")


def inject(on: Stage, name: str, seed: int) -> Outcome:
    """One fault, on a build that has just been restored."""
    rng = random.Random(seed)
    shutil.rmtree(on.build.folder, ignore_errors=True)
    shutil.copytree(on.saved, on.build.folder, symlinks=True)
    bench = Bench(on.build, COMPILE)
    try:
        FAULTS[name](bench, rng)
        wrong, applied = _judge(bench)
    finally:
        for process in bench.others:
            process.wait()
    return Outcome(name, seed, wrong, applied)


def _judge(bench: Bench) -> tuple[str, bool]:
    build, words = bench.build, bench.words
    if bench.kill_after is not None:
        _killed_run(bench)
    done = build.run(*words, **bench.environment)
    mine = _read(build.folder / "k.o")
    applied = "applied" in build.events()
    plain = build.plain(*words)
    theirs = _read(build.folder / "k.o")
    if done.returncode != plain.returncode:
        return (
            f"exit code {done.returncode}, the compiler's is {plain.returncode}: {done.stderr[-300:]!r}",
            applied,
        )
    if (done.stdout, done.stderr) != (plain.stdout, plain.stderr):
        return f"it printed {done.stderr[-300:]!r}, the compiler {plain.stderr[-300:]!r}", applied
    if mine == theirs:
        return "", False
    if not bench.allowed:
        return "a stale or forged rewrite was applied", True
    good = _with_rewrite(build.folder, words)
    return ("" if mine == good else "the object is neither the plain nor the rewritten one"), True


def _killed_run(bench: Bench) -> None:
    process = subprocess.Popen(
        [*bench.build.start, *bench.words],
        cwd=bench.build.folder,
        env=bench.build.environment,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(bench.kill_after or 0)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    finally:
        process.wait()


def _with_rewrite(folder: Path, words: tuple[str, ...]) -> bytes:
    """The object of the source with the right rewrite written into its lines by hand."""
    from vecassist.cc.lay import laid_out
    from vecassist.model import Unit
    from vecassist.scan.sites import scan_unit
    from vecassist.splice import splice

    source = folder / "src" / "k.c"
    site = scan_unit(Unit(source, folder, "gcc", FLAGS)).sites[0]
    laid = laid_out(site.text, builds.AFTER)
    assert laid is not None
    source.write_bytes(splice(source.read_bytes(), site, laid))
    subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return _read(folder / "k.o")


def _read(path: Path) -> bytes:
    data = path.read_bytes() if path.exists() else b""
    path.unlink(missing_ok=True)
    return data


def campaign(count: int, seed: int) -> Iterator[Outcome]:
    """`count` faults of all kinds in turn."""
    with tempfile.TemporaryDirectory(prefix="faults-", ignore_cleanup_errors=True) as scratch:
        program = launchers.build(["gcc"], Path(scratch) / "bin")
        on = stage(builds.make(Path(scratch) / "p", (str(program), "cc")), Path(scratch))
        names = list(FAULTS)
        for number in range(count):
            yield inject(on, names[number % len(names)], seed + number)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", "--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path)
    asked = parser.parse_args()
    outcomes: list[Outcome] = []
    for outcome in campaign(asked.count, asked.seed):
        outcomes.append(outcome)
        if outcome.wrong:
            sys.stdout.write(f"{outcome.fault} (seed {outcome.seed}): {outcome.wrong}\n")
            sys.stdout.flush()
    kinds = Counter(outcome.fault for outcome in outcomes)
    applied = sum(outcome.applied for outcome in outcomes)
    bad = sum(bool(outcome.wrong) for outcome in outcomes)
    sys.stdout.write(
        f"{len(outcomes)} faults of {len(kinds)} kinds: {bad} failed builds or wrong rewrites; "
        f"the right rewrite was applied in {applied}\n"
    )
    if asked.output is not None:
        asked.output.parent.mkdir(parents=True, exist_ok=True)
        body = {
            "faults": len(outcomes),
            "kinds": dict(kinds),
            "applied": applied,
            "bad": bad,
            "seed": asked.seed,
        }
        asked.output.write_text(json.dumps(body, indent=2) + "\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

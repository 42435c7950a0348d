"""`make kills`: `optimize --fix`, `hook --fix` and `cc` killed with SIGKILL, before changes of files and at random.

After each kill, every file of the project must be as it was before the run or as a whole run leaves it, and a second
run must end as if nothing had happened, with nothing left behind that is half written.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests" / "cc")]

import builds  # noqa: E402

MOMENTS = REPOSITORY / "campaigns" / "moments.py"
_LEFT_ALONE = ("cache", "changes.log")
_RING = """\
void ring(float *restrict out, const float *restrict in, int n)
{
    int prev = n - 1;

    for (int i = 0; i < n; i++) {
        out[i] = 0.5f * (in[i] + in[prev]);
        prev = i;
    }
}
"""
COMMANDS = {
    "optimize": ("optimize", "k.c", "--fix", "-j", "1", "--", "-O3", "-march=x86-64-v3", "-ffp-contract=off"),
    "hook": ("hook", "--fix", "src/k.c"),
    "cc": ("cc", "gcc", *builds.FLAGS, "-c", "src/k.c", "-o", "k.o"),
}
"""What is run: the first part of a name says what of."""


@dataclass(frozen=True)
class Stage:
    """One command in its project. warm: what a run begins with; before, after: the project's files then, and as a
    whole run leaves them; changes: what that run changes on disk, in order."""

    folder: Path
    warm: Path
    command: tuple[str, ...]
    before: dict[str, bytes]
    after: dict[str, bytes]
    code: int
    changes: tuple[str, ...]

    def restore(self) -> None:
        """The project and its cache as they were before the run."""
        _copy(self.warm, self.folder)

    def delivering(self) -> tuple[int, ...]:
        """The changes that lie in the project."""
        inside = f" {self.folder}"
        return tuple(
            number
            for number, line in enumerate(self.changes, 1)
            if inside in line and f"{inside}/cache" not in line
        )


def stage(kind: str, scratch: Path, cold: bool = False) -> Stage:
    """Make the project of a command and run it once. cold: nothing is known from earlier runs."""
    folder, warm, command = scratch / "project", scratch / "warm", COMMANDS[kind]
    if kind == "optimize":
        (folder / ".git").mkdir(parents=True)
        (folder / "k.c").write_text(_RING)
    else:
        builds.make(folder)
    before = files(folder)
    if kind == "optimize" and not cold:
        done = run(folder, command)
        shutil.move(folder / "cache", scratch / "known")
        shutil.rmtree(folder)
        (folder / ".git").mkdir(parents=True)
        (folder / "k.c").write_text(_RING)
        shutil.move(scratch / "known", folder / "cache")
    elif kind == "hook" and not cold:
        done = run(folder, ("hook", "src/k.c"))
        assert done.returncode == 0, done.stderr
    _copy(folder, warm)
    done = run(folder, command, 0)
    if done.returncode not in (0, 1):
        raise SystemExit(f"the run without a kill is not as it should be: {done.stderr}")
    changes = tuple((folder / "changes.log").read_text().splitlines())
    return Stage(folder, warm, command, before, files(folder), done.returncode, changes)


def run(folder: Path, command: tuple[str, ...], when: int = 0) -> subprocess.CompletedProcess[str]:
    """`vecassist` in the project, killed before the given change, 0 for not at all."""
    words = [sys.executable, str(MOMENTS), str(when), "changes.log", *command]
    return subprocess.run(
        words,
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
    )


def environment(folder: Path) -> dict[str, str]:
    """Of a run: its own cache and configuration."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("VECASSIST_", "OPENAI_"))
    }
    return kept | {
        "VECASSIST_CACHE_DIR": str(folder / "cache"),
        "XDG_CONFIG_HOME": str(folder / "cache"),
        "PYTHONPATH": str(REPOSITORY),
    }


def files(folder: Path) -> dict[str, bytes]:
    """The project's files."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] not in _LEFT_ALONE
    }


def killed_before(on: Stage, when: int) -> str:
    """What is wrong after a kill before one change; "" where all is well."""
    on.restore()
    done = run(on.folder, on.command, when)
    if done.returncode != -signal.SIGKILL:
        return (
            ""
            if done.returncode == on.code
            else f"exit code {done.returncode} and no kill: {done.stderr[-300:]}"
        )
    return _judged(on)


def killed_after(on: Stage, seconds: float) -> str:
    """What is wrong after a kill of all processes of the run after some time; "" where all is well."""
    on.restore()
    words = [sys.executable, "-m", "vecassist", *on.command]
    process = subprocess.Popen(
        words, cwd=on.folder, env=environment(on.folder), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    time.sleep(seconds)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return ""
    finally:
        process.wait()
    return _judged(on)


def _judged(on: Stage) -> str:
    for name, data in files(on.folder).items():
        # What is prepared beside its place under a name that nothing reads is not there yet.
        if name.endswith((".vecassist-new", ".o", ".s")) or "/cc" in name:
            continue
        if data not in (on.before.get(name), on.after.get(name)):
            return f"{name} is neither old nor new"
    lost = on.before.keys() - files(on.folder).keys()
    if lost:
        return f"lost: {', '.join(sorted(lost))}"
    finished = files(on.folder).items() >= on.after.items()
    done = run(on.folder, on.command)
    if done.returncode != on.code and not (finished and done.returncode == 0):
        return f"exit code {done.returncode} afterwards: {done.stderr[-300:]}"
    if files(on.folder) != on.after and not finished:
        differ = sorted(name for name, _ in files(on.folder).items() ^ on.after.items())
        return f"a second run does not end as one alone: {', '.join(differ)}"
    return ""


def _copy(source: Path, place: Path) -> None:
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(source, place, symlinks=True)


def campaign(count: int, seed: int) -> Iterator[tuple[str, str, str]]:
    """(command, moment, what is wrong): every change on disk of warm runs, `count` random times of cold ones."""
    rng = random.Random(seed)
    for kind in COMMANDS:
        with tempfile.TemporaryDirectory(prefix="kills-", ignore_cleanup_errors=True) as scratch:
            on = stage(kind, Path(scratch))
            for when in range(1, len(on.changes) + 1):
                yield kind, on.changes[when - 1], killed_before(on, when)
        with tempfile.TemporaryDirectory(prefix="kills-", ignore_cleanup_errors=True) as scratch:
            began = time.monotonic()
            on = stage(kind, Path(scratch), cold=True)
            whole = time.monotonic() - began
            for _ in range(count):
                seconds = rng.random() * whole
                yield kind, f"{seconds:.3f} s", killed_after(on, seconds)


def main() -> int:
    parser = argparse.ArgumentParser(prog="campaigns/kills.py", description=__doc__)
    parser.add_argument("-n", "--count", type=int, default=20, help="random moments for each command")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    kills = bad = 0
    for kind, moment, wrong in campaign(asked.count, asked.seed):
        kills += 1
        if wrong:
            bad += 1
            sys.stdout.write(f"{kind}, {moment}: {wrong}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{kills} kills: {bad} with something wrong afterwards\n")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

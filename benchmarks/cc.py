"""`make bench-cc [TREE=DIR]`: what the compile path costs, as ratios within one run.

For single commands: bare Python, the launcher and the Python part on a source without entries, and both on one with
an entry, against the compiler alone. For TREE, a project with make and perhaps ./configure (zlib, lz4), whole builds:
plain, without entries, and with entries that rewrite `i++` of loops as `i += 1`; with --shuffled N the bytes of N more.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import re
import resource
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests"), str(REPOSITORY / "tests" / "cc")]

import builds  # noqa: E402

from compiler.errors import CompilerError  # noqa: E402
from vecassist.cc import launcher as launchers  # noqa: E402
from vecassist.deliver.write import write_all  # noqa: E402
from vecassist.errors import UserError  # noqa: E402
from vecassist.model import Unit  # noqa: E402
from vecassist.scan.sites import scan_unit  # noqa: E402
from vecassist.store.entry import Command, Entry, Proof, to_text  # noqa: E402
from vecassist.store.files import entry_files  # noqa: E402
from verify.rules import RULES  # noqa: E402

Row = tuple[str, float, str]
EVENTS_OF_ENTRIES = ("applied", "unchecked", "stale", "not-scanned", "not-prepared", "internal-error")


def _interleaved(rounds: int, calls: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Each call once a round, so that what else the machine does falls on all alike."""
    seen: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            seen[name].append(call())
    return seen


def _wall(words: Sequence[str], build: builds.Build) -> Callable[[], float]:
    def once() -> float:
        start = time.perf_counter()
        subprocess.run(words, cwd=build.folder, env=build.environment, check=True, stdout=subprocess.DEVNULL)
        return (time.perf_counter() - start) * 1000

    return once


def _cpu(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> tuple[float, float]:
    """Wall and processor seconds of one command with all that it starts."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed in {folder}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def commands(build: builds.Build, rounds: int) -> list[Row]:
    """Milliseconds for single commands, medians of differences within a round."""
    compiler = ("gcc", *builds.FLAGS, "-c")
    (build.folder / "none.c").write_text("int x;\n")
    build.run(*compiler, "src/k.c", "-o", "k.o")
    build.run(*compiler, "none.c", "-o", "none.o")
    build.events()
    nothing = (shutil.which("true") or "true", "-c", "none.c")
    python = (
        _installed(build.folder / "venv"),
        "-I",
        "-c",
        "from vecassist.__main__ import main; main()",
        "cc",
    )
    seen = _interleaved(
        rounds,
        {
            "true": _wall(nothing[:1], build),
            "bare": _wall((sys.executable, "-I", "-S", "-c", "pass"), build),
            "launcher": _wall((*build.start, *nothing), build),
            "python": _wall((*python, *nothing), build),
            "gcc": _wall((*compiler, "src/k.c", "-o", "k.o"), build),
            "warm": _wall((*build.start, *compiler, "src/k.c", "-o", "k.o"), build),
            "warm python": _wall((*python, *compiler, "src/k.c", "-o", "k.o"), build),
        },
    )
    bare = _over(seen, "bare", "true")
    rows = [("bare Python starts in", bare, "ms")]
    for title, name, base in (
        ("no entries, launcher", "launcher", "true"),
        ("no entries, pure Python", "python", "true"),
        ("warm with an entry, launcher", "warm", "gcc"),
        ("warm with an entry, pure Python", "warm python", "gcc"),
    ):
        value = _over(seen, name, base)
        rows += [(title, value, "ms over the compiler alone"), ("", value / bare, "of bare Python")]
    return rows


def _installed(folder: Path) -> str:
    """An interpreter that finds this program as an ordinary installation does: an editable one imports much more."""
    venv.create(folder, with_pip=False)
    (place,) = folder.glob("lib/python*/site-packages")
    (place / "path.pth").write_text(f"{REPOSITORY}\n")
    return str(folder / "bin" / "python")


def _over(seen: Mapping[str, list[float]], name: str, base: str) -> float:
    return statistics.median(one - other for one, other in zip(seen[name], seen[base], strict=True))


def stepped(root: Path, flags: Sequence[str]) -> int:
    """Entries that rewrite `i++)` as `i += 1)` in the loops of the sources below `root`; how many there are."""
    entries: list[Entry] = []
    claim = Proof(
        Command(".", "gcc", tuple(flags)), "proved", "unbounded", "dataflow", (), {"rules": RULES}, {}
    )
    for path in sorted(root.rglob("*.c")):
        near = f"-I{path.parent}"
        try:
            sites = scan_unit(Unit(path, root, "gcc", (*flags, near))).sites
        except (UserError, CompilerError):
            continue
        for site in sites:
            after = re.sub(r"\b([A-Za-z_]\w*)\+\+\)", r"\1 += 1)", site.text, count=1)
            if after != site.text:
                before, text = (to_text(one.encode("latin-1")) for one in (site.text, after))
                name = path.relative_to(root).as_posix()
                told = (site.key, name, site.function, site.line, before, text)
                entries.append(Entry(*told, "person", "", "", 0, 0.0, (claim,), {}))
    write_all(entry_files(root, entries))
    return len(entries)


@dataclass(frozen=True)
class Arm:
    """One way to build the tree."""

    name: str
    folder: Path
    environment: dict[str, str]


def _arms(tree: Path, scratch: Path, build: builds.Build) -> list[Arm]:
    path = f"{Path(build.start[0]).parent}:{os.environ['PATH']}"
    kept = {name: value for name, value in build.environment.items() if name != "VECASSIST_STATSLOG"}
    arms: list[Arm] = []
    for name, compiler in (
        ("plain", "gcc"),
        ("without entries", "vecassist cc gcc"),
        ("with entries", "vecassist cc gcc"),
    ):
        folder = scratch / name.replace(" ", "-") / tree.name
        shutil.copytree(tree, folder, symlinks=True, ignore=shutil.ignore_patterns(".git", ".vecassist"))
        (folder / ".git").mkdir()
        (folder / ".vecassist").mkdir()
        arms.append(Arm(name, folder, kept | {"CC": compiler, "PATH": path}))
    return arms


@dataclass(frozen=True)
class Project:
    """How a project is built. make: words behind `make -jN`; test: the command that tests it; flags: with which its
    loops are looked for."""

    tree: Path
    make: tuple[str, ...]
    clean: tuple[str, ...]
    test: tuple[str, ...]
    flags: tuple[str, ...]


def whole(project: Project, scratch: Path, build: builds.Build, rounds: int, jobs: int) -> list[Row]:
    """Ratios to the plain build: processor time, of the fastest rounds, and wall time, medians of rounds."""
    arms = _arms(project.tree, scratch, build)
    rows: list[Row] = []
    if (project.tree / "configure").exists():
        spent: dict[str, list[tuple[float, float]]] = {arm.name: [] for arm in arms}
        for _ in range(rounds):
            for arm in arms:
                spent[arm.name].append(_cpu(("./configure",), arm.folder, arm.environment))
        rows += [row for name in list(spent)[1:] for row in _ratios(f"configure {name}", spent, name)]
    count = stepped(arms[2].folder, project.flags)
    log = scratch / "events"
    make = ("make", f"-j{jobs}", *project.make)
    _cpu(make, arms[2].folder, arms[2].environment | {"VECASSIST_STATSLOG": str(log)})
    events = log.read_text().split()
    rows += [("entries", count, "")]
    rows += [
        (f"first build, {name}", events.count(name), "times") for name in ("compiled", *EVENTS_OF_ENTRIES)
    ]
    seen: dict[str, list[tuple[float, float]]] = {arm.name: [] for arm in arms}
    for _ in range(rounds):
        for arm in arms:
            _cpu(("make", *project.clean), arm.folder, arm.environment)
            seen[arm.name].append(_cpu(make, arm.folder, arm.environment))
    rows += [row for arm in arms for row in _ratios(f"build {arm.name}", seen, arm.name)]
    if project.test:
        for arm in arms:
            _cpu(project.test, arm.folder, arm.environment)
            rows.append((f"tests {arm.name}", 1, "passed"))
    return rows


def _ratios(title: str, seen: Mapping[str, list[tuple[float, float]]], name: str) -> list[Row]:
    """Wall times are compared within a round; of processor times the least is taken, which the rest of the machine
    disturbs least."""
    made, plain = seen[name], seen["plain"]
    wall = statistics.median(one / base for (one, _), (base, _) in zip(made, plain, strict=True))
    cpu = min(cpu for _, cpu in made) / min(cpu for _, cpu in plain)
    return [(f"{title}, processor time", cpu, "of plain"), (f"{title}, wall time", wall, "of plain")]


def shuffled(project: Project, scratch: Path, build: builds.Build, count: int) -> list[Row]:
    """Builds with entries, objects in any order and on 1 to 3 processes, some with nothing but proofs in the cache; how
    many different outcomes there are."""
    arm = _arms(project.tree, scratch / "shuffled", build)[2]
    if (project.tree / "configure").exists():
        _cpu(("./configure",), arm.folder, arm.environment)
    stepped(arm.folder, project.flags)
    _cpu(("make", "-j2", *project.make), arm.folder, arm.environment)
    objects = sorted(path.relative_to(arm.folder) for path in arm.folder.rglob("*.o"))
    rng = random.Random(1)
    seen: set[bytes] = set()
    for number in range(count):
        if number % 7 == 3:
            for name in ("manifests", "texts"):
                shutil.rmtree(build.cache / name, ignore_errors=True)
        _cpu(("make", *project.clean), arm.folder, arm.environment)
        for place in sorted({one.parent for one in objects}):
            names = [one.name for one in objects if one.parent == place]
            goals = rng.sample(names, len(names))
            # Objects that no rule of this folder makes by name come with the whole build.
            words = ("make", "-k", f"-j{rng.randint(1, 3)}", "-C", str(place), *goals)
            subprocess.run(words, cwd=arm.folder, env=arm.environment, capture_output=True, check=False)
        _cpu(("make", f"-j{rng.randint(1, 3)}", *project.make), arm.folder, arm.environment)
        whole_text = b"".join((arm.folder / one).read_bytes() for one in objects)
        seen.add(hashlib.sha256(whole_text).digest())
    return [("different outcomes", len(seen), f"in {count} shuffled builds of {len(objects)} objects")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tree", type=Path)
    parser.add_argument("--make", default="", help="goals and settings of its build")
    parser.add_argument("--clean", default="clean")
    parser.add_argument("--test", default="", help="the command that tests it")
    parser.add_argument("--flags", default="-O3 -D_LARGEFILE64_SOURCE=1 -DHAVE_HIDDEN")
    parser.add_argument(
        "--shuffled", type=int, default=0, metavar="N", help="compare the objects of N builds"
    )
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--builds", type=int, default=5)
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-cc-") as scratch:
        program = launchers.build(["gcc"], Path(scratch) / "bin")
        build = builds.make(Path(scratch) / "p", (str(program), "cc"))
        rows = commands(build, asked.rounds) if asked.rounds else []
        if asked.tree is not None:
            words = [tuple(shlex.split(one)) for one in (asked.make, asked.clean, asked.test, asked.flags)]
            project = Project(asked.tree.resolve(), *words)
            if asked.builds:
                rows += whole(project, Path(scratch), build, asked.builds, asked.jobs)
            if asked.shuffled:
                rows += shuffled(project, Path(scratch), build, asked.shuffled)
    for name, value, unit in rows:
        sys.stdout.write(f"{name:45s} {value:9.3f} {unit}\n")
    if asked.output is not None:
        asked.output.parent.mkdir(parents=True, exist_ok=True)
        asked.output.write_text(json.dumps([list(row) for row in rows], indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

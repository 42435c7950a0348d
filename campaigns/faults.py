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
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests" / "cc")]

import builds  # noqa: E402

from vecassist.cc import launcher as launchers  # noqa: E402

FLAGS = ("-O2", "-ffp-contract=off")
MEDDLING = (
    "#define N 256\nextern float a[N];\nstatic inline float scaled(float x) { return a[N - 1] = x * 2.0f; }\n"
)
FORGERIES = (
    ("a[i] + a_next", "a[i] - a_next"),
    ("a[i + 1];", "a[i];"),
    ("N - 1", "N"),
    ("N - 1", "N - 2"),
    ("int i = 0", "int i = 1"),
    ("c[i] = a", "c[i + 1] = a"),
    ("scaled(b[i])", "b[i] * 2.5f"),
)


@dataclass
class Bench:
    """One build to break. start: what runs the compile path; words: the compile command; kill_after: seconds after
    which everything that it started is killed, and `vecassist cc` runs again; allowed: the rewrite may be applied."""

    build: builds.Build
    words: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict[str, str])
    kill_after: float | None = None
    allowed: bool = True


Fault = Callable[[Bench, random.Random], None]


def _pick(bench: Bench, rng: random.Random, *patterns: str) -> Path:
    """A file of the cache or the store."""
    roots = {"cache": bench.build.cache, "store": bench.build.folder / ".vecassist"}
    found = [
        path
        for p in patterns
        for path in sorted(roots[p.split("/")[0]].rglob(p.split("/", 1)[1]))
        if path.is_file()
    ]
    return rng.choice(found)


def _damage(path: Path, rng: random.Random) -> None:
    data = bytearray(path.read_bytes())
    match rng.randrange(5):
        case 0:
            data = bytearray()
        case 1:
            del data[rng.randrange(len(data)) :]
        case 2:
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        case 3:
            data = bytearray(rng.randbytes(200))
        case _:
            at = rng.randrange(len(data))
            data[at:at] = rng.randbytes(8)
    path.write_bytes(data)


def damaged_cache(bench: Bench, rng: random.Random) -> None:
    for _ in range(rng.randrange(1, 4)):
        _damage(
            _pick(
                bench, rng, "cache/manifests/**/*", "cache/texts/**/*", "cache/proofs/**/*", "cache/index/*"
            ),
            rng,
        )


def damaged_entry(bench: Bench, rng: random.Random) -> None:
    _damage(_pick(bench, rng, "store/*.json"), rng)


def lost_cache(bench: Bench, rng: random.Random) -> None:
    part = rng.choice(["manifests", "texts", "proofs", "index", "."])
    shutil.rmtree(bench.build.cache / part)


def forged_entry(bench: Bench, rng: random.Random) -> None:
    shutil.rmtree(bench.build.folder / ".vecassist")
    builds.store(bench.build.folder, builds.AFTER.replace(*rng.choice(FORGERIES)))
    bench.allowed = False


def forged_in_place(bench: Bench, rng: random.Random) -> None:
    """The digest is made anew too, and the times of the file are kept."""
    path = _pick(bench, rng, "store/*.json")
    seen = path.stat()
    forged_entry(bench, rng)
    os.utime(path, ns=(seen.st_atime_ns, seen.st_mtime_ns))


def stale_header(bench: Bench, rng: random.Random) -> None:
    (bench.build.folder / "src" / "scale.h").write_text(MEDDLING)
    bench.allowed = False


def hidden_header(bench: Bench, rng: random.Random) -> None:
    (bench.build.folder / "src" / "scale.h").rename(bench.build.folder / "scale.h")
    bench.words = (*bench.words, "-Inew", "-I.")
    (bench.build.folder / "new").mkdir()
    bench.build.run(*bench.words)
    (bench.build.folder / "new" / "scale.h").write_text(MEDDLING)
    bench.allowed = False


def stale_source(bench: Bench, rng: random.Random) -> None:
    path = bench.build.folder / "src" / "k.c"
    changes = (
        ("N - 1; i++", "N - 2; i++"),
        ("a[i] = scaled", "a[i + 1] = scaled"),
        ("float a[N]", "double a[N]"),
    )
    path.write_text(path.read_text().replace(*rng.choice(changes)))
    # The loop of another type is proved anew; the others are not there any more.
    bench.allowed = "double" in path.read_text()


def changed_flags(bench: Bench, rng: random.Random) -> None:
    flags = (
        "-O0",
        "-O3",
        "-fwrapv",
        "-ffast-math",
        "-fsanitize=undefined",
        "-g3",
        "-funsigned-char",
        "-std=c99",
        "-pg",
    )
    others = (
        "-DN=128",
        "-D_FORTIFY_SOURCE=2",
        "-finstrument-functions",
        "-march=x86-64-v3",
        "-include=stdint.h",
        "-m16",
    )
    bench.words = (*bench.words, rng.choice(flags + others))


def unreadable_cache(bench: Bench, rng: random.Random) -> None:
    cache = bench.build.cache
    match rng.randrange(5):
        case 0:
            shutil.rmtree(cache)
            cache.write_text("not a folder")
        case 1:
            cache.chmod(0o777)
        case 2:
            bench.environment["VECASSIST_CACHE_DIR"] = "/proc/no/such/place"
        case 3:
            bench.environment |= {"VECASSIST_CACHE_DIR": "", "XDG_CACHE_HOME": "", "HOME": ""}
        case _:
            for part in ("manifests", "index"):
                shutil.rmtree(cache / part)
                (cache / part).write_text("")


def no_packages(bench: Bench, rng: random.Random) -> None:
    """The interpreter is gone, has no packages, or fails at once."""
    shutil.rmtree(bench.build.cache / "manifests")
    home = bench.build.folder / "broken"
    home.mkdir()
    fake = home / "python"
    shown = rng.choice(
        ["#!/bin/sh\nexit 1\n", "#!/bin/sh\nkill -9 $$\n", "#!/bin/sh\necho oops; exit 0\n", "", "bare"]
    )
    if shown == "bare":
        fake.write_text('#!/bin/sh\nexec /usr/bin/env -i /usr/bin/python3 -I -S "$@"\n')
    elif shown:
        fake.write_text(shown)
    if fake.exists():
        fake.chmod(0o755)
    real, sys.executable = sys.executable, str(fake)
    try:
        program = launchers.build(["gcc"], home / "bin")
    finally:
        sys.executable = real
    bench.build = builds.Build(bench.build.folder, bench.build.cache, (str(program), "cc"))


def killed(bench: Bench, rng: random.Random) -> None:
    if rng.random() < 0.7:
        shutil.rmtree(bench.build.cache / rng.choice(["manifests", "proofs", "."]))
    bench.kill_after = rng.random() * 2.5


def no_time(bench: Bench, rng: random.Random) -> None:
    shutil.rmtree(bench.build.cache)
    bench.environment["VECASSIST_CHECK_SECONDS"] = rng.choice(["0", "0.001", "nonsense", "-1"])


def no_clang(bench: Bench, rng: random.Random) -> None:
    shutil.rmtree(bench.build.cache)
    bench.environment["VECASSIST_CLANG"] = rng.choice(["/no/such/clang", "/bin/false", "gcc"])


def odd_environment(bench: Bench, rng: random.Random) -> None:
    shutil.rmtree(bench.build.cache / "manifests")
    choices = (
        {"PYTHONHOME": "/nowhere"},
        {"PYTHONPATH": "/nowhere"},
        {"TMPDIR": "/no/such/folder"},
        {"LANG": "tr_TR.UTF-8", "LC_ALL": "xx_XX"},
        {"VECASSIST_LOG": "/no/such/log", "VECASSIST_STATSLOG": "/"},
        {"PYTHONOPTIMIZE": "2"},
    )
    bench.environment |= rng.choice(choices)


def two_at_once(bench: Bench, rng: random.Random) -> None:
    """Another build writes the same cache, and a third one removes it."""
    shutil.rmtree(bench.build.cache / "manifests")
    words = [*bench.build.start, *bench.words[:-1], str(bench.build.folder / "other.o")]
    subprocess.Popen(words, cwd=bench.build.folder, env=bench.build.environment, stderr=subprocess.DEVNULL)
    if rng.random() < 0.5:
        code = f"import shutil,time; time.sleep({rng.random() * 2}); shutil.rmtree({str(bench.build.cache)!r}, True)"
        subprocess.Popen([sys.executable, "-c", code])


def shadowed_modules(bench: Bench, rng: random.Random) -> None:
    """The folder of the build has files with the names of modules."""
    shutil.rmtree(bench.build.cache / "manifests")
    for name in ("json", "os", "re", "dataclasses", "vecassist", "compiler", "verify", "typing"):
        (bench.build.folder / f"{name}.py").write_text("raise SystemExit(3)\n")


FAULTS: dict[str, Fault] = {
    fault.__name__: fault
    for fault in (
        damaged_cache, damaged_entry, lost_cache, forged_entry, forged_in_place, stale_header, hidden_header,
        stale_source, changed_flags, unreadable_cache, no_packages, killed, no_time, no_clang, odd_environment,
        two_at_once, shadowed_modules,
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """fault: its name; wrong: what must not be, "" where all is well; applied: the rewrite was."""

    fault: str
    seed: int
    wrong: str
    applied: bool


def inject(template: builds.Build, name: str, seed: int) -> Outcome:
    """One fault on a copy of a build that has been run once."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="fault-", ignore_cleanup_errors=True) as scratch:
        folder = Path(scratch) / "p"
        shutil.copytree(template.folder, folder, symlinks=True)
        build = builds.Build(folder, folder / "cache", template.start)
        bench = Bench(build, ("gcc", *FLAGS, "-c", "src/k.c", "-o", "k.o"))
        build.run(*bench.words)
        build.events()
        FAULTS[name](bench, rng)
        wrong, applied = _judge(bench)
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

    source = folder / "src" / "k.c"
    text = source.read_text()
    start = text.index("for (int i = 0; i < N - 1")
    region = text[start : text.index("}", start) + 1]
    laid = laid_out(region, builds.AFTER)
    assert laid is not None
    source.write_text(text.replace(region, laid))
    subprocess.run(words, cwd=folder, check=True, capture_output=True)
    return _read(folder / "k.o")


def _read(path: Path) -> bytes:
    data = path.read_bytes() if path.exists() else b""
    path.unlink(missing_ok=True)
    return data


def campaign(count: int, seed: int) -> Iterator[Outcome]:
    """`count` faults of all kinds in turn."""
    with tempfile.TemporaryDirectory(prefix="faults-") as scratch:
        program = launchers.build(["gcc"], Path(scratch) / "bin")
        template = builds.make(Path(scratch) / "p", (str(program), "cc"))
        first = template.run("gcc", *FLAGS, "-c", "src/k.c", "-o", "k.o")
        if first.returncode != 0 or template.events() != ["compiled", "applied"]:
            raise SystemExit(f"the build without a fault is not as it should be: {first.stderr!r}")
        names = list(FAULTS)
        for number in range(count):
            yield inject(template, names[number % len(names)], seed + number)


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

"""What can be wrong with the compile path of a build: stores, caches, interpreters, sources, flags, other builds."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests"), str(REPOSITORY / "tests" / "cc")]

import builds  # noqa: E402

from vecassist.cc import launcher as launchers  # noqa: E402

FLAGS = ("-O2", "-ffp-contract=off")
COMPILE = ("gcc", *FLAGS, "-c", "src/k.c", "-o", "k.o")
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
    which everything that it started is killed, and `vecassist cc` runs again; allowed: the rewrite may be applied;
    others: processes that get in the way."""

    build: builds.Build
    words: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict[str, str])
    kill_after: float | None = None
    allowed: bool = True
    others: list[subprocess.Popen[bytes]] = field(default_factory=list[subprocess.Popen[bytes]])


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
    environment = bench.build.environment
    bench.others.append(
        subprocess.Popen(words, cwd=bench.build.folder, env=environment, stderr=subprocess.DEVNULL)
    )
    if rng.random() < 0.5:
        code = f"import shutil,time; time.sleep({rng.random() * 2}); shutil.rmtree({str(bench.build.cache)!r}, True)"
        bench.others.append(subprocess.Popen([sys.executable, "-c", code]))


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

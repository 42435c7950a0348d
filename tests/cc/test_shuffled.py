"""Builds in any order and on any number of processors, cold and warm, give the same bytes."""

from __future__ import annotations

import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from builds import AFTER, FLAGS, HEADER, SOURCE, Build, store

NAMES = ("one", "two", "three")
BUILDS = 20
COLD = {0, 9}


def test_objects_do_not_depend_on_the_build(tmp_path: Path, warm: Build) -> None:
    folder = tmp_path / "p"
    (folder / "src").mkdir(parents=True)
    (folder / ".git").mkdir()
    (folder / "src" / "scale.h").write_text(HEADER)
    for name in NAMES:
        (folder / "src" / f"{name}.c").write_text(SOURCE.replace("where", f"where_{name}"))
        store(folder, AFTER, f"src/{name}.c")
    build = Build(folder, tmp_path / "cache", warm.start)
    shutil.copytree(warm.cache / "proofs", build.cache / "proofs")
    build.cache.chmod(0o700)

    def compiled(name: str) -> bytes:
        done = build.run("gcc", *FLAGS, "-g", "-MMD", "-c", f"src/{name}.c", "-o", f"{name}.o")
        assert (done.returncode, done.stderr) == (0, b"")
        return (folder / f"{name}.o").read_bytes() + (folder / f"{name}.d").read_bytes()

    seen: set[tuple[bytes, ...]] = set()
    rng = random.Random(3)
    for number in range(BUILDS):
        if number in COLD:
            shutil.rmtree(build.cache / "manifests", ignore_errors=True)
            shutil.rmtree(build.cache / "texts", ignore_errors=True)
        order = rng.sample(NAMES, len(NAMES))
        with ThreadPoolExecutor(rng.choice([1, 2, 3])) as threads:
            made = dict(zip(order, threads.map(compiled, order), strict=True))
        seen.add(tuple(made[name] for name in NAMES))
    assert len(seen) == 1
    assert build.events().count("applied") == BUILDS * len(NAMES)

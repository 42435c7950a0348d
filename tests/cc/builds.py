"""A small project with entries in its store, and running the compile path on it as a build does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from stored import claimed

from vecassist.deliver.write import write_all
from vecassist.store.entry import Entry
from vecassist.store.files import entry_files

HOME = Path(__file__).resolve().parents[2]
FLAGS = ("-O2", "-ffp-contract=off")

SOURCE = """\
#include <stdio.h>
#include "scale.h"

float a[N], b[N], c[N];

void pairs(void)
{
    for (int i = 0; i < N - 1; i++) {
        a[i] = scaled(b[i]);
        c[i] = a[i] + a[i + 1];
    }
}

int where(void)
{
    return __LINE__;
}

int main(void)
{
    for (int i = 0; i < N; i++)
        b[i] = a[i] = (float)i;
    pairs();
    printf("%s %d %g\\n", __FILE__, where(), (double)c[N / 2]);
    return 0;
}
"""
HEADER = "#define N 256\nstatic inline float scaled(float x) { return x * 2.0f; }\n"
AFTER = """\
for (int i = 0; i < N - 1; i++) {
        float a_next = a[i + 1];
        a[i] = scaled(b[i]);
        c[i] = a[i] + a_next;
    }"""
FORGED = AFTER.replace("a[i] + a_next", "a[i] - a_next")


@dataclass(frozen=True)
class Build:
    """A folder with src/k.c and a store, a cache, and the words that start the compile path."""

    folder: Path
    cache: Path
    start: tuple[str, ...]

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("VECASSIST_")}
        return kept | {
            "VECASSIST_CACHE_DIR": str(self.cache),
            "VECASSIST_STATSLOG": str(self.folder / "log"),
            "PYTHONPATH": str(HOME),
            "LC_ALL": "C",
        }

    def run(
        self, *words: str, stdin: bytes = b"", cwd: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [*self.start, *words],
            cwd=cwd or self.folder,
            env=self.environment | environment,
            input=stdin,
            capture_output=True,
            timeout=200,
        )

    def plain(
        self, *words: str, stdin: bytes = b"", cwd: Path | None = None, **environment: str
    ) -> subprocess.CompletedProcess[bytes]:
        env = {name: value for name, value in self.environment.items() if not name.startswith("VECASSIST_")}
        return subprocess.run(
            words,
            cwd=cwd or self.folder,
            env=env | environment,
            input=stdin,
            capture_output=True,
            timeout=200,
        )

    def events(self) -> list[str]:
        """What was counted since the last call."""
        log = self.folder / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        log.unlink(missing_ok=True)
        return [line for line in lines if not line.startswith("#")]


PYTHON_START = (sys.executable, "-m", "vecassist", "cc")


def make(folder: Path, start: Sequence[str] = PYTHON_START, after: str = AFTER) -> Build:
    """A fresh project with one entry, and an empty cache."""
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "k.c").write_text(SOURCE)
    (folder / "src" / "scale.h").write_text(HEADER)
    store(folder, after)
    return Build(folder, folder / "cache", tuple(start))


def store(folder: Path, after: str, name: str = "src/k.c", assumptions: tuple[str, ...] = ()) -> Entry:
    """Write an entry that claims a proof for the first loop of a file."""
    entry = claimed(folder, FLAGS, after, name, assumptions)
    write_all(entry_files(folder, [entry]))
    return entry

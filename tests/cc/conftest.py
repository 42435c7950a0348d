from __future__ import annotations

from pathlib import Path

import pytest
from builds import Build, make

from vecassist.cc.launcher import build


@pytest.fixture(scope="session")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The launcher, built with the machine's gcc."""
    return build(["gcc", "-Wall", "-Wextra", "-Werror"], tmp_path_factory.mktemp("bin"))


@pytest.fixture
def project(tmp_path: Path, launcher: Path) -> Build:
    """A project with one entry that was never seen on this machine."""
    return make(tmp_path / "project", (str(launcher), "cc"))


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory, launcher: Path) -> Build:
    """A project whose entry is proved here; tests do not change it."""
    ready = make(tmp_path_factory.mktemp("warm") / "project", (str(launcher), "cc"))
    done = ready.run("gcc", "-O2", "-ffp-contract=off", "-c", "src/k.c", "-o", "first.o")
    assert (done.returncode, done.stderr) == (0, b"")
    assert ready.events() == ["compiled", "applied"]
    return ready

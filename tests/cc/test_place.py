"""A text compiled in the place of a file: nothing of that shows in objects and dependency files."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from builds import HEADER, SOURCE

from compiler.toolchain import resolve
from vecassist.cc.arguments import Compilation, read
from vecassist.cc.compile import compile_text
from vecassist.cc.manifest import Manifest
from vecassist.cc.prepare import _put_text  # pyright: ignore[reportPrivateUsage]

GCC = (
    "-O2 -g -MMD",
    "-O2 -g -I. -MD -MP",
    "-O0 -g3",
    "-O2 -Wp,-MMD,k.d",
    "-O2 -MMD -MF deep.d -MT a$b",
    "-O2 --coverage -frandom-seed=1",
    "-O2 -g -ffile-prefix-map=src=elsewhere -gdwarf-4",
    "-O2 -g -fdebug-prefix-map={here}=.",
)
CLANG = ("-O2 -g -MMD", "-O2 -gdwarf-5 -I.", "-O0 -g --coverage", "-O1 -MD -MF x.d")


def _outputs(folder: Path, started: set[Path]) -> dict[str, bytes]:
    made = {path for path in folder.iterdir() if path.is_file()} - started
    found = {path.name: path.read_bytes() for path in made}
    for path in made:
        path.unlink()
    return found


@pytest.mark.parametrize("name", ["src/k.c", "k.c", "./k.c", "{here}/src/k.c"])
@pytest.mark.parametrize(
    ("compiler", "flags"), [*(("gcc", f) for f in GCC), *(("clang-19", f) for f in CLANG)]
)
def test_objects_are_those_of_the_file(
    tmp_path: Path, compiler: str, flags: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    here = tmp_path / "p"
    (here / "src").mkdir(parents=True)
    for folder in (here, here / "src"):
        (folder / "k.c").write_text(SOURCE)
        (folder / "scale.h").write_text(HEADER)
    monkeypatch.chdir(here)
    words = [compiler, *shlex.split(flags.format(here=here)), "-c", name.format(here=here), "-o", "k.o"]
    started = {path for path in here.iterdir() if path.is_file()}
    subprocess.run(words, check=True)
    expected = _outputs(here, started)
    what = read(words, {})
    assert isinstance(what, Compilation)
    found = Manifest()
    found.kind = "gcc" if compiler == "gcc" else "clang"
    place = tmp_path / "cache" / "manifests" / "00" / "11"
    source = here / what.name
    args = words[1:-4]
    _put_text(found, str(place), what, source, resolve(compiler), source.read_bytes(), args)
    complaints: list[str] = []
    assert compile_text(what, found, str(place), {"PATH": "/usr/bin:/bin"}, complaints.append) == 0
    assert complaints == []
    assert not found.noisy
    actual = _outputs(here, started)
    assert sorted(actual) == sorted(expected)
    assert [file for file in expected if actual[file] != expected[file]] == []

"""What lies outside the repository is not touched; what only looks odd inside it is."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from pathlib import Path

import pytest
from command_line import FLAGS, Run, assert_user_error, run_in

from vecassist.errors import UserError
from vecassist.model import Unit
from vecassist.roots import ground
from vecassist.units import Selection

SOURCE = """\
/* A ring. */
void ring(float *restrict out, const float *restrict in, int n)
{
    int prev = n - 1;

    for (int i = 0; i < n; i++) {
        out[i] = 0.5f * (in[i] + in[prev]);
        prev = i;
    }
}
"""
CALM = "float a[64];\n\nvoid f(void)\n{\n    for (int i = 0; i < 64; i++) {\n        a[i] = 0;\n    }\n}\n"


def write_database(folder: Path, *files: Path) -> None:
    folder.mkdir(exist_ok=True)
    rows = [
        {"directory": str(folder), "file": str(file), "arguments": ["gcc", *FLAGS, "-c", str(file)]}
        for file in files
    ]
    (folder / "compile_commands.json").write_text(json.dumps(rows))


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """A repository and a file outside it, both in the repository's database."""
    home, other = tmp_path / "home", tmp_path / "other"
    for folder in (home, other):
        folder.mkdir()
    (home / ".git").mkdir()
    (home / "k.c").write_text(CALM)
    (other / "k.c").write_text(SOURCE)
    write_database(home / "build", home / "k.c", other / "k.c")
    return home, other


def test_fix_leaves_files_outside_the_repository_alone(two: tuple[Path, Path]) -> None:
    home, other = two
    done = run_in(home, "optimize", "--fix", "-p", "build", "--proposer", "rules")
    assert done.returncode == 0, done.stderr
    skipped = [line for line in done.stderr.splitlines() if "skipped" in line]
    assert len(skipped) == 1
    assert str(other / "k.c") in skipped[0]
    assert (other / "k.c").read_text() == SOURCE
    assert sorted(path.name for path in other.iterdir()) == ["k.c"]


def test_nothing_is_left(two: tuple[Path, Path]) -> None:
    home, other = two
    write_database(home / "build", other / "k.c")
    assert_user_error(run_in(home, "optimize", "--fix", "-p", "build"), str(other / "k.c"), "outside")
    assert not (other / ".vecassist").exists()


def selection(database: Path | None, *files: Path) -> Selection:
    return Selection(tuple(Unit(file, file.parent, "gcc", ()) for file in files), (), database)


def test_without_a_repository_the_folder_of_the_database_counts(tmp_path: Path) -> None:
    inside, outside = tmp_path / "p" / "src" / "a.c", tmp_path / "q" / "b.c"
    chosen = selection(tmp_path / "p" / "compile_commands.json", inside, outside)
    for here in (tmp_path, tmp_path / "p"):
        left, root = ground(chosen, here)
        assert root == tmp_path / "p"
        assert [unit.path for unit in left.units] == [inside]
        assert len(left.notes) == 1


def test_a_build_folder_without_a_repository(tmp_path: Path) -> None:
    source = tmp_path / "src" / "a.c"
    chosen = selection(tmp_path / "build" / "compile_commands.json", source)
    assert ground(chosen, tmp_path) == (chosen, tmp_path)
    with pytest.raises(UserError, match="outside"):
        ground(chosen, tmp_path / "elsewhere")


def test_files_that_were_named_are_in_their_own_repository(tmp_path: Path) -> None:
    for name in ("home", "other"):
        (tmp_path / name / ".git").mkdir(parents=True)
    file = tmp_path / "other" / "src" / "a.c"
    assert ground(selection(None, file), tmp_path / "home")[1] == tmp_path / "other"
    assert ground(selection(None, tmp_path / "home" / "a.c"), tmp_path / "home")[1] == tmp_path / "home"


def test_a_link_out_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "home" / ".git").mkdir(parents=True)
    (tmp_path / "out.c").write_text(CALM)
    (tmp_path / "home" / "in.c").symlink_to(tmp_path / "out.c")
    (tmp_path / "home" / "k.c").write_text(CALM)
    chosen = selection(None, tmp_path / "home" / "k.c", tmp_path / "home" / "in.c")
    left, _ = ground(chosen, tmp_path / "home")
    assert [unit.path.name for unit in left.units] == ["k.c"]


def test_a_byte_order_mark(tmp_path: Path, vecassist: Run) -> None:
    (tmp_path / "k.c").write_bytes(BOM_UTF8 + SOURCE.encode())
    for arguments in (("scan", "k.c"), ("optimize", "k.c"), ("verify", "k.c", "k.c", "-f", "ring")):
        done = vecassist(*arguments)
        assert done.returncode < 2, done.stderr
        assert "error" not in done.stderr

"""Which units a command line means, and what is said about bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Run, assert_user_error

from vecassist.errors import UserError
from vecassist.units import DEFAULT_FLAGS, Request, select

LOOP = "void f(int *x, int n)\n{\n    for (int i = 0; i < n; i++) x[i] += 1;\n}\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "build").mkdir()
    for name in ("a.c", "b.c"):
        (tmp_path / "src" / name).write_text(LOOP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CC", raising=False)
    return tmp_path


def database(project: Path, *entries: dict[str, object]) -> Path:
    place = project / "build" / "compile_commands.json"
    place.write_text(json.dumps(entries))
    return place


def entry(project: Path, name: str, *flags: str) -> dict[str, object]:
    return {
        "directory": str(project),
        "file": f"src/{name}",
        "arguments": ["gcc", *flags, "-c", f"src/{name}"],
    }


def test_a_folder_without_database_uses_defaults_and_says_so(project: Path) -> None:
    found = select(Request((Path("src"),)))
    assert [unit.path.name for unit in found.units] == ["a.c", "b.c"]
    assert found.units[0].args == DEFAULT_FLAGS
    assert "using -O3 -ffp-contract=off" in found.notes[0]


def test_flags_after_dashes_win(project: Path) -> None:
    database(project, entry(project, "a.c", "-O2"))
    found = select(Request((Path("src/a.c"),), cflags=("-O1",)))
    assert [unit.args for unit in found.units] == [("-O1",)]


def test_every_command_of_a_file_is_kept(project: Path) -> None:
    database(
        project,
        entry(project, "a.c", "-O2"),
        entry(project, "a.c", "-O3", "-DX"),
        entry(project, "b.c", "-O2"),
    )
    found = select(Request((Path("src/a.c"),), build=Path("build")))
    assert [unit.args for unit in found.units] == [("-O2",), ("-O3", "-DX")]


def test_a_build_folder_is_all_its_commands(project: Path) -> None:
    database(project, entry(project, "a.c", "-O2"), entry(project, "b.c", "-O2"))
    assert len(select(Request((Path("build"),))).units) == 2


def test_a_database_is_found_upward(project: Path) -> None:
    place = database(project, entry(project, "a.c", "-O2"))
    place.rename(project / "compile_commands.json")
    assert select(Request((Path("src/a.c"),))).units[0].args == ("-O2",)


def test_a_file_that_the_given_database_lacks(project: Path) -> None:
    database(project, entry(project, "a.c", "-O2"))
    with pytest.raises(UserError, match=r"src/b\.c: no command for it"):
        select(Request((Path("src/b.c"),), build=Path("build")))


def test_a_database_that_names_a_missing_file(project: Path) -> None:
    database(project, entry(project, "gone.c", "-O2"))
    with pytest.raises(UserError, match=r"gone\.c, which does not exist"):
        select(Request((), build=Path("build")))


@pytest.mark.parametrize("name", ["nope.c", "src/nope"])
def test_no_such_path(project: Path, name: str) -> None:
    with pytest.raises(UserError, match="no such file or folder"):
        select(Request((Path(name),)))


def test_other_languages_and_headers(project: Path) -> None:
    for name, words in (("x.cpp", "not a C file"), ("x.h", "a header"), ("x", "not a file named")):
        (project / name).write_text("")
        with pytest.raises(UserError, match=words):
            select(Request((Path(name),)))


def test_a_folder_without_c(project: Path) -> None:
    with pytest.raises(UserError, match="no C file there"):
        select(Request((Path("build"),)))


def test_broken_database(project: Path, vecassist: Run) -> None:
    (project / "build" / "compile_commands.json").write_text("[{")
    assert_user_error(vecassist("scan", "-p", "build"), "compile_commands.json", "not JSON")


def test_no_database_there(project: Path, vecassist: Run) -> None:
    assert_user_error(vecassist("scan", "-p", "src"), "src", "no compile_commands.json")


def test_nothing_named(project: Path, vecassist: Run) -> None:
    assert_user_error(vecassist("scan"), "nothing to do")


def test_no_compiler(project: Path, vecassist: Run) -> None:
    assert_user_error(vecassist("scan", "src/a.c", PATH="/nonexistent"), "no C compiler found")
    assert_user_error(vecassist("scan", "src/a.c", "--compiler", "no-such-cc"), "no-such-cc")


def test_a_file_that_does_not_compile(project: Path, vecassist: Run) -> None:
    (project / "src" / "a.c").write_text("int f(void)\n{\n    return\n}\n")
    assert_user_error(vecassist("scan", "src"), "src/a.c:", "does not compile")
    assert_user_error(vecassist("optimize", "src", "--fix"), "src/a.c:", "does not compile")

from __future__ import annotations

import json
from pathlib import Path

import pytest

from compiler.compdb import find, load, plain_flags, relative_to_command
from compiler.errors import BadDatabase


def write(path: Path, entries: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(entries))
    return path


def test_arguments_and_command(tmp_path: Path) -> None:
    path = write(
        tmp_path / "build" / "compile_commands.json",
        [
            {"directory": str(tmp_path / "build"), "file": "../a.c",
             "arguments": ["ccache", "gcc", "-O2", "-MF", "a.c.d", "-c", "../a.c", "-o", "a.o", "-I", "inc"]},
            {"directory": ".", "file": "b.c", "command": "/usr/bin/clang -DX='\"a b\"' -o b.o -c b.c"},
            {"directory": str(tmp_path), "file": "a.c", "command": "gcc -O3 -c a.c"},
            {"directory": str(tmp_path), "file": "a.c", "command": "gcc -O3 -c a.c"},
        ],
    )  # fmt: skip
    database = load(path)
    first, second = database.commands[:2]
    assert first.compiler == "gcc"
    assert first.args == ("-O2", "-MF", "a.c.d", "-I", "inc")
    assert first.file == tmp_path / "a.c"
    assert relative_to_command(first) == Path("../a.c")
    assert second.args == ('-DX="a b"',)
    assert second.directory == tmp_path / "build"
    assert [command.args[0] for command in database.of(tmp_path / "a.c")] == ["-O2", "-O3"]
    assert load(tmp_path / "build").commands == database.commands


def test_response_files(tmp_path: Path) -> None:
    (tmp_path / "inner").write_text("-DINNER='x y'\n")
    (tmp_path / "args.rsp").write_text("-O2 @inner\n-Wall")
    path = write(
        tmp_path / "compile_commands.json",
        [
            {
                "directory": str(tmp_path),
                "file": "a.c",
                "arguments": ["gcc", "@args.rsp", "@none", "-c", "a.c"],
            }
        ],
    )
    assert load(path).commands[0].args == ("-O2", "-DINNER=x y", "-Wall")
    (tmp_path / "inner").write_text("@args.rsp")
    with pytest.raises(BadDatabase, match="nested too deeply"):
        load(path)


def test_search_goes_upward(tmp_path: Path) -> None:
    path = write(tmp_path / "compile_commands.json", [])
    deep = tmp_path / "x" / "y"
    deep.mkdir(parents=True)
    assert find(deep) == path
    assert find(deep / "file.c") == path
    (tmp_path / "x" / "compile_flags.txt").write_text("-O2\n\n-DX=1 2\n")
    assert plain_flags(deep / "file.c") == (tmp_path / "x" / "compile_flags.txt", ("-O2", "-DX=1 2"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[\n{,}]", ":2: not JSON"),
        ("{}", "not a list"),
        ("[3]", "entry 1 is not an object"),
        ('[{"file": "a.c"}]', 'lacks "file" or "directory"'),
        ('[{"file": "a.c", "directory": "."}]', 'neither "arguments" nor "command"'),
        ('[{"file": "a.c", "directory": ".", "command": "gcc \'a"}]', "cannot be read"),
    ],
)
def test_broken_files(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "compile_commands.json"
    path.write_text(text)
    with pytest.raises(BadDatabase, match=message) as caught:
        load(path)
    assert str(path) in str(caught.value)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(BadDatabase, match="does not exist"):
        load(tmp_path)

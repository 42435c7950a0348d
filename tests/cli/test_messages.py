"""Bad input of every kind: one line that says what is wrong and what to do."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import Run, assert_user_error

from vecassist.cli.options import ASSUMPTIONS
from vecassist.config_keys import KEYS, from_text
from vecassist.errors import UserError
from verify.assume import NAMES as UNDERSTOOD

LOOP = "void f(int *x, int n)\n{\n    for (int i = 0; i < n; i++) x[i] += 1;\n}\n"


@pytest.fixture
def k(tmp_path: Path) -> Path:
    (tmp_path / "k.c").write_text(LOOP)
    return tmp_path / "k.c"


def only_line(done: subprocess.CompletedProcess[str], *words: str) -> None:
    assert_user_error(done, *words)
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stdout == ""


def test_the_names_of_assumptions_are_those_of_the_prover() -> None:
    assert set(ASSUMPTIONS) == UNDERSTOOD


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sequentail", "unknown name; choose from sequential, fp-contract, errno-unobserved"),
        ("noalias(a,b)", "noalias and C conditions speak of one function; use `verify`"),
        ("n % 8 == 0", "noalias and C conditions speak of one function; use `verify`"),
    ],
)
def test_an_assumption_that_is_not_understood(k: Path, vecassist: Run, name: str, words: str) -> None:
    only_line(vecassist("optimize", "k.c", "--assume", name), repr(name), words)


def test_the_help_names_the_assumptions_that_there_are(vecassist: Run) -> None:
    told = vecassist("optimize", "--help").stdout
    assert "errno-unobserved" in told
    assert "noalias" not in told


def test_no_command(vecassist: Run) -> None:
    only_line(vecassist(), "no command; choose from scan,", "see `vecassist --help`")


def test_an_error_after_scanning_has_started_is_the_only_line(k: Path, vecassist: Run) -> None:
    k.write_text("int f(void)\n{\n    return\n}\n")
    for verb in ("scan", "optimize"):
        only_line(vecassist(verb, "k.c"), "k.c:", "does not compile")


def test_notes_are_told_where_there_is_no_error(k: Path, vecassist: Run) -> None:
    for verb in ("scan", "optimize"):
        assert "no compile_commands.json: using" in vecassist(verb, "k.c").stderr


def test_the_compiler_from_the_environment_and_from_the_configuration(k: Path, vecassist: Run) -> None:
    for arguments in (("scan", "k.c"), ("optimize", "k.c"), ("verify", "k.c", "k.c", "-f", "f")):
        done = vecassist(*arguments, VECASSIST_COMPILER="no-such-cc")
        only_line(done, "compiler no-such-cc is not on PATH", "pass --compiler or set CC")
    assert vecassist("scan", "k.c", "--compiler", "gcc", VECASSIST_COMPILER="no-such-cc").returncode < 2
    file = k.parent / "config.toml"
    file.write_text('compiler = "other-cc"\n')
    only_line(vecassist("scan", "k.c", VECASSIST_CONFIG=str(file)), "compiler other-cc")


def test_a_repository_does_not_choose_the_compiler(k: Path, vecassist: Run) -> None:
    (k.parent / "vecassist.toml").write_text('compiler = "gcc"\n')
    only_line(vecassist("optimize", "k.c"), "a repository may not set 'compiler'")


@pytest.mark.parametrize("verb", ["scan", "optimize", "verify"])
def test_an_unknown_flag_of_the_command_line(k: Path, vecassist: Run, verb: str) -> None:
    rest = ("k.c", "-f", "f") if verb == "verify" else ()
    done = vecassist(verb, "k.c", *rest, "--", "-fsomething-new")
    only_line(done, "-fsomething-new")
    assert "does not compile" not in done.stderr


def test_a_flag_with_a_bad_value_is_no_fault_of_the_file(k: Path, vecassist: Run) -> None:
    for arguments in (("scan", "k.c"), ("verify", "k.c", "k.c", "-f", "f")):
        only_line(vecassist(*arguments, "--", "-march=nothing"), "nothing", "mend the flags")


def test_no_compiler_of_that_name_or_kind(k: Path, vecassist: Run) -> None:
    only_line(
        vecassist("scan", "k.c", "--compiler", "ls"), "neither gcc nor clang", "pass --compiler or set CC"
    )
    done = vecassist("optimize", "k.c", "--clang", "no-such-clang")
    only_line(done, "no-such-clang", "--clang or VECASSIST_CLANG")


def test_verify_names_the_line_that_does_not_compile(k: Path, vecassist: Run) -> None:
    (k.parent / "broken.c").write_text("void f(int *x, int n)\n{\n    x[0] = n +;\n}\n")
    only_line(vecassist("verify", "k.c", "broken.c", "-f", "f"), "broken.c:3:", "does not compile")


def test_an_empty_function_name(k: Path, vecassist: Run) -> None:
    only_line(vecassist("verify", "k.c", "k.c", "-f", ""), "--function is empty; name")


def test_an_unknown_setting(k: Path, vecassist: Run) -> None:
    (k.parent / "vecassist.toml").write_text("\nnonsense = 1\n")
    only_line(vecassist("optimize", "k.c"), "vecassist.toml:2", "unknown setting", "or remove the line")


def test_a_variable_that_says_no() -> None:
    assert from_text(KEYS["offline"], "maybe", "VECASSIST_OFFLINE") is True
    with pytest.raises(UserError, match="`unset VECASSIST_OFFLINE`"):
        from_text(KEYS["offline"], "0", "VECASSIST_OFFLINE")


def test_doctor_without_a_compiler(vecassist: Run) -> None:
    done = vecassist("doctor", PATH="/nonexistent")
    assert done.returncode == 1
    last = done.stdout.splitlines()[-1]
    assert "optimize cannot run" in last
    assert "install gcc" in last


def test_one_loop(k: Path, vecassist: Run) -> None:
    assert "\n1 loop, " in vecassist("scan", "k.c").stderr
    assert vecassist("optimize", "k.c").stdout.splitlines()[-1].startswith("1 loop: ")


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_a_reader_that_has_had_enough(k: Path) -> None:
    command = f"{shlex.quote(sys.executable)} -m vecassist scan k.c -q | head -0; exit ${{PIPESTATUS[0]}}"
    env = {name: value for name, value in os.environ.items() if not name.startswith("VECASSIST_")}
    done = subprocess.run(["bash", "-c", command], cwd=k.parent, env=env, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (141, "")


def test_scan_names_the_command_where_a_file_has_several(k: Path, vecassist: Run) -> None:
    commands = [
        {"directory": str(k.parent), "file": "k.c", "arguments": ["gcc", *flags, "-c", "k.c"]}
        for flags in (["-O2"], ["-O3", "-DX"])
    ]
    place = k.parent / "compile_commands.json"
    place.write_text(json.dumps(commands))
    told = vecassist("scan", "k.c").stdout
    assert "with `gcc -O2`: " in told
    assert "with `gcc -O3 -DX`: " in told
    found = json.loads(vecassist("scan", "k.c", "--output-format", "json").stdout)["loops"]
    assert [row["command"] for row in found] == ["gcc -O2", "gcc -O3 -DX"]
    place.write_text(json.dumps(commands[:1]))
    assert "with `" not in vecassist("scan", "k.c").stdout

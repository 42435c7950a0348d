"""`vecassist cc` as builds use it, with real compilers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from builds import AFTER, FLAGS, FORGED, HEADER, PYTHON_START, SOURCE, Build, make, store
from stored import claimed

from vecassist.deliver.write import write_all
from vecassist.store.files import entry_files

MEDDLING = HEADER.replace("x * 2.0f", "(a[N - 1] = x)").replace("static", "extern float a[N];\nstatic")
COMPILE = ("gcc", *FLAGS, "-c", "src/k.c")


def same(build: Build, one: str, other: str) -> bool:
    return (build.folder / one).read_bytes() == (build.folder / other).read_bytes()


@pytest.fixture
def plain(warm: Build) -> str:
    """The object of the source as it is."""
    if not (warm.folder / "plain.o").exists():
        assert warm.plain(*COMPILE, "-o", "plain.o").returncode == 0
    return "plain.o"


def test_a_rewrite_is_compiled(warm: Build, plain: str) -> None:
    done = warm.run(*COMPILE, "-o", "again.o")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert warm.events() == ["compiled", "applied"]
    assert same(warm, "first.o", "again.o")
    assert not same(warm, "first.o", plain)
    assert (warm.folder / "src" / "k.c").read_text() == SOURCE


def test_the_python_part_alone_does_the_same(warm: Build) -> None:
    python = Build(warm.folder, warm.cache, PYTHON_START)
    assert python.run(*COMPILE, "-o", "python.o").returncode == 0
    assert python.events() == ["compiled", "applied"]
    assert same(warm, "first.o", "python.o")


def test_masquerade(warm: Build, launcher: Path, tmp_path: Path) -> None:
    links = tmp_path / "links"
    links.mkdir()
    (links / "gcc").symlink_to(launcher)
    path = {"PATH": f"{links}:{os.environ['PATH']}"}
    assert warm.plain("gcc", "--version", **path).stdout == warm.plain("gcc", "--version").stdout
    environment = {name: v for name, v in warm.environment.items() if name.startswith("VECASSIST_")}
    assert warm.plain(*COMPILE, "-o", "link.o", **path, **environment).returncode == 0
    assert warm.events() == ["compiled", "applied"]
    assert same(warm, "first.o", "link.o")


def test_the_program_behaves(warm: Build) -> None:
    warm.plain("gcc", "src/k.c", "-o", "p")
    expected = warm.plain("./p").stdout
    assert expected.startswith(b"src/k.c 16 ")
    for words in (("gcc", *FLAGS), ("clang-19", *FLAGS)):
        if shutil.which(words[0]) is None:
            continue
        assert warm.run(*words, "-c", "src/k.c", "-o", "p.o").returncode == 0
        assert warm.plain("gcc", "p.o", "-o", "p").returncode == 0
        assert warm.plain("./p").stdout == expected
        assert warm.events() == ["compiled", "applied"]


@pytest.mark.parametrize(
    ("change", "event"),
    [
        (lambda b: (b.folder / "src/k.c").write_text(SOURCE.replace("N - 1", "N - 2", 1)), "stale"),
        (lambda b: (b.folder / "src/k.c").write_text(SOURCE.replace(*_in_place())), "done"),
        (lambda b: (b.folder / "src/k.c").write_text("/* vecassist:disable */\n" + SOURCE), "kill-comment"),
        (
            lambda b: (b.folder / "src/scale.h").write_text(
                MEDDLING
            ),
            "unchecked",
        ),
    ],
    ids=["changed loop", "fixed in place", "kill comment", "changed header"],
)  # fmt: skip
def test_the_original_is_compiled(project: Build, change: object, event: str) -> None:
    assert project.run(*COMPILE, "-o", "k.o").returncode == 0
    assert project.events() == ["compiled", "applied"]
    change(project)  # type: ignore[operator]
    assert project.run(*COMPILE, "-o", "k.o").returncode == 0
    assert project.events()[-1] == event
    assert project.plain(*COMPILE, "-o", "plain.o").returncode == 0
    assert same(project, "k.o", "plain.o")
    if event in ("stale", "unchecked"):
        strict = project.run(*COMPILE, "-o", "k.o", VECASSIST_STRICT="1")
        assert strict.returncode == 2
        assert strict.stderr.count(b"\n") == 1
        assert b"src/k.c: an accepted rewrite is not applied" in strict.stderr


def _in_place() -> tuple[str, str]:
    start = SOURCE.index("for (int i = 0; i < N - 1")
    return SOURCE[start : SOURCE.index("}", start) + 1], AFTER


def test_rewrites_in_place_and_in_the_store_are_mixed(warm: Build, tmp_path: Path) -> None:
    """`optimize --fix` for one loop of a file, the store for the other, in both orders."""
    folder = tmp_path / "mixed"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "scale.h").write_text(HEADER)
    place = folder / "src" / "k.c"
    before, after = _in_place()
    other = before.replace("N - 1", "N - 3")
    text = SOURCE.replace("int main", f"void fewer(void)\n{{\n    {other}\n}}\n\nint main")
    place.write_text(text)
    fewer = after.replace("N - 1", "N - 3")
    entries = [claimed(folder, FLAGS, AFTER, "src/k.c"), claimed(folder, FLAGS, fewer, "src/k.c", number=1)]
    write_all(entry_files(folder, entries))
    build = Build(folder, warm.cache, warm.start)
    for fixed, events in (
        (text, ["compiled", "applied", "applied"]),
        (text.replace(before, after), ["compiled", "applied", "done"]),
        (text.replace(other, fewer), ["compiled", "applied", "done"]),
        (text.replace(before, after).replace(other, fewer), ["compiled", "done", "done"]),
    ):
        place.write_text(fixed)
        done = build.run(*COMPILE, "-o", "k.o")
        assert (done.returncode, done.stderr) == (0, b"")
        assert build.events() == events
        assert build.plain("gcc", "k.o", "-o", "k").returncode == 0
        assert build.plain("gcc", *FLAGS, "src/k.c", "-o", "plain").returncode == 0
        assert build.plain("./k").stdout == build.plain("./plain").stdout != b""


def test_a_forged_entry_is_refused(tmp_path: Path, launcher: Path) -> None:
    build = make(tmp_path / "p", (str(launcher), "cc"), FORGED)
    for _ in range(2):
        assert build.run(*COMPILE, "-o", "k.o").returncode == 0
        assert build.events() == ["compiled", "unchecked"]
    build.plain(*COMPILE, "-o", "plain.o")
    assert same(build, "k.o", "plain.o")


def test_an_assumption_is_not_granted_by_the_repository(project: Build) -> None:
    shutil.rmtree(project.folder / ".vecassist")
    store(project.folder, AFTER, assumptions=("sequential",))
    assert project.run(*COMPILE, "-o", "k.o").returncode == 0
    assert project.events() == ["compiled", "unchecked"]


def test_a_proof_from_elsewhere_on_this_machine_counts(warm: Build, tmp_path: Path, launcher: Path) -> None:
    other = make(tmp_path / "another" / "place", (str(launcher), "cc"))
    text = SOURCE.replace("#include <stdio.h>", "#include <stdio.h>\n#include <stdlib.h>\n#include <math.h>")
    (other.folder / "src" / "k.c").write_text(text)
    shared = Build(other.folder, warm.cache, other.start)
    assert shared.run(*COMPILE, "-O3", "-o", "k.o", VECASSIST_CHECK_SECONDS="0").returncode == 0
    assert shared.events() == ["compiled", "applied"]


def test_two_checkouts_give_the_same_bytes(warm: Build, tmp_path: Path, launcher: Path) -> None:
    objects: list[bytes] = []
    for name in ("one", "two/deeper"):
        made = make(tmp_path / name, (str(launcher), "cc"))
        shared = Build(made.folder, warm.cache, made.start)
        done = shared.run(*COMPILE, "-g", f"-ffile-prefix-map={made.folder}=.", "-o", "k.o")
        assert done.returncode == 0
        assert shared.events() == ["compiled", "applied"]
        objects.append((made.folder / "k.o").read_bytes())
    assert objects[0] == objects[1]


def test_a_header_that_comes_to_be_found_first_is_seen(project: Build) -> None:
    (project.folder / "new").mkdir()
    (project.folder / "src" / "scale.h").rename(project.folder / "scale.h")
    words = (*COMPILE, "-Inew", "-I.", "-o", "k.o")
    assert project.run(*words).returncode == 0
    assert project.run(*words).returncode == 0
    assert project.events() == ["compiled", "applied"] * 2
    (project.folder / "new" / "scale.h").write_text(MEDDLING)
    assert project.run(*words).returncode == 0
    assert project.events() == ["compiled", "unchecked"]


def test_messages_are_about_the_source(project: Build) -> None:
    text = SOURCE.replace("return __LINE__;", "int unused; return __LINE__;")
    (project.folder / "src" / "k.c").write_text(text)
    words = (*COMPILE, "-Wall", "-o", "k.o")
    expected = project.plain(*words).stderr
    assert b"src/k.c:16" in expected
    for _ in range(2):
        done = project.run(*words)
        assert (done.returncode, done.stderr) == (0, expected)
    assert project.events() == ["compiled", "applied"] * 2
    failed = project.run(*words, "-Werror")
    assert failed.returncode == 1
    assert failed.stderr == project.plain(*words, "-Werror").stderr
    (project.folder / "src" / "k.c").write_text(text + "syntax error")
    failed = project.run(*words)
    assert (failed.returncode, failed.stderr) == (1, project.plain(*words).stderr)


def test_streams_and_exit_codes_are_the_compilers(warm: Build) -> None:
    for words in (
        ("gcc", "-E", "-"),
        ("gcc", "-x", "c", "-S", "-", "-o", "-"),
        ("gcc", "--nonsense"),
        ("gcc", "@no"),
    ):
        mine, theirs = (run(*words, stdin=b"int x;\n") for run in (warm.run, warm.plain))
        assert (mine.returncode, mine.stdout, mine.stderr) == (
            theirs.returncode,
            theirs.stdout,
            theirs.stderr,
        )
    (warm.folder / "args").write_text("-O2 -c src/k.c -o response.o")
    assert warm.run("gcc", "@args").returncode == 0
    assert warm.run("no-such-compiler", "-c", "src/k.c").returncode == 127
    assert warm.run("gcc", *FLAGS, "-c", "k.c", "-o", "../inside.o", cwd=warm.folder / "src").returncode == 0
    assert warm.events()[-1] == "applied"
    warm.events()


def test_switches(warm: Build, plain: str, tmp_path: Path) -> None:
    log = tmp_path / "decisions"
    assert warm.run(*COMPILE, "-o", "k.o", VECASSIST_DISABLE="1", VECASSIST_LOG=str(log)).returncode == 0
    assert same(warm, "k.o", plain)
    assert warm.run(*COMPILE, "-o", "k.o", VECASSIST_ACTIVE="1", VECASSIST_LOG=str(log)).returncode == 0
    assert warm.run(*COMPILE, "-o", "k.o", VECASSIST_LOG=str(log)).returncode == 0
    assert same(warm, "k.o", "first.o")
    assert [line.split(": ")[-1] for line in log.read_text().splitlines()] == [
        "disabled", "recursive", "compiled", "applied",
    ]  # fmt: skip
    warm.events()


def test_a_wrapper_that_calls_itself_ends(warm: Build, launcher: Path, tmp_path: Path) -> None:
    (tmp_path / "gcc").symlink_to(launcher)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    assert warm.run(*warm.start, "gcc", *COMPILE[1:], "-o", "k.o", **path).returncode == 0
    assert same(warm, "k.o", "first.o")
    assert warm.events() == ["compiled", "applied", "recursive", "recursive"]


def test_a_signal_ends_the_compiler_too(warm: Build, tmp_path: Path) -> None:
    slow = tmp_path / "gcc"
    slow.write_text(
        '#!/bin/sh\ncase " $*" in *" -c "*) echo $$ >"$0.pid"; exec sleep 60;; esac\nexec /usr/bin/gcc "$@"\n'
    )
    slow.chmod(0o755)
    words = [*warm.start, str(slow), "-O2", "-c", "src/k.c", "-o", "slow.o"]
    process = subprocess.Popen(words, cwd=warm.folder, env=warm.environment)
    mark = tmp_path / "gcc.pid"
    for _ in range(600):
        if mark.exists() and mark.read_text().strip():
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == -signal.SIGTERM
    child = int(mark.read_text())
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            break
        time.sleep(0.05)
    else:
        pytest.fail("the compiler still runs")
    warm.events()


def test_a_debugger_stops_in_the_source(warm: Build) -> None:
    if shutil.which("gdb") is None:
        pytest.skip("gdb is not installed")
    assert warm.run("gcc", "-O0", "-g", "-ffp-contract=off", "-c", "src/k.c", "-o", "d.o").returncode == 0
    assert warm.events()[-1] == "applied"
    assert warm.plain("gcc", "d.o", "-o", "d").returncode == 0
    lines = [
        number
        for number, text in enumerate(SOURCE.split("\n"), 1)
        if "a[i + 1]" in text or "return __" in text
    ]
    asked = [word for line in lines for word in ("-ex", f"break src/k.c:{line}")]
    go = ["-ex", "run", "-ex", "print i", "-ex", "delete 1", "-ex", "continue"]
    said = warm.plain("gdb", "-batch", "-nx", *asked, *go, "./d", DEBUGINFOD_URLS="").stdout.decode()
    assert f"pairs () at src/k.c:{lines[0]}" in said
    assert "$1 = 0" in said
    assert f"where () at src/k.c:{lines[1]}" in said


def test_stats(warm: Build) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vecassist", "stats", "--output-format", "json"],
        env=warm.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert '"applied": ' in done.stdout
    text = subprocess.run(
        [sys.executable, "-m", "vecassist", "stats"],
        env=warm.environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "entries applied" in text.stdout

from __future__ import annotations

import time
from pathlib import Path

import pytest

from compiler.errors import CompileFailed, TimedOut, ToolMissing
from compiler.process import Completed, checked, first_error, run


def test_a_result_whatever_the_exit_code() -> None:
    done = run(["sh", "-c", "cat; echo bad >&2; exit 3"], stdin=b"\xff in")
    assert (done.returncode, done.stdout, done.err) == (3, b"\xff in", "bad\n")
    assert done.out.endswith(" in")


def test_a_timeout_ends_the_children_too() -> None:
    start = time.monotonic()
    with pytest.raises(TimedOut) as caught:
        run(["sh", "-c", "echo early; sleep 30 & sleep 30"], timeout=0.3)
    assert time.monotonic() - start < 10
    assert caught.value.output == b"early\n"


def test_what_cannot_be_started(tmp_path: Path) -> None:
    with pytest.raises(ToolMissing, match="no-such-program"):
        run(["no-such-program"])
    with pytest.raises(ToolMissing, match=r"directory .*none does not exist"):
        run(["true"], cwd=tmp_path / "none")


def test_the_first_error_is_the_message() -> None:
    text = (
        "In file included from a.c:1:\na.h:3:1: warning: x\na.h:4:2: error: y\n  4 | z\ncollect2: error: ld"
    )
    assert first_error(text) == "a.h:4:2: error: y"
    assert first_error("/usr/bin/ld: x: undefined\ncollect2: error: ld returned 1 exit status").startswith(
        "/usr/bin/ld"
    )
    assert first_error("") == "the compiler failed without a message"
    with pytest.raises(CompileFailed, match="y") as caught:
        checked(Completed(("gcc",), 1, b"", text.encode()))
    assert caught.value.diagnostics == text
    with pytest.raises(CompileFailed, match="SIGSEGV"):
        checked(Completed(("gcc",), -11, b"", b""))

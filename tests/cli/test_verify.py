"""`vecassist verify`: verdicts, exit codes, and every kind of bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import Run, assert_user_error

BEFORE = """
void scale(float *x, float k, int n)
{
    for (int i = 0; i < n; i++) {
        x[i] = x[i] * k;
    }
}
"""
RIGHT = """
void scale(float *x, float k, int n)
{
    int i = 0;
    while (i < n) {
        x[i] = k * x[i];
        i++;
    }
}
"""
WRONG = BEFORE.replace("i < n", "i <= n")


@pytest.fixture
def pair(tmp_path: Path) -> Path:
    (tmp_path / "before.c").write_text(BEFORE)
    (tmp_path / "right.c").write_text(RIGHT)
    (tmp_path / "wrong.c").write_text(WRONG)
    return tmp_path


def test_a_right_rewrite_is_proved(pair: Path, vecassist: Run) -> None:
    done = vecassist("verify", "before.c", "right.c", "--function", "scale", "--", "-ffp-contract=off")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("proved: scale")


def test_a_wrong_rewrite_is_refuted_with_inputs(pair: Path, vecassist: Run) -> None:
    done = vecassist("verify", "before.c", "wrong.c", "--function", "scale", "--output-format", "json")
    assert done.returncode == 1, done.stdout + done.stderr
    body = json.loads(done.stdout)
    assert body["verdict"] == "refuted"
    assert body["scope"] is None
    assert body["counterexample"]["replayed"] is True
    assert body["counterexample"]["inputs"]


def test_json_has_every_field(pair: Path, vecassist: Run) -> None:
    done = vecassist(
        "verify", "before.c", "right.c", "-f", "scale", "--output-format", "json", "--", "-ffp-contract=off"
    )
    body = json.loads(done.stdout)
    assert set(body) == {
        "verdict", "scope", "strategy", "seconds", "assumptions", "reason", "reason_code", "line", "help",
        "counterexample", "versions",
    }  # fmt: skip
    assert (body["verdict"], body["scope"]) == ("proved", "unbounded")
    assert "clang" in body["versions"]


def test_an_unlisted_flag_is_an_error(pair: Path, vecassist: Run) -> None:
    done = vecassist("verify", "before.c", "right.c", "-f", "scale", "--", "-fsomething-new")
    assert_user_error(done, "unsupported compiler flag -fsomething-new")


def test_a_proof_that_takes_too_long_is_unknown(pair: Path, vecassist: Run) -> None:
    head = "float c[64][64], a[64][64], b[64][64];\nvoid product(void)\n{\n"
    loops = [f"for (int {v} = 0; {v} < 64; {v}++)\n" for v in "ijk"]
    body = "c[i][j] += a[i][k] * b[k][j];\n}\n"
    (pair / "before.c").write_text(head + "".join(loops) + body)
    (pair / "right.c").write_text(head + "".join(loops[::2] + loops[1:2]) + body)
    done = vecassist(
        "verify", "before.c", "right.c", "-f", "product", "--timeout", "0.1", "--", "-ffp-contract=off"
    )
    assert done.returncode == 3
    assert "timeout" in done.stdout


def test_no_such_file(pair: Path, vecassist: Run) -> None:
    assert_user_error(vecassist("verify", "nope.c", "right.c", "-f", "scale"), "nope.c", "no such file")


def test_not_c(pair: Path, vecassist: Run) -> None:
    (pair / "a.cpp").write_text(BEFORE)
    assert_user_error(vecassist("verify", "a.cpp", "right.c", "-f", "scale"), "a.cpp", "C sources")


def test_does_not_compile(pair: Path, vecassist: Run) -> None:
    (pair / "broken.c").write_text("int f(int n) {\n    return n +;\n}\n")
    assert_user_error(vecassist("verify", "before.c", "broken.c", "-f", "f"), "broken.c:2", "error")


def test_function_in_neither(pair: Path, vecassist: Run) -> None:
    done = vecassist("verify", "before.c", "right.c", "-f", "nope")
    assert_user_error(done, "before.c", "no definition of function nope", "either file")


def test_function_in_only_one(pair: Path, vecassist: Run) -> None:
    (pair / "other.c").write_text("void other(void) {}\n")
    done = vecassist("verify", "before.c", "other.c", "-f", "scale")
    assert_user_error(done, "other.c", "no definition of function scale", "other file defines it")


@pytest.mark.parametrize(
    "text",
    [
        "void scale(double *x, double k, int n) {}",
        "void scale(float *x, float k) {}",
        "int scale(float *x, float k, int n) { return 0; }",
    ],
)
def test_signatures_differ(pair: Path, vecassist: Run, text: str) -> None:
    (pair / "other.c").write_text(text + "\n")
    assert_user_error(
        vecassist("verify", "before.c", "other.c", "-f", "scale"), "other.c", "another signature"
    )


def test_no_compiler(pair: Path, vecassist: Run) -> None:
    done = vecassist("verify", "before.c", "right.c", "-f", "scale", "--clang", "no-such-clang")
    assert_user_error(done, "no-such-clang")


def test_missing_option(pair: Path, vecassist: Run) -> None:
    assert_user_error(vecassist("verify", "before.c", "right.c"), "--function")


def test_what_the_reader_does_not_know_is_unknown(pair: Path, vecassist: Run) -> None:
    (pair / "other.c").write_text(
        "void scale(float *x, float k, int n) { x = __builtin_assume_aligned(x, 16); "
        "for (int i = 0; i < n; i++) x[i] *= k; }\n"
    )
    done = vecassist("verify", "before.c", "other.c", "-f", "scale")
    assert (done.returncode, done.stderr) == (3, "")
    assert "operand bundle" in done.stdout
    done = vecassist("verify", "before.c", "other.c", "-f", "scales")
    assert_user_error(done, "no definition of function scales", "scale")

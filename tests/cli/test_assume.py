"""`--assume`: what a caller grants, and what is asked for where nothing is granted."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from command_line import Run, assert_user_error

FILES = {
    "scale.c": "void f(float *a, const float *b, int n)\n{ for (int i = 0; i < n; i++) a[i] = b[i] * 2.0f; }\n",
    "eights.c": "void f(float *a, const float *b, int n)\n{ for (int i = 0; i < n; i += 8)\n"
    "    for (int j = 0; j < 8; j++) a[i + j] = b[i + j] * 2.0f; }\n",
    "pairs.c": "void f(float *a, const float *b, int n)\n{ int i = 0;\n  for (; i + 1 < n; i += 2) {\n"
    "    float x = b[i] * 2.0f, y = b[i + 1] * 2.0f;\n    a[i] = x; a[i + 1] = y; }\n"
    "  for (; i < n; i++) a[i] = b[i] * 2.0f; }\n",
    "keep.c": "int g[64];\nvoid f(const int *a, int n)\n{ for (int i = 0; i < 64; i++) if (a[i] > n) g[i] = a[i]; }\n",
    "always.c": "int g[64];\nvoid f(const int *a, int n)\n"
    "{ for (int i = 0; i < 64; i++) g[i] = a[i] > n ? a[i] : g[i]; }\n",
}


@pytest.fixture
def verify(tmp_path: Path, vecassist: Run) -> Run:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)

    def run(before: str, after: str, *assume: str) -> subprocess.CompletedProcess[str]:
        options = [word for one in assume for word in ("--assume", one)]
        return vecassist(
            "verify", before, after, "-f", "f", *options, "--output-format", "json", "--", "-ffp-contract=off"
        )

    return run


@pytest.mark.parametrize(
    ("before", "after", "assume"),
    [
        ("scale.c", "eights.c", ("n % 8 == 0",)),
        ("scale.c", "eights.c", ("n >= 0 && (n & 7) == 0", "n < 1000000")),
        ("scale.c", "pairs.c", ("noalias(a,b)",)),
        ("scale.c", "pairs.c", ("a + n <= b || b + n <= a",)),
        ("keep.c", "always.c", ("sequential",)),
    ],
)
def test_what_is_granted_proves_it_and_is_told(
    verify: Run, before: str, after: str, assume: tuple[str, ...]
) -> None:
    body = json.loads(verify(before, after, *assume).stdout)
    assert (body["verdict"], tuple(body["assumptions"])) == ("proved", assume), body["reason"]


@pytest.mark.parametrize(
    ("before", "after", "assume"),
    [
        ("scale.c", "eights.c", ()),
        ("scale.c", "eights.c", ("n % 4 == 0",)),
        ("scale.c", "eights.c", ("noalias(a,b)",)),
        ("scale.c", "pairs.c", ()),
        ("scale.c", "pairs.c", ("n % 8 == 0",)),
    ],
)
def test_what_is_not_enough_does_not(verify: Run, before: str, after: str, assume: tuple[str, ...]) -> None:
    body = json.loads(verify(before, after, *assume).stdout)
    assert body["verdict"] == "refuted", body["reason"]


def test_the_wrong_order_of_pointers_proves_nothing(verify: Run) -> None:
    assert json.loads(verify("scale.c", "pairs.c", "b <= a").stdout)["verdict"] != "proved"


def test_a_counterexample_keeps_to_what_is_granted(verify: Run) -> None:
    body = json.loads(verify("scale.c", "pairs.c", "n == 2 * 3").stdout)
    assert body["counterexample"]["inputs"]["n"] == "6"


def test_the_option_to_pass_is_named(verify: Run) -> None:
    done = verify("keep.c", "always.c")
    body = json.loads(done.stdout)
    assert (done.returncode, body["verdict"], body["reason_code"]) == (3, "unknown", "needs-assumption")
    assert "pass --assume sequential" in body["reason"]
    assert body["line"] in (2, 3)
    assert body["help"]


def test_conditions_that_nothing_meets_prove_nothing(verify: Run) -> None:
    body = json.loads(verify("scale.c", "eights.c", "n < 3 && n > 3").stdout)
    assert (body["verdict"], body["reason_code"]) == ("unknown", "vacuous")


@pytest.mark.parametrize(
    ("assume", "words"),
    [
        ("m % 8 == 0", "f has no parameter m; it has a, b, n"),
        ("n % 8 == 0; n", "is no C expression"),
        ("n) || (n", "is no C expression"),
        ("n % 8 == 0 // eight", "is no C expression"),
        ("f(n)", "no calls, memory or assignments"),
        ("n = 8", "no calls, memory or assignments"),
        ("n++ > 0", "no calls, memory or assignments"),
        ("a[0] == 1", "no calls, memory or assignments"),
        ("*b > 0", "no calls, memory or assignments"),
        ("n > 0.5", "only integers"),
        ("a > n", "a is no integer"),
        ("noalias(a,n)", "n is no pointer"),
        ("noalias(a,c)", "f has no parameter c"),
        ("noalias(a)", "not known"),
        ("serial", "not known; grant one of"),
        ("", "not known"),
    ],
)
def test_an_assumption_that_says_nothing_is_an_error(verify: Run, assume: str, words: str) -> None:
    assert_user_error(verify("scale.c", "pairs.c", assume), "--assume", words)

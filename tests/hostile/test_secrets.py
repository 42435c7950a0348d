"""Code that keeps secrets: time that depends on data is refused unless allowed, and what wipes an object stays."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "verify"))
from flow_support import verdict_of

from compiler.lower import lower
from compiler.process import COMPILER_MEMORY, run
from compiler.toolchain import wheel_clang
from verify.problem import Problem, Side
from verify.timing import leak
from verify.verdict import Proved, Unknown


def f(body: str) -> str:
    return (
        "#include <stdint.h>\nint size; const int table[4] = {1, 2, 3, 4}; struct list { int n; int *x; };\n"
        f"int f(uint32_t *restrict a, const uint32_t *restrict k, const struct list *l, int n) {{ {body} }}\n"
    )


MASKED = f(
    "for (int i = 0; i < n; i++) { uint32_t m = 0u - (k[i] & 1u); a[i] = (a[i] & ~m) | (5u & m); } return 0;"
)
BRANCHING = f("for (int i = 0; i < n; i++) if (k[i] & 1u) a[i] = 5u; else a[i] = a[i]; return 0;")
TABLE = f("for (int i = 0; i < n; i++) a[i] = (k[i] & 3u) + 1u; return 0;")
LOOKED_UP = f("for (int i = 0; i < n; i++) a[i] = (uint32_t)table[k[i] & 3u]; return 0;")
PUBLIC = f("for (int i = 0; i < n; i++) a[i] = (uint32_t)table[i & 3] ^ k[i]; return 0;")
UNROLLED = f(
    "int i = 0; for (; i < n - 1; i += 2) { a[i] = (uint32_t)table[i & 3] ^ k[i]; "
    "a[i + 1] = (uint32_t)table[(i + 1) & 3] ^ k[i + 1]; } "
    "for (; i < n; i++) a[i] = (uint32_t)table[i & 3] ^ k[i]; return 0;"
)  # fmt: skip
MEMBER = f("for (int i = 0; i < l->n; i++) a[i] = k[i]; return 0;")
BACKWARDS = f("for (int i = l->n - 1; i >= 0; i--) a[i] = k[i]; return 0;")
EARLY = f("uint32_t d = 0; for (int i = 0; i < 4; i++) d |= a[i] ^ k[i]; return d == 0;")
FIRST = f(
    "if (a[0] != k[0]) return 0; uint32_t d = 0; for (int i = 1; i < 4; i++) d |= a[i] ^ k[i]; return d == 0;"
)
LEAKS = {
    "a branch on an element": (MASKED, BRANCHING, "a branch"),
    "an element as a subscript": (TABLE, LOOKED_UP, "an address"),
    "an early end": (EARLY, FIRST, "a branch"),
    "a member of a struct": (PUBLIC, f("if (l->x == 0) return 0; return (int)l->n;"), "a branch"),
    "through a variable": (
        EARLY,
        f(
            "uint32_t d = 0; for (int i = 0; i < 4; i++) d |= a[i] ^ k[i]; int e = d == 0; if (e) return 1; return 0;"
        ),
        "a branch",
    ),
}
KEEPS = {
    "elements of a table at places that are known": (PUBLIC, UNROLLED),
    "a bound in a struct": (MEMBER, BACKWARDS),
    "what the original does itself": (LOOKED_UP, LOOKED_UP.replace("k[i] & 3u", "3u & k[i]")),
    "fewer branches than before": (BRANCHING, MASKED),
}


def told(before: str, after: str) -> str:
    """What of the text after tells more than the text before, "" for nothing."""
    clang = wheel_clang()
    sides = [Side(lower(clang, text, Path("f.c"), Path.cwd(), ())) for text in (before, after)]
    found = leak(Problem(sides[0], sides[1], "f"))
    return "" if found is None else found.what


@pytest.mark.parametrize("case", LEAKS)
def test_a_rewrite_that_tells_what_is_in_arrays(case: str) -> None:
    before, after, what = LEAKS[case]
    assert told(before, after) == what
    assert told(after, before) == told(before, before) == told(after, after) == ""


@pytest.mark.parametrize("case", KEEPS)
def test_what_tells_no_more(case: str) -> None:
    assert told(*KEEPS[case]) == ""


def test_it_is_refused_unless_it_is_allowed() -> None:
    verdict = verdict_of(MASKED, BRANCHING).verdict
    assert isinstance(verdict, Unknown)
    assert (verdict.code, verdict.needs) == ("timing", "--allow timing")
    allowed = verdict_of(MASKED, BRANCHING, assume=("timing",)).verdict
    assert isinstance(allowed, Proved)
    assert allowed.assumptions == ("timing",)


WIPES = "for (int i = 0; i < 16; i++) t[i] = 0;"
PLAIN = "int t[16]; int s = 0; for (int i = 0; i < 16; i++) t[i] = (int)(k[i] % 7u); {0} {1} return s;"
USES = "for (int i = 0; i < 16; i++) s ^= t[i];"


def wiping(wipe: str) -> str:
    return f(PLAIN.replace("{0}", USES).replace("{1}", wipe))


@pytest.mark.parametrize(
    "wipe",
    [
        "",
        "for (int i = 0; i < 15; i++) t[i] = 0;",
        "for (int i = 0; i < 16; i++) t[i] = 1;",
        "for (int i = 0; i < 16; i += 2) t[i] = 0;",
    ],
    ids=["none", "short", "another value", "every second"],
)  # fmt: skip
def test_a_rewrite_that_does_not_wipe_is_refused(wipe: str) -> None:
    verdict = verdict_of(wiping(WIPES), wiping(wipe)).verdict
    assert isinstance(verdict, Unknown)
    assert verdict.code == "wiped"


@pytest.mark.parametrize(
    "wipe",
    [
        "for (int i = 15; i >= 0; i--) t[i] = 0;",
        "for (int i = 0; i < 16; i += 2) { t[i] = 0; t[i + 1] = 0; }",
    ],
    ids=["backwards", "by two"],
)
def test_one_that_does_is_proved(wipe: str) -> None:
    assert isinstance(verdict_of(wiping(WIPES), wiping(wipe)).verdict, Proved)


def test_compilers_have_limits() -> None:
    """On memory, for all that they start."""
    code = (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'bytearray(300 << 20)'], check=True)"
    )
    assert run([sys.executable, "-c", code], memory=COMPILER_MEMORY).returncode == 0
    done = run([sys.executable, "-c", code], memory=200 << 20)
    assert done.returncode != 0
    assert "MemoryError" in done.err

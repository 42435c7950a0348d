"""What a model asks for beyond plain C: read, checked, written by the tool with the original beside it, and proved."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from vecassist.compilers import lowering
from vecassist.evidence import Gauge
from vecassist.judging import Earlier, judge, prove_in
from vecassist.line import Region, Settings, tools
from vecassist.model import Candidate, Needs, Site, Unit, Vector
from vecassist.needs import ahead
from vecassist.propose.llm.ctext import BadText
from vecassist.propose.llm.needs import asking_text, read_needs
from vecassist.propose.llm.reply import read_reply
from vecassist.scan.sites import scan_text
from vecassist.splice import check_replacement, splice
from vecassist.worker import WorkerLimits, WorkerPool

SOURCE = """float a[512], b[512], c[512];
void keep(void)
{
    for (int i = 0; i < 512; i++) {
        a[i] = b[i] > 0.0f ? b[i] * c[i] : c[i] - b[i];
    }
}
"""
LANES = """```needs
vector v8f float 8
vector v8i int32_t 8
```
```c
{
    for (int i = 0; i < 512; i += 8) {
        v8f x = *(const v8f *)(b + i), y = *(const v8f *)(c + i);
        v8i m = (v8i)(x > 0.0f);
        *(v8i *)(a + i) = ((v8i)(x * y) & m) | ((v8i)(y - x) & ~m);
    }
}
```
"""
HELPER = """The helper picks.
```needs
- `immintrin`
```
```helper
static inline __m256 pick(__m256 x, __m256 y)
{
    return _mm256_blendv_ps(_mm256_sub_ps(y, x), _mm256_mul_ps(x, y), _mm256_cmp_ps(x, _mm256_setzero_ps(), 30));
}
```
```c
for (int i = 0; i < 512; i += 8) {
    _mm256_storeu_ps(a + i, pick(_mm256_loadu_ps(b + i), _mm256_loadu_ps(c + i)));
}
```
"""
IN_A_JSON = """{"candidates": [{"code": "for (int i = 0; i < 512; i++) a[i] = twice(b[i]);",
"needs": ["vector v4 float 4"], "helper": "static float twice(float x) { return x + x; }"}]}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("needs")
    (folder / "k.c").write_text(SOURCE)
    unit = Unit(Path("k.c"), folder, "gcc", ("-O2", "-mavx2", "-ffp-contract=off"))
    return scan_text(unit, SOURCE).sites[0]


def test_the_fields_are_read() -> None:
    (lanes,) = read_reply(LANES, "for (;;) ;", intrinsics=True).offers
    assert lanes.needs == Needs(False, (Vector("v8f", "float", 32), Vector("v8i", "int", 32)))
    (helper,) = read_reply(HELPER, "for (;;) ;", intrinsics=True).offers
    assert helper.needs.intrinsics
    assert helper.needs.helper.startswith("static inline __m256 pick(")
    (json,) = read_reply(IN_A_JSON, "for (;;) ;", intrinsics=True).offers
    assert json.needs == Needs(
        False, (Vector("v4", "float", 16),), "static float twice(float x) { return x + x; }"
    )
    for offer in (lanes, helper, json):
        again = read_reply(asking_text(offer.needs) + "```c\nx = 1;\n```", "for (;;) ;", intrinsics=True)
        assert again.offers[0].needs == offer.needs


def test_they_are_only_for_those_who_allow_them() -> None:
    reading = read_reply(LANES, "for (;;) ;")
    assert reading.offers == ()
    assert reading.reasons == ("the answer asks for more than plain C, which is not allowed here",)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("#include <stdio.h>", "cannot be asked for"),
        ("vector v float 5", "has 20 bytes"),
        ("vector v time_t 4", "no vector of time_t"),
        ("vector v float 8\nvector v int 8", "asked for twice"),
        ("vector _v float 8", "is no name"),
    ],
)
def test_what_cannot_be_asked_for(line: str, said: str) -> None:
    with pytest.raises(BadText, match=said):
        read_needs(line, "")


@pytest.mark.parametrize(
    ("needs", "text", "said"),
    [
        (Needs(True), "a[0] = _mm_setzero_ps()[0];", None),
        (Needs(), "a[0] = _mm_setzero_ps()[0];", "a call of _mm_setzero_ps"),
        (Needs(True), "a[0] = _mm512_setzero_ps()[0];", "a call of _mm512_setzero_ps"),
        (Needs(False, (Vector("b", "float", 16),)), "a[0] = 1;", "another name: b is in the file"),
        (Needs(helper="static float h(float x) { return x; }"), "a[0] = h(1);", None),
        (Needs(helper="float h(float x) { return x; }"), "a[0] = h(1);", "must be static"),
        (Needs(helper="static float keep(float x) { return x; }"), "a[0] = 1;", "another name than keep"),
        (Needs(helper="static float h(float x) { return other(x); }"), "a[0] = h(1);", "calls other"),
        (Needs(helper="static int h(void) { static int n; return n++; }"), "a[0] = h();", "beyond its own"),
        (Needs(helper='static int h(void) { asm("nop"); return 1; }'), "a[0] = h();", "asm"),
        (Needs(helper="static int n; static int h(void) { return n; }"), "a[0] = h();", "one function"),
        (Needs(helper="#define X 1\nstatic int h(void) { return X; }"), "a[0] = h();", "preprocessor"),
        (Needs(helper="static int h(void) { return 1; } /*"), "a[0] = h();", "comment"),
    ],
)
def test_the_replacement_and_the_helper_are_checked(
    site: Site, needs: Needs, text: str, said: str | None
) -> None:
    refused = check_replacement(site, text, needs)
    assert (refused is None) if said is None else (refused is not None and said in refused)


def test_the_original_stays_for_other_targets(site: Site) -> None:
    (offer,) = read_reply(LANES, site.text, intrinsics=True).offers
    placed = splice(SOURCE.encode(), site, offer.text, offer.needs).decode()
    lines = placed.splitlines()
    assert lines[3:5] == ["    {", "#if defined(__AVX2__)"]
    assert "vector_size(32), aligned(4), may_alias" in lines[5]
    assert lines[-7:-1] == [
        "#else",
        f"    {SOURCE.splitlines()[3].strip()}",
        *SOURCE.splitlines()[4:6],
        "#endif",
        "    }",
    ]
    assert not any(line != line.rstrip() for line in lines)
    assert ahead(offer.needs, "\n") == ""
    for flag in ("-mavx2", "-mno-avx2"):
        built = ["gcc", "-std=c11", "-Wall", "-Werror", "-fsyntax-only", flag, "-x", "c", "-"]
        subprocess.run(built, input=placed, text=True, check=True)


def test_from_the_answer_to_the_proof(site: Site) -> None:
    """Right ones are proved and a wrong one is refuted; the one that lowers to the same is not tried again."""

    def candidate(text: str) -> Candidate:
        offer = read_reply(text, site.text, intrinsics=True).offers[0]
        return Candidate(site, offer.text, "llm", "m", needs=offer.needs)

    wrong = HELPER.replace("_mm256_sub_ps(y, x)", "_mm256_sub_ps(x, y)")
    renamed = re.sub(r"\bi\b", "k", wrong)
    region, earlier, settings = Region((site,), SOURCE.encode()), Earlier(), Settings(("sequential",))
    with WorkerPool(1, WorkerLimits(60)) as pool:
        line = tools(lowering(None), pool, Gauge((), pool))
        for right in (LANES, HELPER):
            assert prove_in(SOURCE.encode(), site, candidate(right), settings, line) is None
        first, second = (
            judge(region, candidate(one), settings, line, earlier)[0] for one in (wrong, renamed)
        )
    assert first.verdict == second.verdict == "refuted"
    assert second.candidate.text != first.candidate.text
    assert second.reason == f"the same code as an earlier candidate: {first.reason}"
    assert earlier.refuted

"""Prompts: equal input gives equal text, and nothing is sent that has no business there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from llm_support import SOURCE, VIEWS, site

from vecassist.propose.llm.context import Context, gather
from vecassist.propose.llm.prompt import (
    LONGEST_REGION,
    PROGRESS,
    Asking,
    Failure,
    Feedback,
    build,
    code_block,
    counterexample,
    feedback_on,
    prompts_digest,
    render,
    slower,
    still_scalar,
    too_long,
)
from verify.verdict import Counterexample

CONTEXT = gather(site(), SOURCE)
FOUND = Counterexample(
    {"n": "3", "a": "{1, 2, 3}", "b": "a + 1"},
    {"return": "4", "b": "{1, 3, 5}"},
    {"return": "4", "b": "{1, 3, 6}"},
    replayed=True,
)
FAILURES = {
    "compile": Feedback("compile", "sum.c:19:9: error: use of undeclared identifier 'm'"),
    "refused": Feedback("refused", "it calls `memcpy`, which the original does not"),
    "refuted": counterexample(FOUND, "the final memory differs"),
    "unknown": Feedback("unknown", "the trip count of the second loop was not found"),
    "scalar": still_scalar(VIEWS),
    "unmeasured": Feedback("unmeasured", "no input could be made"),
    "slower": slower(0.914, 1.05),
    "unreadable": Feedback("unreadable", "unbalanced brackets: `}` closes nothing"),
}


def test_first_question(golden: Callable[[str, str], None]) -> None:
    golden("prompt-first.txt", render(build(site(), CONTEXT, "some-model")) + "\n")


def test_first_question_where_more_than_plain_c_is_allowed(golden: Callable[[str, str], None]) -> None:
    tried = ("loop distribution: refused: /home/me/k.c:3: not proved", "a\nb", "c", "reroll: d")
    request = build(site(), CONTEXT, "some-model", Asking(intrinsics=True), tried=tried)
    golden("prompt-needs.txt", render(request) + "\n")


@pytest.mark.parametrize("kind", PROGRESS)
def test_question_after_a_failure(kind: str, golden: Callable[[str, str], None]) -> None:
    failure = Failure(code_block("{ b[0] = a[0]; }"), FAILURES[kind], ("does not compile: x", "wrong: y"))
    request = build(site(), CONTEXT, "some-model", Asking(), 2, failure)
    assert request.subject.round == 2
    said = "\n".join(f"--- {message.role}\n{message.content}" for message in request.messages[2:])
    golden(f"prompt-{kind}.txt", said)


def test_nothing_is_known(golden: Callable[[str, str], None]) -> None:
    bare = build(site(views=()), Context("prefix"), "some-model")
    golden("prompt-bare.txt", bare.messages[1].content)


def test_neither_paths_nor_macro_values_are_sent() -> None:
    text = render(build(site(), CONTEXT, "m"))
    assert "secret" not in text
    assert "/src" not in text
    assert "-O3 -march=x86-64-v3" in text


@pytest.mark.parametrize(
    ("detail", "told"),
    [
        ("/home/ann/secret project/x/sum.c:3:1: error", None),
        ("/home/ann/sum.c:3:1: error: a / b and a/b", "sum.c:3:1: error: a / b and a/b"),
        ("in ../lib/sum.c and ./sum.c", "in sum.c and sum.c"),
        ("x = y/2; // see a", "x = y/2; // see a"),
        ("C:\\Users\\ann\\sum.c: error", "sum.c: error"),
        ("`p[i]/q` is 1.0/3", "`p[i]/q` is 1.0/3"),
    ],
)
def test_folders_are_not_sent(detail: str, told: str | None) -> None:
    failure = Failure("x", Feedback("compile", detail), (detail,))
    text = build(site(), CONTEXT, "m", Asking(), 1, failure).messages[3].content
    assert "/home" not in text
    assert "Users" not in text
    assert told is None or text.count(told) == 2


def test_order_of_views_makes_no_difference() -> None:
    one, other = build(site(), CONTEXT, "m"), build(site(views=VIEWS[::-1]), CONTEXT, "m")
    assert one.digest() == other.digest()


def test_the_digest_depends_on_what_is_sent_alone() -> None:
    one = build(site(), CONTEXT, "m")
    assert one.digest() == build(replace(site(), key="other", line=99), CONTEXT, "m").digest()
    assert one.digest() != build(site(), CONTEXT, "n").digest()
    assert one.digest() != build(site(), CONTEXT, "m", Asking(answer_tokens=5)).digest()
    assert one.digest() != build(site(), CONTEXT, "m", Asking(temperature=0.5)).digest()


def test_code_cannot_close_its_fence() -> None:
    text = "/* ``` and ````c */"
    assert code_block(text) == f"`````c\n{text}\n`````"


def test_dollar_signs_and_braces_in_code_are_left_alone() -> None:
    region = "for (;;) { x = $region + '$'; }"
    odd = replace(site(), text=region)
    assert region in build(odd, CONTEXT, "m").messages[1].content


def test_bytes_that_are_utf8_are_shown_as_characters() -> None:
    odd = replace(site(), text="for (;;) f(); /* é */".encode().decode("latin-1"))
    assert "/* é */" in build(odd, CONTEXT, "m").messages[1].content


def test_long_regions_are_not_sent() -> None:
    assert too_long(site()) is None
    assert "characters" in (too_long(replace(site(), text="x" * (LONGEST_REGION + 1))) or "")


def test_long_details_and_values_are_cut() -> None:
    many = Counterexample({f"p{i}": "1" * 1000 for i in range(50)}, {}, {})
    feedback = counterexample(many)
    assert "and 26 more" in feedback.detail
    request = build(site(), CONTEXT, "m", Asking(), 1, Failure("x", Feedback("compile", "e" * 9000)))
    assert len(request.messages[3].content) < 4500


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("not-allowed", "refused"),
        ("does-not-compile", "compile"),
        ("not-vectorized", "scalar"),
        ("not-faster", "slower"),
        ("unmeasurable", "unmeasured"),
        ("needs-assumption", "unknown"),
        ("whatever-comes-later", "unknown"),
    ],
)
def test_reason_codes_become_feedback(code: str, kind: str) -> None:
    assert feedback_on(code, "why") == Feedback(kind, "why")  # type: ignore[arg-type]


def test_a_counterexample_says_it_all() -> None:
    feedback = feedback_on("refuted", "the final memory differs", FOUND)
    assert feedback.kind == "refuted"
    assert "b = a + 1" in feedback.detail


def test_the_digest_of_the_prompts_is_stable() -> None:
    assert len(prompts_digest()) == 16
    assert build(site(), CONTEXT, "m").subject.prompts == prompts_digest()

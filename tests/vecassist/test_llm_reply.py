"""Answers as models really give them, and as nobody should."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llm_support import REGION, SOURCE, site

from vecassist.propose.llm.context import gather
from vecassist.propose.llm.reply import LONGEST_CODE, LONGEST_REPLY, read_reply

ORIGINAL = "for (int i = 0; i < n; i++)\n    a[i] = a[i] + b[i];"
GOOD = "for (int i = 0; i < n; i++) {\n    a[i] += b[i];\n}"
OTHER = "{\n    int i = 0;\n    while (i < n) { a[i] += b[i]; i++; }\n}"


def texts(reply: str | bytes, region: str = ORIGINAL) -> tuple[str, ...]:
    return read_reply(reply, region).texts


def reason(reply: str | bytes, region: str = ORIGINAL) -> str:
    reading = read_reply(reply, region)
    assert reading.texts == ()
    return "; ".join(reading.reasons)


@pytest.mark.parametrize(
    "reply",
    [
        f"```c\n{GOOD}\n```",
        f"Sure! Here is the loop.\n\n```c\n{GOOD}\n```\n\nIt works because `a` and `b` don't overlap.",
        f"```\n{GOOD}\n```",
        f"~~~C\n{GOOD}\n~~~",
        f"````c\n{GOOD}\n````",
        f"1. ```cpp\n{GOOD}\n```",
        f'```c title="x.c"\n{GOOD}\n```',
        f"```c\r\n{GOOD.replace(chr(10), chr(13) + chr(10))}\r\n```\r\n",
        f"\ufeff```c\n{GOOD}\n```",
        "   ```c\n" + "\n".join("    " + line for line in GOOD.split("\n")) + "\n   ```",
        f"<think>\n```c\n{OTHER}\n```\nno, {{ wrong</think>\n```c\n{GOOD}\n```",
        f"a lot of thought\n</think>\n```c\n{GOOD}\n```",
        f"The original:\n```c\n{ORIGINAL}\n```\nbecomes\n```c\n{GOOD}\n```",
        f"The line\n```c\na[i] = a[i] + b[i];\n```\nbecomes\n```c\n{GOOD}\n```",
        f"```c\n{GOOD}\n```\nCompile with\n```sh\ngcc -O3 x.c;\n```",
        GOOD,
        f"Here you are:\n\n{GOOD}\n\nNote that it isn't (always) faster.",
        json.dumps({"replacement": GOOD}),
        "```json\n" + json.dumps({"candidates": [{"code": GOOD, "why": "x"}]}) + "\n```",
        f"```c\n#include <stddef.h>\n\n{GOOD}\n```",
        f"```c\n{GOOD};\n```",
        f"```c\n{GOOD}\n",
        f"```c\n{GOOD}\n```".encode(),
    ],
)
def test_one_replacement_is_found(reply: str | bytes) -> None:
    assert texts(reply) == (GOOD,)


def test_several_candidates_keep_their_order_and_lose_their_twins() -> None:
    reply = f"```c\n{OTHER}\n```\n```c\n{GOOD}\n```\n```c\n/* again */ {GOOD}\n```"
    assert texts(reply) == (OTHER, GOOD)


def test_statements_become_one_block() -> None:
    assert texts("```c\nint m = n;\nfor (int i = 0; i < m; i++) a[i] = 0;\n```") == (
        "{\n    int m = n;\n    for (int i = 0; i < m; i++) a[i] = 0;\n}",
    )


def test_a_pragma_gets_a_line_of_its_own() -> None:
    assert texts("```c\n#pragma GCC ivdep\nfor (;;) f();\n```") == (
        "{\n    #pragma GCC ivdep\n    for (;;) f();\n}",
    )


def test_comments_stay() -> None:
    assert texts(f"```c\n/* First the sums. */\n{GOOD}\n```") == (f"/* First the sums. */\n{GOOD}",)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        ("", "empty"),
        ("   \n", "empty"),
        ("I cannot find a faster form.", 'no code: "I cannot find a faster form."'),
        (f"```c\n{ORIGINAL}\n```", "repeats the original"),
        ("```c\na[i] = a[i] + b[i];\n```\n```c\na[i] = a[i] +b[i];\n```", "only quotes the original"),
        ("```c\nfor (int i = 0; i < n; i++) {\n    a[i] = 0;", "unbalanced brackets"),
        ("```c\nfor (int i = 0; i < n; i++) { a[i] = 0; } }\n```", "unbalanced brackets"),
        ("```c\nfor (int i = 0; i < n; i++) { a[i) = 0; }\n```", "unbalanced brackets"),
        ("```c\nfor (int i = 0; i < n; i++) {\n    // ... rest unchanged\n}\n```", "leaves parts out"),
        ("```c\n{ int i = 0; /* ... */ }\n```", "leaves parts out"),
        ("```diff\n- a[i] = 0;\n+ b[i] = 0;\n```", "diff"),
        ("```c\nstatic int f(int x) { return x; }\nfor (;;) f(1);\n```", "`f`"),
        ("```c\n{ a[0] = 1; /* \u202e */ }\n```", "U+202E"),
        ("```c\n{ a[0] = 1; \x00 }\n```", "U+0000"),
        ("```c\n{ a[0] = '\ud800'; }\n```", "U+D800"),
        (b"```c\n{ a[0] = 1; /* \xff\xfe */ }\n```", "not valid UTF-8"),
        ("```c\nelse a[0] = 1;\n```", "else"),
        ("```c\na[0] = 1\n```\n{", "no complete statement"),
        ("```c\nfor a[0] = 1;\n```", "parenthesis"),
        ("```c\nfor (;;)\n```\n;", "statement is missing"),
        ("<think>a long thought about { loops", "breaks off while"),
        ("[" * 5000, "no code"),
        ("```c\n{ " + "a[i] = 0; " * 4000 + "}\n```", "code is too long"),
        ("```c\n" + "if (1) " * 500 + ";\n```", "too deeply"),
    ],
)
def test_what_cannot_be_used_has_a_reason(reply: str | bytes, words: str) -> None:
    assert words in reason(reply)


def test_declining_is_told_apart_from_a_broken_answer() -> None:
    assert read_reply("There is none.", ORIGINAL).declined
    assert read_reply(f"```c\n{ORIGINAL}\n```", ORIGINAL).declined
    assert not read_reply("```c\n{\n```", ORIGINAL).declined
    assert not read_reply("", ORIGINAL).declined


def test_a_huge_answer_is_refused_at_once() -> None:
    huge = "```c\n" + "a[i] = 0; " * (5 << 20)
    start = time.perf_counter()
    assert "too long: 52,428,805 characters" in reason(huge)
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize(
    "piece", ["/*", "{", "```\n", "```c\n", '"', "//\\\n", "(", "<think>", "f(", "for(", "... ", "[", "#\\\n"]
)
def test_hostile_repetition_takes_little_time(piece: str) -> None:
    start = time.perf_counter()
    read_reply(piece * (LONGEST_REPLY // len(piece) - 1), ORIGINAL)
    read_reply("```c\n" + piece * (LONGEST_REPLY // len(piece) - 10), ORIGINAL)
    read_reply("```c\n{ /*" + piece * (LONGEST_CODE // len(piece) - 20) + "*/ ; }", ORIGINAL)
    assert time.perf_counter() - start < 5


def whole(body: str, head: str = "real prefix(const real *a, real *b, size_t n)") -> str:
    text = SOURCE.decode()
    start = text.index("real prefix")
    function = text[start:].replace(REGION.decode(), body)
    return "```c\n" + function.replace("real prefix(const real *a, real *b, size_t n)", head) + "```"


class TestWholeFunction:
    context = gather(site(), SOURCE)

    def read(self, reply: str) -> tuple[str, ...]:
        return read_reply(reply, REGION.decode(), self.context).texts

    def why(self, reply: str) -> str:
        reading = read_reply(reply, REGION.decode(), self.context)
        assert reading.texts == ()
        return reading.reasons[0]

    def test_the_region_is_cut_out(self) -> None:
        assert self.read(whole("for (size_t i = 1; i < n; i++)\n        b[i] = 0;")) == (
            "for (size_t i = 1; i < n; i++)\n    b[i] = 0;",
        )

    def test_several_statements_in_its_place(self) -> None:
        assert self.read(whole("b[0] = 1;\n    b[1] = 2;")) == ("{\n    b[0] = 1;\n    b[1] = 2;\n}",)

    def test_a_changed_declaration(self) -> None:
        reply = whole("b[0] = 1;", "real prefix(const real *restrict a, real *restrict b, size_t n)")
        assert "changes the declaration of `prefix`" in self.why(reply)

    def test_a_change_outside_the_region(self) -> None:
        assert "outside the statement" in self.why(whole("b[0] = 1;").replace("spare = 1", "spare = 2"))

    def test_a_helper_beside_it(self) -> None:
        helper = "static void zero(real *b) { b[0] = 0; }\n"
        assert "`zero`" in self.why(whole("zero(b);").replace("```c\n", "```c\n" + helper))

    def test_another_function(self) -> None:
        assert "`prefix_fast`" in self.why(whole("b[0] = 1;").replace("real prefix(", "real prefix_fast("))

    def test_nothing_left(self) -> None:
        assert "no statement" in self.why(whole(""))


def test_text_is_given_in_the_encoding_of_the_file() -> None:
    region = "for (;;) f(); /* é */".encode().decode("latin-1")
    assert texts("```c\nfor (;;) g(); /* é */\n```", region) == (
        "for (;;) g(); /* é */".encode().decode("latin-1"),
    )
    latin = "for (;;) f(); /* é */"
    assert texts("```c\nfor (;;) g(); /* é */\n```", latin) == ("for (;;) g(); /* é */",)
    assert "encoding" in reason("```c\nfor (;;) g(); /* → */\n```", latin)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(["```", "c\n", "for (", "{", "}", ")", ";", "\n", "x", '"', "/*", "*/", "é", "#"])
    )
)
def test_any_text_is_read(pieces: list[str]) -> None:
    reading = read_reply("".join(pieces), ORIGINAL)
    assert reading.texts or reading.reasons

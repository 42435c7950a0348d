"""Conversations: what is asked next, and when to stop."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from llm_server import LlmServer, failed, said
from llm_support import SOURCE, Script, site

from vecassist.model import Candidate
from vecassist.propose.llm import (
    Asking,
    Budget,
    BudgetLimits,
    Conversation,
    Feedback,
    ModelError,
    OpenAIProvider,
    Preview,
    Provider,
    Reply,
    Server,
    converse,
    gather,
)

CONTEXT = gather(site(), SOURCE)
SITE = site()
NO_LIMITS = BudgetLimits()


def code(*statements: str) -> str:
    return "\n".join(f"```c\n{statement}\n```" for statement in statements)


def judged_by(**verdicts: Feedback | None) -> Callable[[Candidate], Feedback | None]:
    """Candidates are called by the name of the variable that they assign."""
    return lambda candidate: verdicts[candidate.text.split(" ")[0]]


def talk(
    provider: Provider,
    judge: Callable[[Candidate], Feedback | None],
    rounds: int = 3,
    limits: BudgetLimits = NO_LIMITS,
) -> Conversation:
    return converse(
        SITE, CONTEXT, judge, provider, Budget(limits), Asking(rounds=rounds), sleep=lambda _: None
    )


WRONG = Feedback("refuted", "n = 1")
SCALAR = Feedback("scalar", "gcc: not vectorized")
BROKEN = Feedback("compile", "error: no")


def test_the_first_good_candidate_ends_it() -> None:
    provider = Script(code("a = 1;", "b = 2;", "c = 3;"))
    done = talk(provider, judged_by(a=WRONG, b=None))
    assert done.code == "accepted"
    assert done.accepted is not None
    assert done.accepted.text == "b = 2;"
    assert (done.accepted.proposer, done.accepted.rule, done.accepted.note) == ("llm", "m", "round 1")
    assert [attempt.feedback for attempt in done.attempts] == [WRONG, None]
    assert (done.requests, done.tokens) == (1, 15)


def test_the_next_question_is_about_the_candidate_that_came_furthest() -> None:
    provider = Script(code("a = 1;", "b = 2;", "c = 3;"), code("d = 4;"))
    done = talk(provider, judged_by(a=BROKEN, b=SCALAR, c=WRONG, d=None))
    assert done.code == "accepted"
    roles = [message.role for message in provider.requests[1].messages]
    assert roles == ["system", "user", "assistant", "user"]
    answer, question = provider.requests[1].messages[2:]
    assert answer.content == "```c\nb = 2;\n```"
    assert "still do not vectorize" in question.content
    assert "- does not compile: error: no\n- wrong: n = 1" in question.content
    assert done.accepted is not None
    assert done.accepted.tokens == 30


def test_rounds_are_counted() -> None:
    provider = Script(code("a = 1;"), code("b = 2;"), code("c = 3;"))
    done = talk(provider, judged_by(a=WRONG, b=SCALAR, c=BROKEN))
    assert (done.code, done.reason, done.accepted) == ("rounds", "does not compile: error: no", None)
    assert [request.subject.round for request in provider.requests] == [0, 1, 2]
    last = provider.requests[2].messages[-1].content
    assert "- wrong: n = 1" in last
    assert last.count("still do not vectorize") == 1


def test_a_candidate_is_judged_once() -> None:
    provider = Script(code("a = 1;"), code("a  = 1; /* again */"))
    done = talk(provider, judged_by(a=WRONG))
    assert done.code == "declined"
    assert "repeats earlier candidates" in done.reason
    assert len(done.attempts) == 1


def test_a_model_that_sees_no_way() -> None:
    done = talk(Script("It carries a value; I see no way."), judged_by())
    assert done.code == "declined"
    assert "I see no way" in done.reason


def test_an_unusable_answer_is_told_back() -> None:
    provider = Script("```c\nfor (;;) { \ud800", code("a = 1;"))
    done = talk(provider, judged_by(a=None))
    assert done.code == "accepted"
    answer, question = provider.requests[1].messages[2:]
    assert answer.content == "```c\nfor (;;) { ?"
    assert "could not be used" in question.content


def test_a_huge_answer_is_not_sent_back_whole() -> None:
    provider = Script("x" * 1_000_000, code("a = 1;"))
    assert talk(provider, judged_by(a=None)).code == "accepted"
    assert len(provider.requests[1].messages[2].content) < 3000


def test_nothing_but_unusable_answers() -> None:
    done = talk(Script("```c\n{", "```c\n{{", "```c\n{{{"), judged_by())
    assert done.code == "rounds"
    assert "unbalanced" in done.reason


def test_a_budget_ends_it_and_is_told() -> None:
    done = talk(Script(code("a = 1;"), "never"), judged_by(a=WRONG), limits=BudgetLimits(requests=1))
    assert (done.code, done.reason) == ("budget", "--max-requests 1 is used up")
    assert len(done.attempts) == 1
    assert done.tokens == 15


def test_a_server_that_fails_ends_it_and_is_told() -> None:
    done = talk(Script(ModelError("h answered 401: no")), judged_by())
    assert (done.code, done.reason) == ("model", "h answered 401: no")


def test_a_long_region_is_not_sent() -> None:
    text = b"{ " + b"x = 1; " * 4000 + b"}"
    long = site(b"void prefix(void) " + text, text)
    provider = Script("never")
    done = converse(long, CONTEXT, judged_by(), provider, Budget(BudgetLimits()))
    assert done.code == "too-long"
    assert provider.requests == []


def test_what_the_judge_raises_passes_through() -> None:
    def judge(candidate: Candidate) -> Feedback | None:
        raise RuntimeError(candidate.text)

    with pytest.raises(RuntimeError, match="a = 1;"):
        talk(Script(code("a = 1;")), judge)


def test_a_preview_sends_nothing() -> None:
    shown: list[str] = []
    done = talk(Preview(shown.append), judged_by(), limits=BudgetLimits(cost_usd=0))
    assert (done.code, done.reason) == ("model", "the request is shown, and not sent")
    assert len(shown) == 1
    assert SITE.text.split("\n")[0] in shown[0]


def test_costs_add_up() -> None:
    provider = Script(Reply(code("a = 1;"), 10, 5, 0.25), Reply(code("b = 1;"), 20, 5, 0.5))
    done = talk(provider, judged_by(a=WRONG, b=None))
    assert (done.tokens, done.cost_usd) == (40, 0.75)


def test_end_to_end_over_http(llm_server: LlmServer) -> None:
    wrong = "for (size_t i = 1; i < n; i++)\n    b[i] = a[i];"
    right = "for (size_t i = 1; i < n; i++)\n    b[i] = a[i] + 1;"
    llm_server.answers += [
        said(f"Easy.\n\n{code(wrong)}"),
        failed(429, "slow down", {"Retry-After": "0"}),
        said(f"<think>Right.</think>I see. {code(right)}\nDone."),
    ]
    with OpenAIProvider(Server(llm_server.url, "local")) as provider:
        done = talk(provider, lambda candidate: None if "+ 1" in candidate.text else WRONG)
    assert done.accepted is not None
    assert done.accepted.text == right
    assert (done.requests, done.tokens) == (2, 36)
    bodies = [received.body for received in llm_server.received]
    assert [len(body["messages"]) for body in bodies] == [2, 4, 4]
    assert bodies[1] == bodies[2]
    assert "n = 1" in bodies[2]["messages"][3]["content"]

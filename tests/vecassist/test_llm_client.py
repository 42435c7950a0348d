"""The real `openai` package against a server on the loopback interface."""

from __future__ import annotations

import json
import logging
import pickle
import subprocess
import sys
from collections.abc import Iterator

import pytest
from llm_server import Answer, LlmServer, failed, said
from llm_support import request

from vecassist.config_keys import Secret
from vecassist.errors import UserError
from vecassist.propose.llm.budget import Budget, BudgetLimits, Patience, ask
from vecassist.propose.llm.client import OpenAIProvider, Server, check_server
from vecassist.propose.llm.protocol import ModelError, Price, Reply
from vecassist.propose.llm.recorded import Exchange

KEY = "sk-test-0123456789abcdef"


@pytest.fixture
def provider(llm_server: LlmServer) -> Iterator[OpenAIProvider]:
    with OpenAIProvider(Server(llm_server.url, "m", Secret(KEY), Price(1, 2))) as opened:
        yield opened


def fails(provider: OpenAIProvider, timeout: float = 10) -> ModelError:
    with pytest.raises(ModelError) as caught:
        provider.complete(request(), timeout)
    return caught.value


def test_a_question_and_its_answer(llm_server: LlmServer, provider: OpenAIProvider) -> None:
    llm_server.answers.append(said("hi", 1000, 500))
    assert provider.complete(request(), 10) == Reply("hi", 1000, 500, 0.002)
    (received,) = llm_server.received
    assert received.path == "/v1/chat/completions"
    assert received.body == {
        "model": "m",
        "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hello"}],
        "max_tokens": 100,
        "stream": False,
    }
    assert received.headers["authorization"] == f"Bearer {KEY}"


def test_recorded_exchanges_are_replayed_over_http(llm_server: LlmServer, provider: OpenAIProvider) -> None:
    llm_server.replay(
        [Exchange.of(request("one"), Reply("eins", 3, 4)), Exchange.of(request("two"), Reply("zwei"))]
    )
    assert provider.complete(request("two"), 10).text == "zwei"
    assert provider.complete(request("one"), 10) == Reply("eins", 3, 4, 11e-6)


def test_other_keys_in_the_environment_are_not_sent(
    llm_server: LlmServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    monkeypatch.setenv("OPENAI_ADMIN_KEY", "sk-admin")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://192.0.2.1/v1")
    llm_server.answers.append(said("hi"))
    with OpenAIProvider(Server(llm_server.url, "m")) as provider:
        provider.complete(request(), 10)
    assert "sk-" not in str(llm_server.received[0].headers)


def test_missing_usage_is_told(llm_server: LlmServer, provider: OpenAIProvider) -> None:
    llm_server.answers.append(said("hi", 0, 0))
    assert provider.complete(request(), 10) == Reply("hi", metered=False)


@pytest.mark.parametrize(
    "content", [None, "", [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]]
)
def test_odd_contents(llm_server: LlmServer, provider: OpenAIProvider, content: object) -> None:
    llm_server.answers.append(said(content))
    assert provider.complete(request(), 10).text == ("ab" if content else "")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{}",
        b'{"choices": []}',
        b"null",
        b"[1]",
        b'{"choices": [{}]}',
        b'{"choices": 3}',
        b"\xff",
    ],
)
def test_answers_that_are_none(llm_server: LlmServer, provider: OpenAIProvider, body: bytes) -> None:
    llm_server.answers.append(Answer(200, body))
    error = fails(provider)
    assert "no valid answer from 127.0.0.1" in str(error)
    assert error.charged
    assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("status", "headers", "again", "after"),
    [
        (400, {}, False, None),
        (401, {}, False, None),
        (404, {}, False, None),
        (429, {"Retry-After": "3"}, True, 3.0),
        (429, {"retry-after-ms": "1500"}, True, 1.5),
        (429, {"Retry-After": "Wed, 21 Oct 2037 07:28:00 GMT"}, True, None),
        (500, {}, True, None),
        (503, {"Retry-After": "-1"}, True, 0.0),
    ],
)
def test_refusals(
    llm_server: LlmServer,
    provider: OpenAIProvider,
    status: int,
    headers: dict[str, str],
    again: bool,
    after: float | None,
) -> None:
    llm_server.answers.append(failed(status, "it says why", headers))
    error = fails(provider)
    assert f"answered {status}: it says why" in str(error)
    assert (error.again, error.after, error.charged) == (again, after, False)
    assert len(llm_server.received) == 1


def test_an_account_without_money_is_not_asked_again(llm_server: LlmServer, provider: OpenAIProvider) -> None:
    llm_server.answers.append(failed(429, "You exceeded your current quota", code="insufficient_quota"))
    assert not fails(provider).again


def test_a_rate_limit_is_waited_for(llm_server: LlmServer, provider: OpenAIProvider) -> None:
    llm_server.answers += [failed(429, "slow down", {"Retry-After": "2"}), failed(502, "gateway"), said("hi")]
    slept: list[float] = []
    budget = Budget(BudgetLimits())
    assert ask(provider, request(), budget, Patience(), slept.append).text == "hi"
    assert slept == [2, 2]
    assert budget.spent.requests == 3


def test_a_slow_server(llm_server: LlmServer, provider: OpenAIProvider) -> None:
    llm_server.answers.append(said("late", delay=0.6))
    error = fails(provider, 0.2)
    assert "no answer within 0.2 s" in str(error)
    assert error.again
    assert error.charged


def test_nobody_listens() -> None:
    with OpenAIProvider(Server("http://127.0.0.1:9/v1", "m", Secret(KEY))) as provider:
        error = fails(provider)
    assert "no connection to 127.0.0.1:9" in str(error)
    assert error.again
    assert not error.charged


def test_the_other_name_of_the_answer_limit(llm_server: LlmServer, provider: OpenAIProvider) -> None:
    words = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    llm_server.answers += [failed(400, words), said("hi"), said("hi")]
    provider.complete(request(), 10)
    provider.complete(request(), 10)
    assert ["max_completion_tokens" in received.body for received in llm_server.received] == [
        False,
        True,
        True,
    ]
    assert "max_tokens" not in llm_server.received[2].body


def test_the_key_is_nowhere_to_be_seen(
    llm_server: LlmServer, provider: OpenAIProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    llm_server.answers += [said("hi"), failed(401, f"Incorrect API key provided: {KEY[:8]}***cdef, {KEY}.")]
    provider.complete(request(), 10)
    error = fails(provider)
    shown = [str(error), repr(error), caplog.text, repr(provider), str(Server("http://h", "m", Secret(KEY)))]
    assert error.__cause__ is None
    for text in shown:
        assert KEY not in text
        assert KEY[:8] not in text
    with pytest.raises(TypeError):
        pickle.dumps(Secret(KEY))
    with pytest.raises(TypeError):
        json.dumps(Secret(KEY))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "no http"),
        ("ftp://host/v1", "no http"),
        ("host/v1", "no http"),
        ("https://user:pass@host/v1", "user name or password"),
        ("http://host/v1", "in the clear"),
    ],
)
def test_servers_that_are_not_talked_to(url: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        check_server(Server(url, "m", Secret(KEY)))
    assert "user:pass" not in str(caught.value)


def test_servers_that_are_talked_to() -> None:
    check_server(Server("http://localhost:8080/v1", "m", Secret(KEY)))
    check_server(Server("http://[::1]:8080/v1", "m", Secret(KEY)))
    check_server(Server("http://host/v1", "m"))
    check_server(Server("https://host", "m", Secret(KEY)))
    with pytest.raises(UserError, match="no model is named"):
        check_server(Server("https://host", ""))


def test_the_package_is_imported_with_the_first_request() -> None:
    code = (
        "import sys\n"
        "from vecassist.propose.llm import OpenAIProvider, Server\n"
        "OpenAIProvider(Server('http://localhost/v1', 'm')).close()\n"
        "assert not {'openai', 'z3', 'llvmlite', 'pycparser'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)

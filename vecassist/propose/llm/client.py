"""A provider that speaks the OpenAI protocol, hosted or local. The key is sent to one server and shown to
nobody."""

from __future__ import annotations

import importlib
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from vecassist.config_keys import Secret
from vecassist.errors import UserError
from vecassist.propose.llm.protocol import ModelError, Price, Reply, Request

_NO_KEY = "none"
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_LONGEST_MESSAGE = 300
_MOST_BODY_CHARACTERS = 4_000
_OVERLOADED = {408, 409, 425, 429}


@dataclass(frozen=True, slots=True)
class Server:
    """Where a model is reached. An empty key is for servers that need none; price None means that it is not
    known."""

    base_url: str
    model: str
    key: Secret = field(default_factory=Secret)
    price: Price | None = None


def check_server(server: Server) -> None:
    """Raise UserError for a server that cannot be or must not be talked to."""
    parts = urlsplit(server.base_url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UserError(f"model base URL {server.base_url!r} is no http(s) URL; write https://host/v1")
    if parts.username or parts.password:
        raise UserError(
            "the model base URL holds a user name or password; use OPENAI_API_KEY or model.key_file instead"
        )
    if parts.scheme == "http" and server.key and not is_loopback(server.base_url):
        raise UserError(
            f"a key would go to {parts.hostname} in the clear; use https, or set model.send_key = false"
        )
    if not server.model:
        raise UserError("no model is named; set model.name in your own configuration or VECASSIST_MODEL")


def is_loopback(base_url: str) -> bool:
    """Whether a URL leads to this machine."""
    return (urlsplit(base_url).hostname or "") in _LOOPBACK


class OpenAIProvider:
    """Answers of one server through the `openai` package, which is imported with the first request.

    One attempt a call: repetition and budgets belong to the caller. Safe to share among threads. Close it in
    the end.
    """

    def __init__(self, server: Server) -> None:
        check_server(server)
        self._server = server
        self._lock = threading.Lock()
        self._client: Any = None
        self._limit_name = "max_tokens"

    @property
    def model(self) -> str:
        return self._server.model

    @property
    def price(self) -> Price | None:
        return self._server.price

    def complete(self, request: Request, timeout: float) -> Reply:
        openai = importlib.import_module("openai")
        client = self._connect(openai)
        try:
            answer = self._send(client, openai, request, timeout)
        except openai.APIStatusError as error:
            raise self._refused(error) from None
        except openai.APITimeoutError:
            # The server may go on and charge for an answer that nobody hears.
            raise ModelError(f"no answer within {timeout:g} s", again=True, charged=True) from None
        except openai.APIConnectionError as error:
            cause = error.__cause__ or error
            raise ModelError(self._clean(f"no connection to {self._host()}: {cause}"), again=True) from None
        except (openai.OpenAIError, ValueError, TypeError) as error:
            raise ModelError(
                self._clean(f"no valid answer from {self._host()}: {error}"), charged=True
            ) from None
        return self._reply(answer)

    def close(self) -> None:
        """End the connections."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.close()

    def __enter__(self) -> OpenAIProvider:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _connect(self, openai: Any) -> Any:
        with self._lock:
            if self._client is None:
                key = self._server.key.reveal() or _NO_KEY
                self._client = openai.OpenAI(api_key=key, base_url=self._server.base_url, max_retries=0)
            return self._client

    def _send(self, client: Any, openai: Any, request: Request, timeout: float) -> Any:
        try:
            return self._create(client, request, timeout)
        except openai.BadRequestError as error:
            # Servers differ in the name of this parameter, and a wrong one is refused before anything is charged.
            if self._limit_name == "max_tokens" and "max_completion_tokens" in _body(error):
                self._limit_name = "max_completion_tokens"
                return self._create(client, request, timeout)
            raise

    def _create(self, client: Any, request: Request, timeout: float) -> Any:
        options: dict[str, Any] = {self._limit_name: request.max_tokens}
        if request.temperature is not None:
            options["temperature"] = request.temperature
        messages = [{"role": message.role, "content": message.content} for message in request.messages]
        return client.chat.completions.create(
            model=request.model, messages=messages, timeout=timeout, stream=False, **options
        )

    def _reply(self, answer: Any) -> Reply:
        choices = getattr(answer, "choices", None)
        message = getattr(choices[0], "message", None) if isinstance(choices, list) and choices else None
        if message is None:
            raise ModelError(f"no valid answer from {self._host()}: it holds no message", charged=True)
        refusal = getattr(message, "refusal", None)
        text = _text(getattr(message, "content", None)) or (str(refusal) if refusal else "")
        usage = getattr(answer, "usage", None)
        prompt, completion = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
        price = self._server.price
        cost = price.cost(prompt, completion) if price else 0.0
        return Reply(text, prompt, completion, cost, metered=prompt + completion > 0)

    def _refused(self, error: Any) -> ModelError:
        status: int = error.status_code
        again = status in _OVERLOADED or status >= 500
        if status == 429 and error.code == "insufficient_quota":
            again = False
        message = f"{self._host()} answered {status}: {_said(error)}"
        return ModelError(self._clean(message), again=again, after=_retry_after(error.response.headers))

    def _host(self) -> str:
        parts = urlsplit(self._server.base_url)
        return f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)

    def _clean(self, message: str) -> str:
        """One line without the key, which some servers repeat in whole or in part."""
        key = self._server.key.reveal()
        text = message.replace(key, "***") if key else message
        text = re.sub(r"\b(sk|key|Bearer)[-_ ][\w*.-]{4,}", "***", text)
        text = " ".join(text.split())
        return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 3] + "..."


def _text(content: Any) -> str:
    """Some servers answer in parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts: list[Any] = content
        texts = (
            part.get("text", "") if isinstance(part, dict) else getattr(part, "text", "") for part in parts
        )
        return "".join(text for text in texts if isinstance(text, str))
    return ""


def _count(usage: Any, name: str) -> int:
    value = getattr(usage, name, None)
    return value if isinstance(value, int) and value > 0 else 0


def _body(error: Any) -> str:
    return str(error.message)[:_MOST_BODY_CHARACTERS]


def _said(error: Any) -> str:
    """What a server says about an error, without the surroundings that the package adds."""
    body = error.body
    said = body.get("message") if isinstance(body, dict) else None
    return said if isinstance(said, str) else _body(error)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    for name, scale in (("retry-after-ms", 1e-3), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) * scale)
        except (KeyError, ValueError):
            continue
    return None

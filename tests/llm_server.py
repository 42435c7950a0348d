"""A server on the loopback interface that speaks enough of the OpenAI protocol for the real client package."""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from vecassist.propose.llm.protocol import Message, Request, Subject
from vecassist.propose.llm.recorded import Exchange


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0


@dataclass(frozen=True)
class Received:
    path: str
    headers: Mapping[str, str]
    body: Any


def said(text: Any, prompt_tokens: int = 11, completion_tokens: int = 7, **more: Any) -> Answer:
    """A completion as servers send it."""
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "any",
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}},
        ],
    }
    if prompt_tokens or completion_tokens:
        body["usage"] = {
            "prompt_tokens": prompt_tokens,
            "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens,
        }
    return Answer(200, json.dumps(body).encode(), **more)


def failed(
    status: int, message: str, headers: Mapping[str, str] | None = None, code: str | None = None
) -> Answer:
    """An error as servers send it."""
    error = {"message": message, "type": "error", "param": None, "code": code}
    return Answer(status, json.dumps({"error": error}).encode(), headers or {})


class LlmServer:
    """Gives `answers` in their order, or those of `replay`; keeps what it `received`."""

    def __init__(self) -> None:
        self.answers: deque[Answer] = deque()
        self.received: list[Received] = []
        self._recorded: dict[str, Answer] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def replay(self, exchanges: Iterable[Exchange]) -> None:
        for exchange in exchanges:
            reply = exchange.reply
            self._recorded[exchange.request] = said(reply.text, reply.prompt_tokens, reply.completion_tokens)

    def answer(self, body: Any) -> Answer:
        recorded = self._recorded.get(_digest(body))
        if recorded is not None:
            return recorded
        return self.answers.popleft() if self.answers else failed(500, "nothing to say")

    def __enter__(self) -> LlmServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def _digest(body: Any) -> str:
    messages = tuple(Message(item["role"], item["content"]) for item in body["messages"])
    subject = Subject("", "", 0, "")
    limit = body.get("max_tokens") or body.get("max_completion_tokens")
    return Request(body["model"], messages, limit, subject, body.get("temperature")).digest()


def _handler(server: LlmServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.received.append(
                Received(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            )
            answer = server.answer(body)
            time.sleep(answer.delay)
            try:
                self.send_response(answer.status)
                headers = {"Content-Type": "application/json", **answer.headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            del format, args

    return Handler

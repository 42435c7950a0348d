"""What is said to a model and what comes back, whoever answers: a server, a recording, a person's text
files."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Literal, Protocol

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Subject:
    """What a request is about; it is never sent.

    site    `Site.key`
    place   "file.c:function", for people
    round   0 for the first question about a site, 1 after one failure, ...
    prompts digest of the prompt texts that the request was built with
    """

    site: str
    place: str
    round: int
    prompts: str


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a model. max_tokens bounds the answer; temperature None leaves it to the server."""

    model: str
    messages: tuple[Message, ...]
    max_tokens: int
    subject: Subject
    temperature: float | None = None

    def digest(self) -> str:
        """SHA-256 of the canonical form of what is sent: equal for equal requests on every machine."""
        canonical = {
            "max_tokens": self.max_tokens,
            "messages": [[message.role, message.content] for message in self.messages],
            "model": self.model,
            "temperature": self.temperature,
        }
        text = json.dumps(canonical, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. cost_usd follows from the tokens and the configured prices, 0.0 where there are none.

    metered  False where the server did not say how many tokens it took: the figures are 0 then, and a budget
             counts the worst case
    """

    text: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float = 0.0
    metered: bool = True


class ModelError(Exception):
    """No answer was had. The message is one line without secrets.

    again    asking the same once more may help (rate limit, overload, lost connection)
    after    seconds that the server asked to wait, None if it said nothing
    charged  the attempt may have been paid for, so its worst case counts as spent
    """

    def __init__(
        self, message: str, *, again: bool = False, after: float | None = None, charged: bool = False
    ) -> None:
        super().__init__(message)
        self.again = again
        self.after = after
        self.charged = charged


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens of the request and of the answer."""

    prompt: float
    completion: float

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / 1e6


FREE = Price(0.0, 0.0)


class Provider(Protocol):
    """Whoever answers requests."""

    @property
    def model(self) -> str:
        """Name of the model, as it goes into requests and into a candidate's origin."""
        ...

    @property
    def price(self) -> Price | None:
        """What it charges, None if that is not known."""
        ...

    def complete(self, request: Request, timeout: float) -> Reply:
        """Answer within `timeout` seconds or raise ModelError: one attempt, no waiting, no repetition."""
        ...

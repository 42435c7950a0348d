"""Recorded exchanges: a provider that answers from a file, and one that writes such a file. No network is
involved.

The file holds one JSON object a line: {"site", "place", "round", "request", "prompts", "model", "messages",
"reply", "prompt_tokens", "completion_tokens", "cost_usd"}. `request` is `Request.digest()`, `prompts` the
digest of the prompt texts. An exchange answers the request with the same digest, else the one about the same
site and round: compilers word their reasons differently on other machines, and what is replayed is proved
anew anyway. Where the prompt texts themselves have changed since, the recording still answers, and
`Recorded.notes` says so.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vecassist.errors import UserError
from vecassist.propose.llm.protocol import FREE, ModelError, Price, Provider, Reply, Request

_FIELDS: dict[str, type | tuple[type, ...]] = {
    "site": str,
    "place": str,
    "round": int,
    "request": str,
    "prompts": str,
    "model": str,
    "reply": str,
    "prompt_tokens": int,
    "completion_tokens": int,
    "cost_usd": (int, float),
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer, as they stand in a file; `messages` are (role, content) pairs."""

    site: str
    place: str
    round: int
    request: str
    prompts: str
    model: str
    reply: Reply
    messages: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def of(request: Request, reply: Reply) -> Exchange:
        subject = request.subject
        messages = tuple((message.role, message.content) for message in request.messages)
        return Exchange(
            subject.site,
            subject.place,
            subject.round,
            request.digest(),
            subject.prompts,
            request.model,
            reply,
            messages,
        )

    def line(self) -> str:
        """The exchange as one line of a file."""
        record = {
            "site": self.site,
            "place": self.place,
            "round": self.round,
            "request": self.request,
            "prompts": self.prompts,
            "model": self.model,
            "messages": [{"role": role, "content": content} for role, content in self.messages],
            "reply": self.reply.text,
            "prompt_tokens": self.reply.prompt_tokens,
            "completion_tokens": self.reply.completion_tokens,
            "cost_usd": self.reply.cost_usd,
        }
        return json.dumps(record)


def load(path: Path) -> tuple[Exchange, ...]:
    """The exchanges of a file. Raises UserError with file and line for one that cannot be read."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot read recorded replies: {error}") from None
    return tuple(
        _exchange(f"{path}:{number}", line) for number, line in enumerate(text.split("\n"), 1) if line.strip()
    )


def _exchange(place: str, line: str) -> Exchange:
    try:
        record: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{place}: not a JSON object: {error}; record the replies anew") from None
    if not isinstance(record, dict):
        raise UserError(f"{place}: not a JSON object; record the replies anew")
    for name, kind in _FIELDS.items():
        if not isinstance(record.get(name), kind) or isinstance(record.get(name), bool):
            raise UserError(f"{place}: {name!r} is missing or of the wrong type; record the replies anew")
    messages = record.get("messages")
    pairs = tuple(
        (str(item["role"]), str(item["content"])) for item in messages or () if isinstance(item, dict)
    )
    reply = Reply(
        record["reply"], record["prompt_tokens"], record["completion_tokens"], float(record["cost_usd"])
    )
    site, about, number = record["site"], record["place"], record["round"]
    return Exchange(site, about, number, record["request"], record["prompts"], record["model"], reply, pairs)


class Recorded:
    """Answers from recorded exchanges. strict: only the very same request is answered."""

    def __init__(
        self, exchanges: Iterable[Exchange], origin: str = "the recording", strict: bool = False
    ) -> None:
        self._exchanges = tuple(exchanges)
        self._origin = origin
        self._strict = strict
        self._by_request = {exchange.request: exchange for exchange in reversed(self._exchanges)}
        self._by_site = {(exchange.site, exchange.round): exchange for exchange in reversed(self._exchanges)}
        self._notes: dict[str, None] = {}
        self._lock = threading.Lock()

    @staticmethod
    def load(path: Path, strict: bool = False) -> Recorded:
        """From a file. Raises UserError."""
        return Recorded(load(path), str(path), strict)

    @property
    def model(self) -> str:
        """The model of the first exchange."""
        return self._exchanges[0].model if self._exchanges else "recorded"

    @property
    def price(self) -> Price | None:
        return FREE

    @property
    def notes(self) -> tuple[str, ...]:
        """One line for each thing that a person should know about the answers given so far."""
        with self._lock:
            return tuple(self._notes)

    def complete(self, request: Request, timeout: float) -> Reply:
        del timeout
        exact = self._by_request.get(request.digest())
        if exact is not None:
            return exact.reply
        subject = request.subject
        similar = self._by_site.get((subject.site, subject.round))
        if similar is None or self._strict:
            raise ModelError(self._missing(request))
        if similar.prompts != subject.prompts:
            note = f"{self._origin}: recorded with other prompts; its answers are used, but record them anew"
            with self._lock:
                self._notes[note] = None
        return similar.reply

    def _missing(self, request: Request) -> str:
        subject = request.subject
        about = [exchange for exchange in self._exchanges if exchange.site == subject.site]
        named = [exchange for exchange in self._exchanges if exchange.place == subject.place]
        start = f"{self._origin} holds no answer for {subject.place}, round {subject.round + 1}"
        if any(exchange.round == subject.round for exchange in about):
            return f"{start}, to exactly this request; record it anew"
        if about:
            return f"{start}; {len(about)} recorded for this loop"
        if named:
            return f"{start}: the loop has changed since the recording; record it anew"
        return f"{start}; record it with `python -m vecassist.propose.llm.record`"


class Recorder:
    """Passes requests on to a provider and appends each exchange to a file."""

    def __init__(self, provider: Provider, path: Path) -> None:
        self._provider = provider
        self._path = path
        self._lock = threading.Lock()

    @property
    def model(self) -> str:
        return self._provider.model

    @property
    def price(self) -> Price | None:
        return self._provider.price

    def complete(self, request: Request, timeout: float) -> Reply:
        reply = self._provider.complete(request, timeout)
        line = Exchange.of(request, reply).line()
        with self._lock, self._path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(line + "\n")
        return reply


class Written:
    """Answers from a folder of text files, one a round: FILE.FUNCTION.ROUND.md, ROUND from 1 and FILE
    without its suffix; FILE.FUNCTION.SITE.ROUND.md, SITE the first 8 characters of `Site.key`, where a
    function has more loops."""

    def __init__(self, folder: Path, model: str = "recorded") -> None:
        self._folder = folder
        self._model = model
        self._used: set[str] = set()

    @property
    def model(self) -> str:
        return self._model

    @property
    def price(self) -> Price | None:
        return FREE

    @property
    def used(self) -> frozenset[str]:
        """Names of the files that were answered from."""
        return frozenset(self._used)

    def complete(self, request: Request, timeout: float) -> Reply:
        del timeout
        subject = request.subject
        file, _, function = subject.place.partition(":")
        stem = f"{Path(file).stem}.{function}"
        names = (f"{stem}.{subject.site[:8]}.{subject.round + 1}.md", f"{stem}.{subject.round + 1}.md")
        for name in names:
            try:
                reply = Reply((self._folder / name).read_text("utf-8"))
                self._used.add(name)
                return reply
            except FileNotFoundError:
                continue
            except (OSError, UnicodeDecodeError) as error:
                raise ModelError(f"{self._folder / name}: {error}") from None
        raise ModelError(f"{self._folder}: none of {', '.join(names)} is there")

"""A provider that tells a listener each exchange."""

from __future__ import annotations

from collections.abc import Callable

from vecassist.propose.llm.protocol import Price, Provider, Reply, Request

Listener = Callable[[Request, Reply], None]


class Heard:
    """Passes requests on to a provider; `tell` gets each with its answer, from any thread."""

    def __init__(self, provider: Provider, tell: Listener) -> None:
        self._provider = provider
        self._tell = tell

    @property
    def model(self) -> str:
        return self._provider.model

    @property
    def price(self) -> Price | None:
        return self._provider.price

    def complete(self, request: Request, timeout: float) -> Reply:
        reply = self._provider.complete(request, timeout)
        self._tell(request, reply)
        return reply

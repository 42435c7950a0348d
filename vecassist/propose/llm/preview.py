"""Requests shown instead of sent."""

from __future__ import annotations

from collections.abc import Callable

from vecassist.propose.llm.prompt import render
from vecassist.propose.llm.protocol import FREE, ModelError, Price, Reply, Request


class Preview:
    """Gives each request to `show` as text and answers none: what a model would be sent first for each site."""

    def __init__(self, show: Callable[[str], None], model: str = "") -> None:
        self._show = show
        self._model = model or "(none named)"

    @property
    def model(self) -> str:
        return self._model

    @property
    def price(self) -> Price | None:
        return FREE

    def complete(self, request: Request, timeout: float) -> Reply:
        del timeout
        self._show(render(request))
        raise ModelError("the request is shown, and not sent")

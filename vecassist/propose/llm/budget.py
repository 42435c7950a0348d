"""What may be spent on a model. The worst case of a call is reserved before it is made: a limit cannot be
overrun."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from vecassist.propose.llm.protocol import ModelError, Price, Provider, Reply, Request

SHORTEST_CALL_SECONDS = 1.0
_MESSAGE_OVERHEAD_TOKENS = 16
_FIRST_WAIT_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class BudgetLimits:
    """None is no limit. requests counts every attempt, repeated ones too; tokens are those of requests and
    answers; seconds is time spent in calls and in waiting for the server."""

    requests: int | None = None
    tokens: int | None = None
    cost_usd: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent, or what would be at most."""

    requests: int = 0
    tokens: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            self.requests + other.requests,
            self.tokens + other.tokens,
            self.cost_usd + other.cost_usd,
            self.seconds + other.seconds,
        )

    def __sub__(self, other: Spent) -> Spent:
        return self + Spent(-other.requests, -other.tokens, -other.cost_usd, -other.seconds)


class BudgetSpent(Exception):
    """The next call could overrun a limit, so it was not made. The message is one line that names the
    limit."""


def worst_case(request: Request, price: Price | None, seconds: float) -> Spent:
    """An upper bound of one attempt. A token is at least one byte of the text, so bytes bound the request's
    tokens."""
    prompt = sum(
        len(message.content.encode("utf-8", "surrogatepass")) + _MESSAGE_OVERHEAD_TOKENS
        for message in request.messages
    )
    cost = price.cost(prompt, request.max_tokens) if price else 0.0
    return Spent(1, prompt + request.max_tokens, cost, seconds)


class Budget:
    """Limits and what was spent, shared by all sites and threads of a run.

    A limit on money needs a price: without one nothing can be reserved, and `reserve` refuses.
    """

    def __init__(self, limits: BudgetLimits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._spent = Spent()
        self._reserved = Spent()
        self._not_before = 0.0

    @property
    def spent(self) -> Spent:
        """What was spent so far, calls under way not counted."""
        with self._lock:
            return self._spent

    def reserve(self, request: Request, timeout: float, price: Price | None) -> Spent:
        """Set the worst case of one attempt aside, its `seconds` cut to what is left: the time the call may
        take. Raises BudgetSpent. Give it back through `settle`."""
        if self._limits.cost_usd is not None and price is None:
            raise BudgetSpent(
                f"--max-cost needs the price of {request.model}: "
                "set prompt_price and completion_price under [model] in your own configuration"
            )
        with self._lock:
            held = self._spent + self._reserved
            seconds = timeout
            if self._limits.seconds is not None:
                seconds = min(timeout, self._limits.seconds - held.seconds)
            worst = worst_case(request, price, seconds)
            self._check(held, worst)
            self._reserved += worst
            return worst

    def _check(self, held: Spent, worst: Spent) -> None:
        limits, after = self._limits, held + worst
        if limits.requests is not None and after.requests > limits.requests:
            raise BudgetSpent(f"--max-requests {limits.requests} is used up")
        if limits.tokens is not None and after.tokens > limits.tokens:
            raise BudgetSpent(
                f"--max-tokens {limits.tokens}: {held.tokens} used, the next call may take {worst.tokens}"
            )
        if limits.cost_usd is not None and after.cost_usd > limits.cost_usd:
            raise BudgetSpent(
                f"--max-cost {limits.cost_usd:g}: ${held.cost_usd:.4f} used, "
                f"the next call may cost ${worst.cost_usd:.4f}"
            )
        if limits.seconds is not None and worst.seconds < SHORTEST_CALL_SECONDS:
            raise BudgetSpent(f"the model's time of {limits.seconds:g} s is used up")

    def allows_wait(self, seconds: float) -> bool:
        """Whether there is time to wait that long and then to make one more call."""
        if self._limits.seconds is None:
            return True
        with self._lock:
            held = self._spent + self._reserved
        return held.seconds + seconds + SHORTEST_CALL_SECONDS <= self._limits.seconds

    def pause(self, until: float) -> None:
        """A server asked to wait: whoever shares the budget asks nothing before that time of `clock`."""
        with self._lock:
            self._not_before = max(self._not_before, until)

    def paused(self, now: float) -> float:
        """Seconds that are left of a pause."""
        with self._lock:
            return max(0.0, self._not_before - now)

    def settle(self, reserved: Spent, spent: Spent) -> None:
        """Replace a reservation by what was spent."""
        with self._lock:
            self._reserved -= reserved
            self._spent += spent


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one attempt may take, and how often a failed one is repeated."""

    timeout: float = 120.0
    retries: int = 3


USUAL_PATIENCE = Patience()


def ask(
    provider: Provider,
    request: Request,
    budget: Budget,
    patience: Patience = USUAL_PATIENCE,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Reply:
    """One answer, paid from the budget. A rate limit or a lost connection is tried again after the time that the
    server asked for, which all who share the budget wait, else after 1, 2, 4, ... seconds. Raises BudgetSpent before a
    call, ModelError after the last."""
    attempt = 0
    while True:
        wait = 0.0 if attempt else budget.paused(clock())
        if wait > 0 and budget.allows_wait(wait):
            sleep(wait)
            budget.settle(Spent(), Spent(seconds=wait))
        reserved = budget.reserve(request, patience.timeout, provider.price)
        started = clock()
        try:
            reply = provider.complete(request, reserved.seconds)
        except ModelError as error:
            _settle_failure(budget, reserved, error.charged, clock() - started)
            wait = _wait(error, attempt)
            if wait is None or attempt >= patience.retries or not budget.allows_wait(wait):
                raise
            if error.after is not None:
                budget.pause(clock() + wait)
            sleep(wait)
            budget.settle(Spent(), Spent(seconds=wait))
            attempt += 1
        except BaseException:
            _settle_failure(budget, reserved, True, clock() - started)
            raise
        else:
            _settle(budget, reserved, reply, clock() - started)
            return reply


def _settle(budget: Budget, reserved: Spent, reply: Reply, seconds: float) -> None:
    if reply.metered:
        spent = Spent(1, reply.prompt_tokens + reply.completion_tokens, reply.cost_usd, seconds)
    else:
        spent = replace(reserved, seconds=seconds)
    budget.settle(reserved, spent)


def _settle_failure(budget: Budget, reserved: Spent, charged: bool, seconds: float) -> None:
    spent = replace(reserved, seconds=seconds) if charged else Spent(1, seconds=seconds)
    budget.settle(reserved, spent)


def _wait(error: ModelError, attempt: int) -> float | None:
    """Seconds to wait before asking again, None where that is of no use."""
    if not error.again or (error.after is not None and error.after > LONGEST_WAIT_SECONDS):
        return None
    wait = error.after if error.after is not None else _FIRST_WAIT_SECONDS * 2**attempt
    return max(0.0, min(wait, LONGEST_WAIT_SECONDS))

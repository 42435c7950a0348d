"""No call is made that could overrun a limit, and what was spent is known."""

from __future__ import annotations

import threading

import pytest
from llm_support import Script, request

from vecassist.propose.llm.budget import (
    USUAL_PATIENCE,
    Budget,
    BudgetLimits,
    BudgetSpent,
    Patience,
    Spent,
    ask,
    worst_case,
)
from vecassist.propose.llm.protocol import ModelError, Price, Reply

BYTES = len("be brief") + len("hello") + 2 * 16
WORST = BYTES + 100
AGAIN = ModelError("busy", again=True)


class Clock:
    """Time that passes only when somebody sleeps, or by `step` at each look."""

    def __init__(self, step: float = 0.0) -> None:
        self.now = 0.0
        self.step = step
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def talk(
    provider: Script, budget: Budget, clock: Clock | None = None, patience: Patience = USUAL_PATIENCE
) -> Reply:
    clock = clock or Clock()
    return ask(provider, request(), budget, patience, clock.sleep, clock)


def test_the_worst_case_bounds_the_tokens_by_bytes() -> None:
    assert worst_case(request(), None, 5) == Spent(1, WORST, 0.0, 5)
    assert worst_case(request("é"), None, 5).tokens == WORST - len("hello") + 2
    assert worst_case(request(), Price(2, 10), 5).cost_usd == pytest.approx((BYTES * 2 + 100 * 10) / 1e6)


def test_what_was_spent_is_what_the_server_reported() -> None:
    budget = Budget(BudgetLimits())
    talk(Script(Reply("x", 20, 10, 0.00004)), budget, Clock(step=2))
    assert budget.spent == Spent(1, 30, 0.00004, 2)


def test_unmetered_answers_cost_the_worst_case() -> None:
    budget = Budget(BudgetLimits())
    provider = Script(Reply("x", metered=False))
    provider.price = Price(1, 1)
    talk(provider, budget)
    assert budget.spent.tokens == WORST
    assert budget.spent.cost_usd == pytest.approx(WORST / 1e6)


@pytest.mark.parametrize(
    ("limits", "price", "words"),
    [
        (BudgetLimits(requests=0), None, "--max-requests 0"),
        (BudgetLimits(tokens=WORST - 1), None, "--max-tokens"),
        (BudgetLimits(cost_usd=0.0001), Price(1, 1), "--max-cost 0.0001"),
        (BudgetLimits(cost_usd=100), None, "needs the price of m"),
        (BudgetLimits(seconds=0.5), None, "time of 0.5 s"),
    ],
)
def test_a_call_that_could_overrun_is_not_made(limits: BudgetLimits, price: Price | None, words: str) -> None:
    provider = Script("never")
    provider.price = price
    with pytest.raises(BudgetSpent, match=words):
        talk(provider, Budget(limits))
    assert provider.requests == []


def test_limits_are_reached_but_not_passed() -> None:
    budget = Budget(BudgetLimits(requests=3, tokens=WORST + 60))
    provider = Script(*["x"] * 9)
    for _ in range(3):
        talk(provider, budget)
    with pytest.raises(BudgetSpent):
        talk(provider, budget)
    assert len(provider.requests) == 3
    assert budget.spent.tokens == 45


def test_the_time_of_a_call_is_cut_to_what_is_left() -> None:
    provider = Script("x", "x")
    clock = Clock(step=30)
    budget = Budget(BudgetLimits(seconds=40))
    talk(provider, budget, clock)
    talk(provider, budget, clock)
    assert provider.timeouts == [40, 10]


def test_a_busy_server_is_asked_again_with_growing_pauses() -> None:
    budget, clock = Budget(BudgetLimits()), Clock()
    assert talk(Script(AGAIN, AGAIN, AGAIN, "x"), budget, clock).text == "x"
    assert clock.slept == [1, 2, 4]
    assert budget.spent == Spent(4, 15, 0.0, 7)


def test_the_server_says_how_long_to_wait() -> None:
    clock = Clock()
    talk(Script(ModelError("busy", again=True, after=7.5), "x"), Budget(BudgetLimits()), clock)
    assert clock.slept == [7.5]


@pytest.mark.parametrize(
    ("error", "limits", "retries"),
    [
        (ModelError("wrong key"), BudgetLimits(), 3),
        (ModelError("come back tomorrow", again=True, after=9999), BudgetLimits(), 3),
        (AGAIN, BudgetLimits(), 0),
        (ModelError("busy", again=True, after=30), BudgetLimits(seconds=20), 3),
    ],
)
def test_waiting_that_is_of_no_use_is_not_done(error: ModelError, limits: BudgetLimits, retries: int) -> None:
    clock = Clock()
    with pytest.raises(ModelError):
        talk(Script(error, "never"), Budget(limits), clock, Patience(retries=retries))
    assert clock.slept == []


def test_each_attempt_counts_as_a_request() -> None:
    budget = Budget(BudgetLimits(requests=2))
    with pytest.raises(BudgetSpent):
        talk(Script(AGAIN, AGAIN, "never"), budget)
    assert budget.spent.requests == 2
    assert budget.spent.tokens == 0


def test_a_lost_answer_counts_in_full() -> None:
    budget = Budget(BudgetLimits())
    with pytest.raises(ModelError):
        talk(Script(ModelError("no answer in time", charged=True)), budget)
    assert budget.spent.tokens == WORST


def test_an_interrupted_call_gives_its_reservation_back() -> None:
    class Interrupted(Script):
        def complete(self, request: object, timeout: float) -> Reply:
            raise KeyboardInterrupt

    budget = Budget(BudgetLimits(requests=1))
    with pytest.raises(KeyboardInterrupt):
        talk(Interrupted(), budget)
    assert budget.spent.tokens == WORST


def test_threads_together_stay_below_a_limit() -> None:
    budget = Budget(BudgetLimits(requests=10))
    provider = Script(*["x"] * 50)
    refused: list[BudgetSpent] = []

    def work() -> None:
        for _ in range(5):
            try:
                talk(provider, budget)
            except BudgetSpent as error:
                refused.append(error)

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(provider.requests) == 10
    assert len(refused) == 15


def test_all_wait_where_a_server_asked_one_to_wait() -> None:
    budget, clock = Budget(BudgetLimits()), Clock()
    limited = Script(ModelError("slow down", again=True, after=7.0), Reply("x", 1, 1))
    assert talk(limited, budget, clock).text == "x"
    assert clock.slept == [7]
    budget.pause(clock() + 5)
    assert talk(Script(Reply("y", 1, 1)), budget, clock).text == "y"
    assert talk(Script(Reply("z", 1, 1)), budget, clock).text == "z"
    assert clock.slept == [7, 5]

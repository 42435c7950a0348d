"""The conversation about one site: ask, read, have each candidate judged, ask again with what went wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from vecassist.model import Candidate, Site
from vecassist.propose.llm.budget import USUAL_PATIENCE, Budget, BudgetSpent, Patience, ask
from vecassist.propose.llm.context import Context, shown
from vecassist.propose.llm.ctext import spelling, tokens
from vecassist.propose.llm.needs import asking_text
from vecassist.propose.llm.prompt import (
    PROGRESS,
    USUAL_ASKING,
    Asking,
    Failure,
    Feedback,
    build,
    code_block,
    too_long,
)
from vecassist.propose.llm.protocol import ModelError, Provider, Reply
from vecassist.propose.llm.reply import Offer, read_reply

Judge = Callable[[Candidate], Feedback | None]
"""Decides on a candidate: None accepts it, feedback says why not."""

_MOST_EARLIER = 6
_LONGEST_NOTE = 200
_LONGEST_QUOTE = 2_000
WORDS = {
    "unreadable": "answer not usable",
    "refused": "breaks the rules",
    "compile": "does not compile",
    "refuted": "wrong",
    "unknown": "not proved",
    "scalar": "not vectorized",
    "unmeasured": "not measured",
    "slower": "not faster",
}


@dataclass(frozen=True, slots=True)
class Attempt:
    """A candidate and what was found wrong with it; None where it was accepted."""

    candidate: Candidate
    feedback: Feedback | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """What became of asking a model about one site.

    accepted  the candidate that the judge took, None if there is none
    code      why it ended: "accepted", "rounds" (all used), "declined" (the model sees no way, or has no new
              one), "budget", "model" (no answer was had), "too-long"
    reason    the same in one line for people; for "rounds" the last failure
    """

    accepted: Candidate | None
    code: str
    reason: str
    attempts: tuple[Attempt, ...] = ()
    requests: int = 0
    tokens: int = 0
    cost_usd: float = 0.0


@dataclass
class _State:
    """What the rounds so far left behind."""

    attempts: list[Attempt] = field(default_factory=list[Attempt])
    tried: set[tuple[str, ...]] = field(default_factory=set[tuple[str, ...]])
    notes: list[str] = field(default_factory=list[str])
    requests: int = 0
    tokens: int = 0
    cost_usd: float = 0.0

    def count(self, reply: Reply) -> None:
        self.requests += 1
        self.tokens += reply.prompt_tokens + reply.completion_tokens
        self.cost_usd += reply.cost_usd

    def fresh(self, offers: tuple[Offer, ...]) -> tuple[Offer, ...]:
        """Those that were not judged before; layout and comments make no difference."""
        fresh: list[Offer] = []
        for offer in offers:
            said = (*spelling(tokens(offer.needs.helper)), "", *spelling(tokens(offer.text)))
            if said not in self.tried:
                self.tried.add(said)
                fresh.append(offer)
        return tuple(fresh)

    def candidate(self, site: Site, offer: Offer, model: str, number: int) -> Candidate:
        note = f"round {number + 1}"
        spent = self.tokens, self.cost_usd
        return Candidate(site, offer.text, "llm", model, note, *spent, needs=offer.needs)

    def fail(self, answer: str, feedback: Feedback) -> Failure:
        failure = Failure(answer, feedback, tuple(self.notes[-_MOST_EARLIER:]))
        self.notes.append(_note(feedback))
        return failure

    def end(self, code: str, reason: str, accepted: Candidate | None = None) -> Conversation:
        attempts = tuple(self.attempts)
        return Conversation(accepted, code, reason, attempts, self.requests, self.tokens, self.cost_usd)


def converse(
    site: Site,
    context: Context,
    judge: Judge,
    provider: Provider,
    budget: Budget,
    asking: Asking = USUAL_ASKING,
    patience: Patience = USUAL_PATIENCE,
    sleep: Callable[[float], None] = time.sleep,
    tried: Sequence[str] = (),
) -> Conversation:
    """Ask until the judge accepts a candidate, the rounds or the budget are used up, or the model has no
    more to offer.

    Candidates of one answer are judged in its order, and the first accepted one ends it all. What the judge
    raises passes through; a failing server or an exhausted budget ends the conversation and is told in the
    result.
    """
    if reason := too_long(site):
        return Conversation(None, "too-long", reason)
    state = _State()
    failure: Failure | None = None
    for number in range(asking.rounds):
        request = build(site, context, provider.model, asking, number, failure, tried)
        try:
            reply = ask(provider, request, budget, patience, sleep)
        except BudgetSpent as error:
            return state.end("budget", str(error))
        except ModelError as error:
            return state.end("model", str(error))
        state.count(reply)
        reading = read_reply(reply.text, site.text, context, asking.intrinsics)
        fresh = state.fresh(reading.offers)
        if not fresh:
            if reading.declined or reading.offers:
                return state.end(
                    "declined", "; ".join(reading.reasons) or "the model repeats earlier candidates"
                )
            failure = state.fail(_quote(reply.text), Feedback("unreadable", "; ".join(reading.reasons)))
            continue
        failed: list[tuple[Candidate, Feedback]] = []
        for offer in fresh:
            candidate = state.candidate(site, offer, provider.model, number)
            feedback = judge(candidate)
            state.attempts.append(Attempt(candidate, feedback))
            if feedback is None:
                return state.end("accepted", "", candidate)
            failed.append((candidate, feedback))
        failure = _furthest(failed, state)
    return state.end("rounds", state.notes[-1] if state.notes else "no rounds are allowed")


def _furthest(failed: list[tuple[Candidate, Feedback]], state: _State) -> Failure:
    """The next question is about the candidate that came furthest; the others are only noted."""
    best = max(failed, key=lambda pair: PROGRESS.index(pair[1].kind))
    state.notes += [_note(feedback) for pair in failed if pair is not best for feedback in pair[1:]]
    return state.fail(asking_text(best[0].needs) + code_block(shown(best[0].text)), best[1])


def _note(feedback: Feedback) -> str:
    said = " ".join(feedback.detail.split())
    return f"{WORDS[feedback.kind]}: {said[:_LONGEST_NOTE]}{'...' if len(said) > _LONGEST_NOTE else ''}"


def _quote(answer: str) -> str:
    """An unusable answer as it is shown to its author: its beginning, in characters that can be sent."""
    return answer[:_LONGEST_QUOTE].encode("utf-8", "replace").decode("utf-8") or "(empty)"

"""The straight line over one region: check - outline - lower - prove - splice - assembly - measure - decide.

A region is one stretch of a file under every compile command that reaches it. An edit is proved under all
of them, compiled and timed under the first. Nothing here prints: what happens is told as events.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from vecassist.judging import SAME, Earlier, judge, prove_in
from vecassist.line import (
    Accepted,
    Asked,
    Attempt,
    Judge,
    Proposer,
    Region,
    Result,
    Settings,
    Tools,
    tools,
)
from vecassist.model import Candidate, Outcome, Site
from vecassist.propose.salvage import salvaged
from vecassist.proving import counterexample

__all__ = [
    "Accepted",
    "Asked",
    "Attempt",
    "Judge",
    "Proposer",
    "Region",
    "Result",
    "Settings",
    "Tools",
    "already_vectorized",
    "attempt_line",
    "optimize_region",
    "prove_in",
    "tools",
]

# Candidates that came further say more about a loop, so the furthest one gives the reason for a refusal.
_STAGES = ("replace", "compile", "prove", "machine code", "measure")


def optimize_region(
    region: Region, proposers: Sequence[Proposer], settings: Settings, tools: Tools
) -> Result:
    """Ask the proposers in turn until a candidate comes through.

    Raises Mismatch where a proved rewrite computes something else when it is run.
    """
    start = time.monotonic()
    site, earlier = region.site, Earlier()
    seen = already_vectorized(site)
    if seen is not None:
        return Result(Outcome(site, "already vectorized", seen, "already-vectorized"))
    attempts: list[Attempt] = []
    accepted: list[Accepted] = []
    spent, turn = 0.0, ""

    def judged(candidate: Candidate) -> Attempt:
        nonlocal spent, turn
        # An answer of a model was paid for: each has the time that all rules have together.
        if candidate.proposer == "llm" and candidate.note != turn:
            spent, turn = 0.0, candidate.note
        if spent > settings.seconds:
            attempt = Attempt(
                candidate, "replace", "out-of-time", "the time for this loop was used up before"
            )
            attempts.append(attempt)
            return attempt
        tools.emit(f"{candidate.proposer} {candidate.rule}".strip(), site)
        began = time.monotonic()
        attempt, through = judge(region, candidate, settings, tools, earlier)
        near: list[Attempt] = []
        if settings.near and through is None and attempt.stage == "prove":
            end = began + settings.seconds - spent
            near, through = _near(region, attempt, settings, tools, earlier, end)
        # The last one tells the outcome.
        attempts.extend((attempt, *near) if through is not None else (*near, attempt))
        attempt = attempts[-1]
        spent += time.monotonic() - began
        if through is not None:
            accepted.append(through)
        return attempt

    asked: list[Asked] = []
    for propose in proposers:
        # Each proposer has the time for itself; waiting for a model is not counted.
        spent = 0.0
        tried = (*region.tried, *(attempt_line(one) for one in attempts))
        asked.append(propose(replace(region, tried=tried), judged))
        if accepted:
            break
    outcome = _outcome(site, attempts, asked, time.monotonic() - start)
    if not accepted:
        relaxed = tools.gauge.reassociated(tools.place(site), site)
        if relaxed:
            outcome = replace(outcome, reason=f"{outcome.reason}; {relaxed}")
    return Result(outcome, accepted[0] if accepted else None, tuple(attempts))


def _near(
    region: Region, failed: Attempt, settings: Settings, tools: Tools, earlier: Earlier, end: float
) -> tuple[list[Attempt], Accepted | None]:
    """Try what is near a candidate that is wrong, or waits for an assumption, until one comes through. Those that are
    proved are told."""
    if failed.code not in ("refuted", "needs-assumption") or failed.reason.startswith(SAME):
        return [], None
    inputs = None if failed.counterexample is None else failed.counterexample.inputs
    tried: list[Attempt] = []
    for candidate in salvaged(region.site, failed.candidate, inputs):
        if time.monotonic() > end:
            break
        tools.emit(f"near {candidate.proposer} {candidate.rule}".strip(), region.site)
        attempt, through = judge(region, candidate, settings, tools, earlier)
        if attempt.verdict == "proved":
            tried.append(attempt)
        if through is not None:
            return tried, through
        # What is proved and not worth it does not get better by a stronger condition.
        if attempt.stage not in ("replace", "compile", "prove"):
            break
    return tried, None


def attempt_line(attempt: Attempt) -> str:
    """An attempt in a line, for the next proposer."""
    candidate = attempt.candidate
    return f"{candidate.note or candidate.rule or candidate.proposer}: {attempt.reason}"


def already_vectorized(site: Site) -> str | None:
    """Which compiler vectorizes the loop as it stands; None where none does."""
    names = [view.compiler for view in site.views if view.vectorized]
    return f"vectorized by {' and '.join(names)} as it stands" if names else None


def _outcome(site: Site, attempts: Sequence[Attempt], asked: Sequence[Asked], seconds: float) -> Outcome:
    tokens = sum(one.tokens for one in asked)
    cost = sum(one.cost_usd for one in asked)
    if not attempts:
        said = next((one for one in reversed(asked) if one.reason), None)
        reason = said.reason if said else "no rule offers a rewrite"
        code = said.code if said else "nothing-proposed"
        return Outcome(site, "nothing proposed", reason, code, tokens=tokens, cost_usd=cost, seconds=seconds)
    accepted = attempts[-1].stage == "accepted"
    untried = 0 if accepted else sum(one.code == "out-of-time" for one in attempts)
    told = attempts[-1] if accepted else max(reversed(attempts), key=lambda one: _STAGES.index(one.stage))
    found = told.counterexample
    return Outcome(
        site=site,
        status="accepted" if accepted else "refused",
        reason=f"{told.reason}{f'; {untried} more not tried: the time for this loop was used up' if untried else ''}",
        reason_code=told.code,
        candidate=told.candidate,
        verdict=told.verdict,
        scope="unbounded" if told.verdict == "proved" else None,
        compilers=dict(told.compilers),
        counterexample=counterexample(found) if found else None,
        tokens=tokens,
        cost_usd=cost,
        seconds=seconds,
    )

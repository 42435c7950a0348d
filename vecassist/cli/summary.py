"""What `optimize` tells: a summary for people, and the JSON object."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from vecassist.cli.output import count
from vecassist.cli.places import shown
from vecassist.decide import figures
from vecassist.proving import counterexample
from vecassist.run import NOT_TRIED, place_of

if TYPE_CHECKING:
    from vecassist.model import CompilerOutcome, Outcome
    from vecassist.pipeline import Attempt
    from vecassist.profile.heat import Heat
    from vecassist.run import Run

_QUIET = {"already vectorized", "skipped"}


def lines(run: Run, heat: Heat) -> Iterator[str]:
    """The summary, one row a loop, the hottest first where heat was measured; loops that are vectorized already are
    only counted."""
    for outcome in sorted(run.outcomes, key=lambda outcome: -(heat.of(outcome.site) or 0)):
        if outcome.status in _QUIET:
            continue
        site = outcome.site
        who = _who(outcome)
        measured = heat.of(site)
        warm = "" if measured is None else f"{100 * measured:.1f} % "
        yield f"{warm}{shown(site.file)}:{site.line} {site.function}: {outcome.status}{who}: {outcome.reason}"
        yield from (f"    {text}" for text in _details(outcome))
        if outcome.status == "refused":
            yield from (f"    {text}" for text in _others(outcome, _attempts(run, outcome)))


def totals(run: Run) -> str:
    """How many loops ended how, in one line."""
    counts = Counter(outcome.status for outcome in run.outcomes)
    told = "; ".join(f"{number} {status}" for status, number in sorted(counts.items()))
    left = sum(outcome.reason_code == NOT_TRIED for outcome in run.outcomes)
    more = (
        f"; the time budget left {count(left, 'loop')} untried, which the same command goes on with"
        if left
        else ""
    )
    tokens, cost = spent(run.outcomes)
    paid = f"; {model_line(tokens, cost, counts['accepted'])}" if tokens else ""
    return f"{count(len(run.outcomes), 'loop')}: {told}{more}{paid}" if told else "no loops"


def spent(outcomes: Iterable[Outcome]) -> tuple[int, float]:
    """Tokens and dollars of all replies of a model."""
    found = list(outcomes)
    return sum(one.tokens for one in found), sum(one.cost_usd for one in found)


def model_line(tokens: int, cost: float, accepted: int) -> str:
    """What a model has cost, and what that is for each accepted rewrite."""
    each = f" ({tokens // accepted} tokens, ${cost / accepted:.4f} per accepted rewrite)" if accepted else ""
    return f"model: {tokens} tokens, ${cost:.4f}{each}"


def _who(outcome: Outcome) -> str:
    candidate = outcome.candidate
    return f" ({candidate.proposer} {candidate.rule})" if candidate is not None else ""


def _details(outcome: Outcome) -> Iterator[str]:
    if outcome.status == "accepted":
        for name, made in outcome.compilers.items():
            yield f"{name}: {_machine_code(made)}{_gain(made)}"
    if outcome.counterexample is not None:
        yield from _inputs(outcome.counterexample)


def _inputs(found: Mapping[str, object]) -> Iterator[str]:
    for title in ("inputs", "before", "after"):
        values = found[title]
        if isinstance(values, dict) and values:
            yield f"{title}: " + ", ".join(f"{name} = {value}" for name, value in values.items())


def _attempts(run: Run, outcome: Outcome) -> tuple[Attempt, ...]:
    return run.attempts.get(place_of(outcome.site), ())


def _others(outcome: Outcome, attempts: Sequence[Attempt]) -> Iterator[str]:
    """What else a model offered: a reader of a refusal wants to know each answer's fate, and why it is wrong."""
    for attempt in attempts:
        if attempt.candidate is outcome.candidate or attempt.candidate.proposer == "rules":
            continue
        yield f"also tried ({attempt.candidate.proposer} {attempt.candidate.rule}): {attempt.reason}"
        if attempt.counterexample is not None:
            yield from _inputs(counterexample(attempt.counterexample))


def _attempt(attempt: Attempt) -> dict[str, object]:
    found = attempt.counterexample
    return {
        "proposer": attempt.candidate.proposer,
        "rule": attempt.candidate.rule,
        "stage": attempt.stage,
        "reason": attempt.reason,
        "reason_code": attempt.code,
        "verdict": attempt.verdict,
        "counterexample": counterexample(found) if found is not None else None,
    }


def _machine_code(made: CompilerOutcome) -> str:
    words = {True: "vectorized", False: "scalar"}
    return f"{words[made.before]} before, {words[made.after]} after"


def _gain(made: CompilerOutcome) -> str:
    return f", {figures(made.speedup)}" if made.speedup is not None else ""


def body(run: Run, heat: Heat) -> dict[str, object]:
    """The object of `optimize --output-format json`."""
    counts = Counter(outcome.status for outcome in run.outcomes)
    tokens, cost = spent(run.outcomes)
    accepted = counts["accepted"]
    sums: dict[str, object] = {
        "loops": len(run.outcomes),
        **{status.replace(" ", "_"): number for status, number in sorted(counts.items())},
        "tokens": tokens,
        "cost_usd": round(cost, 6),
        "tokens_per_accepted": tokens // accepted if accepted else None,
        "cost_usd_per_accepted": round(cost / accepted, 6) if accepted else None,
        "seconds": round(sum(outcome.seconds for outcome in run.outcomes), 3),
    }
    loops = [
        row(outcome, _attempts(run, outcome)) | {"heat": heat.of(outcome.site)} for outcome in run.outcomes
    ]
    return {"loops": loops, "totals": sums, "profile": list(heat.profilers)}


def row(outcome: Outcome, attempts: Sequence[Attempt]) -> dict[str, object]:
    """One loop of that object."""
    candidate = outcome.candidate
    return {
        "file": shown(outcome.site.file),
        "function": outcome.site.function,
        "line": outcome.site.line,
        "status": outcome.status,
        "reason": outcome.reason,
        "reason_code": outcome.reason_code,
        "proposer": candidate.proposer if candidate else None,
        "rule": candidate.rule if candidate else None,
        "verdict": outcome.verdict,
        "scope": outcome.scope,
        "counterexample": outcome.counterexample,
        "compilers": {name: _compiler(made) for name, made in outcome.compilers.items()},
        "tokens": outcome.tokens,
        "cost_usd": outcome.cost_usd,
        "seconds": round(outcome.seconds, 3),
        "attempts": [_attempt(attempt) for attempt in attempts],
    }


def _compiler(made: CompilerOutcome) -> dict[str, object]:
    gain = made.speedup
    figures_only = (
        {}
        if gain is None
        else {
            "ratio": gain.ratio,
            "low": gain.low,
            "high": gain.high,
            "by_size": [list(one) for one in gain.by_size],
        }
    )
    return {"before": made.before, "after": made.after, "speedup": figures_only or None}

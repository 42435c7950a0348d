"""`--output-format sarif` and `github` of the verbs that have findings about places in sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vecassist.cli import output
from vecassist.deliver.findings import MODEL, SCALAR, Finding, finding, kind_of_rule, not_held, once

if TYPE_CHECKING:
    from vecassist.bot.guard import Guarded
    from vecassist.model import CompilerView, Outcome
    from vecassist.run import Run
    from vecassist.survey import Survey

FORMATS = ("sarif", "github")


def of_surveys(
    surveys: Sequence[Survey], root: Path, told: Callable[[Sequence[CompilerView]], str]
) -> tuple[Finding, ...]:
    """One finding for each loop that every compiler leaves scalar. told: what compilers say, in words."""
    return once(
        [
            finding(SCALAR, site, survey.original, root, f"{site.function}: {told(site.views)}")
            for survey in surveys
            for site in survey.scan.sites
            if not any(view.vectorized for view in site.views)
        ]
    )


def of_run(run: Run, root: Path) -> tuple[Finding, ...]:
    """One finding for each accepted rewrite."""
    from vecassist.run import place_of

    originals = {place_of(one.region.site): one.region.original for one in run.accepted}
    accepted = [outcome for outcome in run.outcomes if outcome.status == "accepted"]
    return once(
        [
            finding(_kind(one), one.site, originals[place_of(one.site)], root, _message(one))
            for one in accepted
            if place_of(one.site) in originals
        ]
    )


def of_guard(judged: Sequence[Guarded], root: Path) -> tuple[Finding, ...]:
    """One finding for each accepted rewrite that does not hold."""
    return tuple(
        not_held(one.entry, root, f"{one.entry.function}: {one.status}: {one.reason}")
        for one in judged
        if not one.holds
    )


def _kind(outcome: Outcome) -> str:
    candidate = outcome.candidate
    return MODEL if candidate is None or candidate.proposer == "llm" else kind_of_rule(candidate.rule).id


def _message(outcome: Outcome) -> str:
    from vecassist.decide import figures

    gains = [
        f"{name}: {figures(made.speedup)}"
        for name, made in outcome.compilers.items()
        if made.speedup is not None
    ]
    return f"{outcome.site.function}: a rewrite is proved for all inputs and vectorized; {'; '.join(gains)}"


def show(found: Iterable[Finding], output_format: str, category: str) -> None:
    """Print findings on stdout in one of the FORMATS."""
    from vecassist.deliver.annotations import annotation
    from vecassist.deliver.sarif import log
    from vecassist.versions import own_version

    listed = tuple(found)
    if output_format == "sarif":
        output.json_object(log(listed, own_version(), category))
        return
    for one in listed:
        output.line(annotation(one))

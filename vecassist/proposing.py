"""Proposers as the line calls them: built-in rules, and a conversation with a model."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from vecassist.config import Config
from vecassist.errors import UserError
from vecassist.pipeline import Asked, Attempt, Judge, Proposer, Region
from vecassist.propose.llm.access import Denied, access, asking, limits, patience, withheld
from vecassist.propose.llm.budget import Budget
from vecassist.propose.llm.client import OpenAIProvider
from vecassist.propose.llm.context import gather
from vecassist.propose.llm.headers import with_headers
from vecassist.propose.llm.heard import Heard, Listener
from vecassist.propose.llm.preview import Preview
from vecassist.propose.llm.prompt import Feedback, counterexample, slower
from vecassist.propose.llm.protocol import Provider
from vecassist.propose.llm.recorded import Recorded, Written
from vecassist.propose.llm.rounds import converse
from vecassist.propose.rules import propose as offer
from vecassist.propose.strict import permits
from vecassist.scan.region import Lost
from verify.verdict import Unsupported


def proposers(
    config: Config,
    repository: Path,
    recorded: Path | None,
    show: Callable[[str], None],
    listen: Listener | None = None,
) -> tuple[Proposer, ...]:
    """Rules first, then a model, as configured. recorded: answers of a model from a file or a folder; show: where
    requests go that are only to be shown; listen: is told each exchange with a model.

    Raises UserError where only a model is wanted and none may be asked.
    """
    found = [rules()] if config.proposer != "llm" else []
    if config.proposer == "rules":
        return tuple(found)
    if config.model.show_prompts:
        found.append(model(Preview(show, config.model.name), config, repository, local=True))
        return tuple(found)
    if recorded is not None:
        found.append(model(_heard(_recording(recorded), listen), config, repository, local=True))
        return tuple(found)
    server = access(config, repository)
    if not isinstance(server, Denied):
        provider = _heard(OpenAIProvider(server), listen)
        found.append(model(provider, config, repository, local=False))
    elif config.proposer == "llm":
        raise UserError(server.reason)
    return tuple(found)


def threads(offered: Sequence[Proposer], config: Config, jobs: int) -> int:
    """How many regions to work on at a time: as many as may be judged, or more where regions wait for a model."""
    return max(jobs, config.model.parallel) if len(offered) > 1 or config.proposer == "llm" else jobs


def _heard(provider: Provider, listen: Listener | None) -> Provider:
    return provider if listen is None else Heard(provider, listen)


def _recording(path: Path) -> Provider:
    if not path.exists():
        raise UserError(f"{path}: no such recording; name a file of recorded replies or a folder of them")
    return Written(path) if path.is_dir() else Recorded.load(path)


def rules() -> Proposer:
    """The built-in rules as a proposer."""

    def propose(region: Region, judge: Judge) -> Asked:
        try:
            for candidate in offer(region.site):
                if judge(candidate).stage == "accepted":
                    return Asked()
        except (UserError, Unsupported, Lost) as error:
            return Asked("not-understood", f"the rules cannot read this loop: {error}")
        return Asked("nothing-proposed", "no rule offers a rewrite")

    return propose


def model(provider: Provider, config: Config, repository: Path, local: bool) -> Proposer:
    """A model as a proposer, under one budget for the whole run. local: nothing leaves this machine."""
    budget = Budget(limits(config))

    def propose(region: Region, judge: Judge) -> Asked:
        site = region.site
        kept_back = None if local else withheld(config, repository, site.file)
        if kept_back is not None:
            return Asked("withheld", kept_back)
        # Nobody is to pay for what exact results rule out.
        exact = "yes" if local else permits(site)
        if exact != "yes":
            return Asked("exact-order", f"no model is asked: {exact.removeprefix('no: ')}")
        context = gather(site, region.original)
        if local or not config.model.never_send:
            context = with_headers(site, context)
        talk = converse(
            site,
            context,
            lambda candidate: feedback(judge(candidate), config.min_speedup),
            provider,
            budget,
            asking(config),
            patience(config),
            tried=region.tried,
        )
        if talk.accepted is not None:
            return Asked(tokens=talk.tokens, cost_usd=talk.cost_usd)
        return Asked(talk.code, f"the model: {talk.reason}", talk.tokens, talk.cost_usd)

    return propose


_OUT = re.compile(r"\bvec_out_(\w+)")
"""A variable's parameter in the outlined function: a model has not seen it."""


def feedback(attempt: Attempt, needed: float) -> Feedback | None:
    """What a model is told about a candidate; None where it came through."""
    if attempt.stage == "accepted":
        return None
    attempt = replace(attempt, reason=_OUT.sub(r"\1 (its value after the statement)", attempt.reason))
    if attempt.counterexample is not None:
        return counterexample(attempt.counterexample, attempt.reason)
    if attempt.code == "not-faster":
        gains = (made.speedup for made in attempt.compilers.values() if made.speedup is not None)
        return slower(min((gain.ratio for gain in gains), default=1.0), needed)
    match attempt.stage:
        case "replace":
            return Feedback("refused", attempt.reason)
        case "compile":
            return Feedback("compile", attempt.reason)
        case "machine code":
            return Feedback("scalar", attempt.reason)
        case "measure":
            return Feedback("slower", attempt.reason)
        case _:
            return Feedback("unknown", attempt.reason)

"""Proposers as the line calls them: built-in rules, and a conversation with a model."""

from __future__ import annotations

from vecassist.errors import UserError
from vecassist.pipeline import Asked, Judge, Proposer, Region
from vecassist.scan.region import Lost
from verify.verdict import Unsupported


def rules() -> Proposer:
    """The built-in rules as a proposer."""
    from vecassist.propose.rules import propose as offer

    def propose(region: Region, judge: Judge) -> Asked:
        try:
            for candidate in offer(region.site):
                if judge(candidate).stage == "accepted":
                    return Asked()
        except (UserError, Unsupported, Lost) as error:
            return Asked("not-understood", f"the rules cannot read this loop: {error}")
        return Asked("nothing-proposed", "no rule offers a rewrite")

    return propose

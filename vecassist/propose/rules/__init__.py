"""Built-in rewrites: deterministic, free, and as untrusted as any other proposal until they are proved."""

from __future__ import annotations

from collections.abc import Iterator

from vecassist.model import Candidate, Site
from vecassist.propose.comments import bare, noted
from vecassist.propose.nest import Nest
from vecassist.propose.outlook import estimate
from vecassist.propose.printer import render, squeeze, style_of
from vecassist.propose.rules.accumulate import ACCUMULATE
from vecassist.propose.rules.base import Rule
from vecassist.propose.rules.blocks import BLOCKS
from vecassist.propose.rules.distance import DISTANCE
from vecassist.propose.rules.distribution import DISTRIBUTE, REORDER
from vecassist.propose.rules.hoist import HOIST
from vecassist.propose.rules.induction import INDUCTION
from vecassist.propose.rules.interchange import INTERCHANGE
from vecassist.propose.rules.jam import JAM
from vecassist.propose.rules.overwritten import OVERWRITTEN
from vecassist.propose.rules.preload import PRELOAD
from vecassist.propose.rules.rename import RENAME
from vecassist.propose.rules.reroll import REROLL
from vecassist.propose.rules.select import SELECT
from vecassist.propose.rules.sink import SINK
from vecassist.propose.rules.split import SPLIT
from vecassist.propose.rules.strips import STRIPS
from vecassist.propose.rules.structure import STRUCTURE
from vecassist.propose.rules.tiles import TILES
from vecassist.propose.rules.version import VERSION, versioned
from vecassist.propose.rules.wavefront import WAVEFRONT
from vecassist.propose.rules.wraparound import WRAPAROUND
from vecassist.propose.sequences import Rewrite, explore
from vecassist.propose.view import region_nest
from vecassist.scan.region import Region, parse_region

RULES: tuple[Rule, ...] = (
    REORDER,
    DISTRIBUTE,
    PRELOAD,
    RENAME,
    WRAPAROUND,
    INDUCTION,
    INTERCHANGE,
    SINK,
    STRUCTURE,
    SELECT,
    SPLIT,
    REROLL,
    BLOCKS,
    STRIPS,
    OVERWRITTEN,
    HOIST,
    DISTANCE,
    ACCUMULATE,
    TILES,
    JAM,
    WAVEFRONT,
)

CAP = 12
"""At most this many candidates for a site."""
GUARDED = 2
"""Of these, at most so many that test for overlap first."""
FAR = 4.0
"""How many times the estimated cost of the best another candidate may have."""


def candidates(
    nest: Nest, spelled: str, margin: str, cap: int = CAP
) -> Iterator[tuple[str, tuple[Rule, ...]]]:
    """Replacement texts with the rules that made them, the most promising first, no text twice.

    spelled: the text that they replace; margin: the white space before it on its first line.
    """
    spelled = spelled.replace("\r\n", "\n")
    style = style_of(spelled, margin)
    comments = noted(spelled, nest.root)
    seen = {squeeze(bare(spelled))}
    guarded = 0
    for rewrite in _promising(nest):
        made = render(rewrite.nest.root, style, comments)
        key = squeeze(bare(made))
        if key in seen:
            continue
        seen.add(key)
        yield made, rewrite.rules
        apart = versioned(nest, rewrite.nest.root) if guarded < GUARDED else None
        if apart is not None:
            guarded += 1
            yield render(apart, style, comments), (*rewrite.rules, VERSION)
        if len(seen) - 1 + guarded >= cap:
            return


def _promising(nest: Nest) -> Iterator[Rewrite]:
    """Rewrites that should be cheaper than the original and are not far behind the best."""
    before = estimate(nest)
    found = [rewrite for rewrite in explore(nest, RULES) if rewrite.cost < before]
    for rewrite in found:
        if rewrite.cost <= FAR * found[0].cost or rewrite.cost < before / FAR:
            yield rewrite


def propose(site: Site, region: Region | None = None) -> Iterator[Candidate]:
    """Candidates of the built-in rules for a site, at most CAP, untrusted."""
    region = region or parse_region(site)
    nest = region_nest(region)
    start = region.parsed.source.rfind("\n", 0, site.span.start) + 1
    margin = region.parsed.source[start : site.span.start]
    for made, used in candidates(nest, site.text, margin if not margin.strip() else ""):
        ids = "+".join(rule.id for rule in used)
        yield Candidate(site, made, "rules", ids, "; ".join(dict.fromkeys(rule.title for rule in used)))

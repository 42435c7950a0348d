"""Which loops first: time times expected gain."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vecassist.model import Site
from vecassist.profile.heat import Heat

LEAST = 0.001
"""Below this share of the run a loop is not looked at more closely: nothing that happens to it can be noticed."""
UNANSWERED = 0.25
"""The part of a scalar loop's time that is hoped for where no rule answers and a model might."""
ALREADY = 0.05
"""The same for a loop that a compiler vectorizes already."""


def ranked(sites: Iterable[Site], heat: Heat) -> tuple[Site, ...]:
    """The sites by what there is to win, most first; those of equal rank in the order given.

    With a profile: measured share times expected gain. Without: the static estimate times expected gain.
    """
    return tuple(sorted(sites, key=lambda site: -promise(site, heat)))


def promise(site: Site, heat: Heat) -> float:
    """Weight times expected gain; without a profile no loop is looked at closely for this."""
    weight = heat.weight(site)
    if not heat.profilers or weight < LEAST:
        scalar = not any(view.vectorized for view in site.views)
        return weight * (UNANSWERED if scalar else ALREADY)
    return weight * expected_gain(site)


def expected_gain(site: Site) -> float:
    """The part of the nest's time (0 to 1) that a rewrite may save, by the estimate that also ranks candidates."""
    from vecassist.errors import UserError
    from vecassist.propose.outlook import estimate
    from vecassist.propose.rules import RULES
    from vecassist.propose.sequences import explore
    from vecassist.propose.view import region_nest
    from vecassist.scan.region import Lost, parse_region
    from verify.verdict import Unsupported

    if any(view.vectorized for view in site.views):
        return ALREADY
    try:
        nest = region_nest(parse_region(site))
        before = estimate(nest)
        best = min((rewrite.cost for rewrite in explore(nest, RULES)), default=before)
    except (UserError, Lost, Unsupported):
        return UNANSWERED
    return max(UNANSWERED, 1 - best / before) if before > 0 else UNANSWERED


def hottest(sites: Sequence[Site], heat: Heat, most: int | None, least: float) -> tuple[Site, ...]:
    """The sites to work on, in the order of their rank: at most `most`, each with at least the share `least`.

    Without a profile no share is known, so `least` leaves nothing out.
    """
    chosen = [site for site in sites if not heat.profilers or heat.weight(site) >= least]
    places = list(dict.fromkeys((site.file.resolve(), site.span) for site in ranked(chosen, heat)))
    wanted = {place: number for number, place in enumerate(places[:most])}
    kept = [site for site in chosen if (site.file.resolve(), site.span) in wanted]
    return tuple(sorted(kept, key=lambda site: wanted[site.file.resolve(), site.span]))

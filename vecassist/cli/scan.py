"""`vecassist scan [PATH...] [-p BUILD] [-- CFLAGS...]`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecassist.cli import findings, options, output
from vecassist.cli.places import shown

if TYPE_CHECKING:
    from vecassist.model import CompilerView, Site, Unit
    from vecassist.profile.heat import Heat
    from vecassist.survey import Survey


@click.command(cls=options.DashDashCommand, name="scan")
@click.argument("paths", nargs=-1)
@options.selection
@options.heat
@click.option("--rules", is_flag=True, help="Try the built-in rules on scalar loops: which offer a rewrite.")
@click.option("--no-cache", is_flag=True, help="Take nothing of an earlier scan, and keep nothing.")
@options.output_format("text", "json", "sarif", "github")
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    build: str | None,
    compiler: str | None,
    jobs: int,
    quiet: bool,
    verbose: bool,
    profiles: tuple[str, ...],
    hot: int | None,
    min_heat: float,
    rules: bool,
    no_cache: bool,
    output_format: str,
) -> int:
    """List the loops of C files: place, depth, trip count, and what each compiler says.

    With --profile loops come with their share of the run, those with most to win first. Without a profile they
    come in the order of the files, and no heat is claimed; --hot then goes by an estimate. Exit code 1 where a loop is
    scalar with every compiler in use, else 0. Compiler flags follow after --.
    """
    from vecassist.answers.surveys import Surveys, folder
    from vecassist.profile.heat import heat_of
    from vecassist.store.files import repository_root
    from vecassist.survey import compilers_in_use, survey_all
    from vecassist.units import Request, select

    weights = options.measured(profiles, min_heat)
    chosen = options.compiler(compiler)
    selection = select(Request(options.paths(paths), options.folder(build), options.cflags(ctx), chosen))
    compilers = compilers_in_use()
    place = None if no_cache else folder()
    ask = None if place is None else Surveys(place, compilers, rules_for if rules else None).survey
    with output.progress(quiet, verbose) as progress:
        surveys = survey_all(selection.units, compilers, jobs, progress.show, ask)
    # Only now, so that an error in what was asked for is the only line.
    for text in () if quiet else selection.notes:
        output.note(text)
    heat = heat_of(weights, [site for survey in surveys for site in survey.scan.sites])
    listed = _listed(surveys, heat, hot, min_heat / 100)
    if hot is not None and not weights and not quiet:
        output.note("no profile: loops are ranked by a static estimate of their iterations")
    scalar = sum(_scalar(site) for _, site in listed)
    if output_format == "json":
        output.json_object(
            {"loops": [_row(survey, site, heat, rules) for survey, site in listed]}
            | {"skipped": [row for survey in surveys for row in _skipped(survey)]}
            | {"totals": {"loops": len(listed), "scalar": scalar}, "profile": list(heat.profilers)}
        )
    elif output_format in findings.FORMATS:
        root = repository_root(surveys[0].file) if surveys else Path.cwd()
        findings.show(findings.of_surveys(surveys, root, told), output_format, "scan")
    else:
        _print(surveys, listed, heat, rules)
        if not quiet:
            loops = output.count(len(listed), "loop")
            output.note(f"{loops}, {scalar} of them scalar with every compiler; {_hint(scalar)}")
    return 1 if scalar else 0


def _hint(scalar: int) -> str:
    return "`vecassist optimize` tries to rewrite them" if scalar else "nothing left to do"


def _scalar(site: Site) -> bool:
    return not any(view.vectorized for view in site.views)


def rules_for(site: Site) -> tuple[str, ...]:
    """The rules that offer a rewrite of a scalar loop, most promising first; whether it holds is not known here."""
    from vecassist.errors import UserError
    from vecassist.propose.rules import propose
    from vecassist.scan.region import Lost
    from verify.verdict import Unsupported

    if not _scalar(site):
        return ()
    try:
        return tuple(dict.fromkeys(candidate.rule for candidate in propose(site)))
    except (UserError, Lost, Unsupported):
        return ()


def _offered(survey: Survey, site: Site) -> tuple[str, ...]:
    known = survey.offered.get(site.key)
    return rules_for(site) if known is None else known


def _help(survey: Survey, site: Site) -> str:
    offered = _offered(survey, site)
    if not _scalar(site):
        return ""
    return offered[0] if offered else "model"


def _listed(
    surveys: Sequence[Survey], heat: Heat, hot: int | None, least: float
) -> list[tuple[Survey, Site]]:
    """What is shown: all in the order of the files, else the chosen ones in the order of their rank."""
    from vecassist.profile.rank import hottest

    every = [(survey, site) for survey in surveys for site in survey.scan.sites]
    if not heat.profilers and hot is None:
        return every
    owner = {id(site): survey for survey, site in every}
    return [(owner[id(site)], site) for site in hottest([site for _, site in every], heat, hot, least)]


def _row(survey: Survey, site: Site, heat: Heat, rules: bool) -> dict[str, object]:
    from vecassist.profile.heat import static_estimate

    return {
        "file": shown(site.file),
        "function": site.function,
        "line": site.line,
        "command": _command(site.unit),
        "inner_line": site.inner_line,
        "depth": site.depth,
        "trip_count": site.trip,
        "key": site.key,
        "heat": heat.of(site),
        "estimate": None if heat.profilers else static_estimate(site),
        "rules": list(_offered(survey, site)) if rules else None,
        "compilers": {
            view.compiler: {"vectorized": view.vectorized, "reason": view.reason} for view in site.views
        },
    }


def _skipped(survey: Survey) -> Iterable[dict[str, object]]:
    for skip in survey.scan.skipped:
        yield {
            "file": shown(survey.file),
            "function": skip.function,
            "line": skip.line,
            "command": _command(survey.unit),
            "reason": skip.reason,
        }


def _command(unit: Unit) -> str:
    return " ".join((unit.compiler, *unit.args))


def _print(surveys: Sequence[Survey], listed: Sequence[tuple[Survey, Site]], heat: Heat, rules: bool) -> None:
    commands = Counter(survey.file for survey in surveys)

    def under(survey: Survey) -> str:
        return f"with `{_command(survey.unit)}`: " if commands[survey.file] > 1 else ""

    warm = bool(heat.profilers)
    rows = [
        (
            *((share(heat, site),) if warm else ()),
            f"{shown(site.file)}:{site.line}",
            site.function,
            str(site.depth),
            "?" if site.trip is None else str(site.trip),
            *((_help(survey, site),) if rules else ()),
            under(survey) + told(site.views),
        )
        for survey, site in listed
    ]
    rows += [
        (
            *(("",) if warm else ()),
            f"{shown(survey.file)}:{skip.line}",
            skip.function,
            "",
            "",
            *(("",) if rules else ()),
            f"{under(survey)}skipped: {skip.reason}",
        )
        for survey in surveys
        for skip in survey.scan.skipped
    ]
    helps = ("may help",) if rules else ()
    output.table(
        (*(("heat",) if warm else ()), "loop", "function", "depth", "trips", *helps, "compilers"), rows
    )


def share(heat: Heat, site: Site) -> str:
    """The measured share of a loop in words; "~" where it is that of the loop's function."""
    measured = heat.of(site)
    if measured is None:
        return ""
    return f"{'~' if (site.file.resolve(), site.span) in heat.rough else ''}{100 * measured:.1f} %"


def told(views: Iterable[CompilerView]) -> str:
    """What compilers say, those that say the same together: "gcc-12: vectorized; clang-22: early exit"."""
    said: dict[str, list[str]] = {}
    for view in views:
        said.setdefault("vectorized" if view.vectorized else f"scalar, {view.reason}", []).append(
            view.compiler
        )
    return "; ".join(f"{', '.join(names)}: {text}" for text, names in said.items())

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
    from vecassist.survey import Survey


@click.command(cls=options.DashDashCommand, name="scan")
@click.argument("paths", nargs=-1)
@options.selection
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
    output_format: str,
) -> int:
    """List the loops of C files: place, depth, trip count, and what each compiler says.

    Without a profile loops come in the order of the files; no heat is claimed. Exit code 1 where a loop is
    scalar with every compiler in use, else 0. Compiler flags follow after --.
    """
    from vecassist.store.files import repository_root
    from vecassist.survey import compilers_in_use, survey_all
    from vecassist.units import Request, select

    chosen = options.compiler(compiler)
    selection = select(Request(options.paths(paths), options.folder(build), options.cflags(ctx), chosen))
    with output.progress(quiet, verbose) as progress:
        surveys = survey_all(selection.units, compilers_in_use(), jobs, progress.show)
    # Only now, so that an error in what was asked for is the only line.
    for text in () if quiet else selection.notes:
        output.note(text)
    scalar = sum(_scalar(site) for survey in surveys for site in survey.scan.sites)
    if output_format == "json":
        output.json_object(
            {"loops": [_row(site) for survey in surveys for site in survey.scan.sites]}
            | {"skipped": [row for survey in surveys for row in _skipped(survey)]}
            | {"totals": _totals(surveys)}
        )
    elif output_format in findings.FORMATS:
        root = repository_root(surveys[0].file) if surveys else Path.cwd()
        findings.show(findings.of_surveys(surveys, root, told), output_format, "scan")
    else:
        _print(surveys)
        if not quiet:
            total = sum(len(survey.scan.sites) for survey in surveys)
            loops = output.count(total, "loop")
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


def _help(site: Site) -> str:
    offered = rules_for(site)
    if not _scalar(site):
        return ""
    return offered[0] if offered else "model"


def _row(site: Site) -> dict[str, object]:
    return {
        "file": shown(site.file),
        "function": site.function,
        "line": site.line,
        "command": _command(site.unit),
        "inner_line": site.inner_line,
        "depth": site.depth,
        "trip_count": site.trip,
        "key": site.key,
        "heat": None,
        "rules": list(rules_for(site)),
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


def _totals(surveys: Iterable[Survey]) -> dict[str, int]:
    sites = [site for survey in surveys for site in survey.scan.sites]
    return {"loops": len(sites), "scalar": sum(map(_scalar, sites))}


def _command(unit: Unit) -> str:
    return " ".join((unit.compiler, *unit.args))


def _print(surveys: Sequence[Survey]) -> None:
    commands = Counter(survey.file for survey in surveys)

    def under(survey: Survey) -> str:
        return f"with `{_command(survey.unit)}`: " if commands[survey.file] > 1 else ""

    rows = [
        (
            f"{shown(site.file)}:{site.line}",
            site.function,
            str(site.depth),
            "?" if site.trip is None else str(site.trip),
            _help(site),
            under(survey) + told(site.views),
        )
        for survey in surveys
        for site in survey.scan.sites
    ]
    rows += [
        (
            f"{shown(survey.file)}:{skip.line}",
            skip.function,
            "",
            "",
            "",
            f"{under(survey)}skipped: {skip.reason}",
        )
        for survey in surveys
        for skip in survey.scan.skipped
    ]
    output.table(("loop", "function", "depth", "trips", "may help", "compilers"), rows)


def told(views: Iterable[CompilerView]) -> str:
    """What compilers say, those that say the same together: "gcc-12: vectorized; clang-22: early exit"."""
    said: dict[str, list[str]] = {}
    for view in views:
        said.setdefault("vectorized" if view.vectorized else f"scalar, {view.reason}", []).append(
            view.compiler
        )
    return "; ".join(f"{', '.join(names)}: {text}" for text, names in said.items())

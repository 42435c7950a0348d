"""`vecassist optimize [PATH...] [-p BUILD] [-- CFLAGS...]`: the main job."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from vecassist.cli import model_options, options, output
from vecassist.decide import SLOWER
from vecassist.errors import UserError

if TYPE_CHECKING:
    from vecassist.answers.keep import Answers
    from vecassist.line import Region
    from vecassist.profile.heat import Heat
    from vecassist.run import Run

Value = TypeVar("Value")


@click.command(cls=options.DashDashCommand, name="optimize")
@click.argument("paths", nargs=-1)
@options.selection
@options.heat
@options.proposer
@model_options.model
@click.option("--recorded", metavar="FILE", help="Answer for the model from a recording: no key, no network.")
@click.option(
    "--diff", "as_diff", is_flag=True, help="Print the accepted rewrites as a diff, and nothing else."
)
@click.option("--patch", metavar="FILE", help="Write the accepted rewrites as a patch.")
@click.option("--fix", is_flag=True, help="Apply the accepted rewrites to the sources.")
@click.option("--report", "report_to", metavar="DIR", help="Write an HTML report of the run into a folder.")
@click.option("--no-store", is_flag=True, help="Write nothing under .vecassist/.")
@options.min_speedup
@options.timeout(30.0)
@click.option(
    "--time-budget",
    type=click.FloatRange(0),
    default=None,
    metavar="SECONDS",
    help="Start no further loop after this time; the summary says what was not tried.",
)
@click.option("--no-cache", is_flag=True, help="Take no answer of an earlier run, and keep none.")
@click.option("--test-cmd", metavar="CMD", help="The project's tests, which must pass with the rewrites.")
@click.option("--bench-cmd", metavar="CMD", help="A benchmark of the whole program: its ratio is told.")
@options.assume
@options.clang
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
    proposer: str | None,
    recorded: str | None,
    as_diff: bool,
    patch: str | None,
    fix: bool,
    report_to: str | None,
    no_store: bool,
    min_speedup: float | None,
    timeout: float,
    time_budget: float | None,
    no_cache: bool,
    test_cmd: str | None,
    bench_cmd: str | None,
    assume: tuple[str, ...],
    clang_path: str | None,
    output_format: str,
) -> int:
    """Propose rewrites of the loops that no compiler vectorizes, prove, measure, and hand over what holds.

    No source is changed without --fix. Exit code 1 where rewrites were accepted, else 0. Compiler flags
    follow after --.
    """
    from vecassist.answers.key import keys
    from vecassist.cli.report import report_folder, write
    from vecassist.compilers import check_flags, lowering
    from vecassist.config import load
    from vecassist.deliver.diff import unified
    from vecassist.evidence import Gauge
    from vecassist.pipeline import Settings, tools
    from vecassist.profile.heat import heat_of
    from vecassist.profile.rank import hottest
    from vecassist.proposing import proposers as offered
    from vecassist.proposing import threads
    from vecassist.report.gather import Talks, report
    from vecassist.report.render import pages
    from vecassist.roots import ground
    from vecassist.run import Plan, optimize, place_of
    from vecassist.store.files import check_writable
    from vecassist.store.machine import machine_record
    from vecassist.survey import compilers_in_use, survey_all
    from vecassist.units import Request, select
    from vecassist.worker import WorkerLimits, WorkerPool

    started = time.monotonic()
    weights = options.measured(profiles, min_heat)
    flags, chosen = options.cflags(ctx), options.compiler(compiler)
    check_flags(flags)
    asked = select(Request(options.paths(paths), options.folder(build), flags, chosen))
    selection, root = ground(asked, Path.cwd())
    target = None if patch is None else options.writable(patch)
    pages_to = None if report_to is None else report_folder(report_to)
    given = {"proposer": proposer, "min_speedup": min_speedup, "clang": clang_path}
    config = load(root, options={**given, **model_options.asked(ctx)})
    talks = Talks()
    hear = talks.hear if pages_to is not None else None
    proposers = offered(config, root, None if recorded is None else Path(recorded), output.note, hear)
    if not no_store:
        check_writable(root)
    if fix:
        for unit in selection.units:
            options.writable(str(unit.path))
    clang, compilers = lowering(config.clang), compilers_in_use()
    settings = Settings(assume, config.min_speedup - 1)
    with output.progress(quiet, verbose) as progress:
        surveys = survey_all(selection.units, compilers, jobs, progress.show)
    # Only now, so that an error in what was asked for is the only line.
    for text in () if quiet else selection.notes:
        output.note(text)
    sites = [site for survey in surveys for site in survey.scan.sites]
    heat = heat_of(weights, sites)
    ordered = heat.profilers or hot is not None or time_budget is not None
    first = [place_of(site) for site in hottest(sites, heat, hot, min_heat / 100)] if ordered else None
    if ordered and not heat.profilers and not quiet:
        output.note("no profile: loops are ranked by a static estimate of their iterations")
    until = None if time_budget is None else started + time_budget
    modelled = len(proposers) > 1 or config.proposer == "llm"
    offered_by = f"{config.proposer} {config.model.name if modelled else ''}"
    with (
        WorkerPool(jobs, WorkerLimits(seconds=timeout)) as pool,
        _answers(
            None if no_cache or recorded else keys(clang, compilers, settings, offered_by), timeout
        ) as answers,
        output.progress(quiet, verbose) as progress,
    ):
        plan = Plan(first, until, answers, modelled)
        line = tools(clang, pool, Gauge(compilers, pool), machine_record(), jobs)
        many = threads(proposers, config, jobs)
        run = guarded(lambda: optimize(surveys, proposers, settings, line, many, progress.show, plan))
    run = _tried(run, root, test_cmd, bench_cmd)
    diff = unified(run.changes, root)
    made = None if pages_to is None else pages(report(run, surveys, compilers, talks, root, jobs, heat.of))
    _write(run, diff, target, root, fix, not no_store)
    if pages_to is not None and made is not None:
        output.note(f"report: {write(pages_to, made)}")
    _show(run, heat, root, diff, output_format, as_diff, fix or target is not None, quiet)
    if answers is not None and answers.fault:
        output.note(f"the answers of earlier runs: {answers.fault}")
    if answers is not None and answers.found and not quiet:
        output.note(f"{output.count(answers.found, 'answer')} of earlier runs; --no-cache asks anew")
    return 1 if run.accepted else 0


def _answers(key: Callable[[Region], str] | None, seconds: float) -> AbstractContextManager[Answers | None]:
    """The answers of earlier runs; None in its place where none are to be taken or the cache is not this user's."""
    from vecassist.answers.keep import Answers, place

    where = place()
    return nullcontext() if key is None or where is None else Answers(where, key, seconds)


def _tried(run: Run, root: Path, test_cmd: str | None, bench_cmd: str | None) -> Run:
    """The run less the rewrites with which the project's own commands fail or are slower."""
    from vecassist.figures import times
    from vecassist.run import kept
    from vecassist.trial import compare, passes

    if test_cmd is not None and run.accepted:
        broken = passes(root, (), test_cmd)
        if broken is not None:
            raise UserError(f"--test-cmd `{test_cmd}` fails without any rewrite: {broken}")
        run = kept(run, lambda changes: passes(root, changes, test_cmd), "tests-fail")
    if bench_cmd is not None and run.accepted:
        ratio = compare(root, run.changes, bench_cmd)
        figures = times(ratio.median, ratio.low, ratio.high, 3)
        output.note(f"whole program, `{bench_cmd}`: {figures}")
        if ratio.high < 1 - SLOWER:
            why = f"the whole program is slower: {figures}"
            run = kept(run, lambda changes: why if changes else None, "slower-program")
    return run


def guarded(call: Callable[[], Value]) -> Value:
    """What the call returns; a proof that turned out wrong stops everything, and its case is kept."""
    from vecassist.evidence import Mismatch
    from vecassist.store.alarms import keep_case

    try:
        return call()
    except Mismatch as alarm:
        place = keep_case(alarm.site, alarm.problem, alarm.reason)
        raise UserError(
            f"{alarm.site.file}:{alarm.site.line}: a rewrite that was proved computes something else "
            f"({alarm.reason}): this is a fault of the prover; nothing was accepted, the case is kept in {place}"
        ) from alarm


def _write(run: Run, diff: bytes, patch: Path | None, root: Path, fix: bool, store: bool) -> None:
    """All files of the run in one go: either every one is written or none.

    Sources come last: a run that is killed in between leaves what a run without --fix does.
    """
    from vecassist.deliver.write import write_all
    from vecassist.store.files import entry_files
    from vecassist.storing import entry

    contents: dict[Path, bytes] = {}
    if store:
        # The compile path lays a rewrite in the lines of its region; what needs more is delivered as source.
        plain = [accepted for accepted in run.accepted if not accepted.candidate.needs]
        contents |= entry_files(root, [entry(accepted, root) for accepted in plain])
        if len(plain) < len(run.accepted):
            left = output.count(len(run.accepted) - len(plain), "rewrite")
            output.note(f"{left} with intrinsics not stored in .vecassist; use --fix or --patch")
    if patch is not None:
        contents[patch] = diff
    if fix:
        contents |= {change.path: change.after for change in run.changes}
    write_all(contents, run.changes)


def _show(
    run: Run,
    heat: Heat,
    root: Path,
    diff: bytes,
    output_format: str,
    as_diff: bool,
    delivered: bool,
    quiet: bool,
) -> None:
    from vecassist.cli import findings, summary

    apart = as_diff or output_format != "text"
    say = output.note if apart else output.line
    if not (quiet and apart):
        for text in summary.lines(run, heat):
            say(text)
    if output_format == "json":
        output.json_object(summary.body(run, heat))
    elif output_format in findings.FORMATS:
        findings.show(findings.of_run(run, root), output_format, "optimize")
    elif as_diff or not delivered:
        output.raw(diff)
    if not (quiet and apart):
        say(summary.totals(run))

"""`vecassist bot`: draft pull requests, one a loop."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecassist.cli import model_options, options, output
from vecassist.errors import UserError

if TYPE_CHECKING:
    from vecassist.bot.forge import Forge
    from vecassist.bot.git import Git
    from vecassist.bot.keep import Done
    from vecassist.config_keys import Secret
    from vecassist.pipeline import Accepted

_TOKENS = ("GITHUB_TOKEN", "GH_TOKEN")


@click.command(cls=options.DashDashCommand, name="bot")
@click.argument("paths", nargs=-1)
@options.selection
@click.option("--dry-run", is_flag=True, help="Print what would be proposed, and change nothing.")
@click.option("--base", metavar="BRANCH", help="Where pull requests go. Default: the default branch.")
@click.option("--remote", metavar="NAME", default="origin", show_default=True, help="Where branches go.")
@click.option(
    "--repository", metavar="OWNER/NAME", envvar="GITHUB_REPOSITORY", help="Default: GITHUB_REPOSITORY."
)
@options.proposer
@model_options.model
@click.option("--recorded", metavar="FILE", help="Answer for the model from a recording.")
@options.min_speedup
@options.timeout(30.0)
@click.option("--test-cmd", metavar="CMD", help="The project's tests, which must pass with a rewrite.")
@options.assume
@options.clang
@options.output_format("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    paths: tuple[str, ...],
    build: str | None,
    compiler: str | None,
    jobs: int,
    quiet: bool,
    verbose: bool,
    dry_run: bool,
    base: str | None,
    remote: str,
    repository: str | None,
    proposer: str | None,
    recorded: str | None,
    min_speedup: float | None,
    timeout: float,
    test_cmd: str | None,
    assume: tuple[str, ...],
    clang_path: str | None,
    output_format: str,
) -> int:
    """Keep one draft pull request open for a loop that is proved, vectorized and faster; one at a time by default.

    Works on a clean checkout of the base. A loop whose pull request was closed does not come back until it changes; a
    branch that a person has pushed to is left alone; what the base has no use for any more is closed. The token comes
    from GITHUB_TOKEN. Does nothing where vecassist.toml is not committed. Compiler flags follow after --.
    """
    from vecassist.bot.find import find
    from vecassist.bot.forge import Refused, denied
    from vecassist.bot.keep import Work, keep
    from vecassist.cli.optimize import guarded
    from vecassist.compilers import check_flags, lowering
    from vecassist.config import load
    from vecassist.evidence import Gauge
    from vecassist.pipeline import Settings, tools
    from vecassist.proposing import proposers as offered
    from vecassist.roots import ground
    from vecassist.run import changes
    from vecassist.store.machine import machine_record
    from vecassist.survey import compilers_in_use, survey_all
    from vecassist.trial import passes
    from vecassist.units import Request, select
    from vecassist.worker import WorkerLimits, WorkerPool

    flags, chosen = options.cflags(ctx), options.compiler(compiler)
    check_flags(flags)
    asked = select(Request(options.paths(paths), options.folder(build), flags, chosen))
    selection, root = ground(asked, Path.cwd())
    given = {"proposer": proposer, "min_speedup": min_speedup, "clang": clang_path}
    config = load(root, options={**given, **model_options.asked(ctx)})
    proposers = offered(config, root, None if recorded is None else Path(recorded), output.note)
    # Compilers and the project's own commands are started from here on: none of them is given the token.
    git, forge = _remote(root, remote, repository, dry_run)
    done: list[Done] = []
    emit = _teller(done, root, output_format, dry_run)
    try:
        place = base or (forge.default_branch() if forge is not None else "HEAD")
        head = _checked_out(git, place, forge is not None)
        clang, compilers = lowering(config.clang), compilers_in_use()
        settings = Settings(assume, config.min_speedup - 1)
        with output.progress(quiet, verbose) as progress:
            surveys = survey_all(selection.units, compilers, jobs, progress.show)
        for text in () if quiet else selection.notes:
            output.note(text)

        def fault(accepted: Accepted) -> str | None:
            return None if test_cmd is None else passes(root, changes([accepted]), test_cmd)

        with WorkerPool(jobs, WorkerLimits(seconds=timeout)) as pool:
            line = tools(clang, pool, Gauge(compilers, pool), machine_record(asks=True))
            work = Work(
                git, forge, root, place, head, config.bot, compilers, settings, line, acts=not dry_run
            )
            waiting = guarded(
                lambda: keep(
                    work,
                    lambda known, wanted: find(
                        surveys, proposers, settings, line, root, known, wanted, fault
                    ),
                    emit,
                )
            )
    except Refused as refusal:
        raise denied(refusal) from refusal
    finally:
        _tell_action(done)
    rest = [f"{os.path.relpath(site.file, root)}:{site.line} {site.function}" for site in waiting]
    if output_format == "json":
        rows = [
            {"operation": one.operation, "branch": one.branch, "number": one.number, "url": one.url,
             "reason": one.why} for one in done
        ]  # fmt: skip
        output.json_object({"pull_requests": rows, "waiting": rest})
    else:
        for text in rest:
            output.line(f"waits: {text}: not looked at, the limit is reached")
    return 1 if dry_run and any(one.operation not in ("none", "stopped") for one in done) else 0


def _remote(root: Path, remote: str, repository: str | None, dry_run: bool) -> tuple[Git, Forge | None]:
    """The checkout and the forge; no forge for a dry run without a token. Raises UserError where something lacks."""
    from vecassist.bot.forge import Forge
    from vecassist.bot.git import Git
    from vecassist.config import REPOSITORY_FILE

    token = _token()
    git = Git(root, remote, token)
    if not git.succeeds("rev-parse", "--verify", "--quiet", "HEAD^{commit}"):
        raise UserError(f"{root}: no git repository with a commit; the bot works on a checkout of the base")
    if not git.succeeds("cat-file", "-e", f"HEAD:{REPOSITORY_FILE}"):
        raise UserError(
            f"{root}: {REPOSITORY_FILE} is not committed, so nothing is proposed here; commit one, it may be empty"
        )
    if git.line("status", "--porcelain", "--untracked-files=no"):
        raise UserError(f"{root}: files differ from the commit that is checked out; commit or restore them")
    if not token or not repository:
        if not dry_run:
            raise UserError("GITHUB_TOKEN and GITHUB_REPOSITORY are needed; --dry-run works without them")
        return git, None
    if repository.count("/") != 1:
        raise UserError(f"{repository}: not of the form OWNER/NAME; correct --repository")
    api = os.environ.get("GITHUB_API_URL") or "https://api.github.com"
    return git, Forge(api.rstrip("/"), repository, token)


def _token() -> Secret:
    from vecassist.config_keys import Secret

    found = [os.environ.pop(name, "") for name in _TOKENS]
    return Secret(next((one for one in found if one), ""))


def _checked_out(git: Git, base: str, remote: bool) -> str:
    """The commit that is checked out, which must be one of the base."""
    head = git.line("rev-parse", "HEAD")
    if remote:
        git.run("fetch", "--quiet", "--no-tags", git.remote, f"+refs/heads/{base}:refs/vecassist-base")
        if not git.succeeds("merge-base", "--is-ancestor", head, "refs/vecassist-base"):
            raise UserError(
                f"{git.root}: what is checked out is no commit of {base}; check that out, or name another --base"
            )
    return head


def _teller(done: list[Done], root: Path, output_format: str, dry_run: bool) -> Callable[[Done], None]:
    from vecassist.bot.text import body, title

    def tell(one: Done) -> None:
        done.append(one)
        would = "would be " if dry_run and one.operation not in ("none", "stopped") else ""
        number = f" #{one.number}" if one.number else ""
        say = output.note if output_format == "json" else output.line
        say(f"{would}{one.operation}{number}: {one.branch}: {one.why}")
        if dry_run and one.proposal is not None:
            say(f"\n{title(one.proposal.entry)}\n\n{body(one.proposal, root)}")

    return tell


def _tell_action(done: list[Done]) -> None:
    """Results for the next steps of a workflow, where there is one."""
    place = os.environ.get("GITHUB_OUTPUT")
    if not place:
        return
    last = next((one for one in reversed(done) if one.operation != "none"), None)
    rows = {
        "operation": last.operation if last else "none",
        "pull-request-number": str(last.number) if last and last.number else "",
        "pull-request-url": last.url if last else "",
        "branch": last.branch if last else "",
    }
    with open(place, "a", encoding="utf-8") as stream:
        stream.writelines(f"{name}={value}\n" for name, value in rows.items())

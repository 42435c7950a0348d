"""Options and arguments that several verbs share."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from vecassist.errors import UserError

if TYPE_CHECKING:
    from vecassist.profile.weights import Weights

Command = TypeVar("Command", bound=Callable[..., object])

# The prover's own list is not imported for this: it would slow every start down. A test compares the two.
ASSUMPTIONS = ("sequential", "fp-contract", "errno-unobserved", "timing")
ALLOWED = "vecassist.allowed"


class DashDashCommand(click.Command):
    """A command whose arguments after `--` are compiler flags, kept apart in `ctx.meta["cflags"]`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if "--" in args:
            at = args.index("--")
            ctx.meta["cflags"] = tuple(args[at + 1 :])
            args = args[:at]
        return super().parse_args(ctx, args)


def cflags(ctx: click.Context) -> tuple[str, ...] | None:
    """What stood after `--`; None where there was none."""
    return ctx.meta.get("cflags")


def output_format(*formats: str) -> Callable[[Command], Command]:
    """`--output-format` with these choices; the first is the default, the environment may name another."""
    return click.option(
        "--output-format",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        envvar="VECASSIST_OUTPUT_FORMAT",
        help="How to print the result.",
    )


def clang(command: Command) -> Command:
    """`--clang`: the clang that lowers C for the prover."""
    return click.option(
        "--clang",
        "clang_path",
        metavar="PATH",
        help="The clang (17 to 22) that lowers C for the prover. Default: VECASSIST_CLANG, the best found.",
    )(command)


def proposer(command: Command) -> Command:
    """`--proposer`: rules, a model, or both."""
    return click.option(
        "--proposer",
        type=click.Choice(["auto", "rules", "llm"]),
        default=None,
        help="Who offers rewrites; auto (default): rules, then a model where one is configured.",
    )(command)


def min_speedup(command: Command) -> Command:
    """`--min-speedup`: the gain below which a rewrite is not taken."""
    return click.option(
        "--min-speedup", type=click.FloatRange(1.0), default=None, help="The least gain. Default: 1.05."
    )(command)


def timeout(seconds: float) -> Callable[[Command], Command]:
    """`--timeout`: wall time for one proof."""
    return click.option(
        "--timeout",
        type=click.FloatRange(0.1),
        default=seconds,
        show_default=True,
        help="Seconds for one proof.",
    )


_GRANT = "Grant an assumption: sequential (no other thread looks at this file's globals), fp-contract, errno-unobserved"


def _allow(command: Command) -> Command:
    """`--allow timing`: an assumption by another name, since it grants something rather than says it."""
    return click.option(
        "--allow",
        type=click.Choice(["timing"]),
        multiple=True,
        expose_value=False,
        is_eager=True,
        callback=_remember,
        help="Take rewrites whose branches or addresses depend on the contents of arrays where the original's do not.",
    )(command)


def _remember(ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> None:
    ctx.meta[ALLOWED] = values


def _granted(ctx: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    return (*values, *(name for name in ctx.meta.get(ALLOWED, ()) if name not in values))


def assume(command: Command) -> Command:
    """`--assume`, repeatable, for any number of functions; `--allow timing` adds to it."""
    return click.option(
        "--assume",
        "assume",
        multiple=True,
        metavar="NAME",
        callback=_assumptions,
        help=f"{_GRANT}, timing (as --allow timing). Repeatable.",
    )(command)


def assume_of_one(command: Command) -> Command:
    """`--assume`, repeatable, where one function is named whose arguments an assumption may speak of, and `--allow`."""
    return click.option(
        "--assume",
        "assume",
        multiple=True,
        metavar="ASSUMPTION",
        callback=_granted,
        help=f"{_GRANT}, noalias(a,b), or a C condition on the arguments such as 'n % 8 == 0'. Repeatable.",
    )(_allow(command))


def _assumptions(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        if value not in ASSUMPTIONS:
            form = value.startswith("noalias") or any(mark in value for mark in "<>=!%&|(")
            why = "noalias and C conditions speak of one function; use `verify`" if form else "unknown name"
            raise click.BadParameter(f"{value!r}: {why}; choose from {', '.join(ASSUMPTIONS)}")
    return _granted(ctx, parameter, values)


def jobs(command: Command) -> Command:
    """`-j`: how many loops are worked on at a time."""
    return click.option(
        "-j",
        "--jobs",
        type=click.IntRange(1, 256),
        default=max(1, len(os.sched_getaffinity(0))),
        show_default="processors",
        envvar="VECASSIST_JOBS",
        help="Loops to work on at a time.",
    )(command)


def heat(command: Command) -> Command:
    """Which loops count: `--profile`, `--hot`, `--min-heat`."""
    decorators = (
        click.option(
            "--profile",
            "profiles",
            multiple=True,
            metavar="FILE",
            help="Measured heat: gcov JSON, llvm-cov export, perf script, perf report or callgrind. Repeatable.",
        ),
        click.option(
            "--hot",
            type=click.IntRange(1),
            default=None,
            metavar="N",
            help="Only the N loops with most to win: heat times expected gain, without a profile an estimate.",
        ),
        click.option(
            "--min-heat",
            type=click.FloatRange(0, 100),
            default=0.0,
            metavar="PERCENT",
            help="Only loops with at least this share of the profile.",
        ),
    )
    for decorate in reversed(decorators):
        command = decorate(command)
    return command


def measured(profiles: Sequence[str], min_heat: float) -> tuple[Weights, ...]:
    """The profiles, read. Raises UserError where one is not there, or a share is asked for without any."""
    if min_heat and not profiles:
        raise UserError("--min-heat needs a profile: pass one with --profile, or choose with --hot N")
    for name in profiles:
        if not Path(name).is_file():
            raise UserError(f"{name}: no such profile; `vecassist profile -- CMD` makes one")
    if not profiles:
        return ()
    from vecassist.profile.read import read

    return tuple(read(Path(name)) for name in profiles)


def selection(command: Command) -> Command:
    """What to work on and how: `-p`, `--compiler`, `-j`, `--quiet`, `--verbose`."""
    decorators = (
        click.option("-p", "build", metavar="BUILD", help="Folder with compile_commands.json."),
        click.option(
            "--compiler",
            metavar="NAME",
            help="For files that no compile database covers. Default: VECASSIST_COMPILER, CC, gcc.",
        ),
        click.option("-q", "--quiet", is_flag=True, help="No notes and no progress."),
        click.option("-v", "--verbose", is_flag=True, help="A line for each step on stderr."),
    )
    for decorate in reversed(decorators):
        command = decorate(command)
    return jobs(command)


def compiler(given: str | None) -> str | None:
    """The compiler that the user chose: by option, environment or configuration; None where nothing says."""
    from vecassist.config import load

    # A repository is not asked: it may not say which programs are run.
    return load(None, options={"compiler": given}).compiler


def folder(build: str | None) -> Path | None:
    """The argument of `-p`. Raises UserError where it is not there."""
    if build is None:
        return None
    if not Path(build).exists():
        raise UserError(f"{build}: no such folder; name the one that holds compile_commands.json")
    return Path(build)


def writable(name: str) -> Path:
    """A file to write at the end of a run. Raises UserError now where that cannot work."""
    path = Path(name)
    if path.is_dir():
        raise UserError(f"{name}: is a folder; name a file")
    if not path.absolute().parent.is_dir():
        raise UserError(f"{name}: its folder does not exist; make it first")
    if not os.access(path if path.exists() else path.absolute().parent, os.W_OK):
        raise UserError(f"{name}: cannot be written; check its permissions")
    return path


def paths(values: Sequence[str]) -> tuple[Path, ...]:
    """Path arguments as paths. Raises UserError for an empty one."""
    if any(not value for value in values):
        raise UserError("an empty path was given; name a file or a folder")
    return tuple(Path(value) for value in values)

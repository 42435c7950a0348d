"""Options and arguments that several verbs share."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from vecassist.errors import UserError

Command = TypeVar("Command", bound=Callable[..., object])

PASS_FLAGS = {"ignore_unknown_options": False, "allow_interspersed_args": True}


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


def assume(command: Command) -> Command:
    """`--assume`, repeatable."""
    return click.option(
        "--assume",
        "assume",
        multiple=True,
        metavar="NAME",
        help="Grant an assumption: sequential, fp-contract, errno-unobserved, noalias(a,b), a C condition.",
    )(command)


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


def paths(values: Sequence[str]) -> tuple[Path, ...]:
    """Path arguments as paths. Raises UserError for an empty one."""
    if any(not value for value in values):
        raise UserError("an empty path was given; name a file or a folder")
    return tuple(Path(value) for value in values)

"""The `vecassist` command: verbs are imported when they are called, so that `--version` and `--help` are
quick."""

from __future__ import annotations

import errno
import importlib
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import click

from vecassist.cli import output
from vecassist.errors import UserError

VERBS = {
    "scan": "List the loops of C files and what compilers say about each.",
    "optimize": "Propose, prove and measure rewrites; print, patch or apply what is proved and faster.",
    "report": "Make HTML pages of a run: sources, machine code, proofs, timings.",
    "verify": "Prove or refute that two versions of a function do the same.",
    "profile": "Run a program once under the best profiler present, for --profile.",
    "explain": "Explain a built-in rule: an example, and when it pays.",
    "bench": "Measure the whole line on a suite of loops: TSVC_2, or the project's own kernels.",
    "audit": "Check the accepted rewrites stored under .vecassist/.",
    "revert": "Restore the original text of a region that was changed in place.",
    "hook": "Check or apply accepted rewrites of files at a commit: offline and quick.",
    "guard": "Fail where an accepted rewrite is not proved or not vectorized any more: for CI.",
    "bot": "Keep draft pull requests open, one a loop, with the proof and the measurements.",
    "cc": "Run a compiler with accepted rewrites: the prefix for builds.",
    "stats": "Show what the compile path did, and why it left commands alone.",
    "init": "Set up a repository: settings, hook, workflow; build the launcher for builds.",
    "mcp": "Serve the gate to coding agents over the Model Context Protocol.",
    "doctor": "Show which compilers and libraries are used, and why.",
}

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

EXIT_ERROR = 2
EXIT_INTERRUPTED = 130
EXIT_UNREAD = 141
"""As of a program that SIGPIPE ends: the reader of stdout had enough, which is no error of the run."""


class VerbGroup(click.Group):
    """A group whose commands live in modules of the same name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"vecassist.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        with _unread():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> object:
        with _unread():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@contextmanager
def _unread() -> Generator[None]:
    # Left to click, a broken pipe would end with 1, which says that there are findings.
    try:
        yield
    except BrokenPipeError:
        output.abandon()
        raise click.exceptions.Exit(EXIT_UNREAD) from None


def _show_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from vecassist.versions import own_version

    output.line(f"vecassist {own_version()}")
    ctx.exit(0)


@click.group(
    cls=VerbGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version.",
)
@click.pass_context
def root(ctx: click.Context) -> None:
    """Rewrites C loops so that compilers vectorize them, and hands on only what is proved and faster.

    Exit codes: 0 nothing left to do, 1 findings or changes, 2 usage, configuration or internal error.
    `verify` exits with 0 proved, 1 refuted, 3 unknown or unsupported, 2 error.
    """
    if ctx.invoked_subcommand is None:
        raise click.UsageError(f"no command; choose from {', '.join(VERBS)}", ctx)


def run(arguments: list[str] | None = None) -> None:
    """Run the command line and exit; expected errors become one line on stderr and exit code 2."""
    sys.exit(exit_code(lambda: root.main(args=arguments, prog_name="vecassist", standalone_mode=False)))


def exit_code(call: Callable[[], object]) -> int:
    """The exit code of a command; every expected error is reported here and nowhere else."""
    try:
        result = call()
    except click.exceptions.Exit as request:
        return request.exit_code
    except click.ClickException as error:
        output.usage_error(error)
        return EXIT_ERROR
    except (KeyboardInterrupt, click.Abort):
        output.error("interrupted")
        return EXIT_INTERRUPTED
    except UserError as error:
        output.error(str(error))
        return EXIT_ERROR
    except OSError as error:
        if error.errno not in _FULL:
            raise
        where = f"{error.filename}: " if error.filename else ""
        output.error(
            f"{where}no space left on a disk; make room, or name another folder in TMPDIR, and run again"
        )
        return EXIT_ERROR
    except Exception as error:
        if not _is_compiler_error(error):
            raise
        output.error(str(error))
        return EXIT_ERROR
    return result if isinstance(result, int) else 0


def _is_compiler_error(error: Exception) -> bool:
    # compiler.errors is imported by whoever raised it; importing it here would slow every start down.
    module = sys.modules.get("compiler.errors")
    return module is not None and isinstance(error, module.CompilerError)

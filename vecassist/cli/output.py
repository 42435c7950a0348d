"""The only place that prints. Results go to stdout, everything about the run to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import click


def line(text: str = "") -> None:
    """One line of a result, on stdout."""
    print(text, flush=True)


def note(text: str) -> None:
    """One line about the run, on stderr."""
    print(text, file=sys.stderr, flush=True)


def error(text: str) -> None:
    """An error that a user can act on: one line on stderr."""
    note(f"vecassist: error: {' '.join(text.split())}")


def usage_error(problem: click.ClickException) -> None:
    """An error in the command line itself: one line, with the place of the help."""
    context = getattr(problem, "ctx", None)
    where = f"; see `{context.command_path} --help`" if isinstance(context, click.Context) else ""
    error(f"{problem.format_message().rstrip('.')}{where}")


def raw(data: bytes) -> None:
    """Bytes of a result, untouched: a diff in the encoding of its files."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def json_object(value: Mapping[str, object]) -> None:
    """One JSON object on stdout."""
    print(json.dumps(value, indent=2), flush=True)


def abandon() -> None:
    """The reader of stdout is gone: keep Python from complaining about it at exit."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - lives until the interpreter ends


def table(header: Sequence[str], rows: Iterable[Sequence[str]], last: bool = True) -> None:
    """A plain table on stdout; columns are as wide as their contents, `last` keeps the last one unpadded."""
    body = [list(header), *(list(row) for row in rows)]
    widths = [max(len(row[column]) for row in body) for column in range(len(header))]
    if last:
        widths[-1] = 0
    for row in body:
        line("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


class Progress(Protocol):
    """What a long run tells while it goes on."""

    def total(self, count: int) -> None: ...

    def step(self, text: str, done: int) -> None: ...

    def close(self) -> None: ...


class _Silent:
    def total(self, count: int) -> None:
        del count

    def step(self, text: str, done: int) -> None:
        del text, done

    def close(self) -> None:
        return


class _Bar:
    """A progress bar on a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        console = Console(stderr=True)
        columns = (
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
        )
        self._progress = RichProgress(*columns, console=console, transient=True)
        self._task = self._progress.add_task("", total=None)
        self._progress.start()

    def total(self, count: int) -> None:
        self._progress.update(self._task, total=count)

    def step(self, text: str, done: int) -> None:
        self._progress.update(self._task, description=text, completed=done)

    def close(self) -> None:
        self._progress.stop()


def progress(quiet: bool) -> Progress:
    """A bar where stderr is a terminal, else nothing."""
    return _Bar() if sys.stderr.isatty() and not quiet else _Silent()

"""The only place that prints. Results go to stdout, everything about the run to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

import click

if TYPE_CHECKING:
    from vecassist.events import Event


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


def count(number: int, noun: str) -> str:
    """A number with its noun: "1 loop", "2 loops"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


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
    """What a long run tells while it goes on; a context manager."""

    def show(self, event: Event) -> None:
        """One event of the run; may be called from any thread."""
        ...

    def __enter__(self) -> Progress: ...

    def __exit__(self, *exception: object) -> None: ...


def _standing(event: Event) -> str:
    return f"  ({event.tally})" if event.tally else ""


class _Silent:
    def show(self, event: Event) -> None:
        del event

    def __enter__(self) -> _Silent:
        return self

    def __exit__(self, *exception: object) -> None:
        del exception


class _Log:
    """One line on stderr for each step, for people without a terminal and for logs."""

    def show(self, event: Event) -> None:
        place = f"{event.file.name}:{event.line} {event.function}" if event.line else event.file.name
        note(f"[{event.done}/{event.total}] {place}: {event.kind} {event.text}".rstrip() + _standing(event))

    def __enter__(self) -> _Log:
        return self

    def __exit__(self, *exception: object) -> None:
        del exception


class _Bar:
    """A progress bar on a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as RichProgress

        columns = (
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
        )
        self._progress = RichProgress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task("", total=None)

    def show(self, event: Event) -> None:
        place = f"{event.file.name}:{event.line} {event.function}" if event.line else event.file.name
        text = f"{place}  {event.text or event.kind}{_standing(event)}"
        self._progress.update(self._task, total=event.total, completed=event.done, description=text)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *exception: object) -> None:
        del exception
        self._progress.stop()


def progress(quiet: bool, verbose: bool = False) -> Progress:
    """A bar where stderr is a terminal, lines where they are asked for, else nothing."""
    if verbose:
        return _Log()
    return _Bar() if sys.stderr.isatty() and not quiet else _Silent()

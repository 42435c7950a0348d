"""`vecassist bench SUITE`: the whole line over a suite of loops, with a table, CSV and a chart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecassist.cli import model_options, options, output
from vecassist.errors import UserError

if TYPE_CHECKING:
    from vecassist.bench.rows import Row
    from vecassist.bench.tsvc import Bench


@click.group(name="bench")
def command() -> None:
    """Measure the whole line on a suite of loops."""


@command.command(name="tsvc")
@click.option(
    "--tsvc-dir", required=True, metavar="DIR", help="TSVC_2: the folder with tsvc.c, or the one above."
)
@click.option("--only", metavar="NAMES", help="Work on these functions alone, separated by commas.")
@click.option("-o", "--output", "out", metavar="DIR", help="Write tsvc.csv, tsvc.svg and tsvc.patch there.")
@click.option("--resume", is_flag=True, help="Go on with what DIR/tsvc.jsonl holds.")
@options.jobs
@click.option("-q", "--quiet", is_flag=True, help="No notes and no progress.")
@click.option("-v", "--verbose", is_flag=True, help="A line for each step on stderr.")
@click.option("--proposer", type=click.Choice(["auto", "rules", "llm"]), help="Who proposes rewrites.")
@click.option("--recorded", metavar="PATH", help="Model replies from a recording.")
@model_options.model
@options.timeout(60.0)
@options.clang
@click.pass_context
def tsvc(
    ctx: click.Context,
    tsvc_dir: str,
    only: str | None,
    out: str | None,
    jobs: int,
    quiet: bool,
    verbose: bool,
    proposer: str | None,
    recorded: str | None,
    resume: bool,
    timeout: float,
    clang_path: str | None,
) -> int:
    """The 151 functions of TSVC_2 at -O3 -march=native -ffp-contract=off, with gcc and clang.

    A function is hard where neither compiler's machine code works on whole vectors in any of its loops. The suite
    runs in one thread, so `sequential` is granted. The patched program's arrays are compared with the original's
    bit by bit. Exit code 1 where they differ, else 0. With -o, what is found is written to DIR/tsvc.jsonl as it is
    found; --resume leaves out the functions that it has, except that a model that was not asked yet is asked now about
    those that the rules left.
    """
    from vecassist.bench.tsvc import bench, sources
    from vecassist.compilers import lowering
    from vecassist.config import load
    from vecassist.evidence import Gauge
    from vecassist.pipeline import Settings, tools
    from vecassist.proposing import proposers as offered
    from vecassist.proposing import threads
    from vecassist.store.machine import machine_record
    from vecassist.survey import compilers_in_use
    from vecassist.worker import WorkerLimits, WorkerPool

    folder = sources(Path(tsvc_dir))
    target = _target(out)
    if resume and target is None:
        raise UserError("--resume goes on with what --output DIR holds; give that too")
    given = {"proposer": proposer, "clang": clang_path}
    config = load(folder, options={**given, **model_options.asked(ctx)})
    asked = offered(config, folder, None if recorded is None else Path(recorded), output.note)
    compilers = compilers_in_use()
    settings = Settings(("sequential",), config.min_speedup - 1)
    names = frozenset(name.strip() for name in (only or "").split(",") if name.strip())
    journal = None if target is None else target / "tsvc.jsonl"
    if journal is not None and not resume:
        journal.unlink(missing_ok=True)
    many = threads(asked, config, jobs)
    with WorkerPool(jobs, WorkerLimits(seconds=timeout)) as pool, output.progress(quiet, verbose) as progress:
        line = tools(lowering(config.clang), pool, Gauge(compilers, pool), machine_record(), jobs)
        named = dict(zip(_names(config.proposer), asked, strict=False))
        done = bench(folder, names, named, settings, line, compilers, many, progress.show, journal)
    _table(done.rows, done.compilers)
    _sums(done)
    if target is not None:
        _write(done, folder, target)
    return 1 if any(names for _, names in done.compared.values()) else 0


def _names(proposer: str) -> tuple[str, ...]:
    """What the proposers are called, in order."""
    return ("model",) if proposer == "llm" else ("rules", "model")


def _target(out: str | None) -> Path | None:
    if out is None:
        return None
    target = Path(out)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{out}: cannot be written: {error.strerror}") from None
    return target


def _table(rows: Sequence[Row], compilers: Sequence[str]) -> None:
    from vecassist.bench.rows import cells

    table = [cells(row, compilers) for row in rows]
    if table:
        output.table(list(table[0]), [list(row.values()) for row in table])


def _sums(done: Bench) -> None:
    from vecassist.bench.rows import totals
    from vecassist.cli.summary import model_line

    sums = totals(done.rows)
    output.line()
    output.line(
        f"{sums.hard} of {sums.functions} functions are hard: neither {' nor '.join(done.compilers)} works on whole "
        f"vectors in any of their loops at -O3 -march=native -ffp-contract=off"
    )
    output.line(f"of these, {sums.silent} are in no compiler's own report of vectorized loops either")
    output.line(f"strict semantics permits unlocking {sums.permitted} of the {sums.hard}")
    each = ", ".join(f"{ratio:.2f} with {name}" for name, ratio in sums.per_compiler.items())
    output.line(
        f"unlocked: {sums.unlocked} ({sums.unlocked_silent} of the {sums.silent}), geomean {each or '-'}; "
        f"least {sums.least:.2f}; slower with a compiler: {', '.join(sums.slower) or 'none'}"
    )
    for name, (number, names) in done.compared.items():
        output.line(
            f"{name}: {number} functions run in both programs, {len(names)} differ in any bit{_listed(names)}"
        )
    accepted = sum(one.status == "accepted" for row in done.rows for one in row.outcomes)
    output.line(model_line(done.tokens, done.cost_usd, accepted))


def _listed(names: Sequence[str]) -> str:
    return f": {', '.join(names)}" if names else ""


def _write(done: Bench, folder: Path, target: Path) -> None:
    from vecassist.bench.chart import bars
    from vecassist.bench.rows import as_csv, speedups
    from vecassist.deliver.diff import unified
    from vecassist.deliver.edits import FileChange
    from vecassist.deliver.write import write_all

    gains = [(row.function, speedups(row.taken)) for row in done.rows if row.hard and row.taken is not None]
    gains.sort(key=lambda item: -max(item[1].values(), default=0.0))
    path = (folder / "tsvc.c").resolve()
    change = FileChange(path, path.read_bytes(), done.patched)
    write_all(
        {
            target / "tsvc.csv": as_csv(done.rows, done.compilers).encode(),
            target / "tsvc.svg": bars("TSVC_2, hard functions: time before / time after", gains).encode(),
            target / "tsvc.patch": unified([change], path.parent),
        }
    )

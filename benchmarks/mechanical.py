"""`make bench-mechanical DIR=PATH`: how many loops of real C code are proved after a mechanical rewrite.

Every loop that the scanner finds below the given paths is unrolled by two at source level (`unroll.py`), which is
right by construction, and given to the prover: the region alone first, then inside its whole function. A table
goes to standard error, one JSON object to `--out`, the misses by reason to `--misses`. Compiler flags stand after `--`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.unroll import Unrolled, unroll
from compiler.errors import CompilerError
from compiler.toolchain import find_lowering_clang, resolve
from vecassist.errors import UserError
from vecassist.model import Site
from vecassist.problems import Place, problem
from vecassist.proving import prove
from vecassist.scan.region import Lost, parse_region
from vecassist.scan.sites import scan_unit
from vecassist.splice import Refused, outline
from vecassist.units import Request, select
from vecassist.worker import WorkerLimits, WorkerPool
from verify.problem import Limits
from verify.verdict import Proved, Refuted, Unknown, Verdict

EXAMPLES = 3
LIMITS = Limits(runs=40)
"""The rewrites are right by construction, so a short search for counterexamples does."""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one loop. where: file:line; unit: "region" or "function"; alone: the verdict on the region
    alone where the function was tried too; source: the C line that the reason points at; text: the loop."""

    where: str
    function: str
    form: str
    innermost: bool
    verdict: str
    code: str
    reason: str
    source: str
    unit: str
    alone: str
    text: str
    seconds: float


def main() -> int:
    """Exit code 1 where a loop is refuted (the unroller or the prover is wrong), 2 on bad input, else 0."""
    ours, flags = _divided(sys.argv[1:])
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mechanical", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--timeout", type=float, default=30.0, metavar="SECONDS", help="for one proof")
    parser.add_argument(
        "--only", action="append", default=[], metavar="TEXT", help="places that contain TEXT"
    )
    parser.add_argument("-j", "--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="write the JSON here")
    parser.add_argument("--misses", type=Path, metavar="FILE", help="write the misses by reason here")
    options = parser.parse_args(ours)
    try:
        sites = list(_sites(options.paths, flags))
    except UserError as error:
        parser.error(str(error))
    sites = [
        site
        for site in sites
        if not options.only or any(text in _place(site, site.line) for text in options.only)
    ]
    with (
        WorkerPool(options.jobs, WorkerLimits(seconds=options.timeout)) as pool,
        ThreadPoolExecutor(options.jobs) as jobs,
    ):
        rows = [row for rows in jobs.map(lambda site: list(judge(site, pool)), sites) for row in rows]
    sys.stderr.write(table(rows, len(sites)))
    if options.misses is not None:
        options.misses.parent.mkdir(parents=True, exist_ok=True)
        options.misses.write_text(misses(rows), "utf-8")
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", "utf-8")
    return 1 if any(row.verdict == "refuted" for row in rows) else 0


def _divided(arguments: Sequence[str]) -> tuple[list[str], tuple[str, ...] | None]:
    if "--" not in arguments:
        return list(arguments), None
    at = list(arguments).index("--")
    return list(arguments[:at]), tuple(arguments[at + 1 :])


def _sites(paths: Sequence[Path], flags: tuple[str, ...] | None) -> Iterator[Site]:
    for unit in select(Request(tuple(paths), None, flags, None)).units:
        yield from scan_unit(unit).sites


def _place(site: Site, line: int) -> str:
    return f"{site.file.parent.name}/{site.file.name}:{line}"


def judge(site: Site, pool: WorkerPool) -> Iterator[Row]:
    """The verdict on each loop of a site."""
    try:
        region = parse_region(site)
    except Lost as error:
        yield Row(
            _place(site, site.line),
            site.function,
            "",
            True,
            "skipped",
            "lost",
            str(error),
            "",
            "",
            "",
            "",
            0.0,
        )
        return
    for one in unroll(region):
        started = time.perf_counter()
        if one.refusal:
            verdict, unit, alone, source = ("skipped", "not-unrolled", one.refusal), "", "", ""
        else:
            verdict, unit, alone, source = _verdict(site, one, pool)
        yield Row(
            _place(site, one.line), site.function, one.form, one.innermost, *verdict,
            source, unit, alone, one.loop, round(time.perf_counter() - started, 2),
        )  # fmt: skip


def _verdict(site: Site, one: Unrolled, pool: WorkerPool) -> tuple[tuple[str, str, str], str, str, str]:
    alone = ""
    told = ("skipped", "not-unrolled", "")
    source = unit = ""
    for whole in (False, True):
        try:
            outlined = outline(site, one.text, whole=whole)
            place = Place(
                site.unit.path,
                site.unit.directory,
                site.unit.args,
                find_lowering_clang(),
                resolve(site.unit.compiler),
            )
            built = problem(
                place,
                outlined.before,
                outlined.after,
                outlined.function,
                ("sequential", "fp-contract", "timing"),
            )
        except (Refused, Lost, CompilerError) as error:
            told, unit = ("skipped", "not-lowered", str(error)), unit or "region"
            if not whole:
                continue
            break
        verdict = prove(pool, built, place.lowering, LIMITS).verdict
        if whole and alone and isinstance(verdict, Unknown):
            # What is said of the region alone is closer to the loop.
            alone = f"function: {verdict.code}"
            break
        told, source = _told(verdict), _line(verdict, outlined.after)
        unit = "function" if outlined.widened else "region"
        if outlined.widened or isinstance(verdict, Proved):
            break
        alone = told[1]
    return told, unit, alone, source


def _told(verdict: Verdict) -> tuple[str, str, str]:
    match verdict:
        case Proved():
            return "proved", verdict.strategy, ""
        case Refuted():
            return "refuted", "counterexample", f"{verdict.reason} with {dict(verdict.counterexample.inputs)}"
        case Unknown():
            return "unknown", verdict.code, verdict.reason


def _line(verdict: Verdict, text: str) -> str:
    """The line of the text that a reason points at, as its `#line` directives number them."""
    if not isinstance(verdict, Unknown) or verdict.loc is None:
        return ""
    number = 1
    for line in text.splitlines():
        if line.startswith("#line "):
            number = int(line.split()[1])
            continue
        if number == verdict.loc.line:
            return line.strip()
        number += 1
    return ""


def table(rows: Sequence[Row], sites: int) -> str:
    """The shares and the reasons as text."""
    lines = [f"{sites} nests, {len(rows)} loops"]
    for name, group in (("all loops", rows), ("innermost", [row for row in rows if row.innermost])):
        proved = sum(row.verdict == "proved" for row in group)
        tried = [row for row in group if row.verdict != "skipped"]
        share = f"{100 * proved / len(group):.0f} %" if group else "-"
        lines.append(f"{name:12}{proved:4} of {len(group)} proved ({share}; {len(tried)} could be rewritten)")
    counts = _by_code(rows)
    lines += [f"  {code:24}{len(group):4}  {group[0].where}" for code, group in counts]
    return "\n".join(lines) + "\n"


def _by_code(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row.verdict != "proved":
            groups[row.code].append(row)
    return sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))


def misses(rows: Sequence[Row]) -> str:
    """The misses by reason code and reason, with a few loops each, as Markdown."""
    lines = [table(rows, len({row.where for row in rows}))]
    for code, group in _by_code(rows):
        lines.append(f"\n## {code}: {len(group)}\n")
        reasons: dict[str, list[Row]] = defaultdict(list)
        for row in group:
            reasons[row.reason].append(row)
        for reason, same in sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0])):
            places = ", ".join(f"{row.where}{' (' + row.alone + ')' if row.alone else ''}" for row in same)
            lines.append(f"- {len(same)} x {reason}: {places}")
            for row in same[:1]:
                if row.source:
                    lines.append(f"  at `{row.source}`")
        for row in sorted(group, key=lambda one: len(one.text))[:EXAMPLES]:
            lines.append(f"\n{row.where} in {row.function} ({row.form}, {row.unit}, {row.seconds} s)")
            lines.append(f"```c\n{row.text[:1200]}\n```")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())

"""`vecassist verify BEFORE.c AFTER.c --function F [-- CFLAGS...]`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecassist.cli import options, output
from vecassist.errors import UserError

if TYPE_CHECKING:
    from vecassist.assumptions import Assumptions
    from vecassist.problems import Place
    from vecassist.worker import WorkerPool
    from verify.verdict import Counterexample, Verdict

EXIT_CODES = {"proved": 0, "refuted": 1, "unknown": 3}


@click.command(cls=options.DashDashCommand, name="verify")
@click.argument("before")
@click.argument("after")
@click.option("-f", "--function", "function", required=True, help="The function to compare.")
@click.option(
    "--compiler",
    default=None,
    metavar="NAME",
    help="The compiler that builds the result. Default: VECASSIST_COMPILER, gcc.",
)
@click.option(
    "--timeout", type=click.FloatRange(0.1), default=60.0, show_default=True, help="Seconds for the proof."
)
@click.option(
    "--emit-witness",
    "witness",
    default=None,
    metavar="FILE.c",
    help="Write a refutation as a C program that shows the difference.",
)
@options.assume_of_one
@options.clang
@options.output_format("text", "json")
@click.pass_context
def command(
    ctx: click.Context,
    before: str,
    after: str,
    function: str,
    compiler: str | None,
    timeout: float,
    witness: str | None,
    assume: tuple[str, ...],
    clang_path: str | None,
    output_format: str,
) -> int:
    """Prove or refute that FUNCTION does the same in AFTER as in BEFORE, for all inputs.

    Compiler flags follow after --. Exit codes: 0 proved, 1 refuted, 3 unknown or unsupported, 2 error.
    """
    from vecassist.compilers import check_flags
    from vecassist.proving import MODULES
    from vecassist.worker import WorkerLimits, WorkerPool

    start = time.monotonic()
    if not function.strip():
        raise UserError("--function is empty; name the function to compare")
    check_flags(options.cflags(ctx))
    texts = _read(before), _read(after)
    target = None if witness is None else options.writable(witness)
    with WorkerPool(1, WorkerLimits(seconds=timeout), MODULES) as pool:
        pool.warm()
        place = _place(Path(before), compiler, clang_path, options.cflags(ctx) or ())
        granted = _assumptions(assume, place, texts[0], function)
        verdict, versions = _verdict(pool, place, texts, Path(after).absolute(), function, granted)
    body = verdict_json(verdict, time.monotonic() - start, versions)
    if target is not None:
        body["witness"] = _emit(target, place, Path(after).absolute(), texts, function, verdict)
    if output_format == "json":
        output.json_object(body)
    else:
        _print(verdict, body, function)
    return EXIT_CODES[str(body["verdict"])]


def _read(name: str) -> str:
    path = Path(name)
    if path.is_dir():
        raise UserError(f"{name}: is a folder; name a C file")
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise UserError(f"{name}: no such file; check the spelling") from error
    except OSError as error:
        raise UserError(f"{name}: cannot be read: {(error.strerror or str(error)).lower()}") from error
    if path.suffix != ".c":
        raise UserError(f"{name}: not a file named *.c; only C sources can be verified")
    return data.decode("latin-1")


def _place(before: Path, compiler: str | None, clang_path: str | None, flags: tuple[str, ...]) -> Place:
    from vecassist.compilers import lowering, named
    from vecassist.problems import Place

    clang, chosen = lowering(clang_path), options.compiler(compiler)
    try:
        user = named(chosen or "gcc")
    except UserError:
        if chosen is not None:
            raise
        user = clang
    return Place(before.absolute(), Path.cwd(), flags, clang, user)


def _assumptions(values: tuple[str, ...], place: Place, before: str, function: str) -> Assumptions:
    from vecassist.assumptions import read

    return read(values, place, place.name, before, function)


def _verdict(
    pool: WorkerPool, place: Place, texts: tuple[str, str], after: Path, function: str, granted: Assumptions
) -> tuple[Verdict, Mapping[str, str]]:
    from compiler.errors import CompileFailed
    from vecassist.compilers import does_not_compile
    from vecassist.problems import problem
    from vecassist.proving import prove
    from vecassist.signatures import check_signatures

    try:
        built = problem(
            place, *texts, function, granted.names, after_name=after, conditions=granted.conditions
        )
    except CompileFailed as error:
        raise does_not_compile(error) from error
    check_signatures(built, place.name, after)
    proof = prove(pool, built, place.lowering)
    return proof.verdict, proof.versions


def _emit(
    target: Path, place: Place, after: Path, texts: tuple[str, str], function: str, verdict: Verdict
) -> str | None:
    """Writes the witness of a refutation; where it stands, None where there is none."""
    from compiler.errors import CompilerError
    from vecassist.witness.program import NoWitness, program
    from verify.verdict import Refuted

    if not isinstance(verdict, Refuted):
        return None
    try:
        text = program(place, (place.name, after), texts, function, verdict)
    except (NoWitness, CompilerError) as error:
        output.note(f"no witness: {error}")
        return None
    target.write_text(text, "latin-1")
    return str(target)


def verdict_json(verdict: Verdict, seconds: float, versions: Mapping[str, str]) -> dict[str, object]:
    """The object that `verify --output-format json` prints."""
    from vecassist.proving import counterexample
    from verify.verdict import Proved, Refuted, Unknown

    body: dict[str, object] = {
        "verdict": "unknown",
        "scope": None,
        "strategy": None,
        "seconds": round(seconds, 3),
        "assumptions": [],
        "reason": "",
        "reason_code": "",
        "line": None,
        "help": None,
        "counterexample": None,
        "versions": dict(versions),
    }
    match verdict:
        case Proved():
            body |= {"verdict": "proved", "scope": "unbounded", "strategy": verdict.strategy}
            body |= {"assumptions": list(verdict.assumptions)}
        case Refuted():
            body |= {"verdict": "refuted", "reason": verdict.reason, "reason_code": "counterexample"}
            body |= {"counterexample": counterexample(verdict.counterexample)}
        case Unknown():
            body |= {"reason": unknown_reason(verdict), "reason_code": verdict.code}
            body |= {"line": verdict.loc.line if verdict.loc else None, "help": help_of(verdict.code)}
    return body


def help_of(code: str) -> str | None:
    """What would help where a verdict is unknown for this reason."""
    from verify.reasons import explain

    row = explain(code)
    return row.help if row is not None else None


def unknown_reason(verdict: object) -> str:
    """Why a verdict is unknown, in one line: place, reason, and the option that would help."""
    from verify.verdict import Unknown

    assert isinstance(verdict, Unknown)
    place = f"line {verdict.loc.line}: " if verdict.loc is not None else ""
    option = f"; pass --assume {verdict.needs}" if verdict.needs and not verdict.needs.startswith("-") else ""
    option = option or (f"; pass {verdict.needs}" if verdict.needs else "")
    return f"{place}{' '.join(verdict.reason.split())}{option}"


def _print(verdict: Verdict, body: Mapping[str, object], function: str) -> None:
    from verify.verdict import Proved, Refuted

    seconds = f"{body['seconds']} s"
    match verdict:
        case Proved():
            output.line(f"proved: {function} does the same for all inputs ({verdict.strategy}, {seconds})")
            for name in verdict.assumptions:
                output.line(f"  assuming: {name}")
        case Refuted():
            output.line(f"refuted: {function} differs: {' '.join(verdict.reason.split())} ({seconds})")
            for line in counterexample_lines(verdict.counterexample):
                output.line(f"  {line}")
        case _:
            output.line(f"unknown [{body['reason_code']}]: {body['reason']} ({seconds})")
            if body["help"]:
                output.line(f"  what would help: {body['help']}")


def counterexample_lines(found: Counterexample) -> list[str]:
    """A counterexample for people: the inputs, then what each version did."""
    rows = [f"with {name} = {value}" for name, value in found.inputs.items()]
    for side, values in (("before", found.before), ("after", found.after)):
        rows += [f"{side}: {name} = {value}" for name, value in values.items()]
    return rows

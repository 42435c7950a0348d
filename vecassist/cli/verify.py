"""`vecassist verify BEFORE.c AFTER.c --function F [-- CFLAGS...]`, or two revisions of a file."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vecassist.cli import options, output
from vecassist.errors import UserError

if TYPE_CHECKING:
    from vecassist.assumptions import Assumptions
    from vecassist.cli.pairs import Pair
    from vecassist.problems import Place
    from vecassist.worker import WorkerPool
    from verify.verdict import Counterexample, Verdict

_WANTED = ("verify.check", "verify.lockstep.proof", "verify.flow.proof")
"""What the process of the proof loads before it is asked."""
EXIT_CODES = {"proved": 0, "refuted": 1, "unknown": 3}


@click.command(cls=options.DashDashCommand, name="verify")
@click.argument("before")
@click.argument("after", required=False)
@click.option("-f", "--function", "function", default=None, help="The function to compare.")
@click.option(
    "--compiler",
    default=None,
    metavar="NAME",
    help="The compiler that builds the result. Default: VECASSIST_COMPILER, gcc.",
)
@click.option(
    "--timeout", type=click.FloatRange(0.1), default=25.0, show_default=True, help="Seconds for the verdict."
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
    after: str | None,
    function: str | None,
    compiler: str | None,
    timeout: float,
    witness: str | None,
    assume: tuple[str, ...],
    clang_path: str | None,
    output_format: str,
) -> int:
    """Prove or refute that FUNCTION does the same in AFTER as in BEFORE, for all inputs.

    \b
    vecassist verify BEFORE.c AFTER.c -f FUNCTION [-- FLAGS...]
    vecassist verify HEAD~1 -- FILE.c:FUNCTION [FLAGS...]      against the working tree
    vecassist verify REV1..REV2 -- FILE.c:FUNCTION [FLAGS...]

    One of the two files may be -, for stdin. Exit codes: 0 proved, 1 refuted, 3 unknown or unsupported, 2 error.
    """
    from vecassist.worker import WorkerLimits, WorkerPool

    start = time.monotonic()
    pair = _pair(before, after, function, options.cflags(ctx) or ())
    with WorkerPool(1, WorkerLimits(seconds=timeout), _WANTED) as pool:
        # It loads the prover while this process loads its own modules and compiles.
        pool.warm()
        place = place_of(pair, compiler, clang_path)
        for text in pair.notes:
            output.note(text)
        target = None if witness is None else options.writable(witness)
        granted = granted_to(pair, assume, place)
        verdict, versions = decide(pool, place, pair, granted)
    body = verdict_json(verdict, time.monotonic() - start, versions)
    if target is not None:
        body["witness"] = _emit(target, place, pair, verdict)
    if output_format == "json":
        output.json_object(body)
    else:
        _print(verdict, body, pair.function)
    return EXIT_CODES[str(body["verdict"])]


def _pair(before: str, after: str | None, function: str | None, words: tuple[str, ...]) -> Pair:
    from vecassist.cli.pairs import of_files, of_revisions

    if function is not None and not function.strip():
        raise UserError("--function is empty; name the function to compare")
    if after is None:
        if Path(before).suffix == ".c" or before == "-":
            raise UserError(f"{before}: name the other version too, or a revision of git in its place")
        return of_revisions(before, words, function)
    if function is None:
        raise UserError("--function is missing; name the function to compare")
    return of_files(before, after, function, words)


def place_of(pair: Pair, compiler: str | None, clang_path: str | None) -> Place:
    """Where and how a pair is compiled. Raises UserError where a compiler is missing or a flag is not known."""
    from vecassist.compilers import check_flags, lowering, named

    check_flags(pair.flags)
    chosen = options.compiler(compiler) or pair.compiler
    with _ahead(lambda: lowering(clang_path), lambda: named(chosen or "gcc")):
        from vecassist.problems import Place

    clang = lowering(clang_path)
    try:
        user = named(chosen or "gcc")
    except UserError:
        if chosen is not None:
            raise
        user = clang
    return Place(pair.before, pair.directory, pair.flags, clang, user)


@contextlib.contextmanager
def _ahead(*questions: Callable[[], object]) -> Generator[None]:
    """Asks compilers what is remembered of them while this process loads modules; what fails will fail again."""

    def ask(question: Callable[[], object]) -> None:
        with contextlib.suppress(Exception):
            question()

    threads = [threading.Thread(target=ask, args=(question,)) for question in questions]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join()


def granted_to(pair: Pair, values: tuple[str, ...], place: Place) -> Assumptions:
    """What `--assume` grants, checked against the function, and `timing`: the question is what both versions compute.
    A proof names it where it matters."""
    from vecassist.assumptions import read

    return read((*values, "timing"), place, place.name, pair.texts[0], pair.function)


def decide(
    pool: WorkerPool, place: Place, pair: Pair, granted: Assumptions
) -> tuple[Verdict, Mapping[str, str]]:
    """The prover's verdict on a pair, and the tools behind it. Raises UserError for what does not compile."""
    from compiler.errors import CompileFailed
    from vecassist.compilers import does_not_compile
    from vecassist.problems import problem
    from vecassist.proving import comparable, prove

    try:
        built = problem(
            place,
            *pair.texts,
            pair.function,
            granted.names,
            after_name=pair.after,
            conditions=granted.conditions,
        )
    except CompileFailed as error:
        raise does_not_compile(error) from error
    if (why := comparable(pool, built, place.name, pair.after)) is not None:
        raise UserError(why)
    proof = prove(pool, built, place.lowering)
    return proof.verdict, proof.versions


def _emit(target: Path, place: Place, pair: Pair, verdict: Verdict) -> str | None:
    """Writes the witness of a refutation; where it stands, None where there is none."""
    from compiler.errors import CompilerError
    from vecassist.witness.program import NoWitness, program
    from verify.verdict import Refuted

    if not isinstance(verdict, Refuted):
        return None
    try:
        text = program(place, (place.name, pair.after), pair.texts, pair.function, verdict)
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

"""Solvers on a script of tests, and a proof's certificate with the tests that they agreed to.

isl finds, Z3 agrees; cvc5 (an extra) shares no code with either. Only the expected answer counts.
"""

from __future__ import annotations

import base64
import hashlib
import lzma
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from verify.verdict import Proved, Unknown

if TYPE_CHECKING:
    from verify.flow.decisions import Decision

SOLVERS = ("z3", "cvc5")
RESOURCES = 2_000_000
"""Z3's limit for one test."""
MOST_BYTES = 64 << 20
"""Of a script that a certificate holds: what it comes from may be hostile."""


class NoSolver(Exception):
    """A solver that is not installed."""


def answers(script: str, solver: str = "z3") -> tuple[str, ...]:
    """What a solver answers to each `check-sat` of a script. Raises NoSolver."""
    return _z3(script) if solver == "z3" else _cvc5(script)


def _z3(script: str) -> tuple[str, ...]:
    import z3

    # A context of its own: what the prover asked before must not bear on an answer.
    context = z3.Context()
    text = f"(set-option :rlimit {RESOURCES})\n{script}"
    return tuple(z3.Z3_eval_smtlib2_string(context.ref(), text).split())  # pyright: ignore[reportPrivateUsage]


def _cvc5(script: str) -> tuple[str, ...]:
    try:
        cvc5: Any = import_module("cvc5")
    except ImportError as error:
        raise NoSolver("cvc5 is not installed: pip install 'vecassist[cvc5]'") from error
    terms = cvc5.TermManager()
    solver, symbols = cvc5.Solver(terms), cvc5.SymbolManager(terms)
    solver.setOption("incremental", "true")
    solver.setOption("rlimit-per", str(RESOURCES))
    parser = cvc5.InputParser(solver, symbols)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "tests")
    said: list[str] = []
    while not (command := parser.nextCommand()).isNull():
        said += str(command.invoke(solver, symbols)).split()
    return tuple(said)


def expected(script: str) -> tuple[str, ...]:
    """The answers that a script says it should get."""
    return tuple(line[2:] for line in script.splitlines() if line in ("; unsat", "; sat"))


def differing(script: str, solver: str = "z3") -> tuple[int, int]:
    """How many tests a solver denies, and how many it does not decide. Raises NoSolver."""
    wanted, given = expected(script), answers(script, solver)
    if len(wanted) != len(given) or script.count("(check-sat)") != len(wanted):
        return len(wanted) or 1, 0
    denied = sum(one != other for one, other in zip(wanted, given, strict=True) if other in ("sat", "unsat"))
    return denied, sum(one not in ("sat", "unsat") for one in given)


def certified(verdict: Proved, decisions: Sequence[Decision]) -> Proved | Unknown:
    """The proof with its tests, where Z3 agrees with every answer of isl that a proof can rest on."""
    import islpy as isl

    from verify.flow.decisions import Decision
    from verify.flow.smt import queries, script

    # That something is not empty only adds to what is to be proved, except for the inputs as a whole.
    inputs = Decision("is_empty", isl.Set(str(verdict.certificate["inputs"])), None, False)
    text = script(queries([inputs, *(one for one in decisions if one.answer)]))
    denied, open_ = differing(text)
    if denied:
        return Unknown("solver-disagrees", f"isl and Z3 disagree on {denied} of the proof's integer sets")
    if open_:
        return Unknown("solver-undecided", f"Z3 does not decide {open_} of the proof's integer sets")
    return replace(verdict, certificate={**verdict.certificate, "tests": packed(text)})


def packed(script: str) -> dict[str, object]:
    """A script as it stands in a certificate."""
    data = script.encode()
    return {
        "count": script.count("(check-sat)"),
        "sha256": hashlib.sha256(data).hexdigest(),
        "xz": base64.b64encode(lzma.compress(data, preset=6)).decode(),
    }


def unpacked(tests: object) -> str:
    """The script of a certificate. Raises ValueError where it is not what its hash says."""
    if not isinstance(tests, Mapping):
        raise ValueError("it holds no tests")
    body = cast("Mapping[str, object]", tests)
    try:
        reader = lzma.LZMADecompressor(memlimit=256 << 20)
        data = reader.decompress(base64.b64decode(str(body.get("xz")), validate=True), MOST_BYTES)
        text = data.decode("ascii")
    except (ValueError, lzma.LZMAError, EOFError) as error:
        raise ValueError("its tests cannot be read") from error
    if not reader.eof or hashlib.sha256(data).hexdigest() != body.get("sha256"):
        raise ValueError("its tests are not those that its hash names")
    if not body.get("count") or text.count("(check-sat)") != body.get("count"):
        raise ValueError("the number of its tests is wrong")
    return text

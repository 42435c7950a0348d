"""`python -m verify before.ll after.ll --function f`: the prover on two IR files.

The files are what `clang -O1 -Xclang -disable-llvm-passes -fno-discard-value-names -S -emit-llvm` makes of the two
versions: lifetimes and types are described, and no pass has removed what a proof looks at."""

from __future__ import annotations

import argparse
import json
import pathlib
import re
import sys

from verify.check import Report, check
from verify.problem import Problem, Semantics, Side
from verify.reasons import explain
from verify.verdict import Proved, Refuted, Unknown


def main() -> int:
    """Exit codes: 0 proved, 1 refuted, 3 unknown or unsupported, 2 bad input."""
    parser = argparse.ArgumentParser(prog="python -m verify", description=__doc__)
    parser.add_argument("before", type=pathlib.Path)
    parser.add_argument("after", type=pathlib.Path)
    parser.add_argument("--function", required=True)
    parser.add_argument("--assume", action="append", default=[], metavar="ASSUMPTION")
    parser.add_argument("--output-format", choices=("text", "json"), default="text")
    options = parser.parse_args()
    try:
        before, after = _side(options.before), _side(options.after)
        report = check(Problem(before, after, options.function, tuple(options.assume), Semantics()))
    except OSError as error:
        sys.stderr.write(f"verify: {error.filename}: {error.strerror}\n")
        return 2
    except (ValueError, KeyError, RuntimeError) as error:
        text = str(error.args[0]) if isinstance(error, KeyError) else str(error)
        sys.stderr.write(f"verify: {text.splitlines()[0] if text else type(error).__name__}\n")
        return 2
    sys.stdout.write(
        (json.dumps(as_json(report), indent=2) if options.output_format == "json" else as_text(report)) + "\n"
    )
    return {Proved: 0, Refuted: 1, Unknown: 3}[type(report.verdict)]


def _side(path: pathlib.Path) -> Side:
    text = path.read_text()
    if not re.search(r"(?m)^define ", text):
        raise ValueError(f"{path} holds no function in LLVM IR; make it with clang -S -emit-llvm")
    return Side(text)


def as_json(report: Report) -> dict[str, object]:
    """The verdict as one JSON object."""
    verdict = report.verdict
    row = explain(verdict.code) if isinstance(verdict, Unknown) else None
    result: dict[str, object] = {
        "verdict": type(verdict).__name__.lower(),
        "scope": "unbounded" if isinstance(verdict, Proved) else None,
        "strategy": verdict.strategy if isinstance(verdict, Proved) else None,
        "seconds": round(report.seconds, 3),
        "assumptions": list(verdict.assumptions) if isinstance(verdict, Proved) else [],
        "reason": None if isinstance(verdict, Proved) else verdict.reason,
        "reason_code": verdict.code if isinstance(verdict, Unknown) else None,
        "line": verdict.loc.line if isinstance(verdict, Unknown) and verdict.loc is not None else None,
        "help": row.help if row is not None else None,
        "counterexample": None,
        "versions": dict(report.versions),
    }
    if isinstance(verdict, Refuted):
        example = verdict.counterexample
        result["counterexample"] = {
            "inputs": dict(example.inputs),
            "before": dict(example.before),
            "after": dict(example.after),
            "replayed": example.replayed,
        }
    return result


def as_text(report: Report) -> str:
    """The verdict in a few lines for people."""
    verdict = report.verdict
    match verdict:
        case Proved():
            under = f", assuming {', '.join(verdict.assumptions)}" if verdict.assumptions else ""
            return f"proved for all inputs and trip counts ({verdict.strategy}{under})"
        case Refuted():
            lines = [f"refuted: {verdict.reason}"]
            lines += [f"  {name} = {value}" for name, value in verdict.counterexample.inputs.items()]
            return "\n".join(lines)
        case Unknown():
            place = f" (line {verdict.loc.line})" if verdict.loc is not None else ""
            needs = f"; needs {verdict.needs}" if verdict.needs else ""
            text = f"unknown: {verdict.reason} [{verdict.code}]{place}{needs}"
            row = explain(verdict.code)
            return text if row is None else f"{text}\n  what would help: {row.help}"


if __name__ == "__main__":
    raise SystemExit(main())

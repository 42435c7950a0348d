"""`make mutate`: every right rewrite of the corpus is broken in many ways; what is still proved is run natively.

A mutant counts if its IR is neither that of the rewrite nor that of another mutant of it. A mutant that is proved and
then found to differ, or that is wrong by its text, is unsound: the campaign prints it and ends with code 1.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests")]

from campaigns.judging import Case, Judge, Outcome, cases  # noqa: E402
from campaigns.mutation import Mutant, mutants  # noqa: E402
from campaigns.operators_hostile import HOSTILE  # noqa: E402
from campaigns.operators_statements import STATEMENTS  # noqa: E402
from campaigns.operators_values import VALUES  # noqa: E402
from campaigns.sampling import in_turn  # noqa: E402

OPERATORS = VALUES + STATEMENTS + HOSTILE


@dataclass(frozen=True, slots=True)
class Result:
    """A mutant's fate. fate: "unchanged", "no-c", "unproved", "proved" and then what native runs said of it."""

    pair: str
    operator: str
    detail: str
    fate: str
    said: str = ""
    unsound: bool = False


def campaign(
    chosen: list[tuple[Case, Mutant]], judge: Judge, jobs: int, end: float = float("inf")
) -> Iterator[Result]:
    """The fates of the mutants, in their order; of those that come after the time `end` nothing."""

    def one(item: tuple[Case, Mutant]) -> Result | None:
        case, mutant = item
        if time.monotonic() > end:
            return None
        found = judge.verdict(case, mutant.text)
        fate, said, unsound = found.fate, found.said, False
        if found.fate == "proved":
            if mutant.wrong:
                unsound = True
            said, differs = judge.natively(case, mutant.text)
            unsound = unsound or differs
        return Result(case.name, mutant.operator, mutant.detail, fate, said, unsound)

    with ThreadPoolExecutor(jobs) as threads:
        yield from (result for result in threads.map(one, chosen) if result is not None)


def choose(found: tuple[Case, ...], count: int, seed: int) -> list[tuple[Case, Mutant]]:
    """`count` mutants of all cases, each operator in turn, the order fixed by the seed."""
    groups: dict[str, list[tuple[Case, Mutant]]] = {operator.name: [] for operator in OPERATORS}
    for case in found:
        for mutant in mutants(case.after, OPERATORS):
            groups[mutant.operator].append((case, mutant))
    return in_turn(list(groups.values()), count, seed)


def summary(results: list[Result], seed: int, inputs: int) -> dict[str, object]:
    """Counts, in all and by operator."""
    distinct = [r for r in results if r.fate in ("proved", "unproved")]
    proved = [r for r in results if r.fate == "proved"]
    by_operator = {
        operator.name: {
            "mutants": sum(r.operator == operator.name for r in distinct),
            "proved": sum(r.operator == operator.name for r in proved),
        }
        for operator in OPERATORS
    }
    return {
        "seed": seed,
        "inputs": inputs,
        "operators": len(OPERATORS),
        "tried": len(results),
        "no C": sum(r.fate == "no-c" for r in results),
        "same IR": sum(r.fate == "unchanged" for r in results),
        "mutants": len(distinct),
        "proved": len(proved),
        "proved and the same natively": sum(r.said == "agrees" for r in proved),
        "proved and not runnable": sum(r.said.startswith("not run") for r in proved),
        "unsound": [asdict(r) for r in results if r.unsound],
        "not runnable": dict(Counter(r.said[:100] for r in proved if r.said.startswith("not run"))),
        "by operator": by_operator,
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="campaigns/mutate.py", description=__doc__)
    parser.add_argument("--count", type=int, default=12_000, help="mutants to try (some have the same IR)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inputs", type=int, default=10_000, help="for each native comparison")
    parser.add_argument("--seconds", type=float, default=10.0, help="for one proof")
    parser.add_argument(
        "--only", action="append", default=[], metavar="TEXT", help="pairs whose name contains TEXT"
    )
    parser.add_argument("--operator", action="append", default=[], metavar="NAME")
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="stop after so long, with a summary"
    )
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="write the summary here as JSON")
    options = parser.parse_args()
    found = tuple(c for c in cases() if not options.only or any(text in c.name for text in options.only))
    chosen = choose(found, options.count if not options.operator else 10**9, options.seed)
    if options.operator:
        chosen = [(c, m) for c, m in chosen if m.operator in options.operator][: options.count]
    results: list[Result] = []
    end = time.monotonic() + 60 * options.minutes
    with Judge(options.jobs, options.seconds, options.inputs, options.seed) as judge:
        for number, result in enumerate(campaign(chosen, judge, options.jobs, end), 1):
            results.append(result)
            if result.unsound:
                sys.stderr.write(f"UNSOUND {result.pair} {result.operator}: {result.detail}: {result.said}\n")
            if number % 100 == 0:
                fates = Counter(r.fate for r in results)
                sys.stderr.write(f"{number} of {len(chosen)}: {dict(fates)}\n")
    text = json.dumps(summary(results, options.seed, options.inputs), indent=1) + "\n"
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text)
        details = options.out.with_suffix(".jsonl")
        details.write_text("".join(json.dumps(asdict(r)) + "\n" for r in results))
    else:
        sys.stdout.write(text)
    return 1 if any(r.unsound for r in results) else 0


__all__ = ["Outcome", "choose", "main", "summary"]

if __name__ == "__main__":
    raise SystemExit(main())

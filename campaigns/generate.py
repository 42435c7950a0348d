"""`make fuzz-loops`: random loop nests, each transformed at random: legal ones must be proved, illegal ones must not.

What is proved although it is illegal is run natively; where a difference is seen the prover is unsound (code 1), else
the pair is listed as illegal by the condition alone. Legal ones that are not proved are what the prover cannot do yet;
they are counted, and each is run natively too where --check-legal is given, so that the conditions are tested.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY)]

from campaigns.judging import Case, Judge  # noqa: E402
from campaigns.loops import function, nest, plain  # noqa: E402
from campaigns.transformations import TRANSFORMATIONS  # noqa: E402

FLAGS = ("-ffp-contract=off",)


@dataclass(frozen=True, slots=True)
class Pair:
    """A random pair; number and seed make it again."""

    number: int
    transformation: str
    legal: bool
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Result:
    """A pair's fate; said: why it is not proved, or what native runs say."""

    number: int
    transformation: str
    legal: bool
    fate: str
    said: str
    unsound: bool = False


def pairs(count: int, seed: int) -> Iterator[Pair]:
    """`count` pairs, the same for the same seed; every transformation has its turn where it applies."""
    names = list(TRANSFORMATIONS)
    made, number = 0, 0
    while made < count:
        rng = random.Random(f"{seed}.{number}")
        number += 1
        original = nest(rng)
        name = rng.choice(names)
        found = TRANSFORMATIONS[name](original, rng)
        if found is None:
            continue
        body, legal = found
        before, after = function(original, plain(original)), function(original, body)
        if before != after:
            made += 1
            yield Pair(number - 1, name, legal, before, after)


def judged(pair: Pair, judge: Judge, check_legal: bool) -> Result:
    """One pair's fate."""
    place = REPOSITORY / f"f{pair.number}.c"
    case = Case(str(pair.number), "f", pair.before, pair.after, place, FLAGS)
    found = judge.decided(case)
    fate, said, unsound = found.fate, found.said, False
    if fate == "proved" and not pair.legal:
        said, unsound = judge.natively(case, pair.after)
    elif check_legal and pair.legal:
        native, differs = judge.natively(case, pair.after)
        if differs:
            fate, said, unsound = "not legal", native, fate == "proved"
    return Result(pair.number, pair.transformation, pair.legal, fate, said, unsound)


def summary(results: list[Result], seed: int) -> dict[str, object]:
    """Counts: completeness on legal transformations, soundness on illegal ones."""
    legal = [r for r in results if r.legal]
    proved = sum(r.fate == "proved" for r in legal)
    return {
        "seed": seed,
        "pairs": len(results),
        "legal": len(legal),
        "legal proved": proved,
        "legal proved percent": round(100 * proved / len(legal), 1) if legal else None,
        "illegal": len(results) - len(legal),
        "illegal proved": sum(r.fate == "proved" for r in results if not r.legal),
        "illegal proved, and the same natively": [
            asdict(r) for r in results if not r.legal and r.fate == "proved" and not r.unsound
        ],
        "unsound": [asdict(r) for r in results if r.unsound],
        "by transformation": {
            name: {
                "legal": sum(r.legal for r in results if r.transformation == name),
                "proved": sum(r.legal and r.fate == "proved" for r in results if r.transformation == name),
                "illegal": sum(not r.legal for r in results if r.transformation == name),
            }
            for name in TRANSFORMATIONS
        },
        "legal, not proved": dict(
            Counter(
                f"{r.transformation}: {r.said.partition(' (')[0]}" for r in legal if r.fate != "proved"
            ).most_common()
        ),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="campaigns/generate.py", description=__doc__)
    parser.add_argument("--count", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--inputs", type=int, default=2_000, help="for each native comparison")
    parser.add_argument("--seconds", type=float, default=10.0, help="for one proof")
    parser.add_argument("--check-legal", action="store_true", help="run legal pairs natively as well")
    parser.add_argument("--show", type=int, metavar="NUMBER", help="print one pair and stop")
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="write the summary here as JSON")
    options = parser.parse_args()
    if options.show is not None:
        pair = next(p for p in pairs(10**9, options.seed) if p.number >= options.show)
        sys.stdout.write(f"/* {pair.transformation}, legal: {pair.legal} */\n{pair.before}\n{pair.after}")
        return 0
    results: list[Result] = []
    with (
        Judge(options.jobs, options.seconds, options.inputs, options.seed) as judge,
        ThreadPoolExecutor(options.jobs) as threads,
    ):
        todo = pairs(options.count, options.seed)
        for result in threads.map(lambda pair: judged(pair, judge, options.check_legal), todo):
            results.append(result)
            if result.unsound or result.fate == "not legal":
                sys.stderr.write(f"{'UNSOUND' if result.unsound else 'NOT LEGAL'} {result}\n")
            if len(results) % 100 == 0:
                sys.stderr.write(f"{len(results)}: {dict(Counter((r.legal, r.fate) for r in results))}\n")
    text = json.dumps(summary(results, options.seed), indent=1) + "\n"
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text)
        details = options.out.with_suffix(".jsonl")
        details.write_text("".join(json.dumps(asdict(r)) + "\n" for r in results))
    else:
        sys.stdout.write(text)
    return 1 if any(r.unsound for r in results) else 0


if __name__ == "__main__":
    raise SystemExit(main())

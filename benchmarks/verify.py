"""`make bench-verify`: the prover's score on the rewrite pairs, through the real command.

Every pair of the corpus is judged by `vecassist verify` in a process of its own, so the times are those that a
caller waits. A refutation's witness is compiled with plain gcc and run. A table goes to standard error, one JSON object
to standard output or to `--out`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPOSITORY / "tests"))

from pairs_corpus import ROOT, UB, Pair, Score, as_dict, cases, grouped, percentile, summary, table  # noqa: E402

LEVELS = ("-O0", "-O2")
EXIT_CODES = {0: "proved", 1: "refuted", 3: "unknown"}


@dataclass(frozen=True, slots=True)
class Judged:
    """A score; witness: "confirmed" by gcc at every level, "seen" at some, "not seen", or "none"."""

    score: Score
    witness: str


def main() -> int:
    """Exit code 1 where a wrong rewrite was proved or a right one refuted, else 0."""
    parser = argparse.ArgumentParser(prog="benchmarks/verify.py", description=__doc__)
    parser.add_argument("--corpus", choices=("general", "ledger", "all"), default="all")
    parser.add_argument("--only", action="append", default=[], metavar="TEXT", help="names that contain TEXT")
    parser.add_argument("--timeout", type=float, default=25.0, metavar="SECONDS", help="for one verdict")
    parser.add_argument("-j", "--jobs", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    parser.add_argument("--corpus-folder", type=Path, metavar="DIR", help="another corpus in the same format")
    parser.add_argument("-o", "--out", type=Path, metavar="FILE", help="write the JSON here")
    options = parser.parse_args()

    roots = {"general": (ROOT,), "ledger": (UB,), "all": (ROOT, UB)}[options.corpus]
    roots = roots if options.corpus_folder is None else (options.corpus_folder.absolute(),)
    pairs = [pair for root in roots for case in cases(root) for pair in case.pairs]
    pairs = [pair for pair in pairs if not options.only or any(text in pair.name for text in options.only)]
    if not pairs:
        parser.error("no pair has such a name")
    started = time.perf_counter()
    with ThreadPoolExecutor(options.jobs) as threads:
        judged = list(threads.map(lambda pair: run(pair, options.timeout), pairs))
    scores = [one.score for one in judged]
    wrong = [one for one in judged if one.score.expected != "equivalent"]
    times = sorted(score.seconds for score in scores)
    measured = {
        "wrong": len(wrong),
        "wrong_with_confirmed_witness": sum(one.witness == "confirmed" for one in wrong),
        "witnesses": {one.score.pair: one.witness for one in wrong if one.witness != "confirmed"},
        "seconds_median": round(percentile(times, 0.5), 3),
        "seconds_p95": round(percentile(times, 0.95), 3),
        "seconds_worst": times[-1],
        "max_rss_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
    }
    unsound = [score.pair for score in scores if score.unsound]
    result = {
        "pairs": len(scores),
        "seconds": round(time.perf_counter() - started, 1),
        "jobs": options.jobs,
        "timeout": options.timeout,
        "machine": {"cpu": cpu(), "cores": os.cpu_count(), "python": platform.python_version()},
        "unsound": unsound,
        "broken": [score.pair for score in scores if score.broken],
        **measured,
        "groups": {name: summary(group) for name, group in grouped(scores).items()},
        "unknown": count_codes(scores),
        "scores": [as_dict(score) for score in scores],
    }
    text = json.dumps(result, indent=1, ensure_ascii=False) + "\n"
    sys.stderr.write(table(scores) + "\n")
    sys.stderr.write(
        f"witness confirmed by gcc {' and '.join(LEVELS)}: {measured['wrong_with_confirmed_witness']} of "
        f"{len(wrong)} wrong\n"
        f"wall time: median {measured['seconds_median']} s, 95th percentile {measured['seconds_p95']} s, worst "
        f"{measured['seconds_worst']} s; memory: {measured['max_rss_mib']} MiB\n"
    )
    for name in unsound:
        sys.stderr.write(f"unsound: {name}\n")
    if options.out is not None:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text, "utf-8")
    else:
        sys.stdout.write(text)
    return 1 if unsound else 0


def run(pair: Pair, timeout: float) -> Judged:
    """The verdict on one pair, and whether gcc confirms it where it is refuted."""
    with tempfile.TemporaryDirectory(prefix="witness-") as folder:
        score = verdict(pair, timeout, Path(folder) / "w.c")
        return Judged(score, confirmed(Path(folder)) if score.verdict == "refuted" else "none")


def confirmed(folder: Path) -> str:
    """What the witness in the folder says when plain gcc has compiled it."""
    if not (folder / "w.c").is_file():
        return "none"
    codes: list[int] = []
    for level in LEVELS:
        made = subprocess.run(
            ["gcc", "-w", level, "w.c", "-o", "w"], cwd=folder, capture_output=True, check=False
        )
        if made.returncode != 0:
            return "not compiled"
        codes.append(
            subprocess.run(["./w"], cwd=folder, capture_output=True, timeout=120, check=False).returncode
        )
    return "confirmed" if set(codes) == {1} else "seen" if 1 in codes else "not seen"


def verdict(pair: Pair, timeout: float, witness: Path) -> Score:
    """The command's verdict on one pair and its wall time. A failure of the command ends the benchmark."""
    command = [
        sys.executable, "-m", "vecassist", "verify", str(pair.before), str(pair.after), "--function", pair.function,
        "--assume", "sequential", "--allow", "timing",
        "--timeout", str(timeout), "--output-format", "json", "--emit-witness", str(witness),
        "--", *pair.cflags,
    ]  # fmt: skip
    started = time.perf_counter()
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - started
    if done.returncode not in EXIT_CODES:
        raise SystemExit(f"{pair.name}: exit code {done.returncode}: {done.stderr.strip()[-300:]}")
    body = json.loads(done.stdout)
    example = body.get("counterexample") or {}
    inputs = ", ".join(f"{name} = {value}" for name, value in example.get("inputs", {}).items())
    detail = body.get("reason") or ", ".join(body.get("assumptions") or ())
    return Score(
        pair=pair.name,
        expected=pair.expected,
        style=pair.style,
        ledger=pair.ledger,
        verdict=EXIT_CODES[done.returncode],
        code=body.get("reason_code") or body.get("strategy") or "",
        detail=": ".join(part for part in (detail, inputs) if part)[:300],
        seconds=round(seconds, 3),
    )


def count_codes(scores: list[Score]) -> dict[str, int]:
    """How often each reason code stands behind an unknown right rewrite, most frequent first."""
    counts: dict[str, int] = {}
    for score in scores:
        if score.verdict == "unknown" and score.expected == "equivalent":
            counts[score.code] = counts.get(score.code, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def cpu() -> str:
    """The processor's name, as far as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor())


if __name__ == "__main__":
    raise SystemExit(main())

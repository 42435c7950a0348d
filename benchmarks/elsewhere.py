"""Accepted rewrites proved for targets that this machine is not: python -m benchmarks.elsewhere ROOT [-o FILE.json]

ROOT holds `.vecassist/`. Rewrites that are plain C are proved for x86-64, i386 and AArch64 with the headers that the
package of clang brings; those with intrinsics or vector types are of one machine, and only counted.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from vecassist.bot.targets import TargetProof, prove_for
from vecassist.compilers import lowering
from vecassist.evidence import Gauge
from vecassist.model import Site, Unit
from vecassist.pipeline import Settings, tools
from vecassist.scan.sites import scan_text
from vecassist.store.entry import Entry, to_source
from vecassist.store.files import read_entries
from vecassist.worker import WorkerLimits, WorkerPool

TARGETS = ("x86_64-linux-gnu", "i386-linux-gnu", "aarch64-linux-gnu")
_OF_ONE_MACHINE = re.compile(r"\b_mm\d*_|\b__m\d+|\bvector_size\b|\bv[a-z]+q?_[fsu]\d+\b")


def site_of(entry: Entry, root: Path) -> Site | None:
    """The loop of an entry in the source as it is now."""
    command = entry.proofs[0].command
    unit = Unit(root / entry.file, (root / command.directory).resolve(), command.compiler, command.args)
    text = (root / entry.file).read_bytes().decode("latin-1")
    before = to_source(entry.before).decode("latin-1")
    sites = scan_text(unit, text).sites
    return next((one for one in sites if (one.function, one.text) == (entry.function, before)), None)


def prove(
    root: Path, seconds: float, targets: Sequence[str] = TARGETS
) -> Iterator[tuple[Entry, tuple[TargetProof, ...]]]:
    """Each plain entry of the store with its proofs."""
    with WorkerPool(1, WorkerLimits(seconds=seconds)) as pool:
        line = tools(lowering(None), pool, Gauge((), pool))
        for entry in read_entries(root):
            if _OF_ONE_MACHINE.search(entry.after):
                continue
            site = site_of(entry, root)
            if site is None:
                gone = TargetProof("", False, "the source no longer has the original")
                yield entry, (gone,)
                continue
            text, after = (root / entry.file).read_bytes(), to_source(entry.after).decode("latin-1")
            assume = tuple(name for proof in entry.proofs for name in proof.assumptions)
            settings = Settings(assume)
            yield entry, tuple(prove_for(target, site, text, after, settings, line) for target in targets)


def main(arguments: Sequence[str]) -> int:
    """The command; exit code 1 where a proof is missing."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.elsewhere", description=__doc__)
    parser.add_argument("root", type=Path)
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds for one proof")
    options = parser.parse_args(arguments)
    rows: list[dict[str, object]] = []
    missing = 0
    for entry, proofs in prove(options.root.resolve(), options.timeout):
        missing += sum(not one.proved for one in proofs)
        told = "; ".join(f"{one.target}: {'proved' if one.proved else one.reason}" for one in proofs)
        sys.stdout.write(f"{entry.file}:{entry.line} {entry.function}: {told}\n")
        sys.stdout.flush()
        verdicts = {one.target: "proved" if one.proved else one.reason for one in proofs}
        rows.append({"file": entry.file, "function": entry.function, "targets": verdicts})
    sys.stdout.write(f"{len(rows)} plain rewrites, {missing} proofs missing\n")
    if options.output is not None:
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`make fuzz-semantics`: one meaning, three executions. Random IR and random C loops are run by LLVM's JIT, by our
concrete semantics, and by the prover's rules (isl, Z3 encodings, unfoldings of reads and loops); all must agree.

Random C loops come as they are and transformed, legally or not: every text is a program of its own here. Inputs on
which the concrete semantics finds no undefined behaviour must also be among those that the prover takes S to be
defined on; a prover that thinks otherwise would prove anything about them.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY)]

from campaigns.evaluate import NotEvaluated, Wrong  # noqa: E402
from campaigns.executions import BYTES, Compiled, Input, Rules  # noqa: E402
from campaigns.generate import FLAGS, pairs  # noqa: E402
from campaigns.jit import concretely, natively, result_bytes  # noqa: E402
from campaigns.random_ir import Builder, agree, contents  # noqa: E402
from campaigns.straight import symbolic_differences  # noqa: E402
from compiler.lower import lower  # noqa: E402
from compiler.toolchain import find_lowering_clang  # noqa: E402
from verify.concrete.faults import Fault, Undetermined  # noqa: E402
from verify.flow.spaces import OutOfBudget  # noqa: E402
from verify.ir.types import FloatType, PtrType  # noqa: E402
from verify.verdict import NotProved, Unsupported  # noqa: E402

ARGUMENTS = ("i32", "i64", "i8", "i16")
INPUTS = 6
CELLS = 8


@dataclass
class Tally:
    """What was compared, why what was not, and the disagreements."""

    compared: Counter[str] = field(default_factory=Counter[str])
    skipped: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])


def straight_line(seed: int, tally: Tally) -> None:
    """One random function without branches."""
    rng = random.Random(f"straight {seed}")
    text = Builder(seed, ARGUMENTS).text()
    memory = contents(rng)
    values = [(kind, rng.choice((rng.randrange(-9, 10), rng.getrandbits(64)))) for kind in ARGUMENTS]
    values = [(kind, _signed(value, int(kind[1:]))) for kind, value in values]
    try:
        item = concretely(text, memory, arguments=values)
    except Fault:
        tally.skipped["undefined"] += 1
        return
    except Undetermined:
        tally.skipped["undetermined"] += 1
        return
    native = natively(text, memory, values)
    difference = agree(result_bytes(item), native, bytes(item.w[64 : 64 + len(native)]))
    tally.compared["straight-line: concrete and JIT"] += 1
    if difference is not None:
        tally.wrong.append(f"straight {seed}: {difference}")
    count, differences, why = symbolic_differences(text, memory, native, [value for _, value in values])
    tally.compared["straight-line values: rules and JIT"] += count
    tally.skipped.update(why)
    tally.wrong += [f"straight {seed}: {line}" for line in differences]


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def loops(count: int, seed: int, tally: Tally) -> None:
    """Random loop nests, each text that a transformation made included."""
    clang = find_lowering_clang()
    for pair in pairs(count, seed):
        for text in (pair.before, pair.after):
            ir = lower(clang, text, Path("f.c"), Path.cwd(), FLAGS)
            rng = random.Random(f"{seed}.{pair.number}.{text is pair.after}")
            one_loop(
                ir, f"loop {seed}.{pair.number} {'after' if text is pair.after else 'before'}", rng, tally
            )


def one_loop(ir: str, label: str, rng: random.Random, tally: Tally) -> None:
    """One text on several inputs."""
    compiled = Compiled(ir, "f")
    rules: Rules | None = None
    try:
        rules = Rules(ir, "f")
    except (NotProved, Unsupported, OutOfBudget) as error:
        tally.skipped[f"rules: {type(error).__name__} {error}"[:90]] += 1
    for _ in range(INPUTS):
        given = _input(compiled, rng)
        try:
            ours = compiled.concretely(given)
        except (Fault, Undetermined) as error:
            tally.skipped[f"loops: {type(error).__name__}"] += 1
            continue
        native = compiled.natively(given)
        tally.compared["loops: concrete and JIT"] += 1
        if not compiled.agree(ours, native):
            tally.wrong.append(f"{label}: concrete semantics and JIT differ on {given.scalars}")
        if rules is None:
            continue
        try:
            if not rules.allowed(given):
                tally.wrong.append(f"{label}: taken to be undefined on {given.scalars}")
                continue
            differences = rules.differences(given, native, rng, CELLS)
        except (NotEvaluated, RecursionError) as error:
            tally.skipped[f"evaluation: {error}"[:60]] += 1
            continue
        except Wrong as error:
            differences = [str(error)]
        tally.compared["loops: rules and JIT"] += 1
        tally.wrong += [f"{label} on {given.scalars} {given.places}: {line}" for line in differences]


def _input(compiled: Compiled, rng: random.Random) -> Input:
    pattern = rng.choice(("small", "floats", "random"))

    def image(size: int) -> bytes:
        return compiled.contents(size, pattern, rng)

    places, scalars = [], []
    room = iter(rng.sample((256, 640, 1024, 1408), 4))
    shared = 768
    for parameter in compiled.function.params:
        places.append(0)
        scalars.append(0)
        match parameter.type:
            case PtrType() if "noalias" in parameter.attributes:
                places[-1] = next(room)
            case PtrType():
                places[-1] = shared + 8 * rng.randrange(-6, 7)
            case FloatType():
                scalars[-1] = rng.choice((1.5, -2.0, 3.0, 0.0))
            case _ if parameter.name == "n":
                scalars[-1] = rng.choice((-(2**31), -3, 0, 1, 2, 3, 5, 8, 9, 12))
            case _:
                scalars[-1] = rng.randrange(0, 200)
    objects = {
        name: image(compiled.module.layout.size_of(variable.type))
        for name, variable in compiled.module.globals.items()
        if name.isidentifier()
    }
    return Input(image(BYTES), tuple(places), objects, tuple(scalars))


def main() -> int:
    parser = argparse.ArgumentParser(prog="campaigns/semantics.py", description=__doc__)
    parser.add_argument("--straight", type=int, default=5_000, help="random straight-line functions")
    parser.add_argument("--loops", type=int, default=1_000, help="random pairs of loop nests")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.setrecursionlimit(20_000)
    tally = Tally()
    for number in range(options.straight):
        straight_line(options.seed * 1_000_000 + number, tally)
    loops(options.loops, options.seed, tally)
    for title, counts in (("compared", tally.compared), ("not compared", tally.skipped)):
        sys.stdout.write(f"{title}:\n")
        for name, number in counts.most_common():
            sys.stdout.write(f"  {number:8} {name}\n")
    for line in tally.wrong[:50]:
        sys.stdout.write(f"WRONG {line}\n")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())

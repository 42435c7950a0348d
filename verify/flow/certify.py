"""What a proof leaves behind: the two functions by hash, the inputs it covers, its inductions and obligations."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from verify.certificate import FORMAT
from verify.flow.coinduct import Prover
from verify.flow.model import spoken
from verify.flow.pair import Pair
from verify.flow.terms import Term
from verify.ir.nodes import Block, Function
from verify.problem import Problem
from verify.rules import versions

_VECTOR = re.compile(r"<[0-9]+ x |@llvm\.x86\.")


def fingerprint(function: Function) -> str:
    """SHA-256 of a function's instructions, source positions and debug metadata left out."""
    blocks = tuple(
        Block(block.name, tuple(replace(instr, loc=None, metadata=()) for instr in block.instrs))
        for block in function.blocks
    )
    return hashlib.sha256(repr(replace(function, blocks=blocks, loc=None)).encode()).hexdigest()


def certificate(pair: Pair, prover: Prover, problem: Problem) -> dict[str, object]:
    """The proof in readable form: relations are isl's own notation, terms are named by kind and instruction."""
    s, t = pair.before.summary, pair.after.summary
    return {
        "format": FORMAT,
        "before": fingerprint(s.function),
        "after": fingerprint(t.function),
        "rules": versions(_rules(pair, prover, problem)),
        "inputs": str(pair.context),
        "objects": [spoken(s, name) for name in sorted(pair.before.finals)],
        "inductions": [
            {"before": described(a), "after": described(b), "relation": str(rel)}
            for rel, a, b in prover.closed
        ],
        "obligations": [
            {"before": described(a), "after": described(b), "relation": str(rel)}
            for rel, a, b in prover.claimed
        ],
    }


def _rules(pair: Pair, prover: Prover, problem: Problem) -> set[str]:
    """Names of the rules that the proof may rest on; too many rather than too few."""
    used = {"trees", "reductions"} & prover.used
    if prover.closed:
        used.add("induction")
    if any(_VECTOR.search(side.ir) for side in (problem.before, problem.after)):
        used.add("lanes")
    for summary in (pair.before.summary, pair.after.summary):
        if any(summary.domain(loop).data for loop in summary.cfg.loops.values()):
            used.add("searches")
        if any(name.startswith("final.") for name in summary.defs):
            used.add("worlds")
    return used


def described(term: Term, depth: int = 0) -> str:
    """A term in one line, cut below a few levels."""
    match term.kind:
        case "int" | "cond":
            return str(term.data[1])
        case "const":
            return f"{term.data[0]}:{term.data[1]}"
        case "arg" | "token":
            return str(term.data)
        case "load":
            instr = getattr(term.data, "instr", None)
            return f"load %{instr.result}" if instr is not None else "final contents"
        case "phi":
            return f"phi {term.data.name}"
        case _ if depth > 3:
            return "..."
        case _:
            name = term.data if term.kind == "op" else term.kind
            return f"{name}({', '.join(described(kid, depth + 1) for kid in term.kids)})"

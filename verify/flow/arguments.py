"""How integer arguments are read."""

from __future__ import annotations

from verify.ir.nodes import Function


def unsigned_parameters(before: Function, after: Function) -> frozenset[str]:
    """Integer arguments that the code mostly reads as unsigned; a choice of representative only."""
    score: dict[str, int] = {}
    for function in (before, after):
        index = {param.name: f"p{i}" for i, param in enumerate(function.params)}
        for block in function.blocks:
            for instr in block.instrs:
                sign = 0
                if instr.op in ("zext", "udiv", "urem", "lshr", "uitofp") or instr.predicate.startswith("u"):
                    sign = 1 if instr.op != "fcmp" else 0
                elif (
                    instr.op in ("sext", "sdiv", "srem", "ashr", "sitofp")
                    or "nsw" in instr.flags
                    or (instr.op == "icmp" and instr.predicate.startswith("s"))
                ):
                    sign = -1
                for operand in instr.operands:
                    name = index.get(getattr(operand, "name", ""))
                    if name is not None:
                        score[name] = score.get(name, 0) + sign
    return frozenset(name for name, value in score.items() if value > 0)

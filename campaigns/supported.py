"""What has a meaning in `verify`, found by trying: `python campaigns/supported.py > SUPPORTED.md`.

Each instruction, flag, predicate, intrinsic and library function of the tables is put into a function of one line,
with operands of each width, and given to the prover's rules and to the concrete semantics.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY)]

from verify.concrete import intrinsics, program  # noqa: E402
from verify.flow import calls  # noqa: E402
from verify.flow.graph import analyze  # noqa: E402
from verify.flow.proof import MEANING  # noqa: E402
from verify.flow.summary import Summary  # noqa: E402
from verify.ir.read import read  # noqa: E402
from verify.verdict import NotProved, Unsupported  # noqa: E402

LAYOUT = (
    'target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"'
)
_VECTOR = re.compile(r"(<\d+ x \w+>) %(\w+)")
INTEGERS = ("i8", "i16", "i32", "i64")
FLOATS = ("float", "double")
FLAGS = {"add": ("nsw", "nuw"), "sub": ("nsw", "nuw"), "mul": ("nsw", "nuw"), "shl": ("nsw", "nuw"),
         "sdiv": ("exact",), "udiv": ("exact",), "lshr": ("exact",), "ashr": ("exact",)}  # fmt: skip
BINARY = ("add", "sub", "mul", "sdiv", "udiv", "srem", "urem", "shl", "lshr", "ashr", "and", "or", "xor")
ICMP = ("eq", "ne", "slt", "sle", "sgt", "sge", "ult", "ule", "ugt", "uge")
FCMP = ("oeq", "ogt", "oge", "olt", "ole", "one", "ord", "uno", "ueq", "ugt", "uge", "ult", "ule", "une")


def function(result: str, line: str, parameters: str, declared: str = "") -> str:
    """A module whose function f computes the value of one instruction as %r. Vectors come from memory."""
    loaded = "".join(f"  %{name} = load {ty}, ptr %p.{name}\n" for ty, name in _VECTOR.findall(parameters))
    given = _VECTOR.sub(r"ptr %p.\2", parameters)
    head = f"{LAYOUT}\n{declared}\ndefine {result} @f({given}) {{\nentry:\n"
    return f"{head}{loaded}  %r = {line}\n  ret {result} %r\n}}\n"


def lines() -> Iterator[tuple[str, str, str]]:
    """Name, the width or types, and the module that uses it."""
    for op in BINARY:
        for ty in ("i1", *INTEGERS, "<4 x i32>") if op in ("and", "or", "xor") else (*INTEGERS, "<4 x i32>"):
            yield op, ty, function(ty, f"{op} {ty} %a, %b", f"{ty} %a, {ty} %b")
        for flag in FLAGS.get(op, ()):
            yield f"{op} {flag}", "i32", function("i32", f"{op} {flag} i32 %a, %b", "i32 %a, i32 %b")
    for ty in (*FLOATS, "<4 x float>"):
        for op in ("fadd", "fsub", "fmul", "fdiv", "frem"):
            yield op, ty, function(ty, f"{op} {ty} %a, %b", f"{ty} %a, {ty} %b")
        yield "fneg", ty, function(ty, f"fneg {ty} %a", f"{ty} %a")
    for predicate in ICMP:
        for ty in ("i1", *INTEGERS):
            yield (
                f"icmp {predicate}",
                ty,
                function("i1", f"icmp {predicate} {ty} %a, %b", f"{ty} %a, {ty} %b"),
            )
    for predicate in FCMP:
        for ty in FLOATS:
            yield (
                f"fcmp {predicate}",
                ty,
                function("i1", f"fcmp {predicate} {ty} %a, %b", f"{ty} %a, {ty} %b"),
            )
    for op, source, target in (
        *(("sext", a, b) for a in ("i1", *INTEGERS) for b in INTEGERS if int(a[1:]) < int(b[1:])),
        *(("zext", a, b) for a in ("i1", *INTEGERS) for b in INTEGERS if int(a[1:]) < int(b[1:])),
        *(("trunc", b, a) for a in ("i1", *INTEGERS) for b in INTEGERS if int(a[1:]) < int(b[1:])),
        *((op, a, b) for op in ("sitofp", "uitofp") for a in INTEGERS for b in FLOATS),
        *((op, b, a) for op in ("fptosi", "fptoui") for a in INTEGERS for b in FLOATS),
        ("fpext", "float", "double"), ("fptrunc", "double", "float"), ("bitcast", "i32", "float"),
        ("bitcast", "double", "i64"), ("bitcast", "<4 x i32>", "<8 x i16>"), ("bitcast", "i64", "<8 x i8>"),
    ):  # fmt: skip
        yield op, f"{source} to {target}", function(target, f"{op} {source} %a to {target}", f"{source} %a")
    for ty in (*INTEGERS, *FLOATS):
        yield "select", ty, function(ty, f"select i1 %c, {ty} %a, {ty} %b", f"i1 %c, {ty} %a, {ty} %b")
        yield "freeze", ty, function(ty, f"freeze {ty} %a", f"{ty} %a")
    yield from _calls()


def _calls() -> Iterator[tuple[str, str, str]]:
    integer = sorted({*intrinsics._INTEGER, *intrinsics._FLAGGED})
    for name in integer:
        for ty in INTEGERS:
            if "overflow" in name or (name == "bswap" and ty == "i8"):
                continue
            count = {"ctpop": 1, "bitreverse": 1, "bswap": 1, "fshl": 3, "fshr": 3}.get(name, 2)
            types = [ty, "i1"] if name in intrinsics._FLAGGED else [ty] * count
            values = ["%a0", "false"] if name in intrinsics._FLAGGED else [f"%a{i}" for i in range(count)]
            yield _call(f"llvm.{name}.{ty}", f"llvm.{name}", ty, types, values)
    pure = {name.removeprefix("llvm.") for name in calls.PURE if name.removeprefix("llvm.") not in integer}
    for name in sorted(pure | set(intrinsics._FLOAT)):
        for ty, suffix in (("float", "f32"), ("double", "f64")):
            two = ("copysign", "minnum", "maxnum", "minimum", "maximum", "minimumnum", "maximumnum")
            count = 3 if name in ("fma", "fmuladd") else 2 if name in two else 1
            yield _call(
                f"llvm.{name}.{suffix}", f"llvm.{name}", ty, [ty] * count, [f"%a{i}" for i in range(count)]
            )
    for name in sorted(calls.PURE_LIBRARY | calls.SETS_ERRNO):
        ty = {"abs": "i32", "labs": "i64"}.get(name, "float" if name.endswith("f") else "double")
        count = 2 if name.startswith(("fmax", "fmin", "copysign", "pow")) else 1
        yield _call(name, name, ty, [ty] * count, [f"%a{i}" for i in range(count)])


def _call(symbol: str, name: str, ty: str, types: list[str], values: list[str]) -> tuple[str, str, str]:
    given = ", ".join(f"{t} {v}" for t, v in zip(types, values, strict=True))
    parameters = ", ".join(f"{t} {v}" for t, v in zip(types, values, strict=True) if v.startswith("%"))
    declared = f"declare {ty} @{symbol}({', '.join(types)})"
    return name, ty, function(ty, f"call {ty} @{symbol}({given})", parameters, declared)


def has_rule(text: str) -> bool:
    """Whether the prover gives the instruction a term."""
    module = read(text)
    found = module.functions["f"]
    summary = Summary(module, found, analyze(found, module.metadata), "s", frozenset(), MEANING, set())
    try:
        summary.local("r")
    except NotProved as failure:
        # Library functions that may set errno have a rule under an assumption.
        return failure.code == "needs-assumption"
    except Unsupported:
        return False
    return True


def runs(text: str) -> bool:
    """Whether the concrete semantics can run it."""
    try:
        program.Program(read(text), {}, False).prepare("f")
    except Unsupported:
        return False
    return True


def page() -> str:
    """The list as Markdown."""
    rows: dict[tuple[str, bool, bool], list[str]] = {}
    for name, types, text in lines():
        rows.setdefault((name, has_rule(text), runs(text)), []).append(types)
    out = [
        "# What has a meaning",
        "",
        "Instructions, intrinsics and library functions on values: whether the prover has a rule, and whether the",
        "concrete semantics runs them. What is not listed, or has no rule, is refused. Memory accesses, vectors made",
        "and taken apart, and the AVX2 intrinsics have rules of their own (`verify/flow/addresses.py`, `lanes.py`,",
        "`x86.py`). Made by `python campaigns/supported.py > SUPPORTED.md`.",
        "",
        "| Name | On | Proved | Run |",
        "|---|---|---|---|",
    ]
    for (name, rule, run), types in rows.items():
        out.append(
            f"| `{name}` | {', '.join(types)} | {'yes' if rule else 'no'} | {'yes' if run else 'no'} |"
        )
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())

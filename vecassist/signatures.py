"""Whether two modules define one function with one signature: a question to settle before any proof."""

from __future__ import annotations

import contextlib
from pathlib import Path

from verify.ir.load import parsed
from verify.ir.nodes import Function, Module
from verify.ir.read import read
from verify.ir.types import FloatType, IntType, PtrType, StructType, Type, VectorType, VoidType
from verify.problem import Problem
from verify.verdict import Unsupported


def mismatch(problem: Problem, before: Path, after: Path) -> str | None:
    """Why the function cannot be compared, where it is missing on a side or takes or returns something else there;
    else None."""
    try:
        # Read as the proof reads them, so that nothing is read twice.
        sides = parsed(problem.before.ir, problem.function), parsed(problem.after.ir, problem.function)
        first, second = (_definition(module, problem.function) for module in sides)
    except Unsupported:
        # What the reader does not know is for the prover to name.
        return None
    if first is None or second is None:
        missing, other = (before, second) if first is None else (after, first)
        module = read(problem.before.ir if first is None else problem.after.ir)
        only = "; the other file defines it" if other is not None else " in either file"
        return (
            f"{missing}: no definition of function {problem.function}{only}; {_defined(module)}; "
            "check --function (a static function that nothing calls is not compiled)"
        )
    if _signature(first) != _signature(second):
        return (
            f"{after}: {problem.function} has another signature than in {before}: "
            f"{_spelled(second)} instead of {_spelled(first)}; give both the same parameters and result"
        )
    return None


def _definition(module: Module, name: str) -> Function | None:
    function = module.functions.get(name)
    return function if function is not None and function.blocks else None


def _defined(module: Module) -> str:
    names: list[str] = []
    for name in sorted(module.functions):
        # One that the reader does not understand is defined too.
        with contextlib.suppress(Unsupported):
            if not module.functions[name].blocks:
                continue
        names.append(name)
    if not names:
        return "it defines no function"
    return "it defines " + ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")


def _signature(function: Function) -> tuple[object, ...]:
    extensions = tuple(parameter.attributes & {"signext", "zeroext"} for parameter in function.params)
    return function.result, tuple(p.type for p in function.params), extensions, function.variadic


def _spelled(function: Function) -> str:
    inside = [_type(parameter.type) for parameter in function.params] + ["..."] * function.variadic
    return f"{_type(function.result)} ({', '.join(inside)})"


def _type(ty: Type) -> str:
    match ty:
        case VoidType():
            return "void"
        case IntType(bits):
            return f"i{bits}"
        case FloatType(name):
            return name
        case PtrType():
            return "ptr"
        case VectorType(count, elem):
            return f"<{count} x {_type(elem)}>"
        case StructType(_, _, name) if name:
            return f"struct {name.removeprefix('struct.')}"
        case _:
            return type(ty).__name__.removesuffix("Type").lower()

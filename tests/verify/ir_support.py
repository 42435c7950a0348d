"""Compiling C for the tests of verify.ir, and printing functions back to LLVM IR."""

from __future__ import annotations

import re
import struct
import subprocess
from collections import defaultdict
from functools import cache
from pathlib import Path

import ziglang
from llvmlite import binding

from verify.ir.cfg import dominates, dominators, predecessors
from verify.ir.nodes import (
    Block,
    ConstAggregate,
    ConstExpr,
    ConstFloat,
    ConstInt,
    ConstNull,
    ConstPoison,
    ConstUndef,
    Function,
    GlobalRef,
    Instr,
    Local,
    Module,
    Value,
)
from verify.ir.types import (
    ArrayType,
    FloatType,
    FunctionType,
    IntType,
    OtherType,
    PtrType,
    StructType,
    Type,
    VectorType,
    VoidType,
)

_ZIG = Path(ziglang.__file__).parent
LOWERING = (
    *("-O1", "-Xclang", "-disable-llvm-passes", "-fno-vectorize", "-fno-slp-vectorize", "-fno-unroll-loops"),
    *("-fno-discard-value-names", "-g", "-S", "-emit-llvm", "-w", "-std=gnu11"),
)


@cache
def lowered(source: str, *flags: str) -> str:
    """Unoptimized IR of C text, by the clang of the wheel."""
    run = subprocess.run(
        [
            str(_ZIG / "zig"),
            *("clang", "--target=x86_64-linux-gnu", "-isystem", str(_ZIG / "lib" / "include")),
            *LOWERING,
            *flags,
            *("-x", "c", "-", "-o", "-"),
        ],
        input=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def instrs(function: Function) -> list[Instr]:
    return [i for b in function.blocks for i in b.instrs]


def ops(function: Function) -> list[str]:
    return [i.op for i in instrs(function)]


def check_ssa(function: Function) -> None:
    """Assert that names are unique, that definitions dominate uses and that phis fit their predecessors."""
    idom = dominators(function)
    before = predecessors(function)
    place: dict[str, tuple[str, int] | None] = {p.name: None for p in function.params}
    for block in function.blocks:
        for at, instr in enumerate(block.instrs):
            if instr.result is not None:
                assert instr.result not in place
                place[instr.result] = (block.name, at)
    for block in function.blocks:
        if block.name not in idom:
            continue
        phis = [i.op == "phi" for i in block.instrs]
        assert phis == sorted(phis, reverse=True)
        for at, instr in enumerate(block.instrs):
            if instr.op == "phi":
                assert set(instr.labels) == set(before[block.name])
            for number, value in enumerate(instr.operands):
                home = place[value.name] if isinstance(value, Local) else None
                if home is None:
                    continue
                if instr.op == "phi":
                    assert dominates(idom, home[0], instr.labels[number])
                else:
                    assert home[1] < at if home[0] == block.name else dominates(idom, home[0], block.name)


def type_text(ty: Type) -> str:
    match ty:
        case VoidType():
            return "void"
        case IntType(bits):
            return f"i{bits}"
        case FloatType(name) | OtherType(name):
            return name
        case PtrType():
            return "ptr"
        case VectorType(count, elem):
            return f"<{count} x {type_text(elem)}>"
        case ArrayType(count, elem):
            return f"[{count} x {type_text(elem)}]"
        case StructType(_, _, str(name)):
            return f'%"{name}"'
        case StructType(fields, packed, _):
            inside = "{ " + ", ".join(map(type_text, fields or ())) + " }"
            return f"<{inside}>" if packed else inside
        case FunctionType(result, params, variadic):
            parts = [*map(type_text, params), *(["..."] if variadic else [])]
            return f"{type_text(result)} ({', '.join(parts)})"


def value_text(value: Value) -> str:
    match value:
        case Local(name, _):
            return f'%"{name}"'
        case GlobalRef(name, _):
            return f'@"{name}"'
        case ConstInt(number, _):
            return str(number)
        case ConstFloat(bits, FloatType("double")):
            return f"0x{bits:016X}"
        case ConstFloat(bits, FloatType("float")):
            return f"0x{_widened(bits):016X}"
        case ConstFloat(bits, FloatType(name)):
            return {"half": "0xH%04X", "bfloat": "0xR%04X", "x86_fp80": "0xK%020X"}[name] % bits
        case ConstNull():
            return "null"
        case ConstUndef():
            return "undef"
        case ConstPoison():
            return "poison"
        case ConstAggregate(None, _):
            return "zeroinitializer"
        case ConstAggregate(elements, ty):
            inside = ", ".join(map(typed_text, elements or ()))
            opening, closing = {VectorType: "<>", ArrayType: "[]"}.get(type(ty), "{}")
            return f"{opening}{inside}{closing}"
        case ConstExpr("getelementptr", operands, flags, _, source):
            assert source is not None
            inside = ", ".join(map(typed_text, operands))
            return f"getelementptr {' '.join(sorted(flags))} ({type_text(source)}, {inside})"
        case ConstExpr(op, operands, flags, ty, source):
            tail = f" to {type_text(ty)}" if source is not None else ""
            return f"{op} {' '.join(sorted(flags))} ({', '.join(map(typed_text, operands))}{tail})"
        case _:
            raise AssertionError(value)


def _widened(bits: int) -> int:
    sign, exponent, mantissa = bits >> 31, bits >> 23 & 0xFF, bits & 0x7FFFFF
    if exponent == 0xFF:
        return sign << 63 | 0x7FF << 52 | mantissa << 29
    value = struct.unpack("<f", bits.to_bytes(4, "little"))[0]
    return int.from_bytes(struct.pack("<d", value), "little")


def typed_text(value: Value) -> str:
    return f"{type_text(value.type)} {value_text(value)}"


_SIMPLE = {"ret", "load", "store", "select", "extractelement", "insertelement", "freeze", "fneg"}
_FAST = {"nnan", "ninf", "nsz", "arcp", "contract", "afn", "reassoc", "fast"}


def instr_text(i: Instr) -> str:
    """One instruction in LLVM's syntax, metadata and call attributes aside."""
    head = "" if i.result is None else f'%"{i.result}" = '
    flags = "".join(f"{f} " for f in sorted(i.flags - {"tail", "musttail", "notail"}))
    operands = ", ".join(map(typed_text, i.operands))
    align = f", align {i.align}" if i.align else ""
    labels = ", ".join(f'label %"{name}"' for name in i.labels)
    match i.op:
        case "br":
            return f"br {', '.join(filter(None, (operands, labels)))}"
        case "switch":
            cases = " ".join(
                f'{typed_text(v)}, label %"{t}"' for v, t in zip(i.operands[1:], i.labels[1:], strict=True)
            )
            return f'switch {typed_text(i.operands[0])}, label %"{i.labels[0]}" [ {cases} ]'
        case "ret" | "unreachable":
            return f"{i.op} {operands or ('void' if i.op == 'ret' else '')}"
        case "phi":
            pairs = ", ".join(
                f'[ {value_text(v)}, %"{b}" ]' for v, b in zip(i.operands, i.labels, strict=True)
            )
            return f"{head}phi {flags}{type_text(i.type)} {pairs}"
        case "alloca":
            assert i.source_type is not None
            return f"{head}alloca {type_text(i.source_type)}{', ' + operands if operands else ''}{align}"
        case "load":
            return f"{head}load {flags}{type_text(i.type)}, {operands}{align}"
        case "getelementptr":
            assert i.source_type is not None
            return f"{head}getelementptr {flags}{type_text(i.source_type)}, {operands}"
        case "icmp" | "fcmp":
            return (
                f"{head}{i.op} {flags}{i.predicate} {typed_text(i.operands[0])}, {value_text(i.operands[1])}"
            )
        case "shufflevector":
            mask = ", ".join("i32 poison" if n < 0 else f"i32 {n}" for n in i.indices)
            return f"{head}{i.op} {operands}, <{len(i.indices)} x i32> <{mask}>"
        case "extractvalue" | "insertvalue":
            return f"{head}{i.op} {operands}, {', '.join(map(str, i.indices))}"
        case "call":
            tail = next((f"{f} " for f in ("tail", "musttail", "notail") if f in i.flags), "")
            return f'{head}{tail}call {flags}{type_text(i.type)} @"{i.callee}"({operands})'
        case "token":
            return f"{head}freeze {type_text(i.type)} poison"
        case _ if i.op in _SIMPLE:
            return f"{head}{i.op} {flags}{operands}{align}"
        case _ if i.source_type is not None:
            return f"{head}{i.op} {flags}{operands} to {type_text(i.type)}"
        case _:
            return f"{head}{i.op} {flags}{typed_text(i.operands[0])}, {value_text(i.operands[1])}"


def function_text(function: Function) -> str:
    params = ", ".join(f'{type_text(p.type)} %"{p.name}"' for p in function.params)
    lines = [f'define {type_text(function.result)} @"{function.name}"({params}) {{']
    for block in function.blocks:
        lines += [f'"{block.name}":', *(f"  {instr_text(i)}" for i in block.instrs)]
    return "\n".join((*lines, "}"))


def verified(text: str, module: Module, function: Function) -> str:
    """The function printed, accepted by LLVM's verifier, and printed again by LLVM.

    text  what `module` was read from.
    """
    lines = [f'target datalayout = "{module.layout.text}"', f'target triple = "{module.triple}"']
    lines += re.findall(r"^%.* = type .*$", text, re.MULTILINE)
    called = defaultdict[str, str](str)
    for name in {v.name for i in instrs(function) for v in i.operands if isinstance(v, GlobalRef)}:
        if name in module.globals:
            g = module.globals[name]
            lines.append(f'@"{name}" = external global {type_text(g.type)}')
        else:
            called[name] = ""
    for name in {i.callee for i in instrs(function) if i.op == "call"} | set(called):
        f = module.functions.get(name)
        if f is None:
            called[name] = f'declare void @"{name}"(ptr)'
        elif name != function.name:
            parts = [*(type_text(p.type) for p in f.params), *(["..."] if f.variadic else [])]
            called[name] = f'declare {type_text(f.result)} @"{name}"({", ".join(parts)})'
    ref = binding.parse_assembly(
        "\n".join((*lines, *called.values(), function_text(function))), binding.create_context()
    )
    ref.verify()
    return str(ref.get_function(function.name))


def block_names(blocks: tuple[Block, ...]) -> list[str]:
    return [b.name for b in blocks]

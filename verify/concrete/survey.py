"""What the text of a module shows about memory: which globals never change, which struct types are in use."""

from __future__ import annotations

from collections.abc import Iterator

from verify.ir.nodes import Function, Instr, Local, Module, globals_in
from verify.ir.types import ArrayType, DataLayout, StructType, Type, VectorType
from verify.verdict import Unsupported


def changed_globals(module: Module) -> frozenset[str]:
    """Globals of internal linkage that the module may store to, or whose address it lets out of sight."""
    changed: set[str] = set()
    for name in module.functions:
        try:
            function = module.functions[name]
        except Unsupported:
            return frozenset(module.globals)
        changed |= _changed_in(function)
    for name in module.globals:
        try:
            item = module.globals[name]
        except Unsupported:
            return frozenset(module.globals)
        if item.initializer is not None:
            changed |= set(globals_in(item.initializer))
    return frozenset(changed)


def _changed_in(function: Function) -> set[str]:
    derived: dict[str, set[str]] = {}
    changed: set[str] = set()
    for block in function.blocks:
        for ins in block.instrs:
            for number, operand in enumerate(ins.operands):
                names = set(globals_in(operand))
                if isinstance(operand, Local):
                    names |= derived.get(operand.name, set())
                if not names or ins.op == "load":
                    continue
                if ins.op == "getelementptr" and number == 0 and ins.result is not None:
                    derived.setdefault(ins.result, set()).update(names)
                else:
                    changed |= names
    return changed


def struct_types(function: Function) -> frozenset[StructType]:
    """Struct types that the function computes addresses in or has variables of."""
    return frozenset(t for block in function.blocks for ins in block.instrs for t in _structs_of(ins))


def _structs_of(ins: Instr) -> Iterator[StructType]:
    if ins.op in ("getelementptr", "alloca") and ins.source_type is not None:
        yield from _structs_in(ins.source_type)


def _structs_in(ty: Type) -> Iterator[StructType]:
    match ty:
        case StructType(fields, _, _):
            yield ty
            for field in fields or ():
                yield from _structs_in(field)
        case ArrayType(_, elem) | VectorType(_, elem):
            yield from _structs_in(elem)
        case _:
            return


def has_padding(ty: StructType, layout: DataLayout) -> bool:
    """Whether bytes of the struct belong to no member."""
    return ty.fields is not None and layout.size_of(ty) > sum(layout.size_of(f) for f in ty.fields)


def common_step(types: frozenset[StructType], layout: DataLayout) -> int | None:
    """By what pointers to arrays of these may differ so that members coincide: 1 without structs, the size
    of the largest where the others' sizes divide it, else None."""
    sizes = sorted(layout.size_of(t) for t in types if t.fields is not None)
    if not sizes or sizes[-1] == 0:
        return 1
    return sizes[-1] if all(size and sizes[-1] % size == 0 for size in sizes) else None

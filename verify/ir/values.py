"""Replacing values in instructions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from verify.ir.nodes import Instr, Local, Value


def with_values(instr: Instr, values: Mapping[str, Value]) -> Instr:
    """The instruction with every local that `values` names replaced, chains followed."""
    if not any(isinstance(v, Local) and v.name in values for v in instr.operands):
        return instr
    return replace(instr, operands=tuple(resolved(v, values) for v in instr.operands))


def resolved(value: Value, values: Mapping[str, Value]) -> Value:
    """What `value` stands for in the end. `values` must not be circular."""
    while isinstance(value, Local) and value.name in values:
        value = values[value.name]
    return value

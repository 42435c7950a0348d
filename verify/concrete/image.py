"""Initializers as bytes."""

from __future__ import annotations

from verify.ir.nodes import (
    ConstAggregate,
    ConstFloat,
    ConstInt,
    ConstNull,
    ConstPoison,
    ConstUndef,
    Value,
)
from verify.ir.types import ArrayType, DataLayout, StructType, VectorType
from verify.verdict import Unsupported


def write_constant(image: bytearray, offset: int, value: Value, layout: DataLayout) -> None:
    """Writes the constant at the offset; zero bytes are there already. Raises Unsupported for addresses."""
    match value:
        case ConstInt(pattern, ty) | ConstFloat(pattern, ty):
            size = layout.store_size(ty)
            image[offset : offset + size] = pattern.to_bytes(size, "little")
        case ConstNull() | ConstUndef() | ConstPoison() | ConstAggregate(None, _):
            return
        case ConstAggregate(elements, StructType() as ty):
            for number, element in enumerate(elements or ()):
                write_constant(image, offset + layout.field_offset(ty, number), element, layout)
        case ConstAggregate(elements, ArrayType(_, elem) | VectorType(_, elem)):
            step = layout.size_of(elem)
            for number, element in enumerate(elements or ()):
                write_constant(image, offset + number * step, element, layout)
        case _:
            raise Unsupported("initializer with an address")

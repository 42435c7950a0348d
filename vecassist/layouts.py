"""What lies in memory behind a parameter or a global, as codes of elements: read from debug information and types."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from verify.ir.nodes import Function, Global, Module
from verify.ir.types import ArrayType, DataLayout, FloatType, IntType, StructType, Type, VectorType

_FIELD = re.compile(r'(\w+): ("[^"]*"|![\d]+|[^,()]+)')
_SIGNED = {8: "b", 16: "h", 32: "i", 64: "q"}
_FLOATS = {32: "f", 64: "d"}
_LONGEST = 1 << 17


@dataclass(frozen=True, slots=True)
class Scalar:
    """A parameter passed by value; code as in `compiler.workload`."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """A pointer parameter; layout: codes of the elements behind it, repeated without end, one code an element."""

    name: str
    layout: str


class NoLayout(Exception):
    """Contents that cannot be made up: pointers in memory, unions, types without debug information."""


def parameters(module: Module, function: Function) -> tuple[Scalar | Pointer, ...]:
    """The parameters of a function of the module. Raises NoLayout."""
    types = _argument_types(module, function)
    found: list[Scalar | Pointer] = []
    for position, parameter in enumerate(function.params, 1):
        name, node = types.get(position, ("", ""))
        if name != parameter.name:
            raise NoLayout(f"parameter {parameter.name} is passed in a way that is not understood")
        kind = _fields(module.metadata, node)
        if kind.get("tag") == "DW_TAG_pointer_type":
            found.append(Pointer(name, "".join(_elements(module.metadata, kind.get("baseType", "")))))
        else:
            found.append(Scalar(name, "".join(_elements(module.metadata, node))))
    return tuple(found)


def of_global(layout: DataLayout, variable: Global) -> str:
    """Codes of the elements of a global. Raises NoLayout."""
    return _repeating("".join(_of_type(layout, variable.type)))


def result(function: Function) -> str:
    """Code of the result, "v" for none. Raises NoLayout."""
    match function.result:
        case IntType(bits) if bits in _SIGNED:
            return _SIGNED[bits]
        case IntType(1):
            return "?"
        case FloatType("float"):
            return "f"
        case FloatType("double"):
            return "d"
        case _ if type(function.result).__name__ == "VoidType":
            return "v"
        case _:
            raise NoLayout("the result has a type that cannot be compared")


def _argument_types(module: Module, function: Function) -> dict[int, tuple[str, str]]:
    scopes = {
        node
        for node, text in module.metadata.items()
        if "!DISubprogram" in text and _fields(module.metadata, f"!{node}").get("name") == function.name
    }
    found: dict[int, tuple[str, str]] = {}
    for node, text in module.metadata.items():
        if "!DILocalVariable" not in text or "arg: " not in text:
            continue
        fields = _fields(module.metadata, f"!{node}")
        if fields.get("scope", "").removeprefix("!") in scopes:
            found[int(fields["arg"])] = fields.get("name", ""), fields.get("type", "")
    return found


def _fields(metadata: Mapping[str, str], node: str) -> dict[str, str]:
    """The fields of a debug node, seen through typedefs and qualifiers."""
    for _ in range(32):
        text = metadata.get(node.removeprefix("!"), "")
        fields = {key: value.strip().strip('"') for key, value in _FIELD.findall(text)}
        tag = fields.get("tag", "")
        if tag in {"DW_TAG_typedef", "DW_TAG_const_type", "DW_TAG_restrict_type"} and "baseType" in fields:
            node = fields["baseType"]
            continue
        return {**fields, "kind": text.split("(")[0].split("!")[-1]}
    raise NoLayout("a type that refers to itself")


def _elements(metadata: Mapping[str, str], node: str) -> Iterator[str]:
    """The codes of one object of a type."""
    fields = _fields(metadata, node)
    tag, bits = fields.get("tag", ""), int(fields.get("size", "0"))
    if fields["kind"] == "DIBasicType":
        yield _basic(fields.get("encoding", ""), bits)
    elif tag == "DW_TAG_enumeration_type":
        yield _SIGNED.get(bits, "i").upper()
    elif tag == "DW_TAG_array_type":
        yield from _elements(metadata, fields["baseType"])
    elif tag == "DW_TAG_structure_type":
        yield from _members(metadata, fields, bits)
    else:
        raise NoLayout("memory that holds pointers or a union")


def _members(metadata: Mapping[str, str], fields: Mapping[str, str], bits: int) -> Iterator[str]:
    place = 0
    for node in re.findall(r"!\d+", metadata.get(fields.get("elements", "").removeprefix("!"), "")):
        member = dict(_FIELD.findall(metadata.get(node.removeprefix("!"), "")))
        if "BitField" in member.get("flags", ""):
            raise NoLayout("a structure with bit-fields")
        offset, size = int(member.get("offset", "0")), int(member.get("size", "0"))
        yield "x" * ((offset - place) // 8)
        codes = "".join(_elements(metadata, member["baseType"]))
        width = _width(codes)
        if width == 0 or size % (8 * width):
            raise NoLayout("a structure whose layout is not understood")
        yield codes * (size // (8 * width))
        place = offset + size
    yield "x" * ((bits - place) // 8)


def _width(codes: str) -> int:
    return sum(
        {"b": 1, "h": 2, "i": 4, "q": 8, "f": 4, "d": 8, "?": 1, "x": 1}[code.lower()] for code in codes
    )


def _basic(encoding: str, bits: int) -> str:
    if encoding == "DW_ATE_boolean":
        return "?"
    if encoding == "DW_ATE_float" and bits in _FLOATS:
        return _FLOATS[bits]
    if encoding.startswith("DW_ATE_signed") and bits in _SIGNED:
        return _SIGNED[bits]
    if encoding.startswith(("DW_ATE_unsigned", "DW_ATE_UTF")) and bits in _SIGNED:
        return _SIGNED[bits].upper()
    raise NoLayout("an arithmetic type that cannot be made up")


def _of_type(layout: DataLayout, ty: Type) -> Iterator[str]:
    match ty:
        case IntType(bits) if bits in _SIGNED:
            yield _SIGNED[bits]
        case FloatType("float"):
            yield "f"
        case FloatType("double"):
            yield "d"
        case ArrayType(_, elem) | VectorType(_, elem):
            yield from _of_type(layout, elem)
        case StructType(fields) if fields is not None:
            yield from _of_fields(layout, ty, fields)
        case _:
            raise NoLayout("a global that holds pointers or other values that cannot be made up")


def _of_fields(layout: DataLayout, ty: StructType, fields: tuple[Type, ...]) -> Iterator[str]:
    place = 0
    for index, one in enumerate(fields):
        offset = layout.field_offset(ty, index)
        codes = "".join(_of_type(layout, one))
        size = layout.size_of(one)
        yield "x" * (offset - place) + codes * (size // max(1, _width(codes)))
        place = offset + size
    yield "x" * (layout.size_of(ty) - place)


def _repeating(codes: str) -> str:
    if codes and set(codes) == {codes[0]}:
        return codes[0]
    if len(codes) > _LONGEST:
        raise NoLayout("a structure that is too large")
    return codes

"""Signed arithmetic on vector types: for gcc an overflow is undefined as on scalars (it folds `v + 1 > v`), for clang
it wraps, and IR does not tell signed from unsigned lanes. The types that a text uses stand in its debug information."""

from __future__ import annotations

import re
from collections.abc import Mapping

from verify.flow.summary import Summary
from verify.ir import types
from verify.ir.nodes import Instr

KEY = "gcc"
"""What a summary knows of a text that gcc compiles."""

OPERATORS = frozenset({"add", "sub", "mul"})
_BASE = re.compile(r"baseType: !(\d+)")
_SIZE = re.compile(r"size: (\d+)")


def may_overflow(s: Summary, instr: Instr) -> bool:
    """Whether lanes of this instruction may be signed numbers of a vector type that gcc compiles. The compilers' own
    headers compute on unsigned lanes."""
    if not s.known(KEY) or instr.op not in OPERATORS or not isinstance(instr.type, types.VectorType):
        return False
    if instr.loc is not None and instr.loc.file.endswith("intrin.h"):
        return False
    elem = instr.type.elem
    known = _signed_widths(s)
    return known is None or (isinstance(elem, types.IntType) and elem.bits in known)


def _signed_widths(s: Summary) -> frozenset[int] | None:
    """Widths of the signed lanes of vector types in use; None where nothing describes the types."""
    found = s.known("signed-lanes")
    if found is None:
        metadata = s.module.metadata
        if not any("!DICompileUnit" in text for text in metadata.values()):
            return None
        widths: set[int] = set()
        for text in metadata.values():
            if "DIFlagVector" in text:
                base = _basic(metadata, text)
                size = _SIZE.search(base)
                if "DW_ATE_signed" in base and size is not None:
                    widths.add(int(size.group(1)))
        found = s.learn("signed-lanes", frozenset(widths))
    return found


def _basic(metadata: Mapping[str, str], text: str) -> str:
    """The description of the type behind names and qualifiers."""
    for _ in range(32):
        base = _BASE.search(text)
        if base is None:
            return text
        text = metadata[base.group(1)]
    return text

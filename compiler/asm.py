"""Whether a loop is vectorized in the machine code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from compiler.listing import Instruction, Work, lane_by_lane, loops, reads_array
from compiler.remarks import Inspection, inspect
from compiler.toolchain import Toolchain


def vectorized(
    toolchain: Toolchain,
    name: Path,
    directory: Path,
    args: Sequence[str],
    function: str,
    lines: tuple[int, int],
    text: str | bytes | None = None,
) -> bool:
    """Whether a loop on source lines first..last of `function` works on whole vectors under the user's flags.

    text: compiled in the place of the file's contents. Scalars in vector registers, spills and moves do not
    count; straight-line code counts only where the compiler says that it was a loop.
    Raises CompileFailed with the compiler's first error line.
    """
    return vectorized_in(inspect(toolchain, name, directory, args, text), function, lines)


def vectorized_in(inspection: Inspection, function: str, lines: tuple[int, int]) -> bool:
    """The same, of a compilation that was inspected."""
    first, last = lines
    said = any(one.vectorized and first <= one.line <= last for one in inspection.remarks)
    gone = any(first <= line <= last for line in inspection.unrolled)
    for body in inspection.listing.bodies_on(function, first, last):
        for loop in loops(body):
            if _on(loop, first, last) and _evidence(loop, first, last, said):
                return True
        if (said or gone) and _evidence(
            [one for one in body if first <= one.line <= last], first, last, False
        ):
            # Whole iterations fit into one vector and the loop is gone.
            return True
        if said and _replaced_by_call(body, first, last):
            return True
    return False


def _on(loop: Sequence[Instruction], first: int, last: int) -> bool:
    return any(first <= one.line <= last for one in loop)


def _evidence(loop: Sequence[Instruction], first: int, last: int, said: bool) -> bool:
    """Instructions that the compiler gave no line (merged, or made by itself) count with their loop."""
    own = [one for one in loop if one.line == 0 or first <= one.line <= last]
    works = {one.work for one in own}
    if lane_by_lane(own):
        return False
    if Work.FLOAT in works:
        return True
    folded = any(one.work in (Work.INT, Work.LOGIC) and reads_array(one.text) for one in own)
    whole = Work.MEMORY in works or folded
    if Work.INT in works:
        # Without lanes being moved or whole vectors in memory it may be a scalar kept in a vector register.
        return whole or Work.SHUFFLE in works or _wide(loop)
    if Work.LOGIC in works and whole:
        return True
    # A copy of a structure looks like a vectorized copy: the compiler's word decides.
    return whole and said


def _wide(loop: Sequence[Instruction]) -> bool:
    return any("%ymm" in one.text or "%zmm" in one.text for one in loop if one.work is Work.INT)


def _replaced_by_call(body: Sequence[Instruction], first: int, last: int) -> bool:
    call = re.compile(r"(call|jmp|bl?)\s+(memset|memcpy|memmove|strlen)\b")
    return any(first <= one.line <= last and call.match(one.text) for one in body)

"""The key of a region's answer: everything that can change it.

That is the region as it is spelled, the part of its unit that it can see or reach as the user's compiler and the
lowering clang preprocess it, what compilers say of it, flags, compilers, tool versions, options, this program's own
text, and the machine that measures. What other functions of the file hold is left out: neither the proof nor the
region's own machine code depends on it, and a region whose compiled function changes by inlining is measured alone.
"""

from __future__ import annotations

import functools
import hashlib
import platform
from collections.abc import Callable, Sequence
from pathlib import Path

from compiler.preprocess import preprocess
from compiler.toolchain import Toolchain, resolve
from vecassist.answers.context import Context, context
from vecassist.answers.program import program
from vecassist.line import Region, Settings
from vecassist.model import Unit
from vecassist.promises import tokens
from vecassist.proving import tool_versions


def keys(
    lowering: Toolchain, compilers: Sequence[Toolchain], settings: Settings, offered: str
) -> Callable[[Region], str]:
    """A function from regions to keys for one run; offered: who offers rewrites. The key may raise CompilerError."""
    fixed = (
        program(),
        machine(),
        repr(sorted(tool_versions(lowering).items())),
        repr([(tool.argv, tool.version, tool.target) for tool in (lowering, *compilers)]),
        repr(settings),
        offered,
    )

    @functools.cache
    def seen(unit: Unit) -> tuple[str, tuple[Context, ...]]:
        user = resolve(unit.compiler)
        texts = [
            preprocess(tool, unit.path, unit.directory, unit.args) for tool in dict.fromkeys((user, lowering))
        ]
        found = tuple(context([token.text for token in tokens(text)]) for text in texts)
        return repr((user.argv, user.version, user.target, unit.args)), found

    def key(region: Region) -> str:
        state = hashlib.sha256("\0".join(fixed).encode("utf-8", "surrogateescape"))
        for site in region.sites:
            told, contexts = seen(site.unit)
            start = region.original.rfind(b"\n", 0, site.span.start) + 1
            margin = region.original[start : site.span.start].decode("latin-1")
            parts = (told, site.file.name, site.function, site.key, margin, site.text, repr(site.views))
            for part in (*parts, *(one.around(site.function) for one in contexts)):
                state.update(part.encode("utf-8", "surrogateescape") + b"\0")
        return state.hexdigest()

    return key


@functools.cache
def machine() -> str:
    """What measurements depend on: the processor and the system."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    told = sorted(
        {line for line in lines if line.split("\t")[0] in ("model name", "flags", "cache size", "microcode")}
    )
    return repr((platform.machine(), platform.node(), platform.release(), told))

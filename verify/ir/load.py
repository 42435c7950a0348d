"""IR text to the one function that is wanted, its helpers inlined."""

from __future__ import annotations

from functools import lru_cache

from verify.ir.copies import with_copies
from verify.ir.copy_loops import with_loops
from verify.ir.inline import inline
from verify.ir.nodes import Function, Module
from verify.ir.read import read
from verify.ir.ssa import promote
from verify.ir.thread import threaded


@lru_cache(maxsize=4)
def parsed(text: str, function: str) -> Module:
    """The module that `text` spells, as far as `function` needs it. Read once: both strategies begin with it."""
    return read(text, function)


def load(
    text: str, function: str, promoted: bool = True, *, drop_promises: bool = False, probed: bool = False
) -> tuple[Module, Function]:
    """The module that `text` spells, and `function` in it: helpers inlined and, if wanted, scalars promoted.

    drop_promises  see `verify.ir.inline.inline`
    probed         see `verify.ir.copy_loops.with_loops`
    Raises KeyError where there is no such function with a body, Unsupported for what is not understood.
    """
    module = parsed(text, function)
    if function not in module.functions or not module.functions[function].blocks:
        defined = sorted(n for n in module.functions if not n.startswith("llvm."))
        raise KeyError(f"no function {function} is defined here; there are: {', '.join(defined)[:200]}")
    found = inline(module, module.functions[function], drop_promises=drop_promises)
    if not promoted:
        return module, found
    found = promote(threaded(with_copies(found, module.layout)))
    return module, with_loops(found, module, probed=probed)

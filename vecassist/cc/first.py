"""The first sight of a compilation: its entries are looked at in a process of their own, within a time limit."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from vecassist.cc.arguments import Compilation

SECONDS = 20.0
"""For one proof. VECASSIST_CHECK_SECONDS sets another limit; 0 proves nothing in a build."""

_STARTING = 120.0
"""For everything around the proofs: two compilers, a parser, libraries that load slowly."""


def limit() -> float:
    """Seconds for one proof."""
    try:
        return max(0.0, float(os.environ.get("VECASSIST_CHECK_SECONDS", "") or SECONDS))
    except ValueError:
        return SECONDS


def prepare(what: Compilation, root: str, place: str) -> str:
    """Write the manifest of a compilation; "" or why there is none."""
    import subprocess

    words = [sys.executable, "-m", "vecassist.cc.prepare", place, root, str(limit()), *what.words]
    home = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    left_out = ("PYTHONHOME", "VECASSIST_STATSLOG", "VECASSIST_LOG")
    environ = {name: value for name, value in os.environ.items() if name not in left_out}
    # The folder of the build is no place to import from.
    environ |= {"PYTHONPATH": home, "PYTHONSAFEPATH": "1", "VECASSIST_ACTIVE": "1"}
    try:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environ,
            timeout=_STARTING + 10 * limit(),
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return f"{type(error).__name__}: {error}"
    if done.returncode == 0:
        return ""
    said = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return said[-1] if said else f"exit code {done.returncode}"

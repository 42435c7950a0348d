"""What happens at each command of a build: it goes to the compiler as it is, or a rewritten text is compiled.

Whatever goes wrong here, the compiler runs on the user's source with the user's arguments.
"""

from __future__ import annotations

import os
import sys
import time

from vecassist.cc.arguments import LAUNCHERS, Compilation, read
from vecassist.cc.cache import cache_folder, is_own, is_set, read_bytes, store_above
from vecassist.cc.tally import Tally

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vecassist.cc.manifest import Manifest

ACTIVE = "VECASSIST_ACTIVE"
KILL = b"vecassist:disable"
_HEAD = 4096
_MISSING = 127
_STAND_INS = ("vecassist", *LAUNCHERS)


def main(words: Sequence[str], ready: Callable[[], None] = lambda: None, own: str = "") -> int:
    """Run a compiler command; returns its exit code, or does not return.

    ready: called as soon as this process answers for the command; own: a program that stands for the compiler in
    PATH, to be passed over.
    """
    started = time.monotonic_ns()
    if own:
        words = (real_compiler(words[0], own, os.environ), *words[1:])
    tally = Tally(started)
    environ = {**os.environ, ACTIVE: "1"}
    folder = cache_folder(os.environ)
    status: int | None = None
    try:
        plan = _plan(words, os.environ, folder, tally)
        ready()
        if plan is not None:
            tally.write(folder, os.environ)
            tally.events, tally.lines = [], []
            status = _rewritten(*plan, environ, tally)
    except Refused as refusal:
        ready()
        status = refusal.status
    except Exception as error:  # noqa: BLE001 - the build goes on, whatever is wrong with this program
        tally.add("internal-error", 1, f"{type(error).__name__}: {error}")
        ready()
    if tally.events:
        tally.write(folder, os.environ)
    if status is not None:
        return status
    return hand_over(words, environ)


def launched(words: Sequence[str]) -> int:
    """As `main`, started by the launcher, which waits at a pipe to hear that this process answers for the command."""
    pipe, *streams = map(int, os.environ.pop("VECASSIST_LAUNCH").split())
    for place, stream in zip((1, 2), streams, strict=True):
        # A stream that was closed when the launcher started is closed for the compiler too.
        if stream < 0:
            os.close(place)
        else:
            os.dup2(stream, place)
            os.close(stream)
    os.set_inheritable(pipe, False)

    def ready() -> None:
        os.write(pipe, b"1")
        os.close(pipe)

    return main(words, ready)


def hand_over(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Become the compiler. Returns only where there is none, with a shell's code and message."""
    try:
        os.execvpe(words[0], list(words), environ)
    except OSError as error:
        sys.stderr.write(f"vecassist: error: {words[0]}: {error.strerror}\n")
    return _MISSING


def real_compiler(name: str, own: str, environ: Mapping[str, str]) -> str:
    """The first program of that name in PATH that is not `own`, and without `own` none that only stands for it; the
    name itself where there is none."""
    mine = os.path.realpath(own)
    for folder in environ.get("PATH", os.defpath).split(":"):
        candidate = f"{folder or '.'}/{name}"
        if (
            os.access(candidate, os.X_OK)
            and os.path.isfile(candidate)
            and os.path.realpath(candidate) != mine
        ):
            return candidate
    return name


def _plan(
    words: Sequence[str], environ: Mapping[str, str], folder: str, tally: Tally
) -> tuple[Compilation, Manifest, str] | None:
    """What to compile in the place of the source; None where the command is left alone."""
    if environ.get(ACTIVE):
        tally.add("recursive")
        return None
    if is_set(environ, "DISABLE"):
        tally.add("disabled")
        return None
    what = read(words, environ)
    if isinstance(what, str):
        tally.add(what)
        return None
    tally.source = what.name
    source = os.path.realpath(what.name)
    root = store_above(source)
    if not root:
        tally.add("no-store")
        return None
    if not is_own(folder):
        tally.add("cache-unusable", 1, folder)
        return _strict(environ, tally, what, None)
    from vecassist.cc.index import lookup

    entries = lookup(folder, root, os.path.relpath(source, root))
    if not entries:
        tally.add("no-entries")
        return None
    head = read_bytes(source)
    if head is None or KILL in head[:_HEAD]:
        tally.add("kill-comment")
        return None
    return _prepared(what, root, entries, environ, folder, tally)


def _prepared(
    what: Compilation, root: str, entries: str, environ: Mapping[str, str], folder: str, tally: Tally
) -> tuple[Compilation, Manifest, str] | None:
    from vecassist.cc.manifest import load, manifest_place

    place = manifest_place(folder, what, entries, environ, program(what, environ))
    found = load(place)
    if found is None:
        from vecassist.cc.first import prepare

        why = prepare(what, root, place)
        found = load(place) if not why else None
        if found is None:
            tally.add("not-prepared", 1, why or "what was prepared does not hold")
            return _strict(environ, tally, what, None)
    tally.add("compiled")
    for event, count, why in found.events:
        tally.add(event, count, why)
    if not found.text:
        return _strict(environ, tally, what, None)
    return _strict(environ, tally, what, (what, found, place))


def program(what: Compilation, environ: Mapping[str, str]) -> str:
    """The compiler's own file, as its name is found today."""
    name = what.words[what.compiler]
    return os.path.realpath(name if "/" in name else real_compiler(name, "", environ))


_LACKING = ("stale", "unchecked", "damaged", "recalled", "cache-unusable", "not-prepared", "not-scanned")


class Refused(Exception):
    """VECASSIST_STRICT: an accepted rewrite would be left out."""

    status = 2


def _strict(
    environ: Mapping[str, str],
    tally: Tally,
    what: Compilation,
    plan: tuple[Compilation, Manifest, str] | None,
) -> tuple[Compilation, Manifest, str] | None:
    """The plan; under VECASSIST_STRICT an error where a rewrite that is stored for the file is not applied."""
    if not is_set(environ, "STRICT"):
        return plan
    for (event, _), line in zip(tally.events, tally.lines, strict=True):
        if event in _LACKING:
            sys.stderr.write(
                f"vecassist: error: {what.name}: an accepted rewrite is not applied ({line}); run `vecassist "
                "audit --reprove` or `vecassist optimize`, or unset VECASSIST_STRICT\n"
            )
            raise Refused
    return plan


def _rewritten(
    what: Compilation, found: Manifest, place: str, environ: Mapping[str, str], tally: Tally
) -> int:
    from vecassist.cc.compile import compile_text

    return compile_text(
        what, found, place, environ, lambda why: tally.add("rewrite-does-not-compile", 1, why)
    )

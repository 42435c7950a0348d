"""Running the compiler on a text that stands in the place of the source, such that nothing shows it.

clang reads the text through an overlay of its file system. gcc has none: it is given the text's own path, and maps,
include folders and a #line that name the source; dependency files are written anew. Whatever the compiler has to
say must be about the user's source, so then it is that which is compiled, and the rewritten text silently after it.
"""

from __future__ import annotations

import os
import sys

from vecassist.cc.arguments import Compilation
from vecassist.cc.depfile import dependency_file, mend
from vecassist.cc.manifest import Manifest, save

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import FrameType
    from typing import Any

# The public module wraps this one in enumerations, which take longer to set up than everything here.
_signal: Any = __import__("_signal")

HERE = "././."
"""The working directory, spelled as no command spells it: names found through it are told apart by that."""

_FORWARDED = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP, _signal.SIGQUIT)
_OURS = (_signal.SIGKILL, _signal.SIGSEGV, _signal.SIGBUS, _signal.SIGABRT)


def command(what: Compilation, found: Manifest) -> list[str]:
    """The command that compiles the text of a manifest in the place of the source."""
    words = list(what.words)
    head, tail = words[: what.compiler + 1], words[what.compiler + 1 :]
    if found.kind == "clang":
        return [*head, "-ivfsoverlay", f"{os.path.dirname(found.text)}/overlay.yaml", *tail]
    name, text = what.name, found.text
    tail[what.source - what.compiler - 1] = text
    folder = os.path.dirname(text)
    slash = name.rfind("/")
    # The last of the folders is what keeps gcc from dropping the first one where -I names it too.
    near = ["-iquote", (name[:slash] or "/") if slash >= 0 else HERE]
    maps = [
        f"-fdebug-prefix-map={text}={mapped(name, found, 'debug')}",
        f"-fmacro-prefix-map={text}={mapped(name, found, 'macro')}",
    ]
    if slash < 0:
        maps.append(f"-ffile-prefix-map={HERE}/=")
    return [*head, *near, *tail, *maps, "-iquote", folder]


def mapped(name: str, found: Manifest, kind: str) -> str:
    """A name under the command's own prefix maps; the last that fits decides."""
    for which, old, new in reversed(found.maps):
        if which == kind and name.startswith(old):
            return new + name[len(old) :]
    return name


def compile_text(
    what: Compilation,
    found: Manifest,
    place: str,
    environ: Mapping[str, str],
    tell: Callable[[str], None],
) -> int:
    """Compile the text; the exit code is what the compiler's would be on the source. tell: hears why not."""
    if found.noisy:
        status = run(what.words, environ)
        if status:
            return status
        if not _quietly(what, found, environ, tell)[0]:
            return _unheard(what.words, environ)[0]
        return 0
    good, said = _quietly(what, found, environ, tell)
    if good and not said:
        return 0
    if good:
        found.noisy = True
        save(place, found)
        return compile_text(what, found, place, environ, tell)
    return run(what.words, environ)


def _quietly(
    what: Compilation, found: Manifest, environ: Mapping[str, str], tell: Callable[[str], None]
) -> tuple[bool, bool]:
    """(whether the text was compiled as the source would be, whether the compiler said anything)."""
    depfile = dependency_file(what.words, what.name) if found.kind == "gcc" else ""
    if depfile is None:
        tell("dependencies go to a place that is not clear")
        return False, False
    status, said = _unheard(command(what, found), environ)
    if status:
        tell(f"the compiler refused the rewritten text with {status}")
        return False, said
    if depfile:
        prefix = f"{HERE}/" if "/" not in what.name else ""
        if not mend(depfile, found.text, what.name, prefix):
            tell(f"{depfile} is not what gcc writes")
            return False, said
    return True, said


def _unheard(words: Sequence[str], environ: Mapping[str, str]) -> tuple[int, bool]:
    """The exit code of a command, and whether it printed anything; nobody reads what."""
    heard = os.memfd_create("vecassist")
    try:
        return run(words, environ, heard), os.fstat(heard).st_size > 0
    finally:
        os.close(heard)


def run(words: Sequence[str], environ: Mapping[str, str], heard: int = -1) -> int:
    """The exit code of a command that runs to its end; signals reach it. heard: takes what it prints.

    A signal that ends it ends this process too, unless it hit a command whose output is not to be seen.
    """
    actions = [(os.POSIX_SPAWN_DUP2, heard, descriptor) for descriptor in (1, 2)] if heard >= 0 else []
    child = 0
    early: list[int] = []

    def forward(number: int, _frame: FrameType | None) -> None:
        if child:
            os.kill(child, number)
        else:
            early.append(number)

    before = [(number, _signal.signal(number, forward)) for number in _FORWARDED]
    try:
        child = os.posix_spawnp(words[0], list(words), dict(environ), file_actions=actions)
        for number in early:
            os.kill(child, number)
        _, status = os.waitpid(child, 0)
    finally:
        for number, handler in before:
            _signal.signal(number, handler)
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return code
    if heard >= 0 and -code in _OURS:
        return 128 - code
    return die(-code)


def die(number: int) -> int:
    """End by a signal, as a command would that was ended by it."""
    sys.stdout = sys.stderr = None
    if number != _signal.SIGKILL:
        _signal.signal(number, _signal.SIG_DFL)
    os.kill(os.getpid(), number)
    return 128 + number

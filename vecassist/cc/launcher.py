"""Building the small launcher with the user's own compiler, and links under which builds call it."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from compiler.errors import CompilerError
from compiler.process import checked, run
from vecassist.cc.arguments import ENVIRONMENT, EXACT, LAUNCHERS, PREFIXES, VALUE_FLAGS
from vecassist.cc.tally import EVENTS
from vecassist.errors import UserError

NAMES = ("vecassist", "vecassist-cc")
_HOME = Path(__file__).resolve().parents[2]
_START = """\
import sys
sys.path.insert(0, {home!r})
from vecassist.cc.entry import launched
sys.exit(launched(sys.argv[1:]))
"""
_COMMAND = """\
import sys
sys.path.insert(0, {home!r})
sys.argv[0] = "vecassist"
from vecassist.cli.main import run
run()
"""


def header() -> str:
    """What the launcher has in common with the Python part, as C."""
    lines = [
        f"#define PYTHON {_text(sys.executable)}",
        f"#define START {_text(_START.format(home=str(_HOME)))}",
        f"#define COMMAND {_text(_COMMAND.format(home=str(_HOME)))}",
        *(f"#define EVENT_{name.upper().replace('-', '_')} {number}" for number, name in enumerate(EVENTS)),
        "struct reason { const char *flag; int event; };",
        _strings("EVENTS", EVENTS),
        _strings("LAUNCHERS", LAUNCHERS),
        _strings("VALUE_FLAGS", VALUE_FLAGS),
        _strings("ENVIRONMENT", ENVIRONMENT),
        _reasons("EXACT", EXACT.items()),
        _reasons("PREFIXES", PREFIXES),
    ]
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{plain}"'


def _strings(name: str, values: Sequence[str]) -> str:
    return f"static const char *const {name}[] = {{{', '.join(map(_text, values))}, 0}};"


def _reasons(name: str, rows: Iterable[tuple[str, str]]) -> str:
    body = ", ".join(f"{{{_text(flag)}, {EVENTS.index(event)}}}" for flag, event in rows)
    return f"static const struct reason {name}[] = {{{body}, {{0, 0}}}};"


def build(compiler: Sequence[str], folder: Path) -> Path:
    """Compile the launcher into `folder`; returns its path. Raises UserError where that does not work."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as scratch:
            (Path(scratch) / "launcher.h").write_text(header())
            made = Path(scratch) / NAMES[0]
            source = Path(__file__).with_name("launcher.c")
            checked(
                run(
                    [*compiler, "-O2", "-s", "-I", scratch, str(source), "-o", str(made)],
                    env={"VECASSIST_ACTIVE": "1"},
                )
            )
            os.replace(made, folder / NAMES[0])
    except (OSError, CompilerError) as error:
        raise UserError(
            f"{folder}: the launcher cannot be built: {error}; use `python -m vecassist cc`"
        ) from error
    _link(folder / NAMES[1], Path(NAMES[0]))
    return folder / NAMES[0]


def links(folder: Path, launcher: Path, names: Iterable[str]) -> tuple[Path, ...]:
    """Links under compilers' names to the launcher. Raises UserError where one cannot be made."""
    made: list[Path] = []
    for name in names:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _link(folder / name, launcher)
        except OSError as error:
            raise UserError(f"{folder / name}: cannot be made: {error.strerror}") from error
        made.append(folder / name)
    return tuple(made)


def _link(place: Path, target: Path) -> None:
    place.unlink(missing_ok=True)
    place.symlink_to(target)


def bin_folder(environ: Mapping[str, str]) -> Path:
    """Where `init` puts the launcher: $XDG_DATA_HOME/vecassist/bin."""
    base = environ.get("XDG_DATA_HOME", "")
    home = (
        Path(base)
        if os.path.isabs(base)
        else Path(environ.get("HOME") or "~").expanduser() / ".local" / "share"
    )
    return home / "vecassist" / "bin"

"""Compiling a text in the place of a file without touching that file."""

from __future__ import annotations

import json
import tempfile
from codecs import BOM_UTF8
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from compiler.toolchain import Toolchain


@dataclass(frozen=True, slots=True)
class Placed:
    """How to name the text on a command line. first: flags that must stand before the user's."""

    path: str
    first: tuple[str, ...]
    scratch: Path


def encode(text: str | bytes) -> bytes:
    """The bytes that a source text stands for: one character a byte, else UTF-8."""
    if isinstance(text, bytes):
        return text
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8")


def c_string(text: str) -> str:
    """A C string literal for #line."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@contextmanager
def in_place(toolchain: Toolchain, text: str | bytes, name: Path, directory: Path) -> Generator[Placed]:
    """Make `text` available to `toolchain` as if it were the contents of `name` (relative to `directory`).

    Includes are searched and __FILE__ is spelled as for the file itself. The copy ends with the context.
    """
    full = directory / name
    with tempfile.TemporaryDirectory(prefix="vecassist-") as temporary:
        scratch = Path(temporary)
        copy = scratch / "vecassist-unit.c"
        if toolchain.kind == "clang" and full.is_file():
            copy.write_bytes(encode(text))
            overlay = scratch / "overlay.yaml"
            entry = {"type": "file", "name": str(full.absolute()), "external-contents": str(copy)}
            overlay.write_text(json.dumps({"version": 0, "use-external-names": False, "roots": [entry]}))
            yield Placed(str(name), ("-ivfsoverlay", str(overlay)), scratch)
            return
        # The directory of the copy holds nothing that an include could find, so the file's own comes first.
        # A byte order mark is one only at the very start, where the #line is now.
        body = encode(text).removeprefix(BOM_UTF8)
        copy.write_bytes(f"#line 1 {c_string(str(name))}\n".encode() + body)
        yield Placed(str(copy), ("-iquote", str(full.parent.absolute())), scratch)

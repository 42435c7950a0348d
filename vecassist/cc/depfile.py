"""Dependency files of gcc for a text that stood elsewhere: with the name of the source, laid out as gcc does it."""

from __future__ import annotations

import os

from vecassist.cc.cache import read_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDTH = 72


def dependency_file(args: Sequence[str], source: str) -> str | None:
    """Which file a gcc command writes its dependencies to: "" for none, None where that is not clear."""
    wanted, named, output = False, "", ""
    rest = iter(args)
    for word in rest:
        if word in ("-MD", "-MMD"):
            wanted = True
        elif word == "-MF":
            named = next(rest, "")
        elif word.startswith("-MF"):
            named = word[3:]
        elif word == "-o":
            output = next(rest, "")
        elif word.startswith("-o"):
            output = word[2:]
        elif word.startswith(("-Wp,-MD,", "-Wp,-MMD,")):
            parts = word.split(",")
            if len(parts) != 3 or named:
                return None
            wanted, named = True, parts[2]
        elif word.startswith("-Wp,-M"):
            return None
    if not wanted:
        return ""
    if named:
        return None if named == "-" else named
    base = output or os.path.basename(source)
    stem = os.path.splitext(base)[0]
    return f"{stem}.d"


def escape(name: str) -> str:
    """A name as gcc writes it for make."""
    result: list[str] = []
    slashes = 0
    for sign in name:
        if sign in " \t":
            # Backslashes before a blank are doubled, since make takes them for its own.
            result.append("\\" * slashes + "\\")
        elif sign == "$":
            result.append("$")
        elif sign == "#":
            result.append("\\")
        slashes = slashes + 1 if sign == "\\" else 0
        result.append(sign)
    return "".join(result)


def mend(path: str, text: str, source: str, prefix: str) -> bool:
    """Put `source` in the place of `text` in a dependency file, and take `prefix` from names that start with it.

    Returns whether the file is as the compiler would have written it.
    """
    data = read_bytes(path)
    if data is None:
        return False
    old, new = escape(text), escape(_shortened(source))
    rule, *phony = _rules(data.decode("utf-8", "surrogateescape"))
    targets, mark, needed = _halves(rule)
    if not mark or old not in needed:
        return False
    names = [new if name == old else name.removeprefix(prefix) if prefix else name for name in needed]
    out = _laid_out(targets, names) + "".join(
        f"{name.removeprefix(prefix) if prefix else name}\n" for name in phony
    )
    try:
        # In place, as the compiler writes it: the file may be a pipe or a link.
        descriptor = os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC)
        try:
            os.write(descriptor, out.encode("utf-8", "surrogateescape"))
        finally:
            os.close(descriptor)
    except OSError:
        return False
    return True


def _shortened(name: str) -> str:
    """gcc leaves out ./ at the start of names."""
    while name.startswith("./"):
        name = name[2:].lstrip("/")
    return name


def _rules(text: str) -> list[str]:
    return text.replace("\\\n", " ").rstrip("\n").split("\n")


def _halves(rule: str) -> tuple[list[str], bool, list[str]]:
    words = _words(rule)
    for at, word in enumerate(words):
        if word.endswith(":"):
            return [*words[:at], word[:-1]], True, words[at + 1 :]
    return words, False, []


def _words(rule: str) -> list[str]:
    words: list[str] = []
    word = ""
    at = 0
    while at < len(rule):
        if rule[at] == "\\" and rule[at + 1 : at + 2] in (" ", "\t", "#"):
            word += rule[at : at + 2]
            at += 2
            continue
        if rule[at] in " \t":
            if word:
                words.append(word)
            word = ""
        else:
            word += rule[at]
        at += 1
    return [*words, word] if word else words


def _laid_out(targets: Sequence[str], names: Sequence[str]) -> str:
    out: list[str] = []
    column = 0

    def put(group: Sequence[str]) -> None:
        nonlocal column
        for name in group:
            size = len(name.encode("utf-8", "surrogateescape"))
            if column:
                if column + size > _WIDTH:
                    out.append(" \\\n")
                    column = 0
                column += 1
                out.append(" ")
            column += size
            out.append(name)

    put(targets)
    out.append(":")
    column += 1
    put(names)
    return "".join(out) + "\n"

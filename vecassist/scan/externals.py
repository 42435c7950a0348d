"""Where the external declarations of a preprocessed text begin and end, found without taking it apart into tokens."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vecassist.scan.gnu import hide

_STRUCTURE = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|[{};]")
_BLACK = re.compile(r"\S")
_SUSPECT = re.compile(r"=|__attribute|__declspec|\basm\b|__asm|typeof|\[\[")


@dataclass(frozen=True, slots=True)
class External:
    """One external declaration at [start, end) of a text; body: the offset of a function's "{"."""

    start: int
    end: int
    body: int | None


def externals(text: str) -> tuple[External, ...] | None:
    """The external declarations of a text without comments and directives, in order. None where that needs a closer
    look: braces that do not balance, parameters that are declared between the head and the body of a function."""
    found: list[External] = []
    start, depth, body = 0, 0, -1
    for match in _STRUCTURE.finditer(text):
        sign = text[match.start()]
        if sign == "{":
            depth += 1
            if depth == 1:
                head = text[start : match.start()].rstrip()
                if not head.strip():
                    return None
                body = match.start() if _is_function(head) else -1
        elif sign == "}":
            depth -= 1
            if depth < 0:
                return None
            if depth == 0 and body >= 0:
                found.append(_external(text, start, match.end(), body))
                start, body = match.end(), -1
        elif sign == ";" and depth == 0:
            found.append(_external(text, start, match.end(), None))
            start = match.end()
    if depth or _BLACK.search(text, start):
        return None
    return tuple(found)


def _external(text: str, start: int, end: int, body: int | None) -> External:
    first = _BLACK.search(text, start)
    return External(first.start() if first else start, end, body)


def _is_function(head: str) -> bool:
    """Whether a body follows what stands before a brace."""
    if not _SUSPECT.search(head):
        return head.endswith(")")
    tokens = hide(head)[1]
    depth = 0
    for token in tokens:
        if token.text in ("(", "[", "{"):
            depth += 1
        elif token.text in (")", "]", "}"):
            depth -= 1
        elif token.text == "=" and depth == 0:
            return False
    return bool(tokens) and tokens[-1].text == ")"


def name_of(head: str) -> str:
    """The name of the function that a head declares; "" where there is none."""
    if not _SUSPECT.search(head):
        found = re.search(r"([A-Za-z_$][\w$]*)\s*\(", head)
        return found[1] if found else ""
    tokens = hide(head)[1]
    for index, token in enumerate(tokens[:-1]):
        if token.kind == "id" and tokens[index + 1].text == "(":
            return token.text
    return ""

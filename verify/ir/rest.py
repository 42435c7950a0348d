"""What else is in two modules: the code and data that a call or a pointer to a function may lead to."""

from __future__ import annotations

import re
from collections.abc import Mapping

_BODY = re.compile(r"^define [^\n]*\{[^\n]*\n.*?^\}$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r'@("[^"\n]*"|[-\w.$]+)')
_GLOBAL = re.compile(r'^@("[^"\n]*"|[-\w.$]+) = (.*)$', re.MULTILINE)
_GROUP = re.compile(r"^attributes (#[0-9]+) = (.*)$", re.MULTILINE)
_ATTACHED = re.compile(r",? ![\w.]+ ![0-9]+\b")
_RECORD = re.compile(r"^\s*#dbg_.*$\n?", re.MULTILINE)
_LOCAL = re.compile(r"^(?:define )?(?:private|internal) ")


def differing(before: str, after: str, function: str) -> str | None:
    """The name of a function or variable, other than `function`, that the second text defines differently from the
    first; None where all are alike. What only one of them has must be of internal linkage."""
    first, second = _defined(before), _defined(after)
    for name in sorted(first.keys() | second.keys()):
        if name == function:
            continue
        one, other = first.get(name), second.get(name)
        if one is None or other is None:
            if not _LOCAL.match(one or other or ""):
                return name
        elif one != other:
            return name
    return None


def _defined(text: str) -> Mapping[str, str]:
    """Definitions by name, without positions and with attribute groups written out."""
    groups = dict(_GROUP.findall(text))
    found: dict[str, str] = {}
    for match in _BODY.finditer(text):
        body = match[0]
        name = _NAME.search(body[: body.index("\n")])
        if name is not None:
            found[name[1].strip('"')] = _plain(body, groups)
    for match in _GLOBAL.finditer(text):
        found[match[1].strip('"')] = _plain(match[2], groups)
    return found


def _plain(text: str, groups: Mapping[str, str]) -> str:
    text = _ATTACHED.sub("", _RECORD.sub("", text))
    return re.sub(r"#[0-9]+\b", lambda m: groups.get(m[0], m[0]), text)

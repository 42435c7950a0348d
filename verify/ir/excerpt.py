"""The part of a module's text that one function needs, so that LLVM has less to read."""

from __future__ import annotations

import re

_DEFINE = re.compile(r"^define [^\n]*\{[^\n]*\n.*?^\}$", re.MULTILINE | re.DOTALL)
_NAME = re.compile(r'@("[^"\n]*"|[-\w.$]+)')
_NODE = re.compile(r"![0-9]+\b")
_NODE_LINE = re.compile(r"^(![0-9]+) = .*\n?", re.MULTILINE)
_GROUP = re.compile(r"#[0-9]+\b")
_GLOBAL = re.compile(r"^@.*$", re.MULTILINE)
_ALWAYS = re.compile(r"^attributes (#[0-9]+) = \{[^\n]*\balwaysinline\b", re.MULTILINE)
_INTERNAL = re.compile(r"define (?:private|internal) ")
_LINKAGE = re.compile(
    r"^define (?:(?:available_externally|linkonce|weak|linkonce_odr|weak_odr|external|dso_local|dso_preemptable"
    r"|default|hidden|protected) )*"
)
_TAIL = re.compile(r"(?: comdat(?:\([^)]*\))?| section \"[^\"]*\"| align [0-9]+| ![\w.]+ ![0-9]+)* \{$")


def excerpt(text: str, function: str) -> str:
    """The text with only the bodies that matter for `function`, and the metadata that they reach.

    Other functions become declarations, or vanish if they are internal; those that globals refer to stay. Text
    of another form than clang prints, or without `function`, is returned as it is.
    """
    matches = {_name(m[0]): m for m in _DEFINE.finditer(text)}
    if function not in matches or "personality" in text or "\nuselistorder" in text:
        return text
    roots = {function} | {n.strip('"') for line in _GLOBAL.findall(text) for n in _NAME.findall(line)}
    kept = _reached(matches, roots, frozenset(_ALWAYS.findall(text)))
    if len(kept) == len(matches):
        return text
    rest: list[str] = []
    at = 0
    for name, match in matches.items():
        rest.append(text[at : match.start()])
        rest.append(match[0] if name in kept else _declared(match[0]))
        at = match.end()
    rest.append(text[at:])
    return _with_reached_nodes("".join(rest))


def _name(body: str) -> str:
    match = _NAME.search(body)
    return match[1].strip('"') if match else ""


def _reached(matches: dict[str, re.Match[str]], roots: set[str], always: frozenset[str]) -> set[str]:
    found: set[str] = set()
    work = list(roots)
    while work:
        name = work.pop()
        if name in found or name not in matches:
            continue
        body = matches[name][0]
        head = body[: body.index("\n")]
        inlined = _INTERNAL.match(head) or always.intersection(_GROUP.findall(head))
        if name in roots or inlined:
            found.add(name)
            work += [n.strip('"') for n in _NAME.findall(body)]
    return found


def _declared(body: str) -> str:
    head = body[: body.index("\n")]
    if _INTERNAL.match(head):
        return ""
    return "declare " + _TAIL.sub("", _LINKAGE.sub("", head))


def _with_reached_nodes(text: str) -> str:
    nodes = {m[1]: m[0] for m in _NODE_LINE.finditer(text)}
    other = _NODE_LINE.sub("", text)
    found: set[str] = set()
    work = set(_NODE.findall(other))
    while work:
        found |= work
        work = {n for name in work for n in _NODE.findall(nodes.get(name, ""))} - found
    lines = [line if line.endswith("\n") else line + "\n" for name, line in nodes.items() if name in found]
    return other.rstrip("\n") + "\n" + "".join(lines)

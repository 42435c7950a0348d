"""What a proof was about, as one hash: the part of both versions' IR that bears on it, and what the command means.

Left out is what says where a text stood: debug information, names of files and identifiers of a module that count
what stands before them. So another folder, another libc or an unrelated change leaves a proof alone, while a changed
header, flag or helper does not.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from verify.problem import Problem

_DEFINE = re.compile(r"^define [^\n]*\{[^\n]*\n.*?^\}$", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(
    r"^(?:(?P<global>@(?:\"[^\"\n]*\"|[-\w.$]+)) = |(?P<type>%(?:\"[^\"\n]*\"|[-\w.$]+)) = type "
    r"|(?P<node>![0-9]+) = |attributes (?P<group>\#[0-9]+) = "
    r"|(?P<comdat>\$(?:\"[^\"\n]*\"|[-\w.$]+)) = comdat )[^\n]*$",
    re.MULTILINE,
)
_DECLARE = re.compile(r"^declare [^\n]*$", re.MULTILINE)
_REFERENCE = re.compile(r"[@$%](?:\"[^\"\n]*\"|[-\w.$]+)|![0-9]+\b|#[0-9]+\b|\"(?:[^\"\n]*)\"")
_DEBUG_CALL = re.compile(
    r"^[ \t]*(?:(?:tail |notail |musttail )?call void @llvm\.dbg\.[^\n]*|#dbg_[^\n]*)\n", re.MULTILINE
)
_DEBUG_MARK = re.compile(r",? !dbg ![0-9]+")
_DEBUG_NODE = re.compile(r"![0-9]+ = (?:distinct )?!DI")
_HEADER = re.compile(r"^target (?:datalayout|triple) = [^\n]*$", re.MULTILINE)
_FLAG_NODE = re.compile(r"!\{i32 [0-9]+, !\"(?!Dwarf Version|Debug Info Version)[^\n]*")
_LIBRARIES = ("llvmlite", "z3-solver", "islpy")


def identity(problem: Problem) -> str:
    """The hash under which a proof of `problem` is recorded, with this version of the prover."""
    facts = asdict(problem)
    loops = bool(problem.before.loops or problem.after.loops)
    irs = [side.pop("ir") for side in (facts["before"], facts["after"])]
    # What the original promises is not asked of anyone; a promise about a loop finds it by its line.
    facts["before"].pop("promises")
    texts = irs if loops else [canonical(ir, problem.function) for ir in irs]
    parts = [prover(), *texts, json.dumps(facts, sort_keys=True)]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def subject(problem: Problem) -> dict[str, object]:
    """What a certificate is about, part by part: both versions by the hash of what the function reaches of them, and
    what the command and the caller give to their meaning."""
    facts = asdict(problem)
    found: dict[str, object] = {"function": problem.function}
    for name, side in (("original", problem.before), ("rewrite", problem.after)):
        text = canonical(side.ir, problem.function)
        found[name] = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
    found |= {"promises": [problem.after.promises, [one["text"] for one in facts["after"]["loops"]]]}
    found |= {"flags": facts["semantics"], "assumptions": [problem.assume, problem.conditions]}
    return found


def canonical(text: str, function: str) -> str:
    """The part of a module that `function` reaches, in an order and with names that depend on that part alone.

    A module of a form that is not expected is taken as it is.
    """
    items, bodies = _items(text), _bodies(text)
    root = f"@{function}"
    if root not in bodies:
        return text
    names: dict[str, str] = {}
    work = [root]
    out = _HEADER.findall(text)
    done: set[str] = set()

    def rename(found: re.Match[str]) -> str:
        name = found[0]
        if name[0] == '"':
            return name
        if name not in items and name not in bodies:
            return name
        work.append(name)
        if name[0] == "@" and not _is_numbered(items.get(name, "")):
            return name
        return names.setdefault(name, f"{name[0]}:{len(names)}")

    while work:
        name = work.pop(0)
        if name in done:
            continue
        done.add(name)
        item = bodies.get(name) or items[name]
        out.append("debug" if _DEBUG_NODE.match(item) else _REFERENCE.sub(rename, item))
    out += sorted(_FLAG_NODE.findall(text))
    return "\n".join(out)


def _is_numbered(item: str) -> bool:
    """Whether a global is named by a count, as string literals are."""
    return bool(re.match(r"@\.\w+(?:\.[0-9]+)? = ", item)) or " private " in item


def _bodies(text: str) -> Mapping[str, str]:
    plain = _DEBUG_MARK.sub("", _DEBUG_CALL.sub("", text))
    found: dict[str, str] = {}
    for body in _DEFINE.finditer(plain):
        name = re.search(r"@(?:\"[^\"\n]*\"|[-\w.$]+)", body[0])
        if name is not None:
            found[name[0]] = body[0]
    return found


def _items(text: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for item in _ITEM.finditer(text):
        name = next(value for value in item.groups() if value is not None)
        found[name] = _DEBUG_MARK.sub("", item[0])
    for declared in _DECLARE.finditer(text):
        name = re.search(r"@(?:\"[^\"\n]*\"|[-\w.$]+)", declared[0])
        if name is not None:
            found.setdefault(name[0], _DEBUG_MARK.sub("", declared[0]))
    return found


@functools.cache
def prover() -> str:
    """The prover's own text and the libraries that it works with: a proof by another prover is another proof."""
    from importlib.metadata import PackageNotFoundError, version

    import verify

    state = hashlib.sha256()
    home = Path(verify.__file__ or ".").parent
    for path in sorted(home.rglob("*.py")):
        state.update(path.name.encode() + b"\0" + path.read_bytes())
    for name in _LIBRARIES:
        try:
            state.update(f"{name} {version(name)}\n".encode())
        except PackageNotFoundError:
            state.update(f"{name}\n".encode())
    return state.hexdigest()

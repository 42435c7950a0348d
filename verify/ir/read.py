"""LLVM IR text to `Module`.

llvmlite parses, upgrades and verifies the text and prints it back; what is read here is that canonical print,
one instruction a line. Functions and globals are read when they are first asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from verify.ir.attributes import (
    of_result,
    take_attribute,
    take_attributes,
    take_function_attributes,
    take_return_attributes,
)
from verify.ir.constants import Names, parse_type, parse_value
from verify.ir.excerpt import excerpt
from verify.ir.instructions import label_of, parse_instr
from verify.ir.nodes import Block, Function, Global, Instr, Module, Param
from verify.ir.tokens import Cursor, name_of, unescape, words
from verify.ir.types import DataLayout
from verify.verdict import Unsupported

_T = TypeVar("_T")
_LINKAGES = words(
    "private internal available_externally linkonce weak common appending extern_weak linkonce_odr "
    "weak_odr external"
)
_NAME = r'(?:"[^"]*"|[-\w.$]+)'
_FUNCTION = re.compile(rf"(?:define|declare) [^@]*(@{_NAME})")
_ASSIGNED = re.compile(rf"([@%$]{_NAME}) = (.*)", re.DOTALL)
_METADATA = re.compile(r"!([-\w.$\\]+) = (?:distinct )?(.*)")
_GROUP = re.compile(r"attributes (#\d+) = \{ ?(.*?) ?\}$")
_TARGET = re.compile(r'target (datalayout|triple) = "(.*)"$')
_ALIAS = re.compile(r'[^"(]*\b(?:alias|ifunc) ')
_REFUSED = ("personality", "prefix", "prologue")


class _Lazy(Mapping[str, _T], Generic[_T]):
    """A mapping whose values are made from their text when first asked for."""

    def __init__(self, texts: dict[str, list[str]], make: Callable[[str, list[str]], _T]) -> None:
        self._texts = texts
        self._make = make
        self._made: dict[str, _T] = {}

    def __getitem__(self, name: str) -> _T:
        if name not in self._made:
            self._made[name] = self._make(name, self._texts[name])
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._texts

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


@dataclass(frozen=True)
class _Sections:
    """The lines of a module sorted by what they are about, names decoded."""

    functions: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    globals: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    names: Names = field(default_factory=lambda: Names({}, {}, {}))
    aliases: set[str] = field(default_factory=set[str])
    target: dict[str, str] = field(default_factory=dict[str, str])


def read(text: str, function: str | None = None) -> Module:
    """The module that `text` spells. Raises Unsupported for text that LLVM or this reader does not take.

    Functions and globals raise Unsupported when they are asked for: what is not wanted does not matter.
    function  if given, only what this function needs is promised to be there, which is faster for a large text.
    """
    found = _sections(_canonical(text, function).splitlines())
    names = found.names
    return Module(
        layout=parse_layout(found.target.get("datalayout", "")),
        triple=found.target.get("triple", ""),
        functions=_Lazy(found.functions, lambda _, body: _function(body, names)),
        globals=_Lazy(found.globals, lambda name, body: _global(name, body[0], names)),
        metadata=names.metadata,
        aliases=frozenset(found.aliases),
    )


def _sections(lines: list[str]) -> _Sections:
    found = _Sections()
    at = 0
    while at < len(lines):
        start = at
        line = lines[at]
        at += 1
        if line.startswith("define "):
            while lines[at] != "}":
                at += 1
            at += 1
        if line.startswith(("define ", "declare ")):
            if (match := _FUNCTION.match(line)) is None:
                raise Unsupported(f"IR syntax: {line[:120]}")
            found.functions[name_of(match[1])] = lines[start:at]
        elif line:
            _sort(line, found)
    return found


def _sort(line: str, found: _Sections) -> None:
    if line.startswith(("source_filename", ";", "uselistorder")):
        return
    if match := _METADATA.match(line):
        found.names.metadata[match[1]] = match[2]
    elif match := _GROUP.match(line):
        found.names.groups[match[1]] = match[2]
    elif match := _TARGET.match(line):
        found.target[match[1]] = unescape(match[2])
    elif match := _ASSIGNED.match(line):
        name, body = name_of(match[1]), match[2]
        if line[0] == "%":
            found.names.types[name] = body.removeprefix("type ")
        elif line[0] == "@" and _ALIAS.match(body):
            found.aliases.add(name)
        elif line[0] == "@":
            found.globals[name] = [body]
    else:
        raise Unsupported(f"IR syntax: {line[:120]}")


def _canonical(text: str, function: str | None = None) -> str:
    from llvmlite import binding

    if function is not None:
        part = excerpt(text, function)
        if part is not text:
            try:
                return _canonical(part)
            except Unsupported:
                return _canonical(text)
    try:
        # In a context of its own: a shared one renames a struct type that it has met before.
        module = binding.parse_assembly(text, binding.create_context())
        module.verify()
    except RuntimeError as error:
        raise Unsupported("IR that LLVM refuses: " + " ".join(str(error).split())[:200]) from error
    return str(module)


def parse_layout(text: str) -> DataLayout:
    """The data layout that a `target datalayout` string spells, LLVM's defaults where it is silent."""
    ints = {8: 1, 16: 2, 32: 4, 64: 4}
    floats = {16: 2, 32: 4, 64: 8, 80: 16, 128: 16}
    pointer, little = 8, True
    for part in text.split("-"):
        kind, *sizes = part.split(":")
        if kind == "E":
            little = False
        elif kind in ("p", "p0"):
            pointer = int(sizes[0]) // 8
        elif match := re.fullmatch(r"([if])(\d+)", kind):
            (ints if match[1] == "i" else floats)[int(match[2])] = int(sizes[0]) // 8
    return DataLayout(text, little, pointer, tuple(sorted(ints.items())), tuple(sorted(floats.items())))


def _function(lines: list[str], names: Names) -> Function:
    c = Cursor(lines[0])
    defined = c.next() == "define"
    lead = take_return_attributes(c)
    linkage = next((w for w in lead if w in _LINKAGES), "external")
    result = parse_type(c, names)
    name = name_of(c.next())
    params, variadic = _params(c, names)
    attributes = take_function_attributes(c, names)
    if any(word in attributes for word in _REFUSED):
        raise Unsupported(f"function @{name} with a personality or prefix")
    loc = None
    while c.peek.startswith("!"):
        kind, node = c.next(), c.next()
        if kind == "!dbg":
            loc = names.loc(node[1:])
    own = of_result(a for a in lead if a not in _LINKAGES)
    blocks: tuple[Block, ...] = ()
    if defined:
        c.expect("{")
        unnamed = sum(1 for p in params if p.name.isdigit())
        blocks = _blocks(lines[1:-1], str(unnamed), names)
    if c.peek:
        raise c.bad()
    return Function(name, params, result, blocks, attributes | own, linkage, variadic, loc)


def _params(c: Cursor, names: Names) -> tuple[tuple[Param, ...], bool]:
    params: list[Param] = []
    variadic = False
    c.expect("(")
    while not c.accept(")"):
        if params or variadic:
            c.expect(",")
        if c.accept("..."):
            variadic = True
            continue
        ty = parse_type(c, names)
        attributes = take_attributes(c)
        name = name_of(c.next()) if c.peek.startswith("%") else str(len(params))
        params.append(Param(name, ty, attributes))
    return tuple(params), variadic


def _blocks(lines: list[str], entry: str, names: Names) -> tuple[Block, ...]:
    blocks: list[Block] = []
    name, instrs = entry, list[Instr]()
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        label = label_of(line)
        if label is not None:
            if instrs:
                blocks.append(Block(name, tuple(instrs)))
            name, instrs = label, []
            continue
        if not line or line.lstrip().startswith(("#dbg_", ";")):
            continue
        if line.startswith("  switch ") and line.endswith("["):
            while not lines[at].startswith("  ]"):
                line += lines[at]
                at += 1
            line += lines[at]
            at += 1
        instr = parse_instr(line, names)
        if instr is not None:
            instrs.append(instr)
    blocks.append(Block(name, tuple(instrs)))
    return tuple(blocks)


def _global(name: str, text: str, names: Names) -> Global:
    c = Cursor(text)
    flags: list[str] = []
    while c.peek not in ("global", "constant"):
        flags.append(take_attribute(c))
    constant = c.next() == "constant"
    linkage = next((w for w in flags if w in _LINKAGES), "external")
    ty = parse_type(c, names)
    initializer = None
    if c.peek[:1] not in ("", ",", "!"):
        initializer = parse_value(c, ty, names)
    align = 0
    while c.accept(","):
        if c.accept("align"):
            align = c.number()
        elif c.peek.startswith("!"):
            c.pos += 2
        else:
            flags.append(take_attribute(c))
    if c.peek:
        flags.extend(take_function_attributes(c, names))
    if c.peek:
        raise c.bad()
    kept = frozenset(f for f in flags if f not in _LINKAGES)
    return Global(name, ty, constant, linkage, initializer, align, kept)

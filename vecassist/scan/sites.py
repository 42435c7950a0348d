"""The loop nests of a unit that a rewrite could replace, with exact spans in the original bytes."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from vecassist.model import Site, Span, Unit
from vecassist.scan.calls import Purity
from vecassist.scan.ctype import kind
from vecassist.scan.lexer import between, directive_name, first_at
from vecassist.scan.narrow import functions_with_loops
from vecassist.scan.parse import Parsed, Skip, map_unit, read_source
from vecassist.scan.region import Lost, locate
from vecassist.scan.region import find as find_statement
from vecassist.scan.scope import walk
from vecassist.scan.statements import LOOPS, Unbalanced, statement_end
from vecassist.scan.trip import constant, trip_count

Node = Any
_OPAQUE = {
    "asm": "inline assembly in the loop",
    "statement expression": "a statement expression in the loop",
    "typeof": "typeof in the loop",
    "builtin": "a builtin that takes a type in the loop",
    "type": "a compiler-specific type in the loop",
    "attribute": "an attribute in the loop",
    "label address": "the address of a label in the loop",
    "range": "a range of case labels or designators in the loop",
    "conditional": "a conditional without its second operand in the loop",
}


@dataclass(frozen=True, slots=True)
class Scan:
    """The sites of one unit in the order of the file, and what was left out.

    compiled: the lines that the command reaches after preprocessing, by the file's name in line markers; files that
    are only reached as system headers are left out.
    """

    sites: tuple[Site, ...]
    skipped: tuple[Skip, ...]
    compiled: Mapping[str, frozenset[int]] = field(default_factory=dict[str, frozenset[int]])


def scan_unit(unit: Unit) -> Scan:
    """Find the sites of `unit`. Raises UserError where the file cannot be read or preprocessed."""
    return scan_text(unit, read_source(unit))


def scan_text(unit: Unit, source: str) -> Scan:
    """As `scan_unit`, with `source` (latin-1 text) standing in the place of the unit's file."""
    mapped = map_unit(unit, source)
    parsed, find = functions_with_loops(unit, mapped)
    purity = Purity(find)
    main = parsed.mapped.main
    sites: list[Site] = []
    skipped = list(parsed.skipped)
    twins: Counter[str] = Counter()
    for function in parsed.tree.ext:
        if kind(function) != "FuncDef" or parsed.mapped.place(function.body.coord.line).system:
            continue
        name = function.decl.name
        for loop, refusal in _select(function.body, purity):
            place = parsed.mapped.place(loop.coord.line)
            if function.param_decls:
                refusal = "the function is defined in the old style"
            if place.file != main and not parsed.mapped.origins.get(parsed.offset(loop)):
                skipped.append(Skip(name, place.line, f"the loop is in {place.file}, which is included"))
            elif refusal:
                skipped.append(Skip(name, place.line, refusal))
            else:
                try:
                    site = _site(parsed, name, loop)
                except Lost as lost:
                    skipped.append(Skip(name, place.line, str(lost)))
                else:
                    sites.append(replace(site, key=_key(site, parsed, twins)))
    sites.sort(key=lambda site: site.span.start)
    return Scan(tuple(sites), tuple(skipped), mapped.compiled())


def is_loop(node: Node) -> bool:
    """Whether a statement may repeat: `do ... while (0)` is how macros spell a block."""
    if kind(node) == "DoWhile":
        return constant(node.cond) != 0
    return kind(node) in ("For", "While")


def _loops(node: Node) -> Iterator[Node]:
    """The outermost loops below `node`."""
    for _, child in node.children():
        if is_loop(child):
            yield child
        else:
            yield from _loops(child)


def _select(node: Node, purity: Purity) -> Iterator[tuple[Node, str]]:
    """(loop, why not) of the nests below `node`; loops that repeat calls around loops are stepped into."""
    for loop in _loops(node):
        if not purity.foreign(loop):
            yield loop, ""
        elif any(True for _ in _loops(loop)):
            yield from _select(loop, purity)
        elif _works(loop):
            yield loop, ""
        else:
            yield loop, "the loop only calls functions"


def _works(node: Node) -> bool:
    """Whether memory is accessed outside the arguments of calls."""
    if kind(node) == "ArrayRef" or (kind(node) == "UnaryOp" and node.op == "*"):
        return True
    if kind(node) == "FuncCall":
        return False
    return any(_works(child) for _, child in node.children())


def _site(parsed: Parsed, function: str, loop: Node) -> Site:
    """The site of one loop, its key left empty. Raises Lost with the reason where it has no exact place."""
    start = _original(parsed, loop)
    tokens = parsed.mapped.tokens
    index = first_at(tokens, start)
    try:
        last = statement_end(tokens, index) - 1
    except (Unbalanced, RecursionError) as error:
        raise Lost(f"the end of the loop is not clear: {error or 'nested too deep'}") from error
    span = Span(start, tokens[last].end)
    for token in between(tokens, span.start, span.end):
        if token.kind == "dir" and directive_name(token) != "pragma":
            raise Lost(f"a preprocessor line (#{directive_name(token)}) inside the loop")
    begin, end = locate(parsed, span)
    _check(parsed, begin, end)
    nested = [node for node in walk(loop) if is_loop(node)]
    starts = {id(node): _original(parsed, node) for node in nested}
    inner, depth = _deepest(loop)
    lines = parsed.source_lines
    return Site(
        unit=parsed.unit,
        file=parsed.unit.directory / parsed.unit.path,
        function=function,
        span=span,
        text=parsed.source[span.start : span.end],
        line=lines.line(span.start),
        inner_line=lines.line(starts[id(inner)]),
        depth=depth,
        trip=trip_count(inner),
        key="",
    )


def _original(parsed: Parsed, loop: Node) -> int:
    """Offset of the loop's keyword in the original."""
    offset = parsed.offset(loop)
    for origin in parsed.mapped.origins.get(offset, ()):
        token = parsed.mapped.tokens[first_at(parsed.mapped.tokens, origin)]
        if token.start == origin and token.kind == "id" and token.text in LOOPS:
            return origin
    raise Lost("the loop comes from a macro expansion")


def _check(parsed: Parsed, begin: int, end: int) -> None:
    """Raise Lost where the region stands under, in or around what must not be replaced as text."""
    before = first_at(parsed.tokens, begin) - 1
    gap = parsed.mapped.text[parsed.tokens[before].end if before >= 0 else 0 : begin]
    pragma = re.search(r"#[ \t]*pragma[^\n]*", gap)
    if pragma:
        raise Lost(f"the loop stands under {' '.join(pragma.group().split())}")
    for item in parsed.hidden:
        if begin <= item.start < end:
            raise Lost(_OPAQUE[item.kind])
    if any(item.start <= begin < item.end for item in parsed.hidden):
        raise Lost("the loop is inside a statement expression")
    find_statement(parsed, begin, end)


def _deepest(loop: Node) -> tuple[Node, int]:
    """The first of the most deeply nested loops, and its depth counted from `loop`."""
    best, depth = loop, 1
    for inner in _loops(loop):
        candidate, below = _deepest(inner)
        if below + 1 > depth:
            best, depth = candidate, below + 1
    return best, depth


def _key(site: Site, parsed: Parsed, twins: Counter[str]) -> str:
    tokens = between(parsed.mapped.tokens, site.span.start, site.span.end)
    body = site.function + "\0" + " ".join(token.text for token in tokens)
    twins[body] += 1
    return hashlib.sha256(f"{body}\0{twins[body]}".encode("latin-1")).hexdigest()[:16]

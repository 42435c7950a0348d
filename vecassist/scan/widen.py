"""Sites of several adjacent statements: a loop with the assignments and loops right around it."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from vecassist.model import Site, Span
from vecassist.scan.calls import Purity, defined
from vecassist.scan.ctype import kind
from vecassist.scan.lexer import between, first_at
from vecassist.scan.parse import Parsed, parse_text, read_source
from vecassist.scan.region import Lost, find, locate
from vecassist.scan.scope import walk
from vecassist.scan.statements import Unbalanced, children

Node = Any
_LOOPS = ("For", "While", "DoWhile")
_LEAVING = ("Goto", "Label", "Return", "Case", "Default")
_STEPS = ("++", "--", "p++", "p--")


def widen(site: Site) -> Site | None:
    """The longest run of simple assignments and loops around `site` in its block, from the first of them to the
    last loop; None where that is `site` itself. All sites of one run widen to the same site.

    Declarations are never part of a run, so nothing that it declares is visible behind it.
    """
    source = read_source(site.unit)
    if source[site.span.start : site.span.end] != site.text:
        raise Lost(f"{site.file}: the file has changed since it was scanned")
    return widen_in(parse_text(site.unit, source), site)


def widen_in(parsed: Parsed, site: Site) -> Site | None:
    """As `widen`, in a tree at hand."""
    spans = _siblings(parsed, site.span)
    own = [at for at, span in enumerate(spans) if site.span.start <= span.start < site.span.end]
    if not own:
        return None
    purity = Purity(defined(parsed.tree))
    first, last = own[0], own[-1]
    while first > 0 and _joins(parsed, spans[first - 1], purity):
        first -= 1
    reached = last
    while reached + 1 < len(spans) and (what := _joins(parsed, spans[reached + 1], purity)):
        reached += 1
        if what == "loop":
            last = reached
    span = Span(spans[first].start, spans[last].end)
    if span == site.span or _directives(parsed, span):
        return None
    try:
        start, end = locate(parsed, span)
        find(parsed, start, end)
    except Lost:
        return None
    return replace(
        site,
        span=span,
        text=parsed.source[span.start : span.end],
        line=parsed.source_lines.line(span.start),
        key=_key(parsed, site, span),
    )


def _siblings(parsed: Parsed, span: Span) -> list[Span]:
    """The statements of the block that directly holds `span`, in the original; none where no block does."""
    tokens = parsed.mapped.tokens
    index = first_at(tokens, span.start)
    depth = 0
    while index > 0:
        index -= 1
        text = tokens[index].text
        if text in (")", "]", "}"):
            depth += 1
        elif text in ("(", "[", "{"):
            if depth == 0:
                break
            depth -= 1
    if not tokens or tokens[index].text != "{":
        return []
    try:
        ranges = children(tokens, index)
    except (Unbalanced, RecursionError):
        return []
    return [Span(tokens[begin].start, tokens[end - 1].end) for begin, end in ranges]


def _joins(parsed: Parsed, span: Span, purity: Purity) -> str:
    """ "loop" or "assignment" where the statement at `span` may join a run, else ""."""
    try:
        start, end = locate(parsed, span)
        _, _, nodes = find(parsed, start, end)
    except Lost:
        return ""
    if len(nodes) != 1 or purity.foreign(nodes[0]) or _directives(parsed, span):
        return ""
    if any(start <= item.start < end for item in parsed.hidden):
        return ""
    if kind(nodes[0]) in _LOOPS:
        return "" if any(kind(node) in _LEAVING for node in walk(nodes[0])) else "loop"
    step = kind(nodes[0]) == "UnaryOp" and nodes[0].op in _STEPS
    return "assignment" if step or kind(nodes[0]) == "Assignment" else ""


def _directives(parsed: Parsed, span: Span) -> bool:
    return any(token.kind == "dir" for token in between(parsed.mapped.tokens, span.start, span.end))


def _key(parsed: Parsed, site: Site, span: Span) -> str:
    tokens = parsed.mapped.tokens
    body = " ".join(token.text for token in between(tokens, span.start, span.end))
    start, _ = locate(parsed, span)
    chunk = parsed.chunk_at(start)
    origin = parsed.origin_of(chunk) if chunk else None
    before = " ".join(token.text for token in between(tokens, origin or 0, span.start))
    ordinal = before.count(body) + 1
    return hashlib.sha256(f"{site.function}\0{body}\0{ordinal}".encode("latin-1")).hexdigest()[:16]

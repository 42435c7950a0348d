"""The tree of a site's region and the declarations that it sees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vecassist.model import Site, Span
from vecassist.scan.ctype import kind
from vecassist.scan.gnu import Hidden
from vecassist.scan.lexer import directive_name, first_at
from vecassist.scan.parse import Parsed, parse_text, read_source
from vecassist.scan.scope import Declared, Scope, scope_at
from vecassist.scan.statements import Unbalanced, statement_end

Node = Any


class Lost(Exception):
    """A place in the original has no counterpart in the tree; the message says why."""


@dataclass(frozen=True, eq=False)
class Region:
    """A site's statements in the tree. Nodes are shared with other callers: never change one, copy it.

    statements  the region's statements (one loop, unless the site was widened)
    function    the FuncDef around it
    path        nodes from function.body down to the node that directly holds the statements
    declarations  every visible name, see scan.scope.Declared
    typedefs    typedef name -> declarator type
    tags        struct, union or enum tag -> its defining node
    local_types typedef names and "tag NAME" that the function itself declares
    hidden      GNU C inside the region that the tree does not show
    start, end  offsets in parsed.text
    """

    site: Site
    parsed: Parsed
    statements: tuple[Node, ...]
    function: Node
    path: tuple[Node, ...]
    declarations: Mapping[str, Declared]
    typedefs: Mapping[str, Node]
    tags: Mapping[str, Node]
    local_types: frozenset[str]
    hidden: tuple[Hidden, ...]
    start: int
    end: int

    @property
    def node(self) -> Node:
        """The loop statement; of a widened site its last statement."""
        return self.statements[-1]


def parse_region(site: Site) -> Region:
    """The region's tree from the unit as it is on disk. Raises Lost where file and site do not agree."""
    source = read_source(site.unit)
    if source[site.span.start : site.span.end] != site.text:
        raise Lost(f"{site.file}: the file has changed since it was scanned")
    return region_at(parse_text(site.unit, source), site)


def region_at(parsed: Parsed, site: Site) -> Region:
    """As `parse_region`, in a tree at hand."""
    start, end = locate(parsed, site.span)
    function, path, statements = find(parsed, start, end)
    scope: Scope = scope_at(parsed.tree, function, path, statements)
    hidden = tuple(item for item in parsed.hidden if start <= item.start < end)
    return Region(
        site,
        parsed,
        statements,
        function,
        path,
        scope.names,
        scope.typedefs,
        scope.tags,
        frozenset(scope.local_types),
        hidden,
        start,
        end,
    )


def locate(parsed: Parsed, span: Span) -> tuple[int, int]:
    """[start, end) in the preprocessed text of a span of whole statements in the original.

    Both texts are scanned for statement ends and must agree, so braces from macros are noticed (Lost).
    """
    mapped = parsed.mapped
    start = mapped.to_text.get(span.start)
    if start is None:
        raise Lost("the statement comes from a macro expansion or is not compiled")
    index = first_at(mapped.tokens, span.start)
    place = first_at(parsed.tokens, start)
    try:
        while index < len(mapped.tokens) and mapped.tokens[index].start < span.end:
            if mapped.tokens[index].kind == "dir":
                index += 1
                continue
            index = statement_end(mapped.tokens, index)
            place = statement_end(parsed.tokens, place)
    except (Unbalanced, RecursionError) as error:
        raise Lost(f"the end of the statement is not clear: {error or 'nested too deep'}") from error
    if mapped.tokens[index - 1].end != span.end:
        raise Lost("the span is not made of whole statements")
    if not _ends_alike(parsed, index, place):
        raise Lost("braces of the statement come from a macro expansion")
    return start, parsed.tokens[place - 1].end


def _ends_alike(parsed: Parsed, index: int, place: int) -> bool:
    """Whether the original's token `index` and the text's token `place` are the same place."""
    tokens = parsed.mapped.tokens
    if parsed.tokens[place - 1].text != tokens[index - 1].text:
        return False
    included = False
    while index < len(tokens) and tokens[index].kind == "dir":
        included = included or directive_name(tokens[index]) == "include"
        index += 1
    if index == len(tokens):
        return included or place == len(parsed.tokens)
    follower = parsed.mapped.to_text.get(tokens[index].start)
    if follower is None:
        return False
    reached = first_at(parsed.tokens, follower)
    return reached >= place if included else reached == place


def find(parsed: Parsed, start: int, end: int) -> tuple[Node, tuple[Node, ...], tuple[Node, ...]]:
    """(function, path from its body to the holder, statements) of the statements at [start, end)."""
    chunk = parsed.chunk_at(start)
    if chunk is not None and chunk.body is not None:
        opening = parsed.tokens[chunk.body].start
        for function in parsed.tree.ext:
            if kind(function) == "FuncDef" and parsed.offset(function.body) == opening:
                found = _descend(parsed, function.body, (), start, end)
                if found:
                    return function, *found
    raise Lost("the statement is not in a function that was parsed")


def _descend(
    parsed: Parsed, node: Node, path: tuple[Node, ...], start: int, end: int
) -> tuple[tuple[Node, ...], tuple[Node, ...]] | None:
    inner = (*path, node)
    hits = tuple(child for _, child in node.children() if start <= parsed.offset(child) < end)
    if hits:
        return inner, hits
    for _, child in node.children():
        found = _descend(parsed, child, inner, start, end)
        if found:
            return found
    return None

"""The functions of a unit that hold loops, parsed alone: most of a translation unit is declarations that a search for
loops need not understand."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Any

from vecassist.model import Unit
from vecassist.scan.calls import defined
from vecassist.scan.externals import External, externals, name_of
from vecassist.scan.gnu import Hidden, hide
from vecassist.scan.grammar import Grammar, dialect, typedef_names
from vecassist.scan.lexer import Lines, Token
from vecassist.scan.mapping import Mapped
from vecassist.scan.parse import Parsed, Skip, parse_mapped, without_directives
from vecassist.scan.prune import Chunk

Node = Any
Find = Callable[[str], Node | None]
"""The definition of a static function, by its name."""

_LOOP = re.compile(r"\b(?:for|while|do)\b")
_TYPEDEF = re.compile(r"\btypedef\b")


def functions_with_loops(unit: Unit, mapped: Mapped) -> tuple[Parsed, Find]:
    """A tree of the functions outside of system headers that hold loops, and how to find the helpers they call.

    The result's tokens and chunks are those of these functions. Do not ask it about declarations: it has none.
    """
    text = without_directives(mapped.text)
    found = externals(text)
    if found is None:
        parsed = parse_mapped(unit, mapped)
        return parsed, defined(parsed.tree)
    return _Narrow(unit, mapped, text).read(found)


class _Narrow:
    def __init__(self, unit: Unit, mapped: Mapped, text: str) -> None:
        self._unit, self._mapped, self._text = unit, mapped, text
        self._lines = Lines(text)
        self._grammar = Grammar(dialect(unit.args))
        self._others: list[External] = []
        self._helpers: dict[str, External] | None = None
        self._known: dict[str, Node | None] = {}

    def read(self, found: tuple[External, ...]) -> tuple[Parsed, Find]:
        from pycparser import c_ast

        text, lines, mapped = self._text, self._lines, self._mapped
        external: list[Node] = []
        tokens: list[Token] = []
        chunks: list[Chunk] = []
        hidden: list[Hidden] = []
        skipped: list[Skip] = []
        for one in found:
            if one.body is None:
                if _TYPEDEF.search(text, one.start, one.end):
                    self._grammar.declare(_types(text[one.start : one.end]))
                continue
            self._others.append(one)
            if not _LOOP.search(text, one.body, one.end) or mapped.place(lines.line(one.body)).system:
                continue
            _, own, out_of_sight = hide(text, one.start, one.end)
            nodes = self._parse(one, own)
            if isinstance(nodes, tuple):
                line, message = nodes
                name = name_of(text[one.start : one.body])
                skipped.append(Skip(name, mapped.place(line).line, f"not parsed: {message}"))
                continue
            body = next(at for at, token in enumerate(own) if token.start == one.body)
            chunks.append(Chunk(len(tokens), len(tokens) + len(own), len(tokens) + body))
            tokens += own
            hidden += out_of_sight
            external += nodes
        parsed = Parsed(
            self._unit,
            mapped,
            text,
            tuple(tokens),
            tuple(chunks),
            c_ast.FileAST(external),
            tuple(hidden),
            tuple(skipped),
            lines,
            Lines(mapped.source),
        )
        self._known = {node.decl.name: node for node in external if "static" in (node.decl.storage or ())}
        return parsed, self._find

    def _parse(self, one: External, tokens: tuple[Token, ...]) -> list[Node] | tuple[int, str]:
        nodes = self._grammar.parse(self._text, tokens, self._lines)
        if isinstance(nodes, tuple) or (len(nodes) == 1 and type(nodes[0]).__name__ == "FuncDef"):
            return nodes
        return self._lines.line(one.start), "no function"

    def _find(self, name: str) -> Node | None:
        if name not in self._known:
            if self._helpers is None:
                heads = ((self._text[one.start : one.body], one) for one in self._others)
                self._helpers = {name_of(head): one for head, one in heads if "static" in head}
            one = self._helpers.get(name)
            nodes = None if one is None else self._parse(one, hide(self._text, one.start, one.end)[1])
            self._known[name] = nodes[0] if isinstance(nodes, list) else None
        return self._known[name]


@functools.lru_cache(maxsize=8192)
def _types(declaration: str) -> tuple[str, ...]:
    return tuple(typedef_names(hide(declaration)[1]))

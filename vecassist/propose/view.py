"""A site's region as a nest to rewrite: spelled as in the file, understood as preprocessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from pycparser import c_ast, c_parser

from vecassist.propose import nodes
from vecassist.propose.access import PURE
from vecassist.propose.comments import bare
from vecassist.propose.macros import merged, unplaced
from vecassist.propose.members import with_members
from vecassist.propose.nest import Nest
from vecassist.propose.nodes import Node

KEYWORDS = frozenset(
    {
        *("char", "const", "double", "else", "enum", "float", "goto", "int", "long", "return", "short"),
        *("signed", "sizeof", "static", "struct", "union", "unsigned", "void", "volatile", "_Bool"),
    }
)


def nest_of(
    spelled: str,
    tree: Node,
    types: Mapping[str, Node],
    typedefs: Mapping[str, Node],
    live_out: frozenset[str] | None = None,
) -> Nest:
    """The nest of one statement.

    spelled   its original text, macros unexpanded
    tree      the same statement after preprocessing
    types, typedefs  what it can see; live_out as in Nest
    """
    parsed = _parse(spelled.replace("\r\n", "\n"), typedefs, _macros(spelled, tree, types))
    constants: dict[str, int] = {}
    root = None if parsed is None else merged(parsed, tree, constants)
    if root is None:
        return Nest(unplaced(tree), types, typedefs, {}, PURE, live_out)
    shown = {n.name for n in nodes.walk(root) if isinstance(n, c_ast.ID)}
    kept = {name: value for name, value in constants.items() if name in shown and name not in types}
    return Nest(root, types, typedefs, kept, PURE, live_out)


def region_nest(region: Any) -> Nest:
    """The nest of a `vecassist.scan.region.Region`."""
    types = {name: found.type for name, found in region.declarations.items()}
    nest = nest_of(region.site.text, region.node, types, region.typedefs, _live_out(region))
    nest = with_members(nest, region.tags)
    return replace(nest, gcc="clang" not in PurePath(region.site.unit.compiler).name)


def _live_out(region: Any) -> frozenset[str] | None:
    """Variables that are read after the region; globals count as read."""
    from vecassist.splice.flow import analyse

    flow = analyse(region.function, region.statements)
    own = {d.name for d in flow.assigned}
    live = {d.name for d in flow.live_out | flow.addressed if d is not None}
    outside = {n for n, found in region.declarations.items() if n not in own and found.origin == "global"}
    return frozenset(live | outside)


def _parse(spelled: str, typedefs: Mapping[str, Node], macros: Iterable[str]) -> Node | None:
    """The text as one statement, with coordinates as of the text; None where it is no plain C."""
    plain = bare(spelled).replace("\\\n", " \n")
    for extra in ((), tuple(macros)):
        prelude = "".join(f"typedef int {name};" for name in dict.fromkeys((*typedefs, *extra)))
        try:
            unit = c_parser.CParser().parse(f"{prelude}void f(void) {{\n#line 1\n{plain}\n}}")
        except Exception:  # noqa: BLE001  pycparser raises several kinds; the preprocessed tree serves then
            continue
        items = unit.ext[-1].body.block_items or []
        return items[0] if len(items) == 1 else None
    return None


def _macros(spelled: str, tree: Node, types: Mapping[str, Node]) -> tuple[str, ...]:
    """Names that stand where a type can stand and that preprocessing took away."""
    meant = {n.name for n in nodes.walk(tree) if isinstance(n, c_ast.ID | c_ast.Decl)}
    found = re.findall(r"\b([A-Za-z_]\w*)\b(?=\s*\**\s*[A-Za-z_]\w*\s*[=;,\[]|\s*\**\s*\))", bare(spelled))
    return tuple(n for n in dict.fromkeys(found) if n not in meant and n not in types and n not in KEYWORDS)

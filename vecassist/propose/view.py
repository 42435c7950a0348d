"""A site's region as a nest to rewrite: spelled as in the file, understood as preprocessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from pycparser import c_ast, c_parser

from vecassist.propose import nodes
from vecassist.propose.access import PURE
from vecassist.propose.affine import literal
from vecassist.propose.nest import Nest
from vecassist.propose.nodes import Node


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
    parsed = _parse(spelled, typedefs)
    constants: dict[str, int] = {}
    calls: set[str] = set()
    if parsed is not None and _align(parsed, tree, constants, calls):
        shown = {n.name for n in nodes.walk(parsed) if isinstance(n, c_ast.ID)}
        kept = {name: value for name, value in constants.items() if name in shown and name not in types}
        return Nest(parsed, types, typedefs, kept, PURE | frozenset(calls), live_out)
    return Nest(nodes.clone(tree), types, typedefs, {}, PURE, live_out)


def region_nest(region: Any) -> Nest:
    """The nest of a `vecassist.scan.region.Region`."""
    types = {name: found.type for name, found in region.declarations.items()}
    nest = nest_of(region.site.text, region.node, types, region.typedefs, _live_out(region))
    return replace(nest, gcc="clang" not in PurePath(region.site.unit.compiler).name)


def _live_out(region: Any) -> frozenset[str] | None:
    """Variables that are read after the region; globals count as read."""
    from vecassist.splice.flow import analyse

    flow = analyse(region.function, region.statements)
    own = {d.name for d in flow.assigned}
    live = {d.name for d in flow.live_out | flow.addressed}
    outside = {n for n, found in region.declarations.items() if n not in own and found.origin == "global"}
    return frozenset(live | outside)


def _parse(spelled: str, typedefs: Mapping[str, Node]) -> Node | None:
    prelude = "".join(f"typedef int {name};" for name in typedefs)
    try:
        unit = c_parser.CParser().parse(f"{prelude}void f(void) {{\n{_bare(spelled)}\n}}")
    except Exception:  # noqa: BLE001  pycparser raises several kinds; the preprocessed tree serves then
        return None
    items = unit.ext[-1].body.block_items or []
    return items[0] if len(items) == 1 else None


def _bare(spelled: str) -> str:
    """Comments blanked; pycparser has no preprocessor."""
    import re

    return re.sub(r"/\*.*?\*/|//[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group()), spelled, flags=re.S)


def _align(shown: Node, meant: Node, constants: dict[str, int], calls: set[str]) -> bool:
    """Walk the two trees side by side and learn what the macros in the first stand for."""
    if isinstance(shown, c_ast.ID) and not isinstance(meant, c_ast.ID):
        value = _constant(meant)
        if value is not None:
            return constants.setdefault(shown.name, value) == value
        return isinstance(meant, c_ast.Constant)
    if isinstance(shown, c_ast.FuncCall) and isinstance(meant, c_ast.FuncCall):
        alias, callee = shown.name, meant.name
        if isinstance(alias, c_ast.ID) and isinstance(callee, c_ast.ID) and callee.name in PURE:
            calls.add(alias.name)
            return _pairs(shown.args, meant.args, constants, calls)
    if type(shown) is not type(meant):
        return False
    for field in ("op", "name", "value", "names", "type", "declname"):
        one, two = getattr(shown, field, None), getattr(meant, field, None)
        if not isinstance(one, c_ast.Node) and not isinstance(two, c_ast.Node) and one != two:
            return False
    mine, theirs = list(nodes.children(shown)), list(nodes.children(meant))
    if len(mine) != len(theirs):
        return False
    return all(_align(a, b, constants, calls) for a, b in zip(mine, theirs, strict=True))


def _pairs(shown: Node | None, meant: Node | None, constants: dict[str, int], calls: set[str]) -> bool:
    if shown is None or meant is None:
        return shown is meant
    return _align(shown, meant, constants, calls)


def _constant(node: Node) -> int | None:
    """The value of an expression of integer constants."""
    from vecassist.propose.affine import linear

    value = literal(node)
    if value is not None:
        return value
    form = linear(node)
    return None if form is None else form.constant

"""Loops unrolled by two, mechanically: right by construction, whatever the loop computes.

A counted loop whose header alone moves its index and whose body always runs to its end becomes

    for (i = a; i < n && i + s < n; i += 2 * s) { B(i) B(i + s) }
    for (; i < n; i += s) B(i)

where every `i + s` is a value that the original computes too. Any other loop tests its condition in the middle,

    for (a; c; s) { B  s; if (!c) break;  B }

with a `continue` of the first copy turned into a jump to that test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pycparser import c_ast
from pycparser.c_generator import CGenerator

from vecassist.propose import nodes
from vecassist.propose.loops import Loop, assigned, counted
from vecassist.propose.nodes import Node
from vecassist.scan.region import Region
from vecassist.scan.sites import is_loop

_LEAVES = c_ast.Break | c_ast.Continue | c_ast.Goto | c_ast.Return | c_ast.Label
_LIMITS = c_ast.ID | c_ast.Constant | c_ast.BinaryOp


@dataclass(frozen=True, slots=True)
class Unrolled:
    """One loop of a nest unrolled. loop: its text; form: "epilogue" or "test"; text: the whole nest; innermost:
    no loop stands in it; refusal: why it is left alone, then `text` is empty."""

    line: int
    loop: str
    form: str
    text: str
    innermost: bool
    refusal: str = ""


def unroll(region: Region) -> Iterator[Unrolled]:
    """Every loop of the region unrolled, one at a time, macros expanded."""
    plain = _plain(region)
    taken = set(region.declarations) | nodes.names(region.function)
    taken |= {n.name for n in nodes.walk(region.function) if isinstance(n, c_ast.Label)}
    for loop in nodes.walk(region.node):
        if not is_loop(loop):
            continue
        line = region.parsed.mapped.place(loop.coord.line).line
        innermost = not any(is_loop(node) for node in nodes.walk(loop.stmt))
        shown = _text(loop)
        reason = _obstacle(loop)
        if reason:
            yield Unrolled(line, shown, "", "", innermost, reason)
            continue
        found = counted(loop)
        if found is not None and _epilogue_fits(found, plain, region.typedefs):
            form, made = "epilogue", _with_epilogue(found)
        else:
            form, made = "test", [_with_test(loop, nodes.fresh("next_half", taken))]
        yield Unrolled(line, shown, form, _text(nodes.replace(region.node, loop, made)), innermost)


def _text(statement: Node) -> str:
    return CGenerator().visit(statement).strip()


def _plain(region: Region) -> dict[str, Node]:
    """Variables that only their own names can change, with their types."""
    reached = {
        n.expr.name
        for n in nodes.walk(region.function)
        if isinstance(n, c_ast.UnaryOp) and n.op == "&" and isinstance(n.expr, c_ast.ID)
    }
    found = {
        name: one.type
        for name, one in region.declarations.items()
        if one.origin in ("local", "parameter") and "static" not in one.storage
    }
    inner = {n.name: n.type for n in nodes.walk(region.node) if isinstance(n, c_ast.Decl) and n.name}
    return {name: kind for name, kind in (found | inner).items() if name not in reached}


def _obstacle(loop: Node) -> str:
    """Why the body cannot stand there twice."""
    for node in nodes.walk(loop.stmt):
        if isinstance(node, c_ast.Label):
            return "a label in the body"
        if isinstance(node, c_ast.Decl) and "static" in (node.storage or ()):
            return "a static variable in the body"
    return ""


def _epilogue_fits(loop: Loop, plain: Mapping[str, Node], typedefs: Mapping[str, Node]) -> bool:
    body, used = loop.node.stmt, nodes.names(loop.limit)
    if any(isinstance(n, _LEAVES) for n in nodes.walk(body)):
        return False
    if any(isinstance(n, c_ast.Decl) and n.name in used for n in nodes.walk(body)):
        return False
    if not all(isinstance(n, _LIMITS) for n in nodes.walk(loop.limit)):
        return False
    if loop.index not in plain or not used <= set(plain) or used & assigned(body):
        return False
    return _wide(plain[loop.index], typedefs)


def _wide(kind: Node | None, typedefs: Mapping[str, Node]) -> bool:
    """Whether an index of the type is as wide as int, so that `i + s` is what its step makes of it."""
    for _ in range(20):
        if isinstance(kind, c_ast.PtrDecl):
            return True
        if isinstance(kind, c_ast.TypeDecl):
            kind = kind.type
        elif isinstance(kind, c_ast.IdentifierType):
            if len(kind.names) == 1 and kind.names[0] in typedefs:
                kind = typedefs[kind.names[0]]
            else:
                return not {"char", "short", "_Bool"} & set(kind.names)
        else:
            return isinstance(kind, c_ast.Enum)
    return False


def _with_epilogue(loop: Loop) -> list[Node]:
    index, body = nodes.ident(loop.index), loop.node.stmt
    up = loop.step > 0
    ahead = nodes.binary("+" if up else "-", index, nodes.number(abs(loop.step)))
    second = _moved(loop.node.cond, loop.index, ahead)
    twice = nodes.assign(index, nodes.number(2 * abs(loop.step)), "+=" if up else "-=")
    copies = nodes.block([_block(body), _block(_moved(body, loop.index, ahead))])
    start = loop.node.init if loop.declared is None else None
    main = c_ast.For(start, nodes.binary("&&", loop.node.cond, second), twice, copies)
    rest = c_ast.For(None, loop.node.cond, loop.node.next, body)
    return [main, rest] if loop.declared is None else [nodes.block([loop.declared, main, rest])]


def _moved(node: Node, index: str, ahead: Node) -> Node:
    """A copy with the variable `index` replaced; members of that name stay."""

    def visit(found: Node) -> Node | None:
        if isinstance(found, c_ast.ID):
            return ahead if found.name == index else None
        if isinstance(found, c_ast.StructRef):
            return c_ast.StructRef(nodes.transform(found.name, visit), found.type, found.field)
        return None

    return nodes.transform(node, visit)


def _block(body: Node) -> Node:
    return body if isinstance(body, c_ast.Compound) else nodes.block([body])


def _with_test(loop: Node, label: str) -> Node:
    first, jumps = _jumping(loop.stmt, label)
    middle: list[Node] = []
    if isinstance(loop, c_ast.For) and loop.next is not None:
        middle.append(loop.next)
    if loop.cond is not None:
        middle.append(c_ast.If(nodes.negate(loop.cond), c_ast.Break(), None))
    if jumps:
        middle[:1] = [c_ast.Label(label, middle[0] if middle else c_ast.EmptyStatement())]
    copies = nodes.block([_block(first), *middle, _block(loop.stmt)])
    if isinstance(loop, c_ast.For):
        return c_ast.For(loop.init, loop.cond, loop.next, copies)
    return type(loop)(loop.cond, copies)


def _jumping(body: Node, label: str) -> tuple[Node, bool]:
    """The body with its own `continue`s as jumps, and whether there are any."""
    found: list[Node] = []

    def visit(node: Node) -> Node | None:
        if isinstance(node, c_ast.For | c_ast.While | c_ast.DoWhile):
            return node
        if isinstance(node, c_ast.Continue):
            found.append(node)
            return c_ast.Goto(label)
        return None

    return nodes.transform(body, visit), bool(found)

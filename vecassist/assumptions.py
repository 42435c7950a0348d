"""`--assume`: names, `noalias(a, b)` and C conditions on the arguments of one function."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vecassist.errors import UserError
from vecassist.guards import Condition
from vecassist.model import Unit
from vecassist.problems import Place
from vecassist.scan.ctype import decayed, is_arithmetic, kind, resolve
from vecassist.scan.parse import parse_text
from vecassist.scan.scope import Scope, parameters
from verify.assume import NAMES, noalias

Node = Any
_OPERATORS = frozenset(
    {"+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "<", ">", "<=", ">=", "==", "!=", "&&", "||"}
)
_UNARY = frozenset({"+", "-", "~", "!"})
_POINTER_OPERATORS = frozenset({"<", ">", "<=", ">=", "==", "!=", "-"})
_FLOATING = {"float", "double", "_Complex"}
_BUILTIN_TYPES = {
    "uintptr_t": "__UINTPTR_TYPE__",
    "intptr_t": "__INTPTR_TYPE__",
    "size_t": "__SIZE_TYPE__",
    "ptrdiff_t": "__PTRDIFF_TYPE__",
}


@dataclass(frozen=True, slots=True)
class Assumptions:
    """names: what the prover understands by itself, `noalias(a, b)` included; conditions: the others."""

    names: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


def read(values: Sequence[str], place: Place, name: Path, text: str, function: str) -> Assumptions:
    """What was granted, checked against the function in the text. Raises UserError where it is not understood, or
    speaks of what the function does not have."""
    names, conditions = _split(values)
    pairs = [one for one in names if noalias(one) is not None]
    if not pairs and not conditions:
        return Assumptions(names)
    types, variables = _declared(place, name, text, function)
    for pair in pairs:
        _check_pair(pair, types, variables, function)
    return Assumptions(names, tuple(_condition(one, types, function) for one in conditions))


def _split(values: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names: list[str] = []
    conditions: list[str] = []
    for value in values:
        text = " ".join(value.split())
        pair = noalias(text)
        if text in NAMES or pair is not None:
            names.append(text if pair is None else f"noalias({','.join(_two(text))})")
        elif not text or text.replace("-", "_").isidentifier() or text.startswith("noalias"):
            choices = ", ".join(sorted(NAMES))
            raise UserError(
                f"--assume {text!r}: not known; grant one of {choices}, noalias(a,b), or a C condition on the "
                "arguments such as 'n % 8 == 0'"
            )
        else:
            conditions.append(text)
    return tuple(dict.fromkeys(names)), tuple(dict.fromkeys(conditions))


def _two(text: str) -> tuple[str, str]:
    first, _, second = text[text.index("(") + 1 : text.rindex(")")].partition(",")
    return first.strip(), second.strip()


def _declared(place: Place, name: Path, text: str, function: str) -> tuple[dict[str, Node], frozenset[str]]:
    """The types of the function's parameters, and the variables of the file."""
    parsed = parse_text(Unit(name, place.directory, " ".join(place.user.argv), place.args), text)
    scope, types = Scope(), dict[str, Node]()
    for node in parsed.tree.ext:
        if kind(node) == "FuncDef" and node.decl.name == function:
            types = {p.name: decayed(resolve(p.type, scope.typedefs)) for p in parameters(node)}
        scope.add(node, "global")
    return types, frozenset(n for n, found in scope.names.items() if found.origin == "global")


def _check_pair(pair: str, types: dict[str, Node], variables: frozenset[str], function: str) -> None:
    for one in _two(pair):
        if one in types and kind(types[one]) != "PtrDecl":
            raise UserError(f"--assume {pair}: {one} is no pointer; name two pointers or variables")
        if one not in types and one not in variables:
            raise UserError(
                f"--assume {pair}: {function} has no parameter {one}; it has {_listed(types)}, and the file has no "
                "such variable"
            )


def _listed(types: dict[str, Node]) -> str:
    return ", ".join(types) or "none"


def _condition(text: str, types: dict[str, Node], function: str) -> Condition:
    from pycparser.c_generator import CGenerator

    tree = _parsed(text)
    problem = next(_problems(tree, types), None)
    if problem == "":
        named = sorted({n.name for n in _walk(tree) if kind(n) == "ID"} - set(types))
        problem = f"{function} has no parameter {named[0]}; it has {_listed(types)}"
    if problem is not None:
        raise UserError(f"--assume {text!r}: {problem}")
    return Condition(text, CGenerator().visit(_as_numbers(tree, types)))


def _as_numbers(node: Node, types: dict[str, Node]) -> Node:
    """A condition with pointers compared as addresses, and types spelled without a header."""
    from pycparser import c_ast

    match kind(node):
        case "BinaryOp":
            left, right = _as_numbers(node.left, types), _as_numbers(node.right, types)
            if (
                node.op in _POINTER_OPERATORS - {"-"}
                and _pointer(node.left, types)
                and _pointer(node.right, types)
            ):
                left, right = _address(left), _address(right)
            return c_ast.BinaryOp(node.op, left, right)
        case "UnaryOp":
            return c_ast.UnaryOp(node.op, _as_numbers(node.expr, types))
        case "TernaryOp":
            return c_ast.TernaryOp(*(_as_numbers(n, types) for n in (node.cond, node.iftrue, node.iffalse)))
        case "Cast":
            names: list[str] = node.to_type.type.type.names
            plain = [_BUILTIN_TYPES.get(name, name) for name in names]
            return c_ast.Cast(_typename(plain), _as_numbers(node.expr, types))
        case _:
            return node


def _address(node: Node) -> Node:
    from pycparser import c_ast

    return c_ast.Cast(_typename(["__UINTPTR_TYPE__"]), node)


def _typename(names: Sequence[str]) -> Node:
    from pycparser import c_ast

    return c_ast.Typename(None, [], None, c_ast.TypeDecl(None, [], None, c_ast.IdentifierType(list(names))))


def _parsed(condition: str) -> Node:
    from pycparser.c_parser import CParser, ParseError

    prelude = "".join(f"typedef int {name};" for name in _BUILTIN_TYPES)
    try:
        tree = CParser().parse(f"{prelude}int condition(void) {{ return {condition}\n; }}")
        statements = tree.ext[-1].body.block_items or []
    except (ParseError, AssertionError, AttributeError, RecursionError) as error:
        raise UserError(
            f"--assume {condition!r}: is no C expression; write a condition such as 'n % 8 == 0'"
        ) from error
    if len(tree.ext) != 5 or len(statements) != 1 or kind(statements[0]) != "Return":
        raise UserError(f"--assume {condition!r}: is no C expression; write a condition such as 'n % 8 == 0'")
    return statements[0].expr


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for _, child in node.children():
        yield from _walk(child)


def _problems(node: Node, types: dict[str, Node]) -> Iterator[str]:
    """What is wrong with a condition, "" for an unknown name."""
    match kind(node):
        case "Constant":
            if "float" in node.type or "double" in node.type or node.type == "string":
                yield "only integers can be compared"
        case "ID":
            if node.name not in types:
                yield ""
            elif not _is_integer(types[node.name]):
                yield f"{node.name} is no integer; only integers and the order of pointers can be granted"
        case "UnaryOp" if node.op in _UNARY:
            yield from _problems(node.expr, types)
        case "BinaryOp" if node.op in _OPERATORS:
            sides = [_pointer(side, types) for side in (node.left, node.right)]
            if all(sides) and node.op in _POINTER_OPERATORS:
                return
            if any(sides) and node.op in ("==", "!=") and _is_zero(node.right if sides[0] else node.left):
                return
            yield from _problems(node.left, types)
            yield from _problems(node.right, types)
        case "TernaryOp":
            for part in (node.cond, node.iftrue, node.iffalse):
                yield from _problems(part, types)
        case "Cast":
            names = getattr(node.to_type.type.type, "names", None)
            if kind(node.to_type.type) != "TypeDecl" or names is None or _FLOATING & set(names):
                yield "only casts to integer types can be granted"
            elif not _pointer(node.expr, types):
                yield from _problems(node.expr, types)
        case "Typename":
            return
        case _:
            yield "only arithmetic and comparisons of the arguments can be granted, no calls, memory or assignments"


def _is_integer(ty: Node) -> bool:
    names = getattr(ty.type, "names", ()) if kind(ty) == "TypeDecl" else ()
    return is_arithmetic(ty) and not _FLOATING & set(names)


def _pointer(node: Node, types: dict[str, Node]) -> bool:
    if kind(node) == "ID":
        return node.name in types and kind(types[node.name]) == "PtrDecl"
    if kind(node) == "BinaryOp" and node.op in ("+", "-"):
        return _pointer(node.left, types) and not next(_problems(node.right, types), None)
    return False


def _is_zero(node: Node) -> bool:
    return kind(node) == "Constant" and node.value == "0"

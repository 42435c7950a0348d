"""Linear integer expressions over named symbols, and their way to and from syntax trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pycparser import c_ast

from vecassist.propose.nodes import Node, binary, ident, number, substitute, transform


@dataclass(frozen=True, slots=True)
class Linear:
    """constant + sum of coefficient * symbol; terms in order of first mention, no zero coefficients."""

    terms: tuple[tuple[str, int], ...] = ()
    const: int = 0

    def coefficient(self, name: str) -> int:
        return dict(self.terms).get(name, 0)

    def without(self, name: str) -> Linear:
        return Linear(tuple(t for t in self.terms if t[0] != name), self.const)

    def plus(self, other: Linear | int) -> Linear:
        if isinstance(other, int):
            return Linear(self.terms, self.const + other)
        sums = dict(self.terms)
        for name, factor in other.terms:
            sums[name] = sums.get(name, 0) + factor
        return Linear(tuple((n, f) for n, f in sums.items() if f), self.const + other.const)

    def times(self, factor: int) -> Linear:
        if factor == 0:
            return Linear()
        return Linear(tuple((n, f * factor) for n, f in self.terms), self.const * factor)

    def minus(self, other: Linear) -> Linear:
        return self.plus(other.times(-1))

    def put(self, name: str, value: Linear) -> Linear:
        factor = self.coefficient(name)
        return self.without(name).plus(value.times(factor)) if factor else self

    @property
    def symbols(self) -> tuple[str, ...]:
        return tuple(n for n, _ in self.terms)

    @property
    def constant(self) -> int | None:
        return None if self.terms else self.const


def symbol(name: str) -> Linear:
    return Linear(((name, 1),))


def literal(node: Node) -> int | None:
    """The value of a plain integer constant."""
    if isinstance(node, c_ast.Constant) and node.type in ("int", "long int", "long long int"):
        digits = node.value.rstrip("lL")
        try:
            return int(digits, 8 if digits.startswith("0") and digits.isdigit() and len(digits) > 1 else 0)
        except ValueError:
            return None
    return None


def linear(node: Node | None, constants: Mapping[str, int] | None = None) -> Linear | None:
    """The linear form of an integer expression or None. Named constants become their values."""
    known = constants or {}
    match node:
        case c_ast.Constant():
            value = literal(node)
            return None if value is None else Linear((), value)
        case c_ast.ID():
            return Linear((), known[node.name]) if node.name in known else symbol(node.name)
        case c_ast.UnaryOp(op="-"):
            inner = linear(node.expr, known)
            return None if inner is None else inner.times(-1)
        case c_ast.UnaryOp(op="+"):
            return linear(node.expr, known)
        case c_ast.BinaryOp(op="+" | "-" | "*" | "/"):
            left, right = linear(node.left, known), linear(node.right, known)
            return None if left is None or right is None else _combine(node.op, left, right)
        case _:
            return None


def _combine(op: str, left: Linear, right: Linear) -> Linear | None:
    if op == "+":
        return left.plus(right)
    if op == "-":
        return left.minus(right)
    first, second = left.constant, right.constant
    if op == "*":
        if second is not None:
            return left.times(second)
        return right.times(first) if first is not None else None
    if first is not None and second:
        quotient = abs(first) // abs(second)
        return Linear((), quotient if (first < 0) == (second < 0) else -quotient)
    return None


def expression(form: Linear) -> Node:
    """The tidy C expression of a linear form, positive terms first."""
    ordered = [t for t in form.terms if t[1] > 0] + [t for t in form.terms if t[1] < 0]
    node: Node | None = None
    for name, factor in ordered:
        size = abs(factor)
        term = ident(name) if size == 1 else binary("*", number(size), ident(name))
        if node is None:
            if factor < 0:
                node = number(form.const) if form.const > 0 else None
                if node is not None:
                    form = Linear(form.terms, 0)
                    node = binary("-", node, term)
                    continue
                node = c_ast.UnaryOp("-", term)
            else:
                node = term
        else:
            node = binary("+" if factor > 0 else "-", node, term)
    if node is None:
        return number(form.const)
    if form.const:
        node = binary("+" if form.const > 0 else "-", node, number(abs(form.const)))
    return node


def add(node: Node, value: int) -> Node:
    """`node + value`, simplified where the expression is linear."""
    if value == 0:
        return node
    form = linear(node)
    if form is not None:
        return expression(form.plus(value))
    return binary("+" if value > 0 else "-", node, number(abs(value)))


def place(node: Node, values: Mapping[str, Node]) -> Node:
    """Substitute identifiers, then tidy every subscript that mentioned one of them."""

    def visit(found: Node) -> Node | None:
        if isinstance(found, c_ast.ArrayRef):
            base = transform(found.name, visit)
            return c_ast.ArrayRef(base, tidy(found.subscript, values))
        if isinstance(found, c_ast.ID) and found.name in values:
            return values[found.name]
        if isinstance(found, c_ast.FuncCall):
            return c_ast.FuncCall(found.name, None if found.args is None else transform(found.args, visit))
        if isinstance(found, c_ast.BinaryOp) and found.op in ("<", "<=", ">", ">=", "==", "!="):
            return binary(found.op, tidy(found.left, values), tidy(found.right, values))
        return None

    return transform(node, visit)


def tidy(node: Node, values: Mapping[str, Node]) -> Node:
    """Substitute in an expression; where it is linear before and after, print it as a sum."""
    from vecassist.propose.nodes import names

    mentioned = names(node) & set(values)
    if not mentioned:
        return node
    made = place(node, values) if _has_array(node) else substitute(node, values)
    form = linear(made)
    if form is None or linear(node) is None or _wide(made):
        return made
    return expression(form)


def _wide(node: Node) -> bool:
    """Whether the sum is computed in a wider type on purpose."""
    from vecassist.propose.nodes import walk

    return any(isinstance(n, c_ast.Constant) and n.type == "long long int" for n in walk(node))


def _has_array(node: Node) -> bool:
    from vecassist.propose.nodes import walk

    return any(isinstance(n, c_ast.ArrayRef) for n in walk(node))


def simplified(node: Node) -> Node:
    """The expression as a tidy sum where it is linear."""
    form = linear(node)
    return node if form is None else expression(form)

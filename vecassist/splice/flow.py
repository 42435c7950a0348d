"""Dataflow of a function's own variables: what is live, what may be indeterminate, at a region's edges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vecassist.scan.ctype import kind
from vecassist.scan.scope import parameters, walk
from vecassist.splice.blocks import Block, forward, liveness

Node = Any
_STEPS = ("++", "--", "p++", "p--")
_UNEVALUATED = ("sizeof", "_Alignof", "alignof")


@dataclass(frozen=True, eq=False)
class Flow:
    """Facts about the variables (their Decl nodes) of one function around a region.

    live_in      read by some path from the region's start before it is written
    live_out     read by some path from the region's end before it is written
    doubtful     maybe indeterminate when the region starts
    touched      read, written or initialized by some path before the region starts
    addressed    its address is taken somewhere (arrays that merely decay are not counted)
    exposed      inside the region: its address is taken, or it is the operand of sizeof or the like
    used, assigned  inside the region
    """

    live_in: frozenset[Node]
    live_out: frozenset[Node]
    doubtful: frozenset[Node]
    touched: frozenset[Node]
    addressed: frozenset[Node]
    exposed: frozenset[Node]
    used: frozenset[Node]
    assigned: frozenset[Node]


def analyse(function: Node, region: Sequence[Node], outer: Mapping[str, Node] | None = None) -> Flow:
    """Dataflow of `function`'s parameters and locals around the adjacent statements `region`.

    outer: further variables that the function sees as if they were its own, by name.
    """
    builder = _Builder(region, outer or {})
    for parameter in parameters(function):
        builder.declare(parameter, initialized=True)
    builder.statement(function.body)
    assert builder.entry is not None
    assert builder.exit is not None
    live = liveness(builder.blocks)
    doubtful = forward(builder.blocks, frozenset(builder.locals), gains=("begin",), loses=("def",))
    touched = forward(builder.blocks, frozenset(), gains=("use", "def", "touch"), loses=("begin",))
    around = builder.outer
    return Flow(
        live[id(builder.entry)] & around,
        live[id(builder.exit)] & around,
        doubtful[id(builder.entry)] & around,
        touched[id(builder.entry)] & around,
        frozenset(builder.addressed),
        frozenset(builder.exposed),
        frozenset(builder.used) & around,
        frozenset(builder.assigned) & around,
    )


class _Builder:
    """Walks a function once and lays out its blocks; expressions branch where C does."""

    def __init__(self, region: Sequence[Node], outer: Mapping[str, Node]) -> None:
        self._first, self._last = region[0], region[-1]
        self._inside = False
        self._scopes: list[dict[str, Node]] = [dict(outer)]
        self._breaks: list[Block] = []
        self._continues: list[Block] = []
        self._switches: list[Block] = []
        self._labels: dict[str, Block] = {}
        self.blocks: list[Block] = []
        self._now = self._block()
        self.entry: Block | None = None
        self.exit: Block | None = None
        self.outer: frozenset[Node] = frozenset()
        self.locals: set[Node] = set()
        self.addressed: set[Node] = set()
        self.exposed: set[Node] = set()
        self.used: set[Node] = set()
        self.assigned: set[Node] = set()

    def _block(self) -> Block:
        block = Block()
        self.blocks.append(block)
        return block

    def _go(self, block: Block) -> None:
        """Fall through into `block` and continue there."""
        self._now.after.append(block)
        self._now = block

    def _jump(self, block: Block) -> None:
        self._now.after.append(block)
        self._now = self._block()

    def _event(self, what: str, variable: Node | None) -> None:
        if variable is None:
            return
        self._now.events.append((what, variable))
        if self._inside and what != "begin":
            self.used.add(variable)
            if what in ("def", "touch"):
                self.assigned.add(variable)

    def _lookup(self, name: str) -> Node | None:
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        return None

    def declare(self, node: Node, *, initialized: bool) -> None:
        self._scopes[-1][node.name] = node
        if not initialized:
            self.locals.add(node)
        self._event("def" if initialized else "begin", node)

    def statement(self, node: Node) -> None:
        if node is self._first:
            self.entry = self._block()
            self._go(self.entry)
            self._inside = True
            self.outer = frozenset(variable for scope in self._scopes for variable in scope.values())
        self._statement(node)
        if node is self._last:
            self._inside = False
            self.exit = self._block()
            self._go(self.exit)

    def _statement(self, node: Node) -> None:
        match kind(node):
            case "Compound":
                self._scopes.append({})
                for item in node.block_items or ():
                    self.statement(item)
                self._scopes.pop()
            case "Decl":
                self._declaration(node)
            case "DeclList":
                for decl in node.decls:
                    self._declaration(decl)
            case "If":
                self.value(node.cond)
                before, join = self._now, self._block()
                self._branch(before, node.iftrue, join)
                self._branch(before, node.iffalse, join)
                self._now = join
            case "For" | "While" | "DoWhile":
                self._loop(node)
            case "Switch":
                self._switch(node)
            case "Case" | "Default":
                label = self._block()
                self._switches[-1].after.append(label)
                self._go(label)
                for statement in node.stmts or ():
                    self.statement(statement)
            case "Label":
                self._go(self._label(node.name))
                self.statement(node.stmt)
            case "Goto" | "Break" | "Continue" | "Return":
                self._leave(node)
            case "Typedef" | "EmptyStatement" | "Pragma" | "StaticAssert":
                pass
            case _:
                self.value(node)

    def _leave(self, node: Node) -> None:
        match kind(node):
            case "Goto":
                target = self._label(node.name)
            case "Break":
                target = self._breaks[-1]
            case "Continue":
                target = self._continues[-1]
            case _:
                if node.expr is not None:
                    self.value(node.expr)
                target = self._block()
        self._jump(target)

    def _branch(self, before: Block, node: Node | None, join: Block) -> None:
        self._now = self._block()
        before.after.append(self._now)
        if node is not None:
            self.statement(node)
        self._now.after.append(join)

    def _label(self, name: str) -> Block:
        if name not in self._labels:
            self._labels[name] = self._block()
        return self._labels[name]

    def _loop(self, node: Node) -> None:
        self._scopes.append({})
        head, step, done = self._block(), self._block(), self._block()
        self._breaks.append(done)
        self._continues.append(step)
        if kind(node) == "For" and node.init is not None:
            self._statement(node.init)
        self._go(head)
        if kind(node) != "DoWhile":
            if node.cond is not None:
                self.value(node.cond)
                self._now.after.append(done)
            self._go(self._block())
        self.statement(node.stmt)
        self._go(step)
        if kind(node) == "DoWhile":
            self.value(node.cond)
            self._now.after.append(done)
        elif kind(node) == "For" and node.next is not None:
            self.value(node.next)
        self._now.after.append(head)
        self._now = done
        self._breaks.pop()
        self._continues.pop()
        self._scopes.pop()

    def _switch(self, node: Node) -> None:
        self.value(node.cond)
        head, done = self._now, self._block()
        head.after.append(done)
        self._switches.append(head)
        self._breaks.append(done)
        self._now = self._block()
        self.statement(node.stmt)
        self._go(done)
        self._breaks.pop()
        self._switches.pop()

    def _declaration(self, node: Node) -> None:
        if kind(node) != "Decl":
            return
        self._bounds(node.type)
        if not node.name:
            return
        self.declare(node, initialized=False)
        if node.init is not None:
            self.value(node.init)
            self._event("def", node)

    def value(self, node: Node) -> None:
        """Events of evaluating an expression."""
        match kind(node):
            case "ID":
                self._event("use", self._lookup(node.name))
            case "Assignment":
                self._assignment(node)
            case "UnaryOp":
                self._unary(node)
            case "BinaryOp" if node.op in ("&&", "||"):
                self.value(node.left)
                before, join = self._now, self._block()
                self._arm(before, node.right, join)
                before.after.append(join)
                self._now = join
            case "TernaryOp":
                self.value(node.cond)
                before, join = self._now, self._block()
                self._arm(before, node.iftrue, join)
                self._arm(before, node.iffalse, join)
                self._now = join
            case "StructRef":
                self.value(node.name)
            case "FuncCall":
                if kind(node.name) != "ID" or self._lookup(node.name.name) is not None:
                    self.value(node.name)
                if node.args is not None:
                    self.value(node.args)
            case "Cast":
                self._bounds(node.to_type)
                self.value(node.expr)
            case "CompoundLiteral":
                self._bounds(node.type)
                self.value(node.init)
            case "Constant" | "Typename":
                pass
            case _:
                for _, child in node.children():
                    self.value(child)

    def _bounds(self, node: Node) -> None:
        """The array bounds that a type name evaluates."""
        for inner in walk(node):
            if kind(inner) == "ArrayDecl" and inner.dim is not None:
                self.value(inner.dim)

    def _arm(self, before: Block, node: Node, join: Block) -> None:
        self._now = self._block()
        before.after.append(self._now)
        self.value(node)
        self._now.after.append(join)

    def _assignment(self, node: Node) -> None:
        target = node.lvalue
        if kind(target) != "ID":
            self._place(target)
            self.value(node.rvalue)
            return
        variable = self._lookup(target.name)
        if node.op != "=":
            self._event("use", variable)
        self.value(node.rvalue)
        self._event("def", variable)

    def _place(self, node: Node) -> None:
        """Events of an lvalue that is written: a member or an element of a variable changes that variable."""
        self.value(node)
        inner = node
        while kind(inner) in ("StructRef", "ArrayRef"):
            if kind(inner) == "StructRef" and inner.type == "->":
                return
            inner = inner.name
        if kind(inner) == "ID":
            self._event("touch", self._lookup(inner.name))

    def _unary(self, node: Node) -> None:
        if node.op in _UNEVALUATED:
            self._note(node.expr, only=False)
        elif node.op == "&":
            self.value(node.expr)
            inner = node.expr
            while kind(inner) in ("StructRef", "ArrayRef") and not (
                kind(inner) == "StructRef" and inner.type == "->"
            ):
                inner = inner.name
            if kind(inner) == "ID":
                self.addressed.add(self._lookup(inner.name))
            self._note(inner, only=True)
        elif node.op in _STEPS:
            self._place(node.expr)
            if kind(node.expr) == "ID":
                self._event("def", self._lookup(node.expr.name))
        else:
            self.value(node.expr)

    def _note(self, node: Node, *, only: bool) -> None:
        if kind(node) == "ID":
            variable = self._lookup(node.name)
            if variable is not None and self._inside:
                self.exposed.add(variable)
                self.used.add(variable)
        elif not only:
            for _, child in node.children():
                self._note(child, only=False)

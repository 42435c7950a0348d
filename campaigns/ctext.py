"""A C text as tokens and statements, for mutation: enough syntax to find loops, conditions, operands, declarations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from vecassist.scan.lexer import Token, tokenize

Edit = tuple[int, int, str]
"""Characters [start, end) of a text and what stands there instead."""

_BASIC = frozenset(
    [
        "void",
        "char",
        "short",
        "int",
        "long",
        "float",
        "double",
        "signed",
        "unsigned",
        "_Bool",
        "bool",
        "struct",
        "union",
        "enum",
    ]
)
_QUALIFIERS = frozenset(
    ["const", "volatile", "restrict", "static", "register", "_Alignas", "extern", "inline"]
)
_CONTROL = frozenset(
    [
        "if",
        "else",
        "for",
        "while",
        "do",
        "switch",
        "case",
        "default",
        "return",
        "break",
        "continue",
        "goto",
        "sizeof",
    ]
)
_OPEN = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class Stmt:
    """One statement: tokens first..last. head: token ranges [start, end) of a control expression (three of a `for`)."""

    kind: str
    first: int
    last: int
    head: tuple[tuple[int, int], ...] = ()
    kids: tuple[Stmt, ...] = ()

    def walk(self) -> Iterator[Stmt]:
        """This statement and all below it, outermost first."""
        yield self
        for kid in self.kids:
            yield from kid.walk()


@dataclass(frozen=True)
class Text:
    """A C text with its functions' bodies."""

    source: str

    @cached_property
    def tokens(self) -> Sequence[Token]:
        return tokenize(self.source)

    @cached_property
    def partner(self) -> dict[int, int]:
        """Each bracket's counterpart, both ways."""
        found: dict[int, int] = {}
        stack: list[int] = []
        for index, token in enumerate(self.tokens):
            if token.kind == "op" and token.text in _OPEN:
                stack.append(index)
            elif token.kind == "op" and token.text in ")]}" and stack:
                found[index] = stack.pop()
                found[found[index]] = index
        return found

    @cached_property
    def bodies(self) -> tuple[Stmt, ...]:
        """The outermost block of each function definition."""
        found: list[Stmt] = []
        index = 0
        while index < len(self.tokens):
            token = self.tokens[index]
            if token.text == "{" and token.kind == "op":
                if index and self.tokens[index - 1].text == ")":
                    found.append(self._statement(index)[0])
                index = self.partner.get(index, index)
            index += 1
        return tuple(found)

    @cached_property
    def statements(self) -> tuple[Stmt, ...]:
        return tuple(stmt for body in self.bodies for stmt in body.walk())

    @cached_property
    def parent(self) -> dict[int, Stmt]:
        """The enclosing statement, by id."""
        return {id(kid): stmt for stmt in self.statements for kid in stmt.kids}

    def loops_around(self, stmt: Stmt) -> list[Stmt]:
        """The loops that enclose a statement, innermost first."""
        found: list[Stmt] = []
        at = self.parent.get(id(stmt))
        while at is not None:
            if at.kind in ("for", "while", "do"):
                found.append(at)
            at = self.parent.get(id(at))
        return found

    def inside(self, index: int) -> Stmt | None:
        """The innermost statement that holds a token."""
        best: Stmt | None = None
        for stmt in self.statements:
            if stmt.first <= index <= stmt.last:
                best = stmt
        return best

    def span(self, first: int, end: int) -> tuple[int, int]:
        """Characters of the tokens [first, end)."""
        return (self.tokens[first].start, self.tokens[end - 1].end) if end > first else (0, 0)

    def text(self, first: int, end: int) -> str:
        """The characters of the tokens [first, end)."""
        start, stop = self.span(first, end)
        return self.source[start:stop]

    def of(self, stmt: Stmt) -> str:
        """The characters of a statement."""
        return self.text(stmt.first, stmt.last + 1)

    def edited(self, *edits: Edit) -> str:
        """The text after replacements that do not overlap."""
        result = self.source
        for start, end, new in sorted(edits, reverse=True):
            result = result[:start] + new + result[end:]
        return result

    # Expressions

    def is_type(self, index: int) -> bool:
        """Whether a token begins the name of a type, by its spelling."""
        token = self.tokens[index]
        return token.kind == "id" and (
            token.text in _BASIC
            or token.text in _QUALIFIERS
            or token.text.endswith("_t")
            or token.text.startswith(("__m", "__auto"))
        )

    def is_binary(self, index: int) -> bool:
        """Whether an operator token stands between two operands."""
        if index == 0:
            return False
        before = self.tokens[index - 1]
        if before.text in (")", "]"):
            return not self.is_cast(index - 1)
        return before.kind in ("id", "num") and not self.is_type(index - 1) and before.text not in _CONTROL

    def is_cast(self, closing: int) -> bool:
        """Whether the bracket that ends here holds a type's name and converts what follows."""
        opening = self.partner.get(closing)
        if opening is None or self.tokens[closing].text != ")" or closing - opening < 2:
            return False
        if self.tokens[opening - 1].kind == "id" and self.tokens[opening - 1].text not in ("return", "else"):
            return False
        return self.is_type(opening + 1)

    def operand_before(self, index: int) -> int | None:
        """The first token of the postfix expression that ends before `index`."""
        at = index - 1
        while at >= 0:
            token = self.tokens[at]
            if token.text in (")", "]"):
                opening = self.partner.get(at)
                if opening is None:
                    return None
                at = opening
                before = self.tokens[at - 1]
                chained = before.text in (")", "]") or (before.kind == "id" and before.text not in _CONTROL)
                if token.text == ")" and before.text in (")", "]"):
                    chained = False
                if not chained:
                    return at
                at -= 1
            elif token.kind in ("id", "num", "str", "chr"):
                if self.tokens[at - 1].text not in (".", "->"):
                    return at
                at -= 2
            else:
                return None
        return None

    def operand_after(self, index: int) -> int | None:
        """The end (exclusive) of the unary expression that begins after `index`."""
        at = index + 1
        while at < len(self.tokens) and self.tokens[at].text in ("-", "+", "!", "~", "*", "&", "++", "--"):
            at += 1
        while self.tokens[at].text == "(" and self.is_cast(self.partner.get(at, at)):
            at = self.partner[at] + 1
        token = self.tokens[at]
        if token.text == "(":
            at = self.partner.get(at, at) + 1
        elif token.kind in ("id", "num", "str", "chr"):
            at += 1
        else:
            return None
        while at < len(self.tokens):
            if self.tokens[at].text in ("(", "["):
                at = self.partner.get(at, at) + 1
            elif self.tokens[at].text in (".", "->"):
                at += 2
            else:
                break
        return at

    # Statements

    def _statement(self, index: int) -> tuple[Stmt, int]:
        token = self.tokens[index]
        if token.kind == "dir":
            return Stmt("directive", index, index), index + 1
        if token.text == "{":
            return self._block(index)
        if token.kind == "id" and token.text in ("for", "while", "if", "switch"):
            return self._controlled(index)
        if token.text == "do":
            body, after = self._statement(index + 1)
            closing = self.partner.get(after + 1, after)
            return Stmt("do", index, closing + 1, ((after + 2, closing),), (body,)), closing + 2
        if token.text in ("case", "default") or (
            token.kind == "id" and index + 1 < len(self.tokens) and self.tokens[index + 1].text == ":"
        ):
            end = index
            while self.tokens[end].text != ":":
                end += 1
            return Stmt("label", index, end), end + 1
        end = self._semicolon(index)
        return Stmt(self._kind(index, end), index, end), end + 1

    def _block(self, index: int) -> tuple[Stmt, int]:
        closing = self.partner.get(index, len(self.tokens) - 1)
        kids: list[Stmt] = []
        at = index + 1
        while at < closing:
            kid, at = self._statement(at)
            kids.append(kid)
        return Stmt("block", index, closing, (), tuple(kids)), closing + 1

    def _controlled(self, index: int) -> tuple[Stmt, int]:
        kind = self.tokens[index].text
        opening = index + 1
        closing = self.partner.get(opening, opening)
        head: list[tuple[int, int]] = []
        start = opening + 1
        for at in range(opening + 1, closing):
            if self.tokens[at].text == ";":
                head.append((start, at))
                start = at + 1
        head.append((start, closing))
        body, after = self._statement(closing + 1)
        kids = [body]
        if kind == "if" and after < len(self.tokens) and self.tokens[after].text == "else":
            other, after = self._statement(after + 1)
            kids.append(other)
        return Stmt(kind, index, after - 1, tuple(head), tuple(kids)), after

    def _semicolon(self, index: int) -> int:
        at = index
        while at < len(self.tokens) - 1 and self.tokens[at].text != ";":
            at = self.partner.get(at, at) if self.tokens[at].text in _OPEN else at
            at += 1
        return at

    def _kind(self, index: int, end: int) -> str:
        token = self.tokens[index]
        if token.text in ("return", "break", "continue", "goto"):
            return "return" if token.text == "return" else "jump"
        if index == end:
            return "empty"
        second = self.tokens[index + 1]
        named = token.kind == "id" and second.kind == "id" and token.text not in _CONTROL
        return "decl" if self.is_type(index) or named else "expr"

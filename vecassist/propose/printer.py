"""Statements as C text in the style of the text that they replace."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pycparser import c_ast

from vecassist.propose.comments import Carried, Noted, Notes, bare, carried
from vecassist.propose.macros import spelling as text
from vecassist.propose.nodes import Node, statements


@dataclass(frozen=True, slots=True)
class Style:
    """indent: one level of indentation; margin: that of the statement; hanging: `{` on a line of its own;
    braces: single statements are put in braces; kept: squeezed statement -> its original spelling."""

    indent: str = "    "
    margin: str = ""
    hanging: bool = False
    braces: bool = False
    kept: Mapping[str, str] = field(default_factory=dict[str, str])


def style_of(original: str, margin: str = "") -> Style:
    """The style that a piece of C text is written in. Its first line is taken to stand at `margin`."""
    original = bare(original.replace("\r\n", "\n"))
    lines = original.splitlines()
    steps = [m.group(0) for line in lines[1:] if (m := re.match(r"[ \t]+(?=\S)", line))]
    indent = "    "
    deeper = [s[len(margin) :] for s in steps if s.startswith(margin) and len(s) > len(margin)]
    if deeper:
        indent = min(deeper, key=len)
    hanging = bool(re.search(r"\)[ \t]*\n[ \t]*\{", original))
    braces = bool(re.search(r"\)\s*\{", original)) and not re.search(r"\)[ \t]*\n[ \t]*[^\s{;]", original)
    kept: dict[str, str] = {}
    for piece in re.split(r"[;{}]", original):
        spelled = piece.strip()
        if spelled and "\n" not in spelled and not spelled.startswith(("for", "if", "else", "while", "do")):
            kept.setdefault(squeeze(spelled), spelled)
    return Style(indent, margin, hanging, braces, kept)


def squeeze(spelled: str) -> str:
    return re.sub(r"\s+", "", spelled)


def render(root: Node, style: Style, comments: Noted | None = None) -> str:
    """The statement, its first line without margin. comments: those of the text that it replaces, each of which
    it shows once."""
    notes = Carried() if comments is None else carried(comments, root)
    lines = _Printer(style, notes).statement(root, 0)
    lost = [line for comment in notes.left() for line in _comment(comment, style.margin)]
    made = [*lost, *lines]
    code, comment = _tail(made[-1])
    if comment.startswith("//"):
        # more of the file may follow on this line
        made[-1] = f"{code}/*{comment[2:].replace('*/', '* /').rstrip()} */"
    return "\n".join(made).removeprefix(style.margin)


def _comment(spelled: str, pad: str) -> list[str]:
    return [(pad + line).rstrip() for line in spelled.split("\n")]


def _tail(line: str) -> tuple[str, str]:
    """A line up to its last comment, and that where the line ends in it."""
    blank = bare(line)
    start = len(blank.rstrip())
    start += len(line[start:]) - len(line[start:].lstrip())
    return line[:start], line[start:]


class _Printer:
    def __init__(self, style: Style, notes: Carried) -> None:
        self.style = style
        self.notes = notes

    def pad(self, depth: int) -> str:
        return self.style.margin + self.style.indent * depth

    def line(self, depth: int, spelled: str) -> list[str]:
        return [self.pad(depth) + spelled]

    def simple(self, node: Node) -> str:
        spelled = self.spelled(node)
        return self.style.kept.get(squeeze(spelled), spelled)

    def spelled(self, node: Node | None) -> str:
        if node is None:
            return ""
        if isinstance(node, c_ast.DeclList):
            first = text(node.decls[0])
            rest = [
                text(c_ast.InitList([])) if d.init is None else f"{d.name} = {text(d.init)}"
                for d in node.decls[1:]
            ]
            return ", ".join([first, *rest])
        if isinstance(node, c_ast.UnaryOp) and node.op in ("++", "--", "p++", "p--"):
            found = text(node)
            return self.style.kept.get(squeeze(found), found)
        return text(node)

    def statement(self, node: Node, depth: int) -> list[str]:
        notes = self.notes.take(node)
        lines = self.plain(node, depth)
        return lines if notes == Notes() else self.annotated(lines, notes, depth)

    def annotated(self, lines: list[str], notes: Notes, depth: int) -> list[str]:
        pad = self.pad(depth)
        made, before = list(lines), list(notes.before)
        for at, comments in ((0, notes.beside), (-1, notes.brace)):
            for comment in comments:
                if "\n" in comment or "//" in _tail(made[at])[1]:
                    before.append(comment)
                else:
                    made[at] = f"{made[at]} {comment}"
        after = [line for c in notes.after for line in _comment(c, pad)]
        return [*(line for c in before for line in _comment(c, pad)), *made, *after]

    def plain(self, node: Node, depth: int) -> list[str]:
        match node:
            case c_ast.Compound():
                inner = [line for item in node.block_items or [] for line in self.statement(item, depth + 1)]
                return [*self.line(depth, "{"), *inner, *self.line(depth, "}")]
            case c_ast.For():
                parts = [self.spelled(node.init), self.spelled(node.cond), self.spelled(node.next)]
                head = "for (" + "; ".join(parts).replace("; ;", ";;") + ")"
                return self.controlled(head, node.stmt, depth)
            case c_ast.While():
                return self.controlled(f"while ({self.spelled(node.cond)})", node.stmt, depth)
            case c_ast.If():
                return self.branch(node, depth, "if")
            case c_ast.Label():
                return [*self.line(max(0, depth - 1), f"{node.name}:"), *self.statement(node.stmt, depth)]
            case c_ast.EmptyStatement():
                return self.line(depth, ";")
            case c_ast.Break():
                return self.line(depth, "break;")
            case c_ast.Continue():
                return self.line(depth, "continue;")
            case c_ast.Goto():
                return self.line(depth, f"goto {node.name};")
            case c_ast.Return() | c_ast.DoWhile() | c_ast.Switch() | c_ast.Case() | c_ast.Default():
                return [self.pad(depth) + line for line in text(node).rstrip().splitlines()]
            case _:
                return self.line(depth, self.simple(node) + ";")

    def branch(self, node: c_ast.If, depth: int, word: str) -> list[str]:
        head = f"{word} ({self.spelled(node.cond)})"
        dangling = node.iffalse is not None and _ends_in_open_if(node.iftrue)
        lines = self.controlled(head, node.iftrue, depth, dangling)
        if node.iffalse is None:
            return lines
        joined = lines[-1] == self.pad(depth) + "}" and not self.style.hanging
        if isinstance(node.iffalse, c_ast.If):
            rest = self.branch(node.iffalse, depth, "else if")
        else:
            rest = self.controlled("else", node.iffalse, depth)
        if joined:
            return [*lines[:-1], lines[-1] + " " + rest[0].lstrip(), *rest[1:]]
        return [*lines, *rest]

    def controlled(self, head: str, body: Node | None, depth: int, force: bool = False) -> list[str]:
        items = statements(body)
        compound = isinstance(body, c_ast.Compound)
        if not items:
            return self.line(depth, head + ";") if not compound else self.line(depth, head + " {}")
        nested = isinstance(items[0], c_ast.For | c_ast.If | c_ast.While)
        bare = len(items) == 1 and not isinstance(items[0], c_ast.Decl | c_ast.Label)
        if bare and not force and ((nested and not self.style.braces) or not self.style.braces):
            return [*self.line(depth, head), *self.statement(items[0], depth + 1)]
        inner = [line for item in items for line in self.statement(item, depth + 1)]
        if self.style.hanging:
            return [*self.line(depth, head), *self.line(depth, "{"), *inner, *self.line(depth, "}")]
        return [*self.line(depth, head + " {"), *inner, *self.line(depth, "}")]


def _ends_in_open_if(node: Node | None) -> bool:
    if isinstance(node, c_ast.If):
        return node.iffalse is None or _ends_in_open_if(node.iffalse)
    if isinstance(node, c_ast.For | c_ast.While | c_ast.Label):
        return _ends_in_open_if(node.stmt)
    if isinstance(node, c_ast.Compound) and len(statements(node)) == 1:
        return _ends_in_open_if(statements(node)[0])
    return False

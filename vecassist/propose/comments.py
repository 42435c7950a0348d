"""Comments of a statement: what they belong to, and where they go when the statement is rewritten."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pycparser import c_ast

from vecassist.propose import nodes
from vecassist.propose.nodes import Node

_PIECES = re.compile(
    r"""/\*.*?\*/|//(?:\\\n|[^\n])*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""",
    re.DOTALL,
)
CONTROL = c_ast.For | c_ast.While | c_ast.DoWhile | c_ast.If | c_ast.Switch | c_ast.Label


@dataclass(frozen=True, slots=True)
class Notes:
    """Comments of one statement: on lines before it, on its (first) line, behind its brace, on lines after it."""

    before: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    brace: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def joined(self, other: Notes) -> Notes:
        return Notes(
            self.before + other.before,
            self.beside + other.beside,
            self.brace + other.brace,
            self.after + other.after,
        )

    def all(self) -> tuple[str, ...]:
        return self.before + self.beside + self.brace + self.after


@dataclass(frozen=True, slots=True)
class Noted:
    """Comments of a text. known: (the statement's start and end, the coordinate of its node, its comments) in
    order; loose: comments that belong to no statement; lines: where each line of the text starts."""

    known: tuple[tuple[tuple[int, int], tuple[int, int], Notes], ...] = ()
    loose: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Comment:
    start: int
    end: int
    text: str


def bare(spelled: str) -> str:
    """Comments blanked, every other character where it was."""

    def blank(match: re.Match[str]) -> str:
        found = match.group()
        return re.sub(r"[^\n]", " ", found) if found.startswith("/") else found

    return _PIECES.sub(blank, spelled)


def noted(spelled: str, root: Node) -> Noted:
    """The comments of `spelled`, whose statements are those of `root` where its nodes have coordinates."""
    found = [
        Comment(m.start(), m.end(), _dedented(spelled, m))
        for m in _PIECES.finditer(spelled)
        if m.group().startswith("/")
    ]
    if not found:
        return Noted()
    text = bare(spelled)
    starts = [0, *(m.end() for m in re.finditer("\n", text))]
    placed: dict[int, Notes] = {}
    known: list[tuple[int, tuple[int, int], Node]] = []
    for node in _statements(root):
        at = coordinate(node)
        if at is not None and 0 < at[0] <= len(starts):
            known.append((_begin(text, starts[at[0] - 1] + at[1] - 1, node), at, node))
    known.sort(key=lambda item: item[0])
    loose: list[str] = []
    for comment in found:
        where = _place(text, comment, [start for start, _, _ in known])
        if where is None:
            loose.append(comment.text)
            continue
        index, notes = where
        placed[index] = placed.get(index, Notes()).joined(notes)
    ends = [_end(text, start, node, known) for start, _, node in known]
    return Noted(
        tuple(((known[n][0], ends[n]), known[n][1], placed[n]) for n in sorted(placed)),
        tuple(loose),
        tuple(starts),
    )


def _dedented(spelled: str, match: re.Match[str]) -> str:
    column = match.start() - spelled.rfind("\n", 0, match.start()) - 1
    lines = match.group().rstrip().split("\n")
    return "\n".join([lines[0], *(re.sub(rf"^[ \t]{{0,{column}}}", "", line) for line in lines[1:])])


def _place(text: str, comment: Comment, starts: Sequence[int]) -> tuple[int, Notes] | None:
    """The statement (by number) that a comment belongs to and its place there."""
    line = text.rfind("\n", 0, comment.start) + 1
    stop = text.find("\n", comment.end)
    before = text[line : comment.start].strip()
    behind = text[comment.end : len(text) if stop < 0 else stop].strip()
    last = max((n for n, start in enumerate(starts) if start < comment.start), default=None)
    following = next((n for n, start in enumerate(starts) if start > comment.start), None)
    closing = text[comment.end :].lstrip().startswith("}")
    words = (comment.text,)
    if before and (not behind or before[-1] not in ";{}"):
        if re.search(r"\belse\s*\{?$", before) and following is not None:
            return following, Notes(before=words)
        if before[-1] == "}":
            owner = _owner(text, comment.start, starts)
            return (owner, Notes(brace=words)) if owner is not None else None
        return (last, Notes(beside=words)) if last is not None else None
    if closing or following is None:
        owner = _last_inside(text, comment.start, starts)
        return (owner, Notes(after=words)) if owner is not None else None
    return following, Notes(before=words)


def _opening(text: str, offset: int) -> int | None:
    """The brace that is open at `offset`."""
    depth = 0
    for at in range(offset - 1, -1, -1):
        if text[at] == "}":
            depth += 1
        elif text[at] == "{":
            if depth == 0:
                return at
            depth -= 1
    return None


def _owner(text: str, offset: int, starts: Sequence[int]) -> int | None:
    """The statement whose body ends in the last brace before `offset`."""
    opening = _opening(text, text.rfind("}", 0, offset))
    if opening is None:
        return None
    return max((n for n, start in enumerate(starts) if start < opening), default=None)


def _last_inside(text: str, offset: int, starts: Sequence[int]) -> int | None:
    """The last statement directly in the block that is open at `offset`."""
    opening = _opening(text, offset)
    here = [
        n
        for n, start in enumerate(starts)
        if (-1 if opening is None else opening) < start < offset and _opening(text, start) == opening
    ]
    if here:
        found = here[-1]
        for n in reversed(here[:-1]):
            if _leads(text, starts[n], starts[found]):
                found = n
        return found
    return max((n for n, start in enumerate(starts) if start < offset), default=None)


def _leads(text: str, outer: int, inner: int) -> bool:
    """Whether only headers stand between two statements."""
    between, count = text[outer:inner], 1
    while count:
        between, count = re.subn(r"\([^()]*\)", "", between)
    return not re.search(r"[;{}]", between)


def _begin(text: str, offset: int, node: Node) -> int:
    """Where a statement starts whose node has its coordinate at `offset`."""
    if isinstance(node, CONTROL):
        return offset
    while offset > 0 and text[offset - 1] not in ";{})":
        offset -= 1
    while offset < len(text) and (text[offset].isspace() or text.startswith("else", offset)):
        offset += 4 if text.startswith("else", offset) else 1
    return offset


def _end(text: str, start: int, node: Node, known: Sequence[tuple[int, tuple[int, int], Node]]) -> int:
    inside = {id(part) for part in nodes.walk(node)}
    last = max((at for at, _, other in known if id(other) in inside), default=start)
    stop = text.find(";", last)
    return len(text) if stop < 0 else stop + 1


def _statements(root: Node) -> Iterator[Node]:
    """Every statement under (and with) `root`, compound statements apart."""
    match root:
        case c_ast.Compound():
            for item in root.block_items or []:
                yield from _statements(item)
        case c_ast.For() | c_ast.While() | c_ast.DoWhile() | c_ast.Switch() | c_ast.Label():
            yield root
            yield from _statements(root.stmt)
        case c_ast.If():
            yield root
            for arm in (root.iftrue, root.iffalse):
                if arm is not None:
                    yield from _statements(arm)
        case _:
            yield root


def coordinate(node: Node | None) -> tuple[int, int] | None:
    """Line and column of a node that stands in the original text, copies of it included."""
    at = getattr(node, "coord", None)
    if at is None or at.column is None:
        return None
    return at.line, at.column


@dataclass(slots=True)
class Carried:
    """Comments on their way into one rewritten text. `take` gives those of a statement, once."""

    waiting: dict[int, Notes] = field(default_factory=dict[int, Notes])
    loose: tuple[str, ...] = ()

    def take(self, node: Node) -> Notes:
        return self.waiting.pop(id(node), Notes())

    def left(self) -> tuple[str, ...]:
        """What no statement has taken."""
        return self.loose + tuple(c for notes in self.waiting.values() for c in notes.all())


def carried(found: Noted, root: Node) -> Carried:
    """The comments of the original as those of the statements of a rewritten `root`."""
    made = Carried(loose=found.loose)
    statements = list(_statements(root))
    for (start, end), at, notes in found.known:
        node = next((s for s in statements if at in _own(s)), None)
        if node is None:
            near = [s for s in statements if _part(s, start, end, found.lines)]
            node = next((s for s in near if isinstance(s, c_ast.For)), near[0] if near else None)
        if node is None:
            made.loose += notes.all()
            continue
        whole = notes
        if not isinstance(node, c_ast.For | c_ast.While):
            whole = Notes(notes.before, notes.beside, (), notes.brace + notes.after)
        made.waiting[id(node)] = made.waiting.get(id(node), Notes()).joined(whole)
    return made


def _part(node: Node, start: int, end: int, lines: Sequence[int]) -> bool:
    """Whether a statement has something of the original at [start, end), and is none that stood around it."""
    at = coordinate(node)
    if at is not None and 0 < at[0] <= len(lines) and lines[at[0] - 1] + at[1] - 1 < start:
        return False
    return any(start <= offset < end for offset in _offsets(node, lines))


def _own(node: Node) -> Iterator[tuple[int, int] | None]:
    """Coordinates by which a statement is known for one of the original."""
    yield coordinate(node)
    if isinstance(node, c_ast.Assignment):
        yield coordinate(node.lvalue)


def _offsets(node: Node, starts: Sequence[int]) -> Iterator[int]:
    for part in nodes.walk(node):
        at = coordinate(part)
        if at is not None and 0 < at[0] <= len(starts):
            yield starts[at[0] - 1] + at[1] - 1

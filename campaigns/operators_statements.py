"""Mutations of statements: dropped, swapped, moved, guarded; stores and reads that were not there."""

from __future__ import annotations

from collections.abc import Iterator

from campaigns.ctext import Stmt, Text
from campaigns.mutation import Change, Operator

_SIMPLE = ("expr", "decl")
_LOOPS = ("for", "while", "do")
_ASSIGNS = frozenset(["=", "+=", "-=", "*=", "/=", "|=", "&=", "^=", "<<=", ">>=", "++", "--"])


def dropped(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind in ("expr", "jump"):
            yield f"dropped: {text.of(stmt)}", ((*text.span(stmt.first, stmt.last + 1), ";"),)


def loop_dropped(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind in _LOOPS:
            yield (
                f"loop dropped at {text.tokens[stmt.first].start}",
                ((*text.span(stmt.first, stmt.last + 1), ";"),),
            )


def _neighbours(text: Text) -> Iterator[tuple[Stmt, Stmt]]:
    for stmt in text.statements:
        if stmt.kind == "block":
            for one, two in zip(stmt.kids, stmt.kids[1:], strict=False):
                if "directive" not in (one.kind, two.kind):
                    yield one, two


def swapped(text: Text) -> Iterator[Change]:
    for one, two in _neighbours(text):
        yield f"swapped at {text.tokens[one.first].start}", (
            (*text.span(one.first, one.last + 1), text.of(two)), (*text.span(two.first, two.last + 1), text.of(one)),
        )  # fmt: skip


def doubled(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind == "expr":
            place = text.span(stmt.first, stmt.last + 1)[1]
            yield f"doubled: {text.of(stmt)}", ((place, place, " " + text.of(stmt)),)


def guard_dropped(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind == "if":
            body = text.of(stmt.kids[0])
            yield (
                f"guard dropped at {text.tokens[stmt.first].start}",
                ((*text.span(stmt.first, stmt.last + 1), body),),
            )


def else_dropped(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind == "if" and len(stmt.kids) == 2:
            start = text.tokens[stmt.kids[0].last].end
            yield "else dropped", ((start, text.tokens[stmt.last].end, ""),)


def loop_to_if(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind == "while":
            yield "while -> if", ((*text.span(stmt.first, stmt.first + 1), "if"),)


def initializer_dropped(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind != "decl":
            continue
        for index in range(stmt.first, stmt.last):
            if text.tokens[index].text == "=":
                end = index + 1
                while text.tokens[end].text not in (",", ";"):
                    end = (
                        text.partner.get(end, end) + 1
                        if text.tokens[end].text in ("(", "[", "{")
                        else end + 1
                    )
                yield f"initializer dropped at {text.tokens[index].start}", ((*text.span(index, end), ""),)


def declaration_into_loop(text: Text) -> Iterator[Change]:
    """A variable that lived across iterations begins anew in each."""
    for stmt in text.statements:
        if stmt.kind != "block":
            continue
        for number, one in enumerate(stmt.kids):
            if one.kind != "decl":
                continue
            for later in stmt.kids[number + 1 :]:
                if later.kind in _LOOPS and later.kids[0].kind == "block":
                    place = text.tokens[later.kids[0].first].end
                    yield f"{text.of(one)} into a loop", (
                        (*text.span(one.first, one.last + 1), ""), (place, place, " " + text.of(one)),
                    )  # fmt: skip
                    plain = text.of(one).split("=")[0].rstrip(" ;")
                    yield f"{plain} into a loop, bare", (
                        (*text.span(one.first, one.last + 1), ""), (place, place, f" {plain};"),
                    )  # fmt: skip


def statement_out_of_loop(text: Text) -> Iterator[Change]:
    """The first or last statement of a loop's body before or behind the loop."""
    for stmt in text.statements:
        if stmt.kind in _LOOPS and stmt.kids[0].kind == "block" and len(stmt.kids[0].kids) > 1:
            first, last = stmt.kids[0].kids[0], stmt.kids[0].kids[-1]
            start, end = text.span(stmt.first, stmt.last + 1)
            if first.kind in _SIMPLE:
                yield f"before the loop: {text.of(first)}", (
                    (start, start, text.of(first) + " "), (*text.span(first.first, first.last + 1), ""),
                )  # fmt: skip
            if last.kind == "expr":
                yield f"behind the loop: {text.of(last)}", (
                    (*text.span(last.first, last.last + 1), ""), (end, end, " " + text.of(last)),
                )  # fmt: skip


def _elements(text: Text, stmt: Stmt) -> Iterator[tuple[int, int]]:
    """The subscripted expressions of a statement, as token ranges."""
    for index in range(stmt.first, stmt.last):
        if text.tokens[index].text == "[" and text.is_binary(index) and text.tokens[index - 1].kind == "id":
            if text.tokens[index - 2].text in (".", "->") or (
                stmt.kind == "decl" and text.is_type(index - 2)
            ):
                continue
            end = text.partner.get(index, index) + 1
            while text.tokens[end].text == "[":
                end = text.partner[end] + 1
            yield index - 1, end


def _body_start(text: Text, stmt: Stmt) -> tuple[Stmt, int] | None:
    around = text.loops_around(stmt)
    if not around or around[0].kids[0].kind != "block":
        return None
    return around[0], text.tokens[around[0].kids[0].first].end


def read_ahead(text: Text) -> Iterator[Change]:
    """An element is read at the top of the loop's body and used where it was read before."""
    for stmt in text.statements:
        start = _body_start(text, stmt) if stmt.kind in _SIMPLE else None
        if start is None:
            continue
        for first, end in _elements(text, stmt):
            if text.tokens[end].text not in _ASSIGNS and text.tokens[first - 1].text not in ("++", "--", "&"):
                what, place = text.text(first, end), start[1]
                yield f"{what} read at the top", (
                    (place, place, f" __auto_type ahead_ = {what};"), (*text.span(first, end), "ahead_"),
                )  # fmt: skip


def read_hoisted(text: Text) -> Iterator[Change]:
    """An element is read once before the loop: right only if nothing in the loop writes it."""
    for stmt in text.statements:
        around = text.loops_around(stmt) if stmt.kind in _SIMPLE else []
        for first, end in _elements(text, stmt) if around else ():
            if text.tokens[end].text in _ASSIGNS or text.tokens[first - 1].text in ("++", "--", "&"):
                continue
            what, place = text.text(first, end), text.tokens[around[0].first].start
            yield f"{what} read before the loop", (
                (place, place, f"__auto_type once_ = {what}; "), (*text.span(first, end), "once_"),
            )  # fmt: skip


def read_unused(text: Text) -> Iterator[Change]:
    """A read whose value is not used, before the loop or one element further."""
    for stmt in text.statements:
        start = _body_start(text, stmt) if stmt.kind in _SIMPLE else None
        if start is None:
            continue
        for first, end in _elements(text, stmt):
            what, place = text.text(first, end), start[1]
            yield f"{what} read for nothing", ((place, place, f" (void)({what});"),)
            further = what[:-1] + " + 1]"
            yield (
                f"{further} read for nothing",
                ((place, place, f" __auto_type none_ = {further}; (void)none_;"),),
            )


def store_introduced(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        start = _body_start(text, stmt) if stmt.kind in _SIMPLE else None
        if start is None:
            continue
        for first, end in _elements(text, stmt):
            what, place = text.text(first, end), start[1]
            yield f"{what} stored to itself", ((place, place, f" {what} = {what};"),)


def store_unguarded(text: Text) -> Iterator[Change]:
    """`if (c) x = v;` as `x = c ? v : x;`."""
    for stmt in text.statements:
        if stmt.kind != "if" or len(stmt.kids) != 1:
            continue
        body = stmt.kids[0]
        inner = body.kids[0] if body.kind == "block" and len(body.kids) == 1 else body
        equal = next((i for i in range(inner.first, inner.last) if text.tokens[i].text == "="), None)
        if inner.kind == "expr" and equal is not None:
            target, value = text.text(inner.first, equal), text.text(equal + 1, inner.last)
            whole = f"{target} = ({text.text(*stmt.head[0])}) ? ({value}) : {target};"
            yield f"{target} stored in any case", ((*text.span(stmt.first, stmt.last + 1), whole),)


def element_kept(text: Text) -> Iterator[Change]:
    """A sum in memory is kept in a variable over the loop, as if nothing else could see it."""
    for stmt in text.statements:
        around = text.loops_around(stmt) if stmt.kind == "expr" else []
        for first, end in _elements(text, stmt) if around else ():
            if text.tokens[end].text in _ASSIGNS and text.tokens[end].text != "=":
                what = text.text(first, end)
                start, stop = text.span(around[0].first, around[0].last + 1)
                yield f"{what} kept in a variable", (
                    (start, start, f"__auto_type kept_ = {what}; "), (*text.span(first, end), "kept_"),
                    (stop, stop, f" {what} = kept_;"),
                )  # fmt: skip


def counter_of(text: Text, loop: Stmt) -> str | None:
    if loop.kind != "for" or len(loop.head) != 3:
        return None
    return next((text.tokens[i].text for i in range(*loop.head[2]) if text.tokens[i].kind == "id"), None)


def call_moved(text: Text) -> Iterator[Change]:
    """A call that stands alone is left out, made twice, or made before the statement in front of it."""
    for one, two in _neighbours(text):
        lone = (
            two.kind == "expr"
            and text.tokens[two.first].kind == "id"
            and text.tokens[two.first + 1].text == "("
        )
        if lone and one.kind in _SIMPLE:
            start, end = text.span(one.first, one.last + 1)
            yield f"{text.of(two)} earlier", ((start, end, f"{text.of(two)} {text.of(one)} {text.of(two)}"),)


def loop_reversed(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind != "for" or len(stmt.head) != 3:
            continue
        (a, b), (c, d), (e, f) = stmt.head
        name = counter_of(text, stmt)
        if (
            name
            and f - e == 2
            and text.text(e, f) == f"{name}++"
            and d - c >= 3
            and text.tokens[c + 1].text == "<"
        ):
            kind = "int " if text.is_type(a) else ""
            equal = next((i for i in range(a, b) if text.tokens[i].text == "="), None)
            if equal is not None:
                head = f"{kind}{name} = ({text.text(c + 2, d)}) - 1; {name} >= {text.text(equal + 1, b)}; {name}--"
                yield f"loop over {name} reversed", ((text.span(a, b)[0], text.span(e, f)[1], head),)


STATEMENTS = (
    Operator("statement-dropped", dropped),
    Operator("loop-dropped", loop_dropped),
    Operator("statements-swapped", swapped),
    Operator("statement-doubled", doubled),
    Operator("guard-dropped", guard_dropped),
    Operator("else-dropped", else_dropped),
    Operator("loop-to-if", loop_to_if),
    Operator("initializer-dropped", initializer_dropped),
    Operator("declaration-into-loop", declaration_into_loop),
    Operator("statement-out-of-loop", statement_out_of_loop),
    Operator("read-ahead", read_ahead),
    Operator("read-hoisted", read_hoisted),
    Operator("read-unused", read_unused),
    Operator("store-introduced", store_introduced),
    Operator("store-unguarded", store_unguarded),
    Operator("element-kept", element_kept),
    Operator("call-moved", call_moved),
    Operator("loop-reversed", loop_reversed),
)

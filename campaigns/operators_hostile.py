"""Mutations that executions hardly show: faults in late iterations and at edges, undefined operations, promises."""

from __future__ import annotations

from collections.abc import Iterator

from campaigns.ctext import Stmt, Text
from campaigns.mutation import Change, Operator
from campaigns.operators_statements import counter_of

_LATE = ("64", "1000", "2147483000")


def late_fault(text: Text) -> Iterator[Change]:
    """A statement left out in one late iteration."""
    for stmt in text.statements:
        around = text.loops_around(stmt) if stmt.kind == "expr" else []
        counter = counter_of(text, around[0]) if around else None
        for late in _LATE if counter else ():
            place = text.tokens[stmt.first].start
            yield (
                f"{text.of(stmt)} not at {counter} = {late}",
                ((place, place, f"if ({counter} != {late}) "),),
            )
            yield (
                f"{text.of(stmt)} not from {counter} = {late}",
                ((place, place, f"if ({counter} < {late}) "),),
            )


def late_exit(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        counter = counter_of(text, stmt) if stmt.kind == "for" else None
        if counter and stmt.kids[0].kind == "block":
            place = text.tokens[stmt.kids[0].first].end
            for late in ("0", "1", "7", *_LATE):
                yield f"left at {counter} = {late}", ((place, place, f" if ({counter} == {late}) break;"),)


def parameters(text: Text, body: Stmt) -> list[tuple[str, str, int]]:
    """Name, type and the name's token of each parameter of a function."""
    closing = body.first - 1
    opening = text.partner.get(closing, closing)
    found: list[tuple[str, str, int]] = []
    start = opening + 1
    for index in range(opening + 1, closing + 1):
        if index == closing or (text.tokens[index].text == "," and text.partner.get(index) is None):
            names = [i for i in range(start, index) if text.tokens[i].kind == "id"]
            if len(names) > 1:
                name = names[-1]
                after = next((i for i in range(start, index) if text.tokens[i].text == "["), None)
                name = max((i for i in names if after is None or i < after), default=name)
                found.append((text.tokens[name].text, text.text(start, name), name))
            start = index + 1
    return found


def _integer_parameters(text: Text) -> Iterator[tuple[Stmt, str]]:
    for body in text.bodies[-1:]:
        for name, kind, _ in parameters(text, body):
            words = kind.split()
            if "*" not in kind and not {"float", "double"} & set(words) and not kind.startswith("__"):
                yield body, name


_EDGES = ("0", "1", "-1", "2147483647", "64", "1000")


def edge_fault(text: Text) -> Iterator[Change]:
    """Nothing, or one statement less, is done for one value of an argument."""
    for body, name in _integer_parameters(text):
        place = text.tokens[body.first].end
        returns = any(stmt.kind == "return" and stmt.last > stmt.first + 1 for stmt in body.walk())
        for edge in _EDGES:
            yield (
                f"{name} = {edge} returns",
                ((place, place, f" if ({name} == {edge}) return{' 1' if returns else ''};"),),
            )
        for stmt in body.walk():
            if stmt.kind == "expr":
                at = text.tokens[stmt.first].start
                for edge in _EDGES:
                    yield f"{text.of(stmt)} not for {name} = {edge}", ((at, at, f"if ({name} != {edge}) "),)


def undefined_introduced(text: Text) -> Iterator[Change]:
    """Operations that are undefined for some argument and whose result nobody uses."""
    for body, name in _integer_parameters(text):
        place = text.tokens[body.first].end
        for value in (f"{name} + 1", f"{name} - 8", f"1 / {name}", f"1 << {name}", f"-{name}", f"{name} * 2"):
            yield f"{value} for nothing", ((place, place, f" int none_ = {value}; (void)none_;"),)


def pointer_formed(text: Text) -> Iterator[Change]:
    for body in text.bodies[-1:]:
        place = text.tokens[body.first].end
        for name, kind, _ in parameters(text, body):
            if "*" in kind:
                for what in (f"{name} - 1", f"{name} + 100000"):
                    yield f"{what} formed", ((place, place, f" const void *none_ = {what}; (void)none_;"),)


def indeterminate_used(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind == "block":
            place = text.tokens[stmt.first].end
            yield f"indeterminate branch at {place}", ((place, place, " int none_; if (none_) { }"),)
            yield (
                f"indeterminate operand at {place}",
                ((place, place, " unsigned none_; none_ = none_ + 1u;"),),
            )


def restrict_added(text: Text) -> Iterator[Change]:
    for body in text.bodies[-1:]:
        for name, kind, index in parameters(text, body):
            if "*" in kind and "restrict" not in kind:
                place = text.tokens[index].start
                yield f"restrict {name}", ((place, place, "restrict "),)


def alignment_raised(text: Text) -> Iterator[Change]:
    for body in text.bodies[-1:]:
        place = text.tokens[body.first].end
        for name, kind, _ in parameters(text, body):
            if "*" in kind:
                yield (
                    f"{name} assumed aligned",
                    ((place, place, f" {name} = __builtin_assume_aligned({name}, 32);"),),
                )
    for index, token in enumerate(text.tokens):
        for old, new in (("loadu", "load"), ("storeu", "store")):
            if token.kind == "id" and old in token.text:
                yield f"{token.text} aligned", ((token.start, token.end, token.text.replace(old, new)),)
        if token.kind == "dir":
            continue
        if token.kind == "num" and text.tokens[index - 2].text == "aligned":
            yield "attribute aligned raised", ((token.start, token.end, "32"),)


def promise_added(text: Text) -> Iterator[Change]:
    for body, name in _integer_parameters(text):
        place = text.tokens[body.first].end
        yield f"{name} > 0 promised", ((place, place, f" if ({name} <= 0) __builtin_unreachable();"),)
        yield f"{name} % 4 == 0 promised", ((place, place, f" if ({name} % 4) __builtin_unreachable();"),)
    for stmt in text.statements:
        if stmt.kind == "for":
            place = text.tokens[stmt.first].start
            for pragma in ("GCC ivdep", "clang loop vectorize(assume_safety)"):
                yield f"pragma {pragma}", ((place, place, f'_Pragma("{pragma}") '),)


def volatile_dropped(text: Text) -> Iterator[Change]:
    for token in text.tokens:
        if token.text == "volatile":
            yield f"volatile dropped at {token.start}", ((token.start, token.end, ""),)


def array_shorter(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind == "decl":
            for index in range(stmt.first, stmt.last - 2):
                token = text.tokens[index + 1]
                if text.tokens[index].text == "[" and token.text.isdigit() and int(token.text) > 1:
                    yield f"[{token.text}] shorter", ((token.start, token.end, str(int(token.text) - 1)),)
                    yield f"[{token.text}] huge", ((token.start, token.end, "100000"),)
                    break


def infinite(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind == "for" and len(stmt.head) == 3 and stmt.head[2][1] > stmt.head[2][0]:
            yield "no step", ((*text.span(*stmt.head[2]), ""),)


HOSTILE = (
    Operator("late-fault", late_fault),
    Operator("late-exit", late_exit),
    Operator("edge-fault", edge_fault),
    Operator("undefined-introduced", undefined_introduced),
    Operator("pointer-formed", pointer_formed, wrong=True),
    Operator("indeterminate-used", indeterminate_used, wrong=True),
    Operator("restrict-added", restrict_added, wrong=True),
    Operator("alignment-raised", alignment_raised, wrong=True),
    Operator("promise-added", promise_added),
    Operator("volatile-dropped", volatile_dropped, wrong=True),
    Operator("array-shorter", array_shorter),
    Operator("infinite", infinite),
)

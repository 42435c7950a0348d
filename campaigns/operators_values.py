"""Mutations of expressions: bounds, steps, offsets, operands, comparisons, types, constants."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from campaigns.ctext import Stmt, Text
from campaigns.mutation import Change, Operator

_LOOPS = ("for", "while", "do")
_NUMBER = re.compile(r"(0[xX][0-9a-fA-F]+|[0-9]+)([uUlL]*)$")


def condition(stmt: Stmt) -> tuple[int, int]:
    """Tokens of a statement's controlling expression."""
    return stmt.head[1] if stmt.kind == "for" and len(stmt.head) == 3 else stmt.head[0]


def _replace(text: Text, index: int, new: str) -> Change:
    token = text.tokens[index]
    return f"{token.text} -> {new} at {token.start}", ((token.start, token.end, new),)


def _in_conditions(
    text: Text, kinds: tuple[str, ...], table: Mapping[str, tuple[str, ...]]
) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind in kinds and stmt.head:
            for index in range(*condition(stmt)):
                for new in table.get(text.tokens[index].text, ()) if text.is_binary(index) else ():
                    yield _replace(text, index, new)


_RELATIONS = {"<": ("<=", "!="), "<=": ("<",), ">": (">=", "!="), ">=": (">",), "!=": ("<", ">")}


def bound_relation(text: Text) -> Iterator[Change]:
    return _in_conditions(text, _LOOPS, _RELATIONS)


def ties(text: Text) -> Iterator[Change]:
    loops = {
        index
        for stmt in text.statements
        if stmt.kind in _LOOPS and stmt.head
        for index in range(*condition(stmt))
    }
    table = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
    for body in text.bodies:
        for index in range(body.first, body.last):
            if index not in loops and text.tokens[index].text in table and text.is_binary(index):
                yield _replace(text, index, table[text.tokens[index].text])


def relation_turned(text: Text) -> Iterator[Change]:
    table = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "!=", "!=": "=="}
    for body in text.bodies:
        for index in range(body.first, body.last):
            if text.tokens[index].text in table and text.is_binary(index):
                yield _replace(text, index, table[text.tokens[index].text])


def _shifted(literal: str, by: int) -> str | None:
    found = _NUMBER.match(literal)
    if found is None:
        return None
    value = int(found.group(1), 0) + by if not re.match(r"0[0-9]", literal) else None
    return f"{value}{found.group(2)}" if value is not None and value >= 0 else None


def _constants(text: Text, start: int, end: int) -> Iterator[Change]:
    for index in range(start, end):
        if text.tokens[index].kind == "num":
            for by in (-1, 1):
                new = _shifted(text.tokens[index].text, by)
                if new is not None:
                    yield _replace(text, index, new)


def bound_constant(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind in _LOOPS and stmt.head:
            yield from _constants(text, *condition(stmt))


def bound_moved(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind in _LOOPS and stmt.head:
            start, end = condition(stmt)
            if end > start:
                place = text.span(start, end)[1]
                for more in (" - 1", " + 1", " - 4"):
                    yield f"bound{more} at {place}", ((place, place, more),)


def bound_rearranged(text: Text) -> Iterator[Change]:
    """`i + c < n` as `i < n - c`, and back: a wrap that was not there, or one that was."""
    for stmt in text.statements:
        if stmt.kind not in _LOOPS or not stmt.head:
            continue
        start, end = condition(stmt)
        for index in range(start + 1, end - 2):
            if text.tokens[index].text == "+" and text.tokens[index + 2].text in ("<", "<="):
                constant = text.tokens[index + 1].text
                yield (
                    f"{text.text(start, end)} rearranged",
                    ((text.tokens[index].start, text.tokens[index + 1].end, ""),
                     (text.tokens[end - 1].end, text.tokens[end - 1].end, f" - {constant}")),
                )  # fmt: skip
            if text.tokens[index + 1].text == "-" and text.tokens[index - 1].text in ("<", "<="):
                constant = text.tokens[index + 2].text
                place = text.tokens[index - 1].start
                yield (
                    f"{text.text(start, end)} rearranged",
                    ((place, place, f"+ {constant} "),
                     (text.tokens[index + 1].start, text.tokens[index + 2].end, "")),
                )  # fmt: skip


def step(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind == "for" and len(stmt.head) == 3:
            yield from _constants(text, *stmt.head[2])
            for index in range(*stmt.head[2]):
                token = text.tokens[index]
                if token.text in ("++", "--"):
                    name = text.tokens[index - 1 if text.tokens[index - 1].kind == "id" else index + 1].text
                    start, end = text.span(*stmt.head[2])
                    sign = token.text[0]
                    if stmt.head[2][1] - stmt.head[2][0] == 2:
                        yield f"step of {name} doubled", ((start, end, f"{name} {sign}= 2"),)
                        yield (
                            f"step of {name} turned",
                            ((start, end, f"{name} {'-' if sign == '+' else '+'}= 1"),),
                        )
                        yield f"step of {name} none", ((start, end, f"{name} += 0"),)


def start_value(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind == "for" and len(stmt.head) == 3:
            start, end = stmt.head[0]
            yield from _constants(text, start, end)
            if end - start > 2:
                place = text.span(start, end)[1]
                for more in (" + 1", " - 1"):
                    yield f"start{more} at {place}", ((place, place, more),)


def offset(text: Text) -> Iterator[Change]:
    for index, token in enumerate(text.tokens):
        if token.text != "[" or index not in text.partner or not text.is_binary(index):
            continue
        closing = text.partner[index]
        place = text.tokens[closing].start
        yield from _constants(text, index + 1, closing)
        for more in (" + 1", " - 1"):
            yield f"subscript{more} at {place}", ((place, place, more),)


def pointer_offset(text: Text) -> Iterator[Change]:
    """The operand of a dereference or an address argument, moved by one."""
    for index, token in enumerate(text.tokens):
        if token.text in ("loadu", "load") or "loadu" in token.text or "storeu" in token.text:
            opening = index + 1
            if text.tokens[opening].text == "(" and opening in text.partner:
                end = opening + 1
                while end < text.partner[opening] and text.tokens[end].text != ",":
                    end = text.partner.get(end, end) + 1 if text.tokens[end].text in "([" else end + 1
                start, stop = text.span(opening + 1, end)
                yield f"address + 1 at {start}", ((start, stop, f"({text.source[start:stop]}) + 1"),)


def operands_swapped(text: Text) -> Iterator[Change]:
    for index, token in enumerate(text.tokens):
        if token.text in ("-", "/", "%", "<<", ">>", "<", ">", "+", "*") and text.is_binary(index):
            first, end = text.operand_before(index), text.operand_after(index)
            if first is not None and end is not None:
                left, right = text.text(first, index), text.text(index + 1, end)
                yield (
                    f"{left} {token.text} {right} swapped",
                    ((*text.span(first, end), f"{right} {token.text} {left}"),),
                )


def arguments_swapped(text: Text) -> Iterator[Change]:
    for index, token in enumerate(text.tokens):
        if token.kind != "id" or index + 1 >= len(text.tokens) or text.tokens[index + 1].text != "(":
            continue
        if token.text in ("for", "while", "if", "switch", "sizeof", "return"):
            continue
        closing = text.partner.get(index + 1, index + 1)
        commas, at = [index + 1], index + 2
        while at < closing:
            if text.tokens[at].text == ",":
                commas.append(at)
            at = text.partner.get(at, at) + 1 if text.tokens[at].text in ("(", "[", "{") else at + 1
        commas.append(closing)
        inside = any(body.first < index < body.last for body in text.bodies)
        if len(commas) == 3 and inside:
            one, two = text.span(commas[0] + 1, commas[1]), text.span(commas[1] + 1, commas[2])
            yield f"arguments of {token.text} swapped", (
                (*one, text.source[two[0] : two[1]]), (*two, text.source[one[0] : one[1]]),
            )  # fmt: skip


_OTHER = {
    "+": ("-", "|"), "-": ("+",), "*": ("+",), "/": ("*", ">>"), "%": ("/", "&"), "&": ("|", "^"), "|": ("&", "^", "+"),
    "^": ("|", "+"), "<<": (">>",), ">>": ("<<", "/"), "&&": ("||",), "||": ("&&",), "+=": ("-=", "="), "-=": ("+=",),
    "*=": ("+=",), "|=": ("&=", "+="), "&=": ("|=",), "^=": ("|=",),
}  # fmt: skip


def operator_other(text: Text) -> Iterator[Change]:
    for body in text.bodies:
        for index in range(body.first, body.last):
            token = text.tokens[index]
            if token.text in _OTHER and text.is_binary(index):
                for new in _OTHER[token.text]:
                    yield _replace(text, index, new)


def guard_weaker(text: Text) -> Iterator[Change]:
    """One side of a conjunction or disjunction left out."""
    for stmt in text.statements:
        if stmt.kind not in ("if", *_LOOPS) or not stmt.head:
            continue
        start, end = condition(stmt)
        for index in range(start, end):
            if text.tokens[index].text in ("&&", "||"):
                yield f"left of {text.tokens[index].text} alone", ((*text.span(index, end), ""),)
                yield f"right of {text.tokens[index].text} alone", ((*text.span(start, index + 1), ""),)


def guard_constant(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind == "if":
            for value in ("1", "0"):
                yield f"if ({value})", ((*text.span(*stmt.head[0]), value),)
            start, end = text.span(*stmt.head[0])
            yield "if negated", ((start, end, f"!({text.source[start:end]})"),)


def choice_turned(text: Text) -> Iterator[Change]:
    for index, token in enumerate(text.tokens):
        if token.text != "?":
            continue
        first, end = text.operand_after(index), None
        if first is not None and text.tokens[first].text == ":":
            end = text.operand_after(first)
        if first is not None and end is not None:
            one, two = text.span(index + 1, first), text.span(first + 1, end)
            yield "arms of ?: swapped", (
                (*one, text.source[two[0] : two[1]]), (*two, text.source[one[0] : one[1]]),
            )  # fmt: skip


def constant(text: Text) -> Iterator[Change]:
    for body in text.bodies:
        yield from _constants(text, body.first, body.last)
    for index, token in enumerate(text.tokens):
        if token.kind == "num" and re.match(r"[0-9]*\.[0-9]*f?$", token.text):
            yield _replace(text, index, "1.5" + ("f" if token.text.endswith("f") else ""))
            if token.text.strip("f0") == ".":
                yield _replace(text, index, "-" + token.text)


_SIGNS = {
    "int": ("unsigned",), "unsigned": ("int",),
    "uint32_t": ("int32_t",), "int32_t": ("uint32_t",),
    "uint8_t": ("int8_t",), "int8_t": ("uint8_t",), "uint16_t": ("int16_t",), "int16_t": ("uint16_t",),
    "uint64_t": ("int64_t",), "int64_t": ("uint64_t",), "size_t": ("long",), "long": ("unsigned long",),
    "char": ("unsigned char",), "ptrdiff_t": ("size_t",),
}  # fmt: skip
_WIDTHS = {
    "int": ("short", "char", "long"), "unsigned": ("unsigned short", "unsigned long"),
    "uint32_t": ("uint16_t", "uint64_t"),
    "int32_t": ("int16_t", "int64_t"), "uint16_t": ("uint8_t", "uint32_t"), "int16_t": ("int8_t", "int32_t"),
    "uint8_t": ("uint16_t",), "uint64_t": ("uint32_t",), "int64_t": ("int32_t",), "size_t": ("unsigned",),
    "long": ("int",),
    "float": ("double",), "double": ("float",), "ptrdiff_t": ("int",),
}  # fmt: skip


def _types(text: Text, table: Mapping[str, tuple[str, ...]]) -> Iterator[Change]:
    for body in text.bodies:
        for index in range(body.first, body.last):
            for new in table.get(text.tokens[index].text, ()):
                yield _replace(text, index, new)


def signedness(text: Text) -> Iterator[Change]:
    return _types(text, _SIGNS)


def width(text: Text) -> Iterator[Change]:
    return _types(text, _WIDTHS)


def cast_dropped(text: Text) -> Iterator[Change]:
    for body in text.bodies:
        for index in range(body.first, body.last):
            if text.tokens[index].text == ")" and text.is_cast(index):
                yield (
                    f"cast dropped at {text.tokens[index].start}",
                    ((*text.span(text.partner[index], index + 1), ""),),
                )


def cast_added(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind in ("expr", "decl"):
            equal = next((i for i in range(stmt.first, stmt.last) if text.tokens[i].text == "="), None)
            if equal is not None and text.tokens[equal + 1].text != "{":
                start, end = text.span(equal + 1, stmt.last)
                for kind in ("uint8_t", "int16_t", "float", "unsigned"):
                    yield f"({kind}) added at {start}", ((start, end, f"({kind})({text.source[start:end]})"),)


def regrouped(text: Text) -> Iterator[Change]:
    """`a + b + c` as `a + (b + c)`: floats are not associative, signed sums may overflow."""
    for index, token in enumerate(text.tokens):
        if token.text not in ("+", "*", "-") or not text.is_binary(index):
            continue
        middle = text.operand_after(index)
        if middle is None or text.tokens[middle].text != token.text or not text.is_binary(middle):
            continue
        end = text.operand_after(middle)
        if end is not None:
            start, stop = text.span(index + 1, end)
            yield f"regrouped at {start}", ((start, stop, f"({text.source[start:stop]})"),)


def increment_side(text: Text) -> Iterator[Change]:
    """`x++` as a value for `++x`, and back."""
    for index, token in enumerate(text.tokens):
        if token.text not in ("++", "--"):
            continue
        if text.tokens[index - 1].kind == "id" and text.tokens[index + 1].text not in (";", ")"):
            name = text.tokens[index - 1]
            yield f"{token.text}{name.text}", ((name.start, token.end, f"{token.text}{name.text}"),)


def variable_other(text: Text) -> Iterator[Change]:
    """A variable in place of another with a similar name: s0 for s1, j for i."""
    for body in text.bodies:
        names = {text.tokens[i].text for i in range(body.first, body.last) if text.tokens[i].kind == "id"}
        for index in range(body.first, body.last):
            token = text.tokens[index]
            if token.kind != "id" or text.tokens[index + 1].text == "(":
                continue
            alike = sorted(
                n
                for n in names
                if n != token.text and len(n) == len(token.text) and n[:-1] == token.text[:-1]
            )
            for other in alike[:2]:
                yield _replace(text, index, other)


def narrow_compare(text: Text) -> Iterator[Change]:
    for stmt in text.statements:
        if stmt.kind in ("if", *_LOOPS) and stmt.head:
            for index in range(*condition(stmt)):
                if text.tokens[index].text in ("<", "<=", ">", ">=") and text.is_binary(index):
                    first = text.operand_before(index)
                    if first is not None:
                        start, end = text.span(first, index)
                        yield (
                            f"unsigned compare at {start}",
                            ((start, end, f"(unsigned)({text.source[start:end]})"),),
                        )


VALUES = (
    Operator("bound-relation", bound_relation),
    Operator("bound-constant", bound_constant),
    Operator("bound-moved", bound_moved),
    Operator("bound-rearranged", bound_rearranged),
    Operator("step", step),
    Operator("start-value", start_value),
    Operator("offset", offset),
    Operator("pointer-offset", pointer_offset),
    Operator("operand-order", operands_swapped),
    Operator("argument-order", arguments_swapped),
    Operator("operator-other", operator_other),
    Operator("ties", ties),
    Operator("relation-turned", relation_turned),
    Operator("guard-weaker", guard_weaker),
    Operator("guard-constant", guard_constant),
    Operator("choice-turned", choice_turned),
    Operator("constant", constant),
    Operator("signedness", signedness),
    Operator("width", width),
    Operator("cast-dropped", cast_dropped),
    Operator("cast-added", cast_added),
    Operator("regrouped", regrouped),
    Operator("increment-side", increment_side),
    Operator("variable-other", variable_other),
    Operator("unsigned-compare", narrow_compare),
)

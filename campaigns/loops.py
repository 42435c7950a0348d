"""Random loop nests without undefined behaviour, as data: what a transformation reorders, and how C spells it.

Elements are unsigned or floating-point, so that no sum overflows; subscripts are the counter plus a small offset, and
the loop's bounds keep them inside. Arrays are parameters, apart (`restrict`) or not, or objects of the file.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

Offset = tuple[int, ...]
ROWS = 20
COLUMNS = 24
LENGTH = 400


@dataclass(frozen=True, slots=True)
class Load:
    """An element at the counters plus an offset for each loop."""

    array: str
    at: Offset


@dataclass(frozen=True, slots=True)
class Leaf:
    """A constant or a parameter."""

    text: str


@dataclass(frozen=True, slots=True)
class Binary:
    """An operator on two expressions."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Choice:
    """`left op right ? then : other`."""

    op: str
    left: Expr
    right: Expr
    then: Expr
    other: Expr


Expr = Load | Leaf | Binary | Choice


@dataclass(frozen=True, slots=True)
class Statement:
    """`array[at] = value`, or `sum += value` where array is empty; under a condition (op, left, right) or always."""

    array: str
    at: Offset
    value: Expr
    condition: tuple[str, Expr, Expr] | None = None

    @property
    def loads(self) -> tuple[Load, ...]:
        """Everything that is read, the condition's elements included."""
        parts = [self.value, *(self.condition[1:] if self.condition else ())]
        return tuple(load for part in parts for load in loads(part))


def loads(expr: Expr) -> Iterator[Load]:
    """The elements that an expression reads."""
    match expr:
        case Load():
            yield expr
        case Binary(_, a, b):
            yield from loads(a)
            yield from loads(b)
        case Choice(_, a, b, c, d):
            for part in (a, b, c, d):
                yield from loads(part)
        case Leaf():
            return


@dataclass(frozen=True, slots=True)
class Nest:
    """A loop (depth 1, `n` iterations or LENGTH) or two (depth 2, ROWS x COLUMNS), each from 1.

    kind: the element type. arrays: their names. apart: no two arrays overlap. objects: of file scope, not parameters.
    """

    kind: str
    depth: int
    arrays: tuple[str, ...]
    apart: bool
    objects: bool
    body: tuple[Statement, ...]

    @property
    def floating(self) -> bool:
        return self.kind in ("float", "double")

    @property
    def sums(self) -> bool:
        return any(not statement.array for statement in self.body)

    @property
    def count(self) -> str:
        return "n" if not self.objects else str(LENGTH)


KINDS = ("uint32_t", "uint64_t", "uint8_t", "uint16_t", "float", "double")
_INTEGER = ("+", "-", "*", "&", "|", "^")
_FLOATING = ("+", "-", "*")


def nest(rng: random.Random) -> Nest:
    """A random one."""
    kind = rng.choice(KINDS)
    depth = 2 if rng.random() < 0.25 else 1
    objects = depth == 2 or rng.random() < 0.3
    arrays = tuple("abcd"[: rng.randint(2, 4)])
    apart = objects or rng.random() < 0.7
    made = Nest(kind, depth, arrays, apart, objects, ())
    body = [_statement(rng, made, bool(number)) for number in range(rng.randint(1, 3))]
    return replace(made, body=tuple(body))


def _offset(rng: random.Random, made: Nest) -> Offset:
    return tuple(rng.choice((0, 0, 0, -1, 1)) for _ in range(made.depth))


def _statement(rng: random.Random, made: Nest, later: bool) -> Statement:
    condition = None
    if rng.random() < 0.25:
        condition = (rng.choice(("<", "<=", ">", "==")), _load(rng, made), _leaf(rng, made))
    value = _expression(rng, made, 2)
    if not later and rng.random() < 0.25:
        return Statement("", (), value, condition)
    return Statement(rng.choice(made.arrays[:2]), (0,) * made.depth, value, condition)


def _load(rng: random.Random, made: Nest) -> Load:
    return Load(rng.choice(made.arrays), _offset(rng, made))


def _leaf(rng: random.Random, made: Nest) -> Leaf:
    if rng.random() < 0.4:
        return Leaf("k")
    return Leaf(f"{rng.randint(1, 9)}" + {"float": ".5f", "double": ".5"}.get(made.kind, "u"))


def _expression(rng: random.Random, made: Nest, depth: int) -> Expr:
    if depth == 0 or rng.random() < 0.2:
        return _load(rng, made) if rng.random() < 0.75 else _leaf(rng, made)
    if rng.random() < 0.12:
        parts = [_expression(rng, made, 0) for _ in range(4)]
        return Choice(rng.choice(("<", ">")), *parts)
    op = rng.choice(_FLOATING if made.floating else _INTEGER)
    return Binary(op, _expression(rng, made, depth - 1), _expression(rng, made, depth - 1))


# C text


def subscript(names: tuple[str, ...], at: Offset) -> str:
    """Subscripts of an element, `names` being the counters' spellings."""
    return "".join(f"[{name}{f' {amount:+d}'.replace('+', '+ ').replace('-', '- ') if amount else ''}]"
                   for name, amount in zip(names, at, strict=True))  # fmt: skip


Element = Callable[[Load], str]


def spelled(expr: Expr, made: Nest, element: Element) -> str:
    """An expression in C; `element` spells what is read."""
    match expr:
        case Load():
            wide = made.kind in ("uint8_t", "uint16_t")
            return f"(uint32_t){element(expr)}" if wide else element(expr)
        case Leaf(text):
            return text
        case Binary(op, a, b):
            return f"({spelled(a, made, element)} {op} {spelled(b, made, element)})"
        case Choice(op, a, b, c, d):
            x, y, u, v = (spelled(part, made, element) for part in (a, b, c, d))
            return f"({x} {op} {y} ? {u} : {v})"


def statement(
    one: Statement, made: Nest, names: tuple[str, ...], element: Element | None = None, total: str = "sum"
) -> str:
    """A statement in C at the counters `names`."""
    reads = element or (lambda load: load.array + subscript(names, load.at))
    value = spelled(one.value, made, reads)
    text = f"{one.array}{subscript(names, one.at)} = {value};" if one.array else f"{total} += {value};"
    if one.condition:
        op, left, right = one.condition
        text = f"if ({spelled(left, made, reads)} {op} {spelled(right, made, reads)}) {text}"
    return text


def scalar(made: Nest) -> str:
    """The type of sums and of the parameter k."""
    return "uint32_t" if made.kind in ("uint8_t", "uint16_t") else made.kind


def function(made: Nest, body: str) -> str:
    """A whole file around the statements of the function f."""
    size = f"[{ROWS + 2}][{COLUMNS + 2}]" if made.depth == 2 else f"[{LENGTH + 2}]"
    qualifier = "restrict " if made.apart else ""
    parameters = [f"{scalar(made)} k"]
    text = "#include <stdint.h>\n\n"
    if made.objects:
        text += "".join(f"{made.kind} {name}{size};\n" for name in made.arrays)
    else:
        parameters += [f"{made.kind} *{qualifier}{name}" for name in made.arrays] + ["int n"]
    result = scalar(made) if made.sums else "void"
    start = f"    {result} sum = 0;\n" if made.sums else ""
    end = "    return sum;\n" if made.sums else ""
    return f"{text}\n{result} f({', '.join(parameters)})\n{{\n{start}{body}{end}}}\n"


def plain(made: Nest, body: tuple[Statement, ...] | None = None) -> str:
    """The loops as they are."""
    names = ("i", "j")[: made.depth]
    lines = "\n".join(f"        {statement(one, made, names)}" for one in body or made.body)
    if made.depth == 2:
        return f"    for (int i = 1; i < {ROWS}; i++)\n    for (int j = 1; j < {COLUMNS}; j++) {{\n{lines}\n    }}\n"
    return f"    for (int i = 1; i < {made.count}; i++) {{\n{lines}\n    }}\n"

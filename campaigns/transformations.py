"""Transformations of random loops with their conditions: legal where the condition holds, illegal where it does not.

Each takes a nest and a generator and gives the body of the rewritten function and whether it is legal, or None where
it does not apply. The conditions are the textbook ones on dependence distances (Allen and Kennedy, chapters 2 to 6).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

from campaigns.loops import (
    COLUMNS,
    ROWS,
    Binary,
    Expr,
    Leaf,
    Load,
    Nest,
    Offset,
    Statement,
    plain,
    scalar,
    spelled,
    statement,
    subscript,
)

Rewrite = tuple[str, bool] | None
Transformation = Callable[[Nest, random.Random], Rewrite]


def _distances(made: Nest, first: tuple[Statement, ...], second: tuple[Statement, ...]) -> Iterator[Offset]:
    """How many iterations after a write in `first` an element is accessed in `second` (negative: before).

    Arrays that may overlap give every distance from -9 to 9."""
    for writer in first:
        if not writer.array:
            continue
        accesses = [(other.array, other.at) for other in second if other.array]
        accesses += [(load.array, load.at) for other in second for load in other.loads]
        for array, at in accesses:
            if array == writer.array:
                yield tuple(w - a for w, a in zip(writer.at, at, strict=True))
            elif not made.apart:
                yield from ((distance,) for distance in range(-9, 10))


def _names(made: Nest) -> tuple[str, ...]:
    return ("i", "j")[: made.depth]


def _lines(made: Nest, body: tuple[Statement, ...], name: str, indent: str = "        ") -> str:
    return "\n".join(indent + statement(one, made, (name,)) for one in body)


def unroll(made: Nest, rng: random.Random) -> Rewrite:
    """Several iterations in one, the rest behind; in their old order."""
    if made.depth != 1:
        return None
    times = rng.choice((2, 3, 4, 8))
    parts = "\n".join(
        "        " + statement(one, made, (f"i + {t}" if t else "i",)).replace(" + 0", "")
        for t in range(times) for one in made.body
    )  # fmt: skip
    return (
        f"    int i = 1;\n    for (; i < {made.count} - {times - 1}; i += {times}) {{\n{parts}\n    }}\n"
        f"    for (; i < {made.count}; i++) {{\n{_lines(made, made.body, 'i')}\n    }}\n"
    ).replace("< n - ", "< (n < 0 ? 0 : n) - "), True  # fmt: skip


def unroll_short(made: Nest, rng: random.Random) -> Rewrite:
    """As `unroll`, without the rest."""
    found = unroll(made, rng)
    return None if found is None else (found[0].rsplit("    for (;", 1)[0], False)


def ahead(made: Nest, rng: random.Random) -> Rewrite:
    """Two or four iterations in one, all that is read before all that is written."""
    if made.depth != 1 or made.sums or any(one.condition for one in made.body):
        return None
    times = rng.choice((2, 4))
    reads: list[str] = []
    writes: list[str] = []
    for t in range(times):
        name = f"i + {t}" if t else "i"
        for number, one in enumerate(made.body):
            reads.append(f"        {scalar(made)} v{t}_{number} = {_value(made, one, name)};")
            writes.append(f"        {one.array}[{name}] = v{t}_{number};")
    inside = [d[0] for d in _distances(made, made.body, made.body)]
    same = _distances_inside(made)
    legal = not any(0 < d < times for d in inside) and not same
    head = "(n < 0 ? 0 : n)" if made.count == "n" else made.count
    return (
        f"    int i = 1;\n    for (; i < {head} - {times - 1}; i += {times}) {{\n" + "\n".join(reads + writes)
        + f"\n    }}\n    for (; i < {made.count}; i++) {{\n{_lines(made, made.body, 'i')}\n    }}\n"
    ), legal  # fmt: skip


def _value(made: Nest, one: Statement, name: str) -> str:
    return spelled(one.value, made, lambda load: load.array + subscript((name,), load.at))


def _distances_inside(made: Nest) -> bool:
    """Whether a statement reads what an earlier one of the same iteration writes, or may."""
    for number, one in enumerate(made.body):
        for later in made.body[number + 1 :]:
            for load in later.loads:
                if (load.array == one.array and load.at == one.at) or (
                    load.array != one.array and not made.apart
                ):
                    return True
    return False


def reverse(made: Nest, rng: random.Random) -> Rewrite:
    """The iterations from the last to the first."""
    del rng
    if made.depth != 1:
        return None
    legal = all(d[0] == 0 for d in _distances(made, made.body, made.body)) and not (
        made.sums and made.floating
    )
    text = f"    for (int i = {made.count} - 1; i >= 1; i--) {{\n{_lines(made, made.body, 'i')}\n    }}\n"
    # n - 1 is formed for every n.
    return text.replace("int i = n - 1", "int i = n > 0 ? n - 1 : 0"), legal


def distribute(made: Nest, rng: random.Random) -> Rewrite:
    """One loop for the first statements, one for the rest."""
    if len(made.body) < 2:
        return None
    cut = rng.randint(1, len(made.body) - 1)
    first, second = made.body[:cut], made.body[cut:]
    zero = (0,) * made.depth
    # What the second part does in an iteration must not be seen by the first part in a later one.
    legal = all(d <= zero for d in _distances(made, second, first)) and all(
        tuple(-x for x in d) <= zero for d in _distances(made, first, second)
    )
    return plain(made, first) + plain(made, second), legal


def interchange(made: Nest, rng: random.Random) -> Rewrite:
    """The inner loop outside."""
    del rng
    if made.depth != 2:
        return None
    legal = not (made.sums and made.floating)
    for d in _distances(made, made.body, made.body):
        forward = d if d > (0, 0) else tuple(-x for x in d)
        legal = legal and not (forward[0] > 0 and forward[1] < 0)
    lines = "\n".join(f"        {statement(one, made, ('i', 'j'))}" for one in made.body)
    text = (
        f"    for (int j = 1; j < {COLUMNS}; j++)\n    for (int i = 1; i < {ROWS}; i++) {{\n{lines}\n    }}\n"
    )
    return text, legal


def strips(made: Nest, rng: random.Random) -> Rewrite:
    """The loop in strips of a fixed length."""
    if made.depth != 1:
        return None
    size = rng.choice((4, 8, 16))
    head = "(n < 0 ? 0 : n)" if made.count == "n" else made.count
    return (
        f"    int s = 1;\n    for (; s < {head} - {size - 1}; s += {size})\n"
        f"    for (int i = s; i < s + {size}; i++) {{\n"
        f"{_lines(made, made.body, 'i')}\n    }}\n"
        f"    for (; s < {made.count}; s++) {{\n{_lines(made, made.body, 's')}\n    }}\n"
    ), True  # fmt: skip


def peel(made: Nest, rng: random.Random) -> Rewrite:
    """The first iteration in front, guarded or not."""
    if made.depth != 1:
        return None
    guarded = made.objects or rng.random() < 0.7
    guard = f"    if (1 < {made.count}) {{\n" if guarded else "    {\n"
    first = _lines(made, made.body, "1")
    return (
        f"{guard}{first}\n    }}\n    for (int i = 2; i < {made.count}; i++) {{\n"
        f"{_lines(made, made.body, 'i')}\n    }}\n"
    ), guarded  # fmt: skip


def partial_sums(made: Nest, rng: random.Random) -> Rewrite:
    """A sum in two or four parts: right for integers, not for floats."""
    if made.depth != 1 or not made.sums or any(one.array for one in made.body):
        return None
    times = rng.choice((2, 4))
    names = [f"part{t}" for t in range(times)]
    start = "".join(f"    {scalar(made)} {name} = 0;\n" for name in names)
    parts = "\n".join(
        "        " + statement(one, made, (f"i + {t}" if t else "i",), None, names[t])
        for t in range(times) for one in made.body
    )  # fmt: skip
    head = "(n < 0 ? 0 : n)" if made.count == "n" else made.count
    return (
        f"{start}    int i = 1;\n    for (; i < {head} - {times - 1}; i += {times}) {{\n{parts}\n    }}\n"
        f"    for (; i < {made.count}; i++) {{\n{_lines(made, made.body, 'i')}\n    }}\n"
        f"    sum += {' + '.join(names)};\n"
    ), not made.floating  # fmt: skip


def choose(made: Nest, rng: random.Random) -> Rewrite:
    """A guarded sum as a sum of a choice; a guarded store as a store in any case (right only for own objects)."""
    del rng
    guarded = [one for one in made.body if one.condition]
    if not guarded:
        return None
    names, legal = _names(made), True
    lines: list[str] = []
    for one in made.body:
        text = statement(one, made, names)
        if one.condition:
            reads: Callable[[Load], str] = lambda load: load.array + subscript(names, load.at)  # noqa: E731
            op, left, right = one.condition
            test = f"{spelled(left, made, reads)} {op} {spelled(right, made, reads)}"
            value = spelled(one.value, made, reads)
            if one.array:
                place = one.array + subscript(names, one.at)
                text = f"{place} = {test} ? {value} : {place};"
                legal = legal and made.objects
            else:
                text = f"sum += {test} ? {value} : 0;"
                # A float sum of -0.0 and 0 is 0.
                legal = legal and not made.floating
        lines.append(f"        {text}")
    whole = plain(made).split("{\n")[0] + "{\n" + "\n".join(lines) + "\n    }\n"
    return whole, legal


def algebra(made: Nest, rng: random.Random) -> Rewrite:
    """Operands in another order or grouping: always right for unsigned integers, for floats only commuted."""
    changed: list[bool] = []

    def turn(expr: Expr) -> Expr:
        match expr:
            case Binary(op, Binary(inner, a, b), c) if op == inner and op in "+*" and rng.random() < 0.6:
                changed.append(not made.floating)
                return Binary(op, turn(a), Binary(op, turn(b), turn(c)))
            case Binary(op, a, b) if op in ("+", "*", "&", "|", "^"):
                changed.append(True)
                return Binary(op, turn(b), turn(a))
            case Binary(op, a, b):
                return Binary(op, turn(a), turn(b))
            case _:
                return expr

    body = tuple(Statement(one.array, one.at, turn(one.value), one.condition) for one in made.body)
    return (plain(made, body), all(changed)) if changed else None


def walk(made: Nest, rng: random.Random) -> Rewrite:
    """Counting with `while`, from another origin."""
    del rng
    if made.depth != 1:
        return None
    lines = _lines(made, made.body, "(t + 1)")
    return f"    int t = 0;\n    while (t < {made.count} - 1) {{\n{lines}\n        t++;\n    }}\n".replace(
        "t < n - 1", "n > 0 && t < n - 1"
    ), True  # fmt: skip


def fault(made: Nest, rng: random.Random) -> Rewrite:
    """One offset, operator or constant of the body is another."""
    body = list(made.body)
    number = rng.randrange(len(body))
    one = body[number]

    def damage(expr: Expr) -> Expr:
        match expr:
            case Load(array, at):
                return Load(array, (at[0] + 1 if at[0] < 1 else at[0] - 1, *at[1:]))
            case Leaf(text):
                return Leaf("k" if text != "k" else "3")
            case Binary(op, a, b):
                if rng.random() < 0.4:
                    return Binary("-" if op != "-" else "+", a, b)
                return Binary(op, damage(a), b) if rng.random() < 0.5 else Binary(op, a, damage(b))
            case _:
                return Binary("+", expr, Leaf("1"))

    body[number] = Statement(one.array, one.at, damage(one.value), one.condition)
    return plain(made, tuple(body)), False


def bounds(made: Nest, rng: random.Random) -> Rewrite:
    """One iteration more or less."""
    text = plain(made)
    old, new = rng.choice((("i = 1", "i = 2"), ("i = 1", "i = 0"), (" i < ", " i <= "), (" i++", " i += 2")))
    return (text.replace(old, new, 1), False) if old in text else None


TRANSFORMATIONS: dict[str, Transformation] = {
    function.__name__: function
    for function in (
        unroll, unroll_short, ahead, reverse, distribute, interchange, strips, peel, partial_sums, choose, algebra,
        walk, fault, bounds,
    )
}  # fmt: skip

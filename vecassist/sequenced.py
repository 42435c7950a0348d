"""Whether the side effects of a function's text are in order for sure, told from its tokens alone.

Most loops have one side effect in a full expression; for those no tree of the translation unit is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vecassist.promises import Token
from vecassist.scan.pure import PURE

_ASSIGNING = frozenset(["=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="])
_STEPS = frozenset({"++", "--"})
_KEYWORDS = frozenset(
    ["if", "while", "for", "switch", "return", "sizeof", "_Alignof", "do", "else", "case", "default", "goto"]
)
_TYPES = (
    frozenset(["char", "short", "int", "long", "float", "double", "signed", "unsigned", "void", "_Bool"])
    | {name for width in (8, 16, 32, 64) for name in (f"int{width}_t", f"uint{width}_t")}
    | {"size_t", "ptrdiff_t", "__m128", "__m128i", "__m128d", "__m256", "__m256i", "__m256d"}
)
_CONTROL = frozenset({"if", "while", "for", "switch"})
_STORING = ("store", "stream", "scatter", "fence", "empty", "csr")
_WRITERS = frozenset(
    prefix + name for prefix in ("", "__builtin_") for name in ("memcpy", "memmove", "memset")
)
_OPENING = {")": "(", "]": "[", "}": "{"}


def sequenced(text: Sequence[Token]) -> bool:
    """Whether no full expression (C11 6.8p4) of a function's definition, from its name to its end, can hold two
    unsequenced side effects, or one beside another use of what it changes. False where tokens do not tell."""
    words = [token.text for token in text if token.kind != "pragma"]
    opened = next((at for at, word in enumerate(words) if word == "{"), len(words))
    if any(word in _ASSIGNING or word in _STEPS for word in words[:opened]):
        return False
    return all(_single(part) for part in _full_expressions(words[opened:]))


def _full_expressions(words: Sequence[str]) -> Iterator[list[str]]:
    """The parts between braces, semicolons, labels and commas that are not inside of brackets; what stands in the
    braces of an initializer is one part with what is before it."""
    part: list[str] = []
    open_at: list[tuple[str, int]] = []
    for word in words:
        inside = any(bracket != "{" for bracket, _ in open_at)
        if word in ("(", "["):
            open_at.append((word, len(part)))
        elif word == "{":
            if inside or not _block(part):
                open_at.append(("(", len(part)))
            else:
                open_at.append(("{", 0))
                yield part
                part = []
                continue
        elif word in _OPENING and open_at:
            bracket, start = open_at.pop()
            if bracket == "{":
                yield part
                part = []
                continue
            if (
                word == ")"
                and start > 0
                and part[start - 1] in _CONTROL
                and not any(b != "{" for b, _ in open_at)
            ):
                yield from _header(part[start + 1 :])
                part = part[: start - 1]
                continue
        elif (word == ";" and not inside) or (
            not inside and (word == "," or (word == ":" and "?" not in part))
        ):
            yield part
            part = []
            continue
        part.append(word)
    yield part


def _header(words: Sequence[str]) -> Iterator[list[str]]:
    """The expressions of a parenthesized head: `for` has three."""
    part: list[str] = []
    depth = 0
    for word in words:
        depth += (word in "([{") - (word in ")]}")
        if word in (";", ",") and depth == 0:
            yield part
            part = []
        else:
            part.append(word)
    yield part


def _block(part: Sequence[str]) -> bool:
    """Whether a brace behind this opens a block: nothing, or `else` or `do` stands there."""
    return not part or part[-1] in ("else", "do")


def _single(part: Sequence[str]) -> bool:
    """Whether an expression has no side effect, or one that is its whole."""
    while part and part[0] in ("else", "do", "return"):
        part = part[1:]
    writes = [at for at, word in enumerate(part) if word in _ASSIGNING]
    steps = [at for at, word in enumerate(part) if word in _STEPS]
    called = [at for at in range(len(part)) if _calls(part, at)]
    if len(writes) + len(steps) + len(called) == 0:
        return True
    if steps:
        operand = part[1:] if steps[0] == 0 else part[:-1]
        return (
            len(steps) == 1
            and not writes
            and not called
            and steps[0] in (0, len(part) - 1)
            and _named(operand)
        )
    if len(writes) > 1 or len(called) > 1 or (writes and _depth(part[: writes[0]]) != 0):
        return False
    if not called:
        return True
    # The call is the whole expression, or all of what a plain variable is set to (C11 6.5.2.2p10, 6.5.16p3).
    whole = part[-1] == ")" and all(
        _depth(part[called[0] : at]) > 0 for at in range(called[0] + 1, len(part))
    )
    before = part[: called[0] - 1]
    return whole and (not before or (before[-1] == "=" and before[0] != "*" and all(map(_word, before[:-1]))))


def _depth(words: Sequence[str]) -> int:
    return sum((word in "([{") - (word in ")]}") for word in words)


def _word(word: str) -> bool:
    return word == "*" or word.replace("$", "_").isidentifier()


def _named(operand: Sequence[str]) -> bool:
    """Whether this is a variable, a member or an element, not the end of a longer expression."""
    outside = [word for at, word in enumerate(operand) if _depth(operand[:at]) == 0 and word != "["]
    return all(word in (".", "->") or (word != "*" and _word(word)) for word in outside)


def _calls(part: Sequence[str], at: int) -> bool:
    """Whether a call of something that may write stands there, a call through a pointer included."""
    if part[at] != "(" or at == 0:
        return False
    name = part[at - 1]
    if name in (")", "]"):
        return name == "]" or not _cast(part[:at])
    if name in _KEYWORDS or not _word(name) or name == "*":
        return False
    if name.startswith(("_mm", "__builtin_ia32_")):
        return any(word in name for word in _STORING)
    if name.startswith(("__builtin_elementwise_", "__builtin_reduce_")):
        return False
    return name not in PURE or name in _WRITERS


def _cast(part: Sequence[str]) -> bool:
    """Whether the parenthesis that ends here certainly holds the name of a type."""
    opened = next((at for at in range(len(part) - 1, -1, -1) if _depth(part[at:]) == 0), None)
    inside = part[opened + 1 : -1] if opened is not None else []
    return bool(inside) and (inside[-1] in _TYPES or inside[-1] == "*") and all(map(_word, inside))

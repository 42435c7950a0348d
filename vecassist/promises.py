"""Promises to the compiler that stand in C text and that LLVM IR need not show: `restrict`, `ivdep`,
attributes.

Both versions are compared as preprocessed tokens. A promise counts where it stands in a stretch of the text
that the other version does not have; one that bears on the code around it (a loop pragma, `restrict` inside
a body, `static` in an array parameter) counts anywhere in the function of interest as soon as that
function's text has changed, since the same words then promise something else. Erring on the side of naming
too many is safe: a promise is an obligation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

_TOKEN = re.compile(
    r"""
      (?P<pragma>^[ \t]*\#[ \t]*pragma[^\n]*$)
    | (?P<word>[A-Za-z_$][A-Za-z0-9_$]*)
    | (?P<string>(?:u8|[uUL])?"(?:\\.|[^"\\\n])*")
    | (?P<char>[uUL]?'(?:\\.|[^'\\\n])*')
    | (?P<number>\.?\d(?:[eEpP][+-]|[A-Za-z0-9_.])*)
    | (?P<sign>->|\+\+|--|<<=|>>=|<<|>>|<=|>=|==|!=|&&|\|\||\.\.\.|[-+*/%&|^]=|[^\sA-Za-z0-9_])
    """,
    re.VERBOSE | re.MULTILINE,
)
_LINES = re.compile(r'^[ \t]*#[ \t]*(?:line[ \t]+)?(\d+)[ \t]+"([^"\n]*)"([ \t0-9]*)$', re.MULTILINE)

_RESTRICT = {"restrict", "__restrict", "__restrict__"}
_WORDS = {
    "__builtin_unreachable": "unreachable",
    "unreachable": "unreachable",
    "__builtin_assume": "assume",
    "__builtin_assume_aligned": "__builtin_assume_aligned",
    "__builtin_assume_separate_storage": "__builtin_assume_separate_storage",
    "__assume": "assume",
    "__builtin_prefetch": "__builtin_prefetch",
    "asm": "asm",
    "__asm": "asm",
    "__asm__": "asm",
    "_Noreturn": "attribute noreturn",
    "__declspec": "attribute __declspec",
    "_Pragma": "pragma _Pragma",
}
_ATTRIBUTE = {"__attribute__", "__attribute"}
# These say how a thing is laid out or called, not what is true of it; layout is visible in IR.
_HARMLESS_ATTRIBUTES = {
    "vector_size",
    "ext_vector_type",
    "aligned",
    "packed",
    "may_alias",
    "unused",
    "used",
    "noinline",
    "always_inline",
    "artificial",
    "fallthrough",
    "deprecated",
    "warn_unused_result",
    "format",
    "no_sanitize",
    "nothrow",
    "cold",
    "hot",
}
_HARMLESS_PRAGMAS = re.compile(
    r"GCC\s+(unroll|diagnostic|poison|system_header|push_options|pop_options)\b|once\b|message\b"
    r"|STDC FP_CONTRACT (OFF|DEFAULT)|region\b|endregion\b|clang\s+diagnostic\b"
)
_STATE = re.compile(
    r"GCC\s+(optimize|target|push_options|pop_options|reset_options|ivdep|visibility)|STDC|float_control"
    r"|clang\s+(fp|optimize|attribute)|pack\b|omp|fenv|weak|redefine_extname"
)
_LOOP_PRAGMA = re.compile(r"omp|GCC ivdep|clang loop|vector|simd|ivdep")


@dataclass(frozen=True, slots=True)
class Token:
    """A preprocessing token outside system headers; `line` in the file that the line markers name."""

    kind: str
    text: str
    line: int
    file: str


def tokens(preprocessed: str) -> tuple[Token, ...]:
    """The tokens of a preprocessed text, those of system headers left out; pragmas are one token each."""
    result: list[Token] = []
    # A marker stands on the line before the one it names.
    file, line, system = "", 2, False
    ours: set[str] = set()
    start = 0
    for marker in [*_LINES.finditer(preprocessed), None]:
        end = marker.start() if marker is not None else len(preprocessed)
        if not system:
            result += _section(preprocessed, start, end, file, line)
        if marker is None:
            break
        start = marker.end()
        line, file = int(marker.group(1)), marker.group(2)
        # gcc marks the expansion of a system header's macro like the header, but names our file.
        if "3" not in marker.group(3).split():
            ours.add(file)
        system = file not in ours
    return tuple(result)


def _section(text: str, start: int, end: int, file: str, line: int) -> Iterator[Token]:
    """The tokens between two line markers; the first line is `line`."""
    position = start
    line -= 1
    for match in _TOKEN.finditer(text, start, end):
        line += text.count("\n", position, match.start())
        position = match.start()
        yield Token(match.lastgroup or "", " ".join(match.group().split()), line, file)


def added_promises(before: str, after: str, function: str) -> tuple[str, ...]:
    """Promises of `after` (preprocessed) that `before` does not make, each once, sorted."""
    old, new = tokens(before), tokens(after)
    changed = _changed(old, new)
    found = {name for start, end in changed for name in _promises(new[start:end])}
    body = _function(new, function)
    if body is not None and any(_touches(change, body) for change in changed):
        found |= set(_contextual(new[body[0] : body[1]]))
    if changed:
        found |= set(_of_helpers(old, new, function))
    return tuple(sorted(found))


def _of_helpers(old: Sequence[Token], new: Sequence[Token], function: str) -> Iterator[str]:
    """What a function comes to promise through helpers that it did not call before, or through pragmas that were not
    in force where it, or such a helper, stands."""
    before, after = reached(old, function), reached(new, function)
    for name, (start, end) in after.items():
        mine = [token.text for token in new[start:end]]
        was = before.get(name)
        theirs = [token.text for token in old[was[0] : was[1]]] if was is not None else None
        if name != function and mine != theirs:
            yield from _promises(new[start:end])
        if was is None:
            was = before.get(function)
        if was is not None and _in_force(old[: was[0]]) != _in_force(new[:start]):
            yield "other pragmas in force"


def _in_force(part: Sequence[Token]) -> list[str]:
    return [token.text for token in part if token.kind == "pragma" and _STATE.search(token.text)]


def reached(text: Sequence[Token], function: str) -> dict[str, tuple[int, int]]:
    """A function and every function that it may call, by name: the index ranges of those that the text defines."""
    defined = _definitions(text)
    found: dict[str, tuple[int, int]] = {}
    work = [function]
    while work:
        name = work.pop()
        if name in defined and name not in found:
            found[name] = defined[name]
            work += [
                token.text for token in text[defined[name][0] : defined[name][1]] if token.text in defined
            ]
    return found


def _definitions(text: Sequence[Token]) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    index = 0
    while index + 1 < len(text):
        token = text[index]
        if token.text == "{":
            index = _closing(text, index, "{", "}")
        elif token.kind == "word" and text[index + 1].text == "(":
            behind = _closing(text, index + 1, "(", ")")
            if behind < len(text) and text[behind].text == "{":
                end = _closing(text, behind, "{", "}")
                found[token.text] = (index, end)
                behind = end
            index = behind
        else:
            index += 1
    return found


def all_promises(preprocessed: str) -> tuple[str, ...]:
    """Every promise of a preprocessed text, each once, sorted."""
    return tuple(sorted(set(_promises(tokens(preprocessed)))))


def function_tokens(preprocessed: str, function: str) -> tuple[Token, ...]:
    """The tokens of one function's definition, from its name to its end; nothing where it is not defined."""
    found = tokens(preprocessed)
    place = _function(found, function)
    return found[place[0] : place[1]] if place is not None else ()


def _changed(old: Sequence[Token], new: Sequence[Token]) -> list[tuple[int, int]]:
    """Index ranges of `new` that are not in `old`; empty ranges mark deletions."""
    head = 0
    while head < min(len(old), len(new)) and old[head].text == new[head].text:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail].text == new[-1 - tail].text:
        tail += 1
    left = [token.text for token in old[head : len(old) - tail]]
    right = [token.text for token in new[head : len(new) - tail]]
    if not left and not right:
        return []
    if len(left) * len(right) > 4_000_000:
        return [(head, head + len(right))]
    matcher = SequenceMatcher(a=left, b=right, autojunk=False)
    return [(head + b0, head + b1) for tag, _, _, b0, b1 in matcher.get_opcodes() if tag != "equal"]


def _touches(change: tuple[int, int], body: tuple[int, int]) -> bool:
    """Whether a changed range, an empty one where something was deleted, lies in a function."""
    start, end = change
    return body[0] < start < body[1] if start == end else start < body[1] and body[0] < end


def _promises(part: Sequence[Token]) -> Iterator[str]:
    for index, token in enumerate(part):
        if token.kind == "pragma":
            text = token.text.lstrip("# ").removeprefix("pragma").strip()
            if not _HARMLESS_PRAGMAS.match(text):
                yield f"pragma {text}"
        elif token.text in _RESTRICT:
            yield "restrict"
        elif token.text in _WORDS:
            yield _WORDS[token.text]
        elif token.text in _ATTRIBUTE:
            yield from _attributes(part, index + 1)
        elif token.text == "[":
            yield from _brackets(part, index)


def _brackets(part: Sequence[Token], index: int) -> Iterator[str]:
    following = [token.text for token in part[index + 1 : index + 4]]
    if "static" in following and "]" not in following[: following.index("static")]:
        yield "static bounds"
    if following[:1] == ["["]:
        yield "attribute [[...]]"


def _attributes(part: Sequence[Token], index: int) -> Iterator[str]:
    depth = 0
    for position, token in enumerate(part[index:]):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if position and depth <= 0:
            return
        if depth == 2 and token.kind == "word":
            name = token.text.strip("_")
            if name not in _HARMLESS_ATTRIBUTES:
                yield f"attribute {name}"


def _contextual(body: Sequence[Token]) -> Iterator[str]:
    """Promises whose meaning depends on the code around them, in a function's text from its name to its
    end."""
    opening = next((i for i, token in enumerate(body) if token.text == "{"), len(body))
    for name in _promises(body[opening:]):
        if name == "restrict" or (name.startswith("pragma") and _LOOP_PRAGMA.search(name)):
            yield name


def _function(text: Sequence[Token], function: str) -> tuple[int, int] | None:
    """Index range of the definition of `function`, from its name to the closing brace."""
    for index, token in enumerate(text):
        if token.text != function or index + 1 >= len(text) or text[index + 1].text != "(":
            continue
        after = _closing(text, index + 1, "(", ")")
        while after < len(text) and text[after].text not in {"{", ";", ",", "=", ")"}:
            after = _closing(text, after, "(", ")") if text[after].text == "(" else after + 1
        if after < len(text) and text[after].text == "{" and _depth(text, index) == 0:
            return index, _closing(text, after, "{", "}")
    return None


def _closing(text: Sequence[Token], index: int, opening: str, closing: str) -> int:
    """The index behind the bracket that closes the one at `index`."""
    depth = 0
    for position in range(index, len(text)):
        if text[position].text == opening:
            depth += 1
        elif text[position].text == closing:
            depth -= 1
            if depth == 0:
                return position + 1
    return len(text)


def _depth(text: Sequence[Token], index: int) -> int:
    return sum({"{": 1, "}": -1}.get(token.text, 0) for token in text[:index])

"""Hide GNU C from pycparser without moving a single column.

Every edit keeps the length and the newlines of what it replaces, so offsets in the hidden text are offsets
in the preprocessed text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vecassist.scan.lexer import Token, matching, tokenize

_SPELLINGS = {
    "__restrict": "restrict",
    "__restrict__": "restrict",
    "__const": "const",
    "__const__": "const",
    "__volatile": "volatile",
    "__volatile__": "volatile",
    "__signed": "signed",
    "__signed__": "signed",
    "__inline": "inline",
    "__inline__": "inline",
    "__extension__": "",
    "__thread": "",
}
_INEXACT_TYPES = {
    "__builtin_va_list": "int",
    "__int128": "long",
    "__int128_t": "long",
    "__uint128_t": "long",
    "_Float16": "float",
    "__fp16": "int",
    "__bf16": "int",
    "_Float32": "float",
    "_Float64": "double",
    "_Float128": "double",
    "__float128": "double",
    "_Float32x": "double",
    "_Float64x": "double",
    "__auto_type": "int",
}
_TYPEOF = frozenset({"typeof", "__typeof", "__typeof__", "typeof_unqual", "__typeof_unqual__"})
_ATTRIBUTES = frozenset({"__attribute__", "__attribute", "__declspec"})
_ASM = frozenset({"asm", "__asm", "__asm__"})
_ASM_QUALIFIERS = frozenset({"volatile", "__volatile__", "__volatile", "inline", "__inline__", "goto"})
_TYPE_BUILTINS = frozenset({"__builtin_va_arg", "__builtin_types_compatible_p", "__builtin_tgmath"})
_ALIGNMENT = frozenset({"__alignof__", "__alignof", "_Alignof"})
_OFFSETOF = "__builtin_offsetof"
_SUSPECT = frozenset(
    {*("(", "&&", "...", "?", "goto", "__label__", _OFFSETOF), *_SPELLINGS, *_INEXACT_TYPES}
    | (_TYPEOF | _ATTRIBUTES | _ASM | _TYPE_BUILTINS | _ALIGNMENT)
)
"""With what an edit can begin."""
_PREFIXING = frozenset({"return", "case", "else", "do", "sizeof"})


@dataclass(frozen=True, slots=True)
class Hidden:
    """A construct that the tree does not show, at [start, end) of the preprocessed text.

    kind: "attribute", "asm", "statement expression", "typeof", "builtin",
          "type" (shown as a type that it is not), "label address", "range" (of a case or a designator),
          "conditional" (its second operand left out)
    names: identifiers inside it
    """

    start: int
    end: int
    kind: str
    names: frozenset[str]


def hide(
    text: str, begin: int = 0, stop: int | None = None
) -> tuple[str, tuple[Token, ...], tuple[Hidden, ...]]:
    """text[begin:stop] with GNU C blanked or replaced, of the same length; its tokens; and what was hidden.

    Offsets are those in `text`.
    """
    tokens = [token for token in tokenize(text, begin, stop) if token.kind != "dir"]
    pieces: list[str] = []
    kept: list[Token] = []
    hidden: list[Hidden] = []
    done, index = begin, 0
    while index < len(tokens):
        token = tokens[index]
        edit = _edit(tokens, index) if token.text in _SUSPECT else None
        if edit is None:
            kept.append(token)
            index += 1
            continue
        last, replacement, kind = edit
        start, end = token.start, tokens[last].end
        pieces += [text[done:start], _fit(replacement, text[start:end])]
        done = end
        if replacement:
            kept.append(Token(_kind(replacement), replacement, start, start + len(replacement)))
        if kind:
            names = frozenset(token.text for token in tokens[index : last + 1] if token.kind == "id")
            hidden.append(Hidden(start, end, kind, names))
        index = last + 1
    pieces.append(text[done:stop])
    return "".join(pieces), tuple(kept), tuple(hidden)


def _kind(replacement: str) -> Literal["id", "num", "op"]:
    if replacement == "0":
        return "num"
    return "id" if replacement.isidentifier() else "op"


def _fit(replacement: str, original: str) -> str:
    rest = original[len(replacement) :]
    return replacement + "".join(character if character == "\n" else " " for character in rest)


def _edit(tokens: Sequence[Token], index: int) -> tuple[int, str, str] | None:
    """(index of the last token to replace, replacement, kind to record or "") for what begins at `index`."""
    token = tokens[index]
    if token.text == "(" and _next(tokens, index) == "{":
        last = matching(tokens, index)
        return None if last is None else (last, "0", "statement expression")
    if token.kind == "op":
        return _operator(tokens, index)
    if token.kind != "id":
        return None
    name = token.text
    if name == "goto" and _next(tokens, index) == "*":
        return _up_to(tokens, index, ";", "label address")
    if name in _SPELLINGS:
        return index, _SPELLINGS[name], ""
    if name in _ATTRIBUTES:
        return _call(tokens, index, "", "attribute")
    if name in _ASM:
        head = index
        while _next(tokens, head) in _ASM_QUALIFIERS:
            head += 1
        last = _closing(tokens, head)
        return None if last is None else (last, "", "asm")
    if name in _TYPEOF:
        return _call(tokens, index, "int", "typeof")
    if name in _TYPE_BUILTINS or name in _ALIGNMENT:
        return _call(tokens, index, "0", "builtin")
    if name == _OFFSETOF:
        return index, "offsetof", ""
    if name in _INEXACT_TYPES:
        return index, _INEXACT_TYPES[name], "type"
    if name == "__label__":
        last = next((at for at in range(index, len(tokens)) if tokens[at].text == ";"), None)
        return None if last is None else (last, "", "")
    return None


def _operator(tokens: Sequence[Token], index: int) -> tuple[int, str, str] | None:
    """GCC manual, 6.3 Labels as Values, 6.30 Case Ranges, 6.29 Designated Initializers, 6.8 Conditionals."""
    text, following = tokens[index].text, _next(tokens, index)
    if text == "&&" and not _operand(tokens, index - 1) and tokens[index + 1 : index + 2]:
        return index + 1, "0", "label address"
    if text == "..." and index and tokens[index - 1].text not in (",", "("):
        stop = "]" if _innermost(tokens, index) == "[" else ":"
        return _up_to(tokens, index, stop, "range")
    if text == "?" and following == ":":
        return index + 1, "||", "conditional"
    return None


def _operand(tokens: Sequence[Token], index: int) -> bool:
    """Whether an operand ends at `index`."""
    if index < 0:
        return False
    token = tokens[index]
    return token.text in (")", "]", "}") or (token.kind != "op" and token.text not in _PREFIXING)


def _innermost(tokens: Sequence[Token], index: int) -> str:
    """The bracket that is open right before `index`, within the statement."""
    depth = 0
    for token in reversed(tokens[max(0, index - 64) : index]):
        if token.text in (")", "]"):
            depth += 1
        elif token.text in ("(", "["):
            if not depth:
                return token.text
            depth -= 1
        elif token.text in (";", "{", "}"):
            break
    return ""


def _up_to(tokens: Sequence[Token], index: int, stop: str, kind: str) -> tuple[int, str, str] | None:
    """Blank from `index` to the token before the next `stop`."""
    last = next((at - 1 for at in range(index, len(tokens)) if tokens[at].text == stop), None)
    return None if last is None else (last, "", kind)


def _next(tokens: Sequence[Token], index: int) -> str:
    return tokens[index + 1].text if index + 1 < len(tokens) else ""


def _closing(tokens: Sequence[Token], index: int) -> int | None:
    return matching(tokens, index + 1) if _next(tokens, index) == "(" else None


def _call(tokens: Sequence[Token], index: int, replacement: str, kind: str) -> tuple[int, str, str] | None:
    last = _closing(tokens, index)
    return None if last is None else (last, replacement, kind)

"""Loop pragmas that say iterations may run together: what they promise of which loop, in a form that can be proved."""

from __future__ import annotations

import re
from collections.abc import Sequence

from vecassist.promises import Token, function_tokens, tokens
from verify.problem import LoopPromise

_SIMD = re.compile(r"omp simd(?P<clauses>( (simdlen|reduction) ?\( ?[^()]* ?\))*)$")
_CLAUSE = re.compile(r"(simdlen|reduction) ?\( ?([^()]*?) ?\)")
_REDUCTION = re.compile(r"(\+|\*|&|\||\^|max|min) ?: ?(\w+(?: ?, ?\w+)*)$")
_COUNTS = r"(vectorize_width|interleave_count|unroll_count)\(\d+\)"
_WORD = rf"vectorize\((enable|assume_safety)\)|interleave\(enable\)|{_COUNTS}"
_HINT = re.compile(rf"clang loop( ({_WORD}))+$")
_ASSIGN = frozenset({"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=", "++", "--"})


def loop_promises(preprocessed: str, function: str) -> tuple[tuple[str, ...], tuple[LoopPromise, ...]]:
    """The pragmas of a function's loops that can be proved: as `added_promises` names them, and what they mean. A
    pragma that is in other places of the text too, or has other clauses, is in neither."""
    body = function_tokens(preprocessed, function)
    found: dict[str, list[LoopPromise]] = {}
    for index, token in enumerate(body):
        if token.kind == "pragma":
            promise = _promise(body, index)
            if promise is not None:
                found.setdefault(token.text, []).append(promise)
    everywhere = [token.text for token in tokens(preprocessed) if token.kind == "pragma"]
    kept = {text: made for text, made in found.items() if everywhere.count(text) == len(made)}
    return tuple(f"pragma {_words(text)}" for text in kept), tuple(p for made in kept.values() for p in made)


def _words(text: str) -> str:
    return text.lstrip("# ").removeprefix("pragma").strip()


def _promise(body: Sequence[Token], index: int) -> LoopPromise | None:
    words = _words(body[index].text)
    at = index + 1
    while at < len(body) and body[at].kind == "pragma":
        at += 1
    if at >= len(body) or body[at].text != "for" or body[at].file != body[index].file:
        return None
    line = body[at].line
    if words == "GCC ivdep":
        return LoopPromise(words, line, "memory")
    if _HINT.match(words):
        return LoopPromise(words, line, "memory" if "assume_safety" in words else "order")
    simd = _SIMD.match(words)
    if simd is None:
        return None
    reductions: list[tuple[str, str]] = []
    for clause in _CLAUSE.finditer(simd["clauses"]):
        if clause[1] == "simdlen":
            continue
        parts = _REDUCTION.match(clause[2])
        if parts is None:
            return None
        reductions += [(parts[1], name.strip()) for name in parts[2].split(",")]
    if not _private(body, at, {name for _, name in reductions}):
        return None
    return LoopPromise(words, line, "everything", tuple(reductions))


def _private(body: Sequence[Token], start: int, reduced: set[str]) -> bool:
    """Whether every variable that the loop at `start` sets is its own, its counter, or reduced (OpenMP: variables
    declared outside are shared)."""
    opening = start + 1
    header_end = _end(body, opening)
    if (
        header_end is None
        or header_end >= len(body)
        or body[header_end].text not in ("{", *_simple(body, header_end))
    ):
        return False
    end = _end(body, header_end) if body[header_end].text == "{" else _statement(body, header_end)
    if end is None or any(token.kind == "pragma" for token in body[header_end:end]):
        return False
    own = set(reduced)
    counter = next(
        (t.text for t, u in zip(body[opening:], body[opening + 1 :], strict=False) if u.text == "="), ""
    )
    for at in range(header_end, end):
        token, before = body[at], body[at - 1].text
        if token.kind != "word":
            continue
        after = body[at + 1].text
        declared = body[at - 1].kind == "word" and before not in ("return", "else", "goto", "case")
        declared = declared or (before == "*" and body[at - 2].kind == "word" and after in ("=", ";", ","))
        if declared:
            own.add(token.text)
        sets = after in _ASSIGN or before in ("++", "--")
        if sets and before not in (".", "->") and token.text not in own:
            return False
        if sets and token.text == counter:
            return False
    return True


def _simple(body: Sequence[Token], at: int) -> tuple[str, ...]:
    return (body[at].text,) if body[at].kind == "word" or body[at].text == "*" else ()


def _statement(body: Sequence[Token], at: int) -> int | None:
    """The end of an expression statement."""
    if body[at].text in ("if", "for", "while", "do", "switch"):
        return None
    return next((n + 1 for n in range(at, len(body)) if body[n].text == ";"), None)


def _end(body: Sequence[Token], at: int) -> int | None:
    pairs = {"(": ")", "{": "}"}
    if at >= len(body) or body[at].text not in pairs:
        return None
    opening, closing, depth = body[at].text, pairs[body[at].text], 0
    for position in range(at, len(body)):
        depth += {opening: 1, closing: -1}.get(body[position].text, 0)
        if depth == 0:
            return position + 1
    return None

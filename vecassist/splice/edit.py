"""The edit of a file: one region's bytes replaced, everything else untouched."""

from __future__ import annotations

import functools

from vecassist.errors import UserError
from vecassist.model import NOTHING_NEEDED, Needs, Site
from vecassist.needs import under_test
from vecassist.scan.lexer import Token, first_at, matching, tokenize
from vecassist.scan.statements import Unbalanced, children
from vecassist.splice.layout import fit, indentation, newline

_KEYWORDS = frozenset({"for", "while", "do", "if", "switch"})
_OPERATORS = frozenset(
    {"=", "[", "->", ".", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
)


def splice(original: bytes, site: Site, replacement: str, needs: Needs = NOTHING_NEEDED) -> bytes:
    """`original` with the site's bytes replaced, laid out in the style of the file.

    Braces around the whole text go where they mean nothing: in a block, and around no declaration. Text equal
    to the site's own goes in unchanged. What a replacement needs puts it under a test of the target; what must
    stand before the function (`needs.ahead`) is left to the caller. Raises UserError where `original` does not
    hold the site.
    """
    return spliced(original.decode("latin-1"), site, replacement, needs).encode("latin-1")


def spliced(source: str, site: Site, replacement: str, needs: Needs = NOTHING_NEEDED) -> str:
    """As `splice`, on text with one character a byte."""
    start, end = site.span.start, site.span.end
    if source[start:end] != site.text:
        raise UserError(f"{site.file}:{site.line}: the file has changed since it was scanned")
    if replacement == site.text:
        return source
    text = _without_braces(replacement) if not needs and _in_block(source, start) else replacement
    placed = fit(source, site, text)
    if needs:
        placed = under_test(placed, site, needs, indentation(source, start), newline(source))
    return source[:start] + placed + source[end:]


@functools.lru_cache(maxsize=4)
def _tokens(source: str) -> tuple[Token, ...]:
    return tuple(tokenize(source))


def _in_block(source: str, offset: int) -> bool:
    """Whether what stands at `offset` is a statement among others in a block."""
    tokens = _tokens(source)
    index = first_at(tokens, offset) - 1
    return index >= 0 and tokens[index].text in ("{", "}", ";")


def _without_braces(text: str) -> str:
    """What is between the braces where `text` is a block that declares nothing itself, else `text`."""
    tokens = tokenize(text)
    if not tokens or tokens[0].text != "{" or matching(tokens, 0) != len(tokens) - 1:
        return text
    if text[: tokens[0].start].strip() or text[tokens[-1].end :].strip():
        return text
    try:
        inner = children(tokens, 0)
    except Unbalanced:
        return text
    if (
        not inner
        or any(token.kind == "dir" for token in tokens)
        or any(_may_declare(tokens, at) for at, _ in inner)
    ):
        return text
    return text[tokens[0].end : tokens[-1].start]


def _may_declare(tokens: list[Token], index: int) -> bool:
    """Whether the statement at `index` could be a declaration or a label, as far as its first tokens tell."""
    if tokens[index].kind == "id":
        return tokens[index].text not in _KEYWORDS and tokens[index + 1].text not in _OPERATORS
    return tokens[index].text not in ("*", "++", "--", "{")

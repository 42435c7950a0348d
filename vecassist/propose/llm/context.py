"""What surrounds a region, as a model needs to read it: the declaration of its function and of the names it
uses.

Found in the text of the file alone, by tokens. It is help for a reader and nobody's proof: where the text is
odd (conditional braces, old-style definitions) less is found, and nothing fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from vecassist.model import Site
from vecassist.propose.llm.ctext import BadText, Definition, Token, definitions, partners, tokens

_MOST_CHARACTERS = 6000
_LONGEST_DECLARATION = 600
_TYPE_ROUNDS = 3
_ATTRIBUTES = {"__attribute__", "__attribute", "__declspec", "_Alignas"}
_TAGS = {"struct", "union", "enum"}
_NO_DECLARATION = {
    "return",
    "goto",
    "else",
    "case",
    "break",
    "continue",
    "if",
    "for",
    "while",
    "do",
    "switch",
    "default",
}
_AFTER_NAME = {",", ";", "=", "[", ")", ":"}
_DEFINE = re.compile(r"#[ \t]*define[ \t]+(\w+)")
_SHOWN_FLAGS = re.compile(r"-(?:O|m|f|std=|ansi)[^/\\]*")


@dataclass(frozen=True, slots=True)
class Context:
    """All texts are readable: bytes that are UTF-8 are characters.

    function      name of the containing function
    signature     its declaration without the body
    before, after the text of the function before and after the region, "" where it was not found
    declarations  C text of other names that the region uses, in source order
    flags         compiler flags that bear on how the code is compiled; none that holds a path or a macro's
    value
    """

    function: str = ""
    signature: str = ""
    before: str = ""
    after: str = ""
    declarations: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


NO_CONTEXT = Context()


def gather(site: Site, source: bytes) -> Context:
    """The context of a site in the bytes of its file."""
    flags = tuple(flag for flag in site.unit.args if _SHOWN_FLAGS.fullmatch(flag))
    text = source.decode("latin-1")
    items = _items(text)
    home = next((item for item in items if item.holds(site)), None)
    if home is None or home.definition is None:
        used = _words(tokens(site.text))
        return Context(site.function, declarations=_file_scope(text, items, used), flags=flags)
    body = home.tokens[home.definition.opening]
    signature = text[home.start : body.start].strip()
    before, after = text[home.start : site.span.start], text[site.span.end : home.end]
    used = _words(tokens(site.text))
    local = tuple(_local(text[body.end : site.span.start], used))
    used |= _words(tokens(signature)) | {word for line in local for word in _words(tokens(line))}
    used.discard(site.function)
    found = (*_file_scope(text, items, used), *local)
    return Context(
        site.function,
        shown(signature),
        shown(before),
        shown(after),
        _fit(tuple(shown(declaration) for declaration in found)),
        flags,
    )


def shown(text: str) -> str:
    """Text of a file, one character a byte, as people and models read it: bytes that are UTF-8 become
    characters."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


@dataclass(frozen=True, slots=True)
class _Item:
    """A declaration, definition or directive at file scope."""

    tokens: tuple[Token, ...]
    definition: Definition | None = None

    @property
    def start(self) -> int:
        return self.tokens[0].start

    @property
    def end(self) -> int:
        return self.tokens[-1].end

    def holds(self, site: Site) -> bool:
        if self.definition is None or self.tokens[self.definition.name].text != site.function:
            return False
        return self.start <= site.span.start and site.span.end <= self.end


@lru_cache(maxsize=4)
def _items(text: str) -> tuple[_Item, ...]:
    sequence = tokens(text)
    try:
        pairs = partners(sequence)
    except BadText:
        return ()
    found: list[_Item] = []
    bodies = {definition.first: definition for definition in definitions(sequence, pairs)}
    first = index = 0
    while index < len(sequence):
        token = sequence[index]
        if index == first and index in bodies:
            at = bodies[index]
            shifted = Definition(0, at.name - index, at.opening - index, at.closing - index)
            found.append(_Item(sequence[index : at.closing + 1], shifted))
            first = index = at.closing + 1
            continue
        if token.kind == "directive" or token.text == ";":
            found.append(_Item(sequence[first : index + 1]))
            first = index + 1
        index = pairs.get(index, index) + 1
    return tuple(found)


def _words(sequence: Sequence[Token]) -> set[str]:
    return {token.text for token in sequence if token.kind == "word"}


def _file_scope(text: str, items: tuple[_Item, ...], used: set[str]) -> tuple[str, ...]:
    picked: dict[int, str] = {}
    wanted = set(used)
    for _ in range(_TYPE_ROUNDS):
        before = len(picked)
        for index, item in enumerate(items):
            if index not in picked and _declared(item) & wanted:
                picked[index] = _declaration(text, item)
                wanted |= _words(tokens(picked[index]))
        if len(picked) == before:
            break
    return tuple(picked[index] for index in sorted(picked))


def _declared(item: _Item) -> set[str]:
    """The names that an item declares, by where words stand."""
    first = item.tokens[0]
    if first.kind == "directive":
        match = _DEFINE.match(first.text)
        return {match[1]} if match else set()
    if item.definition is not None:
        return {item.tokens[item.definition.name].text}
    found: set[str] = set()
    depth = 0
    enumeration = any(token.text == "enum" for token in item.tokens[:3])
    typedef = first.text == "typedef"
    for token, following in zip(item.tokens, item.tokens[1:], strict=False):
        depth += (token.text == "{") - (token.text == "}")
        if token.text in _TAGS and following.kind == "word":
            found.add(following.text)
        if token.kind != "word" or (depth and not enumeration):
            continue
        if token.text in _ATTRIBUTES:
            continue
        if following.text == "(" and not typedef:
            found.add(token.text)
            break
        if following.text in _AFTER_NAME or (enumeration and following.text == "}"):
            found.add(token.text)
    return found


def declared_names(context: Context) -> frozenset[str]:
    """The names that a context declares already."""
    found: set[str] = set()
    for text in (*context.declarations, context.signature + ";"):
        sequence = tokens(text)
        if sequence:
            found |= _declared(_Item(sequence))
    return frozenset(found)


def _declaration(text: str, item: _Item) -> str:
    if item.definition is not None:
        return text[item.start : item.tokens[item.definition.opening].start].strip() + ";"
    return _cut(text[item.start : item.end].strip())


def _cut(declaration: str) -> str:
    """A declaration without an initializer that fills pages."""
    if len(declaration) <= _LONGEST_DECLARATION:
        return declaration
    head, sign, _ = declaration.partition("=")
    if sign and len(head) <= _LONGEST_DECLARATION and "{" not in head:
        return head.rstrip() + "; /* initializer not shown */"
    return declaration[:_LONGEST_DECLARATION] + " /* cut */"


def _local(text: str, used: set[str]) -> Iterator[str]:
    """The declarations before the region in its function that declare a used name."""
    sequence = tokens(text)
    first = 0
    for index, token in enumerate(sequence):
        if token.text in ("{", "}") or token.kind == "directive":
            # An initializer in braces belongs to its declaration.
            if token.text == "}" or index == first or sequence[index - 1].text != "=":
                first = index + 1
        elif token.text == ";":
            stretch = sequence[first : index + 1]
            first = index + 1
            if _is_declaration(stretch) and _declared(_Item(stretch)) & used:
                yield _cut(text[stretch[0].start : stretch[-1].end])


def _is_declaration(stretch: Sequence[Token]) -> bool:
    if len(stretch) < 3 or stretch[0].kind != "word" or stretch[0].text in _NO_DECLARATION:
        return False
    return stretch[1].kind == "word" or (stretch[1].text == "*" and stretch[2].kind == "word")


def _fit(found: tuple[str, ...]) -> tuple[str, ...]:
    kept: list[str] = []
    size = 0
    for declaration in found:
        size += len(declaration) + 1
        if size > _MOST_CHARACTERS:
            break
        kept.append(declaration)
    return tuple(kept)

"""What the text of a file does not show of the names in a region: declarations, types and macros out of its headers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from vecassist.errors import UserError
from vecassist.model import Site
from vecassist.propose.llm.context import Context, declared_names
from vecassist.propose.llm.ctext import tokens

_MOST = 24
_LONGEST = 200
_MARK = "vecassist_macro_"


def with_headers(site: Site, context: Context) -> Context:
    """The context with what the compiler sees of names that it does not declare yet. Where the site does not parse,
    nothing is added."""
    from vecassist.scan.region import Lost

    try:
        found = tuple(_found(site, context))
    except (UserError, Lost):
        return context
    return replace(context, declarations=(*found[:_MOST], *context.declarations))


def _found(site: Site, context: Context) -> Iterator[str]:
    from vecassist.scan.ctype import declaration
    from vecassist.scan.region import parse_region

    region = parse_region(site)
    known = declared_names(context)
    words = [word for word in _words(site.text) if word not in known]
    below = [word for text in context.declarations for word in _words(text) if word not in known]
    kinds: list[str] = []
    objects: list[str] = []
    for word in words:
        declared = region.declarations.get(word)
        if declared is not None and declared.origin not in ("local", "parameter"):
            text = declaration(declared.type, word)
            objects.append(f"{text};")
            below += _words(text)
    for word in dict.fromkeys((*words, *below)):
        if word in region.typedefs and word not in known:
            kinds.append(f"typedef {declaration(region.typedefs[word], word)};")
    named = {*region.declarations, *region.typedefs, *region.tags, *known}
    source = region.parsed.source
    macros = _macros(site, source, [word for word in dict.fromkeys((*words, *below)) if word not in named])
    yield from (text for text in (*macros, *kinds, *objects) if len(text) <= _LONGEST)


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(token.text for token in tokens(text) if token.kind == "word"))


def _macros(site: Site, source: str, words: list[str]) -> Iterator[str]:
    """Object-like macros with what they become."""
    from vecassist.scan.preprocess import preprocess

    if not words:
        return
    lines = "".join(f"{_MARK} {number} {word}\n" for number, word in enumerate(words))
    text = preprocess(site.unit, f"{source}\n{lines}")
    for found in re.finditer(rf"^{_MARK} (\d+)[ ]?(.*)$", text, re.MULTILINE):
        word, value = words[int(found[1])], found[2].strip()
        if value and value != word:
            yield f"#define {word} {value}"

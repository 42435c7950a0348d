"""A replacement text as the compiler would see it at the site: preprocessed there, then parsed."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vecassist.errors import UserError
from vecassist.model import Site
from vecassist.scan.gnu import Hidden, hide
from vecassist.scan.lexer import Token, tokenize
from vecassist.scan.parse import read_source
from vecassist.scan.preprocess import preprocess
from vecassist.scan.region import Region

Node = Any
_OPEN, _CLOSE = "__vecassist_open_", "__vecassist_close_"


class Refused(Exception):
    """A text that must not stand in the place of a region; the message says why."""


@dataclass(frozen=True, eq=False)
class Fragment:
    """tokens, pragmas: of the preprocessed text. function: a FuncDef whose body holds `statements`."""

    tokens: tuple[Token, ...]
    pragmas: tuple[str, ...]
    hidden: tuple[Hidden, ...]
    function: Node
    statements: tuple[Node, ...]


def parse_fragment(region: Region, text: str, types: Sequence[str] = ()) -> Fragment:
    """`text` in the place of the region's, where `types` name types too. Raises Refused where it does not preprocess
    or parse."""
    from pycparser.c_parser import CParser, ParseError

    expanded = _expanded(region.site, read_source(region.site.unit), text)
    everything = tokenize(expanded)
    tokens = tuple(token for token in everything if token.kind != "dir")
    pragmas = tuple(token.text for token in everything if token.kind == "dir")
    visible = re.sub(r"(?m)^[ \t]*#[^\n]*", "", expanded)
    shown, _, hidden = hide(visible)
    prelude = "".join(f"typedef int {name};\n" for name in types)
    prelude += _prelude(region.typedefs, region.declarations)
    try:
        tree = CParser().parse(f"{prelude}void vecassist_fragment(void) {{\n{shown}\n}}\n")
    except (ParseError, AssertionError, RecursionError) as error:
        raise Refused(_position(str(error), prelude.count("\n") + 1)) from error
    functions = [external for external in tree.ext if type(external).__name__ == "FuncDef"]
    if len(functions) != 1 or functions[0].decl.name != "vecassist_fragment":
        raise Refused("the text leaves the function that it stands in")
    return Fragment(tokens, pragmas, hidden, functions[0], tuple(functions[0].body.block_items or ()))


def parse_helper(region: Region, text: str, types: Sequence[str]) -> Node:
    """The one `static` function that `text` defines, a FuncDef. Raises Refused where it is something else."""
    from pycparser.c_parser import CParser, ParseError

    shown, _, hidden = hide(text)
    if hidden:
        raise Refused(f"{hidden[0].kind} in the helper")
    prelude = "".join(f"typedef int {name};\n" for name in types) + _prelude(region.typedefs, {})
    try:
        tree = CParser().parse(f"{prelude}{shown}\n")
    except (ParseError, AssertionError, RecursionError) as error:
        raise Refused(f"the helper: {_position(str(error), prelude.count(chr(10)))}") from error
    added = [one for one in tree.ext if type(one).__name__ != "Typedef"]
    if len(added) != 1 or type(added[0]).__name__ != "FuncDef":
        raise Refused("the helper must be the definition of one function")
    if "static" not in (added[0].decl.storage or ()):
        raise Refused("the helper must be static")
    return added[0]


@functools.lru_cache(maxsize=16)
def _expanded(site: Site, source: str, text: str) -> str:
    span = site.span
    marked = f"{source[: span.start]} {_OPEN}\n{text}\n{_CLOSE} {source[span.end :]}"
    try:
        output = preprocess(site.unit, marked)
    except UserError as error:
        raise Refused(f"the text does not preprocess: {error}") from error
    opening, closing = output.find(_OPEN), output.find(_CLOSE)
    if opening < 0 or closing < opening or output.find(_OPEN, opening + 1) >= 0:
        raise Refused("the text does not preprocess to one stretch")
    lines = output[opening + len(_OPEN) : closing].split("\n")
    return "\n".join("" if re.match(r"# \d+ ", line) else line for line in lines)


def _prelude(typedefs: Mapping[str, Node], declarations: Mapping[str, Any]) -> str:
    return "".join(f"typedef int {name};\n" for name in typedefs if name not in declarations)


def _position(message: str, before: int) -> str:
    found = re.match(r"[^:]*:(\d+)(?::\d+)?: *(.*)", message, re.DOTALL)
    if not found:
        return "the text does not parse"
    return f"the text does not parse: line {max(1, int(found.group(1)) - before - 1)}: {found.group(2)}"

"""Indentation and line endings: a replacement in the style of the file that it goes into."""

from __future__ import annotations

from vecassist.model import Site
from vecassist.scan.lexer import tokenize
from vecassist.scan.statements import Unbalanced, statement_end


def one_byte(text: str) -> str:
    """`text` with one character a byte: as it is, or as UTF-8 where it goes beyond latin-1."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8").decode("latin-1")
    return text


def newline(source: str) -> str:
    """The line ending that most lines of `source` have."""
    carriage = source.count("\r\n")
    return "\r\n" if carriage * 2 > source.count("\n") else "\n"


def indentation(source: str, offset: int) -> str:
    """The white space at the start of the line that holds `offset`."""
    start = source.rfind("\n", 0, offset) + 1
    line = source[start:offset]
    return line[: len(line) - len(line.lstrip(" \t"))]


def fit(source: str, site: Site, text: str) -> str:
    """`text` laid out for the site: indented like the region, in the file's step and line endings."""
    indent = indentation(source, site.span.start)
    lines = [line.rstrip() for line in one_byte(text).replace("\r\n", "\n").strip("\n").split("\n")]
    while lines and not lines[0].strip():
        lines.pop(0)
    while lines and not lines[-1].strip():
        lines.pop()
    if not lines:
        return ""
    depths = _depths(lines, _columns(indent))
    body = [line.lstrip(" \t") for line in lines]
    own = _unit([depth for depth, line in zip(depths, body, strict=True) if line])
    step = _step(source, site, indent)
    result: list[str] = []
    for depth, line in zip(depths, body, strict=True):
        if not line:
            result.append("")
        elif own and step and depth % own == 0:
            result.append(indent + step * (depth // own) + line)
        else:
            result.append(indent + " " * depth + line)
    laid = newline(source).join(result)
    return laid[len(indent) :]


def _columns(line: str) -> int:
    spaces = line[: len(line) - len(line.lstrip(" \t"))]
    return len(spaces.expandtabs(8 if "\t" in spaces else 1))


def _depths(lines: list[str], indent: int) -> list[int]:
    """Indentation of each line relative to the text's own base.

    The first line of a text cut out of a file, which was indented by `indent`, has lost its indentation. Then the
    last line tells the base where it closes what the first opened, and so does the shallowest line where there are
    several statements.
    """
    depths = [_columns(line) for line in lines]
    filled = [depth for depth, line in zip(depths, lines, strict=True) if line.strip()]
    least = min(filled[1:], default=0)
    if depths[0] == 0 and least > 0:
        if lines[-1].lstrip().startswith("}") or _several("\n".join(lines)):
            base = least
        else:
            base = indent if 0 < indent < least else 0
        return [0] + [max(0, depth - base) for depth in depths[1:]]
    base = min(filled, default=0)
    return [max(0, depth - base) for depth in depths]


def _several(text: str) -> bool:
    tokens = tokenize(text)
    try:
        return statement_end(tokens, 0) < len(tokens)
    except Unbalanced:
        return False


def _unit(depths: list[int]) -> int:
    """The step that all depths are multiples of, 0 where there is none (lines aligned by hand)."""
    unit = min((depth for depth in depths if depth), default=0)
    return unit if all(depth % unit == 0 for depth in depths if unit) else 0


def _step(source: str, site: Site, indent: str) -> str:
    """One level of indentation in the file near the site: a tab, or spaces; "" where it cannot be told."""
    if "\t" in indent:
        return "\t"
    base = len(indent)
    inner = [
        line
        for line in site.text.split("\n")[1:]
        if line.strip() and _columns(line.rstrip("\r")) > base and not line.lstrip().startswith(("*", "//"))
    ]
    if inner:
        first = inner[0]
        spaces = first[: len(first) - len(first.lstrip(" \t"))]
        if "\t" in spaces:
            return "\t"
        return " " * (len(spaces) - base)
    if not indent and "\n\t" in source:
        return "\t"
    return indent if 0 < base <= 8 else ""

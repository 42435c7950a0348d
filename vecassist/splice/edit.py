"""The edit of a file: one region's bytes replaced, everything else untouched."""

from __future__ import annotations

from vecassist.errors import UserError
from vecassist.model import Site
from vecassist.splice.layout import fit


def splice(original: bytes, site: Site, replacement: str) -> bytes:
    """`original` with the site's bytes replaced, laid out in the style of the file.

    Text equal to the site's own goes in unchanged. Raises UserError where `original` does not hold the site.
    """
    return spliced(original.decode("latin-1"), site, replacement).encode("latin-1")


def spliced(source: str, site: Site, replacement: str) -> str:
    """As `splice`, on text with one character a byte."""
    start, end = site.span.start, site.span.end
    if source[start:end] != site.text:
        raise UserError(f"{site.file}:{site.line}: the file has changed since it was scanned")
    text = replacement if replacement == site.text else fit(source, site, replacement)
    return source[:start] + text + source[end:]

"""What a replacement asks for beyond its own text, written by the tool: <immintrin.h>, vector types, one `static`
function. The replacement stands under a test of the target, with the original in the other branch."""

from __future__ import annotations

import re

from vecassist.model import Needs, Site
from vecassist.scan.lexer import matching, tokenize

_TESTS = {16: "__SSE2__", 32: "__AVX2__", 64: "__AVX512F__"}
_INTEL_TYPES = ("__m128", "__m128i", "__m128d", "__m256", "__m256i", "__m256d")
ELEMENTS = {
    "char": 1,
    "signed char": 1,
    "unsigned char": 1,
    "short": 2,
    "unsigned short": 2,
    "int": 4,
    "unsigned int": 4,
    "unsigned": 4,
    "long long": 8,
    "unsigned long long": 8,
    "float": 4,
    "double": 8,
}
"""Types that a vector may consist of, with their sizes on every target that has these vectors."""
NAME = re.compile(r"[A-Za-z]\w{0,30}")
INTRINSIC = re.compile(r"_mm(256)?_\w+")


def condition(needs: Needs) -> str:
    """The preprocessor test for a target that has what is needed; "1" where every one has it."""
    widest = max((vector.size for vector in needs.vectors), default=0)
    widest = max(widest, 32 if needs.intrinsics else 0)
    return f"defined({_TESTS[widest]})" if widest else "1"


def type_names(needs: Needs) -> tuple[str, ...]:
    """Names of types that the replacement and the helper may use besides those of the file."""
    own = tuple(vector.name for vector in needs.vectors)
    return (*own, *_INTEL_TYPES) if needs.intrinsics else own


def _typedefs(needs: Needs) -> list[str]:
    """A vector type may lie anywhere and alias anything, so it promises nothing."""
    return [
        f"typedef {one.element} {one.name} "
        f"__attribute__((vector_size({one.size}), aligned({ELEMENTS[one.element]}), may_alias));"
        for one in needs.vectors
    ]


def ahead(needs: Needs, end: str) -> str:
    """What stands before the function, "" where nothing has to. end: the file's line ending."""
    lines: list[str] = []
    if needs.intrinsics:
        lines.append("#include <immintrin.h>")
    if needs.helper:
        lines += [*_typedefs(needs), *needs.helper.strip("\n").split("\n")]
    if not lines:
        return ""
    test = condition(needs)
    whole = lines if test == "1" else [f"#if {test}", *lines, "#endif"]
    return end.join([*whole, "", ""])


def under_test(placed: str, site: Site, needs: Needs, indent: str, end: str) -> str:
    """The region's new text, a block: the replacement where the target has what it needs, else the original.

    placed: the replacement laid out for the site; indent: that of the site's line; end: the file's line ending.
    """
    step = "\t" if "\t" in indent else "    "
    types = [] if needs.helper else [f"{indent}{step}{line}" for line in _typedefs(needs)]
    body = placed[1:-1].strip("\r\n").rstrip() if _is_block(placed) else f"{indent}{step}{placed}"
    test = condition(needs)
    lines = [*types, body]
    if test != "1":
        lines = [f"#if {test}", *lines, "#else", f"{indent}{site.text}", "#endif"]
    return end.join(["{", *lines, f"{indent}}}"])


def _is_block(text: str) -> bool:
    tokens = tokenize(text)
    return text.startswith("{") and matching(tokens, 0) == len(tokens) - 1 and text.endswith("}")

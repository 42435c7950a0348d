"""What a replacement text may be: statements that stay in their place and promise nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from vecassist.errors import UserError
from vecassist.model import NOTHING_NEEDED, Needs, Site
from vecassist.needs import INTRINSIC, NAME, type_names
from vecassist.scan.calls import callee, calls
from vecassist.scan.ctype import base, kind, resolve
from vecassist.scan.lexer import Token, directive_name, matching, tokenize
from vecassist.scan.pure import PURE
from vecassist.scan.region import Lost, Region, parse_region
from vecassist.scan.scope import walk
from vecassist.scan.trip import constant
from vecassist.splice.fragment import Fragment, Refused, parse_fragment, parse_helper
from vecassist.splice.jumps import exits, following_label, labels
from vecassist.splice.layout import one_byte
from vecassist.splice.sequence import unsequenced

Node = Any
STORAGE_LIMIT = 4096
"""Bytes of automatic storage that a replacement may add."""

_WORDS = {
    "inline assembly": "asm __asm __asm__",
    "an attribute": "__attribute__ __attribute __declspec _Pragma __pragma _Alignas",
    "a restrict promise": "restrict __restrict __restrict__",
    "a storage class": "static extern _Thread_local __thread typedef",
    "a qualifier that changes accesses": "volatile __volatile__ __volatile _Atomic",
    "a promise to the compiler": "__builtin_unreachable __builtin_assume __builtin_assume_aligned _Noreturn",
    "a variable-size allocation": "alloca __builtin_alloca __builtin_alloca_with_align",
    "an inferred type": "typeof __typeof __typeof__ __auto_type",
    "__extension__": "__extension__ __label__",
}
LONGEST_HELPER = 4096
_HIDING = frozenset(
    {"__func__", "__FUNCTION__", "__LINE__", "__FILE__", "__COUNTER__", "__DATE__", "__TIME__"}
)
_FORBIDDEN = {word: what for what, words in _WORDS.items() for word in words.split()}
_RESERVED = re.compile(r"_*vecassist|vec_out_")
_PRAGMAS = re.compile(
    r"(?:#|%:)\s*pragma\s+(?:GCC\s+unroll\s+\d+|(?:no)?unroll(?:\s*\(?\s*\d*\s*\)?)"
    r"|clang\s+loop(?:\s+(?:unroll\s*\(\s*(?:enable|disable|full)\s*\)|unroll_count\s*\(\s*\d+\s*\)"
    r"|vectorize\s*\(\s*disable\s*\)|interleave\s*\(\s*disable\s*\)))+)\s*"
)
_BRACKETS = ("(", "[", "{", ")", "]", "}")
_SIZES = {"char": 1, "_Bool": 1, "short": 2, "int": 4, "float": 4, "unsigned": 4, "signed": 4}
_STATEMENTS_ONLY = ("Decl", "DeclList", "Typedef", "StaticAssert", "Pragma", "Label", "Case", "Default")


def check_replacement(site: Site, text: str, needs: Needs = NOTHING_NEEDED) -> str | None:
    """Why `text` must not replace the site's region, in one line; None where it may be tried, with what it needs."""
    if text == site.text:
        return None
    try:
        region = parse_region(site)
        _characters(text)
        _raw(region, one_byte(text))
        helper = _helper(region, needs) if needs else ""
        fragment = parse_fragment(region, one_byte(text), type_names(needs))
        return next(_reasons(region, fragment, needs, helper), None)
    except (Refused, Lost, UserError) as error:
        return str(error)


def _helper(region: Region, needs: Needs) -> str:
    """The name of the function that is asked for, "" where there is none. Raises Refused where something that is
    needed may not be written."""
    taken = {token.text for token in tokenize(region.parsed.source) if token.kind == "id"}
    for name in (vector.name for vector in needs.vectors):
        if name in taken:
            raise Refused(f"the vector type needs another name: {name} is in the file")
        taken.add(name)
    if not needs.helper:
        return ""
    helper = one_byte(needs.helper)
    _characters(helper)
    _raw(region, helper)
    if len(helper) > LONGEST_HELPER:
        raise Refused(f"the helper has {len(helper)} characters (at most {LONGEST_HELPER})")
    function = parse_helper(region, helper, type_names(needs))
    name = str(function.decl.name)
    if name in taken or _RESERVED.match(name) or not NAME.fullmatch(name):
        raise Refused(f"the helper needs another name than {name}")
    allowed = {"static", "inline"}
    for token in tokenize(helper):
        if (token.text in _FORBIDDEN and token.text not in allowed) or token.text in _HIDING:
            raise Refused(f"{_FORBIDDEN.get(token.text, 'a hidden construct')} ({token.text}) in the helper")
    if any(kind(node) == "Decl" and node.storage for node in walk(function.body)):
        raise Refused("the helper keeps or declares something beyond its own variables")
    for call in calls(function.body):
        called = callee(call)
        if called not in PURE and not (needs.intrinsics and INTRINSIC.fullmatch(called)):
            raise Refused(f"the helper calls {called or 'a pointer'}")
    return name


def _characters(text: str) -> None:
    """What makes a text read otherwise than it looks, or differently once it is laid out. Raises Refused."""
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text.replace("\r\n", "\n")):
        raise Refused("a control character in the text")
    if re.search("[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", text):
        raise Refused("an invisible character in the text")
    if re.search(r"\\[ \t]*(?:\r?\n|$)", text):
        raise Refused("a line that ends in a backslash")
    if re.search(r"\?\?[=/'()!<>-]", text):
        raise Refused("a trigraph in the text")


def _raw(region: Region, text: str) -> None:
    """Checks of the spelling. Raises Refused."""
    tokens = tokenize(text)
    rest = region.parsed.source[region.site.span.end :].split("\n", 1)[0].strip()
    probe = tokenize(f"{text}{'' if rest else chr(10)} vecassist_end")
    if len(probe) != len(tokens) + 1 or probe[-1].text != "vecassist_end":
        raise Refused("the text ends inside a comment, a string or a directive")
    for token in tokens:
        if token.kind == "bad":
            raise Refused(f"stray character {token.text!a}")
        if token.kind == "dir" and not (directive_name(token) == "pragma" and _PRAGMAS.fullmatch(token.text)):
            raise Refused(f"the preprocessor line {' '.join(token.text.split())}")
        if token.kind == "id" and _RESERVED.match(token.text):
            raise Refused(f"the name {token.text} is reserved")
        if token.text == "_Pragma":
            raise Refused("a pragma in the text")
        if text.startswith("/*", token.start) and token.kind == "op":
            raise Refused("a comment does not end")
    index = 0
    while index < len(tokens):
        if tokens[index].text in _BRACKETS:
            closing = matching(tokens, index)
            if closing is None:
                raise Refused("brackets do not balance")
            index = closing
        index += 1


def _reasons(region: Region, fragment: Fragment, needs: Needs, helper: str) -> Iterator[str]:
    yield from _words(region, fragment)
    for pragma in fragment.pragmas:
        if not _PRAGMAS.fullmatch(pragma):
            yield f"the preprocessor line {' '.join(pragma.split())}"
    for item in fragment.hidden:
        yield f"{item.kind} in the text"
    if not fragment.statements:
        yield "the text is empty"
    if any(kind(statement) in _STATEMENTS_ONLY for statement in fragment.statements):
        yield "the text declares or labels something; put it in braces"
    braced = len(fragment.statements) == 1 and kind(fragment.statements[0]) == "Compound"
    if kind(region.path[-1]) != "Compound" and not braced:
        yield "the text must be in braces where the region is the body of another statement"
    label = following_label(region.path, region.statements[-1])
    for way in sorted(exits(fragment.statements, label) - exits(region.statements, label)):
        yield f"{way} leaves the text"
    outside = labels([region.function.body]) - labels(region.statements)
    for name in sorted(labels(fragment.statements) & outside):
        yield f"the label {name} exists in the function"
    yield from _calls(region, fragment, needs, helper)
    yield from _declarations(region, fragment)
    for clash in sorted(unsequenced(fragment.statements) - unsequenced(region.statements)):
        yield f"{clash} is changed and used without a sequence point in between"


def _words(region: Region, fragment: Fragment) -> Iterator[str]:
    """Words that promise, hide or change something, beyond what the region says itself."""
    parsed = region.parsed
    own = Counter(
        token.text
        for token in tokenize(parsed.mapped.text[region.start : region.end])
        if token.kind == "id" and token.text in _FORBIDDEN
    )
    found: Sequence[Token] = [token for token in fragment.tokens if token.text in _FORBIDDEN]
    for word, count in Counter(token.text for token in found).items():
        if count > own[word]:
            yield f"{_FORBIDDEN[word]} ({word}) in the text"


def _calls(region: Region, fragment: Fragment, needs: Needs, helper: str) -> Iterator[str]:
    known = {callee(call) for statement in region.statements for call in calls(statement)}
    known |= {helper} - {""}
    for statement in fragment.statements:
        for call in calls(statement):
            name = callee(call)
            if needs.intrinsics and INTRINSIC.fullmatch(name):
                continue
            if name not in known and name not in PURE:
                yield f"a call of {name or 'a pointer'} that the region does not make"


def _declarations(region: Region, fragment: Fragment) -> Iterator[str]:
    added = 0
    for statement in fragment.statements:
        for node in walk(statement):
            if kind(node) == "ArrayDecl":
                if node.dim is not None and constant(node.dim) is None:
                    yield "an array whose length is not a plain constant"
            elif kind(node) == "Decl":
                if kind(node.type) == "FuncDecl":
                    yield f"a declaration of the function {node.name}"
                added += _bytes(region, resolve(node.type, region.typedefs))
            elif kind(node) in ("Typedef", "StaticAssert"):
                yield "a declaration that is no variable"
    if added > STORAGE_LIMIT:
        yield f"{added} bytes of local arrays (at most {STORAGE_LIMIT})"


def _bytes(region: Region, declarator: Node) -> int:
    """About how many bytes an array or a structure takes; 0 for a scalar."""
    count = 1
    inner = declarator
    while kind(inner) == "ArrayDecl":
        count *= (constant(inner.dim) if inner.dim is not None else None) or 1
        inner = inner.type
    if kind(inner) == "TypeDecl" and kind(inner.type) in ("Struct", "Union"):
        defined = inner.type if inner.type.decls is not None else region.tags.get(inner.type.name)
        members: list[Node] = list(defined.decls or ()) if defined is not None else []
        return count * sum(
            max(16, _bytes(region, resolve(member.type, region.typedefs))) for member in members
        )
    return 0 if inner is declarator else count * _element(inner)


def _element(declarator: Node) -> int:
    names = base(declarator).names if kind(base(declarator)) == "IdentifierType" else []
    if kind(declarator) == "PtrDecl" or {"long", "double"} & set(names):
        return 16 if len(names) > 1 else 8
    return min((_SIZES.get(name, 16) for name in names), default=16)

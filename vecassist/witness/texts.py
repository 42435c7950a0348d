"""One version of a file as text that can stand beside the other version: preprocessed, system headers as includes,
every name of file scope with a suffix, objects of the input declared only."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from compiler.preprocess import preprocess
from vecassist.model import Unit
from vecassist.problems import Place
from vecassist.scan.ctype import declaration, kind
from vecassist.scan.lexer import Token, matching, tokenize
from vecassist.scan.parse import Parsed, parse_text
from vecassist.scan.scope import Scope, parameters
from verify.scene import Block

Node = Any

_MARKER = re.compile(r'# (\d+) "((?:[^"\\]|\\.)*)"((?: \d)*)')
_INCLUDE = re.compile(r"#\s*(?:include|include_next|import)\s*([<\"][^>\"]*[>\"])")

MATH = frozenset(
    name + suffix
    for name in (
        *("acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "cbrt", "ceil", "cos", "cosh", "erf"),
        *("erfc", "exp", "exp2", "expm1", "fdim", "floor", "fma", "fmax", "fmin", "fmod", "frexp", "hypot"),
        *("ldexp", "lgamma", "llrint", "llround", "log", "log10", "log1p", "log2", "logb", "lrint", "lround"),
        *("modf", "nearbyint", "nextafter", "pow", "remainder", "rint", "round", "scalbn", "sin", "sinh"),
        *("sqrt", "tan", "tanh", "tgamma", "trunc"),
    )
    for suffix in ("", "f")
)
"""Functions of libm: the program finds them when it runs, so that it links without -lm."""

LIBRARY = MATH | frozenset(
    prefix + name
    for name in (
        *("abs", "labs", "llabs", "fabs", "fabsf", "copysign", "copysignf", "memcpy", "memmove", "memset"),
        *("memcmp", "strlen", "strcmp", "strcpy", "malloc", "calloc", "realloc", "free", "abort", "exit"),
    )
    for prefix in ("", "__builtin_")
)


@dataclass(frozen=True, slots=True)
class Opaque:
    """A function that the text calls and does not define. parameters: (name, is a pointer, is floating)."""

    name: str
    head: str
    result: str
    parameters: tuple[tuple[str, bool, bool], ...]


@dataclass(frozen=True, slots=True)
class Version:
    """text: the suffixed text; includes: what it needs of the system; opaque: what it does not define; math:
    functions of libm that it calls, `witness_NAME` in the text; globals: the names of objects that it declares
    only; arity: of each function that it defines, by its name there."""

    text: str
    includes: tuple[str, ...]
    opaque: tuple[Opaque, ...]
    math: tuple[str, ...]
    globals: tuple[str, ...]
    arity: Mapping[str, int]


def version(
    place: Place, name: Path, source: str, suffix: str, blocks: Sequence[Block], called: Collection[str]
) -> Version:
    """One version's text. blocks: the objects of file scope that the program lays out; called: functions that the
    program stands in for. Raises CompilerError and UserError where the text does not preprocess or parse."""
    args = place.args
    output = preprocess(place.user, name, place.directory, args, extra=("-dI",), text=source)
    text, includes, files = _own(output)
    unit = Unit(name, place.directory, " ".join(place.user.argv), args)
    parsed = parse_text(unit, source)
    scope, defined = _names(parsed, files)
    opaque = tuple(_opaque(parsed, files, scope, defined, called))
    renamed = {one.name for one in opaque} | defined | set(scope.typedefs) | set(scope.tags)
    renamed |= {declared.name for declared in scope.names.values() if declared.origin != "function"}
    renamed |= {skip.function for skip in parsed.skipped if skip.function}
    tokens = tokenize(text)
    mine = {block.name: block for block in blocks if block.name in scope.names}
    text = _declared_only(text, tokens, mine)
    tokens = tokenize(text)
    math = sorted({found for token in tokens if (found := _of_libm(token, renamed))})
    spelled = {name: name + suffix for name in renamed}
    for found in math:
        spelled |= {found: f"witness_{found}", f"__builtin_{found}": f"witness_{found}"}
    if "memcpy" not in renamed:
        spelled |= dict.fromkeys(("memcpy", "__builtin_memcpy"), "witness_memcpy")
    return Version(
        _respelled(text, tokens, spelled).strip("\n") + "\n",
        includes,
        tuple(_suffixed(one, spelled) for one in opaque),
        tuple(math),
        tuple(sorted(mine)),
        {
            node.decl.name + suffix: sum(1 for _ in parameters(node))
            for node in parsed.tree.ext
            if kind(node) == "FuncDef"
        },
    )


def _own(output: str) -> tuple[str, tuple[str, ...], frozenset[str]]:
    """The lines of preprocessed text that no system header brought in, the system headers that they include, and
    the files that the lines come from."""
    system: set[str] = set()
    own: set[str] = set()
    includes: dict[str, None] = {}
    lines: list[str] = []
    inside, pending = False, ""
    for line in output.split("\n"):
        marker = _MARKER.match(line)
        if marker is not None:
            file, flags = marker.group(2), marker.group(3).split()
            if "1" in flags:
                if "3" in flags:
                    system.add(file)
                    if not inside and pending:
                        includes[pending] = None
                pending = ""
            inside = file in system
            if not inside:
                own.add(file)
            continue
        if inside:
            continue
        include = _INCLUDE.match(line)
        if include is not None:
            pending = include.group(1)
        elif line.strip() or (lines and lines[-1].strip()):
            lines.append(line)
    return "\n".join(lines), tuple(includes), frozenset(own)


def _names(parsed: Parsed, files: frozenset[str]) -> tuple[Scope, set[str]]:
    """What the text's own lines declare at file scope, and the functions that they define."""
    scope, defined = Scope(), set[str]()
    for node in _external(parsed, files):
        if kind(node) == "FuncDef":
            defined.add(node.decl.name)
        scope.add(node, "global")
    return scope, defined


def _external(parsed: Parsed, files: frozenset[str]) -> Iterator[Node]:
    for node in parsed.tree.ext:
        held = node.decl if kind(node) == "FuncDef" else node
        if held.coord is not None and parsed.mapped.place(held.coord.line).file in files:
            yield node


def _opaque(
    parsed: Parsed, files: frozenset[str], scope: Scope, defined: set[str], called: Collection[str]
) -> Iterator[Opaque]:
    used = {token.text for token in parsed.tokens if token.kind == "id"}
    own = {id(node) for node in _external(parsed, files)}
    seen: set[str] = set()
    for node in parsed.tree.ext:
        if kind(node) != "Decl" or kind(node.type) != "FuncDecl" or node.name in defined | seen:
            continue
        mine = id(node) in own and node.name not in LIBRARY
        if node.name in used and (mine or node.name in called):
            seen.add(node.name)
            yield _prototype(node)


def _prototype(node: Node) -> Opaque:
    from pycparser import c_ast

    listed = node.type.args.params if node.type.args is not None else []
    params: list[Node] = []
    shown: list[tuple[str, bool, bool]] = []
    for number, param in enumerate(listed):
        if kind(param) == "EllipsisParam" or declaration(param.type, "") == "void":
            continue
        name = f"argument{number}"
        spelled = declaration(param.type, name)
        plain = spelled.replace(name, "").split()
        floating = bool({"float", "double"} & set(plain)) and "*" not in spelled
        shown.append((name, kind(param.type) in ("PtrDecl", "ArrayDecl", "FuncDecl"), floating))
        params.append(c_ast.Decl(name, [], [], [], [], _named(param.type, name), None, None))
    args = c_ast.ParamList(params) if params else node.type.args
    head = declaration(c_ast.FuncDecl(args, node.type.type), node.name)
    return Opaque(node.name, head, declaration(node.type.type, ""), tuple(shown))


def _named(node: Node, name: str) -> Node:
    from vecassist.scan.ctype import renamed

    return renamed(node, name)


def _of_libm(token: Token, renamed: Collection[str]) -> str:
    if token.kind != "id" or token.text in renamed:
        return ""
    name = token.text.removeprefix("__builtin_")
    return name if name in MATH else ""


def _suffixed(one: Opaque, spelled: Mapping[str, str]) -> Opaque:
    def change(text: str) -> str:
        return _respelled(text, tokenize(text), spelled)

    return replace(one, head=change(one.head), result=change(one.result))


def _respelled(text: str, tokens: Sequence[Token], spelled: Mapping[str, str]) -> str:
    pieces: list[str] = []
    done = 0
    for token in tokens:
        if token.kind == "id" and token.text in spelled:
            pieces += [text[done : token.start], spelled[token.text]]
            done = token.end
    return "".join([*pieces, text[done:]])


def _declared_only(text: str, tokens: Sequence[Token], blocks: Mapping[str, Block]) -> str:
    """The text with the definitions of `blocks` turned into declarations, which promise no more alignment than their
    elements have."""
    edits: list[tuple[int, int, str]] = []
    for begin, end in _declarations(tokens):
        names = [
            index
            for index in _top(tokens, begin, end)
            if tokens[index].kind == "id" and tokens[index].text in blocks and _is_declarator(tokens, index)
        ]
        if names and tokens[begin].text != "typedef":
            edits += _extern(tokens, begin, end, blocks)
    for start, stop, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[stop:]
    return text


def _is_declarator(tokens: Sequence[Token], index: int) -> bool:
    return tokens[index + 1].text in ("[", "=", ",", ";", ")", "__attribute__")


def _declarations(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """[begin, end) of each external declaration that ends in a semicolon."""
    begin = index = 0
    while index < len(tokens):
        text = tokens[index].text
        if tokens[index].kind == "dir":
            begin = index + 1
        elif text == ";":
            yield begin, index + 1
            begin = index + 1
        elif text in ("(", "[", "{"):
            closing = matching(tokens, index)
            if closing is None:
                return
            if text == "{" and index > begin and tokens[index - 1].text == ")":
                begin = closing + 1
            index = closing
        index += 1


def _top(tokens: Sequence[Token], begin: int, end: int) -> Iterator[int]:
    """Indices of tokens that stand in no braces, brackets or initializers."""
    index = begin
    while index < end:
        yield index
        text = tokens[index].text
        if text in ("{", "["):
            index = matching(tokens, index) or end
        elif text == "=":
            while index < end and tokens[index].text not in (",", ";"):
                index = (matching(tokens, index) or end) if tokens[index].text in ("(", "[", "{") else index
                index += 1
            continue
        index += 1


def _extern(
    tokens: Sequence[Token], begin: int, end: int, blocks: Mapping[str, Block]
) -> Iterator[tuple[int, int, str]]:
    storage = [t for t in tokens[begin:end] if t.text in ("static", "extern")]
    if any(token.text == "static" for token in storage):
        found = next(token for token in storage if token.text == "static")
        yield found.start, found.end, "extern"
    elif not storage:
        yield tokens[begin].start, tokens[begin].start, "extern "
    current: Block | None = None
    for index in _top(tokens, begin, end):
        token = tokens[index]
        if token.kind == "id" and token.text in blocks and _is_declarator(tokens, index):
            current = blocks[token.text]
            if tokens[index + 1].text == "[" and tokens[index + 2].text == "]":
                yield tokens[index + 2].start, tokens[index + 2].start, str(current.length)
        elif token.text in ("=", ",", ";"):
            attribute = ""
            if current is not None and current.align:
                attribute = f" __attribute__((aligned({current.align})))"
            if token.text == "=":
                stop = index
                while tokens[stop].text not in (",", ";"):
                    stop = matching(tokens, stop) or stop if tokens[stop].text in ("(", "[", "{") else stop
                    stop += 1
                yield token.start, tokens[stop].start, attribute
            elif attribute:
                yield token.start, token.start, attribute
            current = None

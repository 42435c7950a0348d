"""Why a region cannot be taken out of its function without adding or losing facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from vecassist.scan.calls import callee, calls
from vecassist.scan.ctype import is_scalar, kind, quals_of
from vecassist.scan.lexer import Token, between, directive_name, first_at
from vecassist.scan.region import Region
from vecassist.scan.scope import Declared, walk
from vecassist.scan.trip import constant
from vecassist.splice.flow import Flow
from vecassist.splice.jumps import entries, exits, following_label

Node = Any
_NEUTRAL_ATTRIBUTES = frozenset(
    {"access", "alloc_size", "always_inline", "artificial", "assume_aligned", "cold", "const", "deprecated"}
    | {"externally_visible", "flatten", "format", "gnu_inline", "hot", "leaf", "malloc", "maybe_unused"}
    | {"noclone", "noinline", "nonnull", "noreturn", "nothrow", "pure", "returns_nonnull", "section"}
    | {"unused", "used", "visibility", "warn_unused_result", "weak"}
)
"""Attributes of a function that say nothing about the meaning of the statements in its body."""
_CHANGING = frozenset(
    spelled
    for name in ("optimize", "target", "target_clones", "optnone", "no_builtin", "minsize")
    for spelled in (name, f"__{name}__")
)
_NEUTRAL_LOCAL = frozenset({"unused", "maybe_unused", "aligned"})
_NAMES_OF_FUNCTION = frozenset({"__func__", "__FUNCTION__", "__PRETTY_FUNCTION__"})
_RETURNS_TWICE = frozenset(
    {"setjmp", "_setjmp", "__sigsetjmp", "sigsetjmp", "vfork", "savectx", "getcontext"}
)
_CONDITIONALS = frozenset(
    {"if", "ifdef", "ifndef", "elif", "elifdef", "elifndef", "else", "endif", "error", "warning", ""}
)


def obstacle(region: Region, start: int | None, replacement: Sequence[Node]) -> str:
    """Why the region must be proved inside its whole function, "" where it can be taken out.

    start: offset of the function in the original, None where it has none. replacement: its statements.
    """
    if start is None:
        return "the function's head comes from a macro expansion"
    return next(_obstacles(region, start, replacement), "")


def _obstacles(region: Region, start: int, replacement: Sequence[Node]) -> Iterator[str]:
    label = following_label(region.path, region.statements[-1])
    for way in sorted(exits(region.statements, label)):
        yield f"{way} leaves the region"
    for way in sorted(entries(region.function, region.statements)):
        yield f"a jump to a {way} enters the region"
    if region.function.param_decls:
        yield "the function is defined in the old style"
    tokens = region.parsed.mapped.tokens
    for token in between(tokens, start, region.site.span.end):
        if token.kind == "dir" and directive_name(token) not in _CONDITIONALS:
            yield f"#{directive_name(token)} inside the function"
    yield from _attributes(region)
    for call in calls(region.function.body):
        if callee(call) in _RETURNS_TWICE:
            yield f"the function calls {callee(call)}"
    for node in (inner for statement in (*region.statements, *replacement) for inner in walk(statement)):
        yield from _local_names(region, node)


def _attributes(region: Region) -> Iterator[str]:
    """Attributes on the function that bear on the meaning of its body."""
    parsed = region.parsed
    chunk = parsed.chunk_at(region.start)
    assert chunk is not None
    assert chunk.body is not None
    head, body = parsed.tokens[chunk.begin].start, parsed.tokens[chunk.body].start
    # An attribute in front of the first visible token is outside the chunk, but behind the chunk before it.
    before = parsed.tokens[chunk.begin - 1].end if chunk.begin else 0
    for item in parsed.hidden:
        if item.kind == "attribute" and item.names & _CHANGING:
            other = parsed.chunk_at(item.start)
            if other and any(
                token.text == region.site.function for token in parsed.tokens[other.begin : other.end]
            ):
                yield "an attribute on a declaration of the function"
        if before <= item.start < body and (
            item.kind != "attribute" or not _neutral(item.names, _NEUTRAL_ATTRIBUTES)
        ):
            yield (
                f"{item.kind} on the function" if item.start < head or item.kind == "attribute" else item.kind
            )


def _neutral(names: Iterable[str], allowed: frozenset[str]) -> bool:
    spelled = {name.strip("_") for name in names} - {"attribute"}
    return bool(spelled) and spelled <= allowed | {
        "default",
        "hidden",
        "printf",
        "scanf",
        "read_only",
        "write_only",
    }


def _local_names(region: Region, node: Node) -> Iterator[str]:
    """Names in the region that mean something only inside the function."""
    match kind(node):
        case "ID" if node.name in _NAMES_OF_FUNCTION:
            yield f"{node.name} in the region"
        case "ID":
            declared = region.declarations.get(node.name)
            if declared is None:
                return
            inner = declared.origin == "enumerator" and declared.local_type
            if inner or (declared.origin == "function" and declared.node in _block_items(region)):
                yield f"{node.name} is declared inside the function"
        case "IdentifierType" if set(node.names) & region.local_types:
            yield f"the type {' '.join(node.names)} is declared inside the function"
        case "Struct" | "Union" | "Enum" if node.name and f"tag {node.name}" in region.local_types:
            yield f"the type {node.name} is declared inside the function"
        case _:
            pass


def _block_items(region: Region) -> list[Node]:
    return [item for holder in region.path if kind(holder) == "Compound" for item in holder.block_items or ()]


def variable_obstacle(region: Region, declared: Declared, flow: Flow, after: Flow) -> str:
    """Why a variable from outside the region cannot become a parameter, "" where it can.

    after: the flow of the replacement.
    """
    name, node, resolved = declared.name, declared.node, declared.resolved
    array = kind(resolved) == "ArrayDecl"
    if {"static", "extern", "_Thread_local"} & set(declared.storage):
        return f"{name} is a {declared.storage[0]} local"
    if quals_of(resolved) & {"volatile", "_Atomic"}:
        return f"{name} is volatile or atomic"
    if declared.local_type:
        return f"the type of {name} is declared inside the function"
    if _variable_length(resolved, outermost=True):
        return f"the type of {name} has a variable length"
    if not array and (node in flow.addressed or node in after.addressed):
        return f"the address of {name} is taken"
    if array and not scratch(declared, flow):
        if node in flow.exposed or node in after.exposed:
            return f"{name} is used as an array, not through a pointer"
        if node not in flow.touched and declared.origin == "local":
            return f"the contents of {name} are indeterminate where the region starts"
    if not array and not is_scalar(resolved):
        return f"{name} is a structure"
    if not array and node in flow.live_in and node in flow.doubtful:
        return f"{name} may be indeterminate where the region starts"
    if quals_of(resolved) & {"restrict"} and not quals_of(declared.type) & {"restrict"}:
        return f"the type of {name} hides a restrict"
    return _hidden_obstacle(region, declared)


def scratch(declared: Declared, flow: Flow) -> bool:
    """Whether an array has no contents before the region and no use behind it: then it may live in the region."""
    node = declared.node
    return (
        declared.origin == "local"
        and node not in flow.touched
        and node not in flow.live_out
        and node not in flow.addressed
    )


def _variable_length(resolved: Node, *, outermost: bool) -> bool:
    while kind(resolved) in ("PtrDecl", "ArrayDecl", "FuncDecl"):
        if kind(resolved) == "FuncDecl":
            return False
        # The outermost bound of an array is dropped with the array, unless it is a VLA: then it is evaluated.
        if (
            kind(resolved) == "ArrayDecl"
            and not (outermost and resolved.dim is None)
            and not _fixed(resolved.dim)
        ):
            return True
        resolved, outermost = resolved.type, False
    return False


def _fixed(dim: Node | None) -> bool:
    return dim is not None and (
        constant(dim) is not None or not any(kind(node) in ("ID", "FuncCall") for node in walk(dim))
    )


def _hidden_obstacle(region: Region, declared: Declared) -> str:
    parsed = region.parsed
    chunk = parsed.chunk_at(region.start)
    assert chunk is not None
    begin, end = parsed.tokens[chunk.begin].start, parsed.tokens[chunk.end - 1].end
    first, last = _declaring(parsed.tokens, parsed.offset(declared.node), begin)
    for item in parsed.hidden:
        if not begin <= item.start < end:
            continue
        if first <= item.start < last and not (
            item.kind == "attribute" and (declared.origin == "parameter" or _neutral_local(item.names))
        ):
            return f"{item.kind} in the declaration of {declared.name}"
        if item.kind != "attribute" and declared.name in item.names:
            return f"{declared.name} is used in a place that is not parsed ({item.kind})"
    return ""


def _neutral_local(names: frozenset[str]) -> bool:
    return {name.strip("_") for name in names} - {"attribute"} <= _NEUTRAL_LOCAL


def _declaring(tokens: tuple[Token, ...], offset: int, begin: int) -> tuple[int, int]:
    """[start, end) of the declaration around `offset`, from the separator before it to the one behind it."""
    index = first_at(tokens, offset)
    low = index
    while low > 0 and tokens[low - 1].start >= begin and tokens[low - 1].text not in (";", "{", "}"):
        low -= 1
    high = index
    while high < len(tokens) and tokens[high].text not in (";", "{", "}"):
        high += 1
    start = tokens[low - 1].end if low else 0
    return start, tokens[min(high, len(tokens) - 1)].start

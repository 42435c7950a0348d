"""A region, before and after, as a function of its own in the text of its file.

Nothing is added that the compiler could use: parameters carry no restrict and no static bounds, and a
variable that is not definitely assigned is never passed. What cannot be taken out so is proved inside its whole
function.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vecassist.model import NOTHING_NEEDED, Needs, Outlined, Param, Site
from vecassist.needs import ahead, type_names
from vecassist.scan.ctype import decayed, declaration, kind, without
from vecassist.scan.lexer import directive_name, first_at, matching
from vecassist.scan.region import Region, parse_region
from vecassist.scan.scope import Declared, parameters
from vecassist.splice.edit import spliced
from vecassist.splice.flow import Flow, analyse
from vecassist.splice.fragment import Fragment, Refused, parse_fragment
from vecassist.splice.jumps import exits, following_label, gotos
from vecassist.splice.layout import indentation, newline
from vecassist.splice.obstacles import obstacle, scratch, variable_obstacle

Node = Any
_DROPPED = frozenset({"restrict", "__restrict", "__restrict__", "register"})
_SEAM = "\0"
_LINKAGE = frozenset({"static", "inline", "extern", "__inline", "__inline__", "__forceinline"})


@dataclass(frozen=True, slots=True)
class _Plan:
    """dead: declarations of variables that only the region uses; outs: names that are written back."""

    params: tuple[Param, ...]
    dead: tuple[str, ...]
    outs: tuple[str, ...]
    label: str


def outline(site: Site, replacement: str, *, whole: bool = False, needs: Needs = NOTHING_NEEDED) -> Outlined:
    """Both versions of the site's file with the region taken out, or (`widened`) with its whole function.

    whole: prove inside the whole function even where the region could be taken out.
    Raises Refused where the replacement does not parse at the site, Lost or UserError where the file has
    changed since the scan.
    """
    region = parse_region(site)
    fragment = parse_fragment(region, replacement, type_names(needs))
    if not fragment.statements:
        raise Refused("the text is empty")
    source = region.parsed.source
    after = spliced(source, site, replacement, needs)
    text = after[site.span.start : len(after) - (len(source) - site.span.end)]
    start = function_start(region)
    above = ahead(needs, newline(source))
    if above and start is None:
        raise Refused("nothing can be written before a function whose head comes from a macro")
    if whole or start is None or obstacle(region, start, fragment.statements):
        return _whole(region, start, source, after, above)
    plan = _plan(region, fragment)
    if isinstance(plan, str):
        return _whole(region, start, source, after, above)
    name = f"vecassist_region_{site.key[:8]}"

    def function(suffix: str, body: str) -> str:
        return _function(region, plan, name + suffix, body)

    def placed(*functions: str) -> str:
        return _insert(region, start, functions)

    return Outlined(
        before=placed(function("", site.text)),
        after=placed(above, function("", text)),
        both=placed(above, function("_before", site.text), function("_after", text)),
        function=name,
        params=plan.params,
    )


def why_widened(site: Site, replacement: str) -> str:
    """Why `outline` widens to the whole function, "" where it does not."""
    region = parse_region(site)
    fragment = parse_fragment(region, replacement)
    reason = obstacle(region, function_start(region), fragment.statements)
    if reason:
        return reason
    plan = _plan(region, fragment)
    return plan if isinstance(plan, str) else ""


def function_start(region: Region) -> int | None:
    """Where the function begins in the original; None where its head comes from a macro."""
    chunk = region.parsed.chunk_at(region.start)
    return region.parsed.origin_of(chunk) if chunk else None


def _plan(region: Region, fragment: Fragment) -> _Plan | str:
    """The interface of the outlined function, or why there can be none."""
    visible = {
        declared.name: declared.node
        for declared in region.declarations.values()
        if declared.origin in ("parameter", "local")
    }
    before = analyse(region.function, region.statements)
    after = analyse(fragment.function, fragment.statements, visible)
    label = following_label(region.path, region.statements[-1])
    leaving = exits(fragment.statements, label)
    if leaving:
        raise Refused(f"{min(leaving)} leaves the text")
    params: list[Param] = []
    outs: list[Param] = []
    dead: list[str] = []
    touched = before.used | (after.used & frozenset(visible.values()))
    for node in sorted(touched, key=region.parsed.offset):
        declared = region.declarations[node.name]
        problem = variable_obstacle(region, declared, before, after)
        if problem:
            return problem
        array = kind(declared.resolved) == "ArrayDecl"
        if _is_passed(declared, before):
            params.append(Param(node.name, declaration(_passed(declared), node.name), "value"))
        else:
            dead.append(declaration(without(declared.type, _DROPPED), node.name))
        if not array and node in before.live_out and node in before.assigned | after.assigned:
            outs.append(_out(declared))
    used = gotos((*region.statements, *fragment.statements))
    return _Plan(
        (*params, *outs),
        tuple(dead),
        tuple(out.name.removeprefix("vec_out_") for out in outs),
        label if label in used else "",
    )


def _is_passed(declared: Declared, flow: Flow) -> bool:
    """Whether the variable's value at the start of the region bears on it, or may."""
    node = declared.node
    if kind(declared.resolved) == "ArrayDecl":
        return not scratch(declared, flow)
    return node in flow.live_in or (node not in flow.used and node not in flow.doubtful)


def _passed(declared: Declared) -> Node:
    return without(decayed(declared.type) if _adjusts(declared) else declared.type, _DROPPED)


def _adjusts(declared: Declared) -> bool:
    return kind(declared.type) in ("ArrayDecl", "FuncDecl")


def _out(declared: Declared) -> Param:
    from pycparser import c_ast

    name = f"vec_out_{declared.name}"
    pointer = c_ast.PtrDecl(["__restrict"], without(_passed(declared), frozenset({"const"})))
    return Param(name, declaration(pointer, name), "out")


def _function(region: Region, plan: _Plan, name: str, text: str) -> str:
    """The text of the outlined function. Lines of the region keep their numbers where they are plain."""
    site, source = region.site, region.parsed.source
    indent = indentation(source, site.span.start)
    head = ", ".join(param.declaration for param in plan.params) or "void"
    lines = [f"void {name}({head})", "{", *(f"{indent}{text};" for text in plan.dead)]
    if not _renumbered(region):
        lines.append(f"#line {site.line}")
    lines.append(f"{indent}{text}")
    if plan.label:
        lines.append(f"{plan.label}: ;")
    lines += [f"{indent}*vec_out_{out} = {out};" for out in plan.outs]
    return newline(source).join([*lines, "}", ""])


def _renumbered(region: Region) -> bool:
    """Whether the file numbers its lines itself."""
    return any(
        token.kind == "dir" and directive_name(token) in ("line", "") and any(map(str.isdigit, token.text))
        for token in region.parsed.mapped.tokens
    )


def _insert(region: Region, at: int, functions: tuple[str, ...]) -> str:
    """The file with `functions` placed before offset `at`; the lines behind keep their numbers."""
    source, end = region.parsed.source, newline(region.parsed.source)
    first = "" if at == 0 or source[at - 1] == "\n" else end
    back = "" if _renumbered(region) else f"#line {region.parsed.source_lines.line(at)}{end}"
    return source[:at] + first + "".join(functions) + back + source[at:]


def _whole(region: Region, start: int | None, source: str, after: str, above: str) -> Outlined:
    name = region.site.function
    kept = ""
    if "static" in (region.function.decl.storage or ()):
        # A static function that nothing calls is not lowered at all.
        end = newline(source)
        kept = f"{end}__typeof__({name}) *vecassist_keep_{region.site.key[:8]} = {name};{end}"
    params = tuple(
        Param(node.name, declaration(node.type, node.name), "value") for node in parameters(region.function)
    )
    both = "" if start is None else _copies(region, start, source, after)
    if above and start is not None:
        line = (
            "" if _renumbered(region) else f"#line {region.parsed.source_lines.line(start)}{newline(source)}"
        )
        after = after[:start] + above + line + after[start:]
        both = both and both[:start] + above + line + both[start:]
    return Outlined(source + kept, after + kept, both, name, params, widened=True)


def _copies(region: Region, start: int, source: str, after: str) -> str:
    """The file with two copies of the function behind it, "" where its text cannot be copied."""
    parsed = region.parsed
    tokens = parsed.mapped.tokens
    index = first_at(tokens, start)
    name: int | None = None
    while index < len(tokens) and tokens[index].text != "{":
        token = tokens[index]
        if token.kind == "dir":
            return ""
        if name is None and token.text == region.site.function and tokens[index + 1].text == "(":
            name = index
        index += 1
    closing = matching(tokens, index) if index < len(tokens) else None
    if name is None or closing is None or not start < region.site.span.start < tokens[closing].end:
        return ""
    end = tokens[closing].end
    head = source[start : tokens[index].start]
    for token in reversed(tokens[first_at(tokens, start) : index]):
        at = token.start - start
        if token.text in _LINKAGE:
            head = head[:at] + " " * len(token.text) + head[at + len(token.text) :]
        elif token is tokens[name]:
            head = head[:at] + token.text + _SEAM + head[at + len(token.text) :]
    line = newline(source)
    left, _, right = head.partition(_SEAM)
    bodies = (source[tokens[index].start : end], after[tokens[index].start : end + len(after) - len(source)])
    copies = [
        f"{left}{suffix}{right}{body}" for suffix, body in zip(("_before", "_after"), bodies, strict=True)
    ]
    return source[:end] + line + line.join(copies) + line + source[end:]

"""Access types as clang's `!tbaa` metadata gives them (LangRef, "'tbaa' Metadata"; C11 6.5p7)."""

from __future__ import annotations

from verify.ir.nodes import Instr, Module

CHARACTER = "omnipotent char"


def tag_of(module: Module, instr: Instr) -> str:
    """The name of the access type; "" without one."""
    access = _access_type(module, instr)
    return access.partition('!"')[2].partition('"')[0] or access


def base_of(module: Module, instr: Instr) -> str | None:
    """The name of the struct of which an access names a member; None for an access by its own type."""
    tag = instr.meta("tbaa")
    parts = _parts(module.metadata.get(tag.lstrip("!"), "")) if tag is not None else []
    if len(parts) < 2 or parts[0].lstrip("!") == parts[1].lstrip("!"):
        return None
    node = module.metadata.get(parts[0].lstrip("!"), "")
    return node.partition('!"')[2].partition('"')[0] or None


def may_meet(module: Module, a: Instr, b: Instr) -> bool:
    """Whether a defined program may access one place through both: one access type is the other or a parent of it.
    Accesses without a type may meet everything."""
    first, second = _lineage(module, a), _lineage(module, b)
    if not first or not second:
        return True
    return first[0] in second or second[0] in first


def _access_type(module: Module, instr: Instr) -> str:
    tag = instr.meta("tbaa")
    if tag is None:
        return ""
    parts = _parts(module.metadata.get(tag.lstrip("!"), ""))
    return module.metadata.get(parts[1].lstrip("!"), "") if len(parts) > 1 else ""


def _lineage(module: Module, instr: Instr) -> list[str]:
    """The access type's node and its parents, up to the character types."""
    found: list[str] = []
    text = _access_type(module, instr)
    while text and text not in found and len(_parts(text)) > 1:
        found.append(text)
        text = module.metadata.get(_parts(text)[1].lstrip("!"), "")
    return found


def _parts(node: str) -> list[str]:
    return [part.strip() for part in node.removeprefix("distinct ").strip("!{} ").split(",")]

"""Order, dominators and loops."""

from __future__ import annotations

import pytest
from ir_support import lowered

from verify.ir.cfg import dominates, dominators, innermost, loops, predecessors, reverse_post_order
from verify.ir.nodes import Function
from verify.ir.read import read
from verify.verdict import Unsupported


def shaped(edges: dict[str, str]) -> Function:
    """A function with these blocks and edges, "a b" a branch on a parameter."""
    lines = ["define void @f(i1 %c) {"]
    for name, targets in edges.items():
        labels = [f"label %{t}" for t in targets.split()]
        jump = {0: "ret void", 1: f"br {''.join(labels)}"}.get(len(labels), f"br i1 %c, {', '.join(labels)}")
        lines += [f"{name}:", f"  {jump}"]
    return read("\n".join((*lines, "}"))).functions["f"]


def test_order_and_dominators() -> None:
    f = shaped({"e": "a b", "a": "j", "b": "j x", "dead": "j", "j": "x", "x": ""})
    order = reverse_post_order(f)
    assert order[0] == "e"
    assert "dead" not in order
    assert order.index("j") > max(order.index("a"), order.index("b"))
    assert set(predecessors(f)["j"]) == {"a", "b"}
    idom = dominators(f)
    assert idom == {"e": None, "a": "e", "b": "e", "j": "e", "x": "e"}
    assert dominates(idom, "e", "x")
    assert dominates(idom, "x", "x")
    assert not dominates(idom, "b", "j")


def test_a_branch_with_equal_targets_is_one_edge() -> None:
    f = shaped({"e": "a a", "a": ""})
    assert predecessors(f)["a"] == ("e",)


def test_loop_tree() -> None:
    f = shaped({"e": "h", "h": "i out", "i": "k l", "k": "i far", "l": "h", "far": "", "out": ""})
    outer, inner = loops(f)
    assert (outer.header, outer.parent, outer.depth) == ("h", None, 1)
    assert outer.blocks == {"h", "i", "k", "l"}
    assert outer.latches == ("l",)
    assert set(outer.exits) == {("h", "out"), ("k", "far")}
    assert (inner.header, inner.parent, inner.depth) == ("i", outer, 2)
    assert inner.blocks == {"i", "k"}
    assert set(inner.exits) == {("i", "l"), ("k", "far")}
    assert innermost((outer, inner), "k") is inner
    assert innermost((outer, inner), "l") is outer
    assert innermost((outer, inner), "out") is None


def test_two_latches_and_a_loop_of_one_block() -> None:
    f = shaped({"e": "h", "h": "a b", "a": "h", "b": "h s", "s": "s out", "out": ""})
    first, second = loops(f)
    assert set(first.latches) == {"a", "b"}
    assert (second.header, second.latches, second.exits) == ("s", ("s",), (("s", "out"),))


def test_irreducible_flow_is_unsupported() -> None:
    with pytest.raises(Unsupported, match="irreducible"):
        loops(shaped({"e": "a b", "a": "b", "b": "a out", "out": ""}))


def test_which_loops_must_end() -> None:
    module = read(
        lowered(
            "void f(volatile int *p, int n) {\n"
            "  for (int i = 0; i < n; i++) *p = i;\n"
            "  again: *p = 7; if (*p) goto again;\n"
            "  while (1) *p = 1;\n"
            "}\n"
        )
    )
    found = {loop.header: loop.mustprogress for loop in loops(module.functions["f"], module.metadata)}
    assert found == {"for.cond": True, "again": False, "while.body": False}
    assert not any(loop.mustprogress for loop in loops(module.functions["f"]))


def test_a_declaration_has_no_blocks() -> None:
    f = read("declare void @f()").functions["f"]
    assert reverse_post_order(f) == ()
    assert dominators(f) == {}
    assert loops(f) == ()

"""Reading only what one function needs."""

from __future__ import annotations

from ir_support import lowered

from verify.ir.excerpt import excerpt
from verify.ir.load import load
from verify.ir.read import read

SOURCE = """
struct pair { int a, b; };
static int helper(struct pair *p) { return p->a; }
static int pointed(int n) { return n; }
static int unused_by_f(int n) { return n * 2; }
int (*table[])(int) = { pointed };
__attribute__((section("x"))) int g(int n) { return unused_by_f(n); }
__attribute__((weak)) int w(int n) { return n; }
__attribute__((always_inline)) inline int always(int n) { return n + 1; }
int h(int n);
extern int e(int) __attribute__((alias("target")));
int target(int n) { return n; }
int f(struct pair *p) { return helper(p) + g(1) + w(2) + h(3) + always(4) + table[0](5); }
"""


def test_what_the_function_needs_is_the_same() -> None:
    text = lowered(SOURCE)
    part = excerpt(text, "f")
    assert len(part) < len(text)
    whole, small = read(text), read(part)
    for name in ("f", "helper", "always", "pointed", "target"):
        one, other = whole.functions[name], small.functions[name]
        assert one.params == other.params
        assert one.attributes == other.attributes
        assert [(i.op, i.loc) for b in one.blocks for i in b.instrs] == [
            (i.op, i.loc) for b in other.blocks for i in b.instrs
        ]
    assert "unused_by_f" not in small.functions
    for name in ("g", "w"):
        assert not small.functions[name].blocks
        assert small.functions[name].result == whole.functions[name].result
    assert {g: whole.globals[g] for g in whole.globals} == {g: small.globals[g] for g in small.globals}
    assert whole.aliases == small.aliases == {"e"}


def test_a_text_of_another_form_is_left_alone() -> None:
    text = "define void @f() {\n  ret void\n}\n"
    assert excerpt(text, "f") is text
    assert excerpt(text, "g") is text


def test_a_part_that_does_not_stand_alone_is_not_used() -> None:
    text = (
        "define void @f() {\n  ret void\n}\n"
        "define internal void @k() {\n  ret void\n}\n"
        "define void @m() prefix ptr @k {\n  ret void\n}\n"
    )
    assert load(text, "f")[1].blocks

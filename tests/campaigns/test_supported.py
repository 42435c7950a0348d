"""SUPPORTED.md says what `verify` really has rules for."""

from __future__ import annotations

from campaigns.mutate_prover import REPOSITORY
from campaigns.supported import function, has_rule, page, runs


def test_the_page_is_fresh() -> None:
    text = (REPOSITORY / "SUPPORTED.md").read_text("utf-8")
    assert text == page(), "stale: python campaigns/supported.py > SUPPORTED.md"


def test_what_has_no_rule_is_told() -> None:
    plain = function("i32", "add i32 %a, %b", "i32 %a, i32 %b")
    assert (has_rule(plain), runs(plain)) == (True, True)
    declared = "declare i32 @llvm.no.such.i32(i32)"
    unknown = function("i32", "call i32 @llvm.no.such.i32(i32 %a)", "i32 %a", declared)
    assert (has_rule(unknown), runs(unknown)) == (False, False)

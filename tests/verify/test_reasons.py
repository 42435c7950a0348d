"""Every reason code that can be raised is in the table, and the page shows the table."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from verify.reasons import as_markdown, reasons

ROOT = Path(__file__).resolve().parents[2]
RAISERS = {"NotProved": 0, "Unknown": 0}


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted([*(ROOT / "verify").rglob("*.py"), ROOT / "vecassist" / "proving.py"]):
        yield path, ast.parse(path.read_text("utf-8"))


def code_positions(tree: ast.Module) -> dict[str, int]:
    """Functions that take a parameter named `code`, and its place."""
    return {
        node.name: [one.arg for one in node.args.args].index("code")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and "code" in [one.arg for one in node.args.args]
    }


def raised() -> dict[str, str]:
    """Code -> a file that can raise it."""
    found: dict[str, str] = {}
    for path, tree in trees():
        taking = RAISERS | code_positions(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in taking:
                at = taking[node.func.id]
                texts = node.args[at : at + 1]
            elif isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in ("CODES", "code"):
                texts: list[ast.expr] = []
                if isinstance(node.value, ast.Dict):
                    texts = list(node.value.values)
                elif isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
                    texts = [n for n in node.value.args[1:] if isinstance(n, ast.Constant)]
                    held = node.value.func.value
                    texts += held.values if isinstance(held, ast.Dict) else []
            else:
                continue
            for text in texts:
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    found.setdefault(text.value, path.name)
    return found


def test_every_code_that_is_raised_is_in_the_table() -> None:
    missing = {code: file for code, file in raised().items() if code not in reasons()}
    assert missing == {}, (
        "add a row to verify/reasons.txt and run `python -m verify.reasons > docs/reasons.md`"
    )


def test_the_search_for_codes_finds_them() -> None:
    found = raised()
    assert {"memory", "value", "overflow", "introduced-store", "internal-error", "unsupported"} <= set(found)
    assert len(found) > 30


def test_codes_are_spelled_alike_and_in_order() -> None:
    lines = (ROOT / "verify" / "reasons.txt").read_text("utf-8").splitlines()
    codes = [line.split(" | ")[0] for line in lines]
    assert codes == sorted(set(codes))
    assert all(code.replace("-", "").isalpha() and code.islower() for code in codes)
    assert all(row.meaning and row.help for row in reasons().values())
    assert len(reasons()) == len(lines)


def test_the_page_shows_the_table() -> None:
    page = (ROOT / "docs" / "reasons.md").read_text("utf-8")
    assert page == as_markdown(), "run `python -m verify.reasons > docs/reasons.md`"

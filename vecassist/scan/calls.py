"""Calls in C trees: which of them keep a loop from being one computation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from vecassist.scan.ctype import kind
from vecassist.scan.pure import PURE
from vecassist.scan.scope import walk

Node = Any


def callee(call: Node) -> str:
    """The called function's name, "" for a call through a pointer."""
    return str(call.name.name) if kind(call.name) == "ID" else ""


def calls(node: Node) -> Iterator[Node]:
    """Every call below `node`."""
    return (inner for inner in walk(node) if kind(inner) == "FuncCall")


def defined(tree: Node) -> Callable[[str], Node | None]:
    """The definitions of static functions in a tree, by their names."""
    found = {
        external.decl.name: external
        for external in tree.ext
        if kind(external) == "FuncDef" and "static" in (external.decl.storage or ())
    }
    return found.get


class Purity:
    """Which calls of a unit are harmless: pure functions and `static` helpers that call only such."""

    def __init__(self, find: Callable[[str], Node | None]) -> None:
        """find: the definition of a static function, by its name."""
        self._find = find
        self._known: dict[str, bool] = {}

    def harmless(self, name: str) -> bool:
        """Whether a call of `name` may stay in a loop that is rewritten as a whole."""
        if name in PURE:
            return True
        if name not in self._known:
            helper = self._find(name)
            if helper is None:
                self._known[name] = False
                return False
            self._known[name] = False  # a recursive helper counts as harmful
            self._known[name] = all(self.harmless(callee(call)) for call in calls(helper.body))
        return self._known[name]

    def foreign(self, node: Node) -> bool:
        """Whether anything below `node` calls a function that is not harmless."""
        return any(not self.harmless(callee(call)) for call in calls(node))

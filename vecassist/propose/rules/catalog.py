"""What people read about a rule: what it does, when it pays, and the Open Catalog checks that it answers."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

from vecassist.propose.rules import RULES
from vecassist.propose.rules.base import Rule
from vecassist.propose.rules.version import VERSION

# Ids of https://github.com/codee-com/open-catalog, where a check has the same remedy.
_PAYS: dict[str, tuple[tuple[str, ...], str]] = {
    "VA001": ((), "a dependence runs against the order of the statements, and no cycle holds them together"),
    "VA002": (("PWR020",), "one statement of a loop is a recurrence and the others are not"),
    "VA003": ((), "an iteration reads what a later statement of an earlier position overwrites"),
    "VA004": (("PWR002",), "one scalar holds several unrelated values in turn"),
    "VA005": ((), "a scalar carries an element of the previous iteration"),
    "VA006": (("PWR029",), "subscripts are counters of their own instead of functions of the index"),
    "VA007": (("PWR039", "PWR019"), "the inner loop strides over rows, or carries the recurrence"),
    "VA008": (("PWR043",), "a condition of the outer loop stands between two loops that should be exchanged"),
    "VA009": ((), "jumps within the body hide a plain condition"),
    "VA010": ((), "stores under a condition keep a loop scalar"),
    "VA011": (("PWR049",), "iterations behave in one way up to a point and in another after it"),
    "VA012": ((), "a loop was unrolled by hand in a way that the compiler does not roll up"),
    "VA013": ((), "a search or a running extremum seldom finds anything"),
    "VA014": (("PWR021",), "a recurrence needs values that can be computed side by side"),
    "VA015": (("PWR062",), "an element is stored in every iteration and only the last store lasts"),
    "VA016": (("PWR033",), "an inner loop computes the same each time"),
    "VA017": ((), "a recurrence reaches back a fixed number of elements, four or more"),
    "VA018": (("PWR042",), "a sum in a scalar keeps two loops from being exchanged"),
    "VA019": (("PWR023",), "pointers may overlap but seldom do"),
    "VA020": (("PWR040",), "an array is read down its columns while another is written along its rows"),
    "VA022": ((), "every element needs the one above it and the one to its left"),
    "VA021": (("PWR042",), "each row is a chain that must keep its order, and there are many rows"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """id, title; documented: the rule's own text with an example; pays: when; catalog: ids of checks."""

    id: str
    title: str
    documented: str
    pays: str
    catalog: tuple[str, ...]


def entries() -> Sequence[Entry]:
    """All rules by id."""
    return [_entry(rule) for rule in sorted((*RULES, VERSION), key=lambda one: one.id)]


def _entry(rule: Rule) -> Entry:
    name = rule.rewrite.__module__
    documented = (sys.modules[name].__doc__ or "").strip()
    catalog, pays = _PAYS[rule.id]
    return Entry(rule.id, rule.title, documented, pays, catalog)

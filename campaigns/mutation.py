"""What a mutation operator is, and the mutants of one text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from campaigns.ctext import Edit, Text

Change = tuple[str, tuple[Edit, ...]]
"""What is changed, in a few words, and the edits."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A way to break a rewrite.

    changes  every place where it applies
    wrong    no result may ever be proved: the fault is in the text, and executions need not show it
    """

    name: str
    changes: Callable[[Text], Iterator[Change]]
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed text."""

    operator: str
    detail: str
    text: str
    wrong: bool


def mutants(source: str, operators: tuple[Operator, ...]) -> Iterator[Mutant]:
    """All single mutations of a text, each text once, in the order of the operators."""
    text = Text(source)
    seen = {source}
    for operator in operators:
        for detail, edits in operator.changes(text):
            changed = text.edited(*edits)
            if changed not in seen:
                seen.add(changed)
                yield Mutant(operator.name, detail, changed, operator.wrong)

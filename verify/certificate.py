"""Checking a certificate: neither the search for a proof nor the summaries of the programs take part.

What is shown: the certificate is of these two programs, under this meaning and these assumptions; it is whole; and a
solver agrees with every test on integer sets that the proof rests on. That the tests are those which the two programs
ask for is shown by proving anew alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import cast

from verify.discharge import differing, unpacked
from verify.rules import RULES

FORMAT = 2
_LISTS = ("objects", "inductions", "obligations")


def sealed(certificate: Mapping[str, object]) -> dict[str, object]:
    """The certificate with a hash over all of it: it shows edits, and is no protection against forgery."""
    body = {name: value for name, value in certificate.items() if name != "digest"}
    return {**body, "digest": _digest(body)}


def faults(
    certificate: Mapping[str, object], subjects: Sequence[Mapping[str, object]], solver: str = "z3"
) -> str | None:
    """What is wrong with a certificate, in one line; None where nothing is.

    subjects: what it may be about (`subject` of the problems that the entry poses today).
    """
    body = {name: value for name, value in certificate.items() if name != "digest"}
    if "subject" not in body or "tests" not in body:
        return "it has no certificate that could be checked"
    if certificate.get("digest") != _digest(body):
        return "the certificate was changed"
    return _shape(body) or _subject(body["subject"], subjects) or _tests(body["tests"], solver)


def _digest(body: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def _shape(body: Mapping[str, object]) -> str | None:
    if body.get("format") != FORMAT:
        return "the certificate is of another format"
    rules = body.get("rules")
    if not isinstance(rules, Mapping) or not rules or not rules.keys() <= RULES.keys():
        return "the certificate names rules that there are not"
    for name in _LISTS:
        if not isinstance(body.get(name), list):
            return f"the certificate has no list of {name}"
    for name in _LISTS[1:]:
        for row in cast("list[object]", body[name]):
            if not isinstance(row, Mapping) or {"before", "after", "relation"} != set(row):
                return f"one of the {name} is not a pair of values with a relation"
    return None


def _subject(subject: object, subjects: Sequence[Mapping[str, object]]) -> str | None:
    if not isinstance(subject, Mapping):
        return "the certificate does not say what it is about"
    # What is read back from JSON has lists for tuples.
    plain = [json.loads(json.dumps(one)) for one in subjects]
    if subject in plain:
        return None
    told = cast("Mapping[str, object]", subject)
    if not plain:
        return "the loop and its rewrite cannot be brought into the form in which they were proved"
    closest = min(plain, key=lambda one: sum(one[name] != told.get(name) for name in one))
    differ = sorted(name for name in {*closest, *told} if closest.get(name) != told.get(name))
    return f"the certificate is about another {', '.join(differ)}"


def _tests(tests: object, solver: str) -> str | None:
    try:
        script = unpacked(tests)
    except ValueError as error:
        return str(error)
    denied, undecided = differing(script, solver)
    if denied:
        return f"{solver} denies {denied} of its tests"
    return f"{solver} does not decide {undecided} of its tests" if undecided else None

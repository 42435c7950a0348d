"""A region's result as JSON, and back as that of the same region where it stands today.

Only the classes listed here are made from what was read: a cache is data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from vecassist.line import Accepted, Attempt, Region, Result
from vecassist.model import Candidate, CompilerOutcome, Needs, Outcome, Speedup, Vector
from vecassist.proving import Proof
from verify.verdict import Counterexample, Proved

_CLASSES = {
    one.__name__: one
    for one in (
        *(Attempt, Result, Candidate, CompilerOutcome, Needs, Outcome, Speedup, Vector),
        *(Proof, Counterexample, Proved),
    )
}
_PLACE = re.compile(r"\blines? [0-9]+|:[0-9]+(?::|$)")


class Unkept(Exception):
    """A result that cannot be kept, or a kept one that does not fit the region of today."""


def dump(result: Result, region: Region) -> str:
    """The result as text. Raises Unkept where it holds what only this run can have."""
    return json.dumps({"line": region.site.line, "result": _plain(result, region)})


def load(text: str, region: Region) -> Result:
    """The result for a region with the same key. Raises Unkept where its reasons name lines that have moved."""
    try:
        body = json.loads(text)
        if body["line"] != region.site.line and _PLACE.search(text):
            raise Unkept("reasons name lines, and the region has moved")
        result = _made(body["result"], region)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise Unkept(f"broken: {error}") from error
    if not isinstance(result, Result):
        raise Unkept("no result")
    return result


def _plain(value: object, region: Region) -> object:
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Accepted):
        if value.ahead is not None:
            raise Unkept("text before the function moves with the file")
        proofs = [[_plain(site, region), _plain(proof, region)] for site, proof in value.proofs]
        return {
            "accepted": value.placed.decode("latin-1"),
            "candidate": _plain(value.candidate, region),
            "proofs": proofs,
            "compilers": _plain(value.compilers, region),
        }
    if value in region.sites:
        return {"site": region.sites.index(value)}  # pyright: ignore[reportArgumentType]
    if is_dataclass(value) and type(value).__name__ in _CLASSES:
        inner = {one.name: _plain(getattr(value, one.name), region) for one in fields(value)}
        return {"class": type(value).__name__, **inner}
    if isinstance(value, Mapping):
        return {"map": [[_plain(key, region), _plain(one, region)] for key, one in value.items()]}
    if isinstance(value, tuple):
        return {"tuple": [_plain(one, region) for one in value]}
    if isinstance(value, list):
        return [_plain(one, region) for one in value]
    raise Unkept(f"{type(value).__name__} is not kept")


def _made(value: Any, region: Region) -> Any:
    if isinstance(value, list):
        return [_made(one, region) for one in value]
    if not isinstance(value, dict):
        return value
    if "class" in value:
        inner = {name: _made(one, region) for name, one in value.items() if name != "class"}
        return _CLASSES[value["class"]](**inner)
    if "accepted" in value:
        placed = value["accepted"].encode("latin-1")
        span, original = region.site.span, region.original
        spliced = original[: span.start] + placed + original[span.end :]
        proofs = tuple((_made(site, region), _made(proof, region)) for site, proof in value["proofs"])
        compilers = _made(value["compilers"], region)
        return Accepted(region, _made(value["candidate"], region), proofs, compilers, spliced)
    if "site" in value:
        return region.sites[value["site"]]
    if "tuple" in value:
        return tuple(_made(one, region) for one in value["tuple"])
    return {_made(key, region): _made(one, region) for key, one in value["map"]}

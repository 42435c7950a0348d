"""SARIF 2.1.0 (OASIS) as code scanning reads it: a log of one run, small enough for its limits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from vecassist.deliver.findings import Finding, Kind, kinds

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_RESULTS = 25_000
"""More in one run are rejected by code scanning."""
_LONGEST_TEXT = 1024
_ROOT = "%SRCROOT%"


def log(found: Sequence[Finding], version: str, category: str) -> dict[str, object]:
    """The log of one run. category: keeps the results of several runs on one commit apart, such as "scan"."""
    kept = found[:MOST_RESULTS]
    known = kinds(kept)
    index = {kind.id: number for number, kind in enumerate(known)}
    notes: list[dict[str, object]] = []
    if len(kept) < len(found):
        text = f"{len(found) - len(kept)} further findings are left out"
        notes.append({"level": "warning", "message": {"text": text}})
    run: dict[str, object] = {
        "tool": {
            "driver": {
                "name": "vecassist",
                "version": version,
                "rules": [_rule(kind) for kind in known],
            }
        },
        "automationDetails": {"id": f"vecassist/{category}/"},
        "columnKind": "utf16CodeUnits",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "results": [_result(one, index[one.kind], known[index[one.kind]].level) for one in kept],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(kind: Kind) -> dict[str, object]:
    return {
        "id": kind.id,
        "shortDescription": {"text": kind.title[:_LONGEST_TEXT]},
        "fullDescription": {"text": kind.meaning[:_LONGEST_TEXT]},
        "help": {"text": kind.help, "markdown": kind.help},
        "defaultConfiguration": {"level": kind.level},
        "properties": {
            "tags": ["performance", "vectorization"],
            "precision": "very-high",
            "problem.severity": "recommendation" if kind.level == "note" else kind.level,
        },
    }


def _result(one: Finding, rule: int, level: str) -> dict[str, object]:
    place = one.place
    region = {
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    }
    return {
        "ruleId": one.kind,
        "ruleIndex": rule,
        "level": level,
        "message": {"text": one.message},
        "locations": [{"physicalLocation": {"artifactLocation": _artifact(one.uri), "region": region}}],
        "partialFingerprints": {"primaryLocationLineHash": one.fingerprint},
    }


def _artifact(uri: str) -> dict[str, str]:
    path = Path(uri)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(uri), "uriBaseId": _ROOT}

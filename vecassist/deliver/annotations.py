"""Workflow commands of GitHub Actions: annotations on the lines of a change."""

from __future__ import annotations

from vecassist.deliver.findings import Finding, kinds


def annotation(one: Finding) -> str:
    """One command, on one line whatever the texts hold; errors and notices as the kinds of findings are."""
    place = one.place
    fields = {"file": one.uri, "line": str(place.line), "endLine": str(place.end_line)}
    if place.line == place.end_line:
        # Columns are for annotations within one line only.
        fields |= {"col": str(place.column), "endColumn": str(place.end_column)}
    (kind,) = kinds([one])
    fields["title"] = f"{kind.title} ({kind.id})"
    level = "error" if kind.level == "error" else "notice"
    told = ",".join(f"{name}={property_text(value)}" for name, value in fields.items())
    return f"::{level} {told}::{message_text(one.message)}"


def message_text(text: str) -> str:
    """A message with what would end it escaped."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def property_text(text: str) -> str:
    """A property with what would end it escaped."""
    return message_text(text).replace(":", "%3A").replace(",", "%2C")

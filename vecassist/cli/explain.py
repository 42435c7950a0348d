"""`vecassist explain [ID]`: what a rule does, with an example, and when it pays."""

from __future__ import annotations

import difflib

import click

from vecassist.cli import options, output
from vecassist.errors import UserError


@click.command(name="explain")
@click.argument("rule", required=False, metavar="[ID]")
@options.output_format("text", "json")
def command(rule: str | None, output_format: str) -> int:
    """Explain a rule by its id, such as VA003; without one, list all rules."""
    from vecassist.propose.rules.catalog import entries

    found = entries()
    if rule is not None:
        found = [entry for entry in found if entry.id == rule.upper()]
        if not found:
            known = [entry.id for entry in entries()]
            near = difflib.get_close_matches(rule.upper(), known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise UserError(f"{rule}: no such rule{hint}; `vecassist explain` lists them")
    if output_format == "json":
        fields = ("id", "title", "documented", "pays", "catalog")
        output.json_object({"rules": [{name: getattr(one, name) for name in fields} for one in found]})
    elif rule is None:
        output.table(
            ("id", "title", "Open Catalog"),
            [(one.id, one.title, " ".join(one.catalog)) for one in found],
        )
    else:
        (one,) = found
        output.line(f"{one.id}: {one.title}")
        output.line()
        output.line(one.documented)
        output.line()
        output.line(f"Pays where {one.pays}.")
        if one.catalog:
            output.line(f"Open Catalog of code guidelines: {', '.join(one.catalog)}")
    return 0

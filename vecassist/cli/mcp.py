"""`vecassist mcp`: the gate as a server for coding agents and editors, over the Model Context Protocol."""

from __future__ import annotations

from pathlib import Path

import click

from vecassist.errors import UserError


@click.command(name="mcp")
@click.option(
    "--root", default=".", show_default=True, metavar="DIR", help="The folder whose files may be asked about."
)
def command(root: str) -> int:
    """Serve tools to a coding agent over stdin and stdout: scan_loops, verify_rewrite, measure_rewrite, explain_reason.

    No file is changed and no model is asked. Needs the package mcp: pip install 'vecassist[mcp]'.
    """
    folder = Path(root)
    if not folder.is_dir():
        raise UserError(f"{root}: no such folder; name the one that holds the sources")
    try:
        from vecassist.agents.server import serve
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("mcp"):
            raise
        raise UserError("the package mcp is not installed: pip install 'vecassist[mcp]'") from None
    serve(folder.resolve())
    return 0

"""The tools as a server of the Model Context Protocol over stdin and stdout."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import anyio
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from vecassist.agents import tools
from vecassist.errors import UserError
from vecassist.versions import own_version

INSTRUCTIONS = """\
A gate for rewrites of C loops. A rewrite is right only where verify_rewrite answers "proved": for all inputs, trip \
counts and aliasing. "unknown" is no proof; explain_reason says what its code means and what helps. "refuted" comes \
with inputs on which both versions were run. measure_rewrite also tells whether compilers vectorize the rewrite and \
how much faster it is. Nothing here changes a file."""

_READ_ONLY = ToolAnnotations(read_only_hint=True, open_world_hint=False)

File = Annotated[str, Field(description="A C file, relative to the root of the server")]
Flags = Annotated[
    list[str] | None,
    Field(
        description="Compiler flags; without them those of compile_commands.json, else -O3 -ffp-contract=off"
    ),
]
Assume = Annotated[
    list[str],
    Field(
        description="Assumptions to grant, only on the user's word: sequential, fp-contract, errno-unobserved, "
        "noalias(a,b), or a C condition on the arguments"
    ),
]


def server(root: Path) -> MCPServer:
    """The server for files below `root`."""
    desk = tools.Desk(root)
    made = MCPServer("vecassist", instructions=INSTRUCTIONS, version=own_version())

    @made.tool(annotations=_READ_ONLY)
    async def scan_loops(
        files: Annotated[list[str], Field(description="C files, relative to the root of the server")],
        flags: Flags = None,
    ) -> dict[str, Any]:
        """List the loops of C files: lines, text, what each compiler says, and the built-in rules that may help."""
        return await _answer(tools.scan_loops, desk, files, flags)

    @made.tool(annotations=_READ_ONLY)
    async def verify_rewrite(
        file: File,
        function: Annotated[str, Field(description="The function that was rewritten")],
        after: Annotated[str, Field(description="The whole text of the file with the rewrite")],
        before: Annotated[
            str | None, Field(description="The text before; default: the file as it is")
        ] = None,
        flags: Flags = None,
        assume: Assume = [],  # noqa: B006 - the schema shows the default
    ) -> dict[str, Any]:
        """Prove or refute that a function does the same after a rewrite of its file, for all inputs."""
        return await _answer(tools.verify_rewrite, desk, file, function, after, before, flags, assume)

    @made.tool(annotations=_READ_ONLY)
    async def measure_rewrite(
        file: File,
        line: Annotated[int, Field(description="The line on which the loop nest begins, as scan_loops says")],
        replacement: Annotated[str, Field(description="One C statement in the place of the whole nest")],
        flags: Flags = None,
        assume: Assume = [],  # noqa: B006 - the schema shows the default
    ) -> dict[str, Any]:
        """Prove the replacement of one loop, then tell whether compilers vectorize it and how much faster it is."""
        return await _answer(tools.measure_rewrite, desk, file, line, replacement, flags, assume)

    @made.tool(annotations=_READ_ONLY)
    async def explain_reason(
        code: Annotated[
            str, Field(description="A reason_code of a verdict, or the id of a rule such as VA003")
        ],
    ) -> dict[str, Any]:
        """Explain why a verdict is unknown, or what a built-in rule does."""
        return await _answer(tools.explain_reason, code)

    return made


async def _answer(call: Callable[..., dict[str, object]], *arguments: object) -> dict[str, object]:
    """A tool's answer, found in a thread so that the server still hears; what a caller can mend is the tool's error."""
    from compiler.errors import CompilerError
    from vecassist.problems import forget

    forget()
    try:
        return await anyio.to_thread.run_sync(functools.partial(call, *arguments), abandon_on_cancel=True)
    except (UserError, CompilerError) as error:
        raise ToolError(" ".join(str(error).split())) from None


def serve(root: Path) -> None:
    """Serve until stdin ends."""
    server(root).run("stdio")

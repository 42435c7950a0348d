"""The server for coding agents, asked by the protocol's own client over stdin and stdout."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import anyio
from command_line import Run, assert_user_error
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

SOURCE = """\
float delay[4096], dry[4096], wet[4096], gain[4096];

void comb_step(float level)
{
    for (int i = 0; i < 4095; i++) {
        delay[i] = dry[i] * level + gain[i];
        wet[i] = delay[i] - 0.7f * delay[i + 1];
    }
}
"""
RIGHT = """\
for (int i = 0; i < 4095; i++) {
        float next = delay[i + 1];
        delay[i] = dry[i] * level + gain[i];
        wet[i] = delay[i] - 0.7f * next;
    }"""
FLAGS = ["-O3", "-march=x86-64-v3", "-ffp-contract=off"]


def test_an_agent_gates_its_own_rewrites(tmp_path: Path) -> None:
    (tmp_path / "dsp.c").write_text(SOURCE)
    anyio.run(conversation, tmp_path)
    assert [one.name for one in tmp_path.iterdir() if one.name != "cache"] == ["dsp.c"]
    assert (tmp_path / "dsp.c").read_text() == SOURCE


async def conversation(folder: Path) -> None:
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache")}
    command = ["-m", "vecassist", "mcp", "--root", str(folder)]
    server = StdioServerParameters(command=sys.executable, args=command, env=environment)
    async with stdio_client(server) as streams, ClientSession(*streams) as session:
        hello = await session.initialize()
        assert "proved" in (hello.instructions or "")
        listed = (await session.list_tools()).tools
        names = {"scan_loops", "verify_rewrite", "measure_rewrite", "explain_reason"}
        assert {one.name for one in listed} == names
        assert all(one.description and one.annotations and one.annotations.read_only_hint for one in listed)

        async def ask(name: str, **arguments: Any) -> Any:
            answer = await session.call_tool(name, arguments)
            assert not answer.is_error, answer.content
            return answer.structured_content

        async def refused(name: str, **arguments: Any) -> str:
            answer = await session.call_tool(name, arguments)
            assert answer.is_error
            return str(answer.content)

        found = await ask("scan_loops", files=["dsp.c"], flags=FLAGS)
        (loop,) = found["loops"]
        assert (loop["line"], loop["end_line"], loop["vectorized"]) == (5, 8, False)
        assert loop["text"].startswith("for (int i")
        assert "VA003" in loop["rules"]

        after = SOURCE.replace(loop["text"], RIGHT)
        told: dict[str, Any] = {"file": "dsp.c", "function": "comb_step", "flags": FLAGS}
        right = await ask("verify_rewrite", after=after, **told)
        assert (right["verdict"], right["scope"]) == ("proved", "unbounded")
        wrong = await ask("verify_rewrite", after=after.replace("4095", "4094"), **told)
        assert wrong["verdict"] == "refuted"
        assert wrong["counterexample"]["replayed"] is True

        (folder / "gain.h").write_text("#define GAIN 1.0f\n")
        scaled = SOURCE.replace("0.7f", "GAIN")
        (folder / "dsp.c").write_text('#include "gain.h"\n' + scaled)
        for gain, verdict in (("0.5f", "refuted"), ("1.0f", "proved")):
            (folder / "gain.h").write_text(f"#define GAIN {gain}\n")
            told_now = await ask(
                "verify_rewrite", after='#include "gain.h"\n' + scaled.replace("GAIN", "1.0f"), **told
            )
            assert told_now["verdict"] == verdict
        (folder / "gain.h").unlink()
        (folder / "dsp.c").write_text(SOURCE)

        there = {"file": "dsp.c", "line": 5, "flags": FLAGS}
        gained = await ask("measure_rewrite", replacement=RIGHT, **there)
        assert (gained["status"], gained["verdict"]) == ("accepted", "proved"), gained
        own = next(made for name, made in gained["compilers"].items() if name.startswith("gcc"))
        assert own["speedup"]["ratio"] > 1.05
        late = await ask("measure_rewrite", replacement=RIGHT.replace("4095", "4094"), **there)
        assert (late["status"], late["verdict"], late["compilers"]) == ("refused", "refuted", {})
        escape = await ask("measure_rewrite", replacement="} void f(void) {", **there)
        assert (escape["status"], escape["reason_code"]) == ("refused", "not-allowed")

        reason = await ask("explain_reason", code="introduced-store")
        assert "store" in reason["meaning"]
        assert (await ask("explain_reason", code="va003"))["code"] == "VA003"

        assert "outside" in await refused("scan_loops", files=["../../etc/passwd"])
        assert "-fsomething" in await refused("scan_loops", files=["dsp.c"], flags=["-fsomething-new"])
        assert "begin on lines 5" in await refused("measure_rewrite", file="dsp.c", line=9, replacement=";")
        assert "no such code" in await refused("explain_reason", code="magic")
        assert "error" in await refused("verify_rewrite", after="int f(", **told)


def test_without_the_package(vecassist: Run, tmp_path: Path) -> None:
    (tmp_path / "mcp.py").write_text("raise ModuleNotFoundError(\"No module named 'mcp'\", name='mcp')\n")
    path = os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH"))))
    assert_user_error(vecassist("mcp", PYTHONPATH=path), "vecassist[mcp]")
    assert_user_error(vecassist("mcp", "--root", "nowhere"), "nowhere", "no such folder")

    assert "measure_rewrite" in vecassist("mcp", "--help").stdout

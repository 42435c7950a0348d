"""Every command line of the pages runs, and every option that a page names exists."""

from __future__ import annotations

import importlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
import yaml

from vecassist.cli.main import VERBS
from vecassist.config import load

ROOT = Path(__file__).resolve().parents[2]
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/tutorial.md",
    "docs/extending.md",
    "docs/prover.md",
    "docs/ci.md",
)
FIR = "void fir(float *restrict a, const float *restrict b, int n)\n{ for (int i = 0; i < n; i++) a[i] = b[i] * 2; }\n"

# What a line must end with and say. Other lines end with 0.
EXPECTED = (
    (r"vecassist scan --rules string\.c", 1, "loop-carried dependence"),
    (r"vecassist scan .*string\.c", 1, "VA001"),
    (r"vecassist verify string\.c by_hand\.c .*--assume", 0, "assuming: noalias(pressure,velocity)"),
    (r"vecassist verify string\.c by_hand\.c", 1, "pressure[0] ends as"),
    (r"gcc witness", 1, "the versions differ"),
    (r"vecassist optimize string\.c", 1, "accepted (rules VA001"),
    (r"vecassist audit --reprove", 0, "proved anew"),
    (r"vecassist hook --fix string", 1, "string.c"),
    # The project has no entry and has not asked for pull requests.
    (r"vecassist revert fir", 2, "fir"),
    (r"vecassist bot ", 2, "vecassist.toml is not committed"),
    (r"vecassist verify HEAD -- ", 0, "proved"),
    (r"vecassist explain", 0, "VA0"),
    (r"ls \.vecassist", 0, "string_step"),
)
# Long runs, and what makes this very environment: only whether there is such a target.
PLANNED = re.compile(r"make (?!CC=)|python campaigns/|pip install vecassist$")
TOOLS = ("meson", "cmake", "ccache")


@dataclass(frozen=True)
class Ran:
    line: str
    code: int
    said: str


def blocks_of(page: str, language: str) -> list[str]:
    return re.findall(
        rf"^```{language}\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL
    )


def lines_of(page: str) -> list[list[str]]:
    """The lines of each block of shell commands, without comments; and those that a runner takes from workflows."""
    blocks = blocks_of(page, "sh")
    kept = [[re.sub(r"\s+#.*", "", line) for line in block.splitlines()] for block in blocks]
    shell = [[line for line in block if line and not line.startswith("#")] for block in kept]
    return shell + [list(_run_by(yaml.safe_load(block))) for block in blocks_of(page, "yaml")]


def _run_by(value: object) -> Iterator[str]:
    """Command lines anywhere in a workflow of GitHub or GitLab."""
    if isinstance(value, list):
        for one in value:
            yield from _run_by(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name in ("run", "script", "before_script"):
                yield from [one] if isinstance(one, str) else one
            else:
                yield from _run_by(one)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with what the pages take for granted."""
    place = tmp_path / "project"
    (place / "src").mkdir(parents=True)
    (place / "src/fir.c").write_text(FIR)
    (place / "Makefile").write_text("fir.o: src/fir.c\n\t$(CC) -O2 -c src/fir.c -o fir.o\n")
    (place / "meson.build").write_text("project('p', 'c')\nstatic_library('p', 'src/fir.c')\n")
    cmake = "cmake_minimum_required(VERSION 3.10)\nproject(p C)\nadd_library(p src/fir.c)\n"
    (place / "CMakeLists.txt").write_text(cmake)
    (place / "build").mkdir()
    command = {"directory": str(place), "file": "src/fir.c", "arguments": ["gcc", "-O3", "-c", "src/fir.c"]}
    (place / "build/compile_commands.json").write_text(json.dumps([command]))
    shutil.copytree(ROOT / "docs", place / "docs")
    (tmp_path / "bin").mkdir()
    for name, module in (("vecassist", "vecassist"), ("vecassist-cc", "vecassist.cc.entry")):
        tool = tmp_path / "bin" / name
        tool.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {module} "$@"\n')
        tool.chmod(0o755)
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
    for arguments in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-qm", "all"]):
        subprocess.run(["git", *arguments], cwd=place, check=True, capture_output=True)
    return place


def run(project: Path, blocks: list[list[str]], anew: bool) -> Iterator[Ran]:
    """Run all lines in one shell. anew: each block begins in the root of the project."""
    lines = [
        line for block in blocks for line in (["cd " + shlex.quote(str(project))] if anew else []) + block
    ]
    scratch = project.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    script = ["cd " + shlex.quote(str(project))]
    for number, line in enumerate(lines):
        if str(project) not in line:
            line = re.sub(r"(?<![\w/])/tmp/", f"{scratch}/", line)
        wanted = [tool for tool in TOOLS if re.search(rf"\b{tool}\b", line)]
        if PLANNED.match(line):
            first, *rest = line.split(" && ")
            planned = (
                first.replace("make ", "make -n ")
                if first.startswith("make")
                else f"test -f {'pyproject.toml' if first.startswith('pip') else first.split()[1]}"
            )
            line = " && ".join([f"(cd {shlex.quote(str(ROOT))} && {planned} > /dev/null)", *rest])
        if all(map(shutil.which, wanted)):
            script.append(line)
            script.append(f'echo "@@ {number} $?"')
    home = project.parent
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("VECASSIST_", "OPENAI_", "CCACHE"))
    }
    environment |= {"HOME": str(home), "PATH": f"{home}/bin:{os.environ['PATH']}"}
    environment |= {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "CACHE", "DATA")}
    done = subprocess.run(
        ["bash"],
        input="\n".join(script),
        env=environment,
        cwd=project,
        capture_output=True,
        text=True,
        timeout=500,
    )
    start = 0
    for mark in re.finditer(r"^@@ (\d+) (\d+)\n", done.stdout, re.MULTILINE):
        yield Ran(
            lines[int(mark.group(1))], int(mark.group(2)), done.stdout[start : mark.start()] + done.stderr
        )
        start = mark.end()


@pytest.mark.parametrize("page", PAGES)
def test_every_command_line_runs(page: str, project: Path) -> None:
    blocks = lines_of(page)
    if page == "README.md":
        # What the tutorial runs in the same folder need not run twice.
        told = {line for block in lines_of("docs/tutorial.md") for line in block}
        assert {line for line in blocks[0] if line.startswith("vecassist ")} <= told
        blocks = blocks[1:]
    ran = list(run(project, blocks, anew=page == "README.md"))
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    expected = [line for block in blocks for line in block if not any(tool in line for tool in missing)]
    assert [one.line for one in ran if not one.line.startswith("cd " + str(project))] == expected
    for one in ran:
        code, words = next(
            ((code, words) for form, code, words in EXPECTED if re.match(form, one.line)), (0, "")
        )
        assert one.code == code, f"{one.line}\n{one.said}"
        assert words in one.said, f"{one.line}\n{one.said}"


def commands() -> Iterator[tuple[str, str]]:
    """(page, text) of each `vecassist ...` that a page names in a line of text."""
    for page in (*PAGES, "ARCHITECTURE.md", "SOUNDNESS.md"):
        text = re.sub(r"^```.*?^```", "", (ROOT / page).read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        for found in re.findall(r"`(vecassist [^`]*)`", text):
            yield page, " ".join(found.split())


def test_command_lines_stand_in_blocks_that_run() -> None:
    for page in PAGES:
        assert re.findall(r"^    vecassist .*", (ROOT / page).read_text("utf-8"), re.MULTILINE) == [], page


def test_every_option_that_is_named_exists() -> None:
    seen = 0
    for page, text in commands():
        words = re.split(r" \[?-- ", text)[0].split()
        verb = words[1].strip("[]")
        if verb.startswith("-"):
            continue
        assert verb in VERBS, (page, text)
        command: click.Command = importlib.import_module(f"vecassist.cli.{verb}").command
        if isinstance(command, click.Group):
            command = command.commands[words.pop(2)]
        known = {
            name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)
        }
        for word in words[2:]:
            option = word.strip("[]").split("=")[0]
            if option.startswith("-") and option != "-" and verb != "cc":
                assert option in known, (page, text, option)
                seen += 1
    assert seen > 10


def test_every_command_has_help_and_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for verb in VERBS:
        command: click.Command = importlib.import_module(f"vecassist.cli.{verb}").command
        assert command.help, verb
        parts = [command, *(command.commands.values() if isinstance(command, click.Group) else ())]
        for parameter in [parameter for part in parts for parameter in part.params]:
            if isinstance(parameter, click.Option):
                assert parameter.help, (verb, parameter.name)
        assert f"`vecassist {verb}" in readme, verb


def test_what_pages_give_to_others_is_what_they_take(tmp_path: Path) -> None:
    inputs = set(yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))["inputs"])
    hooks = {one["id"] for one in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}
    steps: list[dict[str, object]] = []
    for text in blocks_of("docs/ci.md", "yaml"):
        body = yaml.safe_load(text)
        steps += [one for job in body.get("jobs", {}).values() for one in job["steps"]]
        for repository in body.get("repos", ()):
            assert {one["id"] for one in repository["hooks"]} <= hooks
    given = [one["with"] for one in steps if str(one.get("uses", "")).startswith("OWNER/vecassist@")]
    assert len(given) == 2
    assert all(set(one) <= inputs for one in given)  # type: ignore[call-overload]
    (settings,) = blocks_of("docs/ci.md", "toml")
    (tmp_path / "vecassist.toml").write_text(settings)
    assert load(tmp_path, {"HOME": str(tmp_path)}).bot.limit == 1


def test_links_of_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text("utf-8")):
            assert ((ROOT / page).parent / target).exists(), (page, target)

"""`vecassist optimize` and `vecassist audit`, the whole line with real compilers."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from command_line import FLAGS, Run, assert_user_error, run_in
from llm_server import LlmServer, said

SOURCE = """\
/* caf\xe9 */
#define N 4096
float a[N], b[N], c[N], d[N];

void ring(float *restrict out, const float *restrict in, int n)
{
\tint prev = n - 1;

\tfor (int i = 0; i < n; i++) {
\t\tout[i] = 0.5f * (in[i] + in[prev]);
\t\tprev = i;
\t}
}

void next_two(void)
{
\tfor (int i = 0; i < N - 1; i++) {
\t\ta[i] = b[i] * 2.0f;
\t\tc[i] = a[i] + a[i + 1];
\t}
\tfor (int i = 0; i < N - 1; i++) {
\t\tb[i] = d[i] * 3.0f;
\t\td[i] = b[i] - b[i + 1];
\t}
}

void plain(void)
{
\tfor (int i = 0; i < N; i++) {
\t\ta[i] = b[i] + c[i];
\t}
}

float sum(const float *x, int n)
{
\tfloat s = 0;
\tfor (int i = 0; i < n; i++) {
\t\ts += x[i];
\t}
\treturn s;
}
"""
WRONG = "Backwards:\n\n```c\nfor (int i = n - 1; i >= 0; i--) {\n    s += x[i];\n}\n```\n"


@pytest.fixture(scope="module")
def done(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, dict[str, Any], subprocess.CompletedProcess[str]]:
    """One run over SOURCE: JSON on stdout, a patch, entries in the store, the source untouched."""
    folder = tmp_path_factory.mktemp("line")
    (folder / ".git").mkdir()
    (folder / "k.c").write_bytes(SOURCE.encode("latin-1"))
    (folder / "replies").mkdir()
    (folder / "replies" / "k.sum.1.md").write_text(WRONG)
    ran = run_in(
        folder, "optimize", "k.c", "--recorded", "replies", "--patch", "k.patch", "--output-format", "json", "-j", "2",
        "--", *FLAGS,
    )  # fmt: skip
    assert ran.returncode == 1, ran.stderr
    return folder, json.loads(ran.stdout), ran


def rows(body: dict[str, Any]) -> dict[tuple[str, int], dict[str, Any]]:
    return {(row["function"], row["line"]): row for row in body["loops"]}


def test_accepted_rows(done: tuple[Path, dict[str, Any], object]) -> None:
    found = rows(done[1])
    for place in (("ring", 9), ("next_two", 17), ("next_two", 21)):
        row = found[place]
        assert row["status"] == "accepted", row
        assert (row["verdict"], row["scope"], row["reason_code"]) == ("proved", "unbounded", "accepted")
        assert row["proposer"] == "rules"
        gcc = next(made for name, made in row["compilers"].items() if name.startswith("gcc"))
        assert (gcc["before"], gcc["after"]) == (False, True)
        assert gcc["speedup"]["low"] > 1


def test_the_other_rows(done: tuple[Path, dict[str, Any], object]) -> None:
    found = rows(done[1])
    assert found["plain", 29]["status"] == "already vectorized"
    wrong = found["sum", 37]
    assert (wrong["status"], wrong["verdict"], wrong["reason_code"]) == ("refused", "refuted", "refuted")
    assert wrong["counterexample"]["replayed"] is True
    assert done[1]["totals"]["loops"] == 5
    assert done[1]["totals"]["accepted"] == 3


def test_human_text_goes_to_stderr(
    done: tuple[Path, dict[str, Any], subprocess.CompletedProcess[str]],
) -> None:
    assert "accepted (rules" in done[2].stderr
    assert "refuted" in done[2].stderr


def test_the_source_is_untouched_and_the_patch_applies(
    done: tuple[Path, dict[str, Any], object], tmp_path: Path
) -> None:
    folder = done[0]
    original = SOURCE.encode("latin-1")
    assert (folder / "k.c").read_bytes() == original
    copy = tmp_path / "k.c"
    copy.write_bytes(original)
    subprocess.run(["git", "apply", str(folder / "k.patch")], cwd=tmp_path, check=True)
    changed = copy.read_bytes()
    assert changed.startswith(original[: original.index(b"\tfor")])
    assert changed.endswith(original[original.index(b"void plain") :])
    subprocess.run(["gcc", "-fsyntax-only", "-Wall", "-Werror", "k.c"], cwd=tmp_path, check=True)


def test_audit(done: tuple[Path, dict[str, Any], object], tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(done[0], folder)
    ran = run_in(folder, "audit", "--output-format", "json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert {row["status"] for row in json.loads(ran.stdout)["entries"]} == {"valid"}

    subprocess.run(["git", "apply", "k.patch"], cwd=folder, check=True)
    ran = run_in(folder, "audit", "--reprove", "--output-format", "json")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert [(row["status"], row["reproved"]) for row in json.loads(ran.stdout)["entries"]] == [
        ("applied", True)
    ] * 3

    text = (folder / "k.c").read_bytes().replace(b"0.5f", b"0.25f")
    (folder / "k.c").write_bytes(text)
    ran = run_in(folder, "audit")
    assert ran.returncode == 1
    assert ran.stdout.count("stale") == 2


def test_a_forged_entry_does_not_survive_a_new_proof(
    done: tuple[Path, dict[str, Any], object], tmp_path: Path
) -> None:
    from dataclasses import replace

    from vecassist.store.entry import from_json, to_json

    folder = tmp_path / "copy"
    shutil.copytree(done[0], folder)
    place = next((folder / ".vecassist").glob("*ring*.json"))
    entry = from_json(place.read_text(), "x")
    place.write_text(to_json(replace(entry, after=entry.after.replace("0.5f", "0.25f"))))
    ran = run_in(folder, "audit")
    assert ran.returncode == 1
    assert "ring: failed: the certificate is about another rewrite" in ran.stdout
    ran = run_in(folder, "audit", "--reprove")
    assert ran.returncode == 1
    assert "ring: failed" in ran.stdout

    command = replace(entry.proofs[0].command, args=(*entry.proofs[0].command.args, "-fno-strict-aliasing"))
    place.write_text(to_json(replace(entry, proofs=(replace(entry.proofs[0], command=command),))))
    ran = run_in(folder, "audit")
    assert ran.returncode == 1
    assert "ring: failed: the certificate is about another flags" in ran.stdout

    shown = json.loads(place.read_text())
    shown["proofs"][0]["certificate"]["inputs"] = "{ : }"
    place.write_text(json.dumps(shown))
    assert "ring: failed: the certificate was changed" in run_in(folder, "audit").stdout


def test_fix_and_a_second_run(tmp_path: Path, vecassist: Run) -> None:
    (tmp_path / "k.c").write_text(SOURCE[SOURCE.index("#define") : SOURCE.index("void next_two")])
    first = vecassist("optimize", "k.c", "--fix", "--proposer", "rules", "--", *FLAGS)
    assert first.returncode == 1, first.stderr
    assert "diff --git" not in first.stdout
    changed = (tmp_path / "k.c").read_text()
    assert "in[i - 1]" in changed
    again = vecassist("optimize", "k.c", "--fix", "--proposer", "rules", "--", *FLAGS)
    assert again.returncode == 0, again.stdout + again.stderr
    assert (tmp_path / "k.c").read_text() == changed


COMMANDS = """\
float a[4096], b[4096], c[4096];
#ifdef SHIFT
#define NEXT(i) (i)
#else
#define NEXT(i) ((i) + 1)
#endif

void f(void)
{
    for (int i = 1; i < 4095; i++) {
        a[i] = b[i] * 2.0f;
        c[i] = a[i] + a[NEXT(i)];
    }
}
"""


def test_a_rewrite_must_hold_under_every_command(tmp_path: Path, vecassist: Run) -> None:
    (tmp_path / "k.c").write_text(COMMANDS)
    body = "float x = a[NEXT(i)];\n    a[i] = b[i] * 2.0f;\n    c[i] = a[i] + x;"
    rewrite = f"for (int i = 1; i < 4095; i++) {{\n    {body}\n}}"
    (tmp_path / "replies").mkdir()
    (tmp_path / "replies" / "k.f.1.md").write_text(f"```c\n{rewrite}\n```\n")
    for flags in ([], ["-DSHIFT"]):
        other = {"directory": str(tmp_path), "file": "k.c", "arguments": ["gcc", *FLAGS, *flags, "-c", "k.c"]}
        both = [{**other, "arguments": ["gcc", *FLAGS, "-c", "k.c"]}, other]
        (tmp_path / "compile_commands.json").write_text(json.dumps(both))
        ran = vecassist(
            "optimize",
            "k.c",
            "--proposer",
            "llm",
            "--recorded",
            "replies",
            "--output-format",
            "json",
            "--no-store",
        )
        row = json.loads(ran.stdout)["loops"][0]
        if flags:
            assert row["status"] == "refused"
            assert row["verdict"] == "refuted"
            assert "-DSHIFT" in row["reason"]
        else:
            assert row["status"] == "accepted", row


def test_a_store_that_cannot_be_written_stops_before_anything_happens(tmp_path: Path, vecassist: Run) -> None:
    (tmp_path / "k.c").write_text(SOURCE)
    (tmp_path / ".vecassist").write_text("")
    assert_user_error(vecassist("optimize", "k.c", "--fix"), ".vecassist", "store cannot be written")
    assert (tmp_path / "k.c").read_text() == SOURCE


def test_a_patch_that_cannot_be_written(tmp_path: Path, vecassist: Run) -> None:
    (tmp_path / "k.c").write_text(SOURCE)
    assert_user_error(vecassist("optimize", "k.c", "--patch", "nowhere/k.patch"), "nowhere/k.patch")


def test_only_a_model_is_wanted_and_none_is_enabled(tmp_path: Path, vecassist: Run) -> None:
    (tmp_path / "k.c").write_text(SOURCE)
    done = vecassist("optimize", "k.c", "--proposer", "llm", OPENAI_API_KEY="x")
    assert_user_error(done, "no model is enabled")
    assert_user_error(vecassist("optimize", "k.c", "--recorded", "nope"), "nope", "no such recording")


def test_audit_without_a_store(tmp_path: Path, vecassist: Run) -> None:
    assert_user_error(vecassist("audit"), "no accepted rewrites")


FIRST_WRONG = "```c\nfor (int i = 0; i < n - 1; i++) {\n    out[i] = 0.5f * (in[i] + in[i + 1]);\n}\n```"
THEN_RIGHT = """```c
if (n > 0) {
    out[0] = 0.5f * (in[0] + in[prev]);
    for (int i = 1; i < n; i++) {
        out[i] = 0.5f * (in[i] + in[i - 1]);
    }
}
```"""


def test_a_model_is_asked_again_with_the_counterexample(
    tmp_path: Path, vecassist: Run, llm_server: LlmServer
) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "k.c").write_text(SOURCE[SOURCE.index("void ring") : SOURCE.index("void next_two")])
    (tmp_path / "config" / "vecassist").mkdir(parents=True)
    (tmp_path / "config" / "vecassist" / "config.toml").write_text(
        f'[model]\nname = "local"\nbase_url = "{llm_server.url}"\nsend_key = false\n'
        f'[[model.repositories]]\npath = "{tmp_path}"\n'
    )
    llm_server.answers.extend([said(FIRST_WRONG, 100, 10), said(THEN_RIGHT, 200, 20)])
    ran = vecassist("optimize", "k.c", "--proposer", "llm", "--output-format", "json", "--", *FLAGS)
    told = json.loads(ran.stdout)
    (row,) = told["loops"]
    assert row["status"] == "accepted", row
    assert (row["proposer"], row["tokens"]) == ("llm", 330)
    assert told["totals"]["tokens_per_accepted"] == 330
    assert "model: 330 tokens, $0.0000 (330 tokens, $0.0000 per accepted rewrite)" in ran.stderr
    assert [attempt["reason_code"] for attempt in row["attempts"]] == ["refuted", "accepted"]
    second = json.dumps(llm_server.received[1].body)
    assert "n = " in second
    assert ran.returncode == 1


def test_a_command_under_which_the_loop_is_no_site_blocks_it(tmp_path: Path, vecassist: Run) -> None:
    loop = "for (int i = 0; i < 99; i++) {\n        a[i] = b[i];\n        c[i] = a[i] + a[i + 1];\n    }"
    (tmp_path / "k.c").write_text(f"float a[100], b[100], c[100];\n\nvoid f(void)\n{{\n    {loop}\n}}\n")
    (tmp_path / "all.c").write_text('#include "k.c"\n')
    commands = [
        {"directory": str(tmp_path), "file": name, "arguments": ["gcc", *FLAGS, "-c", name]}
        for name in ("k.c", "all.c")
    ]
    (tmp_path / "compile_commands.json").write_text(json.dumps(commands))
    ran = vecassist("optimize", "-p", ".", "--proposer", "rules", "--no-store", "--output-format", "json")
    row = next(row for row in json.loads(ran.stdout)["loops"] if row["file"] == "k.c")
    assert (row["status"], row["reason_code"]) == ("refused", "not-proved-everywhere")
    assert "all.c" in row["reason"]

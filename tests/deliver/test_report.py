"""The report of a run: what it holds, and that hostile text in it stays text."""

from __future__ import annotations

import html
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest
from command_line import FLAGS, assert_user_error, run_in
from hypothesis import given
from hypothesis import strategies as st

from vecassist.errors import UserError
from vecassist.report import data, render, rows
from vecassist.report.plot import plot

REPLIES = Path(__file__).resolve().parents[2] / "examples" / "replies"
SOURCE = """\
float delay[4096], dry[4096], wet[4096], gain[4096];

void comb_step(float level)
{
    for (int i = 0; i < 4095; i++) {
        delay[i] = dry[i] * level + gain[i];
        wet[i] = delay[i] - 0.7f * delay[i + 1];
    }
}

void low_pass(float *x, float a, int n)
{
    for (int i = 1; i < n; i++) {
        x[i] = x[i] + a * x[i - 1];
    }
}
"""
EVIL = (
    "</script><img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    "&amp;'\"`${1}\0\x1b\u202e"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with one loop accepted and one wrong answer of a model, as report and as SARIF."""
    folder = tmp_path_factory.mktemp("report")
    (folder / ".git").mkdir()
    (folder / "filters.c").write_text(SOURCE)
    (folder / "replies").mkdir()
    # Line 6 and the two after it; line 14.
    counts = [(6, 10), (7, 10), (8, 10), (14, 70)]
    lines = [{"line_number": number, "count": count} for number, count in counts]
    profile = {"current_working_directory": str(folder), "files": [{"file": "filters.c", "lines": lines}]}
    (folder / "gcov.json").write_text(json.dumps(profile))
    shutil.copy(REPLIES / "filters.low_pass.1.md", folder / "replies")
    ran = run_in(
        folder, "optimize", "filters.c", "--recorded", "replies", "--no-store", "--report", "out", "-q",
        "--profile", "gcov.json", "--output-format", "sarif", "--", *FLAGS,
    )  # fmt: skip
    assert ran.returncode == 1, ran.stderr
    (folder / "run.sarif").write_text(ran.stdout)
    return folder


def test_a_run_is_told_whole(made: Path, sarif_schema: jsonschema.Draft4Validator) -> None:
    report = data.from_json((made / "out" / "run.json").read_text(), "run.json")
    accepted, refused = report.loops
    assert (accepted.function, accepted.status, refused.function, refused.status) == (
        "comb_step", "accepted", "low_pass", "refused",
    )  # fmt: skip
    assert accepted.heat is not None
    assert refused.heat == pytest.approx(0.7, abs=0.2)
    index = (made / "out" / "index.html").read_text()
    assert "Hottest first, by the profile." in index
    assert index.index("low_pass") < index.index("comb_step")
    own = accepted.compilers[0]
    assert not own.before.vectorized
    assert own.after is not None
    assert own.after.vectorized
    assert any(code.vector and code.line for code in own.after.code)
    assert not any(code.vector for code in own.before.code)
    assert {code.line for code in own.before.code} <= {0, 5, 6, 7, 8}
    assert own.gain is not None
    assert any(point == own.gain for point in own.points)
    assert accepted.proofs[0].strategy
    assert json.loads(accepted.proofs[0].certificate)["obligations"]
    (answer,) = [one for one in refused.attempts if one.proposer == "llm"]
    assert any(row.before != row.after for row in answer.counterexample)
    (turn,) = refused.turns
    assert "low_pass" in turn.messages[-1][1]
    assert "for" in turn.reply
    assert refused.after

    found = json.loads((made / "run.sarif").read_text())
    sarif_schema.validate(found)
    (result,) = found["runs"][0]["results"]
    assert result["ruleId"] == "VA003"
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 5


def test_pages_are_made_once_more(made: Path) -> None:
    ran = run_in(made, "report", "out", "-o", "again")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "again/index.html\n"
    first, second = (sorted((made / name).iterdir()) for name in ("out", "again"))
    assert [one.name for one in first] == [one.name for one in second]
    assert [one.read_bytes() for one in first] == [one.read_bytes() for one in second]
    (made / "again" / "loop-9-old.html").write_text("old")
    assert run_in(made, "report", "out/run.json", "-o", "again").returncode == 0
    assert not (made / "again" / "loop-9-old.html").exists()

    (made / "full").mkdir()
    (made / "full" / "thesis.txt").write_text("mine")
    assert_user_error(run_in(made, "report", "out", "-o", "full"), "full", "holds other files")
    assert_user_error(run_in(made, "report", "nowhere", "-o", "x"), "nowhere", "cannot be read")
    (made / "bad.json").write_text('{"format": 1, "title": 3}')
    assert_user_error(run_in(made, "report", "bad.json", "-o", "x"), "bad.json", "damaged")
    assert not (made / "x").exists()


def hostile() -> data.Report:
    code = (data.Code(EVIL, 2, False, True), data.Code(EVIL, 0, True, False))
    seen = data.Seen(False, EVIL, code, 3)
    points = (data.Point(0, 1.0, 0.9, 1.1), data.Point(64, 2.0, 1.9, 2.1))
    compiler = data.Compiler(EVIL, seen, seen, points[1], points)
    attempt = data.Attempt(
        "llm", EVIL, EVIL, "prove", EVIL, EVIL, EVIL, EVIL, (data.Row(EVIL, EVIL, EVIL, EVIL + "x"),)
    )
    lines = tuple(data.Line(number, EVIL, number == 2) for number in (1, 2, 3))
    loop = data.Loop(
        file=EVIL, function=EVIL, line=2, status="accepted", reason=EVIL, code=EVIL, heat=0.5, seconds=1.0,
        tokens=9, cost_usd=0.1, before=lines, after=lines[:2], shown=0, compilers=(compiler,),
        proofs=(data.Proof(EVIL, EVIL, (EVIL,), EVIL, ((EVIL, EVIL),)),), attempts=(attempt,),
        turns=(data.Turn(EVIL, ((EVIL, EVIL),), EVIL, 1, 2, 0.1),),
    )  # fmt: skip
    return data.Report(EVIL, EVIL, (EVIL,), (loop,))


class Tags(HTMLParser):
    """The elements and attributes of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def test_hostile_text_stays_text() -> None:
    report = hostile()
    assert data.from_json(data.to_json(report), "x") == report
    pages = {name: page.decode() for name, page in render.pages(report).items() if name.endswith(".html")}
    assert len(pages) == 2
    assert all(re.fullmatch(r"[\w.-]+", name) for name in pages)
    for page in pages.values():
        tags = Tags(page)
        assert [attributes.get("src") for tag, attributes in tags.found if tag == "script"] == ["report.js"]
        assert not any(tag == "img" for tag, _ in tags.found)
        assert not any(name.startswith("on") for _, attributes in tags.found for name in attributes)
        addresses = [
            value
            for _, attributes in tags.found
            for name, value in attributes.items()
            if name in ("href", "src")
        ]
        assert all(re.fullmatch(r"#main|[\w.-]+", str(value)) for value in addresses)
        assert "</script><img" in tags.text


@given(st.lists(st.text()), st.lists(st.text()))
def test_no_line_is_lost_for_colours(before: list[str], after: list[str]) -> None:
    texts = [[text.replace("\n", " ") for text in side] for side in (before, after)]
    lines = [[data.Line(n, text, True) for n, text in enumerate(side, 1)] for side in texts]
    cells = rows.sides(tuple(lines[0]), tuple(lines[1]), (frozenset[int](), frozenset[int]()))
    assert len(cells[0]) == len(cells[1])
    for side, shown in zip(texts, cells, strict=True):
        kept = [cell for cell in shown if cell.number]
        assert [cell.number for cell in kept] == list(range(1, len(side) + 1))
        for text, cell in zip(side, kept, strict=True):
            assert html.unescape(re.sub("<[^>]*>", "", str(cell.html))) == html.unescape(html.escape(text))


@given(
    st.lists(
        st.tuples(st.integers(0, 2**40), st.floats(1e-3, 1e3), st.floats(1, 2), st.floats(1, 2)), min_size=1
    )
)
def test_a_plot_stays_in_its_frame(measured: list[tuple[int, float, float, float]]) -> None:
    points = tuple(data.Point(size, ratio, ratio / low, ratio * high) for size, ratio, low, high in measured)
    seen = data.Seen(True, "", ())
    drawn = plot([data.Compiler("gcc", seen, seen, points[0], points)])
    assert drawn is not None
    for dot in drawn.curves[0].dots:
        assert drawn.left - 1 <= dot.x <= drawn.right + 1
        assert drawn.top - 1 <= dot.high <= dot.y <= dot.low <= drawn.bottom + 1
    assert drawn.top <= drawn.even <= drawn.bottom
    labels = [tick.at for tick in drawn.columns]
    assert labels == sorted(labels)


def test_damaged_runs_are_told() -> None:
    good = json.loads(data.to_json(hostile()))
    for change in ({"loops": {}}, {"loops": [1]}, {"title": None}, {"tools": "gcc"}, {"format": 2}):
        with pytest.raises(UserError):
            data.from_json(json.dumps(good | change), "x")

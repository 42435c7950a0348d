from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from llm_server import LlmServer
from pairs_corpus import Score, table


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write golden files instead of comparing")


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What earlier runs found out must not answer for a test."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def llm_server() -> Iterator[LlmServer]:
    with LlmServer() as server:
        yield server


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with golden/NAME beside the test."""

    def compare(name: str, text: str) -> None:
        path = Path(request.fspath).parent / "golden" / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8", newline="\n")
        assert text == path.read_text("utf-8"), f"{path} differs; see pytest --update-golden"

    return compare


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The score table of the rewrite pairs, where they were judged."""
    reports = [report for group in ("passed", "failed") for report in terminalreporter.stats.get(group, [])]
    found = {
        score["pair"]: Score(**score)
        for report in reports
        for name, scores in getattr(report, "user_properties", [])
        if name == "pairs"
        for score in scores
    }
    if found:
        terminalreporter.section("rewrite pairs")
        terminalreporter.write_line(table(found[name] for name in sorted(found)))

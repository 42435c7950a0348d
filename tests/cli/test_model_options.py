"""Options about a model become settings."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from vecassist.cli import model_options
from vecassist.config import Config, load


def settings(folder: Path, *arguments: str) -> Config:
    found: list[Config] = []

    @click.command()
    @model_options.model
    @click.pass_context
    def command(ctx: click.Context) -> None:
        found.append(load(None, {"HOME": str(folder), "VECASSIST_MAX_COST": "9"}, model_options.asked(ctx)))

    result = CliRunner().invoke(command, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return found[0]


def test_what_is_not_given_changes_nothing(tmp_path: Path) -> None:
    assert settings(tmp_path).model.max_cost == 9
    assert not settings(tmp_path).offline


@pytest.mark.parametrize(
    ("arguments", "key", "value"),
    [
        (("--offline",), "offline", True),
        (("--model", "m"), "model.name", "m"),
        (("--rounds", "2"), "model.rounds", 2),
        (("--max-cost", "0"), "model.max_cost", 0.0),
        (("--max-tokens", "0"), "model.max_tokens", 0),
        (("--max-requests", "5"), "model.max_requests", 5),
        (("--max-seconds", "1.5"), "model.max_seconds", 1.5),
        (("--show-prompts",), "model.show_prompts", True),
    ],
)
def test_what_is_given_is_stronger(
    tmp_path: Path, arguments: tuple[str, ...], key: str, value: object
) -> None:
    config = settings(tmp_path, *arguments)
    part, _, name = key.rpartition(".")
    assert getattr(config.model if part else config, name) == value
    assert config.origin(key) == f"option {arguments[0]}"

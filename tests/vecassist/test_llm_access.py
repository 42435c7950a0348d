"""Consent: a model is asked only where the user's own configuration says so, and only about what may be sent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from vecassist.config import Config, load
from vecassist.config_keys import Secret
from vecassist.errors import UserError
from vecassist.propose.llm import (
    BudgetLimits,
    Denied,
    Price,
    Server,
    access,
    asking,
    limits,
    patience,
    withheld,
)
from vecassist.propose.llm.access import covers


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    return folder


def config(tmp_path: Path, text: str, **environ: str) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return load(None, {"VECASSIST_CONFIG": str(path), **environ})


def enabled(repository: Path) -> str:
    return f"[[model.repositories]]\npath = '{repository}'\n[model]\nname = 'm'\n".replace(
        "[model]\nname = 'm'\n", ""
    )


def test_a_key_is_no_consent(tmp_path: Path, repository: Path) -> None:
    denied = access(config(tmp_path, "[model]\nname = 'm'\n", OPENAI_API_KEY="sk"), repository)
    assert isinstance(denied, Denied)
    assert denied.code == "not-enabled"
    assert f'path = "{repository}"' in denied.reason
    assert str(tmp_path / "config.toml") in denied.reason


def test_a_named_repository_is_enabled(tmp_path: Path, repository: Path) -> None:
    text = f"[model]\nname = 'm'\nprompt_price = 1\ncompletion_price = 2\n{enabled(repository)}"
    found = access(config(tmp_path, text, OPENAI_API_KEY="sk"), repository)
    assert found == Server("https://api.openai.com/v1", "m", Secret("sk"), Price(1, 2))
    inner = repository / "inner"
    inner.mkdir()
    assert isinstance(access(config(tmp_path, text), inner), Server)
    assert isinstance(access(config(tmp_path, text), tmp_path), Denied)
    twin = tmp_path / "repo2"
    twin.mkdir()
    assert isinstance(access(config(tmp_path, text), twin), Denied)


def test_links_are_followed(tmp_path: Path, repository: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(repository)
    text = f"[model]\nname = 'm'\n{enabled(link)}"
    assert isinstance(access(config(tmp_path, text), repository), Server)
    assert isinstance(access(config(tmp_path, text), link), Server)


def test_offline_is_stronger(tmp_path: Path, repository: Path) -> None:
    text = f"[model]\nname = 'm'\n{enabled(repository)}"
    denied = access(config(tmp_path, text, VECASSIST_OFFLINE="1"), repository)
    assert denied == Denied("offline", "no model is asked: VECASSIST_OFFLINE in the environment")


def test_an_enabled_repository_needs_a_model(tmp_path: Path, repository: Path) -> None:
    with pytest.raises(UserError, match=r"model\.name"):
        access(config(tmp_path, enabled(repository)), repository)


@pytest.mark.parametrize(
    ("text", "environ", "key"),
    [
        ("key = 'stored'", {}, "stored"),
        ("key = 'stored'\nbase_url = 'https://mine/v1'", {}, "stored"),
        ("key = 'stored'\nbase_url = 'https://mine/v1'", {"OPENAI_BASE_URL": "https://other/v1"}, ""),
        ("key = 'stored'", {"OPENAI_API_BASE": "https://other/v1", "OPENAI_API_KEY": "new"}, "new"),
        ("base_url = 'https://mine/v1'", {"OPENAI_API_KEY": "new"}, "new"),
        ("key = 'stored'\nsend_key = false", {"OPENAI_API_KEY": "new"}, ""),
    ],
)
def test_a_stored_key_stays_with_its_server(
    tmp_path: Path, repository: Path, text: str, environ: dict[str, str], key: str
) -> None:
    found = access(
        config(tmp_path, f"[model]\nname = 'm'\n{text}\n{enabled(repository)}", **environ), repository
    )
    assert isinstance(found, Server)
    assert found.key == Secret(key)


def test_one_price_alone_is_none(tmp_path: Path, repository: Path) -> None:
    found = access(
        config(tmp_path, f"[model]\nname = 'm'\nprompt_price = 1\n{enabled(repository)}"), repository
    )
    assert isinstance(found, Server)
    assert found.price is None


def test_settings_for_a_run(tmp_path: Path) -> None:
    text = (
        "[model]\nmax_cost = 2\nmax_requests = 5\nrounds = 2\ntimeout = 9\nretries = 1\nanswer_tokens = 77\n"
    )
    found = config(tmp_path, text)
    assert limits(found) == BudgetLimits(5, 1_000_000, 2.0, None)
    assert (asking(found).rounds, asking(found).answer_tokens) == (2, 77)
    assert (patience(found).timeout, patience(found).retries) == (9, 1)


@pytest.mark.parametrize(
    ("pattern", "path", "covered"),
    [
        ("crypto", "src/crypto/aes.c", True),
        ("crypto", "crypto.c", False),
        ("*.key.c", "a/b.key.c", True),
        ("secret_?.c", "secret_1.c", True),
        ("secret_?.c", "secret_12.c", False),
        ("src/*.c", "src/a.c", True),
        ("src/*.c", "src/deep/a.c", False),
        ("src/*.c", "lib/src/a.c", False),
        ("src/**", "src/deep/a.c", True),
        ("src/**/a.c", "src/a.c", True),
        ("src/**/a.c", "src/x/y/a.c", True),
        ("**/a.c", "a.c", True),
        ("/a.c", "a.c", True),
        ("/a.c", "b/a.c", False),
        ("./src/", "src/a.c", True),
        ("src/deep", "src/deep/er/a.c", True),
        ("[ab].c", "b.c", True),
        ("[!ab].c", "b.c", False),
        ("a+b.c", "a+b.c", True),
        ("A.c", "a.c", False),
        ("*", "any/thing.c", True),
    ],
)
def test_globs(pattern: str, path: str, covered: bool) -> None:
    assert covers(pattern, path) is covered


def test_what_is_withheld(tmp_path: Path, repository: Path) -> None:
    (repository / "crypto").mkdir()
    base = config(tmp_path, "")
    found = replace(base, model=replace(base.model, never_send=("crypto/**",)))
    assert withheld(found, repository, repository / "a.c") is None
    assert "matches model.never_send 'crypto/**'" in (
        withheld(found, repository, repository / "crypto/a.c") or ""
    )
    assert "outside" in (withheld(found, repository, tmp_path / "a.c") or "")
    (repository / "link.c").symlink_to(repository / "crypto" / "a.c")
    assert withheld(found, repository, repository / "link.c")
    assert "outside" in (withheld(found, repository, repository / ".." / "a.c") or "")

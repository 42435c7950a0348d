"""Whether a model may be asked here, which one, and about which files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vecassist.config import Config
from vecassist.config_keys import Secret
from vecassist.propose.llm.budget import BudgetLimits, Patience
from vecassist.propose.llm.client import Server, check_server
from vecassist.propose.llm.prompt import Asking
from vecassist.propose.llm.protocol import Price


@dataclass(frozen=True, slots=True)
class Denied:
    """No model is asked: a stable code ("offline", "not-enabled") and one line with what to do about it."""

    code: str
    reason: str


def access(config: Config, repository: Path) -> Server | Denied:
    """The server to ask about code of a repository. A key or a base URL alone is no consent: the repository has to be
    named in the user's own configuration. Raises UserError where it is, but the server is not well configured."""
    if config.offline:
        return Denied("offline", f"no model is asked: {config.origin('offline')}")
    root = repository.resolve()
    if not any(root.is_relative_to(folder.resolve()) for folder in config.model.repositories):
        return Denied(
            "not-enabled",
            f'no model is enabled for {root}; to enable one, add [[model.repositories]] path = "{root}" '
            f"to {config.user_file}",
        )
    model = config.model
    server = Server(model.base_url, model.name, _key(config), _price(config))
    check_server(server)
    return server


def withheld(config: Config, repository: Path, file: Path) -> str | None:
    """Why a file's text is never sent, None where it may be. Files outside the repository are not covered by the
    consent for it."""
    root, path = repository.resolve(), file.resolve()
    if not path.is_relative_to(root):
        return f"{file} is outside the repository"
    relative = path.relative_to(root).as_posix()
    pattern = next((pattern for pattern in config.model.never_send if covers(pattern, relative)), None)
    return f"{relative} matches model.never_send {pattern!r}" if pattern is not None else None


def covers(pattern: str, relative: str) -> bool:
    """Whether a glob covers a path relative to the repository, or a folder on its way. Without a slash it may match
    any one part of the path; with one it is anchored at the root; `**` spans folders."""
    wanted = pattern.removeprefix("./").rstrip("/")
    parts = relative.split("/")
    anchored = "/" in wanted
    expression = _expression(wanted.lstrip("/"))
    if not anchored:
        return any(expression.fullmatch(part) for part in parts)
    return any(expression.fullmatch("/".join(parts[:count])) for count in range(1, len(parts) + 1))


def limits(config: Config) -> BudgetLimits:
    """The limits of a run's budget."""
    model = config.model
    return BudgetLimits(model.max_requests, model.max_tokens, model.max_cost, model.max_seconds)


def asking(config: Config) -> Asking:
    """How a model is asked."""
    model = config.model
    return Asking(model.answer_tokens, model.temperature, model.rounds, "intrinsics" in config.allow)


def patience(config: Config) -> Patience:
    """How long an answer is waited for."""
    return Patience(config.model.timeout, config.model.retries)


def _price(config: Config) -> Price | None:
    prompt, completion = config.model.prompt_price, config.model.completion_price
    return Price(prompt, completion) if prompt is not None and completion is not None else None


def _key(config: Config) -> Secret:
    """A key from the user's file belongs to the server in that file, and does not follow OPENAI_BASE_URL to another."""
    model = config.model
    stored = not config.from_environment("model.key")
    moved = config.from_environment("model.base_url")
    if not model.send_key or (stored and moved):
        return Secret()
    return model.key


def _expression(pattern: str) -> re.Pattern[str]:
    pieces: Sequence[str] = re.findall(r"\*\*/|\*\*|\*|\?|\[[^\]/]+\]|.", pattern, re.DOTALL)
    return re.compile("".join(_piece(piece) for piece in pieces), re.DOTALL)


def _piece(piece: str) -> str:
    if piece == "**/":
        return "(?:.*/)?"
    if piece == "**":
        return ".*"
    if piece == "*":
        return "[^/]*"
    if piece == "?":
        return "[^/]"
    if piece.startswith("[") and len(piece) > 1:
        inner = piece[1:-1]
        sign = "^" if inner[0] in "!^" else ""
        return f"[{sign}{re.escape(inner[1:] if sign else inner).replace(chr(92) + '-', '-')}]"
    return re.escape(piece)

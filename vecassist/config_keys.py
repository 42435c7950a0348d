"""The closed list of settings: names, who may set them, and what values they take."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vecassist.errors import UserError

_FALSE = {"0", "false", "no", "off", "disable", "disabled"}


class Secret:
    """A text that does not show itself in logs, messages and tracebacks, and is written nowhere."""

    __slots__ = ("_text",)

    def __init__(self, text: str = "") -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one call that needs it."""
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "(set)" if self._text else "(not set)"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")


@dataclass(frozen=True, slots=True)
class Key:
    """One setting.

    read        gives the value, or raises ValueError with the rest of a sentence ("must be ...")
    variable    environment variable, "" for none; option: of the command line, "" for none
    repository  whether a repository's own file may set it
    adds        values of several places add up instead of replacing each other
    """

    name: str
    read: Callable[[object], Any]
    variable: str = ""
    option: str = ""
    repository: bool = False
    adds: bool = False

    @property
    def is_flag(self) -> bool:
        return self.read is _flag


def from_text(key: Key, text: str, variable: str) -> object:
    """The value of an environment variable, to be checked by `key.read`."""
    if key.is_flag:
        if text.lower() in _FALSE:
            name = variable.replace("VECASSIST_", "VECASSIST_NO", 1)
            raise UserError(
                f"{variable}: a variable that is set means yes; unset it (`unset {variable}`), or set {name}=1 "
                "for no"
            )
        return True
    if key.read in _NUMBERS:
        try:
            return float(text) if "." in text or "e" in text.lower() else int(text)
        except ValueError:
            return text
    return text


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be a text that is not empty")
    return value.strip()


def _secret(value: object) -> Secret:
    return Secret(_text(value))


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(item, str) and item for item in value):
        raise ValueError('must be a list of texts, as in ["one", "two"]')
    return tuple(value)


def _proposer(value: object) -> str:
    if value not in ("auto", "rules", "llm"):
        raise ValueError("must be auto, rules or llm")
    return str(value)


def _allowed(value: object) -> tuple[str, ...]:
    given = (value,) if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or any(one != "intrinsics" for one in given):
        raise ValueError('must be ["intrinsics"] or []')
    return tuple(given)


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise ValueError("must be a number that is not negative")
    return float(value)


def _ratio(value: object) -> float:
    if _number(value) < 1:
        raise ValueError("must be at least 1.0")
    return _number(value)


def _seconds(value: object) -> float:
    if _number(value) <= 0:
        raise ValueError("must be more than 0 seconds")
    return _number(value)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError("must be a whole number that is not negative")
    return value


def _positive(value: object) -> int:
    if _count(value) < 1:
        raise ValueError("must be at least 1")
    return _count(value)


def _repositories(value: object) -> tuple[Path, ...]:
    if not isinstance(value, list):
        raise ValueError('must be tables: [[model.repositories]] with path = "FOLDER"')
    found: list[Path] = []
    for item in value:
        if not isinstance(item, dict) or set(item) != {"path"} or not isinstance(item["path"], str):
            raise ValueError('must be tables with one key each: path = "FOLDER"')
        path = Path(item["path"]).expanduser()
        if not path.is_absolute():
            raise ValueError(
                f"must hold absolute paths, or such as start with ~; {item['path']!r} is relative"
            )
        found.append(path)
    return tuple(found)


_NUMBERS = {_number, _ratio, _seconds, _count, _positive}

KEYS = {
    key.name: key
    for key in (
        Key("proposer", _proposer, "VECASSIST_PROPOSER", "--proposer", repository=True),
        Key("exclude", _texts, repository=True, adds=True),
        Key("min_speedup", _ratio, "VECASSIST_MIN_SPEEDUP", "--min-speedup", repository=True),
        Key("allow", _allowed, "VECASSIST_ALLOW", "--allow"),
        Key("offline", _flag, "VECASSIST_OFFLINE", "--offline"),
        Key("compiler", _text, "VECASSIST_COMPILER", "--compiler"),
        Key("clang", _text, "VECASSIST_CLANG", "--clang"),
        Key("bot.limit", _count, repository=True),
        Key("bot.targets", _texts, repository=True),
        Key("bot.labels", _texts, repository=True),
        Key("model.name", _text, "VECASSIST_MODEL", "--model"),
        Key("model.base_url", _text),
        Key("model.key", _secret),
        Key("model.key_file", _text),
        Key("model.send_key", _flag),
        Key("model.rounds", _positive, "VECASSIST_ROUNDS", "--rounds"),
        Key("model.parallel", _positive, "VECASSIST_PARALLEL", "--parallel"),
        Key("model.answer_tokens", _positive),
        Key("model.temperature", _number),
        Key("model.timeout", _seconds),
        Key("model.retries", _count),
        Key("model.prompt_price", _number),
        Key("model.completion_price", _number),
        Key("model.max_requests", _count, "VECASSIST_MAX_REQUESTS", "--max-requests"),
        Key("model.max_tokens", _count, "VECASSIST_MAX_TOKENS", "--max-tokens"),
        Key("model.max_cost", _number, "VECASSIST_MAX_COST", "--max-cost"),
        Key("model.max_seconds", _seconds, "VECASSIST_MAX_SECONDS", "--max-seconds"),
        Key("model.never_send", _texts, repository=True, adds=True),
        Key("model.show_prompts", _flag, "VECASSIST_SHOW_PROMPTS", "--show-prompts"),
        Key("model.repositories", _repositories),
    )
}

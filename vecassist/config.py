"""Settings, and where each one comes from.

From weak to strong: defaults, the repository's `vecassist.toml`, the user's own file ($VECASSIST_CONFIG, else
$XDG_CONFIG_HOME/vecassist/config.toml), the environment, options of the command line. A repository is untrusted: its
file may set what bears on its own code and no more; never a server, a key, a command, a budget or a consent.
"""

from __future__ import annotations

import difflib
import os
import stat
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from vecassist import config_keys as keys
from vecassist.config_keys import KEYS, Key, Secret
from vecassist.config_lines import line_of
from vecassist.errors import UserError

REPOSITORY_FILE = "vecassist.toml"
DEFAULT_BASE_URL = "https://api.openai.com/v1"
_PREFIX = "VECASSIST_"
_ENVIRONMENT = " in the environment"
_OTHER_VARIABLES = {
    "ACTIVE",
    "CACHE_DIR",
    "CHECK_SECONDS",
    "CONFIG",
    "DEBUG",
    "DISABLE",
    "JOBS",
    "LAUNCH",
    "LOG",
    "NODISABLE",
    "NOSTRICT",
    "OUTPUT_FORMAT",
    "STATSLOG",
    "STRICT",
}
_OPENAI_VARIABLES = {
    "OPENAI_API_BASE": "model.base_url",
    "OPENAI_BASE_URL": "model.base_url",
    "OPENAI_API_KEY": "model.key",
}
_LARGEST_FILE = 1 << 20
_TABLES = ("bot", "model")


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """How a model is reached and what it may cost. Prices are US dollars for a million tokens, None if not known;
    limits are None where there are none; parallel: loops that are asked about at a time; repositories are the folders
    that the user has enabled a model for."""

    name: str = ""
    base_url: str = DEFAULT_BASE_URL
    key: Secret = field(default_factory=Secret)
    send_key: bool = True
    rounds: int = 3
    parallel: int = 4
    answer_tokens: int = 4096
    temperature: float | None = None
    timeout: float = 120.0
    retries: int = 3
    prompt_price: float | None = None
    completion_price: float | None = None
    max_requests: int | None = 200
    max_tokens: int | None = 1_000_000
    max_cost: float | None = None
    max_seconds: float | None = None
    never_send: tuple[str, ...] = ()
    show_prompts: bool = False
    repositories: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class BotConfig:
    """limit: pull requests that may be open at a time; targets: triples that rewrites are proved for besides those of
    the compile commands; labels: of its pull requests."""

    limit: int = 1
    targets: tuple[str, ...] = ()
    labels: tuple[str, ...] = ("vecassist", "performance")


@dataclass(frozen=True, slots=True)
class Config:
    """All settings. `user_file` is where the user's own file is or would be; `allow` what rewrites may use beyond
    plain C ("intrinsics")."""

    user_file: Path
    proposer: str = "auto"
    exclude: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    min_speedup: float = 1.05
    offline: bool = False
    compiler: str | None = None
    clang: str | None = None
    model: ModelConfig = field(default_factory=ModelConfig)
    bot: BotConfig = field(default_factory=BotConfig)
    origins: Mapping[str, str] = field(default_factory=dict[str, str])

    def from_environment(self, key: str) -> bool:
        """Whether a value comes from an environment variable."""
        return self.origin(key).endswith(_ENVIRONMENT)

    def origin(self, key: str) -> str:
        """Where a value comes from: "default", "FILE:LINE", "VARIABLE in the environment" or "option --NAME"."""
        return self.origins.get(key, "default")


@dataclass(frozen=True, slots=True)
class _Setting:
    key: Key
    value: Any
    origin: str


def load(
    repository: Path | None,
    environ: Mapping[str, str] = os.environ,
    options: Mapping[str, object] | None = None,
) -> Config:
    """The settings for work in a repository. options: by dotted key ("model.max_cost"), None for those not given.

    Raises UserError that names file and line, variable or option.
    """
    user_file = _user_file(environ)
    chosen: dict[str, _Setting] = {}
    for setting in _settings(repository, user_file, environ, options or {}):
        before = chosen.get(setting.key.name)
        if before is not None and setting.key.adds:
            value = tuple(dict.fromkeys((*before.value, *setting.value)))
            setting = _Setting(setting.key, value, f"{before.origin}, {setting.origin}")
        chosen[setting.key.name] = setting
    values = {name: setting.value for name, setting in chosen.items()}
    _join_key_file(values, chosen)
    model = ModelConfig(**_fields_of(ModelConfig, values, "model."))
    origins = {name: setting.origin for name, setting in chosen.items()}
    bot = BotConfig(**_fields_of(BotConfig, values, "bot."))
    return Config(
        user_file=user_file, model=model, bot=bot, origins=origins, **_fields_of(Config, values, "")
    )


def describe(config: Config) -> Iterator[tuple[str, str, str]]:
    """(key, value, origin) of every setting, for people; the key is not shown."""
    for key in KEYS.values():
        if key.name == "model.key_file":
            continue
        part, _, name = key.name.rpartition(".")
        value = getattr(getattr(config, part) if part else config, name)
        yield key.name, str(value), config.origin(key.name)


def _settings(
    repository: Path | None, user_file: Path, environ: Mapping[str, str], options: Mapping[str, object]
) -> Iterator[_Setting]:
    if repository is not None:
        path = repository / REPOSITORY_FILE
        if path.resolve() != user_file.resolve():
            yield from _from_file(path, user_file, trusted=False)
    if "VECASSIST_CONFIG" in environ and environ["VECASSIST_CONFIG"] and not user_file.is_file():
        raise UserError(f"{user_file}: VECASSIST_CONFIG names a file that is not there")
    yield from _from_file(user_file, user_file, trusted=True)
    yield from _from_environment(environ)
    for name, value in options.items():
        if value is not None:
            key = KEYS[name]
            yield _Setting(key, _checked(key, value, f"option {key.option}"), f"option {key.option}")


def _user_file(environ: Mapping[str, str]) -> Path:
    if named := environ.get("VECASSIST_CONFIG"):
        return Path(named).expanduser().absolute()
    home = environ.get("XDG_CONFIG_HOME", "")
    # The base directory specification says that a relative path here is to be ignored.
    base = Path(home) if os.path.isabs(home) else Path(environ.get("HOME") or "~").expanduser() / ".config"
    return base / "vecassist" / "config.toml"


def _from_file(path: Path, user_file: Path, trusted: bool) -> Iterator[_Setting]:
    text = _read(path, trusted)
    if text is None:
        return
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UserError(f"{path}: not valid TOML: {error}") from None
    for name, value in _flat(table, path, text):
        place = f"{path}:{line_of(text, name)}"
        key = KEYS.get(name)
        if key is None:
            raise UserError(
                f"{place}: unknown setting {name!r}{_meant(name, KEYS)}; correct its name or remove the line"
            )
        if not trusted and not key.repository:
            raise UserError(
                f"{place}: a repository may not set {name!r}; if you want it, set it in your own {user_file}"
            )
        yield _Setting(key, _checked(key, value, place), place)


def _read(path: Path, trusted: bool) -> str | None:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(_LARGEST_FILE + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    if len(data) > _LARGEST_FILE:
        raise UserError(f"{path}: too large for a configuration")
    if trusted and mode & stat.S_IWOTH:
        raise UserError(f"{path}: everybody can write this file; run `chmod o-w` on it")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UserError(f"{path}:{data[: error.start].count(10) + 1}: not UTF-8") from None


def _flat(table: Mapping[str, Any], path: Path, text: str) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if name in _TABLES:
            if not isinstance(value, dict):
                raise UserError(f"{path}:{line_of(text, name)}: {name!r} is a table; write [{name}]")
            part: dict[str, Any] = value
            yield from ((f"{name}.{inner}", innermost) for inner, innermost in part.items())
        else:
            yield name, value


def _from_environment(environ: Mapping[str, str]) -> Iterator[_Setting]:
    for variable, name in _OPENAI_VARIABLES.items():
        if value := environ.get(variable):
            yield _Setting(KEYS[name], _checked(KEYS[name], value, variable), _in_environment(variable))
    known = {key.variable: key for key in KEYS.values() if key.variable}
    for variable in sorted(environ):
        rest = variable.removeprefix(_PREFIX)
        if rest == variable or rest in _OTHER_VARIABLES or not environ[variable]:
            continue
        key = known.get(variable)
        if key is not None:
            value = _checked(key, keys.from_text(key, environ[variable], variable), variable)
        elif (key := known.get(_PREFIX + rest.removeprefix("NO"))) is not None and key.is_flag:
            keys.from_text(key, environ[variable], variable)
            value = False
        else:
            raise UserError(f"{variable}: unknown variable{_meant(variable, known)}; unset it")
        yield _Setting(key, value, _in_environment(variable))


def _in_environment(variable: str) -> str:
    return f"{variable}{_ENVIRONMENT}"


def _meant(name: str, known: Mapping[str, object]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _checked(key: Key, value: object, place: str) -> Any:
    try:
        return key.read(value)
    except ValueError as error:
        raise UserError(f"{place}: {key.name} {error}") from None


def _join_key_file(values: dict[str, Any], chosen: dict[str, _Setting]) -> None:
    """A key in a file of its own is read here; one from the environment is stronger."""
    setting = chosen.pop("model.key_file", None)
    values.pop("model.key_file", None)
    if setting is None or ("model.key" in chosen and chosen["model.key"].origin.endswith(_ENVIRONMENT)):
        return
    path = Path(setting.value).expanduser()
    try:
        text = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{setting.origin}: the key file {path} cannot be read: {error}") from None
    values["model.key"] = Secret(text)
    chosen["model.key"] = _Setting(KEYS["model.key"], values["model.key"], setting.origin)


def _fields_of(kind: type, values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    names = {one.name for one in fields(kind)}
    return {
        name.removeprefix(prefix): value
        for name, value in values.items()
        if name.startswith(prefix) and name.removeprefix(prefix) in names
    }

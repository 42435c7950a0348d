"""Settings: who may set what, and that every value knows where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from vecassist.config import DEFAULT_BASE_URL, Config, ModelConfig, describe, load
from vecassist.config_keys import KEYS, Secret
from vecassist.config_lines import line_of
from vecassist.errors import UserError


class Place:
    """A home and a repository."""

    def __init__(self, folder: Path) -> None:
        self.home, self.repository = folder / "home", folder / "repo"
        self.user_file = self.home / ".config" / "vecassist" / "config.toml"
        self.user_file.parent.mkdir(parents=True)
        self.repository.mkdir()
        self.repository_file = self.repository / "vecassist.toml"

    def user(self, text: str) -> None:
        self.user_file.write_text(text, "utf-8")

    def repo(self, text: str) -> None:
        self.repository_file.write_text(text, "utf-8")

    def load(self, environ: Mapping[str, str] | None = None, **options: object) -> Config:
        dotted = {name.replace("__", "."): value for name, value in options.items()}
        return load(self.repository, {"HOME": str(self.home), **(environ or {})}, dotted)

    def error(self, environ: Mapping[str, str] | None = None, **options: object) -> str:
        with pytest.raises(UserError) as caught:
            self.load(environ, **options)
        assert "\n" not in str(caught.value)
        return str(caught.value)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_defaults(place: Place) -> None:
    config = place.load()
    assert config == Config(place.user_file)
    assert config.model == ModelConfig()
    assert config.model.base_url == DEFAULT_BASE_URL
    assert config.origin("model.max_cost") == "default"


def test_the_stronger_place_wins_and_is_remembered(place: Place) -> None:
    place.repo("# ours\nmin_speedup = 1.1\nproposer = 'rules'\nexclude = ['gen/**']\n")
    place.user(
        "min_speedup = 1.2\nproposer = 'auto'\noffline = false\nexclude = ['x.c']\n\n[model]\nmax_tokens = 5\n"
    )
    config = place.load(
        {"VECASSIST_MIN_SPEEDUP": "1.3", "VECASSIST_MAX_TOKENS": "6"}, min_speedup=1.4, offline=None
    )
    assert config.min_speedup == 1.4
    assert config.origin("min_speedup") == "option --min-speedup"
    assert (config.proposer, config.origin("proposer")) == ("auto", f"{place.user_file}:2")
    assert config.model.max_tokens == 6
    assert config.origin("model.max_tokens") == "VECASSIST_MAX_TOKENS in the environment"
    assert config.exclude == ("gen/**", "x.c")
    assert config.origin("exclude") == f"{place.repository_file}:4, {place.user_file}:4"


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[model]\nbase_url = 'https://evil/v1'", "model.base_url"),
        ("[model]\nkey = 'sk'", "model.key"),
        ("[model]\nkey_file = '~/.ssh/id_rsa'", "model.key_file"),
        ("[model]\nname = 'm'", "model.name"),
        ("[model]\nmax_cost = 1e6", "model.max_cost"),
        ("[model]\nmax_tokens = 1", "model.max_tokens"),
        ("[model]\nanswer_tokens = 1", "model.answer_tokens"),
        ("\n[[model.repositories]]\npath = '/'", "model.repositories"),
        ("\nmodel.send_key = true", "model.send_key"),
        ("\nmodel = { send_key = true }", "model.send_key"),
        ("\ncompiler = '/bin/sh'", "compiler"),
        ("\nclang = './evil'", "clang"),
        ("\noffline = false", "offline"),
    ],
)
def test_a_repository_may_not_set(place: Place, text: str, key: str) -> None:
    place.repo(text)
    error = place.error()
    assert error.startswith(f"{place.repository_file}:2: a repository may not set '{key}'")
    assert str(place.user_file) in error


def test_what_a_repository_may_set_is_a_short_list() -> None:
    assert [key.name for key in KEYS.values() if key.repository] == [
        "proposer",
        "exclude",
        "min_speedup",
        "bot.limit",
        "bot.targets",
        "bot.labels",
        "model.never_send",
    ]


def test_a_repository_can_only_add_to_what_is_never_sent(place: Place) -> None:
    place.user("[model]\nnever_send = ['secret/**']\n")
    place.repo("[model]\nnever_send = []\n")
    assert place.load().model.never_send == ("secret/**",)
    place.repo("[model]\nnever_send = ['crypto']\n")
    assert set(place.load().model.never_send) == {"secret/**", "crypto"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\n\nofline = true", ":3: unknown setting 'ofline'; did you mean 'offline'?"),
        ("[model]\nmax_costs = 3", ":2: unknown setting 'model.max_costs'; did you mean 'model.max_cost'?"),
        ("[modell]\nname = 'x'", ":1: unknown setting 'modell'"),
        ("model = 3", ":1: 'model' is a table"),
        ("offline = 'yes'", ":1: offline must be true or false"),
        ("min_speedup = 0.5", ":1: min_speedup must be at least 1.0"),
        ("min_speedup = nan", ":1: min_speedup must be a number"),
        ("[model]\nmax_cost = -1", ":2: model.max_cost must be a number that is not negative"),
        ("[model]\nmax_tokens = 1.5", ":2: model.max_tokens must be a whole number"),
        ("[model]\nmax_tokens = true", ":2: model.max_tokens must be a whole number"),
        ("[model]\nrounds = 0", ":2: model.rounds must be at least 1"),
        ("[model]\ntimeout = 0", ":2: model.timeout must be more than 0"),
        ("[model]\nname = ' '", ":2: model.name must be a text"),
        ("[model]\nnever_send = 'x'", ":2: model.never_send must be a list"),
        ("[model]\nrepositories = ['/x']", ":2: model.repositories must be tables"),
        ("[[model.repositories]]\npath = 'x'", ":1: model.repositories must hold absolute paths"),
        (
            "[[model.repositories]]\npath = '/x'\nname = 'm'",
            ":1: model.repositories must be tables with one key",
        ),
        ("proposer = 'magic'", ":1: proposer must be auto, rules or llm"),
        ("offline = ", ": not valid TOML"),
        ("a = " + "[" * 100_000, ": not valid TOML"),
    ],
)
def test_mistakes_are_named_with_their_line(place: Place, text: str, words: str) -> None:
    place.user(text)
    assert f"{place.user_file}{words}" in place.error()


def test_files_that_cannot_be_read(place: Place) -> None:
    place.user_file.write_bytes(b"offline = true\n# \xff\n")
    assert f"{place.user_file}:2: not UTF-8" in place.error()
    place.user_file.unlink()
    place.user_file.mkdir()
    assert "cannot be read" in place.error()


def test_a_file_that_everybody_can_write_is_not_trusted(place: Place) -> None:
    place.user("offline = true")
    place.user_file.chmod(0o666)
    assert "everybody can write" in place.error()
    place.user_file.chmod(0o600)
    assert place.load().offline


def test_where_the_users_file_is(place: Place, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text("offline = true")
    assert place.load({"VECASSIST_CONFIG": str(other)}).offline
    assert "is not there" in place.error({"VECASSIST_CONFIG": str(tmp_path / "none")})
    (tmp_path / "vecassist").mkdir()
    (tmp_path / "vecassist" / "config.toml").write_text("offline = true")
    assert place.load({"XDG_CONFIG_HOME": str(tmp_path)}).offline
    assert not place.load({"XDG_CONFIG_HOME": "relative"}).offline


def test_the_environment(place: Place) -> None:
    environ = {
        "VECASSIST_OFFLINE": "1",
        "VECASSIST_MODEL": "m",
        "VECASSIST_MAX_COST": "2.5",
        "VECASSIST_MAX_REQUESTS": "3",
        "VECASSIST_CLANG": "clang-19",
        "VECASSIST_PROPOSER": "rules",
        "VECASSIST_SHOW_PROMPTS": "yes",
        "VECASSIST_MAX_TOKENS": "",
        "VECASSIST_DISABLE": "1",
    }
    config = place.load(environ)
    assert config.offline
    assert config.model.show_prompts
    assert (config.model.name, config.model.max_cost, config.model.max_requests) == ("m", 2.5, 3)
    assert (config.clang, config.proposer) == ("clang-19", "rules")
    assert config.model.max_tokens == ModelConfig().max_tokens


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("VECASSIST_MAX_COSTS", "1", "unknown variable; did you mean 'VECASSIST_MAX_COST'?"),
        ("VECASSIST_MAX_COST", "cheap", "VECASSIST_MAX_COST: model.max_cost must be a number"),
        ("VECASSIST_MAX_TOKENS", "1e6", "must be a whole number"),
        ("VECASSIST_OFFLINE", "0", "set VECASSIST_NOOFFLINE=1 for no"),
        ("VECASSIST_OFFLINE", "False", "unset it"),
        ("VECASSIST_NOMODEL", "1", "unknown variable"),
    ],
)
def test_mistakes_in_the_environment(place: Place, variable: str, value: str, words: str) -> None:
    assert words in place.error({variable: value})


def test_no_of_a_flag(place: Place) -> None:
    place.user("offline = true")
    assert not place.load({"VECASSIST_NOOFFLINE": "1"}).offline


def test_options(place: Place) -> None:
    config = place.load({"VECASSIST_MAX_COST": "5"}, model__max_cost=1.5, model__max_tokens=None)
    assert config.model.max_cost == 1.5
    assert "option --max-cost: model.max_cost must be" in place.error(model__max_cost=-1)


def test_both_names_of_the_base_url(place: Place) -> None:
    place.user("[model]\nbase_url = 'https://a/v1'\n")
    assert place.load().model.base_url == "https://a/v1"
    assert place.load({"OPENAI_API_BASE": "https://b/v1"}).model.base_url == "https://b/v1"
    both = {"OPENAI_API_BASE": "https://b/v1", "OPENAI_BASE_URL": "https://c/v1"}
    assert place.load(both).model.base_url == "https://c/v1"


def test_keys(place: Place, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from-file\n")
    place.user(f"[model]\nkey_file = '{file}'\n")
    assert place.load().model.key == Secret("from-file")
    assert place.load().origin("model.key") == f"{place.user_file}:2"
    assert place.load({"OPENAI_API_KEY": "from-environment"}).model.key == Secret("from-environment")
    file.unlink()
    assert f"{place.user_file}:2: the key file" in place.error()


def test_settings_are_described_without_the_key(place: Place) -> None:
    place.user("[model]\nkey = 'sk-1'\nmax_cost = 2\n")
    lines = {key: (value, origin) for key, value, origin in describe(place.load())}
    assert lines["model.key"] == ("(set)", f"{place.user_file}:2")
    assert lines["model.max_cost"] == ("2.0", f"{place.user_file}:3")
    assert lines["model.rounds"] == ("3", "default")
    assert "sk-1" not in repr(place.load())


def test_without_a_repository(place: Place) -> None:
    assert load(None, {"HOME": str(place.home)}) == Config(place.user_file)


def test_every_setting_has_its_field() -> None:
    fields = {name for name, *_ in describe(Config(Path("x")))} | {"model.key_file"}
    assert fields == set(KEYS)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a", 2),
        ("t.x", 8),
        ("t.inner.y", 10),
        ("t.'odd key'", 8),
        ("d.e", 12),
        ("t.none", 7),
        ("none", 1),
        ("list", 14),
    ],
)
def test_lines_of_keys(name: str, line: int) -> None:
    text = (
        "# a = 1\n"
        "a = '''\n"
        "b = 1\n"
        "[x]\n"
        "'''\n"
        "\n"
        "[t] # table\n"
        "x.z = 1\n"
        " [ t.inner ]\n"
        '"y" = 2\n'
        "[d]\n"
        "e = 1\n"
        "\n"
        "[[list]]\n"
        "a = 1\n"
    )
    assert line_of(text, name) == (7 if "odd" in name else line)

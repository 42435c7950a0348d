"""The bot against a forge with states: each scenario ends with one consistent pull request, or none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from forge import TOKEN, Fault, Forge, State

from vecassist.bot.forge import Forge as Client
from vecassist.bot.forge import Refused
from vecassist.config_keys import Secret

HOME = Path(__file__).resolve().parents[2]
SOURCE = """\
#define N 1024
float a[N], b[N], c[N], d[N];

void pairs(void)
{
    for (int i = 0; i < N - 1; i++) {
        a[i] = b[i] * 2.0f;
        c[i] = a[i] + a[i + 1];
    }
}

void again(void)
{
    for (int i = 0; i < N - 1; i++) {
        b[i] = a[i] * 3.0f;
        d[i] = b[i] + b[i + 1];
    }
}
"""
CONFIGURATION = '[bot]\ntargets = ["i386-linux-gnu", "aarch64-linux-gnu"]\n'
CREATE = r"/repos/acme/dsp/pulls"


@dataclass
class World:
    """A forge, and a checkout in which the bot runs. sent: all that any run has printed or written."""

    forge: Forge
    folder: Path
    scratch: Path
    sent: str = ""

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("VECASSIST_", "OPENAI_", "GIT_", "GITHUB_"))
        }
        return kept | {
            "PYTHONPATH": str(HOME),
            "VECASSIST_CACHE_DIR": str(self.scratch / "cache"),
            "XDG_CONFIG_HOME": str(self.scratch / "config"),
            "HOME": str(self.scratch),
            "GIT_CONFIG_GLOBAL": str(self.scratch / "gitconfig"),
            "GITHUB_REPOSITORY": "acme/dsp",
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_API_URL": self.forge.url,
            "GITHUB_OUTPUT": str(self.scratch / "output"),
        }

    def git(self, *words: str, folder: Path | None = None) -> str:
        done = subprocess.run(
            ["git", *words], cwd=folder or self.folder, env=self.environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def start(self, *words: str, **environment: str) -> subprocess.Popen[str]:
        self.git("fetch", "-q", "origin", "main")
        self.git("checkout", "-q", "--detach", "origin/main")
        return subprocess.Popen(
            [sys.executable, "-m", "vecassist", "bot", "k.c", "-q", *words, "--", "-O3", "-ffp-contract=off"],
            cwd=self.folder,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def bot(self, *words: str, code: int = 0, **environment: str) -> str:
        """What a run says, stderr behind stdout."""
        process = self.start(*words, **environment)
        out, err = process.communicate(timeout=200)
        self.sent += out + err
        assert process.returncode == code, out + err
        assert "Traceback" not in err
        return out + err

    def push(self, text: str, branch: str = "main", name: str = "k.c") -> None:
        """A person's commit on a branch of the forge."""
        folder = self.scratch / "person"
        if not folder.exists():
            self.git("clone", "-q", str(self.forge.bare), str(folder))
        self.git("fetch", "-q", "--prune", folder=folder)
        self.git("checkout", "-q", "--detach", f"origin/{branch}", folder=folder)
        (folder / name).write_text(text)
        self.git("add", "-A", folder=folder)
        self.git("commit", "-qm", "a person's work", folder=folder)
        self.git("push", "-q", "origin", f"HEAD:refs/heads/{branch}", folder=folder)

    def consistent(self) -> None:
        """Each open request stands on a branch with one commit of the bot, and no request was malformed."""
        assert self.forge.violations == []
        assert TOKEN not in self.sent
        branches = self.forge.branches()
        pulls = self.forge.open_pulls()
        assert len(pulls) <= 1
        for pull in pulls:
            assert pull["head"]["ref"] in branches
            assert pull["body"].startswith("<!-- vecassist:v1 id=")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    scratch = tmp_path_factory.mktemp("bot")
    (scratch / "gitconfig").write_text(
        "[user]\nname = A\nemail = a@example.org\n[init]\ndefaultBranch = main\n"
    )
    with Forge(scratch / "forge") as forge:
        world = World(forge, scratch / "checkout", scratch)
        seed = scratch / "seed"
        seed.mkdir()
        world.git("init", "-q", folder=seed)
        (seed / "k.c").write_text(SOURCE)
        (seed / "vecassist.toml").write_text(CONFIGURATION)
        world.git("add", ".", folder=seed)
        world.git("commit", "-qm", "start", folder=seed)
        world.git("push", "-q", str(forge.bare), "main", folder=seed)
        world.git("clone", "-q", forge.remote, str(world.folder), folder=scratch)
        yield world
        # Whatever a run left in files: the token is in none of them.
        for path in [*(scratch / "checkout").rglob("*"), *(scratch / "cache").rglob("*"), scratch / "output"]:
            assert not path.is_file() or TOKEN.encode() not in path.read_bytes()


@pytest.fixture(scope="module")
def killed(made: World) -> State:
    """A run that was killed between the push and the request."""
    process = made.start("--test-cmd", "! env | grep -q t0ken")
    fault = Fault("POST", CREATE, 500, also=lambda: os.kill(process.pid, signal.SIGKILL))
    made.forge.faults = [fault]
    process.communicate(timeout=200)
    assert process.returncode == -signal.SIGKILL
    assert len(made.forge.branches()) == 2
    assert made.forge.pulls == []
    return made.forge.save(made.scratch / "killed")


@pytest.fixture(scope="module")
def opened(made: World, killed: State) -> State:
    """The run after that: it takes up the branch."""
    made.forge.restore(killed)
    tips = made.forge.branches()
    said = made.bot()
    assert "created #1: vecassist/k.c/pairs-" in said
    # The limit is one, so the other loop waits.
    assert "waits: k.c:14 again: not looked at, the limit is reached" in said
    assert made.forge.branches() == tips
    made.consistent()
    return made.forge.save(made.scratch / "opened")


def test_a_first_run_opens_a_draft_that_says_everything(made: World, opened: State) -> None:
    made.forge.restore(opened)
    (pull,) = made.forge.open_pulls()
    assert pull["draft"]
    assert pull["labels"] == ["vecassist", "performance"]
    assert pull["title"].startswith("perf(k.c): vectorize loop in pairs (")
    for words in (
        "proved to do the same",
        "`gcc -O3 -ffp-contract=off` in `.`: proved",
        "No assumption was granted",
        "`i386-linux-gnu`: proved (floats in SSE registers",
        "`aarch64-linux-gnu`: proved",
        "Nothing is proved for any other target",
        "    vecassist audit --reprove",
        "95 % interval",
        "no → yes",
        "VA003",
        "Tokens: 0. Cost: 0.0000",
        "+        float a_next = a[i + 1];",
        "Machine code of gcc-",
        "mulps" if False else "addps",
    ):
        assert words in pull["body"], words
    files = made.git("diff", "--name-only", "main", pull["head"]["sha"], folder=made.forge.bare).splitlines()
    assert [name.partition("/")[0] for name in files] == [".vecassist", "k.c"]
    assert (made.scratch / "output").read_text().splitlines()[:2] == [
        "operation=created",
        "pull-request-number=1",
    ]


def test_a_second_run_changes_nothing(made: World, opened: State) -> None:
    made.forge.restore(opened)
    tips = made.forge.branches()
    assert "none #1: " in made.bot()
    assert made.forge.branches() == tips
    assert made.forge.requests("POST") == made.forge.requests("PATCH") == []
    made.consistent()


def test_the_base_moves(made: World, opened: State) -> None:
    made.forge.restore(opened)
    before = made.forge.open_pulls()[0]["head"]["sha"]
    made.push("/* A new line. */\n" + SOURCE)
    made.forge.faults = [Fault("PATCH", CREATE + "/1", 502), Fault("GET", "/repos/acme/dsp", 503)]
    assert "updated #1: " in made.bot()
    (pull,) = made.forge.open_pulls()
    tip = pull["head"]["sha"]
    assert tip != before
    assert made.git("rev-parse", f"{tip}^", folder=made.forge.bare) == made.forge.branches()["main"]
    text = made.git("show", f"{tip}:k.c", folder=made.forge.bare)
    assert text.startswith("/* A new line. */")
    assert "a_next" in text
    assert "`k.c:7`" in pull["body"]
    made.consistent()
    # The loop changes in the base: its request is closed, and what it is now is another loop.
    made.push(SOURCE.replace("b[i] * 2.0f", "b[i] * 7.0f"))
    said = made.bot("--test-cmd", "! env | grep -q t0ken")
    assert "closed #1: " in said
    assert "created #2: vecassist/k.c/pairs-" in said
    assert [pull["number"] for pull in made.forge.open_pulls()] == [2]
    assert "the loop has changed" in made.forge.comments[1][0]
    assert len(made.forge.branches()) == 2
    made.consistent()


def test_a_person_has_pushed(made: World, opened: State) -> None:
    made.forge.restore(opened)
    branch = made.forge.open_pulls()[0]["head"]["ref"]
    made.push("/* mine */\n" + SOURCE, branch)
    made.push("/* A new line. */\n" + SOURCE)
    tips = made.forge.branches()
    for _ in range(2):
        assert "stopped #1: " in made.bot()
    assert made.forge.branches() == tips
    assert len(made.forge.comments[1]) == 1
    assert made.forge.requests("PATCH") == []
    made.consistent()


def test_a_closed_request_does_not_come_back(made: World, opened: State) -> None:
    made.forge.restore(opened)
    made.forge.close(1)
    made.push((made.folder / "vecassist.toml").read_text() + "limit = 0\n", name="vecassist.toml")
    assert "none #1: " in made.bot("--dry-run")
    # Without the branch, its text alone keeps the loop away.
    made.git("update-ref", "-d", f"refs/heads/{made.forge.pulls[0]['head']['ref']}", folder=made.forge.bare)
    said = made.bot()
    assert "pairs" not in said
    assert "waits: k.c:14 again" in said
    assert made.forge.open_pulls() == []
    made.consistent()


def test_the_forge_refuses(made: World, killed: State) -> None:
    made.forge.restore(killed)
    made.forge.faults = [Fault("POST", CREATE, 403, message="Resource not accessible by integration")]
    said = made.bot(code=2)
    assert "vecassist: error: the forge refused: " in said
    assert "needs `contents: write` and `pull-requests: write`" in said
    assert made.forge.open_pulls() == []
    # Next time the answer is lost, and the request was carried out all the same.
    made.forge.faults = [Fault("POST", CREATE, 502, lost=True)]
    assert "created #1" in made.bot()
    assert len(made.forge.pulls) == 1
    made.consistent()


def test_the_remote_refuses(made: World, killed: State) -> None:
    made.forge.restore(killed)
    made.push("/* A new line. */\n" + SOURCE)
    made.forge.pushes_denied = True
    assert "the token needs `contents: write`" in made.bot(code=2)
    assert made.forge.open_pulls() == []
    made.consistent()


def client(made: World) -> Client:
    return Client(made.forge.url, "acme/dsp", Secret(TOKEN), wait=lambda seconds: None)


RATE = "You have exceeded a secondary rate limit"


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault("POST", CREATE, 403, {"Retry-After": "3"}, RATE), 0),
        (Fault("POST", CREATE, 403, {"Retry-After": "900"}, RATE), 403),
        (Fault("POST", CREATE, 429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "7"}, RATE), 0),
        (Fault("POST", CREATE, 422, message="Validation Failed", times=9), 422),
        (Fault("POST", CREATE, 422, message="A pull request already exists", lost=True), 0),
        (Fault("POST", CREATE, 500), 0),
        (Fault("POST", CREATE, 503, times=9), 503),
        (Fault("POST", CREATE, 301, {"Location": "/elsewhere"}, times=9), 301),
    ],
)
def test_answers_to_a_request(made: World, killed: State, fault: Fault, status: int) -> None:
    made.forge.restore(killed)
    made.forge.faults = [fault]
    (branch,) = set(made.forge.branches()) - {"main"}
    body = "<!-- vecassist:v1 id=0 proof=0 -->"
    if status:
        with pytest.raises(Refused) as refusal:
            client(made).create(branch, "main", "title", body)
        assert refusal.value.status == status
    else:
        opened = client(made).create(branch, "main", "title", body)
        assert (opened.number, opened.draft) == (1, True)
    assert len(made.forge.pulls) == (0 if status else 1)
    made.consistent()


def test_a_forge_without_drafts(made: World, killed: State) -> None:
    made.forge.restore(killed)
    made.forge.drafts = False
    (branch,) = set(made.forge.branches()) - {"main"}
    assert not client(made).create(branch, "main", "title", "").draft
    assert made.forge.violations == []


def test_many_pages(made: World, killed: State) -> None:
    made.forge.restore(killed)
    (branch,) = set(made.forge.branches()) - {"main"}
    client(made).create(branch, "main", "title", "")
    made.forge.pulls *= 230
    assert len(client(made).open()) == 230
    assert made.forge.violations == []


def test_nothing_without_a_committed_configuration(made: World, killed: State) -> None:
    made.forge.restore(killed)
    made.git("fetch", "-q", "origin", "main")
    made.git("checkout", "-q", "--detach", "origin/main")
    made.git("rm", "-q", "vecassist.toml")
    made.git("commit", "-qm", "no configuration")
    process = subprocess.run(
        [sys.executable, "-m", "vecassist", "bot", "k.c", "--", "-O3"],
        cwd=made.folder, env=made.environment, capture_output=True, text=True,
    )  # fmt: skip
    assert process.returncode == 2
    assert "vecassist.toml is not committed" in process.stderr
    assert made.forge.log == []

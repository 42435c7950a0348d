"""The hook under the real pre-commit, in a repository with one entry and files without any."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from stored import AFTER, BEFORE, FORGED, claimed

from vecassist.deliver.write import write_all
from vecassist.store.files import entry_files

HOME = Path(__file__).resolve().parents[2]
FLAGS = ("-O2", "-ffp-contract=off")
SOURCE = f"""\
#include "size.h"
float a[N], b[N], c[N];
void pairs(void)
{{
    {BEFORE}
}}

int head;



int tail;
"""
PLAIN = "int sum_{0}(const int *x) {{ int s = 0; for (int i = 0; i < 9; i++) s += x[i]; return s; }}\n"


@dataclass(frozen=True)
class Repository:
    """A git repository with pre-commit installed; its hook is this checkout's, without an environment of its own."""

    folder: Path
    scratch: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("VECASSIST_", "GIT_"))
        }
        return kept | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(HOME),
            "PRE_COMMIT_HOME": str(self.scratch / "pre-commit"),
            "VECASSIST_CACHE_DIR": str(self.scratch / "cache"),
            "XDG_CONFIG_HOME": str(self.scratch / "config"),
            "HOME": str(self.scratch),
            "GIT_CONFIG_GLOBAL": str(self.scratch / "gitconfig"),
        }

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=self.folder,
            env=self.environment | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=200,
        )

    def git(self, *words: str, **environment: str) -> str:
        done = self.run("git", *words, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def commit(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run("git", "commit", "-m", "change", **environment)

    def hook(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run(sys.executable, "-m", "vecassist", "hook", *words, **environment)

    @property
    def source(self) -> str:
        return (self.folder / "k.c").read_text()

    def edit(self, change: Callable[[str], str], name: str = "k.c") -> None:
        (self.folder / name).write_text(change((self.folder / name).read_text()))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    scratch = tmp_path_factory.mktemp("hook")
    shipped = scratch / "hooks"
    shipped.mkdir()
    manifest = (HOME / ".pre-commit-hooks.yaml").read_text()
    # The dependencies are those of this environment: a test does not install them again.
    assert manifest.count("language: python") == 2
    (shipped / ".pre-commit-hooks.yaml").write_text(manifest.replace("language: python", "language: system"))
    repository = Repository(scratch / "project", scratch)
    repository.folder.mkdir()
    (scratch / "gitconfig").write_text(
        "[user]\nname = A\nemail = a@example.org\n[init]\ndefaultBranch = main\n"
    )
    for folder in (shipped, repository.folder):
        subprocess.run(["git", "init", "-q"], cwd=folder, env=repository.environment, check=True)
    for words in (["add", "."], ["commit", "-qm", "hooks"]):
        subprocess.run(["git", *words], cwd=shipped, env=repository.environment, check=True)
    revision = subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=shipped, capture_output=True, text=True, check=True
    ).stdout.strip()
    (repository.folder / "k.c").write_text(SOURCE)
    (repository.folder / "size.h").write_text("#define N 256\n")
    for number in range(4):
        (repository.folder / f"f{number}.c").write_text(PLAIN.format(number))
    (repository.folder / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {shipped}\n  rev: {revision}\n  hooks:\n  - id: vecassist\n  - id: vecassist-scan\n"
    )
    write_all(entry_files(repository.folder, [claimed(repository.folder, FLAGS)]))
    repository.git("add", ".")
    repository.git("commit", "-qm", "start")
    done = repository.run(sys.executable, "-m", "pre_commit", "install")
    assert done.returncode == 0, done.stderr
    done = repository.run(sys.executable, "-m", "pre_commit", "install", "-t", "pre-merge-commit")
    assert done.returncode == 0, done.stderr
    # First sight: the entry is proved here, and the file with the header behind it is fresh.
    done = repository.hook("k.c")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return repository


@pytest.fixture
def repository(made: Repository) -> Repository:
    made.run("git", "merge", "--abort")
    made.git("checkout", "-qf", "main")
    made.git("reset", "-q", "--hard", made.git("rev-list", "--max-parents=0", "HEAD").strip())
    made.git("clean", "-fdq")
    return made


def test_the_manifest_is_valid() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", HOME / ".pre-commit-hooks.yaml"]
    )
    assert done.returncode == 0


def test_a_proved_rewrite_is_applied_at_a_commit(repository: Repository) -> None:
    repository.edit(lambda text: text.replace("int head;", "int head = 1;"))
    repository.git("add", "k.c")
    # What is not staged stays out of it.
    repository.edit(lambda text: text.replace("int tail;", "int tail = 2;"))
    done = repository.commit()
    assert done.returncode == 1
    assert "k.c:5 pairs: applied (rules VA003)" in done.stderr + done.stdout
    edited = SOURCE.replace("head;", "head = 1;").replace("tail;", "tail = 2;")
    assert repository.source == edited.replace(BEFORE, AFTER)
    assert "tail = 2" not in repository.git("show", ":k.c")
    repository.git("add", "k.c")
    assert repository.commit().returncode == 0
    # The entry brings the original back.
    entry = next((repository.folder / ".vecassist").glob("*.json")).name
    done = repository.run(sys.executable, "-m", "vecassist", "revert", entry)
    assert (done.returncode, done.stderr) == (0, "")
    assert "restored" in done.stdout
    assert repository.source == edited
    again = repository.run(sys.executable, "-m", "vecassist", "revert", "--forget", entry)
    assert (again.returncode, "original" in again.stdout) == (0, True)
    gone = repository.run(sys.executable, "-m", "vecassist", "revert", entry)
    assert (gone.returncode, "no such entry" in gone.stderr) == (2, True)


def test_skip_leaves_everything(repository: Repository) -> None:
    repository.edit(lambda text: text.replace("int head;", "int head = 1;"))
    repository.git("add", "k.c")
    done = repository.commit(SKIP="vecassist")
    assert done.returncode == 0
    assert "Skipped" in done.stdout + done.stderr
    assert AFTER not in repository.source


def test_a_loop_that_is_edited_and_not_staged_is_not_lost(repository: Repository) -> None:
    repository.edit(lambda text: text.replace("int head;", "int head = 1;"))
    repository.git("add", "k.c")
    repository.edit(lambda text: text.replace("2.0f", "3.0f"))
    assert repository.commit().returncode == 1
    # The rewrite would conflict with the edit of a person, which wins.
    assert repository.source == SOURCE.replace("head;", "head = 1;").replace("2.0f", "3.0f")
    assert "2.0f" in repository.git("show", ":k.c")


def test_a_changed_loop_fails_the_commit(repository: Repository) -> None:
    repository.edit(lambda text: text.replace("2.0f", "3.0f"))
    repository.git("add", "k.c")
    done = repository.commit()
    assert done.returncode == 1
    assert "the loop has changed; run `vecassist optimize k.c`" in done.stderr + done.stdout
    assert AFTER not in repository.source


def test_a_changed_header_makes_the_entry_stale(repository: Repository) -> None:
    repository.edit(lambda text: text + "#define pairs other\n#define a c\n", "size.h")
    done = repository.hook("size.h", VECASSIST_STRICT="1")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "k.c: " in done.stdout + done.stderr


def test_merges(repository: Repository) -> None:
    repository.git("checkout", "-qb", "side")
    repository.edit(lambda text: text.replace("int tail;", "int tail = 3;"))
    repository.git("commit", "-qam", "side", "--no-verify")
    repository.git("checkout", "-q", "main")
    repository.edit(lambda text: text.replace("int head;", "int head = 4;"))
    repository.git("commit", "-qam", "main", "--no-verify")
    # A merge without conflicts: its own stage finds the original and applies the rewrite.
    done = repository.run("git", "merge", "--no-edit", "side")
    assert done.returncode == 1
    assert "applied" in done.stdout + done.stderr
    repository.git("add", "k.c")
    assert repository.commit().returncode == 0
    assert repository.git("rev-list", "--parents", "-1", "HEAD").count(" ") == 2
    assert repository.source.count(AFTER) == 1
    assert "head = 4" in repository.source
    assert "tail = 3" in repository.source


def test_a_forged_entry_is_not_applied(repository: Repository) -> None:
    for entry in (repository.folder / ".vecassist").iterdir():
        entry.unlink()
    write_all(entry_files(repository.folder, [claimed(repository.folder, FLAGS, FORGED)]))
    repository.git("add", ".")
    done = repository.hook("--fix", "k.c")
    assert (done.returncode, repository.source) == (0, SOURCE)
    assert "skipped" in done.stderr
    assert "refuted" in done.stderr
    assert repository.hook("--fix", "k.c", VECASSIST_STRICT="1").returncode == 1


def test_a_recalled_proof_fails_the_commit(repository: Repository) -> None:
    recalled = claimed(repository.folder, FLAGS, certificate={"rules": {"lanes": 1}})
    write_all(entry_files(repository.folder, [recalled]))
    done = repository.hook("--fix", "k.c")
    assert (done.returncode, repository.source) == (1, SOURCE)
    assert "k.c: recalled: " in done.stdout


def test_a_database_adds_commands(repository: Repository) -> None:
    # Under this command the arrays are too short for the loop.
    few = '[{"directory": ".", "file": "k.c", "arguments": ["gcc", "-O2", "-DN=100", "-c", "k.c"]}]'
    (repository.folder / "compile_commands.json").write_text(few)
    (repository.folder / "size.h").write_text("#ifndef N\n#define N 256\n#endif\n")
    done = repository.hook("--fix", "k.c")
    assert (done.returncode, repository.source) == (0, SOURCE)
    assert "k.c:5 pairs: not applied: under `gcc -O2 -DN=100` in .: " in done.stdout


def test_without_a_database_the_online_hook_says_what_to_do(repository: Repository) -> None:
    done = repository.run(
        sys.executable, "-m", "pre_commit", "run", "vecassist-scan", "--hook-stage", "manual", "--files",
        "f1.c", "-v",
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "skipped: no compile_commands.json" in done.stdout
    assert repository.hook("--online", "f1.c", VECASSIST_STRICT="1").returncode == 1


def test_a_commit_with_nothing_to_do_is_quick(repository: Repository) -> None:
    names = ("k.c", *(f"f{number}.c" for number in range(4)))
    assert repository.hook(*names).returncode == 0
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert repository.hook(*names).returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    # Processor time: other work on the machine does not count.
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5


def test_try_repo(repository: Repository, tmp_path: Path) -> None:
    """`pre-commit try-repo` takes the hook from a clone."""
    shipped = next(
        iter(re.findall(r"repo: (\S+)", (repository.folder / ".pre-commit-config.yaml").read_text()))
    )
    copy = shutil.copytree(shipped, tmp_path / "copy")
    done = repository.run(
        sys.executable, "-m", "pre_commit", "try-repo", str(copy), "vecassist", "--files", "k.c"
    )
    assert done.returncode == 1, done.stdout
    assert "files were modified by this hook" in done.stdout
    assert AFTER in repository.source

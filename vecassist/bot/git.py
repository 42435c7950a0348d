"""Git by its own program: commits made beside the working tree, and pushes that only replace what they expect."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vecassist.config_keys import Secret
from vecassist.errors import UserError

_TRAILER = "Vecassist-Change"
_ID = "Vecassist-Id"
_HELPER = '!f() { echo username=x-access-token; echo "password=$VECASSIST_FORGE_TOKEN"; }; f'
_SECONDS = 300.0


class Rejected(Exception):
    """The remote refused a push. The message is its last line."""


@dataclass(frozen=True)
class Git:
    """One checkout and its remote. token: for the remote, handed to git in the environment of each command alone."""

    root: Path
    remote: str = "origin"
    token: Secret = Secret()  # noqa: RUF009 - a value that does not change

    def run(self, *words: str, data: bytes = b"", **environment: str) -> bytes:
        """The output of a git command. Raises UserError with git's first line where it fails."""
        done = self._start(words, data, environment)
        if done.returncode != 0:
            raise UserError(f"git {words[0]} failed: {_last(done.stderr)}")
        return done.stdout

    def line(self, *words: str) -> str:
        """The output as one stripped text."""
        return self.run(*words).decode("utf-8", "surrogateescape").strip()

    def succeeds(self, *words: str) -> bool:
        """Whether a git command exits with 0."""
        return self._start(words, b"", {}).returncode == 0

    def _start(
        self, words: tuple[str, ...], data: bytes, environment: Mapping[str, str]
    ) -> subprocess.CompletedProcess[bytes]:
        kept = {name: value for name, value in os.environ.items() if not _TRACES.match(name)}
        env = {**kept, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", **environment}
        if self.token:
            # No helper of the machine may keep the token, so the list of helpers is emptied first.
            pairs = (("credential.helper", ""), ("credential.helper", _HELPER))
            env["GIT_CONFIG_COUNT"] = str(len(pairs))
            for number, (key, value) in enumerate(pairs):
                env[f"GIT_CONFIG_KEY_{number}"], env[f"GIT_CONFIG_VALUE_{number}"] = key, value
            env["VECASSIST_FORGE_TOKEN"] = self.token.reveal()
        try:
            return subprocess.run(
                ["git", *words], cwd=self.root, env=env, input=data, capture_output=True, timeout=_SECONDS
            )
        except FileNotFoundError as error:
            raise UserError("git is not on PATH: install it") from error
        except subprocess.TimeoutExpired as error:
            raise UserError(f"git {words[0]} gave no answer in {_SECONDS:.0f} seconds; run again") from error

    def branches(self, prefix: str) -> dict[str, str]:
        """The remote's branches that start with `prefix`, with their tips, which are fetched too."""
        listed = self.line("ls-remote", self.remote, f"refs/heads/{prefix}*")
        found: dict[str, str] = {}
        for row in listed.splitlines():
            tip, _, name = row.partition("\t")
            found[name.removeprefix("refs/heads/")] = tip
        if found:
            # By name of the branch: not every server hands out commits by their hash.
            wanted = [f"+refs/heads/{name}:refs/vecassist/{name}" for name in found]
            self.run("fetch", "--quiet", "--no-tags", self.remote, *wanted)
        return {name: self.line("rev-parse", f"refs/vecassist/{name}") for name in found}

    def show(self, commit: str, path: str) -> bytes | None:
        """A file of a commit, None where it has none there."""
        done = self._start(("cat-file", "blob", f"{commit}:{path}"), b"", {})
        return done.stdout if done.returncode == 0 else None

    def commit(self, parent: str, files: Mapping[str, bytes], message: str, ident: str) -> str:
        """A commit on `parent` in which the files have these contents; the same arguments give the same commit.

        It says what it is, so that `made` can tell it from a person's.
        """
        with tempfile.TemporaryDirectory(prefix="vecassist-") as scratch:
            index = f"{scratch}/index"
            self.run("read-tree", parent, GIT_INDEX_FILE=index)
            for path, data in sorted(files.items()):
                known = self.line("ls-tree", parent, "--", path).partition(" ")[0]
                blob = self.run("hash-object", "-w", "--stdin", f"--path={path}", data=data).decode().strip()
                info = f"{known or '100644'},{blob},{path}"
                self.run("update-index", "--add", "--cacheinfo", info, GIT_INDEX_FILE=index)
            tree = self.run("write-tree", GIT_INDEX_FILE=index).decode().strip()
        date = self.line("show", "-s", "--format=%cI", parent)
        who = {
            "GIT_AUTHOR_NAME": os.environ.get("GIT_AUTHOR_NAME") or "vecassist",
            "GIT_AUTHOR_EMAIL": os.environ.get("GIT_AUTHOR_EMAIL") or "vecassist@localhost",
        }
        who |= {
            "GIT_COMMITTER_NAME": who["GIT_AUTHOR_NAME"],
            "GIT_COMMITTER_EMAIL": who["GIT_AUTHOR_EMAIL"],
            "GIT_AUTHOR_DATE": date,
            "GIT_COMMITTER_DATE": date,
        }
        head = f"{message.strip()}\n\n{_ID}: {ident}\n"
        text = f"{head}{_TRAILER}: {self._digest(head, parent, tree)}\n"
        return self.run("commit-tree", tree, "-p", parent, data=text.encode(), **who).decode().strip()

    def made(self, tip: str) -> tuple[str, str] | None:
        """The id and the parent of a commit that `commit` made and nobody changed; None for any other."""
        raw = self.run("cat-file", "commit", tip).decode("utf-8", "surrogateescape")
        header, _, message = raw.partition("\n\n")
        parents = re.findall(r"^parent ([0-9a-f]+)$", header, re.MULTILINE)
        head, mark, said = message.rpartition(f"{_TRAILER}: ")
        ident = re.search(rf"^{_ID}: ([0-9a-f]+)$", head, re.MULTILINE)
        if len(parents) != 1 or not mark or ident is None:
            return None
        return (ident[1], parents[0]) if said.strip() == self._digest(head, parents[0], tip) else None

    def _digest(self, head: str, parent: str, tree: str) -> str:
        change = self.run("diff-tree", "-r", "--no-renames", "--full-index", f"{parent}^{{tree}}", tree)
        return hashlib.sha256(head.encode("utf-8", "surrogateescape") + b"\0" + change).hexdigest()

    def push(self, commit: str, branch: str, expected: str) -> None:
        """Make `commit` the tip of a remote branch, or delete it where `commit` is "". expected: the tip that it
        must have now, "" for a branch that must not exist. Raises Rejected."""
        lease = f"--force-with-lease=refs/heads/{branch}:{expected}"
        done = self._start(
            ("push", "--porcelain", "--no-verify", lease, self.remote, f"{commit}:refs/heads/{branch}"),
            b"",
            {},
        )
        if done.returncode != 0:
            said = [row for row in done.stdout.splitlines() if row.startswith(b"!")]
            raise Rejected(_last(b"\n".join(said) or done.stderr))


# They would write what is sent, or change what a command works on.
_TRACES = re.compile(
    r"GIT_(TRACE|CURL_VERBOSE|CONFIG_COUNT|CONFIG_KEY|CONFIG_VALUE|DIR$|WORK_TREE$|INDEX_FILE$)"
)


def _last(said: bytes) -> str:
    lines = [row for row in said.decode("utf-8", "replace").splitlines() if row.strip()]
    told = [row for row in lines if row.startswith(("fatal:", "error:", "remote:", "!"))]
    return " ".join((told or lines or ["no reason given"])[0].split())

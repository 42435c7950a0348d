"""A forge on this machine: repositories served over HTTP by git itself, and pull requests with their states.

Every request is checked against GitHub's published description (github_api.json). What a request does follows
GitHub's documentation: a branch that does not exist, a second open request of a branch and a branch without new
commits are refused with 422; a deleted branch closes its request.
"""

from __future__ import annotations

import base64
import copy
import json
import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import jsonschema

TOKEN = "t0ken-of-the-tests"
OWNER, NAME = "acme", "dsp"
API = json.loads((Path(__file__).parent / "github_api.json").read_text("utf-8"))["operations"]
BACKEND = Path(subprocess.check_output(["git", "--exec-path"], text=True).strip()) / "git-http-backend"


@dataclass
class Fault:
    """An answer in the place of the right one. lost: it is carried out all the same."""

    method: str
    path: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    message: str = "a fault of the test"
    times: int = 1
    lost: bool = False
    also: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class State:
    bare: Path
    pulls: list[dict[str, Any]]
    comments: dict[int, list[str]]


class Forge:
    """One repository with its pull requests, on a port of its own; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.bare = folder / OWNER / f"{NAME}.git"
        self.pulls: list[dict[str, Any]] = []
        self.comments: dict[int, list[str]] = {}
        self.faults: list[Fault] = []
        self.violations: list[str] = []
        self.log: list[str] = []
        self.drafts = True
        self.pushes_denied = False
        self._lock = threading.Lock()
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", self.bare], check=True)
        subprocess.run(["git", "-C", self.bare, "config", "http.receivepack", "true"], check=True)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Forge:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def remote(self) -> str:
        return f"{self.url}/git/{OWNER}/{NAME}.git"

    def branches(self) -> dict[str, str]:
        done = subprocess.run(
            ["git", "-C", self.bare, "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return dict(line.split(" ") for line in done.stdout.splitlines())

    def save(self, folder: Path) -> State:
        """The repository and the requests of now, to come back to."""
        shutil.copytree(self.bare, folder)
        return State(folder, copy.deepcopy(self.pulls), copy.deepcopy(self.comments))

    def restore(self, state: State) -> None:
        """Everything as it was saved, with no faults."""
        shutil.rmtree(self.bare)
        shutil.copytree(state.bare, self.bare)
        self.pulls, self.comments = copy.deepcopy(state.pulls), copy.deepcopy(state.comments)
        self.faults, self.log = [], []
        self.drafts, self.pushes_denied = True, False

    def open_pulls(self) -> list[dict[str, Any]]:
        self._settle()
        return [pull for pull in self.pulls if pull["state"] == "open"]

    def close(self, number: int) -> None:
        self.pulls[number - 1]["state"] = "closed"

    def requests(self, method: str) -> list[str]:
        return [line for line in self.log if line.startswith(f"{method} /repos")]

    def _settle(self) -> None:
        """Heads follow their branches; a request whose branch is gone is closed."""
        branches = self.branches()
        for pull in self.pulls:
            tip = branches.get(pull["head"]["ref"])
            if tip is not None:
                pull["head"]["sha"] = tip
            elif pull["state"] == "open":
                pull["state"] = "closed"

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """One request to the REST interface."""
        with self._lock:
            url = urlsplit(target)
            self.log.append(f"{method} {target}")
            query = {name: values[-1] for name, values in parse_qs(url.query).items()}
            for fault in self.faults:
                if fault.method == method and re.fullmatch(fault.path, url.path) and fault.times:
                    fault.times -= 1
                    fault.also()
                    if fault.lost:
                        self._route(method, url.path, query, headers, body)
                    return fault.status, fault.headers, {"message": fault.message}
            return self._route(method, url.path, query, headers, body)

    def _route(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes
    ) -> Answer:
        self._settle()
        operation, values = self._operation(method, path)
        fields = json.loads(body) if body else {}
        self._check(operation, values, query, headers, fields if body else None)
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {}, {"message": "Bad credentials"}
        if (values.get("owner"), values.get("repo")) != (OWNER, NAME):
            return 404, {}, {"message": "Not Found"}
        number = int(values.get("pull_number") or values.get("issue_number") or 0)
        if number > len(self.pulls):
            return 404, {}, {"message": "Not Found"}
        act: Callable[[], Answer] = {
            "GET /repos/{owner}/{repo}": lambda: (200, {}, {"default_branch": "main", "full_name": f"{OWNER}/{NAME}"}),
            "GET /repos/{owner}/{repo}/pulls": lambda: (200, {}, _page(self._listed(query), query)),
            "POST /repos/{owner}/{repo}/pulls": lambda: self._create(fields),
            "PATCH /repos/{owner}/{repo}/pulls/{pull_number}": lambda: self._patch(number, fields),
            "GET /repos/{owner}/{repo}/issues": lambda: (200, {}, _page(self._issues(query), query)),
            "GET /repos/{owner}/{repo}/issues/{issue_number}/comments": lambda: (
                200, {}, _page([{"id": 1, "body": text} for text in self.comments.get(number, [])], query),
            ),
            "POST /repos/{owner}/{repo}/issues/{issue_number}/comments": lambda: self._comment(number, fields),
            "POST /repos/{owner}/{repo}/issues/{issue_number}/labels": lambda: self._label(number, fields),
        }[operation]  # fmt: skip
        return act()

    def _operation(self, method: str, path: str) -> tuple[str, dict[str, str]]:
        for operation in API:
            verb, _, shape = operation.partition(" ")
            found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", shape), path)
            if verb == method and found:
                return operation, {name: unquote(value) for name, value in found.groupdict().items()}
        self.violations.append(f"{method} {path}: no such operation")
        raise KeyError(path)

    def _check(
        self,
        operation: str,
        values: Mapping[str, str],
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: object,
    ) -> None:
        known = API[operation]
        for kind, given in (("path", values), ("query", query)):
            for name, value in given.items():
                schema = known[kind].get(name)
                if schema is None:
                    self.violations.append(f"{operation}: no parameter {name} in its {kind}")
                    continue
                typed = int(value) if schema.get("type") == "integer" and value.isdigit() else value
                self._valid(operation, typed, schema)
        if (body is None) != (known["body"] is None) and (body is not None or known["body_required"]):
            self.violations.append(f"{operation}: body {'missing' if body is None else 'not expected'}")
        elif body is not None:
            # The description lets unknown properties pass; a misspelt one would then go unseen.
            self._valid(operation, body, {**known["body"], "additionalProperties": "oneOf" in known["body"]})
        if headers.get("X-GitHub-Api-Version") != "2022-11-28" or not headers.get("User-Agent"):
            self.violations.append(f"{operation}: headers")

    def _valid(self, operation: str, value: object, schema: Mapping[str, object]) -> None:
        for error in jsonschema.Draft202012Validator(schema).iter_errors(value):
            self.violations.append(f"{operation}: {error.message}")

    def _listed(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        state = query.get("state", "open")
        head = query.get("head")
        return [
            pull
            for pull in reversed(self.pulls)
            if state in ("all", pull["state"]) and head in (None, f"{OWNER}:{pull['head']['ref']}")
        ]

    def _issues(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        wanted = set(query["labels"].split(",")) if "labels" in query else set[str]()
        return [
            {"number": pull["number"], "state": pull["state"], "body": pull["body"],
             "pull_request": {"merged_at": pull["merged_at"]}}
            for pull in self.pulls
            if wanted <= set(pull["labels"]) and query.get("state", "open") in ("all", pull["state"])
        ]  # fmt: skip

    def _create(self, fields: Mapping[str, Any]) -> Answer:
        branch, base = fields["head"], fields["base"]
        branches = self.branches()
        fault = None
        if branch not in branches:
            fault = {"field": "head", "code": "invalid"}
        elif base not in branches:
            fault = {"field": "base", "code": "invalid"}
        elif any(p["head"]["ref"] == branch and p["state"] == "open" for p in self.pulls):
            fault = {"message": f"A pull request already exists for {OWNER}:{branch}."}
        elif branches[branch] == branches[base]:
            fault = {"message": f"No commits between {base} and {branch}"}
        elif fields.get("draft") and not self.drafts:
            fault = {"message": "Draft pull requests are not supported in this repository."}
        elif len(fields.get("body", "")) > 65536:
            fault = {"message": "body is too long (maximum is 65536 characters)"}
        if fault is not None:
            return 422, {}, {"message": "Validation Failed", "errors": [fault]}
        number = len(self.pulls) + 1
        self.pulls.append(
            {
                "number": number,
                "html_url": f"{self.url}/{OWNER}/{NAME}/pull/{number}",
                "state": "open",
                "draft": bool(fields.get("draft")),
                "title": fields["title"],
                "body": fields.get("body"),
                "merged_at": None,
                "labels": [],
                "head": {"ref": branch, "sha": branches[branch], "repo": {"full_name": f"{OWNER}/{NAME}"}},
                "base": {"ref": base},
            }
        )
        return 201, {}, self.pulls[-1]

    def _patch(self, number: int, fields: Mapping[str, Any]) -> Answer:
        self.pulls[number - 1] |= fields
        return 200, {}, self.pulls[number - 1]

    def _comment(self, number: int, fields: Mapping[str, Any]) -> Answer:
        self.comments.setdefault(number, []).append(fields["body"])
        return 201, {}, {"id": 1, "body": fields["body"]}

    def _label(self, number: int, fields: Mapping[str, Any]) -> Answer:
        self.pulls[number - 1]["labels"] += fields["labels"]
        return 200, {}, [{"name": name} for name in self.pulls[number - 1]["labels"]]


Answer = tuple[int, Mapping[str, str], Any]


def _page(items: list[Any], query: Mapping[str, str]) -> list[Any]:
    size, page = int(query.get("per_page", 30)), int(query.get("page", 1))
    return items[(page - 1) * size : page * size]


def _handler(forge: Forge) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            try:
                super().handle_one_request()
            except ConnectionError:
                self.close_connection = True

        def _serve(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(size) if size else b"".join(self._chunks())
            if self.path.startswith("/git/"):
                self._git(body)
                return
            try:
                status, headers, value = forge.answer(self.command, self.path, self.headers, body)
            except KeyError:
                status, headers, value = 404, {}, {"message": "Not Found"}
            self._say(status, {**headers, "Content-Type": "application/json"}, json.dumps(value).encode())

        def _chunks(self) -> Iterator[bytes]:
            if self.headers.get("Transfer-Encoding") != "chunked":
                return
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()

        def _say(self, status: int, headers: Mapping[str, str], data: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _git(self, body: bytes) -> None:
            url = urlsplit(self.path)
            writes = "receive-pack" in self.path
            expected = "Basic " + base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
            if writes and self.headers.get("Authorization") != expected:
                self._say(401, {"WWW-Authenticate": 'Basic realm="forge"'}, b"")
                return
            if writes and forge.pushes_denied:
                self._say(403, {}, b"")
                return
            env = {
                **os.environ,
                "GIT_PROJECT_ROOT": str(forge.bare.parents[1]),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": url.path.removeprefix("/git"),
                "QUERY_STRING": url.query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "REMOTE_USER": "bot",
            }
            done = subprocess.run([BACKEND], env=env, input=body, capture_output=True, timeout=60)
            head, _, data = done.stdout.partition(b"\r\n\r\n")
            rows = [row.partition(": ") for row in head.decode().split("\r\n")]
            headers = {name: value for name, _, value in rows if name}
            status = int(headers.pop("Status", "200").split()[0])
            self._say(status, headers, data)

        def log_message(self, format: str, *args: object) -> None:
            del format, args

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve

    return Handler

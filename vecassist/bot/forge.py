"""The forge's REST interface, as GitHub describes it: the few operations that pull requests need."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode

import urllib3

from vecassist.config_keys import Secret
from vecassist.errors import UserError

VERSION = "2022-11-28"
LONGEST = 65_536
"""Characters that a body may have."""

_TRIES = 4
_PATIENCE = 60.0
_PAGE = 100


class Refused(Exception):
    """The forge's answer is no. status: of HTTP; the message is one line."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class PullRequest:
    """branch: of its head; local: whether that lies in the repository itself; tip: commit of the head."""

    number: int
    url: str
    state: str
    draft: bool
    merged: bool
    branch: str
    local: bool
    tip: str
    title: str
    body: str


@dataclass(frozen=True)
class Forge:
    """One repository on a forge. wait: how to let time pass."""

    api: str
    repository: str
    token: Secret
    wait: Callable[[float], None] = time.sleep

    def default_branch(self) -> str:
        """The branch that pull requests go to."""
        return str(self._get("")["default_branch"])

    def open(self) -> list[PullRequest]:
        """All open pull requests."""
        return [self._pull(item) for item in self._pages("/pulls", {"state": "open"})]

    def of_branch(self, branch: str) -> list[PullRequest]:
        """The pull requests from a branch of this repository, in any state."""
        owner = self.repository.partition("/")[0]
        found = self._pages("/pulls", {"state": "all", "head": f"{owner}:{branch}"})
        return [one for one in map(self._pull, found) if one.branch == branch and one.local]

    def labelled(self, label: str) -> Iterator[tuple[str, str]]:
        """State and body of every pull request with a label."""
        for item in self._pages("/issues", {"state": "all", "labels": label}):
            link = item.get("pull_request")
            if isinstance(link, dict):
                merged = cast("dict[str, Any]", link).get("merged_at")
                yield "merged" if merged else str(item["state"]), str(item.get("body") or "")

    def create(self, branch: str, base: str, title: str, body: str) -> PullRequest:
        """Open a draft, or find the one that is open already; an ordinary one where the forge has no drafts.

        An answer that does not come says nothing, so the forge is asked before the request is made again.
        """
        fields: dict[str, object] = {
            "title": title,
            "head": branch,
            "base": base,
            "body": body,
            "draft": True,
        }
        for last in (False, False, True):
            try:
                return self._pull(self._send("POST", "/pulls", fields))
            except Refused as refusal:
                found = [one for one in self.of_branch(branch) if one.state == "open"]
                if found:
                    return found[0]
                if refusal.status == 422 and "draft" in str(refusal).lower() and fields["draft"]:
                    fields["draft"] = False
                elif refusal.status < 500 or last:
                    raise
        raise AssertionError("the last try ends the loop")

    def update(self, number: int, **fields: str) -> None:
        """Change title, body or state."""
        self._send("PATCH", f"/pulls/{number}", fields, again=True)

    def label(self, number: int, labels: tuple[str, ...]) -> None:
        """Add labels."""
        if labels:
            self._send("POST", f"/issues/{number}/labels", {"labels": list(labels)}, again=True)

    def comment_once(self, number: int, mark: str, text: str) -> bool:
        """Say something that no comment with the same mark has said yet; whether it was new."""
        hidden = f"<!-- {mark} -->"
        if any(hidden in str(one.get("body") or "") for one in self._pages(f"/issues/{number}/comments", {})):
            return False
        self._send("POST", f"/issues/{number}/comments", {"body": f"{text}\n\n{hidden}"})
        return True

    def _pull(self, item: Mapping[str, Any]) -> PullRequest:
        head = item["head"]
        home = (head.get("repo") or {}).get("full_name") or ""
        return PullRequest(
            number=int(item["number"]),
            url=str(item["html_url"]),
            state=str(item["state"]),
            draft=bool(item.get("draft")),
            merged=bool(item.get("merged_at")),
            branch=str(head["ref"]),
            local=home.lower() == self.repository.lower(),
            tip=str(head["sha"]),
            title=str(item["title"]),
            body=str(item.get("body") or ""),
        )

    def _pages(self, path: str, query: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        page = 1
        while True:
            asked = urlencode({**query, "per_page": _PAGE, "page": page})
            items = cast("list[Mapping[str, Any]]", self._get(f"{path}?{asked}"))
            yield from items
            if len(items) < _PAGE:
                return
            page += 1

    def _get(self, path: str) -> Any:
        return self._send("GET", path, None, again=True)

    def _send(self, method: str, path: str, fields: object, again: bool = False) -> Any:
        """One request. again: whether it does no harm to make it twice."""
        attempt = 0
        while True:
            status, headers, text = self._once(method, path, fields)
            if status < 300:
                return json.loads(text) if text else None
            pause = _pause(status, headers, attempt, again)
            attempt += 1
            if pause is None or attempt == _TRIES:
                raise Refused(status, f"{method} {path.partition('?')[0] or '/'}: {_reason(status, text)}")
            if pause > _PATIENCE:
                raise Refused(status, f"the forge asks to wait {pause:.0f} seconds; run again later")
            self.wait(pause)

    def _once(self, method: str, path: str, fields: object) -> tuple[int, Mapping[str, str], str]:
        headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": VERSION,
            "User-Agent": "vecassist",
            "Authorization": f"Bearer {self.token.reveal()}",
        }
        body = None if fields is None else json.dumps(fields).encode()
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            answer = urllib3.request(
                method,
                f"{self.api}/repos/{self.repository}{path}",
                body=body,
                headers=headers,
                # A token goes where it was meant to go and nowhere else.
                redirect=False,
                retries=False,
                timeout=30.0,
            )
        except urllib3.exceptions.HTTPError as error:
            return 599, {}, json.dumps({"message": f"no answer: {type(error).__name__}"})
        return answer.status, answer.headers, answer.data.decode("utf-8", "replace")


def _pause(status: int, headers: Mapping[str, str], attempt: int, again: bool) -> float | None:
    """How long to wait before the request is made again; None where it must not be."""
    wanted = headers.get("Retry-After", "")
    if status in (403, 429):
        if re.fullmatch(r"[0-9]+", wanted):
            return float(wanted)
        reset = headers.get("X-RateLimit-Reset", "")
        if headers.get("X-RateLimit-Remaining") == "0" and re.fullmatch(r"[0-9]+", reset):
            return max(1.0, float(reset) - time.time())
        return None
    return 0.5 * 2**attempt if status >= 500 and again else None


def _reason(status: int, text: str) -> str:
    try:
        said = json.loads(text)
        parts = [str(said["message"])]
        for one in said.get("errors") or ():
            parts.append(str(one.get("message") or one.get("code")) if isinstance(one, dict) else str(one))
        message = "; ".join(parts)
    except (ValueError, KeyError, TypeError, AttributeError):
        message = "no reason given"
    return f"{status} {' '.join(message.split())}"


def denied(error: Refused) -> UserError:
    """A refusal as an error with what to do."""
    advice = {
        401: "give a token that is valid in GITHUB_TOKEN",
        403: "the token needs `contents: write` and `pull-requests: write`; pull requests of forks get none",
        404: "check GITHUB_REPOSITORY, and that the token may read it",
    }.get(error.status, "run again later" if error.status >= 500 else "mend what it names")
    return UserError(f"the forge refused: {error}; {advice}")

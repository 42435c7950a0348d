"""Branches and pull requests brought to what the base is today: each run ends with one for a loop, or none.

There is no memory besides the forge and the branches: what a branch is about stands in its commit, and a loop that was
refused once is known by the text of its closed pull request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from compiler.toolchain import Toolchain
from vecassist.audit import find as locate
from vecassist.audit import unit_of
from vecassist.bot import text
from vecassist.bot.find import Found
from vecassist.bot.forge import Forge, PullRequest
from vecassist.bot.git import Git, Rejected
from vecassist.bot.guard import guard
from vecassist.bot.proposal import PREFIX, Proposal, ident, propose
from vecassist.config import BotConfig
from vecassist.errors import UserError
from vecassist.model import Site
from vecassist.pipeline import Settings, Tools
from vecassist.store.entry import Entry, from_json, to_json
from vecassist.store.files import FOLDER, relative

_ON = re.compile(r"^Measured-On: (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Done:
    """operation: "created", "updated", "closed", "stopped" (a person has taken over) or "none"; why: in words;
    proposal: what a pull request says, where it was made or changed."""

    operation: str
    branch: str
    number: int
    url: str
    why: str
    proposal: Proposal | None = None


@dataclass(frozen=True)
class Work:
    """What a run works with. head: the commit that is checked out at `root`; base: the branch that pull requests go to;
    acts: whether anything is changed at the forge; forge: None where there is no token, for a dry run."""

    git: Git
    forge: Forge | None
    root: Path
    base: str
    head: str
    config: BotConfig
    compilers: Sequence[Toolchain]
    settings: Settings
    tools: Tools
    acts: bool


Finder = Callable[[Callable[[Site], bool], int], Found]
"""Looks for so many loops that are not known."""


def keep(work: Work, finder: Finder, emit: Callable[[Done], None]) -> tuple[Site, ...]:
    """Bring everything up to date, then propose what is new within the limit. emit: hears of each step when it is done.

    Returns the loops that wait. Raises Refused or UserError where the forge or the remote does not play along; what was
    done until then is consistent, and the next run goes on from there.
    """
    tips = work.git.branches(PREFIX) if work.forge is not None else {}
    pulls = [one for one in work.forge.open() if one.local] if work.forge is not None else []
    ours = {one.branch: one for one in pulls if one.branch.startswith(PREFIX)}
    alive = set(ours)
    for branch in sorted({*tips, *ours}):
        done = _branch(work, branch, tips.get(branch), ours.get(branch), len(alive))
        if done.operation == "created":
            alive.add(branch)
        if done.operation == "closed":
            alive.discard(branch)
        emit(done)
    known = _known(work, {*tips, *ours})
    free = max(0, work.config.limit - len(alive))
    found = finder(known, free)
    for entry in found.entries:
        emit(_new(work, entry))
    return found.waiting


def _known(work: Work, branches: set[str]) -> Callable[[Site], bool]:
    """Whether a loop is proposed already, was refused once, or is accepted in the base."""
    refused: set[str] = set()
    if work.forge is not None and work.config.labels:
        for state, body in work.forge.labelled(work.config.labels[0]):
            named = text.ident_in(body)
            if named is not None and state == "closed":
                refused.add(named)
    idents = {branch.rpartition("-")[2] for branch in branches} | refused
    accepted = {(entry.file, entry.key) for entry in _committed(work)}

    def known(site: Site) -> bool:
        return ident(site.key) in idents or (relative(site.file, work.root), site.key) in accepted

    return known


def _committed(work: Work) -> Iterator[Entry]:
    listed = work.git.line("ls-tree", "--name-only", work.head, f"{FOLDER}/")
    for name in listed.splitlines():
        data = work.git.show(work.head, name) if name.endswith(".json") else None
        if data is not None:
            yield from_json(data.decode("utf-8", "replace"), name)


def _branch(work: Work, branch: str, tip: str | None, pull: PullRequest | None, alive: int) -> Done:
    """What becomes of a branch that is there, or of a pull request that has none any more."""
    number, url = (pull.number, pull.url) if pull else (0, "")
    if tip is None:
        return Done("none", branch, number, url, "its branch is gone")
    made = work.git.made(tip)
    entry = _entry_of(work, tip) if made is not None else None
    if made is None or entry is None:
        if pull is None:
            return Done("none", branch, 0, "", "a person's branch, without a pull request")
        if work.acts and work.forge is not None:
            work.forge.comment_once(pull.number, "vecassist:stopped", _STOPPED)
        return Done("stopped", branch, number, url, "a person has pushed to the branch")
    if pull is None and work.forge is not None:
        before = work.forge.of_branch(branch)
        if before:
            how = "merged" if before[0].merged else "closed"
            return Done("none", branch, before[0].number, before[0].url, f"it was {how}")
    moved = made[1] != work.head
    if pull is not None and not moved:
        return Done("none", branch, number, url, "up to date")
    standing, why = _standing(work, entry)
    if standing == "obsolete":
        return _close(work, branch, tip, pull, why)
    if standing == "unproved":
        if work.acts and work.forge is not None and pull is not None:
            told = f"Not rebased: on `{work.base}` of today the rewrite is {why}."
            work.forge.comment_once(pull.number, "vecassist:unproved", told)
        return Done("none", branch, number, url, f"not rebased: {why}")
    if pull is None and alive >= work.config.limit:
        return Done("none", branch, 0, "", "it waits: as many pull requests are open as may be")
    return _renew(work, branch, tip, pull, entry, moved)


_STOPPED = (
    "Somebody else has pushed to this branch, so it is left alone from now on: it is not rebased and not closed. "
    "Its proof is about the text as it was before; `vecassist guard` says whether the rewrite of today holds."
)


def _entry_of(work: Work, tip: str) -> Entry | None:
    changed = work.git.line("diff-tree", "-r", "--name-only", "--no-commit-id", tip).splitlines()
    names = [name for name in changed if name.startswith(f"{FOLDER}/")]
    data = work.git.show(tip, names[0]) if len(names) == 1 else None
    if data is None:
        return None
    try:
        return from_json(data.decode("utf-8", "replace"), names[0])
    except UserError:
        return None


def _standing(work: Work, entry: Entry) -> tuple[str, str]:
    """ "good", "obsolete" where the base of today has no use for an entry, "unproved" where the prover does not know;
    and why."""
    judged = guard([entry], work.root, work.tools, work.settings.assume)[0]
    if judged.status in ("failed", "not-granted"):
        return "unproved", judged.reason
    if not judged.holds:
        return "obsolete", judged.reason
    source = (work.root / entry.file).read_bytes()
    found = locate(entry, unit_of(entry, entry.proofs[0].command, work.root), source)
    if found is None or found.status != "valid":
        return "obsolete", f"`{work.base}` has the rewrite"
    return "good", ""


def _close(work: Work, branch: str, tip: str, pull: PullRequest | None, why: str) -> Done:
    if work.acts and work.forge is not None:
        if pull is not None:
            # The reason first: a run that ends in between leaves no closed request without one.
            told = f"Closed, since `{work.base}` has moved on: {why}."
            work.forge.comment_once(pull.number, "vecassist:obsolete", told)
            work.forge.update(pull.number, state="closed")
        _push(work, "", branch, tip)
    number, url = (pull.number, pull.url) if pull else (0, "")
    return Done("closed", branch, number, url, f"obsolete: {why}")


def _renew(work: Work, branch: str, tip: str, pull: PullRequest | None, entry: Entry, moved: bool) -> Done:
    """Put the commit on the base of today, and open the request where the last run did not come that far."""
    proposal = _proposal(work, _at(work, entry), measured=False)
    on = _ON.search(work.git.line("show", "-s", "--format=%B", tip))
    proposal = replace(proposal, processor=on[1] if on else "")
    if moved and work.acts:
        lost = _push(work, _commit(work, proposal), branch, tip)
        if lost is not None:
            number, url = (pull.number, pull.url) if pull else (0, "")
            return Done("none", branch, number, url, lost)
    if pull is None:
        return _open(work, proposal, "its branch had no pull request yet")
    if work.acts and work.forge is not None:
        work.forge.update(pull.number, title=text.title(proposal.entry), body=text.body(proposal, work.root))
    return Done("updated", branch, pull.number, pull.url, f"rebased on `{work.base}`", proposal)


def _at(work: Work, entry: Entry) -> Entry:
    """The entry with the line at which its region stands today."""
    source = (work.root / entry.file).read_bytes()
    found = locate(entry, unit_of(entry, entry.proofs[0].command, work.root), source)
    return entry if found is None else replace(entry, line=found.site.line)


def _new(work: Work, entry: Entry) -> Done:
    proposal = _proposal(work, entry, measured=True)
    before = work.forge.of_branch(proposal.branch) if work.forge is not None else []
    if before:
        return Done("none", proposal.branch, before[0].number, before[0].url, f"it was {before[0].state}")
    if work.acts:
        lost = _push(work, _commit(work, proposal), proposal.branch, "")
        if lost is not None:
            return Done("none", proposal.branch, 0, "", lost)
    return _open(work, proposal, "proved, vectorized and faster")


def _proposal(work: Work, entry: Entry, measured: bool) -> Proposal:
    return propose(entry, work.root, work.compilers, work.config.targets, work.settings, work.tools, measured)


def _commit(work: Work, proposal: Proposal) -> str:
    entry = proposal.entry
    files: Mapping[str, bytes] = {
        entry.file: proposal.after,
        f"{FOLDER}/{entry.name}": to_json(entry).encode(),
    }
    on = f"\n\nMeasured-On: {proposal.processor}" if proposal.processor else ""
    return work.git.commit(work.head, files, text.message(entry) + on, proposal.ident)


def _push(work: Work, commit: str, branch: str, expected: str) -> str | None:
    """None where the branch is what it should be; else why it was left alone: somebody was quicker."""
    try:
        work.git.push(commit, branch, expected)
    except Rejected as rejected:
        if str(rejected).startswith("!"):
            return f"the branch has changed meanwhile: {rejected}"
        raise UserError(
            f"the push of {branch} was refused: {rejected}; the token needs `contents: write`"
        ) from rejected
    return None


def _open(work: Work, proposal: Proposal, why: str) -> Done:
    if not work.acts or work.forge is None:
        return Done("created", proposal.branch, 0, "", why, proposal)
    body = text.body(proposal, work.root)
    made = work.forge.create(proposal.branch, work.base, text.title(proposal.entry), body)
    work.forge.label(made.number, work.config.labels)
    return Done("created", proposal.branch, made.number, made.url, why, proposal)

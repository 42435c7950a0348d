"""One loop to propose: what identifies it, and everything that the text of its pull request says."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from compiler.errors import CompilerError
from compiler.listing import Instruction, loops
from compiler.remarks import inspect, of_loop
from compiler.toolchain import Toolchain
from vecassist.audit import find, unit_of
from vecassist.bot.guard import rewritten
from vecassist.bot.targets import TargetProof, prove_for
from vecassist.errors import UserError
from vecassist.model import Site
from vecassist.pipeline import Settings, Tools
from vecassist.store.entry import Entry, to_source

PREFIX = "vecassist/"
_LINES = 60
"""Lines of assembly that are shown of one loop."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What one compiler says about the region before and after, and the machine code of its loops."""

    compiler: str
    remarks: tuple[str, str]
    assembly: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Proposal:
    """entry: as it is committed; before, after: the whole file; seen: by the compilers in use; targets: further ones;
    processor: on which it was measured, "" where that was elsewhere."""

    entry: Entry
    before: bytes
    after: bytes
    seen: tuple[Seen, ...]
    targets: tuple[TargetProof, ...]
    processor: str

    @property
    def ident(self) -> str:
        return ident(self.entry.key)

    @property
    def branch(self) -> str:
        return branch(self.entry)


def ident(key: str) -> str:
    """What a loop is: the contents of its nest and its function's name, wherever it stands."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def branch(entry: Entry) -> str:
    """The branch of a loop: of its file, its function and its contents."""
    slug = re.sub(r"[^A-Za-z0-9_.-]+", "-", entry.file).strip("-.") or "file"
    # Git has no names with two dots, nor such as end with .lock.
    slug = re.sub(r"\.{2,}|\.lock$", "-", slug)
    return f"{PREFIX}{slug[:80]}/{entry.function[:80]}-{ident(entry.key)}"


def proof_digest(entry: Entry) -> str:
    """The proofs of an entry in one hash."""
    facts = [asdict(proof) for proof in entry.proofs]
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=dict).encode()).hexdigest()


def propose(
    entry: Entry,
    root: Path,
    compilers: Sequence[Toolchain],
    targets: Sequence[str],
    settings: Settings,
    tools: Tools,
    measured: bool,
) -> Proposal:
    """Collect what there is to say about an entry whose original stands in the sources at `root`.

    measured: whether the figures are of this machine. Raises UserError where the original is not there.
    """
    source = (root / entry.file).read_bytes()
    found = find(entry, unit_of(entry, entry.proofs[0].command, root), source) if entry.proofs else None
    if found is None or found.status != "valid":
        raise UserError(f"{entry.file}: the loop has changed")
    after = rewritten(entry, source, found.site.span.start)
    own = tools.place(found.site).user
    used = [own, *(tool for tool in compilers if tool.name != own.name and tool.name in entry.measurements)]
    text = to_source(entry.after).decode("latin-1")
    return Proposal(
        entry,
        source,
        after,
        tuple(one for tool in used if (one := _seen(tool, found.site, entry, after)) is not None),
        tuple(prove_for(target, found.site, source, text, settings, tools) for target in targets),
        processor() if measured else "",
    )


def _seen(tool: Toolchain, site: Site, entry: Entry, after: bytes) -> Seen | None:
    remarks: list[str] = []
    assembly: list[str] = []
    unit = site.unit
    for text, region in ((None, entry.before), (after, entry.after)):
        lines = site.line, site.line + region.count("\n")
        try:
            inspected = inspect(tool, unit.path, unit.directory, unit.args, text)
        except CompilerError:
            return None
        remark = of_loop(inspected.remarks, *lines)
        said = "nothing" if remark is None else "vectorized" if remark.vectorized else remark.reason
        remarks.append(said or "not vectorized")
        assembly.append(_loops(inspected.listing.bodies(site.function), lines))
    return Seen(tool.name, (remarks[0], remarks[1]), (assembly[0], assembly[1]))


def _loops(bodies: Iterable[tuple[Instruction, ...]], lines: tuple[int, int]) -> str:
    """The machine code of the loops on these lines, the shortest first, cut where it is long."""
    first, last = lines
    found = [
        loop for body in bodies for loop in loops(body) if any(first <= one.line <= last for one in loop)
    ]
    shown: list[str] = []
    for loop in sorted(found, key=len)[:4]:
        targets = {one.jump for one in loop}
        for one in loop:
            if one.label in targets and one.label:
                shown.append(f"{one.label}:")
            elif one.text and not one.text.startswith("#"):
                shown.append(f"    {one.text}")
        shown.append("")
    if len(shown) > _LINES:
        shown = [*shown[:_LINES], f"    ... {len(shown) - _LINES} more lines"]
    return "\n".join(shown).rstrip()


def processor() -> str:
    """The model of this machine's processor, as far as it is told."""
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", "replace")
    except OSError:
        return platform.processor() or platform.machine()
    named = re.search(r"^model name\s*:\s*(.+)$", text, re.MULTILINE)
    return named[1] if named else platform.machine()

"""What is compiled in the place of a source: its entries found, proved or looked up, and put together.

`python -m vecassist.cc.prepare MANIFEST ROOT SECONDS COMMAND...` writes the manifest of one compilation. It is the
slow path: once for each source, command and set of entries.
"""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from compiler.compdb import strip_command
from compiler.errors import CompilerError, UnsupportedFlag
from compiler.flags import classify
from compiler.toolchain import Toolchain, find_lowering_clang, resolve
from vecassist.cc.arguments import Compilation, read
from vecassist.cc.cache import STORE, cache_folder, digest, write_whole
from vecassist.cc.includes import Inputs, inputs
from vecassist.cc.lay import laid_out
from vecassist.cc.manifest import Manifest, facts, save
from vecassist.errors import UserError
from vecassist.evidence import Gauge
from vecassist.model import Candidate, Site, Unit
from vecassist.pipeline import Settings, Tools, prove_in, tools
from vecassist.scan.lexer import tokenize
from vecassist.scan.sites import scan_text
from vecassist.splice import splice
from vecassist.store.advisories import SHIPPED, Advisory, affecting
from vecassist.store.advisories import table as advisories
from vecassist.store.entry import Entry, from_json, to_source
from vecassist.store.machine import Recalling, Record
from vecassist.worker import WorkerLimits, WorkerPool

_PROVING = 3
"""Times the limit of one proof that all proofs of a compilation may take."""

_OLDEST_GCC = 8
"""The first with -fmacro-prefix-map."""


@dataclass(frozen=True)
class Result:
    """text: what is compiled, None for the source as it is; events: as in a manifest; places: of the entries and
    proofs that this rests on; missing: proofs that would change it."""

    text: bytes | None
    events: tuple[tuple[str, int, str], ...]
    places: tuple[Path, ...] = ()
    missing: tuple[Path, ...] = ()


@dataclass
class _State:
    text: bytes
    applied: int = 0
    events: list[tuple[str, int, str]] = field(default_factory=list[tuple[str, int, str]])
    missing: list[Path] = field(default_factory=list[Path])
    proofs: list[Path] = field(default_factory=list[Path])


def prepare(what: Compilation, root: Path, place: str, seconds: float, table: Path = SHIPPED) -> bool:
    """Write the manifest at `place`; False where it cannot be written. table: of the prover's known faults."""
    found = Manifest()
    found.made = time.time_ns()
    here = Path.cwd()
    source = here / what.name
    original = source.read_bytes()
    compiler, args = strip_command([*what.words[what.compiler :]], here)
    unit = Unit(Path(what.name), here, compiler, args)
    paths, entries, damaged = _entries(root, source)
    seen = Inputs((), ())
    try:
        user = resolve(compiler)
        classify(args)
        if user.kind == "gcc" and user.major < _OLDEST_GCC:
            raise UserError(f"{user.name} is too old for a text in the place of a file")
        seen = inputs(user, unit)
        result = _apply(unit, original, entries, seconds, advisories(table))
    except UnsupportedFlag as error:
        result = Result(None, (("unsupported-flag", 1, str(error)),))
    except CompilerError as error:
        result = Result(None, (("unsupported-compiler", 1, str(error)),))
    except UserError as error:
        result = Result(None, (("not-scanned", 1, str(error)),))
    else:
        found.kind = user.kind
        if result.text is not None:
            _put_text(found, place, what, source, user, result.text, args)
    events = [*(("damaged", 1, text) for text in damaged), *result.events]
    found.events = [(name, count, " ".join(why.split())) for name, count, why in events]
    found.absent = [*seen.absent, *map(str, result.missing)]
    for path in (source, table, *seen.files, *paths, *result.places):
        known = facts(os.path.normpath(here / path))
        if known is None:
            return False
        found.files[os.path.normpath(here / path)] = known
    return save(place, found)


def _entries(root: Path, source: Path) -> tuple[list[Path], list[Entry], list[str]]:
    """The files with entries of `source`, the entries, and what is wrong with the others."""
    wanted = os.path.relpath(os.path.realpath(source), root)
    paths: list[Path] = []
    entries: list[Entry] = []
    damaged: list[str] = []
    for path in sorted((root / STORE).glob("*.json")):
        try:
            text = path.read_text("utf-8")
            if json.loads(text)["file"] != wanted:
                continue
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
        paths.append(path)
        try:
            entries.append(from_json(text, path.name))
        except UserError as error:
            damaged.append(str(error))
    return paths, entries, damaged


def _apply(
    unit: Unit, original: bytes, entries: Sequence[Entry], seconds: float, faults: tuple[Advisory, ...]
) -> Result:
    """Each entry in turn, proved in the text that has the earlier ones."""
    lowering = find_lowering_clang()
    folder = Path(cache_folder(os.environ))
    state = _State(original)
    deadline = time.monotonic() + _PROVING * seconds
    with WorkerPool(1, WorkerLimits(seconds=seconds or 1.0)) as pool:
        line = tools(lowering, pool, Gauge((), pool))
        for entry in sorted(entries, key=lambda entry: (_line(original, entry), entry.name)):
            recalled = affecting(entry, faults)
            if recalled:
                state.events.append(("recalled", 1, f"{entry.name}: {'; '.join(map(str, recalled))}"))
                continue
            # An assumption is for the one who builds to grant: what was proved here under it is on record.
            late = time.monotonic() >= deadline
            recalls = late or any(proof.assumptions for proof in entry.proofs)
            kind = Recalling if recalls else Record
            record = kind(folder, asks=True, advisories=faults)
            _one(unit, entry, state, replace(line, record=record), record)
    count = state.applied
    events = ((("applied", count, ""),) if count else ()) + tuple(state.events)
    return Result(state.text if count else None, events, tuple(state.proofs), tuple(state.missing))


def _line(original: bytes, entry: Entry) -> int:
    at = original.find(to_source(entry.before))
    return at if at >= 0 else len(original)


def _one(unit: Unit, entry: Entry, state: _State, line: Tools, record: Record) -> None:
    """Apply one entry to the text of the state, or say why not."""
    before = to_source(entry.before).decode("latin-1")
    sites = scan_text(unit, state.text.decode("latin-1")).sites
    site = next((one for one in sites if one.key == entry.key and one.text == before), None)
    if site is None:
        fixed = to_source(entry.after) in state.text and to_source(entry.before) not in state.text
        state.events.append(
            ("done", 1, entry.name) if fixed else ("stale", 1, f"{entry.name}: the loop has changed")
        )
        return
    text, replacement = _placed(state.text, site, to_source(entry.after).decode("latin-1"))
    if text is None:
        state.events.append(("unchecked", 1, f"{entry.name}: {replacement}"))
        return
    assumptions = tuple(sorted({one for proof in entry.proofs for one in proof.assumptions}))
    candidate = Candidate(site, replacement, entry.proposer, entry.rule)
    try:
        reason = prove_in(state.text, site, candidate, Settings(assumptions), line)
    except (CompilerError, UserError) as error:
        reason = str(error)
    known = [place for place in record.asked if place.is_file()]
    if reason is None and known:
        state.text = text
        state.applied += 1
        state.proofs += known
        return
    state.events.append(("unchecked", 1, f"{entry.name}: {reason or 'the proof is not on record'}"))
    state.missing += [place for place in record.asked if not place.is_file()]


def _placed(source: bytes, site: Site, after: str) -> tuple[bytes | None, str]:
    """The text with the rewrite in the lines of the region, and the replacement that gives it; else None and why."""
    laid = laid_out(site.text, after)
    if laid is not None:
        text = splice(source, site, laid)
        if text.count(b"\n") == source.count(b"\n"):
            return text, laid
    numbered = _numbered(source, site, after)
    return (numbered, after) if numbered is not None else (None, "it cannot stand in the lines of its region")


def _numbered(source: bytes, site: Site, after: str) -> bytes | None:
    """The rewrite on lines of its own, numbered so that none goes beyond the region; None where lines bear on what
    is compiled."""
    text = splice(source, site, after)
    tail = source[site.span.end :]
    placed = text[site.span.start : len(text) - len(tail)].decode("latin-1")
    tokens = tokenize(placed)
    if any(token.text == "__LINE__" for token in tokens) or re.search(
        rb"^[ \t]*#[ \t]*(?:line|[0-9])", source, re.M
    ):
        return None
    last = site.line + site.text.count("\n")
    breaks = {token.start + at for token in tokens for at, sign in enumerate(token.text) if sign == "\n"}
    lines: list[str] = []
    offset = 0
    for number, one in enumerate(placed.split("\n")):
        inside = number and offset - 1 in breaks
        if site.line + number > last and not inside:
            lines.append(f"#line {last}")
        lines.append(one)
        offset += len(one) + 1
    body = "\n".join([*lines, f"#line {last}", ""]).encode("latin-1")
    return source[: site.span.start] + body + tail


def _put_text(
    found: Manifest,
    place: str,
    what: Compilation,
    source: Path,
    user: Toolchain,
    text: bytes,
    args: Sequence[str],
) -> None:
    """Write the text where the compiler will find it, under the source's own base name."""
    name = os.path.basename(what.name)
    if user.kind == "gcc":
        text = text.removeprefix(b"\xef\xbb\xbf")
        # With macros in the debug information a #line would count as a second start of the file.
        if not any(flag.startswith(("-g3", "-ggdb3")) for flag in args):
            spelled = what.name.replace("\\", "\\\\").replace('"', '\\"')
            text = f'#line 1 "{spelled}"\n'.encode("utf-8", "surrogateescape") + text
    home = os.path.dirname(os.path.dirname(os.path.dirname(place)))
    full = os.path.abspath(source)
    mark = digest(text + b"\0" + (full.encode("utf-8", "surrogateescape") if user.kind == "clang" else b""))
    folder = f"{home}/texts/{mark[:2]}/{mark[2:]}"
    path = f"{folder}/{name}"
    if "=" in path:
        raise UserError(f"{path}: a name with = cannot be mapped")
    written = write_whole(path, text)
    if user.kind == "clang":
        entry = {"type": "file", "name": full, "external-contents": path}
        overlay = {"version": 0, "use-external-names": False, "roots": [entry]}
        written = written and write_whole(f"{folder}/overlay.yaml", json.dumps(overlay).encode())
    if not written:
        raise OSError(f"{path}: cannot be written")
    found.text, found.text_digest = path, digest(text)
    found.maps = _maps(args)


def _maps(args: Sequence[str]) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for flag in args:
        kind, mark, pair = flag.partition("-prefix-map=")
        old, equals, new = pair.partition("=")
        if mark and equals:
            kinds = ("debug", "macro") if kind == "-ffile" else (kind.removeprefix("-f"),)
            found += [(one, old, new) for one in kinds]
    return found


def _end_with_parent() -> None:
    """A build that is broken off leaves nothing running."""

    def watch(parent: int) -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, args=(os.getppid(),), daemon=True).start()


def main(arguments: Sequence[str]) -> int:
    """The command; the exit code is 0 where the manifest is written."""
    place, root, seconds, *words = arguments
    what = read(words, {})
    if isinstance(what, str):
        raise UserError(f"not one compilation: {what}")
    _end_with_parent()
    return 0 if prepare(what, Path(root), place, float(seconds)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

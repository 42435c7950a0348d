"""Surveys of units, kept as files in the user's cache beside a manifest of everything that compilers read for them.

A kept survey holds while every file that any of the compilers read has the same contents and no file has come to be
that one of them would read instead; the key is what else can change it: command, compilers, environment, this
program's own text. Whatever is in doubt is surveyed anew.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from compiler.errors import CompilerError
from compiler.toolchain import Toolchain
from vecassist.answers.program import program
from vecassist.cc.cache import cache_folder, digest, is_own, write_whole
from vecassist.cc.includes import inputs
from vecassist.cc.manifest import MEANING, RACY, Manifest, facts, load, save
from vecassist.compilers import named
from vecassist.errors import UserError
from vecassist.model import CompilerView, Site, Span, Unit
from vecassist.scan.parse import Skip
from vecassist.scan.sites import Scan
from vecassist.survey import Survey, survey_unit

_ELSEWHERE = ("@", "-fprofile-use", "-fauto-profile", "-fbranch-probabilities", "-fprofile-instr-use")
"""Flags that make a compilation depend on files that are not found out about here."""


class Surveys:
    """Surveys of this run and of earlier ones; shared by threads. offer: the rules that offer a rewrite of a site,
    None where nobody asks for them."""

    def __init__(
        self,
        folder: Path,
        compilers: Sequence[Toolchain],
        offer: Callable[[Site], tuple[str, ...]] | None = None,
    ) -> None:
        self._folder = folder
        self._compilers = compilers
        self._offer = offer

    def survey(self, unit: Unit, executor: Executor | None = None) -> Survey:
        """As `survey_unit`, with `offered` filled in where it is asked for. Raises the same."""
        tools = {tool.name: tool for tool in (*self._compilers, named(unit.compiler))}
        place = str(self._folder / _key(unit, tuple(tools.values())))
        found = _read(place, unit)
        if found is not None and (self._offer is None or found.offered or not found.scan.sites):
            return found
        made = time.time_ns()
        survey = survey_unit(unit, self._compilers, executor)
        if self._offer is not None:
            survey = replace(survey, offered={site.key: self._offer(site) for site in survey.scan.sites})
        if not any(flag.startswith(_ELSEWHERE) for flag in unit.args):
            with contextlib.suppress(CompilerError, UserError, OSError):
                _write(place, survey, tuple(tools.values()), made)
        return survey


def folder() -> Path | None:
    """Where this user's surveys are; None where the cache folder cannot be relied on."""
    cache = cache_folder(os.environ)
    return Path(cache) / "surveys" if is_own(cache) else None


def _key(unit: Unit, tools: Sequence[Toolchain]) -> str:
    parts = (
        program(),
        repr((str(unit.path), str(unit.directory), unit.compiler, unit.args)),
        *(repr((tool.argv, tool.version, tool.target, _stamp(tool.argv[0]))) for tool in tools),
        *(f"{name}={os.environ.get(name, '')}" for name in MEANING),
    )
    return digest("\0".join(parts).encode("utf-8", "surrogateescape"))


def _stamp(path: str) -> str:
    seen = os.stat(path)
    return f"{seen.st_mtime_ns} {seen.st_size}"


def _write(place: str, survey: Survey, tools: Sequence[Toolchain], made: int) -> None:
    unit = survey.unit
    seen = Manifest()
    seen.kind, seen.made, seen.text = "survey", made, f"{place}.json"
    names: dict[str, None] = {str(survey.file): None, **dict.fromkeys(_named(unit))}
    for tool in tools:
        read = inputs(tool, unit)
        names |= {os.path.normpath(unit.directory / name): None for name in read.files}
        seen.absent += [name for name in read.absent if name not in seen.absent]
    for name in names:
        known = facts(name)
        # A file as young as that may have had other contents when it was compiled.
        if known is None or max(int(known[0]), int(known[1])) + RACY > made:
            return
        seen.files[name] = known
    if seen.files[str(survey.file)][4] != digest(survey.original):
        return
    body = json.dumps(_plain(survey)).encode()
    seen.text_digest = digest(body)
    if write_whole(seen.text, body):
        save(place, seen)


def _named(unit: Unit) -> Iterator[str]:
    """Files that flags name."""
    for flag in unit.args:
        path = unit.directory / flag.rpartition("=")[2]
        if path.is_file():
            yield os.path.normpath(path)


def _plain(survey: Survey) -> dict[str, object]:
    sites = [
        {
            "function": site.function,
            "span": [site.span.start, site.span.end],
            "lines": [site.line, site.inner_line],
            "depth": site.depth,
            "trip": site.trip,
            "key": site.key,
            "views": [[view.compiler, view.vectorized, view.reason] for view in site.views],
            "offered": survey.offered.get(site.key),
        }
        for site in survey.scan.sites
    ]
    skipped = [[skip.function, skip.line, skip.reason] for skip in survey.scan.skipped]
    compiled = {str(file): list(_runs(sorted(lines))) for file, lines in survey.compiled.items()}
    return {"sites": sites, "skipped": skipped, "compiled": compiled}


def _runs(lines: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Lines as half-open ranges."""
    if not lines:
        return
    breaks = [index for index, (one, two) in enumerate(pairwise(lines), 1) if two != one + 1]
    for begin, end in pairwise([0, *breaks, len(lines)]):
        yield lines[begin], lines[end - 1] + 1


def _read(place: str, unit: Unit) -> Survey | None:
    seen = load(place)
    if seen is None or not seen.text:
        return None
    file = (unit.directory / unit.path).resolve()
    try:
        original = file.read_bytes()
        if digest(original) != seen.files[str(file)][4]:
            return None
        return _made(json.loads(Path(seen.text).read_bytes()), unit, file, original)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None


def _made(body: Mapping[str, Any], unit: Unit, file: Path, original: bytes) -> Survey:
    sites = tuple(_site(one, unit, original) for one in body["sites"])
    skipped = tuple(Skip(*one) for one in body["skipped"])
    known = ((one["key"], one["offered"]) for one in body["sites"])
    offered = {key: tuple(told) for key, told in known if told is not None}
    compiled = {Path(name): _lines(runs) for name, runs in body["compiled"].items()}
    return Survey(unit, file, original, Scan(sites, skipped), compiled, named(unit.compiler), offered)


def _site(one: Mapping[str, Any], unit: Unit, original: bytes) -> Site:
    span = Span(*one["span"])
    return Site(
        unit=unit,
        file=unit.directory / unit.path,
        function=one["function"],
        span=span,
        text=original[span.start : span.end].decode("latin-1"),
        line=one["lines"][0],
        inner_line=one["lines"][1],
        depth=one["depth"],
        trip=one["trip"],
        key=one["key"],
        views=tuple(CompilerView(*view) for view in one["views"]),
    )


def _lines(runs: Iterable[tuple[int, int]]) -> frozenset[int]:
    return frozenset(line for begin, end in runs for line in range(begin, end))

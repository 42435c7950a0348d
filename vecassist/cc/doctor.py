"""Why a build would or would not get rewrites: the compile path looked at from outside."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from compiler.compdb import Database, load
from compiler.errors import CompilerError
from compiler.flags import classify
from compiler.toolchain import resolve
from vecassist.cc.cache import STORE, cache_folder, is_own, is_set, store_above
from vecassist.cc.launcher import NAMES, bin_folder
from vecassist.errors import UserError
from vecassist.store.files import read_entries


@dataclass(frozen=True, slots=True)
class Findings:
    """rows: facts for people; problems: what keeps rewrites out of the build, each with what to do."""

    rows: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]


def look(build: Path, environ: Mapping[str, str]) -> Findings:
    """Look at a build folder with a compile database. Raises UserError or BadDatabase where there is none."""
    database = load(build)
    rows: list[tuple[str, str]] = [("compile database", str(database.path))]
    problems: list[str] = []
    folder = cache_folder(environ)
    rows.append(("cache", folder or "none"))
    if not is_own(folder):
        problems.append(
            f"{folder or 'no cache'}: not a folder that only you can write in: set VECASSIST_CACHE_DIR"
        )
    launcher = shutil.which(NAMES[0], path=f"{environ.get('PATH', '')}:{bin_folder(environ)}")
    binary = launcher is not None and _is_binary(Path(launcher))
    rows.append(("launcher", launcher if binary and launcher else "not built: run `vecassist init`"))
    for name in ("DISABLE", "ACTIVE"):
        if is_set(environ, name):
            problems.append(f"VECASSIST_{name} is set: no rewrite is applied; unset it")
    cache = shutil.which("ccache", path=environ.get("PATH"))
    if cache and "vecassist" not in environ.get("CCACHE_PREFIX", ""):
        rows.append(("ccache", f'{cache}; chain it as CCACHE_PREFIX="vecassist cc"'))
    rows += _commands(database, problems)
    return Findings(tuple(rows), tuple(problems))


def _commands(database: Database, problems: list[str]) -> list[tuple[str, str]]:
    sources = [command for command in database.commands if command.file.suffix == ".c"]
    roots = {command.file: store_above(os.path.realpath(command.file)) for command in sources}
    stores = sorted({root for root in roots.values() if root})
    entries: Counter[str] = Counter()
    for root in stores:
        try:
            entries.update(os.path.join(root, entry.file) for entry in read_entries(Path(root)))
        except UserError as error:
            problems.append(str(error))
    rows = [("stores", ", ".join(f"{root}/{STORE}" for root in stores) or "none")]
    reached = [command for command in sources if entries[os.path.realpath(command.file)]]
    rows.append(("C compilations", str(len(sources))))
    rows.append(("with entries", str(len(reached))))
    for command in reached:
        try:
            resolve(command.compiler)
            classify(command.args)
        except CompilerError as error:
            problems.append(f"{command.file}: its entries cannot be used: {error}")
    missed = sorted(set(entries) - {os.path.realpath(command.file) for command in sources})
    problems += [f"{name}: has entries, and no command of this build compiles it" for name in missed]
    if sources and not stores:
        problems.append(
            f"no source of this build is below a folder with {STORE}: run `vecassist optimize` first"
        )
    return rows


def _is_binary(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return stream.read(4) == b"\x7fELF"
    except OSError:
        return False

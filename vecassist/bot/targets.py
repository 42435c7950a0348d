"""Proofs for targets that no compile command of this machine has: lowered by clang, with the headers of a package."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass, replace
from pathlib import Path

from compiler.errors import CompilerError
from compiler.flags import Flags, classify
from compiler.toolchain import WHEEL, Toolchain
from vecassist.errors import UserError
from vecassist.model import Candidate, Site, Unit
from vecassist.pipeline import Settings, Tools, prove_in
from vecassist.problems import Place
from vecassist.scan.sites import scan_text

_NARROW = re.compile(r"i[3-6]86-")


@dataclass(frozen=True, slots=True)
class TargetProof:
    """What the prover says for one target; reason: why not, "" where proved; note: what the proof takes for granted."""

    target: str
    proved: bool
    reason: str
    note: str = ""


def prove_for(
    target: str, site: Site, text: bytes, after: str, settings: Settings, tools: Tools
) -> TargetProof:
    """Prove the replacement of a site in `text`, the contents of its file, under the site's command for `target`.

    The command keeps what bears on the language and the text, and loses its machine flags. Compilers of the command's
    kind are taken to work there as they do here.
    """
    narrow = bool(_NARROW.match(target))
    # Floats in x87 registers have another precision than their type, which no proof here is about.
    note = "floats in SSE registers, as with -msse2 -mfpmath=sse" if narrow else ""
    try:
        args = arguments(classify(site.unit.args), target) + (("-msse2",) if narrow else ())
        clang = tools.lowering
        name = WHEEL if clang.origin == WHEEL else clang.argv[0]
        unit = Unit(site.unit.path, site.unit.directory, name, args)
        stand_in = _stand_in(clang, tools.place(site).user)
        found = next(
            (one for one in scan_text(unit, text.decode("latin-1")).sites if one.key == site.key), None
        )
        if found is None:
            return TargetProof(target, False, "the loop is not there under this target", note)

        def place(one: Site) -> Place:
            return Place(one.unit.path, one.unit.directory, one.unit.args, clang, stand_in)

        there = replace(tools, place=place)
        candidate = Candidate(found, after, "", "")
        reason = prove_in(text, found, candidate, settings, there)
    except (CompilerError, UserError) as error:
        reason = f"it does not compile here for this target: {error}"
    return TargetProof(target, reason is None, reason or "", note)


def _stand_in(clang: Toolchain, user: Toolchain) -> Toolchain:
    """The lowering clang with the kind of the command's compiler, which decides what C leaves to compilers."""
    return clang if clang.kind == user.kind else replace(clang, kind=user.kind)


def arguments(flags: Flags, target: str) -> tuple[str, ...]:
    """The arguments of a command for another target."""
    levels = tuple(flag for flag in flags.optimization if flag != "-Ofast")
    return (
        *flags.language,
        *flags.semantic,
        *flags.preprocess,
        *levels,
        f"--target={target}",
        *headers(target),
    )


def headers(target: str) -> tuple[str, ...]:
    """Flags for the C library's headers of a Linux target; none where the package that has them is not installed."""
    spec = importlib.util.find_spec("ziglang")
    if spec is None or not spec.submodule_search_locations:
        return ()
    home = Path(next(iter(spec.submodule_search_locations))) / "lib" / "libc" / "include"
    machine = _family(target.partition("-")[0])
    folders = [
        home / f"{machine}-linux-gnu", home / "generic-glibc", home / f"{machine}-linux-any",
        home / "any-linux-any",
    ]  # fmt: skip
    if not folders[0].is_dir() or "linux" not in target:
        return ()
    return ("-nostdlibinc", *(word for folder in folders for word in ("-isystem", str(folder))))


def _family(machine: str) -> str:
    """The name under which headers of a machine are kept: x86 for i386 and x86_64."""
    if re.fullmatch(r"i[3-6]86|x86_64", machine):
        return "x86"
    if machine.startswith(("arm", "thumb")):
        return "arm"
    return re.sub(r"(32|64)?(le|be|el)?$", "", machine) if not machine.startswith("aarch64") else "aarch64"

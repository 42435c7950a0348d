"""What is in one unit: its loops, and in one line each what compilers say about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from compiler.asm import vectorized_in
from compiler.errors import CompileFailed, CompilerError
from compiler.remarks import Inspection, inspect, of_loop
from compiler.toolchain import WHEEL, Toolchain, find_compilers
from vecassist.compilers import does_not_compile, named
from vecassist.events import Event
from vecassist.model import CompilerView, Site, Unit
from vecassist.scan.sites import Scan, scan_text

NO_REASON = "the compiler gives no reason"


@dataclass(frozen=True, slots=True)
class Survey:
    """One unit, scanned. file: the resolved path; original: its bytes; compiled: source lines that the
    command reaches after preprocessing; user: the compiler of the command;
    offered: the rules that offer a rewrite, by the key of a site, where that has been asked."""

    unit: Unit
    file: Path
    original: bytes
    scan: Scan
    compiled: Mapping[Path, frozenset[int]]
    user: Toolchain
    offered: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])

    def reaches(self, site: Site) -> bool:
        """Whether the command compiles anything of a site's lines, be it as its own file or as an included one."""
        first, last = lines_of(site)
        lines = self.compiled.get(site.file.resolve(), frozenset[int]())
        return any(line in lines for line in range(first, last + 1))


def compilers_in_use() -> tuple[Toolchain, ...]:
    """The compilers that a loop is judged by besides its own: those of this machine. The clang that comes as a
    package stands in only where there is no other."""
    found = find_compilers()
    installed = tuple(tool for tool in found if tool.origin != WHEEL)
    return installed if any(tool.kind == "clang" for tool in installed) else found


def survey_unit(unit: Unit, compilers: Sequence[Toolchain], executor: Executor | None = None) -> Survey:
    """Scan a unit and ask compilers about its loops: its own, which must compile it, and the others in use.

    executor: runs the compilers, while the unit is parsed here.
    Raises UserError where the file cannot be read, CompilerError where its own compiler refuses it.
    """
    if executor is None:
        with ThreadPoolExecutor(1) as own:
            return survey_unit(unit, compilers, own)
    user = named(unit.compiler)
    file = (unit.directory / unit.path).resolve()
    original = file.read_bytes()
    asked = {
        tool.name: executor.submit(inspect, tool, unit.path, unit.directory, unit.args)
        for tool in {tool.name: tool for tool in (*compilers, user)}.values()
    }
    try:
        found = scan_text(unit, original.decode("latin-1"))
    finally:
        # What its own compiler says of a broken file is what a user has to know.
        inspections = {user.name: asked.pop(user.name).result()}
    for name, inspection in asked.items():
        # Flags or language may be for the unit's own compiler alone.
        with suppress(CompilerError):
            inspections[name] = inspection.result()
    sites = tuple(with_views(site, inspections) for site in found.sites)
    lines = {(unit.directory / name).resolve(): seen for name, seen in found.compiled.items() if name}
    return Survey(unit, file, original, Scan(sites, found.skipped), lines, user)


Ask = Callable[[Unit, Executor], Survey]


def survey_all(
    units: Sequence[Unit],
    compilers: Sequence[Toolchain],
    jobs: int,
    emit: Callable[[Event], None],
    ask: Ask | None = None,
) -> tuple[Survey, ...]:
    """Scan every unit before anything else happens, so that bad input stops a run that has changed nothing.

    jobs: compilers that run at the same time. ask: surveys one unit, instead of `survey_unit`.

    Raises UserError or CompilerError for a file that cannot be read or does not compile.
    """

    def survey(item: tuple[int, Unit]) -> Survey:
        number, unit = item
        emit(Event("scanning", unit.path, done=number, total=len(units)))
        try:
            return ask(unit, running) if ask else survey_unit(unit, compilers, running)
        except CompileFailed as error:
            raise does_not_compile(error) from error

    # More units than compilers at the same time, so that no processor waits while units are parsed.
    with ThreadPoolExecutor(jobs) as running, ThreadPoolExecutor(2 * jobs) as executor:
        return tuple(executor.map(survey, enumerate(units)))


def lines_of(site: Site) -> tuple[int, int]:
    """First and last line of a site."""
    return site.line, site.line + site.text.count("\n")


def with_views(site: Site, inspections: dict[str, Inspection]) -> Site:
    """The site with one view for each compiler: the machine code says whether, the remarks say why not."""
    return replace(site, views=tuple(_view(site, name, seen) for name, seen in inspections.items()))


def _view(site: Site, name: str, seen: Inspection) -> CompilerView:
    lines = lines_of(site)
    if vectorized_in(seen, site.function, lines):
        return CompilerView(name, True, "")
    remark = of_loop(seen.remarks, *lines, site.inner_line)
    reason = remark.reason if remark is not None and not remark.vectorized else NO_REASON
    return CompilerView(name, False, reason)

"""What compilers make of a proved rewrite: vectorized machine code in the spliced file, and time."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from compiler.asm import vectorized_in
from compiler.errors import CompilerError
from compiler.measure import measure
from compiler.remarks import inspect, of_loop
from compiler.toolchain import Toolchain
from compiler.workload import Mismatch as Differ
from compiler.workload import Request, Timing
from vecassist.model import CompilerOutcome, Outlined, Site, Speedup
from vecassist.problems import Place
from vecassist.survey import NO_REASON, lines_of
from vecassist.worker import WorkerFailed, WorkerPool
from vecassist.workload import inputs
from verify.problem import Problem


class Unmeasurable(Exception):
    """No input can be made on which both versions can be timed. The message is one line."""


class Mismatch(Exception):
    """A proved rewrite computed something else than the original: the prover is wrong."""

    def __init__(self, site: Site, problem: Problem, reason: str) -> None:
        super().__init__(reason)
        self.site = site
        self.problem = problem
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Code:
    """What compilers make of the spliced file; reason: why the command's own one leaves the region scalar."""

    compilers: dict[str, CompilerOutcome]
    reason: str = ""


@dataclass(frozen=True)
class Gauge:
    """Compiles and times rewrites. compilers: all in use; one measurement runs at a time, so that two do not
    disturb each other."""

    compilers: Sequence[Toolchain]
    pool: WorkerPool
    lock: threading.Lock = field(default_factory=threading.Lock)

    def machine_code(self, place: Place, site: Site, spliced: bytes) -> Code:
        """Whether each compiler vectorizes the region before and after, in the file as a whole.

        Others than the command's own are asked only where that one vectorizes. Raises CompilerError where the
        command's own compiler refuses the file.
        """
        before = {view.compiler: view.vectorized for view in site.views}
        first, last = lines_of(site)
        grown = spliced.count(b"\n") - (place.directory / place.name).read_bytes().count(b"\n")
        lines = first, last + grown

        own = place.user
        seen = inspect(own, place.name, place.directory, place.args, spliced)
        after = vectorized_in(seen, site.function, lines)
        found = {own.name: CompilerOutcome(before.get(own.name, False), after)}
        if not after:
            remark = of_loop(seen.remarks, *lines)
            return Code(found, remark.reason if remark is not None and remark.reason else NO_REASON)
        for tool in self.compilers:
            if tool.name in found or tool.name not in before:
                continue
            try:
                seen = inspect(tool, place.name, place.directory, place.args, spliced)
            except CompilerError:
                continue
            after = vectorized_in(seen, site.function, lines)
            found[tool.name] = CompilerOutcome(before[tool.name], after)
        return Code(found)

    def timed(
        self,
        place: Place,
        site: Site,
        problem: Problem,
        outlined: Outlined,
        compilers: Mapping[str, CompilerOutcome],
    ) -> dict[str, CompilerOutcome]:
        """The same with speedups: of the command's own compiler, and of one other that vectorizes it.

        Raises Unmeasurable where no inputs can be made or no time is had, Mismatch where the versions differ.
        """
        try:
            made = self.pool.call(inputs, problem)
        except WorkerFailed as failure:
            raise Unmeasurable(str(failure).removeprefix("NoWorkload: ")) from failure
        request = Request(
            outlined.both,
            place.name,
            place.directory,
            place.args,
            outlined.function,
            made.parameters,
            made.workloads,
            made.returns,
            made.globals,
        )
        found = dict(compilers)
        for tool in self._timers(place, compilers):
            with self.lock:
                answer = measure(tool, request)
            if isinstance(answer, Differ):
                raise Mismatch(site, problem, f"with {tool.name}: {answer}")
            if isinstance(answer, Timing):
                gain = Speedup(answer.ratio, answer.low, answer.high, answer.by_size)
                found[tool.name] = replace(found[tool.name], speedup=gain)
            elif tool.name == place.user.name:
                raise Unmeasurable(answer.reason)
        return found

    def _timers(self, place: Place, compilers: Mapping[str, CompilerOutcome]) -> Iterator[Toolchain]:
        """The command's own compiler, and one of the other kind, so that both families are heard."""
        yield place.user
        others = (tool for tool in self.compilers if tool.name in compilers and tool.kind != place.user.kind)
        yield from list(others)[:1]

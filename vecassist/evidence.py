"""What compilers make of a proved rewrite: vectorized machine code in the spliced file, and time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from compiler.asm import vectorized_in
from compiler.errors import CompilerError
from compiler.flags import classify, exact_floats
from compiler.measure import measure
from compiler.reasons import REASONS
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

REASSOCIATE = ("-fassociative-math", "-fno-signed-zeros", "-fno-trapping-math")
"""What a compiler needs before it reorders a sum of floats."""


class Unmeasurable(Exception):
    """No input can be made on which both versions can be timed. The message is one line."""


class Mismatch(Exception):
    """A proved rewrite computed something else than the original: the prover is wrong."""

    def __init__(self, site: Site, problem: Problem, reason: str) -> None:
        super().__init__(reason)
        self.site = site
        self.problem = problem
        self.reason = reason


@dataclass(frozen=True)
class Gauge:
    """Compiles and times rewrites; compilers: all in use."""

    compilers: Sequence[Toolchain]
    pool: WorkerPool

    def machine_code(
        self, tool: Toolchain, place: Place, site: Site, spliced: bytes, moved: int = 0
    ) -> tuple[CompilerOutcome, str]:
        """Whether a compiler vectorizes the region before and after, in the file as a whole; and why not after.

        moved: lines that were added before the region. Raises CompilerError where it refuses the file.
        """
        before = any(view.vectorized for view in site.views if view.compiler == tool.name)
        first, last = lines_of(site)
        grown = spliced.count(b"\n") - (place.directory / place.name).read_bytes().count(b"\n")
        lines = first + moved, last + grown
        seen = inspect(tool, place.name, place.directory, place.args, spliced)
        if vectorized_in(seen, site.function, lines):
            return CompilerOutcome(before, True), ""
        remark = of_loop(seen.remarks, *lines)
        reason = remark.reason if remark is not None and remark.reason else NO_REASON
        return CompilerOutcome(before, False), reason

    def request(self, place: Place, problem: Problem, outlined: Outlined) -> Request:
        """What is to be measured. Raises Unmeasurable where no inputs can be made."""
        try:
            made = self.pool.call(inputs, problem)
        except WorkerFailed as failure:
            raise Unmeasurable(str(failure).removeprefix("NoWorkload: ")) from failure
        return Request(
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

    def speedup(self, tool: Toolchain, request: Request, site: Site, problem: Problem) -> Speedup:
        """Compare both versions on many inputs, then time them.

        Raises Mismatch where they differ, Unmeasurable where no time is had.
        """
        answer = measure(tool, request)
        if isinstance(answer, Differ):
            raise Mismatch(site, problem, f"with {tool.name}: {answer}")
        if isinstance(answer, Timing):
            if answer.compared == 0 and exact_floats(classify(request.args)):
                raise Unmeasurable("there is no input on which both versions could be compared")
            return Speedup(answer.ratio, answer.low, answer.high, answer.by_size, answer.size, answer.spread)
        raise Unmeasurable(answer.reason)

    def reassociated(self, place: Place, site: Site) -> str:
        """Whether the unit's own compiler would vectorize a float reduction if it might reorder it, in words; "" where
        that is not what holds the loop back."""
        tool = place.user
        mine = [view for view in site.views if view.compiler == tool.name]
        if not any(view.reason == REASONS["float-reduction"].text for view in mine):
            return ""
        try:
            seen = inspect(tool, place.name, place.directory, (*place.args, *REASSOCIATE))
        except CompilerError:
            return ""
        would = "would" if vectorized_in(seen, site.function, lines_of(site)) else "would not"
        return (
            f"with -fassociative-math {tool.name} {would} vectorize it as it stands, and results could differ"
        )

    def others(self, place: Place, site: Site) -> Iterator[Toolchain]:
        """The other compilers that accept the file as it stands."""
        known = {view.compiler for view in site.views}
        return (tool for tool in self.compilers if tool.name in known and tool.name != place.user.name)

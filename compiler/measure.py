"""Timing two versions of a function against each other, after comparing what they do.

Both are compiled in one object by the user's compiler with the user's flags, linked with a harness (harness.c) and run
in a child process under limits. Whatever becomes of the child, the answer is a value.
"""

from __future__ import annotations

import atexit
import functools
import json
import math
import shutil
import signal
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compiler.errors import CompilerError, TimedOut, UnsupportedFlag
from compiler.flags import classify, compile_args, effective_contraction, exact_floats, has_fma
from compiler.place import encode, in_place
from compiler.process import COMPILER_MEMORY, checked, run
from compiler.tables import addresses, headline_of, tables
from compiler.toolchain import WHEEL, Toolchain, resolve
from compiler.workload import (
    Measurement,
    Mismatch,
    Request,
    Timing,
    Unmeasurable,
    check_request,
)

_HERE = Path(__file__).parent
PATTERNS = 12
"""Kinds of contents that the harness knows."""
ROUNDS = 3
"""Processes that time."""
LEAST_NS = 400.0
"""A shorter stretch between two looks at the clock says more of the clock than of the code."""
TICK_NS = time.clock_getres(time.CLOCK_MONOTONIC) * 1e9
"""What two looks at the clock may be off by."""

# The same loop can take twice the time at another address: both versions get the best place.
_ALIGNED = ("-falign-functions=64", "-falign-loops=64")
_TRAPS = {
    "gcc": ("-fsanitize=undefined,float-cast-overflow", "-fsanitize-undefined-trap-on-error"),
    "clang": ("-fsanitize=undefined,float-cast-overflow", "-fsanitize-trap=all"),
}


def measure(toolchain: Toolchain, request: Request) -> Measurement:
    """Compare and time `request`'s two versions as `toolchain` compiles them. Never raises for what they do."""
    why = check_request(request)
    if why:
        return Unmeasurable("request", why)
    with tempfile.TemporaryDirectory(prefix="vecassist-") as temporary:
        scratch = Path(temporary)
        try:
            return _measure(toolchain, request, scratch)
        except CompilerError as error:
            return Unmeasurable("compile", str(error))


def _measure(toolchain: Toolchain, request: Request, scratch: Path) -> Measurement:
    exact, fused = _float_meaning(toolchain, request)
    linker = _linker(toolchain)
    source = scratch / "tables.c"
    source.write_text(tables(request, exact))
    described = scratch / "tables.o"
    _compile_own(linker, source, described)
    harness = (_harness(linker), described)
    program = _build(toolchain, linker, request, harness, scratch / "timed", _ALIGNED)
    trapping = _build(toolchain, linker, request, harness, scratch / "trap", ("-O1", *_TRAPS[toolchain.kind]))
    told = run([str(trapping), "trap"], timeout=60)
    allowed = _allowed(told.out, len(request.workloads))
    if "1" not in allowed:
        return Unmeasurable("inputs", "the original has undefined behaviour on all inputs that were tried")
    checking = program
    if fused:
        # A fused operation rounds once: equal programs may differ in the last bit.
        checking = _build(toolchain, linker, request, harness, scratch / "check", ("-ffp-contract=off",))
    compared = _child(request, [str(checking), "check", allowed])
    if not isinstance(compared, list):
        return compared
    # Where the system places code, stack and memory decides on some time; each process is another throw.
    events: list[dict[str, Any]] = []
    for _ in range(ROUNDS):
        timed = _child(request, [str(program), "time", allowed, str(int(request.seconds * 1e9 / ROUNDS))])
        if not isinstance(timed, list):
            return timed
        events.extend(timed)
    return _timing(request, events, sum(event.get("step") == "after" for event in compared))


def _float_meaning(toolchain: Toolchain, request: Request) -> tuple[bool, bool]:
    """Whether equal programs compute equal bits under the user's flags, and whether the compiler may fuse."""
    codes = request.returns + "".join(one.layout + one.code for one in request.parameters)
    codes += "".join(one.layout for one in request.globals)
    if not set(codes) & {"f", "d"}:
        return True, False
    try:
        flags = classify(request.args)
    except UnsupportedFlag:
        return False, False
    fused = has_fma(flags, toolchain) and effective_contraction(toolchain, flags) != "off"
    return exact_floats(flags), fused


def _child(request: Request, argv: Sequence[str]) -> list[dict[str, Any]] | Mismatch | Unmeasurable:
    """What one run of the harness reports, or what became of it."""
    try:
        done = run(argv, timeout=20 + 10 * request.seconds)
    except TimedOut as error:
        return _died(request, _read(error.output.decode("utf-8", "replace")), "no end")
    events = _read(done.out)
    if done.returncode != 0:
        return _died(request, events, "no end" if done.returncode == -signal.SIGALRM else "fault")
    found = next((event for event in events if "mismatch" in event), None)
    return _mismatch(request, found) if found else events


def _linker(toolchain: Toolchain) -> Toolchain:
    """gcc links and compiles the harness; a clang of its own does it where there is no gcc."""
    try:
        return resolve("gcc")
    except CompilerError:
        if toolchain.origin == WHEEL:
            raise
        return toolchain


def _compile_own(linker: Toolchain, source: Path, out: Path) -> None:
    own = ("-std=gnu11", "-O1", "-fno-ipa-icf", *_ALIGNED, "-w", "-I", str(_HERE))
    checked(run([*linker.argv, *own, "-c", str(source), "-o", str(out)]))


@functools.cache
def _harness(linker: Toolchain) -> Path:
    """The compiled harness, which is the same for all requests of a process."""
    folder = Path(tempfile.mkdtemp(prefix="vecassist-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    _compile_own(linker, _HERE / "harness.c", folder / "harness.o")
    return folder / "harness.o"


def _build(
    toolchain: Toolchain,
    linker: Toolchain,
    request: Request,
    harness: Sequence[Path],
    out: Path,
    extra: Sequence[str],
) -> Path:
    unit = out.with_suffix(".o")
    with in_place(
        toolchain, encode(request.text) + addresses(request), request.name, request.directory
    ) as placed:
        # The unit's own main would clash with the harness; link-time optimization would undo the separation.
        ours = ("-Dmain=vecassist_main_of_unit", "-fno-lto", "-w", "-c", "-x", "c")
        command = [*toolchain.argv, *placed.first, *compile_args(request.args), *extra, *ours, placed.path]
        checked(run([*command, "-o", str(unit)], cwd=request.directory, timeout=120, memory=COMPILER_MEMORY))
    openmp = ["-fopenmp"] if "-fopenmp" in request.args else []
    # Functions that the two versions do not reach need not exist.
    link = [
        *linker.argv,
        "-no-pie",
        *openmp,
        *map(str, harness),
        str(unit),
        "-Wl,--unresolved-symbols=ignore-all",
        "-w",
    ]
    checked(run([*link, "-lm", "-o", str(out)], timeout=60))
    return out


def _read(output: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    for line in output.splitlines():
        try:
            events.append(json.loads(line))
        except ValueError:
            # A line that a dying child did not finish, or that the measured code printed.
            continue
    return events


def _allowed(output: str, workloads: int) -> str:
    mask = ["0"] * (workloads * PATTERNS)
    for event in _read(output):
        if event.get("status") == 0:
            mask[event["workload"] * PATTERNS + event["pattern"]] = "1"
    return "".join(mask)


def _died(request: Request, events: Sequence[dict[str, Any]], how: str) -> Mismatch | Unmeasurable:
    last = next((event for event in reversed(events) if "step" in event), None)
    if last is None:
        return Unmeasurable("fault", "the harness did not start")
    workload = request.workloads[last["workload"]]
    if last["step"] == "after":
        return Mismatch(how, workload.size, dict(workload.scalars), last["pattern"])
    if last["step"] == "before":
        what = "dies" if how == "fault" else "does not end"
        return Unmeasurable("fault", f"the original {what} on the inputs of size {workload.size}")
    return Unmeasurable("time", f"the timing at size {workload.size} did not finish")


def _mismatch(request: Request, event: dict[str, Any]) -> Mismatch:
    workload = request.workloads[event["workload"]]
    values = event["offset"], event["before"], event["after"]
    return Mismatch(event["mismatch"], workload.size, dict(workload.scalars), event["pattern"], *values)


def _timing(request: Request, events: Sequence[dict[str, Any]], compared: int) -> Timing | Unmeasurable:
    timed: dict[int, _Samples] = {}
    for event in events:
        if "timed" in event:
            more = _Samples(event["repeat"], tuple(event["before"]), tuple(event["after"]))
            if more.reliable:
                timed[event["timed"]] = more.joined(timed.get(event["timed"]))
    at = headline_of(request.workloads)
    headline = timed.get(at)
    if headline is None:
        return Unmeasurable("noise", "no reliable timing at the headline size")
    low, high = headline.interval
    return Timing(
        statistics.median(headline.ratios),
        low,
        high,
        tuple(
            (request.workloads[number].size, statistics.median(one.ratios))
            for number, one in sorted(timed.items())
        ),
        statistics.median(headline.before),
        statistics.median(headline.after),
        len(headline.ratios),
        compared,
        request.workloads[at].size,
        tuple(
            (request.workloads[number].size, statistics.median(one.ratios), *one.interval)
            for number, one in sorted(timed.items())
        ),
    )


@dataclass(frozen=True, slots=True)
class _Samples:
    repeat: int
    before: tuple[float, ...]
    after: tuple[float, ...]

    @property
    def reliable(self) -> bool:
        return min(statistics.median(self.before), statistics.median(self.after)) * self.repeat >= LEAST_NS

    def joined(self, other: _Samples | None) -> _Samples:
        if other is None:
            return self
        return _Samples(self.repeat, other.before + self.before, other.after + self.after)

    @property
    def ratios(self) -> list[float]:
        """Each pair was taken side by side, so that a change of the machine's pace hits both."""
        return [before / after for before, after in zip(self.before, self.after, strict=True)]

    @property
    def interval(self) -> tuple[float, float]:
        """Of the median ratio, at 95 %, and no narrower than what the clock tells apart."""
        low, high = median_interval(self.ratios)
        tick = TICK_NS / self.repeat
        slack = sum(tick / statistics.median(times) for times in (self.before, self.after))
        return low * (1 - slack), high * (1 + slack)


def median_interval(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float]:
    """An interval for the median by order statistics: it assumes nothing about how the values are spread."""
    ordered, count = sorted(values), len(values)
    tail, rank = 0.0, 0
    while rank < count // 2:
        tail += math.comb(count, rank) / 2**count
        if 2 * tail > 1 - confidence:
            break
        rank += 1
    rank = max(rank, 1)
    return ordered[rank - 1], ordered[count - rank]

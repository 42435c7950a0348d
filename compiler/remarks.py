"""What a compiler says about each loop of a file, with its machine code to check it against."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from compiler.flags import compile_args
from compiler.listing import Listing, lane_by_lane, loops, read_listing
from compiler.place import encode, in_place
from compiler.process import COMPILER_MEMORY, checked, run
from compiler.reasons import GCC_REASONS, REASONS, Reason, in_words, of_clang, reason_in
from compiler.toolchain import Toolchain


@dataclass(frozen=True, slots=True)
class Remark:
    """One loop as a compiler saw it.

    line, column  where the compiler places the loop: its head, or for some loops a line of its body
    function      "" where the compiler does not say
    reason        one line for people, "" where vectorized
    code          stable code of the reason, "" where vectorized
    """

    line: int
    column: int
    function: str
    vectorized: bool
    reason: str
    code: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """One compilation: remarks on the loops of the file itself, and the assembly listing with lines.

    unrolled: lines of the loops that were unrolled until no loop was left
    """

    remarks: tuple[Remark, ...]
    assembly: str
    listing: Listing
    unrolled: frozenset[int]


_GCC_LINE = re.compile(
    r"^(?P<file>[^\n]*?):(?P<line>\d+):(?P<column>\d+): (?P<kind>missed|optimized|note): +(?:"
    r"(?P<outer>outer-loop already vectorized)|(?P<left>couldn't vectorize loop)|(?P<taken>(?:outer )?loop vectorized)"
    r"|(?P<replaced>[Ll]oop \d+ (?:distributed: split to 0 loops|transformed into a builtin))"
    rf"|(?P<straight>not vectorized: (?:[\w ]+ in )?basic block|basic block part)"
    rf"|(?P<unrolled>loop with \d+ iterations? completely unrolled)|{GCC_REASONS})",
    re.MULTILINE,
)
"""Of what gcc prints, mostly its thoughts, the lines that tell something; the last group says what."""
_CLANG_LOC = re.compile(
    r"DebugLoc:\s*\{\s*File:\s*(?P<file>.*?),\s*Line:\s*(?P<line>\d+),\s*Column:\s*(?P<column>\d+)", re.S
)
_CLANG_FIELD = re.compile(r"^(?P<key>Pass|Name|Function):\s*(?P<value>.*)$", re.M)


def inspect(
    toolchain: Toolchain, name: Path, directory: Path, args: Sequence[str], text: str | bytes | None = None
) -> Inspection:
    """Compile `name` as the user does (`args`, in `directory`) and collect what the compiler says.

    text: compiled in the place of the file's contents. Raises CompileFailed with the first error line.
    """
    with ExitStack() as stack:
        record = stack.enter_context(tempfile.NamedTemporaryFile(prefix="vecassist-"))
        place, first = str(name), ()
        if text is not None:
            placed = stack.enter_context(in_place(toolchain, encode(text), name, directory))
            place, first = placed.path, placed.first
        if toolchain.kind == "gcc":
            # Without statement frontiers, gcc blames more loops on lines inside of them.
            ask = [f"-fopt-info-vec-loop-missed-optimized-internals={record.name}", "-gstatement-frontiers"]
        else:
            ask = ["-fsave-optimization-record=yaml", f"-foptimization-record-file={record.name}"]
            ask.append("-foptimization-record-passes=loop-(vectorize|idiom|unroll)")
        # Lines are all that is asked of debug information; more of it costs gcc a fifth of its time.
        flags = [*first, *compile_args(args), *ask, "-g1", "-w", "-S", "-x", "c", place, "-o", "-"]
        done = checked(run([*toolchain.argv, *flags], cwd=directory, timeout=120, memory=COMPILER_MEMORY))
        said = Path(record.name).read_text("utf-8", "replace")
    listing = read_listing(done.out, str(name))
    if toolchain.kind == "gcc":
        found = _from_gcc(said, str(name))
    else:
        contents = (directory / name).read_bytes() if text is None else encode(text)
        found = _from_clang(said, str(name), contents)
    told = tuple(_checked_by_code(remark, listing) for remark in _one_a_loop(found))
    return Inspection(told, done.out, listing, _unrolled(said, toolchain.kind, str(name)))


def remarks(
    toolchain: Toolchain, name: Path, directory: Path, args: Sequence[str], text: str | bytes | None = None
) -> tuple[Remark, ...]:
    """What the compiler says about each loop of the file; see `inspect`."""
    return inspect(toolchain, name, directory, args, text).remarks


def of_loop(found: Iterable[Remark], first: int, last: int, inner: int | None = None) -> Remark | None:
    """The remark on the innermost loop of a nest on lines first..last, which starts on line `inner`.

    None where the compiler said nothing: vectorization is off, or the loop was replaced or removed.
    """
    inside = [one for one in found if first <= one.line <= last]
    start = first if inner is None else inner
    innermost = [one for one in inside if one.line >= start] or inside
    vectorized = [one for one in innermost if one.vectorized]
    return next(iter(vectorized), None) or min(innermost, key=_importance, default=None)


def why_silent(toolchain: Toolchain, args: Sequence[str]) -> str:
    """The reason to give, in words, for a loop on which the compiler made no remark."""
    level, switched = "0", True
    for flag in args:
        if re.fullmatch(r"-O([0-4szg]|fast)?", flag):
            level = flag[2:] or "1"
        elif flag in ("-ftree-vectorize", "-fvectorize", "-fno-tree-vectorize", "-fno-vectorize"):
            switched = not flag.startswith("-fno-")
            level = "3" if switched and level != "0" else level
    off = (
        ("0", "1", "g", "2", "s", "z")
        if toolchain.kind == "gcc" and toolchain.major < 12
        else ("0", "1", "g")
    )
    return REASONS["disabled" if level in off or not switched else "unknown"].text


def _importance(remark: Remark) -> tuple[int, int]:
    return REASONS[remark.code].rank if remark.code else -1, remark.line


def _missed(line: int, column: int, function: str, reason: Reason, called: str = "") -> Remark:
    return Remark(line, column, function, False, in_words(reason, called), reason.code)


def _best(reasons: Sequence[tuple[Reason, str]]) -> tuple[Reason, str]:
    """The most telling reason; of several of one kind, the first that names a function."""
    return min(reasons, key=lambda entry: (entry[0].rank, not entry[1]), default=(REASONS["unknown"], ""))


def _same_file(said: str, unit: str) -> bool:
    return said.strip("'\"").rsplit("/", 1)[-1] == unit.rsplit("/", 1)[-1]


def _from_gcc(text: str, unit: str) -> Iterator[Remark]:
    """gcc prints what stopped each attempt (one for each vector size), then its verdict on the loop."""
    pending: dict[tuple[Reason, str], None] = {}
    done = False
    for found in _GCC_LINE.finditer(text):
        known = reason_in(found)
        if known:
            pending[known] = None
            continue
        what, own = found.lastgroup, _same_file(found["file"], unit)
        line, column = int(found["line"]), int(found["column"])
        if what == "outer":
            done = True
        elif what == "left":
            if own and done:
                yield Remark(line, column, "", True, "", "")
            elif own:
                yield _missed(line, column, "", *_best(tuple(pending)))
            pending, done = {}, False
        elif what == "taken" and found["kind"] == "optimized":
            if own:
                yield Remark(line, column, "", True, "", "")
            pending = {}
        elif what == "replaced":
            if own:
                yield Remark(line, column, "", True, "", "")
        elif what == "straight":
            # Straight-line code, tried after the loops of a function.
            pending = {}


def _from_clang(text: str, unit: str, source: bytes) -> Iterator[Remark]:
    """clang writes Analysis documents with the reasons, then a Passed or Missed document for the loop."""
    lines = source.decode("latin-1").splitlines()
    pending: list[tuple[Reason, str]] = []
    place: tuple[int, int, str] | None = None
    for document in re.split(r"^--- !", text, flags=re.M)[1:]:
        kind = document.split(None, 1)[0]
        fields = {
            found["key"]: found["value"].strip().strip("'\"") for found in _CLANG_FIELD.finditer(document)
        }
        loc = _CLANG_LOC.search(document)
        name, function = fields.get("Name", ""), fields.get("Function", "")
        if loc is None or not _same_file(loc["file"], unit):
            continue
        line, column = int(loc["line"]), int(loc["column"])
        if pending and place and function != place[2]:
            yield _missed(*place, *_best(pending))
            pending, place = [], None
        if kind == "Passed":
            if name == "Vectorized" or fields["Pass"] == "loop-idiom":
                yield Remark(line, column, function, True, "", "")
                pending, place = [], None
            continue
        known = of_clang(name)
        if known:
            called = _callee(lines, line, column) if known.code == "call" else ""
            pending.append((known, called))
            place = place or (line, column, function)
        if kind == "Missed" and (pending or name == "MissedDetails"):
            yield _missed(line, column, function, *_best(pending))
            pending, place = [], None
    if pending and place:
        yield _missed(*place, *_best(pending))


def _unrolled(text: str, kind: str, unit: str) -> frozenset[int]:
    if kind == "gcc":
        lines = [place for place in _GCC_LINE.finditer(text) if place.lastgroup == "unrolled"]
    else:
        documents = (one for one in text.split("--- !") if "FullyUnrolled" in one)
        lines = [found for found in map(_CLANG_LOC.search, documents) if found]
    return frozenset(int(place["line"]) for place in lines if _same_file(place["file"], unit))


def _callee(lines: Sequence[str], line: int, column: int) -> str:
    """The function that is called at a place of the source; "" where no name stands there."""
    if not 0 < line <= len(lines):
        return ""
    found = re.match(r"([A-Za-z_]\w*)\s*\(", lines[line - 1][column - 1 :])
    return found.group(1) if found else ""


def _one_a_loop(found: Iterable[Remark]) -> tuple[Remark, ...]:
    """Copies of a loop (unrolled, inlined, versioned) as one remark: vectorized if one copy is."""
    best: dict[tuple[int, int], Remark] = {}
    for remark in found:
        key = (remark.line, remark.column)
        if key not in best or _importance(remark) < _importance(best[key]):
            best[key] = remark
    return tuple(sorted(best.values(), key=lambda remark: (remark.line, remark.column)))


def _checked_by_code(remark: Remark, listing: Listing) -> Remark:
    """gcc calls a loop vectorized where it loads whole vectors and then adds their lanes in order."""
    if not remark.vectorized:
        return remark
    copies = [
        loop
        for body in listing.on(remark.line)
        for loop in loops(body)
        if any(one.line == remark.line for one in loop)
    ]
    if copies and all(lane_by_lane(loop) for loop in copies):
        reason = REASONS["float-reduction"]
        return replace(remark, vectorized=False, reason=in_words(reason), code=reason.code)
    return remark

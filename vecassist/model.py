"""The values that travel down the line scan - propose - splice - lower - prove - measure - decide - store - deliver."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open byte range [start, end) in the original file."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Unit:
    """One translation unit under one compile command.

    args: the command's arguments less the compiler, the source file, -c and -o; relative paths in them are relative
    to `directory`. compiler: the compiler as the command spells it ("gcc", "/usr/bin/clang-19").
    """

    path: Path
    directory: Path
    compiler: str
    args: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompilerView:
    """What one compiler says about one loop. reason: one line a person understands, "" where vectorized."""

    compiler: str
    vectorized: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Site:
    """A loop nest in the original text of a file.

    span      the outermost loop statement, its body included
    text      the original bytes of the span, decoded as latin-1 (one character a byte)
    line      1-based line of the span's start in the original file
    inner_line  1-based line of the innermost loop (what compilers report on)
    depth     number of nested loops, 1 for a single loop
    trip      static trip count of the innermost loop, None if unknown
    key       stable identity: hash of the normalized tokens of the nest, the function's name and an ordinal
    """

    unit: Unit
    file: Path
    function: str
    span: Span
    text: str
    line: int
    inner_line: int
    depth: int
    trip: int | None
    key: str
    views: tuple[CompilerView, ...] = ()


@dataclass(frozen=True, slots=True)
class Vector:
    """A vector type by name: `size` bytes of `element` ("float", "unsigned short")."""

    name: str
    element: str
    size: int


@dataclass(frozen=True, slots=True)
class Needs:
    """What a replacement asks for and only the tool may write: <immintrin.h>, vector types, one `static` function.
    With any of them the replacement goes under a test of the target, the original into the other branch."""

    intrinsics: bool = False
    vectors: tuple[Vector, ...] = ()
    helper: str = ""

    def __bool__(self) -> bool:
        return self.intrinsics or bool(self.vectors) or bool(self.helper)


NOTHING_NEEDED = Needs()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A replacement for a site's text: one C statement (usually a compound statement), untrusted until proved."""

    site: Site
    text: str
    proposer: str
    rule: str
    note: str = ""
    tokens: int = 0
    cost_usd: float = 0.0
    needs: Needs = NOTHING_NEEDED


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of an outlined region: `declaration` is C text such as "float *restrict out_x" or "int n";
    kind is "value" (live-in scalar or pointer) or "out" (pointer to a live-out)."""

    name: str
    declaration: str
    kind: str


@dataclass(frozen=True, slots=True)
class Outlined:
    """Two translation units, each the original file with the region (before or after) outlined into `function`.

    before, after  complete C source texts, to be compiled in place of the original file
    both           one source text with both versions, named function + "_before" and function + "_after"
    widened        True where the unit of proof is the whole containing function (then `function` is its name)
    """

    before: str
    after: str
    both: str
    function: str
    params: tuple[Param, ...]
    widened: bool = False


@dataclass(frozen=True, slots=True)
class Speedup:
    """Time before divided by time after, with a 95 % interval; by_size maps element counts to the ratio there.

    size    the element count at which `ratio` was taken
    spread  (element count, ratio, low, high) for each size, with 95 % intervals
    """

    ratio: float
    low: float
    high: float
    by_size: tuple[tuple[int, float], ...] = ()
    size: int = 0
    spread: tuple[tuple[int, float, float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class CompilerOutcome:
    """One compiler's view of the spliced file: machine code vectorized before and after, and the measured gain."""

    before: bool
    after: bool
    speedup: Speedup | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one loop; the row of `optimize --output-format json`.

    status: "accepted" | "refused" | "nothing proposed" | "already vectorized" | "skipped"
    """

    site: Site
    status: str
    reason: str
    reason_code: str
    candidate: Candidate | None = None
    verdict: str | None = None
    scope: str | None = None
    compilers: dict[str, CompilerOutcome] = field(default_factory=dict[str, CompilerOutcome])
    counterexample: dict[str, object] | None = None
    tokens: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0

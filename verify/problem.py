"""What is to be proved: two versions of one function, and what their IR does not show."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoopPromise:
    """A pragma in the function of interest that says something of the iterations of one loop.

    text: as written; line: where the loop's `for` stands. of: "everything" (no iteration needs another's results,
    `omp simd`), "memory" (none through memory, and operations may be reordered) or "order" (only the latter).
    reductions: (operator, variable) pairs that are exempt.
    """

    text: str
    line: int
    of: str
    reductions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """One version. ir: unoptimized LLVM IR text (`clang -O1 -Xclang -disable-llvm-passes ...`), no pass run on it.

    promises: promises to the compiler that stand in the C text and that IR need not show, one line each:
    "pragma GCC ivdep", "pragma omp simd", "restrict", "__builtin_assume_aligned", ... Of the version after, those
    that the version before does not make in the same place: each of them is an obligation. loops: those promises
    about loops that can be proved instead; they are not among `promises`.
    """

    ir: str
    promises: tuple[str, ...] = ()
    loops: tuple[LoopPromise, ...] = ()


@dataclass(frozen=True, slots=True)
class Semantics:
    """The meaning that the compile command gives to the text.

    strict_aliasing  False under -fno-strict-aliasing
    contract         effective contraction mode of the compiler that builds the result: "off", "on" or "fast"
    fma_target       the target has fused multiply-add
    math_errno       math calls may set errno
    gcc              gcc compiles the result: signed arithmetic on vector types may be undefined
    """

    strict_aliasing: bool = True
    contract: str = "off"
    fma_target: bool = False
    math_errno: bool = True
    gcc: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """before, after: the two versions; function: the name in both; assume: granted assumptions, as in `--assume`.

    conditions: C conditions on the arguments that are granted too. `before` starts with one test of each that ends in
    `unreachable` where it does not hold, so that other inputs are none of its own.
    """

    before: Side
    after: Side
    function: str
    assume: tuple[str, ...] = ()
    semantics: Semantics = Semantics()
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """Budgets by count, so that a verdict does not depend on the machine's load.

    isl_operations  isl's own operation count for one proof attempt
    steps           obligations that one proof attempt may open
    z3_rlimit       Z3's resource limit for one query
    runs            concrete runs that the refuter may make
    stack_bytes     automatic storage that the rewrite may add
    certified       a proof counts only if Z3 agrees with isl's tests, and its certificate holds them
    """

    isl_operations: int = 4_000_000
    steps: int = 4_000
    z3_rlimit: int = 2_000_000
    runs: int = 400
    stack_bytes: int = 4096
    certified: bool = False

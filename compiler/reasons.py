"""Why compilers leave a loop scalar: one vocabulary for the messages of gcc and clang.

A message that is not known yet is one row more in a table below, and a case of its test.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reason:
    """code: stable, kebab-case. text: one line for people; {name} stands for a called function.
    rank: where several hold for one loop, the lowest is the one to tell."""

    code: str
    text: str
    rank: int


_REASONS = (
    ("call", "call to {name}"),
    ("inline-asm", "inline assembly in the loop"),
    ("volatile", "volatile access"),
    ("early-exit", "the loop may be left early"),
    ("trip-count", "trip count unknown before the loop"),
    ("switch", "switch statement in the loop"),
    ("control-flow", "control flow in the loop"),
    ("carried-dependence", "loop-carried dependence"),
    ("float-reduction", "float reduction needs reassociation"),
    ("recurrence", "a value carried between iterations is not a simple reduction"),
    ("possible-alias", "possible aliasing between pointers"),
    ("indirect-access", "indirect subscripts: addresses are not a simple function of the counter"),
    ("no-vector-form", "an operation has no vector form on this target"),
    ("not-profitable", "not profitable by the compiler's estimate"),
    ("strided-access", "memory accesses are not consecutive"),
    ("few-iterations", "too few iterations"),
    ("unanalyzable", "calls or accesses that cannot be analyzed"),
    ("outer-loop", "only the inner loops of a nest are considered"),
    ("disabled", "vectorization is off at this optimization level"),
    ("no-vector-type", "a type has no vector form on this target"),
    ("unknown", "the compiler gives no reason"),
)
REASONS = {code: Reason(code, text, rank) for rank, (code, text) in enumerate(_REASONS)}

# Names of clang's remarks in its pass loop-vectorize.
CLANG_NAMES: dict[str, str] = {
    "CantVectorizeLibcall": "call",
    "CantVectorizeCall": "call",
    "CantVectorizeConvergentCall": "call",
    "CantVectorizeIntrinsic": "call",
    "CantComputeNumberOfIterations": "trip-count",
    "UnsupportedUncountableLoop": "trip-count",
    "UnsupportedUncountableStrictFPLoop": "trip-count",
    "MultipleExitingBlocks": "early-exit",
    "MultipleExitBlocks": "early-exit",
    "NoLoopExit": "early-exit",
    "TooManyUncountableEarlyExits": "early-exit",
    "NoComputableBackedgeTakenCount": "trip-count",
    "NonHeaderPhi": "control-flow",
    "PotentiallyFaultingLoadsNotSupported": "early-exit",
    "EarlyExitNotLatchPredecessor": "early-exit",
    "SideEffectsInEarlyExitLoop": "early-exit",
    "WritesInEarlyExitLoop": "early-exit",
    "UnsupportedEarlyExit": "early-exit",
    "EarlyExitLoopWithStridedFaultOnlyFirstLoadUnsupported": "early-exit",
    "CantVectorizeNonCountableLoop": "trip-count",
    "LoopContainsSwitch": "switch",
    "LoopContainsUnsupportedSwitch": "switch",
    "LoopContainsUnsupportedTerminator": "control-flow",
    "CFGNotUnderstood": "control-flow",
    "NoCFGForSelect": "control-flow",
    "NoIfConversion": "control-flow",
    "NoInductionVariable": "trip-count",
    "UnsafeDep": "carried-dependence",
    "UnsafeDepInfo": "carried-dependence",
    "UnsafeDependence": "carried-dependence",
    "ScalarDependence": "carried-dependence",
    "CantReorderFPOps": "float-reduction",
    "CantReorderMemOps": "possible-alias",
    "TooManyMemoryRuntimeChecks": "possible-alias",
    "TooManySCEVRunTimeChecks": "possible-alias",
    "CantVersionLoopWithOptForSize": "possible-alias",
    "CantCheckMemDepsAtRunTime": "possible-alias",
    "CantInsertRuntimeCheckWithSink": "possible-alias",
    "RuntimePointerChecks": "possible-alias",
    "CantIdentifyArrayBounds": "indirect-access",
    "NonReductionValueUsedOutsideLoop": "recurrence",
    "ReductionWithUnsupportedOp": "recurrence",
    "UnknownInduction": "recurrence",
    "InvalidStrictFPInduction": "float-reduction",
    "UniformStoreToLoopInvariantAddress": "carried-dependence",
    "CantVectorizeStoreToLoopInvariantAddress": "carried-dependence",
    "NonConsecutiveStore": "strided-access",
    "CantVectorizeInstruction": "no-vector-form",
    "CantVectorizeInstructionReturnType": "no-vector-form",
    "CantVectorizeStructReturnTy": "no-vector-form",
    "CantVectorizeStore": "no-vector-form",
    "CantVectorizeLoad": "no-vector-form",
    "NoFreeze": "no-vector-form",
    "LowTripCount": "few-iterations",
    "SmallTripCount": "few-iterations",
    "TinyTripCountRuntimeChecksNotAllowed": "few-iterations",
    "VectorizationNotBeneficial": "not-profitable",
    "InterleavingNotBeneficialAndDisabled": "not-profitable",
    "InterleavingNotBeneficial": "not-profitable",
    "UnsupportedOuterLoop": "outer-loop",
    "NotInnermostLoop": "outer-loop",
    "VectorizationDisabled": "disabled",
    "AllDisabled": "disabled",
    "NoImplicitFloat": "disabled",
}

# Beginnings of what gcc's vectorizer prints (12 and later); the first row that fits decides.
_GCC_MESSAGES: tuple[tuple[str, str], ...] = (
    (r"statement clobbers memory: .*__asm__", "inline-asm"),
    (r"statement clobbers memory: (?:\S+ = )?(?P<name>[\w.]+) \(", "call"),
    (r"not vectorized: relevant stmt not supported: (?:\S+ = )?(?P<name>[A-Za-z]\w*) \(", "call"),
    (r"function is not vectorizable", "call"),
    (r"not vectorized: loop contains function calls or data references", "unanalyzable"),
    (r"not vectorized: volatile type", "volatile"),
    (r"not vectorized: (number of iterations|number of iterations cannot be computed)", "trip-count"),
    (r"not vectorized: (multiple exits|too many exits|early break)", "early-exit"),
    (r"not vectorized: control flow in loop", "control-flow"),
    (r"not vectorized: (loop contains a switch|switch)", "switch"),
    (r"not vectorized: (empty loop|latch block not empty|inner-loop count not invariant)", "control-flow"),
    (r"not vectorized: (complicated|unsupported) control flow", "control-flow"),
    (r"not vectorized,? possible dependence", "carried-dependence"),
    (
        r"(dependence distance negative|read-write dependence|bad data dependence\.? *distance)",
        "carried-dependence",
    ),
    (r"not vectorized: (loop-carried|invariant store|unsupported store-load)", "carried-dependence"),
    (
        r"(reduction: unsafe fp math|unsafe fp math optimization|in-order (double )?reduction)",
        "float-reduction",
    ),
    (r"(reduction: (not|unsupported|unknown)|reduction used in loop|unknown def-use cycle)", "recurrence"),
    (
        r"(not vectorized: unsupported use in stmt|not vectorized: live stmt not|unsupported pattern)",
        "recurrence",
    ),
    (
        r"(not vectorized: value used after loop|not vectorized: relevant stmt not supported: .*PHI)",
        "recurrence",
    ),
    (r"possible alias involving gather/scatter", "indirect-access"),
    (
        r"(failed: evolution of (base|offset) is not affine|not vectorized: data ref analysis failed)",
        "indirect-access",
    ),
    (r"not vectorized: (compilation time alias|will not create alias checks)", "possible-alias"),
    (
        r"(number of versioning for alias|versioning for alias (not supported|required: bad))",
        "possible-alias",
    ),
    (r"not vectorized: can't (determine dependence|create alias checks)", "possible-alias"),
    (r"run-?time aliasing checks?", "possible-alias"),
    (
        r"not vectorized: (complicated access pattern|not suitable for (gather|scatter|strided))",
        "strided-access",
    ),
    (r"not consecutive access", "strided-access"),
    (
        r"(not vectorized: relevant stmt not supported|op not supported by target|no vectype for stmt)",
        "no-vector-form",
    ),
    (
        r"(not vectorized: no vectype|not vectorized: unsupported data-type|unsupported vectorization)",
        "no-vector-form",
    ),
    (r"not vectorized: (iteration count too small|estimated iteration count too small)", "few-iterations"),
    (
        r"(not vectorized: vectorization not profitable|cost model: the vector iteration cost)",
        "not-profitable",
    ),
    (r"(loop costings not worthwhile|vectorization not profitable)", "not-profitable"),
    (r"not vectorized: multiple nested loops", "outer-loop"),
)
GCC_REASONS = "|".join(
    f"(?P<row_{number}>{pattern.replace('?P<name>', f'?P<name_{number}>')})"
    for number, (pattern, _) in enumerate(_GCC_MESSAGES)
)
"""A pattern for the beginnings of all messages that are reasons; see `reason_in`."""
_GCC_REASON = re.compile(GCC_REASONS)


def reason_in(found: re.Match[str]) -> tuple[Reason, str] | None:
    """What a match of a pattern that ends in GCC_REASONS means, and the function that it names."""
    kind, _, number = (found.lastgroup or "").partition("_")
    if kind != "row":
        return None
    pattern, code = _GCC_MESSAGES[int(number)]
    name = found[f"name_{number}"] or "" if "?P<name>" in pattern else ""
    return REASONS[code], name


def of_gcc(message: str) -> tuple[Reason, str] | None:
    """What a message of gcc's vectorizer means, and the function that it names; None if it is no reason."""
    found = _GCC_REASON.match(message.strip())
    return reason_in(found) if found else None


def of_clang(name: str) -> Reason | None:
    """What a remark of clang's loop vectorizer means; None if it is no reason."""
    code = CLANG_NAMES.get(name)
    return REASONS[code] if code else None


def in_words(reason: Reason, name: str = "") -> str:
    """The reason's line, with the called function's name where that is known."""
    return reason.text.format(name=name or "a function")

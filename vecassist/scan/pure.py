"""Functions whose calls do not keep a loop from being one computation."""

from __future__ import annotations

_MATH = (
    "acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 fabs fdim"
    " floor fma fmax fmin fmod hypot ldexp lgamma log log10 log1p log2 logb lrint lround llrint llround"
    " nearbyint pow remainder rint round scalbn sin sinh sqrt tan tanh tgamma trunc"
)
PURE = frozenset(
    {name + suffix for name in _MATH.split() for suffix in ("", "f", "l")}
    | {"__builtin_" + name + suffix for name in _MATH.split() for suffix in ("", "f", "l")}
    | {"abs", "labs", "llabs", "__builtin_abs", "__builtin_labs", "__builtin_llabs"}
    | {"memcpy", "memmove", "memset", "__builtin_memcpy", "__builtin_memmove", "__builtin_memset"}
    | {
        f"__builtin_{name}{suffix}"
        for name in ("popcount", "clz", "ctz", "ffs", "parity")
        for suffix in ("", "l", "ll")
    }
    | {f"__builtin_bswap{width}" for width in (16, 32, 64)}
    | {f"__builtin_{name}" for name in ("shuffle", "shufflevector", "convertvector")}
    | {f"__builtin_{name}_overflow" for name in ("add", "sub", "mul")}
    | {
        "__builtin_expect",
        "isnan",
        "isinf",
        "__builtin_isnan",
        "__builtin_isinf",
        "signbit",
        "__builtin_signbit",
    }
)
"""Functions of the C library and of the compiler that a loop may call and still be one computation."""

"""Lane programs of x86 intrinsics against the machine's own instructions, on edge values and random ones."""

from __future__ import annotations

import ctypes
import random
import shutil
import struct
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from verify.concrete import x86 as concrete
from verify.flow import lanes, spaces, x86
from verify.flow.integers import Integers
from verify.flow.terms import Term, Terms

BYTES = 32
LETTERS = {"i8": "b", "i16": "h", "i32": "i", "i64": "q", "float": "f", "double": "d"}
EDGES = {
    "i": [0, 1, -1, 2, 127, 128, -128, 255, 256, 32767, 32768, -32768, 2**31 - 1, -(2**31), 15, 16, 31, 32],
    "f": [0.0, -0.0, 1.0, -1.5, float("inf"), float("-inf"), float("nan"), 1e30, -3.25],
}

# Key of the table, C expression over a, b, c, element types of the operands and of the result. An operand "n" is an
# integer that the expression has as a constant.
CASES: list[tuple[str, str, tuple[str, ...], str]] = [
    ("max.ps", "F(_mm256_max_ps(f(a), f(b)))", ("float", "float"), "float"),
    ("min.ps", "F(_mm256_min_ps(f(a), f(b)))", ("float", "float"), "float"),
    ("max.pd", "D(_mm256_max_pd(d(a), d(b)))", ("double", "double"), "double"),
    ("min.pd", "D(_mm256_min_pd(d(a), d(b)))", ("double", "double"), "double"),
    ("blendv.ps", "F(_mm256_blendv_ps(f(a), f(b), f(c)))", ("float", "float", "float"), "float"),
    ("blendv.pd", "D(_mm256_blendv_pd(d(a), d(b), d(c)))", ("double", "double", "double"), "double"),
    ("pblendvb", "_mm256_blendv_epi8(a, b, c)", ("i8", "i8", "i8"), "i8"),
    ("movmsk.ps", "_mm256_castsi128_si256(_mm_cvtsi32_si128(_mm256_movemask_ps(f(a))))", ("float",), "i32"),
    ("movmsk.pd", "_mm256_castsi128_si256(_mm_cvtsi32_si128(_mm256_movemask_pd(d(a))))", ("double",), "i32"),
    ("pmovmskb", "_mm256_castsi128_si256(_mm_cvtsi32_si128(_mm256_movemask_epi8(a)))", ("i8",), "i32"),
    ("psad.bw", "_mm256_sad_epu8(a, b)", ("i8", "i8"), "i64"),
    ("pmadd.wd", "_mm256_madd_epi16(a, b)", ("i16", "i16"), "i32"),
    ("pmadd.ub.sw", "_mm256_maddubs_epi16(a, b)", ("i8", "i8"), "i16"),
    ("pmulh.w", "_mm256_mulhi_epi16(a, b)", ("i16", "i16"), "i16"),
    ("pmulhu.w", "_mm256_mulhi_epu16(a, b)", ("i16", "i16"), "i16"),
    ("pmul.hr.sw", "_mm256_mulhrs_epi16(a, b)", ("i16", "i16"), "i16"),
    ("packsswb", "_mm256_packs_epi16(a, b)", ("i16", "i16"), "i8"),
    ("packuswb", "_mm256_packus_epi16(a, b)", ("i16", "i16"), "i8"),
    ("packssdw", "_mm256_packs_epi32(a, b)", ("i32", "i32"), "i16"),
    ("packusdw", "_mm256_packus_epi32(a, b)", ("i32", "i32"), "i16"),
    ("pshuf.b", "_mm256_shuffle_epi8(a, b)", ("i8", "i8"), "i8"),
    ("phadd.w", "_mm256_hadd_epi16(a, b)", ("i16", "i16"), "i16"),
    ("phadd.d", "_mm256_hadd_epi32(a, b)", ("i32", "i32"), "i32"),
    ("phadd.sw", "_mm256_hadds_epi16(a, b)", ("i16", "i16"), "i16"),
    ("phsub.w", "_mm256_hsub_epi16(a, b)", ("i16", "i16"), "i16"),
    ("phsub.d", "_mm256_hsub_epi32(a, b)", ("i32", "i32"), "i32"),
    ("phsub.sw", "_mm256_hsubs_epi16(a, b)", ("i16", "i16"), "i16"),
    ("hadd.ps", "F(_mm256_hadd_ps(f(a), f(b)))", ("float", "float"), "float"),
    ("hadd.pd", "D(_mm256_hadd_pd(d(a), d(b)))", ("double", "double"), "double"),
    ("hsub.ps", "F(_mm256_hsub_ps(f(a), f(b)))", ("float", "float"), "float"),
    ("hsub.pd", "D(_mm256_hsub_pd(d(a), d(b)))", ("double", "double"), "double"),
    ("addsub.ps", "F(_mm256_addsub_ps(f(a), f(b)))", ("float", "float"), "float"),
    ("addsub.pd", "D(_mm256_addsub_pd(d(a), d(b)))", ("double", "double"), "double"),
    ("psign.b", "_mm256_sign_epi8(a, b)", ("i8", "i8"), "i8"),
    ("psign.w", "_mm256_sign_epi16(a, b)", ("i16", "i16"), "i16"),
    ("psign.d", "_mm256_sign_epi32(a, b)", ("i32", "i32"), "i32"),
    ("permd", "_mm256_permutevar8x32_epi32(a, b)", ("i32", "i32"), "i32"),
    ("permps", "F(_mm256_permutevar8x32_ps(f(a), b))", ("float", "i32"), "float"),
    ("vpermilvar.ps", "F(_mm256_permutevar_ps(f(a), b))", ("float", "i32"), "float"),
    ("vpermilvar.pd", "D(_mm256_permutevar_pd(d(a), b))", ("double", "i64"), "double"),
    ("pavg.b", "_mm256_avg_epu8(a, b)", ("i8", "i8"), "i8"),
    ("pavg.w", "_mm256_avg_epu16(a, b)", ("i16", "i16"), "i16"),
    ("ptestz", "_mm256_castsi128_si256(_mm_cvtsi32_si128(_mm256_testz_si256(a, b)))", ("i64", "i64"), "i32"),
    ("ptestc", "_mm256_castsi128_si256(_mm_cvtsi32_si128(_mm256_testc_si256(a, b)))", ("i64", "i64"), "i32"),
    (
        "ptestnzc",
        "_mm256_castsi128_si256(_mm_cvtsi32_si128(_mm256_testnzc_si256(a, b)))",
        ("i64", "i64"),
        "i32",
    ),
    ("psllv.d", "_mm256_sllv_epi32(a, b)", ("i32", "i32"), "i32"),
    ("psrlv.d", "_mm256_srlv_epi32(a, b)", ("i32", "i32"), "i32"),
    ("psrav.d", "_mm256_srav_epi32(a, b)", ("i32", "i32"), "i32"),
    ("psllv.q", "_mm256_sllv_epi64(a, b)", ("i64", "i64"), "i64"),
    ("psrlv.q", "_mm256_srlv_epi64(a, b)", ("i64", "i64"), "i64"),
    ("pslli.w", "_mm256_slli_epi16(a, 5)", ("i16", "5"), "i16"),
    ("psrli.w", "_mm256_srli_epi16(a, 5)", ("i16", "5"), "i16"),
    ("psrai.w", "_mm256_srai_epi16(a, 20)", ("i16", "20"), "i16"),
    ("pslli.d", "_mm256_slli_epi32(a, 33)", ("i32", "33"), "i32"),
    ("psrli.d", "_mm256_srli_epi32(a, 7)", ("i32", "7"), "i32"),
    ("psrai.d", "_mm256_srai_epi32(a, 31)", ("i32", "31"), "i32"),
    ("pslli.q", "_mm256_slli_epi64(a, 63)", ("i64", "63"), "i64"),
    ("psrli.q", "_mm256_srli_epi64(a, 1)", ("i64", "1"), "i64"),
]
WITHOUT = {
    "max.ss", "max.sd", "min.ss", "min.sd", "blendvps", "blendvpd",  # the same programs
    "cvtt.ps2dq", "cvttps2dq", "cvt.ps2dq", "cvtps2dq",  # nothing but a name
}  # fmt: skip


def exact(value: Any, low: int, high: int, tag: str) -> bool:
    del value, low, high, tag
    return False


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    gcc = shutil.which("gcc")
    if gcc is None or "avx2" not in Path("/proc/cpuinfo").read_text():
        pytest.skip("no gcc, or no AVX2 here")
    folder = tmp_path_factory.mktemp("x86")
    lines = ["#include <immintrin.h>"]
    for letter, kind, word in (("f", "__m256", "ps"), ("d", "__m256d", "pd")):
        lines.append(f"static inline {kind} {letter}(__m256i v) {{ return _mm256_castsi256_{word}(v); }}")
        lines.append(
            f"static inline __m256i {letter.upper()}({kind} v) {{ return _mm256_cast{word}_si256(v); }}"
        )
    for number, (_, expression, _, _) in enumerate(CASES):
        lines.append(f"void t{number}(const char *p, const char *q, const char *s, char *r) {{")
        for name, place in zip("abc", "pqs", strict=True):
            lines.append(f"__m256i {name} = _mm256_loadu_si256((const void *){place}); (void){name};")
        lines.append(f"_mm256_storeu_si256((void *)r, {expression}); }}")
    (folder / "t.c").write_text("\n".join(lines) + "\n")
    command = [gcc, "-O1", "-mavx2", "-shared", "-fPIC", "-o", str(folder / "t.so"), str(folder / "t.c")]
    subprocess.run(command, check=True)
    return ctypes.CDLL(str(folder / "t.so"))


def vector(kind: str, random_: random.Random) -> bytes:
    """32 bytes: edge values and random ones, mixed."""
    count = BYTES // (lanes.width(kind) // 8)
    if kind in lanes.FLOATS:
        values = [random_.choice([*EDGES["f"], random_.uniform(-1e3, 1e3)]) for _ in range(count)]
        return struct.pack(f"<{count}{LETTERS[kind]}", *values)
    size = lanes.width(kind)
    numbers = [
        int(random_.choice([*EDGES["i"], random_.getrandbits(size)])) % (1 << size) for _ in range(count)
    ]
    return b"".join(number.to_bytes(size // 8, "little") for number in numbers)


def parts(data: bytes, kind: str) -> list[int]:
    size = lanes.width(kind) // 8
    return [int.from_bytes(data[n : n + size], "little") for n in range(0, len(data), size)]


def term(terms: Terms, pattern: int, kind: str) -> Term:
    if kind in lanes.FLOATS:
        return terms.constant(pattern, kind)
    half = 1 << (lanes.width(kind) - 1)
    return terms.number((pattern + half) % (2 * half) - half, kind)


def floating(pattern: int, kind: str) -> float:
    letter = {"float": ("<I", "<f"), "double": ("<Q", "<d")}[kind]
    return struct.unpack(letter[1], struct.pack(letter[0], pattern))[0]


def pattern(value: float, kind: str) -> int:
    letter = {"float": ("<I", "<f"), "double": ("<Q", "<d")}[kind]
    return struct.unpack(letter[0], struct.pack(letter[1], value))[0]


def valued(t: Term) -> int:
    """A term over constants as its bits, by operators of Python."""
    width = lanes.width(t.type)
    mask = (1 << width) - 1
    match t.kind:
        case "int":
            known = spaces.constant_of(t.affine)
            assert known is not None
            return known & mask
        case "cond":
            return 0 if t.cond.is_empty() else 1
        case "const":
            return t.data[1]
        case "sel":
            return valued(t.kids[1] if valued(t.kids[0]) else t.kids[2])
        case "not":
            return 1 - valued(t.kids[0])
        case "and":
            return valued(t.kids[0]) & valued(t.kids[1])
        case "or":
            return valued(t.kids[0]) | valued(t.kids[1])
        case _:
            pass
    assert t.kind == "op", t.kind
    kids = [valued(kid) for kid in t.kids]
    sizes = [lanes.width(kid.type) for kid in t.kids]
    root, _, rest = t.data.partition(".")
    if root in ("fcmp", "fadd", "fsub"):
        x, y = (floating(kid, t.kids[0].type) for kid in kids)
        if root == "fcmp":
            return int({"olt": x < y, "ole": x <= y, "oeq": x == y}[rest])
        return pattern(x + y if root == "fadd" else x - y, t.type)
    return (integer(root, rest, kids, sizes) if root != "bitcast" else kids[0]) & mask


def integer(root: str, rest: str, kids: Sequence[int], sizes: Sequence[int]) -> int:
    signed = [kid - (1 << size) if kid >> (size - 1) else kid for kid, size in zip(kids, sizes, strict=True)]
    if root == "concat":
        return sum(kid << (n * sizes[0]) for n, kid in enumerate(kids))
    if root == "icmp":
        x, y = signed if rest.startswith("s") else kids
        return int({"t": x < y, "q": x == y}[rest[-1]]) if rest != "sgt" else int(x > y)
    operators: dict[str, Callable[[], int]] = {
        "add": lambda: kids[0] + kids[1],
        "sub": lambda: kids[0] - kids[1],
        "mul": lambda: kids[0] * kids[1],
        "and": lambda: kids[0] & kids[1],
        "or": lambda: kids[0] | kids[1],
        "xor": lambda: kids[0] ^ kids[1],
        "shl": lambda: kids[0] << kids[1],
        "lshr": lambda: kids[0] >> kids[1],
        "ashr": lambda: signed[0] >> kids[1],
        "zext": lambda: kids[0],
        "sext": lambda: signed[0],
        "trunc": lambda: kids[0],
        "abs": lambda: abs(signed[0]),
        "smin": lambda: min(signed),
        "smax": lambda: max(signed),
        "umin": lambda: min(kids),
        "umax": lambda: max(kids),
    }
    return operators[root]()


def same(one: int, other: int, kind: str) -> bool:
    """Equal bits; all values that are no number count as one."""
    if one == other or kind not in lanes.FLOATS:
        return one == other
    x, y = floating(one, kind), floating(other, kind)
    return x != x and y != y


@pytest.mark.parametrize("number", range(len(CASES)), ids=[key for key, _, _, _ in CASES])
def test_a_lane_program_does_what_the_machine_does(number: int, machine: ctypes.CDLL) -> None:
    key, _, kinds, result = CASES[number]
    program = x86.program(f"llvm.x86.avx2.{key}")
    assert program is not None
    random_ = random.Random(number)
    for _ in range(6):
        ints = Integers(Terms(), exact)
        data = [vector(kind if kind in LETTERS else "i8", random_) for kind in (*kinds, "i8", "i8")[:3]]
        out = ctypes.create_string_buffer(BYTES)
        getattr(machine, f"t{number}")(*data, out)
        operands = [
            [term(ints.terms, bits, kind) for bits in parts(piece, kind)]
            if kind in LETTERS
            else [ints.terms.number(int(kind), "i32")]
            for kind, piece in zip(kinds, data, strict=False)
        ]
        found = [valued(lane) for lane in program(x86.Ops(ints), *operands)]
        wanted = parts(out.raw, result)[: len(found)]
        assert all(same(x, y, result) for x, y in zip(found, wanted, strict=True)), (data, found, wanted)


def test_every_program_is_measured_and_can_be_run() -> None:
    known = {key for key in x86.operations() if key not in WITHOUT}
    assert known <= {key for key, _, _, _ in CASES}
    assert x86.operations() <= concrete.operations()


@pytest.mark.parametrize("bits", [1, 2, 8, 16, 32, 64])
def test_bits_keep_their_places_when_lanes_are_divided_and_joined(bits: int) -> None:
    random_ = random.Random(bits)
    ints = Integers(Terms(), exact)
    number = random_.getrandbits(256)
    for have in (8, 16, 32, 64):
        pieces = [term(ints.terms, number >> n & ((1 << have) - 1), f"i{have}") for n in range(0, 256, have)]
        parted = lanes.regroup(ints, pieces, bits)
        assert sum(valued(piece) << (n * bits) for n, piece in enumerate(parted)) == number

"""x86 intrinsics that are macros in one compiler's headers and functions, or other macros, in another's.

What a macro becomes is asked of each compiler: the table below is expanded with placeholders for arguments, and where
a text contains such an expansion it is taken back to the intrinsic's name. Two texts that then agree use the same
instructions on the same operands (Intel Intrinsics Guide), whatever builtins the headers make of them.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from compiler.errors import CompilerError
from compiler.preprocess import preprocess
from compiler.toolchain import Toolchain
from vecassist.promises import Token, reached, tokens

# Every intrinsic of SSE to AVX2 that takes an immediate, and the gathers, by the number of arguments.
_TABLE = {
    1: "_mm_ceil_ps _mm_ceil_pd _mm_floor_ps _mm_floor_pd _mm256_ceil_ps _mm256_ceil_pd _mm256_floor_ps"
    " _mm256_floor_pd",
    2: "_mm_shuffle_epi32 _mm_shufflelo_epi16 _mm_shufflehi_epi16 _mm_slli_si128 _mm_srli_si128 _mm_bslli_si128"
    " _mm_bsrli_si128 _mm_extract_epi8 _mm_extract_epi16 _mm_extract_epi32 _mm_extract_epi64 _mm_extract_ps"
    " _mm_round_ps _mm_round_pd _mm256_round_ps _mm256_round_pd _mm_permute_ps _mm_permute_pd _mm256_permute_ps"
    " _mm256_permute_pd _mm256_extractf128_ps _mm256_extractf128_pd _mm256_extractf128_si256"
    " _mm256_extracti128_si256 _mm256_extract_epi8 _mm256_extract_epi16 _mm256_extract_epi32"
    " _mm256_extract_epi64 _mm256_shuffle_epi32 _mm256_shufflelo_epi16 _mm256_shufflehi_epi16"
    " _mm256_slli_si256 _mm256_srli_si256 _mm256_bslli_epi128 _mm256_bsrli_epi128 _mm256_permute4x64_epi64"
    " _mm256_permute4x64_pd _mm_slli_epi16 _mm_slli_epi32 _mm_slli_epi64 _mm_srli_epi16 _mm_srli_epi32"
    " _mm_srli_epi64 _mm_srai_epi16 _mm_srai_epi32 _mm256_slli_epi16 _mm256_slli_epi32 _mm256_slli_epi64"
    " _mm256_srli_epi16 _mm256_srli_epi32 _mm256_srli_epi64 _mm256_srai_epi16 _mm256_srai_epi32",
    3: "_mm_shuffle_ps _mm_shuffle_pd _mm_alignr_epi8 _mm_blend_ps _mm_blend_pd _mm_blend_epi16 _mm_blend_epi32"
    " _mm_insert_epi8 _mm_insert_epi16 _mm_insert_epi32 _mm_insert_epi64 _mm_insert_ps _mm_dp_ps _mm_dp_pd"
    " _mm_mpsadbw_epu8 _mm_cmp_ps _mm_cmp_pd _mm_cmp_ss _mm_cmp_sd _mm256_cmp_ps _mm256_cmp_pd"
    " _mm256_shuffle_ps _mm256_shuffle_pd _mm256_alignr_epi8 _mm256_blend_ps _mm256_blend_pd"
    " _mm256_blend_epi16 _mm256_blend_epi32 _mm256_dp_ps _mm256_mpsadbw_epu8 _mm256_permute2f128_ps"
    " _mm256_permute2f128_pd _mm256_permute2f128_si256 _mm256_permute2x128_si256 _mm256_insertf128_ps"
    " _mm256_insertf128_pd _mm256_insertf128_si256 _mm256_inserti128_si256 _mm256_insert_epi8"
    " _mm256_insert_epi16 _mm256_insert_epi32 _mm256_insert_epi64 _mm_i32gather_ps _mm_i32gather_pd"
    " _mm_i32gather_epi32 _mm_i32gather_epi64 _mm_i64gather_ps _mm_i64gather_pd _mm_i64gather_epi32"
    " _mm_i64gather_epi64 _mm256_i32gather_ps _mm256_i32gather_pd _mm256_i32gather_epi32"
    " _mm256_i32gather_epi64 _mm256_i64gather_ps _mm256_i64gather_pd _mm256_i64gather_epi32"
    " _mm256_i64gather_epi64",
    5: "_mm_mask_i32gather_ps _mm_mask_i32gather_pd _mm_mask_i32gather_epi32 _mm_mask_i32gather_epi64"
    " _mm256_mask_i32gather_ps _mm256_mask_i32gather_pd _mm256_mask_i32gather_epi32"
    " _mm256_mask_i32gather_epi64",
}
_HOLE = "VA_ARGUMENT_"
_MARK = "VA_INTRINSIC"


@dataclass(frozen=True, slots=True)
class Macro:
    """An intrinsic and the tokens it becomes; a placeholder stands for an argument."""

    name: str
    body: tuple[str, ...]


@functools.lru_cache(maxsize=8)
def macros(compiler: Toolchain, name: Path, directory: Path, args: tuple[str, ...]) -> tuple[Macro, ...]:
    """The intrinsics of the table that this compiler's headers define as macros, under the command's options."""
    entries = [(count, word) for count, words in _TABLE.items() for word in words.split()]
    lines = ["#include <immintrin.h>"]
    for count, word in entries:
        lines.append(f"{_MARK} {word} {_MARK} {word}({', '.join(f'{_HOLE}{n}' for n in range(count))})")
    try:
        text = preprocess(compiler, name, directory, args, text="\n".join(lines) + "\n")
    except CompilerError:
        return ()
    found: list[Macro] = []
    parts: list[list[str]] = [[]]
    for token in tokens(text):
        if token.text == _MARK:
            parts.append([])
        else:
            parts[-1].append(token.text)
    for position in range(1, len(parts) - 1, 2):
        (word,), body = parts[position], parts[position + 1]
        if body[:1] != [word] and any(text.startswith(_HOLE) for text in body):
            found.append(Macro(word, tuple(body)))
    return tuple(sorted(found, key=lambda macro: -len(macro.body)))


def own(preprocessed: str, function: str) -> frozenset[str]:
    """Names of the table that a text itself defines as functions that `function` reaches."""
    names = {word for words in _TABLE.values() for word in words.split()}
    return frozenset(names & set(reached(tokens(preprocessed), function)))


def restored(seen: Sequence[Token], known: Sequence[Macro]) -> list[Token]:
    """The tokens with expansions taken back to the intrinsic's name and arguments."""
    first: dict[str, list[Macro]] = {}
    for macro in known:
        first.setdefault(macro.body[0], []).append(macro)
    found = list(seen)
    while True:
        step = next(_steps(found, first), None)
        if step is None:
            return found
        start, end, name, arguments = step
        at = found[start]
        call = [replace(at, kind="word", text=name), replace(at, kind="sign", text="(")]
        for number, argument in enumerate(arguments):
            call += [replace(at, kind="sign", text=",")] if number else []
            call += argument
        found[start:end] = [*call, replace(at, kind="sign", text=")")]


def _steps(
    seen: Sequence[Token], first: dict[str, list[Macro]]
) -> Iterator[tuple[int, int, str, list[list[Token]]]]:
    for start, token in enumerate(seen):
        for macro in first.get(token.text, ()):
            holes: dict[str, list[Token]] = {}
            end = _match(seen, start, macro.body, holes)
            if end is not None and all(_once(macro, hole, part) for hole, part in holes.items()):
                yield start, end, macro.name, [holes[hole] for hole in sorted(holes)]


def _match(
    seen: Sequence[Token], start: int, body: Sequence[str], holes: dict[str, list[Token]]
) -> int | None:
    """The end of the expansion that begins at `start`; the arguments go to `holes`."""
    at = start
    for position, want in enumerate(body):
        if not want.startswith(_HOLE):
            if at >= len(seen) or seen[at].text != want:
                return None
            at += 1
            continue
        if position + 1 == len(body):
            return None
        end = _argument(seen, at, body[position + 1])
        if end is None:
            return None
        argument = list(seen[at:end])
        if [t.text for t in holes.setdefault(want, argument)] != [t.text for t in argument]:
            return None
        at = end
    return at


def _once(macro: Macro, hole: str, argument: Sequence[Token]) -> bool:
    """Whether it does not matter how often a macro evaluates an argument."""
    if macro.body.count(hole) == 1:
        return True
    signs = {"++", "--", "=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
    calls = any(a.kind == "word" and b.text == "(" for a, b in itertools.pairwise(argument))
    return not calls and not any(token.text in signs for token in argument)


def _argument(seen: Sequence[Token], start: int, stop: str) -> int | None:
    """Where an argument ends: before `stop`, outside of brackets."""
    depth = 0
    for at in range(start, len(seen)):
        text = seen[at].text
        if depth == 0 and text == stop:
            return at if at > start else None
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(text, 0)
        if depth < 0 or (depth == 0 and text in (",", ";") and stop != ","):
            return None
    return None
